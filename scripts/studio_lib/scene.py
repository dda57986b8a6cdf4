"""The gym and the lifter in VTK, by software: built once a clip, only moved from picture to picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from studio_lib.anatomy import Array
from studio_lib.camera import View
from studio_lib.wardrobe import Colour, Wardrobe

pv.OFF_SCREEN = True
#: Pictures are drawn this much larger and made smaller, against jagged edges.
OVERSAMPLING = 1.3


@dataclass(frozen=True)
class Thing:
    """A solid of the gym. `kind` is box (size along X, Y, Z) or cylinder (radius, length, -) along `axis`."""

    kind: str
    at: tuple[float, float, float]
    size: tuple[float, float, float]
    colour: Colour
    axis: str = "X"


@dataclass(frozen=True)
class Room:
    """Colours, light and things of a gym. Lights: place and strength. `mirror` is a mirror's X, or None."""

    floor: Colour
    wall: Colour
    wall_x: float
    pattern: int
    lights: tuple[tuple[tuple[float, float, float], float], ...]
    headlight: float
    things: tuple[Thing, ...] = ()
    mirror: float | None = None
    shadow: float = 0.55


@dataclass(frozen=True)
class Plates:
    """Plates on one end of a bar: (radius, thickness, colour) from the inside out, metres."""

    discs: tuple[tuple[float, float, Colour], ...] = ()
    #: Distance from the bar's middle to the first plate.
    first: float = 0.66
    length: float = 2.1


@dataclass
class _Moving:
    mesh: Any
    actor: Any
    copies: list[Any] = field(default_factory=list)


