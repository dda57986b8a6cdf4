"""Hip thrust on a bench and glute bridge on the floor."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from studio_lib.anatomy import SIDES, Array, Rotations, arm, unit
from studio_lib.figure import Figure, Pose
from studio_lib.lifts.base import Lift, Posture, Wanted, Windows, solve, towards


class HipThrust(Lift):
    """The upper back on a bench's edge, the feet planted, a load in the crease of the hip.

    Posture: `trunk` the backward lean of the chest (degrees), `lumbar`, `thoracic`, `neck`, `ankle` (y, metres).
    """

    exercise = "hip_thrust"
    windows: ClassVar[Windows] = {"lumbar": (0.3, 1.0), "thoracic": (0.3, 1.0), "neck": (0.15, 1.0)}

    def __init__(self, figure: Figure, setup: dict[str, object]) -> None:
        super().__init__(figure, setup)
        body = figure.body
        self.bench = self.number("bench_height", 0.42)
        self.pivot_bone = "spine02" if self.bench else "spine01"
        level = body.head("upperarm01.R")[2] - (self.number("contact", 0.17) if self.bench else 0.07)
        skin = np.unique(body.topology.faces["body"])
        spine = skin[(abs(body.rest[skin, 0]) < 0.1) & (abs(body.rest[skin, 2] - level) < 0.03)]
        self.contact = np.array([0, body.rest[spine, 1].max() - 0.006, level])
        self.edge = np.array([0, 0.015, self.bench if self.bench else 0.012])
        self.stance = self.number("stance", 0.15)
        self.tops: dict[tuple[float, ...], tuple[float, float]] = {}
        self.crease = 0.14
        trunk = figure.bone_of_vertex
        near = [n.startswith(("upperleg", "pelvis", "root", "spine05", "spine04", "spine03")) for n in trunk[skin]]
        self.belly = skin[np.array(near) & (abs(body.rest[skin, 0]) < 0.21)]
        self.low = 0.0
        self.back = self._back_points() if not self.bench else []

    def prepare(self, reps: list[Wanted]) -> None:
        trunk, ankle = self._top(178.0, self.number("shin", 0.0), 0.0, 0.0)
        pose = self._body(dict(trunk=trunk, lumbar=0, thoracic=0, neck=30, ankle=ankle))
        self.crease = self._crease_on_skin(pose)
        self.ankle = ankle
        self.low = self._lowest(ankle)

    def home(self) -> Posture:
        return dict(trunk=self.low, lumbar=0.0, thoracic=0.0, neck=self.number("neck_low", 26.0), ankle=self.ankle)

    def start(self, wanted: Wanted) -> Posture:
        return {**self.home(), "ankle": self._ankle_for(wanted)}

    def turn(self, wanted: Wanted) -> Posture:
        arch = wanted.get("lumbar_arch", 0.0)
        lumbar, thoracic = -arch, -0.25 * arch
        ankle = self._ankle_for(wanted)
        hip = wanted.get("short_range", 177.0) + (0.3 * arch if arch > 8 else 0.0)
        trunk = self._trunk_for(hip, ankle, lumbar, thoracic, 130.0 if self.bench else 142.0)
        neck = self._neck(trunk, lumbar, thoracic, ankle, wanted.get("chin_not_tucked", 22.0))
        return dict(trunk=trunk, lumbar=lumbar, thoracic=thoracic, neck=neck, ankle=ankle)

    def before(self, start: Posture) -> list[tuple[float, Posture]]:
        """Settling under the load: the hips shift, the feet are set."""
        shifted = towards(start, self.turn({}), 0.16)
        return [(0.8, {**start, "neck": start["neck"] - 12, "ankle": start["ankle"] - 0.07}), (0.7, shifted), (0.6, start)]

    def between(self, a: Posture, b: Posture, share: float) -> Posture:
        """The feet are set anew with small steps when the next rep has them elsewhere."""
        moved = abs(a["ankle"] - b["ankle"])
        return {**towards(a, b, share), "step": min(0.05, 2 * moved) * float(np.sin(np.pi * share))}

    def _ankle_for(self, wanted: Wanted) -> float:
        if "shins_not_vertical" not in wanted:
            return self.ankle
        return self._top(177.0, wanted.get("shin_side", -1.0) * wanted["shins_not_vertical"], 0.0, 0.0)[1]

    def pose(self, posture: Posture) -> Pose:
        pose = self._body(posture)
        load = self.word("load", "barbell")
        place = self._in_crease(pose, self.crease)
        shoulder = self.figure.shoulders(pose.rotations, pose.root)
        elbow = np.array([0.6, 0.2, -0.6])
        if load in ("barbell", "dumbbell", "plate", "band"):
            width = 0.37 if load in ("barbell", "band") else 0.14
            fingers = unit((place - (shoulder["L"] + shoulder["R"]) / 2) * [0, 1, 1]) + np.array([0, 0, -0.25])
            self.figure.grip_bar(pose.rotations, shoulder, place, width, hand=fingers, elbow=elbow)
            pose.props["bar" if load in ("barbell", "band") else "dumbbell"] = place
        elif self.bench:
            self._arms_out(pose.rotations, shoulder)
        else:
            self._arms_on_floor(pose.rotations, shoulder)
        return pose

    def _body(self, posture: Posture) -> Pose:
        figure, body = self.figure, self.figure.body
        lumbar, thoracic = posture["lumbar"], posture["thoracic"]
        pelvis = -posture["trunk"] - lumbar - thoracic
        neck = posture["neck"]
        if not self.bench:
            neck = posture["trunk"] - 90.0 + posture["neck"]  # the head stays on the floor
        rotations = figure.spine(pelvis, lumbar, thoracic, neck)
        turned, placed = body.forward(rotations, np.zeros(3))
        bone = body.index[self.pivot_bone]
        root = self.edge - (placed[bone] + turned[bone] @ (self.contact - body.heads[bone]))
        if self.back:
            lowest = min((placed[b] + turned[b] @ offset)[2] for b, offset in self.back)
            root[2] = 0.012 - lowest
        feet = {}
        for side in SIDES:
            turn, ankle = figure.planted(
                side, self.stance, figure.ball_of(posture["ankle"], side), up=posture.get("step", 0.0)
            )
            feet[side] = (turn, ankle)
        figure.put_legs(rotations, root, feet, self.number("knees_out", 0.1))
        return Pose(rotations, root, pelvis, lumbar, thoracic, neck)

    def _back_points(self) -> list[tuple[int, Array]]:
        """Points of the back of head, neck, shoulders and upper back that may touch the floor, riding on their bones."""
        body, bone = self.figure.body, self.figure.bone_of_vertex
        skin = np.unique(body.topology.faces["body"])
        points = []
        for name in ("spine02", "spine01", "neck01", "neck02", "head", "shoulder01.L", "shoulder01.R"):
            own = skin[np.char.startswith(bone[skin], name)]
            for level in np.array_split(own[np.argsort(body.rest[own, 2])], 4) if len(own) > 8 else []:
                hindmost = level[body.rest[level, 1].argmax()]
                points.append((body.index[name], body.rest[hindmost] - body.head(name)))
        return points

    def _angles(
        self, trunk: float, lumbar: float, thoracic: float, ankle: float, neck: float | None = None
    ) -> dict[str, float]:
        if neck is None:
            neck = 30.0 if self.bench else 0.0
        return self.figure.measure(self._body(dict(trunk=trunk, lumbar=lumbar, thoracic=thoracic, neck=neck, ankle=ankle)))

    def _top(self, hip: float, shin: float, lumbar: float, thoracic: float) -> tuple[float, float]:
        """Lean of the chest and place of the ankles that give a hip angle and a lean of the shins at the top."""
        key = (round(hip, 2), round(shin, 2), round(lumbar, 2), round(thoracic, 2))
        if key not in self.tops:

            def off(x: Array) -> Array:
                angles = self._angles(x[0], lumbar, thoracic, x[1])
                return np.array([angles["hip_signed"] - hip, angles["shin_inclination"] - shin])

            start = (
                [88.0 + 0.3 * lumbar, -1.72 * self.figure.thigh]
                if self.bench
                else [112.0 + 0.3 * lumbar, -1.6 * self.figure.thigh]
            )
            trunk, ankle = solve(off, start, [1.0, 0.02])
            self.tops[key] = (float(trunk), float(ankle))
        return self.tops[key]

    def _trunk_for(self, hip: float, ankle: float, lumbar: float, thoracic: float, start: float) -> float:
        """Lean of the chest that gives a hip angle with the feet where they are."""
        low, high = 10.0 if self.bench else 78.0, start
        for _ in range(13):
            middle = (low + high) / 2
            if self._angles(middle, lumbar, thoracic, ankle)["hip_signed"] < hip:
                low = middle
            else:
                high = middle
        return high

    def _lowest(self, ankle: float) -> float:
        """Lean of the chest at the start of a rep: the buttocks just above the floor (on it in a bridge)."""
        if self.bench:
            return self._trunk_for(self.number("hip_low", 80.0), ankle, 0.0, 0.0, 70.0)
        low, high = 78.0, 100.0
        body = self.figure.body
        for _ in range(9):
            middle = (low + high) / 2
            pose = self._body(dict(trunk=middle, lumbar=0, thoracic=0, neck=0, ankle=ankle))
            skin = body.skin(*body.forward(pose.rotations, pose.root))[self.belly]
            if skin[:, 2].min() < 0.0:
                low = middle
            else:
                high = middle
        return high

    def _neck(self, trunk: float, lumbar: float, thoracic: float, ankle: float, ear: float) -> float:
        if not self.bench:
            return 0.0
        at_zero = self._angles(trunk, lumbar, thoracic, ankle, 0.0)["head_to_trunk"]
        at_ten = self._angles(trunk, lumbar, thoracic, ankle, 10.0)["head_to_trunk"]
        slope = (at_ten - at_zero) / 10 or 1.0
        return float(np.clip((ear - at_zero) / slope, -60, 50))

    def _in_crease(self, pose: Pose, distance: float) -> Array:
        """The load's place: on the bisector of trunk and thigh, `distance` from the hip joints (soft tissue folds outward)."""
        joints = self.figure.joints(*self.figure.body.forward(pose.rotations, pose.root))
        hip, shoulder, knee = ((joints[f"left_{n}"] + joints[f"right_{n}"])[1:] / 2 for n in ("hip", "shoulder", "knee"))
        trunk, thigh = (np.arctan2(-v[0], v[1]) for v in (shoulder - hip, knee - hip))
        fold = (thigh - trunk) % (2 * np.pi)
        open_by = np.pi - min(fold, np.pi)
        angle = trunk + fold * (0.5 + 0.10 * open_by / np.pi)
        place = hip + (distance + 0.015 * open_by / 1.7) * np.array([-np.sin(angle), np.cos(angle)])
        return np.array([0.0, *place])

    def _crease_on_skin(self, pose: Pose) -> float:
        body = self.figure.body
        skin = body.skin(*body.forward(pose.rotations, pose.root))[self.belly][:, 1:]
        distance = 0.3
        while distance > 0.06 and np.linalg.norm(skin - self._in_crease(pose, distance)[1:], axis=1).min() > 0.044:
            distance -= 0.003
        return distance

    def _arms_out(self, rotations: Rotations, shoulder: dict[str, Array]) -> None:
        """Elbows back on the bench, the hands beside the head or on the hips."""
        for side in SIDES:
            sign = -1 if side == "R" else 1
            wrist = shoulder[side] + np.array([sign * 0.34, -0.12, 0.1])
            turns, _, _ = arm(
                self.figure.body,
                side,
                shoulder[side],
                wrist,
                np.array([sign * 0.8, 0.5, -0.5]),
                unit(np.array([sign * 0.5, -0.8, 0.1])),
                np.array([0, 0, 1.0]),
                0.4,
            )
            rotations.update(turns)

    def _arms_on_floor(self, rotations: Rotations, shoulder: dict[str, Array]) -> None:
        for side in SIDES:
            sign = -1 if side == "R" else 1
            flat = self.figure.arm * 0.97
            wrist = np.array([shoulder[side][0] + sign * 0.14, shoulder[side][1] - flat, 0.05])
            turns, _, _ = arm(
                self.figure.body,
                side,
                shoulder[side],
                wrist,
                np.array([sign * 1.0, 0.2, 0.1]),
                np.array([0, -1.0, 0.02]),
                np.array([-sign * 1.0, 0, 0]),
                0.2,
            )
            rotations.update(turns)


class GluteBridge(HipThrust):
    """The same with the shoulders on the floor."""

    exercise = "glute_bridge"

    def __init__(self, figure: Figure, setup: dict[str, object]) -> None:
        super().__init__(figure, {**setup, "bench_height": 0.0})
