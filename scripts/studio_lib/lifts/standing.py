"""Lifts on two planted feet: Romanian and conventional deadlift, good morning, goblet and back squat."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from studio_lib.anatomy import SIDES, Array, arm, pitch, unit
from studio_lib.figure import Figure, Pose
from studio_lib.lifts.base import Lift, Posture, Wanted, Windows, solve, towards

#: Radius of a bar and the cloth between it and the leg, metres.
BAR, CLOTH = 0.014, 0.008


#: Length of a step when walking up or off, metres.
STRIDE = 0.36
#: Share of the way down after which the hips of a hinge that goes too deep stay where they are.
HIPS_STOP = 0.68


def _step(walked: float, number: int) -> tuple[float, float]:
    """Where a foot is (y, height) when the body has walked so far: the two feet swing by turns, whole strides apart."""
    phase = walked / STRIDE + 0.5 * number
    whole, part = np.floor(phase), phase - np.floor(phase)
    swing = np.clip((part - 0.5) / 0.5, 0, 1)
    landed = whole + 0.5 - 0.5 * np.cos(np.pi * swing)
    place = (landed - 0.5 * number + 0.25 * (1 if number else 0)) * STRIDE
    share = min(1.0, abs(walked) / (0.5 * STRIDE))
    return float(place * share + walked * (1 - share)), float(0.05 * np.sin(np.pi * swing) * share)


class Standing(Lift):
    """Posture: `shin`, `thigh`, `lean`, `lumbar`, `thoracic`, `neck`, `heel` in degrees, `drift` of the load in metres."""

    stance = 0.125
    toes_out = 6.0

    def __init__(self, figure: Figure, setup: dict[str, object]) -> None:
        super().__init__(figure, setup)
        self.half_stance = self.number("stance", self.stance)
        self.outward = self.number("toes_out", self.toes_out)

    def upright(self) -> Posture:
        return dict(
            shin=self.number("shin_up", 3.0),
            thigh=self.number("thigh_up", 5.0),
            lean=self.number("lean_up", 3.0),
            lumbar=0.0,
            thoracic=0.0,
            neck=0.0,
            heel=0.0,
            drift=0.0,
            extra=0.0,
            walk=0.0,
        )

    def home(self) -> Posture:
        return self.upright()

    def before(self, start: Posture) -> list[tuple[float, Posture]]:
        """Un-racked in front and stepped back (or walked up)."""
        back = self.number("walk_up", -0.5)
        return [(0.4, {**start, "walk": back}), (1.6, {**start, "walk": 0.0}), (0.4, start)]

    def after(self, end: Posture) -> list[tuple[float, Posture]]:
        return [(1.8, {**end, "walk": self.number("walk_off", -0.8)})]

    def body(self, posture: Posture) -> Pose:
        """The posture without arms."""
        figure = self.figure
        lumbar, thoracic = posture["lumbar"], posture["thoracic"]
        lean = posture["lean"] + posture.get("extra", 0.0)
        pelvis = figure.pelvis_for(lean, lumbar, thoracic)
        rotations = figure.spine(pelvis, lumbar, thoracic, posture["neck"])
        walked = posture.get("walk", 0.0)
        feet = {}
        for number, side in enumerate(SIDES):
            at, up = _step(walked, number)
            feet[side] = figure.planted(side, self.half_stance, at, posture.get("heel", 0.0), self.outward, up)
        over = figure.planted("R", self.half_stance, walked)[1]
        knee = 180 - posture["shin"] - posture["thigh"]
        straight = 0.993 + 0.0066 * float(np.clip((knee - 164) / 12, 0, 1))  # a locked knee is really straight
        hips = figure.hips_over(over, posture["shin"], posture["thigh"], straight)
        spread = max(0.0, self.half_stance - 0.1)
        hips[2] -= 0.5 * spread * spread / figure.leg_length
        root = figure.root_at(rotations["root"], hips)
        figure.put_legs(rotations, root, feet, np.tan(np.radians(min(self.outward, 25.0))) * 0.9)
        return Pose(rotations, root, pelvis, lumbar, thoracic, posture["neck"])

    def hold_along_legs(self, pose: Pose, drift: float, width: float, lowest: float, dumbbells: bool = False) -> None:
        """Straight arms that hang, the bar (or two dumbbells) touching the legs, `drift` metres in front of them."""
        figure = self.figure
        shoulder = figure.shoulders(pose.rotations, pose.root)
        middle = (shoulder["L"] + shoulder["R"]) / 2
        aside = width - abs(shoulder["R"][0])
        length = np.sqrt((figure.arm * 0.995 + 0.088) ** 2 - aside**2)
        front = figure.leg_front(pose.rotations, pose.root)
        order = np.argsort(front[:, 1])
        heights, depths = front[order, 1], front[order, 0]
        y = middle[1]
        for _ in range(20):
            z = middle[2] - np.sqrt(max(1e-6, length**2 - (y - middle[1]) ** 2))
            around = np.interp(z + np.linspace(-0.05, 0.05, 7), heights, depths)
            target = min(around.mean() - BAR - CLOTH, middle[1] + 0.3) - drift
            y = 0.5 * y + 0.5 * target
        bar = np.array([0.0, y, max(lowest, middle[2] - np.sqrt(max(1e-6, length**2 - (y - middle[1]) ** 2)))])
        if dumbbells:
            for side in SIDES:
                sign = -1 if side == "R" else 1
                place = np.array([sign * width, bar[1], bar[2]])
                pose.props[f"dumbbell_{side}"] = figure.hang_arm(pose.rotations, side, shoulder[side], place, forward=True)
        else:
            figure.grip_bar(pose.rotations, shoulder, bar, width)
            pose.props["bar"] = bar

    def bar_on_back(self, pose: Pose, width: float = 0.42) -> None:
        """A bar across the shoulders, held from below."""
        body = self.figure.body
        turned, placed = body.forward(pose.rotations, pose.root)
        bone = body.index["spine01"]
        skin = np.unique(body.topology.faces["body"])
        level = body.head("upperarm01.R")[2] + 0.035
        ridge = skin[(abs(body.rest[skin, 0]) < 0.12) & (abs(body.rest[skin, 2] - level) < 0.03)]
        place = np.array([0.0, body.rest[ridge, 1].max() + 0.022, level])
        bar = placed[bone] + turned[bone] @ (place - body.heads[bone])
        shoulder = {s: placed[body.index[f"upperarm01.{s}"]] for s in SIDES}
        back = turned[bone] @ np.array([0, 0.35, -1.0])
        for side in SIDES:
            sign = -1 if side == "R" else 1
            hand = turned[bone] @ np.array([0.0, 0.25, 1.0])
            wrist = bar + np.array([sign * width, 0, 0]) - unit(hand) * 0.085
            elbow = back + np.array([sign * 0.3, 0, 0])
            turns, _, _ = arm(body, side, shoulder[side], wrist, elbow, unit(hand), np.array([-sign * 1.0, 0, 0]))
            pose.rotations.update(turns)
        pose.props["bar"] = bar

    def at_chest(self, pose: Pose, name: str) -> None:
        """A weight held with both hands before the breastbone."""
        body = self.figure.body
        turned, placed = body.forward(pose.rotations, pose.root)
        bone = body.index["spine01"]
        shoulder = {s: placed[body.index[f"upperarm01.{s}"]] for s in SIDES}
        out = turned[bone] @ np.array([0, -0.27, -0.10])
        place = (shoulder["L"] + shoulder["R"]) / 2 + out
        up = unit(turned[bone] @ np.array([0, -0.25, 1.0]))
        for side in SIDES:
            sign = -1 if side == "R" else 1
            wrist = place + np.array([sign * 0.075, 0, 0]) - up * 0.05 + turned[bone] @ np.array([0, 0.05, 0])
            elbow = turned[bone] @ np.array([0, -0.1, -1.0]) + np.array([sign * 0.25, 0, 0])
            turns, _, _ = arm(body, side, shoulder[side], wrist, elbow, up, -turned[bone] @ np.array([0, 1.0, 0]), 0.7)
            pose.rotations.update(turns)
        pose.props[name] = place

    def arms_forward(self, pose: Pose, raised: float) -> None:
        """Empty hands: hanging (`raised` 0) to stretched forward (1)."""
        figure = self.figure
        shoulder = figure.shoulders(pose.rotations, pose.root)
        for side in SIDES:
            sign = -1 if side == "R" else 1
            way = unit(np.array([sign * 0.08, -raised - 0.05, -(1.02 - raised)]))
            turns, _, _ = arm(
                figure.body,
                side,
                shoulder[side],
                shoulder[side] + way * figure.arm * 0.98,
                np.array([sign * 0.6, 0.5, -0.4]),
                way,
                np.array([0, -0.5 + raised, 1.0 * raised + 0.05]),
                0.3,
            )
            pose.rotations.update(turns)


class RomanianDeadlift(Standing):
    exercise = "romanian_deadlift"
    windows: ClassVar[Windows] = {
        "shin": (0.0, 0.97),
        "thigh": (0.0, 0.97),
        "lumbar": (0.15, 1.0),
        "thoracic": (0.15, 1.0),
        "drift": (0.05, 0.75),
    }

    def windows_to(self, turn: Posture) -> Windows:
        """Whoever goes too deep leans on after the hips have stopped."""
        if not turn["extra"]:
            return self.windows
        stop = HIPS_STOP
        return {**self.windows, "shin": (0, stop), "thigh": (0, stop), "lean": (0, stop + 0.1), "extra": (stop - 0.1, 1.0)}

    def before(self, start: Posture) -> list[tuple[float, Posture]]:
        """Picked up from the floor, then a step back; or un-racked."""
        if self.word("pick_up", "floor") != "floor":
            return super().before(start)
        low = {**start, "thigh": 62.0, "shin": 14.0, "lean": 66.0, "lumbar": 8.0, "thoracic": 8.0, "neck": -20.0, "walk": -0.3}
        return [(0.5, low), (1.2, {**start, "walk": -0.3}), (1.2, {**start, "walk": 0.0}), (0.5, start)]

    def after(self, end: Posture) -> list[tuple[float, Posture]]:
        """Put down again."""
        low = {**end, "thigh": 64.0, "shin": 15.0, "lean": 68.0, "lumbar": 10.0, "thoracic": 8.0, "neck": -20.0}
        return [(1.1, low), (0.4, low)]

    def turn(self, wanted: Wanted) -> Posture:
        knee = wanted.get("knees_bend_too_much", wanted.get("knees_locked", self.number("knee", 152.0)))
        squat = np.clip((150 - knee) / 60, 0, 1)
        locked = np.clip((knee - 160) / 18, 0, 1)
        shin = self.number("shin", 0.0) * (1 - squat) * (1 - locked) + 24 * squat - 7 * locked
        # Feet apart and the body's own rest pose take some 2.5 degrees off a nearly straight knee.
        thigh = 180 - min(180.0, knee + 2.5 * float(np.clip((knee - 145) / 10, 0, 1))) - shin
        lean = self.number("depth", 70.0) - 18 * squat
        rounded, share = wanted.get("back_rounding", self.number("slack", 4.0)), wanted.get("round_share", 0.55)
        extra = wanted.get("overdepth", 0.0)
        lean = min(lean, 106.0 - extra)
        turn = dict(
            shin=shin,
            thigh=thigh,
            lean=lean,
            lumbar=share * rounded,
            thoracic=(1 - share) * rounded,
            neck=self.number("gaze", -12.0) - 0.25 * rounded,
            heel=0.0,
            drift=wanted.get("bar_drift", 0.0) / 100,
            extra=extra,
        )
        return towards(self.home(), turn, min(1.0, wanted.get("short_range", 100.0) / 100))

    def pose(self, posture: Posture) -> Pose:
        pose = self.body(posture)
        load = self.word("load", "barbell")
        if load == "barbell":
            self.hold_along_legs(pose, posture["drift"], self.number("grip", 0.30), self.number("plate", 0.225) + 0.004)
        elif load == "dumbbells":
            self.hold_along_legs(pose, posture["drift"], self.number("grip", 0.17), 0.08, dumbbells=True)
        elif load == "kettlebell":
            self.hold_along_legs(pose, posture["drift"], 0.06, 0.28)
            pose.props["kettlebell"] = pose.props.pop("bar")
        else:
            self.arms_forward(pose, 0.0)
        return pose


class GoodMorning(RomanianDeadlift):
    exercise = "romanian_deadlift"

    def pose(self, posture: Posture) -> Pose:
        pose = self.body(posture)
        self.bar_on_back(pose)
        return pose


class SingleLegDeadlift(RomanianDeadlift):
    """On one leg, the other going back in line with the trunk."""

    exercise = "romanian_deadlift"

    def body(self, posture: Posture) -> Pose:
        figure = self.figure
        lumbar, thoracic = posture["lumbar"], posture["thoracic"]
        lean = posture["lean"] + posture.get("extra", 0.0)
        pelvis = figure.pelvis_for(lean, lumbar, thoracic)
        rotations = figure.spine(pelvis, lumbar, thoracic, posture["neck"])
        standing = self.word("front", "R")
        free = "L" if standing == "R" else "R"
        foot = figure.planted(standing, 0.06, 0.0)
        hips = figure.hips_over(foot[1], posture["shin"], posture["thigh"])
        root = figure.root_at(rotations["root"], hips)
        back = np.radians(max(2.0, 0.95 * lean - 4.0))
        hip = root + rotations["root"] @ (figure.body.head(f"upperleg01.{free}") - figure.body.head("root"))
        reach = figure.leg_length * 0.97
        ankle = hip + reach * np.array([0.0, np.sin(back), -np.cos(back)])
        ankle[2] = max(ankle[2], foot[1][2] + 0.03)
        figure.put_legs(rotations, root, {standing: foot, free: (pitch(np.degrees(back) * 0.9), ankle)})
        return Pose(rotations, root, pelvis, lumbar, thoracic, posture["neck"])

    def before(self, start: Posture) -> list[tuple[float, Posture]]:
        return []

    def after(self, end: Posture) -> list[tuple[float, Posture]]:
        return []


class ConventionalDeadlift(Standing):
    """A rep begins on the floor; its turn is the top."""

    exercise = "conventional_deadlift"
    windows: ClassVar[Windows] = {"lumbar": (0.25, 1.0), "thoracic": (0.25, 1.0), "drift": (0.0, 0.8), "neck": (0.2, 1.0)}

    def __init__(self, figure: Figure, setup: dict[str, object]) -> None:
        super().__init__(figure, setup)
        self.bottoms: dict[tuple[float, ...], Posture] = {}
        self.wanted: Wanted = {}

    def prepare(self, reps: list[Wanted]) -> None:
        self.wanted = reps[0] if reps else {}

    def home(self) -> Posture:
        return self.bottom(self.wanted)

    def start(self, wanted: Wanted) -> Posture:
        return self.bottom(wanted)

    def bottom(self, wanted: Wanted) -> Posture:
        """The start of a rep: hands on a bar that lies on the floor."""
        rounded, share = wanted.get("back_rounding", 4.0), wanted.get("round_share", 0.5)
        squatted = wanted.get("knees_bend_too_much", 0.0)
        key = (round(rounded, 2), round(squatted, 2))
        if key not in self.bottoms:
            height = max(self.number("plate", 0.225), 0.12)
            shin = 26.0 if squatted else self.number("shin", 14.0)
            start = dict(
                shin=shin,
                thigh=self.number("thigh", 72.0),
                lean=squatted or 62.0,
                lumbar=share * rounded,
                thoracic=(1 - share) * rounded,
                neck=-14 - 0.25 * rounded,
                heel=0.0,
                drift=0.0,
                extra=0.0,
            )
            free = "thigh" if squatted else "lean"

            def off(x: Array) -> Array:
                pose = self.body({**start, free: float(x[0])})
                shoulder = self.figure.shoulders(pose.rotations, pose.root)
                middle = (shoulder["L"] + shoulder["R"]) / 2
                front = self.figure.leg_front(pose.rotations, pose.root)
                y = float(front[:6, 0].min()) - BAR - CLOTH
                reach = np.hypot(middle[1] - y, middle[2] - height)
                aside = self.number("grip", 0.30) - abs(shoulder["R"][0])
                return np.array([100 * (reach - np.sqrt((self.figure.arm * 0.992 + 0.088) ** 2 - aside**2))])

            self.bottoms[key] = {**start, free: float(np.clip(solve(off, [start[free]], [1.0])[0], 20, 112))}
        return dict(self.bottoms[key])

    def before(self, start: Posture) -> list[tuple[float, Posture]]:
        """A pull that does not get off the knees, and down again."""
        return [(0.3, start), (0.7, towards(start, self.turn({}), 0.2)), (0.6, start)]

    def after(self, end: Posture) -> list[tuple[float, Posture]]:
        return []

    def via(self, wanted: Wanted) -> Posture | None:
        sink = wanted.get("hips_shoot_up", 0.0)
        if sink < 3:
            return None
        bottom = self.bottom(wanted)
        lean = min(96.0, bottom["lean"] + sink)
        return {**bottom, "thigh": max(18.0, bottom["thigh"] - 0.9 * sink - 8), "shin": bottom["shin"] * 0.4, "lean": lean}

    def turn(self, wanted: Wanted) -> Posture:
        hip = wanted.get("lockout", 176.0)
        missing = max(0.0, 176 - hip)
        bottom = self.bottom(wanted)
        top = {
            **self.upright(),
            "lean": 2.0 + 0.65 * missing,
            "thigh": 4 + 0.35 * missing,
            "drift": wanted.get("bar_drift", 0.0) / 100,
        }
        return towards(bottom, top, min(1.0, wanted.get("short_range", 100.0) / 100))

    def pose(self, posture: Posture) -> Pose:
        pose = self.body(posture)
        self.hold_along_legs(pose, posture["drift"], self.number("grip", 0.30), max(self.number("plate", 0.225), 0.12))
        return pose


class Squat(Standing):
    exercise = "goblet_squat"
    stance = 0.17
    toes_out = 14.0
    windows: ClassVar[Windows] = {"heel": (0.35, 1.0), "lumbar": (0.4, 1.0), "thoracic": (0.4, 1.0)}

    def turn(self, wanted: Wanted) -> Posture:
        thigh = wanted.get("short_range", self.number("thigh", 94.0))
        depth = np.clip(thigh / 94.0, 0.2, 1.1)
        shin = self.number("shin", 30.0) * depth
        lean = wanted.get("torso_collapsed", self.number("lean", 32.0)) * (1.0 if "torso_collapsed" in wanted else depth)
        if lean > 50:
            shin = max(8.0, shin - 0.3 * (lean - 50))
        rounded, share = wanted.get("back_rounding", self.number("slack", 4.0)), wanted.get("round_share", 0.6)
        lift = wanted.get("heels_lift", 0.0) / 100 * self.figure.leg_length
        foot = np.linalg.norm((self.figure.body.head("foot.R") - self.figure.body.head("toe2-1.R"))[:2]) + 0.05
        heel = float(np.degrees(np.arcsin(np.clip(lift / foot, 0, 0.8))))
        return dict(
            shin=shin + 0.5 * heel,
            thigh=thigh,
            lean=lean,
            lumbar=share * rounded,
            thoracic=(1 - share) * rounded,
            neck=-0.35 * lean,
            heel=heel,
            drift=0.0,
            extra=0.0,
        )

    def pose(self, posture: Posture) -> Pose:
        pose = self.body(posture)
        load = self.word("load", "kettlebell")
        if load == "none":
            self.arms_forward(pose, min(1.0, max(0.0, posture["thigh"] / 60)))
        else:
            self.at_chest(pose, load)
        return pose


class BackSquat(Squat):
    exercise = "back_squat"

    def turn(self, wanted: Wanted) -> Posture:
        turn = super().turn(wanted)
        if "torso_collapsed" not in wanted:
            turn["lean"] += 8
        return turn

    def pose(self, posture: Posture) -> Pose:
        pose = self.body(posture)
        self.bar_on_back(pose)
        return pose
