"""Split squats: static on the floor, Bulgarian with the rear foot on a bench, and lunges that step."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from studio_lib.anatomy import SIDES, Array
from studio_lib.figure import Figure, Pose
from studio_lib.lifts.base import Lift, Posture, Wanted, Windows, towards


class SplitSquat(Lift):
    """Posture: `shin`, `thigh` of the front leg, `lean`, `lumbar`, `thoracic`, `neck`, pitch of the rear `foot`, degrees.

    Setup: `front` is the side of the front leg ("R" is near the camera), `load` dumbbells, barbell or none.
    """

    exercise = "split_squat"
    windows: ClassVar[Windows] = {"lean": (0.05, 0.95)}
    rear_height = 0.0

    def __init__(self, figure: Figure, setup: dict[str, object]) -> None:
        super().__init__(figure, setup)
        self.front = self.word("front", "R")
        self.rear = "L" if self.front == "R" else "R"
        self.rear_y = 0.75
        self.apart = self.number("apart", 0.10)

    def prepare(self, reps: list[Wanted]) -> None:
        """Put the rear foot as far back as every posture of the set can reach."""
        home = self.home()
        postures = [home]
        for wanted in reps:
            turn = self.turn(wanted)
            postures += [turn, towards(home, turn, 0.5)]
        low, high = 0.35, 1.5
        for _ in range(14):
            self.rear_y = (low + high) / 2
            if max(self._reach(posture) for posture in postures) < 0.975:
                low = self.rear_y
            else:
                high = self.rear_y
        self.rear_y = low * self.number("stride", 1.0)

    def home(self) -> Posture:
        return dict(
            shin=self.number("shin_up", -4.0),
            thigh=self.number("thigh_up", 19.0),
            lean=self.number("lean_up", 8.0),
            lumbar=0.0,
            thoracic=0.0,
            neck=0.0,
            foot=self.number("foot_up", 38.0),
        )

    def turn(self, wanted: Wanted) -> Posture:
        lean = wanted.get("torso_collapsed", wanted.get("torso_upright", self.number("lean", 40.0)))
        thigh = wanted.get("short_range", self.number("thigh", 86.0))
        depth = np.clip(thigh / 86.0, 0.2, 1.1)
        shin = self.number("shin", 15.0) * depth
        if "stance_too_narrow" in wanted:
            shin = self._shin_past_toes(wanted["stance_too_narrow"])
            thigh = min(thigh, 178 - 52 - shin)
        rounded = wanted.get("rounded", 3.0)
        return dict(
            shin=shin,
            thigh=thigh,
            lean=lean,
            lumbar=0.5 * rounded,
            thoracic=0.5 * rounded,
            neck=-0.4 * lean,
            foot=self.number("foot_down", 62.0),
        )

    def pose(self, posture: Posture) -> Pose:
        pose = self._body(posture)
        self._hold(pose)
        return pose

    def _body(self, posture: Posture) -> Pose:
        figure = self.figure
        lumbar, thoracic = posture["lumbar"], posture["thoracic"]
        pelvis = figure.pelvis_for(posture["lean"], lumbar, thoracic)
        rotations = figure.spine(pelvis, lumbar, thoracic, posture["neck"])
        front = figure.planted(self.front, self.apart, 0.0)
        root = figure.root_at(rotations["root"], self._hips(posture, front[1]))
        figure.put_legs(rotations, root, {self.front: front, self.rear: self._rear_foot(posture)})
        return Pose(rotations, root, pelvis, lumbar, thoracic, posture["neck"])

    def _hips(self, posture: Posture, ankle: Array) -> Array:
        return self.figure.hips_over(ankle, posture["shin"], posture["thigh"], 0.985)

    def _rear_foot(self, posture: Posture) -> tuple[Array, Array]:
        return self.figure.planted(self.rear, self.apart, self.rear_y, posture["foot"])

    def _reach(self, posture: Posture) -> float:
        figure = self.figure
        pelvis = figure.pelvis_for(posture["lean"], posture["lumbar"], posture["thoracic"])
        rotations = figure.spine(pelvis, posture["lumbar"], posture["thoracic"], 0.0)
        root = figure.root_at(rotations["root"], self._hips(posture, figure.planted(self.front, self.apart, 0.0)[1]))
        hip = root + rotations["root"] @ (figure.body.head(f"upperleg01.{self.rear}") - figure.body.head("root"))
        return float(np.linalg.norm(self._rear_foot(posture)[1] - hip)) / figure.leg_length

    def _shin_past_toes(self, percent: float) -> float:
        figure = self.figure
        joints = figure.joints(*figure.body.forward({}, figure.body.head("root")))
        toe = joints["right_ankle"][1] - joints["right_toe"][1]
        past = percent / 100 * figure.leg_length + toe
        return float(np.degrees(np.arcsin(np.clip(past / figure.shank, -0.2, 0.92))))

    def _hold(self, pose: Pose) -> None:
        figure = self.figure
        load = self.word("load", "dumbbells")
        shoulder = figure.shoulders(pose.rotations, pose.root)
        if load == "barbell":
            from studio_lib.lifts.standing import Standing

            Standing.bar_on_back(self, pose)  # type: ignore[arg-type]
            return
        if load in ("kettlebell", "dumbbell"):
            from studio_lib.lifts.standing import Standing

            Standing.at_chest(self, pose, load)  # type: ignore[arg-type]
            return
        for side in SIDES:
            sign = -1 if side == "R" else 1
            hand = shoulder[side] + np.array([sign * 0.12, -0.02, -(figure.arm + 0.08)])
            hand[0] = sign * max(0.3, abs(hand[0]))
            middle = figure.hang_arm(pose.rotations, side, shoulder[side], hand)
            if load == "dumbbells":
                pose.props[f"dumbbell_{side}"] = middle


class BulgarianSplitSquat(SplitSquat):
    """The instep of the rear foot lies on a bench."""

    exercise = "split_squat"

    def __init__(self, figure: Figure, setup: dict[str, object]) -> None:
        super().__init__(figure, setup)
        self.bench = self.number("bench_height", 0.40)
        body, bone = figure.body, figure.bone_of_vertex
        own = (np.char.startswith(bone, "foot") | np.char.startswith(bone, "toe")) & np.char.endswith(bone, f".{self.rear}")
        skin = np.zeros(len(bone), bool)
        skin[np.unique(body.topology.faces["body"])] = True
        self.foot = body.rest[own & skin] - body.head(f"foot.{self.rear}")

    def home(self) -> Posture:
        return {**super().home(), "shin": self.number("shin_up", 4.0), "thigh": self.number("thigh_up", 14.0), "foot": 120.0}

    def turn(self, wanted: Wanted) -> Posture:
        return {**super().turn(wanted), "foot": 150.0}

    def _rear_foot(self, posture: Posture) -> tuple[Array, Array]:
        from studio_lib.anatomy import pitch

        turn = pitch(posture["foot"])
        foot = self.foot @ turn.T
        sign = 1 if self.rear == "L" else -1
        return turn, np.array([sign * self.apart, self.rear_y - foot[:, 1].max(), self.bench + 0.014 - foot[:, 2].min()])


class Lunge(SplitSquat):
    """A step forward (or back, with `reverse`) and back to standing. Posture also has `step` 0 to 1 and the hips' place."""

    exercise = "lunge"
    windows: ClassVar[Windows] = {"step": (0.0, 0.62), "height": (0.15, 1.0), "lean": (0.2, 1.0), "foot": (0.1, 0.8)}

    def prepare(self, reps: list[Wanted]) -> None:
        self.stride = self.number("stride_m", 0.86) * self.figure.leg_length
        self.rear_y = self.stride

    def home(self) -> Posture:
        feet = 0.0 if self.setup.get("reverse") else self.stride
        ankle = self.figure.planted(self.front, self.apart, feet)[1]
        hips = self.figure.hips_over(ankle, 3.0, 4.0)
        return dict(
            step=0.0,
            forward=float(hips[1]),
            height=float(hips[2]),
            lean=self.number("lean_up", 4.0),
            lumbar=0.0,
            thoracic=0.0,
            neck=0.0,
            foot=0.0,
        )

    def turn(self, wanted: Wanted) -> Posture:
        deep = SplitSquat.turn(self, wanted)
        ankle = self.figure.planted(self.front, self.apart, 0.0)[1]
        hips = self.figure.hips_over(ankle, deep["shin"], deep["thigh"], 0.985)
        return dict(
            step=1.0,
            forward=float(hips[1]),
            height=float(hips[2]),
            lean=deep["lean"],
            lumbar=deep["lumbar"],
            thoracic=deep["thoracic"],
            neck=deep["neck"],
            foot=58.0,
        )

    def _body(self, posture: Posture) -> Pose:
        figure = self.figure
        lumbar, thoracic = posture["lumbar"], posture["thoracic"]
        pelvis = figure.pelvis_for(posture["lean"], lumbar, thoracic)
        rotations = figure.spine(pelvis, lumbar, thoracic, posture["neck"])
        root = figure.root_at(rotations["root"], np.array([0.0, posture["forward"], posture["height"]]))
        step, swing = posture["step"], 0.09 * np.sin(np.pi * posture["step"])
        if self.setup.get("reverse"):
            front = figure.planted(self.front, self.apart, 0.0)
            rear = figure.planted(self.rear, self.apart, self.stride * step, posture["foot"], up=swing)
        else:
            front = figure.planted(self.front, self.apart, self.stride * (1 - step), up=swing)
            rear = figure.planted(self.rear, self.apart, self.stride, posture["foot"])
        figure.put_legs(rotations, root, {self.front: front, self.rear: rear})
        return Pose(rotations, root, pelvis, lumbar, thoracic, posture["neck"])