class Stage:
    """A room with people in it. `put` moves one; `hold` moves what is held; `shoot` takes a picture."""

    def __init__(self, room: Room, width: int, height: int) -> None:
        self.room, self.width, self.height = room, width, height
        size = (int(width * OVERSAMPLING), int(height * OVERSAMPLING))
        self.plotter = pv.Plotter(off_screen=True, window_size=size, lighting="none")
        self.plotter.render_window.SetMultiSamples(0)
        self.plotter.set_background(list(room.wall))
        for place, strength in room.lights:
            self.plotter.add_light(
                pv.Light(position=place, focal_point=(0, 0, 0.8), intensity=strength, light_type="scene light")
            )
        self.plotter.add_light(pv.Light(light_type="headlight", intensity=room.headlight))
        self._people: dict[str, list[_Moving]] = {}
        self._shadows: dict[str, Any] = {}
        self._held: dict[str, list[Any]] = {}
        self._furnish()

    # ---------------------------------------------------------------- people

    def add_person(self, name: str, wardrobe: Wardrobe) -> None:
        parts = []
        for piece in wardrobe.pieces:
            mesh = pv.PolyData(np.zeros((len(piece.used), 3), np.float32), _cells(piece.faces))
            mesh.point_data["Normals"] = np.zeros((len(piece.used), 3), np.float32)
            mesh.GetPointData().SetActiveNormals("Normals")
            mesh.point_data["rgb"] = (255 * np.clip(piece.colours, 0, 1)).astype(np.uint8)
            actor = self._add(mesh, scalars="rgb", rgb=True)
            parts.append(_Moving(mesh, actor))
            if self.room.mirror is not None:
                self._mirrored(actor)
        self._people[name] = parts
        ground = pv.PolyData(np.zeros((len(wardrobe.pieces[0].used), 3), np.float32), _cells(wardrobe.pieces[0].faces))
        shade = tuple(self.room.shadow * c for c in self.room.floor)
        self._add(ground, color=shade, lighting=False)
        self._shadows[name] = ground

    def put(self, name: str, wardrobe: Wardrobe, skin: NDArray[np.float32]) -> None:
        """Move a person to a posed skin (V, 3)."""
        normals = wardrobe.normals(skin)
        for part, piece in zip(self._people[name], wardrobe.pieces, strict=True):
            part.mesh.points[:] = wardrobe.place(piece, skin, normals)
            part.mesh.point_data["Normals"][:] = normals[piece.used]
            part.mesh.GetPoints().Modified()
            part.mesh.GetPointData().GetNormals().Modified()
            part.mesh.Modified()
        body = skin[wardrobe.pieces[0].used]
        (lx, ly, lz), _ = self.room.lights[0]
        away = body[:, 2:3] / max(lz, 1.0)
        flat = body[:, :2] - np.array([[lx, ly]], np.float32) * away * 0.5
        ground = self._shadows[name]
        ground.points[:] = np.c_[flat, np.full(len(flat), 0.003, np.float32)]
        ground.GetPoints().Modified()
        ground.Modified()

    def add_rod(self, name: str, radius: float, colour: Colour) -> None:
        """Something thin that is moved by its ends: a tail of hair, a band."""
        mesh = _rod((0, 0, 0), (0, 0, 1), radius, 1.0, 12)
        self._held[name] = [self._add(mesh, color=colour)]

    def move_rod(self, name: str, a: Array, b: Array) -> None:
        line = b - a
        length = float(np.linalg.norm(line)) or 1e-3
        z = line / length
        x = np.cross(z, [0.3, 1.0, 0.2])
        x /= np.linalg.norm(x)
        matrix = np.eye(4)
        matrix[:3, 0], matrix[:3, 1], matrix[:3, 2], matrix[:3, 3] = x, np.cross(z, x), z * length, (a + b) / 2
        self._held[name][0].user_matrix = matrix

    # ---------------------------------------------------------------- held things

    def add_bar(self, name: str, plates: Plates, pad: bool = False) -> None:
        meshes = [(_rod((0, 0, 0), (1, 0, 0), 0.014, plates.length, 16), (0.62, 0.62, 0.64))]
        if pad:
            meshes.append((_rod((0, 0, 0), (1, 0, 0), 0.045, 0.42, 20), (0.06, 0.06, 0.06)))
        for sign in (-1, 1):
            at = plates.first
            for radius, thickness, colour in plates.discs:
                centre = (sign * (at + thickness / 2), 0, 0)
                meshes.append((_rod(centre, (1, 0, 0), radius, thickness * 0.9, 56), colour))
                inner = tuple(min(1.0, 0.55 * c + 0.22) for c in colour)
                meshes.append((_rod(centre, (1, 0, 0), radius * 0.38, thickness, 28), inner))
                at += thickness
        self._held[name] = [self._add(mesh, color=colour) for mesh, colour in meshes]

    def add_dumbbell(self, name: str, length: float, radius: float, axis: str, colour: Colour) -> None:
        direction = {"X": (1, 0, 0), "Y": (0, 1, 0), "Z": (0, 0, 1)}[axis]
        way = np.array(direction, float)
        meshes = [(_rod((0, 0, 0), direction, 0.016, length, 10), (0.6, 0.6, 0.6))]
        for sign in (-1, 1):
            centre = tuple(way * sign * (length / 2 - 0.04))
            meshes.append((_rod(centre, direction, radius, 0.085, 20), colour))
        self._held[name] = [self._add(mesh, color=shade) for mesh, shade in meshes]

    def add_board(self, name: str, size: tuple[float, float, float], tilt: float, colour: Colour) -> None:
        """A board before the feet, `tilt` radians about X."""
        a, b, c = (s / 2 for s in size)
        board = pv.Box(bounds=(-a, a, -b - 0.12, b - 0.12, -c, c)).rotate_x(np.degrees(tilt), inplace=False)
        self._held[name] = [self._add(board, color=colour)]

    def add_kettlebell(self, name: str, radius: float, colour: Colour) -> None:
        ball = pv.Sphere(radius=radius, center=(0, 0, -radius - 0.05))
        handle = _rod((0, 0, 0), (1, 0, 0), 0.017, 0.13, 12)
        sides = [_rod((sign * 0.06, 0, -0.035), (0, 0, 1), 0.016, 0.07, 10) for sign in (-1, 1)]
        self._held[name] = [self._add(mesh, color=colour) for mesh in (ball, handle, *sides)]

    def hold(self, name: str, at: Array) -> None:
        for actor in self._held[name]:
            actor.position = tuple(at)

    # ---------------------------------------------------------------- pictures

    def shoot(self, view: View) -> NDArray[np.uint8]:
        """The picture (height, width, 3), blue green red."""
        return self._drawn(view)

    def _drawn(self, view: View, *, transparent: bool = False) -> NDArray[np.uint8]:
        """The picture, blue green red; `transparent`: and opacity, of what stands before nothing."""
        import cv2

        camera = self.plotter.camera
        camera.position, camera.focal_point, camera.up = tuple(view.place), tuple(view.target), tuple(view.up)
        camera.view_angle = view.opening
        self.plotter.renderer.ResetCameraClippingRange()
        self.plotter.render()
        picture = self.plotter.screenshot(return_img=True, transparent_background=transparent)
        picture = np.ascontiguousarray(picture[:, :, [2, 1, 0, 3] if transparent else [2, 1, 0]])
        return np.asarray(cv2.resize(picture, (self.width, self.height), interpolation=cv2.INTER_AREA), np.uint8)

    def close(self) -> None:
        self.plotter.close()

    # ---------------------------------------------------------------- inside

    def _add(self, mesh: Any, **how: Any) -> Any:
        how.setdefault("ambient", 0.25)
        how.setdefault("diffuse", 0.8)
        how.setdefault("specular", 0.06)
        actor = self.plotter.add_mesh(mesh, smooth_shading=False, reset_camera=False, show_scalar_bar=False, **how)
        actor.GetProperty().SetInterpolationToPhong()
        return actor

    def _mirrored(self, actor: Any) -> None:
        import vtk

        twin = vtk.vtkActor()
        twin.ShallowCopy(actor)
        matrix = vtk.vtkMatrix4x4()
        matrix.SetElement(0, 0, -1)
        matrix.SetElement(0, 3, 2 * self.room.mirror)
        twin.SetUserMatrix(matrix)
        self.plotter.renderer.AddActor(twin)

    def _furnish(self) -> None:
        room, random = self.room, np.random.default_rng(self.room.pattern)
        floor = pv.Plane(center=(0, 0, 0), direction=(0, 0, 1), i_size=14, j_size=14, i_resolution=1, j_resolution=1)
        self._add(floor, color=None, texture=_pattern(random, room.floor, 0.10), lighting=False)
        if room.mirror is None:
            wall = pv.Plane(center=(room.wall_x, 0, 2.5), direction=(1, 0, 0), i_size=5, j_size=14)
            self._add(wall, texture=_pattern(random, room.wall, 0.07), lighting=False)
        else:
            back = pv.Plane(center=(room.wall_x + 2 * room.mirror, 0, 2.5), direction=(1, 0, 0), i_size=5, j_size=30)
            self._add(back, texture=_pattern(random, room.wall, 0.07), lighting=False)
        for thing in room.things:
            self._add(_solid(thing), color=thing.colour)


