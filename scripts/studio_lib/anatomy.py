"""A body of bones and skin: forward kinematics, dual-quaternion skinning, and legs and arms that reach for a point.

World: metres, Z up, the lifter faces -Y, the lifter's right is -X. Rotations are world rotations relative to the rest pose.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.spatial.transform import Rotation

Array = NDArray[np.float64]
Rotations = dict[str, Array]

X, Y, Z = np.eye(3)
SIDES = ("L", "R")


def unit(vector: Array) -> Array:
    return vector / np.linalg.norm(vector)


def pitch(degrees: float) -> Array:
    """Rotation (3, 3) about X: positive leans an upright vector forward (towards -Y)."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1.0, 0, 0], [0, c, -s], [0, s, c]])


def about(axis: Array, degrees: float) -> Array:
    """Rotation (3, 3) about any axis."""
    k = unit(axis)
    cross = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def align(first: Array, second: Array, to_first: Array, to_second: Array) -> Array:
    """The rotation that turns the direction `first` into `to_first`, and `second` as near `to_second` as it can."""
    return _frame(to_first, to_second) @ _frame(first, second).T


def _frame(first: Array, second: Array) -> Array:
    first = unit(first)
    second = unit(second - first * np.dot(first, second))
    return np.stack([first, second, np.cross(first, second)], 1)


def _halfway(a: Array, b: Array, share: float) -> Array:
    turn = Rotation.from_matrix(a.T @ b).as_rotvec()
    return a @ Rotation.from_rotvec(share * turn).as_matrix()


@dataclass(frozen=True)
class Topology:
    """What all bodies share: V vertices, B bones.

    Attributes:
        labels: (B,) names of the bones; `parents` (B,) their parents, -1 for the root.
        bones, weights: (V, 4) the four strongest bones of each vertex and their weights (sum 1).
        faces: group ("body", "helper-tights", ...) -> (F, 4) vertices; triangles repeat their first vertex.
    """

    labels: tuple[str, ...]
    parents: NDArray[np.int64]
    bones: NDArray[np.int64]
    weights: NDArray[np.float32]
    faces: dict[str, NDArray[np.int64]]

    @classmethod
    def load(cls, file: Path) -> Topology:
        data = np.load(file)
        return cls(
            tuple(str(name) for name in data["labels"]),
            data["parents"].astype(np.int64),
            data["bones"].astype(np.int64),
            data["weights"].astype(np.float32),
            {key.removeprefix("faces:"): data[key].astype(np.int64) for key in data.files if key.startswith("faces:")},
        )


@dataclass
class Body:
    """One person: rest vertices (V, 3) and heads of the bones (B, 3), metres."""

    topology: Topology
    rest: Array
    heads: Array
    index: dict[str, int] = field(init=False)
    order: list[int] = field(init=False)
    floor: float = field(init=False)
    _weights: csr_matrix = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.index = {name: i for i, name in enumerate(self.topology.labels)}
        children: dict[int, list[int]] = {}
        for bone, parent in enumerate(self.topology.parents):
            children.setdefault(int(parent), []).append(bone)
        self.order = []
        waiting = list(children[-1])
        while waiting:
            bone = waiting.pop()
            self.order.append(bone)
            waiting.extend(children.get(bone, ()))
        topology = self.topology
        rows = np.repeat(np.arange(len(self.rest)), topology.bones.shape[1])
        entries = (topology.weights.ravel(), (rows, topology.bones.ravel()))
        self._weights = csr_matrix(entries, shape=(len(self.rest), len(topology.labels)))
        self.floor = float(self.rest[np.unique(self.topology.faces["body"]), 2].min())

    def head(self, bone: str) -> Array:
        return self.heads[self.index[bone]]

    def dominant(self) -> NDArray[np.str_]:
        """(V,) the bone that moves each vertex most."""
        topology = self.topology
        strongest = topology.bones[np.arange(len(self.rest)), topology.weights.argmax(1)]
        return np.array(topology.labels)[strongest]

    def forward(self, rotations: Rotations, root: Array) -> tuple[Array, Array]:
        """World rotations (B, 3, 3) and heads (B, 3) of all bones. Bones without a rotation follow their parent."""
        labels, parents = self.topology.labels, self.topology.parents
        turned, placed = np.zeros((len(labels), 3, 3)), np.zeros((len(labels), 3))
        for bone in self.order:
            parent = parents[bone]
            if parent < 0:
                turned[bone], placed[bone] = rotations.get(labels[bone], np.eye(3)), root
                continue
            own = rotations.get(labels[bone])
            turned[bone] = turned[parent] if own is None else own
            placed[bone] = placed[parent] + turned[parent] @ (self.heads[bone] - self.heads[parent])
        return turned, placed

    def skin(self, turned: Array, placed: Array, rest: Array | None = None) -> NDArray[np.float32]:
        """Vertices (V, 3) of the posed body, or of `rest` (V, 3): the same vertices, dressed otherwise."""
        vertices = (self.rest if rest is None else rest).astype(np.float32)
        quaternions = Rotation.from_matrix(turned).as_quat(scalar_first=True)
        for bone in self.order:  # q and -q turn alike; mixtures of neighbours must be of one kind
            parent = self.topology.parents[bone]
            if parent >= 0 and quaternions[bone] @ quaternions[parent] < 0:
                quaternions[bone] *= -1
        shift = placed - np.einsum("nij,nj->ni", turned, self.heads)
        dual = 0.5 * _multiply(np.concatenate([np.zeros((len(shift), 1)), shift], 1), quaternions)
        mixed = self._weights @ np.concatenate([quaternions, dual], 1).astype(np.float32)
        mixed /= np.linalg.norm(mixed[:, :4], axis=1, keepdims=True)
        real, other = mixed[:, :4], mixed[:, 4:]
        scalar, vector = real[:, :1], real[:, 1:]
        rotated = vertices + 2 * _cross(vector, _cross(vector, vertices) + scalar * vertices)
        moved = 2 * (scalar * other[:, 1:] - other[:, :1] * vector + _cross(vector, other[:, 1:]))
        return (rotated + moved).astype(np.float32)


