"""Exercises that formcheck has no rules for: what it should call unknown."""

from __future__ import annotations

import numpy as np

from studio_lib.anatomy import SIDES, Array, X, arm, pitch, unit
from studio_lib.figure import Figure, Pose
from studio_lib.lifts.base import Lift, Posture, Wanted
from studio_lib.lifts.standing import RomanianDeadlift, Standing


class BentOverRow(RomanianDeadlift):
    """The trunk stays down, the bar goes to the belly and back. `pull` 0 to 1."""

    exercise = "bent_over_row"

    def home(self) -> Posture:
        return {**self.upright(), "lean": self.number("depth", 62.0), "thigh": 26.0, "shin": 6.0, "neck": -16.0, "pull": 0.0}

    def turn(self, wanted: Wanted) -> Posture:
        return {**self.home(), "pull": 1.0, "lean": self.number("depth", 62.0) - 5.0}

    def pose(self, posture: Posture) -> Pose:
        pose = self.body(posture)
        shoulder = self.figure.shoulders(pose.rotations, pose.root)
        middle = (shoulder["L"] + shoulder["R"]) / 2
        low = middle + np.array([0, 0.03, -(self.figure.arm + 0.06)])
        hips = pose.root
        high = 0.62 * hips + 0.38 * middle + np.array([0, -0.08, -0.16])
        bar = low + posture["pull"] * (high - low)
        self.figure.grip_bar(
            pose.rotations, shoulder, bar, 0.30, hand=np.array([0, -0.05, -1.0]), elbow=np.array([0.35, 0.9, 0.5])
        )
        pose.props["bar"] = bar
        return pose


class OverheadPress(Standing):
    """A bar from the shoulders to above the head. `press` 0 to 1."""

    exercise = "overhead_press"

    def home(self) -> Posture:
        return {**self.upright(), "press": 0.0, "lean": 0.0}

    def turn(self, wanted: Wanted) -> Posture:
        return {**self.home(), "press": 1.0}

    def pose(self, posture: Posture) -> Pose:
        pose = self.body(posture)
        shoulder = self.figure.shoulders(pose.rotations, pose.root)
        middle = (shoulder["L"] + shoulder["R"]) / 2
        low, high = middle + np.array([0, -0.14, 0.0]), middle + np.array([0, 0.0, self.figure.arm + 0.05])
        bar = low + posture["press"] * (high - low)
        bar[1] -= 0.10 * np.sin(np.pi * posture["press"])
        self.figure.grip_bar(
            pose.rotations, shoulder, bar, 0.27, hand=np.array([0, 0.1, 1.0]), elbow=np.array([0.3, -0.35, -1.0])
        )
        pose.props["bar"] = bar
        return pose


class KettlebellSwing(RomanianDeadlift):
    """A fast hinge, the weight from between the legs to the chest's height. `swing` is the arms' angle from the trunk."""

    exercise = "kettlebell_swing"

    def home(self) -> Posture:
        return {**self.upright(), "lean": 62.0, "thigh": 38.0, "shin": 12.0, "neck": -18.0, "swing": -8.0}

    def turn(self, wanted: Wanted) -> Posture:
        return {**self.upright(), "lean": -2.0, "swing": 84.0}

    def pose(self, posture: Posture) -> Pose:
        pose = self.body(posture)
        shoulder = self.figure.shoulders(pose.rotations, pose.root)
        angle = np.radians(posture["swing"] - 0.35 * posture["lean"])
        way = np.array([0.0, -np.sin(angle), -np.cos(angle)])
        for side in SIDES:
            sign = -1 if side == "R" else 1
            wrist = shoulder[side] * [0, 1, 1] + [sign * 0.05, 0, 0] + way * self.figure.arm * 0.96
            across = unit(np.cross(way, [1.0, 0, 0]))
            turns, end, _ = arm(self.figure.body, side, shoulder[side], wrist, np.array([sign * 1.0, 0.2, -0.2]), way, across)
            pose.rotations.update(turns)
        pose.props["kettlebell"] = end * [0, 1, 1] + way * 0.1
        return pose


