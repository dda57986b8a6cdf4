"""Goblet squat and other squats."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formcheck.lifts.exercise import (
    Aim,
    Arc,
    Exercise,
    Focus,
    NotAssessable,
    Observation,
    Prescription,
    Rule,
    Shot,
    accepted,
    against,
    both_legs,
    observed_at_turn,
)
from formcheck.lifts.limits import Limit
from formcheck.lifts.posture import Posture, feet_split, hinge_on_two_legs, sinks, stands, swings_up
from formcheck.lifts.reps import RepSignal
from formcheck.lifts.rules import SPINAL_FLEXION, short_of_set, worse_of
from formcheck.motion.body import PLACED, Array
from formcheck.motion.motion import Motion
from formcheck.pose.geometry import known_median
from formcheck.pose.skeleton import joint
from formcheck.results.quantity import Quantity
from formcheck.results.rep import Rep

Limits = dict[str, Limit]

#: Least error of a heel's rise as the points of the foot show it, percent of the leg: flat feet of made-up squats read -4
#: to 4.
FOOT_SD = 2.0
#: The points of a foot, which turn together as the heel lifts.
FOOT = ("heel", "ankle", "toe")


def short_range(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The thigh stays well above parallel (90 degrees), or the rep is short of the lifter's others."""
    depth = observed_at_turn(
        rep, lift.motion.times, lift.motion.near.thigh, limits["short_range"], "below",
        hidden="the thigh is hidden at the bottom",
        message="your thighs stopped at {degrees}; level is 90, and {accepted}",
    )  # fmt: skip
    return worse_of(depth, short_of_set(lift, rep, limits))


def torso_collapsed(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The chest falls forward at the bottom."""
    return observed_at_turn(
        rep, lift.motion.times, lift.motion.trunk, limits["torso_collapsed"], "above",
        hidden="the trunk is hidden at the bottom",
        message="your trunk leans {degrees} at the bottom; {accepted}",
    )  # fmt: skip


def heels_lift(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The heel rises relative to the toe, compared with standing: how far heel, ankle and toe have turned together."""
    motion = lift.motion
    body, side, leg_px = motion.body, motion.body.view.side, motion.body.leg_length
    seen = body.visible(side, "heel", "toe") > PLACED  # bones do not place a foot that is outside the picture
    turn, start = rep.at_turn(motion.times), rep.at_start(motion.times)
    if (seen & turn).sum() < 0.5 * turn.sum() or not (seen & start).any():
        return NotAssessable("the foot is hidden", "hidden")
    points = np.stack([body.near(name) for name in FOOT], axis=1)
    own = np.array([known_median(body.sd[seen & turn, joint(name, side)]) for name in FOOT])
    before, after = (known_median(points[seen & rows]) for rows in (start, turn))
    rise, sd = (100 / leg_px / body.foot_turn) * np.array(_heel_rise(before, after, own, body.view.forward))
    limit = limits["heels_lift"]
    return Observation(
        Quantity(float(rise), "%leg", float(np.fmax(FOOT_SD / body.foot_turn, sd)), rep.turn_s), limit, "above",
        f"your heels rise by {against(float(rise), limit.value)} % of your leg's length at the bottom;"
        f" {accepted(limit, 'above')}",
    )  # fmt: skip


def _heel_rise(before: Array, after: Array, sd: Array, forward: int) -> tuple[float, float]:
    """How far the heel rises over the toe, and its error, pixels: heel and toe as far apart as `before`, turned as the three
    points (3, 2) of the foot are turned `after`. `sd` (3,) are their errors, `forward` the sign of the lifter's front.

    A toe that sinks below where it stood is misplaced, or the camera moves: that much is uncertain too.
    """
    foot, turned = before - before.mean(axis=0), after - after.mean(axis=0)
    cross = float((foot[:, 0] * turned[:, 1] - foot[:, 1] * turned[:, 0]).sum())
    angle = forward * np.arctan2(cross, float((foot * turned).sum()))
    length, arms = float(np.hypot(*(before[0] - before[2]))), np.linalg.norm(foot, axis=1)
    sunk = max(float(after[2, 1] - before[2, 1]), 0.0)
    return length * float(np.sin(angle)), float(np.hypot(length * np.linalg.norm(arms * sd) / (arms @ arms), sunk))


class GobletSquat(Exercise):
    name, title, family = "goblet_squat", "Goblet squat", "goblet_squat"
    aliases: tuple[str, ...] = ("goblet", "squat", "front_squat", "air_squat", "bodyweight_squat")
    focus = Focus(
        "knee",
        "Knee angle",
        (Arc("knee"), Arc("hip")),
        (Aim("thigh_parallel", 85, 125, "thigh at least level"),),
        "Thighs to level, heels down, chest up.",
    )
    core: tuple[str, ...] = ("short_range", "torso_collapsed", "heels_lift")
    programme: Prescription | None = Prescription(
        3, (10, 12),
        "The programme names the goblet squat without sets and reps; 3 sets of 10 to 12 are an engineering choice.",
        loaded="dumbbell",
    )  # fmt: skip
    least_range = 30.0
    rules: tuple[Rule, ...] = (
        Rule(
            "short_range", "Not deep enough",
            "The thighs stay well above level, or the rep falls well short of the lifter's others.",
            "Sit down between your knees until your thighs are level.", short_range,
            limits=("short_range", "short_of_set"),
            regions=("thigh",),
            place="bottom",
        ),
        Rule(
            "torso_collapsed", "Chest falls forward",
            "At the bottom the trunk leans so far that the squat becomes a hinge.",
            "Keep the weight at your chest and your elbows between your knees.", torso_collapsed,
            regions=("trunk",),
            place="bottom",
        ),
        Rule(
            "heels_lift", "Heels lift",
            "The heels leave the floor at the bottom.",
            "Keep your whole foot on the floor.", heels_lift,
            regions=("foot",),
            place="bottom",
            needs=("heel", "toe"),
        ),
        SPINAL_FLEXION,
    )  # fmt: skip

    def rep_signal(self, motion: Motion) -> RepSignal:
        return RepSignal(both_legs(motion, "knee"), noise=12.0, first="eccentric")

    def position(self, top: Posture, bottom: Posture) -> float:
        return stands(top, bottom)

    def lowers(self, top: Posture, bottom: Posture) -> float:
        return sinks(top, bottom)

    def likeness(self, top: Posture, bottom: Posture) -> float:
        """Feet together, and the hips go down rather than back."""
        sunk = sinks(top, bottom) * (1 - swings_up(top, bottom))
        return sunk * (1 - feet_split(top, bottom)) * (1 - hinge_on_two_legs(top, bottom))

    def variant(self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture) -> str:
        """Goblet squat with the hands at the chest, else another squat."""
        return "goblet_squat" if bottom.hands_to_shoulder < 0.4 else "squat"


EXERCISES = (GobletSquat(),)
