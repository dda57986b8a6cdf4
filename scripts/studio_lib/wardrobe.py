"""Skin, hair, shoes and clothes of a figure, as pieces that follow its skin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from studio_lib.anatomy import Array
from studio_lib.figure import SOLE, Figure

Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Clothes:
    """What a lifter wears. Colours are red, green, blue from 0 to 1.

    `top` is none, tight, loose or hoodie; `sleeves` none, short or long; `bottom` shorts, tights or trousers; `hair` short,
    bun, tail or long. `looseness` is how far cloth stands off, metres, `hang` how much of it falls.
    """

    top: str
    sleeves: str
    bottom: str
    hair: str
    looseness: float
    hang: float
    skin_colour: Colour
    top_colour: Colour
    bottom_colour: Colour
    shoe_colour: Colour
    hair_colour: Colour
    stripes: float = 0.0
    seed: int = 0


@dataclass
class Piece:
    """A part that is drawn: vertices `used` of the figure's skin, `faces` (F, 4) into them, colours (N, 3) of 0 to 1.

    `stand_off` (N,) moves the vertices out of the skin, `fall` (N,) down where the skin faces down (metres).
    """

    used: NDArray[np.int64]
    faces: NDArray[np.int64]
    colours: NDArray[np.float32]
    stand_off: NDArray[np.float32] | None = None
    fall: NDArray[np.float32] | None = None


class Wardrobe:
    """All pieces of a dressed figure, and their places for any posed skin."""

    def __init__(self, figure: Figure, clothes: Clothes) -> None:
        self.figure, self.clothes = figure, clothes
        body = figure.body
        self.rest = self._shod(body.rest)
        self.above = body.rest[:, 2] - body.floor
        self.bone = figure.bone_of_vertex
        faces = np.concatenate([body.topology.faces["body"], body.topology.faces["helper-tights"]])
        self._faces = faces
        rows = faces.ravel()
        columns = np.repeat(np.arange(len(faces)), 4)
        self._spread = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(len(body.rest), len(faces)))
        self.pieces = [self._body()]
        if clothes.top != "none":
            self.pieces.append(self._top())
        self.pieces.append(self._bottom())
        self.pieces = [piece for piece in self.pieces if len(piece.faces)]

    def normals(self, skin: NDArray[np.float32]) -> NDArray[np.float32]:
        a, b, c, d = (skin[self._faces[:, k]] for k in range(4))
        across, along = c - a, d - b
        area = np.stack(
            [
                across[:, 1] * along[:, 2] - across[:, 2] * along[:, 1],
                across[:, 2] * along[:, 0] - across[:, 0] * along[:, 2],
                across[:, 0] * along[:, 1] - across[:, 1] * along[:, 0],
            ],
            1,
        )
        total = self._spread @ area
        return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)

    def place(self, piece: Piece, skin: NDArray[np.float32], normals: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points (N, 3) of a piece on a posed skin (V, 3)."""
        points, out = skin[piece.used], normals[piece.used]
        if piece.stand_off is not None:
            points = points + out * piece.stand_off[:, None]
        if piece.fall is not None:
            points = points - np.array([0, 0, 1], np.float32) * (piece.fall * np.clip(-out[:, 2], 0, 1))[:, None]
        return points.astype(np.float32)

    def _shod(self, rest: Array) -> Array:
        """The feet in shoes: wider, with a sole of `SOLE` below."""
        rest = rest.copy()
        body, bone = self.figure.body, self.figure.bone_of_vertex
        foot = np.char.startswith(bone, "foot") | np.char.startswith(bone, "toe")
        ankle = body.head("foot.R")[2]
        share = np.clip((ankle - rest[:, 2]) / (ankle - body.floor), 0, 1) * foot
        for side in ("L", "R"):
            own = foot & np.char.endswith(bone, f".{side}")
            middle = rest[own].mean(0)
            out = rest[own] - middle
            out[:, 2] = 0
            length = np.linalg.norm(out, axis=1, keepdims=True)
            rest[own] += out / np.maximum(length, 1e-6) * 0.012 * share[own][:, None]
        rest[:, 2] -= SOLE * share
        return rest

    def _starts(self, *prefixes: str) -> NDArray[np.bool_]:
        result = np.zeros(len(self.bone), bool)
        for prefix in prefixes:
            result |= np.char.startswith(self.bone, prefix)
        return result

    def _along_arm(self) -> Array:
        """(V,) how far along the upper arm a vertex is: 0 shoulder, 1 elbow, 2 about the wrist."""
        body, result = self.figure.body, np.zeros(len(self.bone))
        for side, sign in (("L", 1), ("R", -1)):
            start, end = body.head(f"upperarm01.{side}"), body.head(f"lowerarm01.{side}")
            line = (end - start) / np.dot(end - start, end - start)
            own = np.sign(body.rest[:, 0]) == sign
            result[own] = (body.rest[own] - start) @ line
        return result

    def _body(self) -> Piece:
        body, clothes = self.figure.body, self.clothes
        faces = body.topology.faces["body"]
        inside = self._starts("tongue", "oris", "special")
        faces = faces[~inside[faces].all(1)]
        used, local = np.unique(faces, return_inverse=True)
        colours = np.tile(np.array(clothes.skin_colour, np.float32), (len(body.rest), 1))
        ankle = body.head("foot.R")[2] - body.floor
        legs = self._starts("lowerleg", "foot", "toe")
        colours[legs & (self.above < ankle + 0.05)] = 0.8
        colours[self._starts("foot", "toe") & (self.above < ankle + 0.012)] = clothes.shoe_colour
        colours[self._scalp()] = clothes.hair_colour
        eyes = self._starts("eye")
        colours[eyes] = 0.25
        return Piece(used, local.reshape(faces.shape), colours[used])

    def _scalp(self) -> NDArray[np.bool_]:
        rest, head = self.figure.body.rest, self._starts("head", "temporalis", "oculi")
        eye = rest[np.unique(self.figure.body.topology.faces["helper-r-eye"])].mean(0)
        back = rest[head, 1].max()
        share = (rest[:, 1] - eye[1]) / (back - eye[1])
        line = eye[2] + 0.065 - 0.125 * np.clip((share - 0.30) / 0.7, 0, 1)
        ear = (abs(rest[:, 0]) > 0.066) & (rest[:, 2] < eye[2] + 0.03) & (share > 0.25) & (share < 0.62)
        return head & (rest[:, 2] > line) & ~ear

    def _tights(self, keep: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        faces = self.figure.body.topology.faces["helper-tights"]
        faces = faces[keep[faces].mean(1) > 0.5]
        used, local = np.unique(faces, return_inverse=True)
        return used, local.reshape(faces.shape)

    def _top(self) -> Piece:
        body, clothes = self.figure.body, self.clothes
        waist = body.head("spine04")[2] - body.floor
        neck = body.head("neck01")[2] - body.floor
        along = self._along_arm()
        arms = self._starts("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
        legs = self._starts("upperleg", "lowerleg", "foot", "toe")
        reach = {"none": 0.0, "short": 0.55, "long": 1.85}[clothes.sleeves]
        loose = clothes.top in ("loose", "hoodie")
        hem = waist - (0.16 if loose else 0.09)
        keep = (arms & (along < reach)) | (~arms & (self.above > hem) & (self.above < neck + 0.01))
        keep &= ~legs | (self.above > hem)
        used, faces = self._tights(keep)
        torso = (~arms).astype(float)
        wave = self._wave()
        off = np.full(len(self.bone), 0.005) + clothes.looseness * torso * (0.35 + 0.65 * wave)
        off += 0.45 * clothes.looseness * (1 - torso) * wave
        if loose:
            off += 0.5 * clothes.looseness * np.clip((waist + 0.1 - self.above) / 0.2, 0, 1) * torso
        if clothes.top == "hoodie":
            hood = np.array([0, body.rest[self._starts("spine01"), 1].max(), body.head("neck01")[2]])
            off += 0.05 * np.exp(-(np.linalg.norm(body.rest - hood, axis=1) ** 2) / 0.008)
        fall = torso * clothes.looseness * clothes.hang
        colours = np.tile(np.array(clothes.top_colour, np.float32), (len(self.bone), 1))
        if clothes.stripes:
            colours[(self.above / 0.06).astype(int) % 2 == 0] *= 1 - clothes.stripes
        return Piece(used, faces, colours[used], off[used].astype(np.float32), fall[used].astype(np.float32))

    def _bottom(self) -> Piece:
        body, clothes = self.figure.body, self.clothes
        waist = body.head("spine04")[2] - body.floor
        knee = body.head("lowerleg01.R")[2] - body.floor
        arms = self._starts("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
        end = {"shorts": knee + 0.10, "tights": 0.13, "trousers": 0.10}[clothes.bottom]
        keep = ~arms & (self.above < waist + 0.02) & (self.above > end)
        used, faces = self._tights(keep)
        loose = {"shorts": 0.012, "tights": 0.0, "trousers": 0.018}[clothes.bottom]
        off = 0.004 + loose * (0.5 + 0.5 * self._wave())
        fall = np.full(len(self.bone), 1.2 * loose)
        colours = np.tile(np.array(clothes.bottom_colour, np.float32), (len(self.bone), 1))
        return Piece(used, faces, colours[used], off[used].astype(np.float32), fall[used].astype(np.float32))

    def _wave(self) -> Array:
        """(V,) folds of cloth, 0 to 1, that stay where they are on the body."""
        random = np.random.default_rng(self.clothes.seed)
        rest = self.figure.body.rest
        total = sum(np.sin(rest @ random.uniform(-14, 14, 3) + random.uniform(0, 6)) for _ in range(3))
        return np.clip(0.5 + 0.25 * np.asarray(total), 0, 1)