class PushUp(Lift):
    """On hands and toes. `height` of the shoulders is a share of the arms' length."""

    exercise = "push_up"

    def home(self) -> Posture:
        return dict(height=0.98, neck=-25.0)

    def turn(self, wanted: Wanted) -> Posture:
        return dict(height=self.number("low", 0.42), neck=-25.0)

    def pose(self, posture: Posture) -> Pose:
        figure, body = self.figure, self.figure.body
        trunk = float(np.linalg.norm((body.head("upperarm01.R") - body.head("upperleg01.R"))[1:]))
        length = trunk + figure.leg_length
        lift = posture["height"] * (figure.arm + 0.02)
        slope = float(np.degrees(np.arcsin(np.clip((lift - 0.17) / length, 0, 0.9))))
        rotations = figure.spine(90 - slope, 0.0, 0.0, posture["neck"])
        along = np.array([0.0, -np.cos(np.radians(slope)), np.sin(np.radians(slope))])
        ankles = np.array([0.0, 0.0, 0.17])
        root = figure.root_at(rotations["root"], ankles + along * figure.leg_length * 0.995)
        turn = pitch(80 - slope)
        feet = {s: (turn, np.array([0.08 if s == "L" else -0.08, 0.0, 0.17])) for s in SIDES}
        figure.put_legs(rotations, root, feet)
        shoulder = figure.shoulders(rotations, root)
        hands_y = (ankles + np.array([0.0, -np.sqrt(max(0.1, length**2 - (figure.arm * 0.9) ** 2)), 0.0]))[1]
        for side in SIDES:
            sign = -1 if side == "R" else 1
            wrist = np.array([sign * 0.26, hands_y, 0.07])
            elbow = np.array([sign * 0.7, 0.9, 0.2])
            turns, _, _ = arm(
                body, side, shoulder[side], wrist, elbow, np.array([0, -1.0, 0.05]), np.array([-sign * 1.0, 0, 0]), 0.1
            )
            rotations.update(turns)
        return Pose(rotations, root, 90 - slope, 0.0, 0.0, posture["neck"])


class SitUp(Lift):
    """On the back with bent knees; the trunk curls up. `up` 0 to 1."""

    exercise = "sit_up"

    def home(self) -> Posture:
        return dict(up=0.0)

    def turn(self, wanted: Wanted) -> Posture:
        return dict(up=1.0)

    def pose(self, posture: Posture) -> Pose:
        figure, up = self.figure, posture["up"]
        lumbar, thoracic = (
            30 * np.sin(np.pi * min(1.0, up + 0.15)) * (up > 0),
            22 * np.sin(np.pi * min(1.0, up + 0.1)) * (up > 0),
        )
        pelvis = -90 + 95 * max(0.0, up - 0.25) / 0.75
        rotations = figure.spine(float(pelvis), float(lumbar), float(thoracic), 25.0 * up)
        root = figure.root_at(rotations["root"], np.array([0.0, 0.0, 0.13]))
        feet = {s: figure.planted(s, 0.12, figure.ball_of(-1.15 * figure.thigh, s)) for s in SIDES}
        figure.put_legs(rotations, root, feet)
        turned, placed = figure.body.forward(rotations, root)
        bone = figure.body.index["head"]
        for side in SIDES:
            sign = -1 if side == "R" else 1
            shoulder = placed[figure.body.index[f"upperarm01.{side}"]]
            wrist = placed[bone] + turned[bone] @ np.array([sign * 0.12, 0.02, 0.07])
            elbow = turned[figure.body.index["spine01"]] @ np.array([sign * 1.0, -0.6, 0.4])
            inward = turned[bone] @ np.array([-sign * 1.0, 0.5, 0.2])
            turns, _, _ = arm(
                figure.body, side, shoulder, wrist, elbow, unit(inward), turned[bone] @ np.array([0, 0, 1.0]), 0.4
            )
            rotations.update(turns)
        return Pose(rotations, root, float(pelvis), float(lumbar), float(thoracic), 25.0 * up)


class LegPress(Lift):
    """Leaning back in a seat, the feet push a sled away along a slope. `push` 0 to 1."""

    exercise = "leg_press"

    def __init__(self, figure: Figure, setup: dict[str, object]) -> None:
        super().__init__(figure, setup)
        self.slope = np.radians(self.number("slope", 35.0))
        self.seat = np.array([0.0, 0.0, 0.42])

    def home(self) -> Posture:
        return dict(push=1.0)

    def turn(self, wanted: Wanted) -> Posture:
        return dict(push=0.0)

    def sled(self, push: float) -> Array:
        way = np.array([0.0, -np.cos(self.slope), np.sin(self.slope)])
        return self.seat + way * (0.56 + 0.40 * push) * self.figure.leg_length

    def pose(self, posture: Posture) -> Pose:
        figure = self.figure
        rotations = figure.spine(-50.0, 6.0, 4.0, 20.0)
        root = figure.root_at(rotations["root"], self.seat)
        ankle = self.sled(posture["push"])
        turn = pitch(-(90 - np.degrees(self.slope)))
        feet = {s: (turn, ankle + (0.14 if s == "L" else -0.14) * X) for s in SIDES}
        figure.put_legs(rotations, root, feet, 0.15)
        shoulder = figure.shoulders(rotations, root)
        for side in SIDES:
            sign = -1 if side == "R" else 1
            wrist = self.seat + np.array([sign * 0.30, 0.02, 0.02])
            turns, _, _ = arm(
                figure.body,
                side,
                shoulder[side],
                wrist,
                np.array([sign * 0.6, 0.8, -0.2]),
                np.array([0, -0.4, -1.0]),
                np.array([0, -1.0, 0.4]),
            )
            rotations.update(turns)
        return Pose(rotations, root, -50.0, 6.0, 4.0, 20.0, {"sled": ankle})