def _cross(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    ax, ay, az = a.T
    bx, by, bz = b.T
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], 1)


def _multiply(a: Array, b: Array) -> Array:
    aw, ax, ay, az = np.moveaxis(a, -1, 0)
    bw, bx, by, bz = np.moveaxis(b, -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        -1,
    )


def leg(body: Body, side: str, hip: Array, ankle: Array, foot: Array, outward: float = 0.0) -> tuple[Rotations, bool]:
    """Rotations of a leg from `hip` that puts the ankle at `ankle`, and whether that was out of reach.

    The knee opens forward; `outward` (about -0.5 to 0.5) turns it away from the middle. `foot` (3, 3) is the foot's rotation.
    """
    end = f".{side}"
    thigh = body.head("lowerleg01" + end) - body.head("upperleg01" + end)
    shank = body.head("foot" + end) - body.head("lowerleg01" + end)
    a, b = float(np.linalg.norm(thigh)), float(np.linalg.norm(shank))
    reach = float(np.linalg.norm(ankle - hip))
    short = reach > 0.9995 * (a + b)
    reach = min(reach, 0.9995 * (a + b))
    line = unit(ankle - hip)
    bend = np.degrees(np.arccos(np.clip((a * a + reach * reach - b * b) / (2 * a * reach), -1, 1)))
    hinge = X + outward * (Y if side == "L" else -Y)
    hinge = unit(hinge - line * np.dot(hinge, line))
    down = about(hinge, -bend) @ line
    knee = hip + down * a
    upper = align(thigh, X, down, hinge)
    lower = align(shank, X, unit(ankle - knee), hinge)
    return {
        "upperleg01" + end: upper,
        "upperleg02" + end: upper,
        "lowerleg01" + end: lower,
        "lowerleg02" + end: lower,
        "foot" + end: foot,
    }, short


def arm(
    body: Body, side: str, shoulder: Array, wrist: Array, elbow: Array, hand: Array, across: Array, curl: float = 1.0
) -> tuple[Rotations, Array, Array]:
    """Rotations of an arm that reaches for `wrist`; the wrist where it ends up; the direction of the palm.

    `elbow` is the direction the elbow points to, `hand` the one of the straight fingers, `across` from little finger to
    index finger. `curl` closes the fist.
    """
    end = f".{side}"
    head = body.head
    upper = head("lowerarm01" + end) - head("upperarm01" + end)
    fore = head("wrist" + end) - head("lowerarm01" + end)
    a, b = float(np.linalg.norm(upper)), float(np.linalg.norm(fore))
    rest_hinge = unit(np.cross(upper, fore))
    reach = float(np.clip(np.linalg.norm(wrist - shoulder), 0.12, 0.9995 * (a + b)))
    line = unit(wrist - shoulder)
    bend = np.degrees(np.arccos(np.clip((a * a + reach * reach - b * b) / (2 * a * reach), -1, 1)))
    points_to = elbow - line * np.dot(elbow, line)
    points_to = unit(points_to if np.linalg.norm(points_to) > 1e-6 else np.array([0, 1.0, 0.2]))
    hinge = np.cross(points_to, line)
    along = about(hinge, -bend) @ line
    middle = shoulder + along * a
    end_at = shoulder + line * reach
    onward = unit(end_at - middle)
    upper_turn = align(upper, rest_hinge, along, hinge)
    fore_turn = align(fore, rest_hinge, onward, hinge)
    fingers = head("finger3-1" + end) - head("wrist" + end)
    knuckles = head("finger2-1" + end) - head("finger5-1" + end)
    hand_turn = align(fingers, knuckles, hand, across)
    twisted = align(fore, knuckles, onward, across) if abs(np.dot(unit(across), onward)) < 0.95 else fore_turn
    turns = {
        "upperarm01" + end: upper_turn,
        "upperarm02" + end: upper_turn,
        "lowerarm01" + end: fore_turn,
        "lowerarm02" + end: _halfway(fore_turn, twisted, 0.6),
        "wrist" + end: hand_turn,
    }
    knuckle_line, finger_line = hand_turn @ unit(knuckles), hand_turn @ unit(fingers)
    palm = np.cross(finger_line, knuckle_line) * (-1 if side == "R" else 1)
    sign = np.sign(np.dot(np.cross(knuckle_line, finger_line), palm)) or 1.0
    for finger in range(2, 6):
        bent = 0.0
        for joint, degrees in enumerate((60.0, 85.0, 45.0), start=1):
            bent += degrees * curl
            turns[f"finger{finger}-{joint}{end}"] = about(knuckle_line, sign * bent) @ hand_turn
    for joint in (1, 2, 3):
        turns[f"finger1-{joint}{end}"] = about(knuckle_line, sign * 15 * joint * curl) @ hand_turn
    return turns, end_at, palm