def _rod(centre: tuple[float, ...], direction: tuple[float, ...], radius: float, length: float, sides: int) -> Any:
    return pv.Cylinder(center=centre, direction=direction, radius=radius, height=length, resolution=sides)


def _solid(thing: Thing) -> Any:
    x, y, z = thing.at
    if thing.kind == "box":
        a, b, c = (s / 2 for s in thing.size)
        return pv.Box(bounds=(x - a, x + a, y - b, y + b, z - c, z + c))
    direction = {"X": (1, 0, 0), "Y": (0, 1, 0), "Z": (0, 0, 1)}[thing.axis]
    return _rod(thing.at, direction, thing.size[0], thing.size[1], 32)


def _cells(faces: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.c_[np.full(len(faces), 4), faces].ravel()


def _pattern(random: np.random.Generator, colour: Colour, strength: float) -> Any:
    """A texture of tiles, blots or boards around a colour."""
    import cv2

    kind = random.integers(4)
    base = random.normal(0, 1, (32, 32)).astype(np.float32)
    picture = cv2.resize(base, (256, 256), interpolation=cv2.INTER_CUBIC) * 0.5
    if kind == 1:
        picture[:, ::32] -= 1.5
        picture[::32, :] -= 1.5
    elif kind == 2:
        picture += np.repeat(random.normal(0, 0.8, 16), 16)[None, :]
    elif kind == 3:
        picture += random.normal(0, 0.8, (256, 256))
    rgb = np.array(colour)[None, None] + strength * picture[..., None] * 0.6
    return pv.Texture((255 * np.clip(rgb, 0, 1)).astype(np.uint8))
