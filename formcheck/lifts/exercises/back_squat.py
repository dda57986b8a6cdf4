"""Back squat: the bar is on the shoulders, and the trunk may lean further than in a goblet squat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from formcheck.lifts.exercise import Aim, Arc, Focus, Prescription
from formcheck.lifts.exercises.goblet_squat import GobletSquat
from formcheck.lifts.posture import Posture, share
from formcheck.lifts.rules import UNSURE_FLEXION
from formcheck.motion.motion import Motion
from formcheck.pose.geometry import unit
from formcheck.results.rep import Rep

#: A bar within this distance of the shoulder joint is on the shoulders, leg lengths.
ON_SHOULDERS = 0.22
#: ... if it is at most this far in front of the joint; further forward it is a front squat, leg lengths.
BEHIND = 0.05
#: Hands that hold a bar on the shoulders are within the first distance of them, and no lower than the second (leg lengths,
#: along the trunk). In two clips they were 0.12 to 0.17 below the shoulders; hands on the hips are lower.
HANDS_NEAR, HANDS_NO_LOWER = 0.5, -0.22
#: ... and at most this far in front of the trunk, leg lengths. In those clips they were 0.03 in front and 0.10 behind; in
#: seven squats with a weight at the chest, or none, 0.11 to 0.30 in front.
HANDS_FORWARD = 0.1
#: Elbows further in front of the shoulders than this (leg lengths) hold the bar in front.
ELBOWS_FORWARD = 0.15

_OF_GOBLET = {rule.id: rule for rule in GobletSquat.rules}


class BackSquat(GobletSquat):
    name, title, kind_of = "back_squat", "Back squat", "goblet_squat"
    aliases = ("barbell_squat", "barbell_back_squat", "high_bar_squat", "low_bar_squat")
    load = "shoulders"
    programme = Prescription(3, (8, 10), "The programme names no back squat; 3 sets of 8 to 10 are an engineering choice.")
    focus = Focus(
        "knee",
        "Knee angle",
        (Arc("knee"), Arc("hip")),
        (Aim("thigh_parallel", 85, 125, "thigh at least level"),),
        "Thighs to level, heels down, the bar over the middle of the foot.",
    )
    rules = (
        replace(_OF_GOBLET["short_range"], cue="Sit down until your thighs are level."),
        replace(
            _OF_GOBLET["torso_collapsed"],
            meaning="At the bottom the trunk leans farther than it should with a bar on the shoulders.",
            cue="Lead with your chest and keep the bar over the middle of your foot.",
        ),
        _OF_GOBLET["heels_lift"],
        # With a bar on the shoulders the learned bend is off by 20 degrees (rendered lifters): plates cover the upper back.
        UNSURE_FLEXION,
    )

    def claim(self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture) -> float:
        """A plate is at the shoulders and not in front, or both hands are beside the neck; elbows do not point forward."""
        by_shot = list(zip(motions, reps, strict=True))
        elbow, hand = (
            _middle([before_trunk(motion, found, name) for motion, found in by_shot]) for name in ("elbow", "wrist")
        )
        hands = [
            share(posture.hands_to_shoulder, HANDS_NEAR, -0.05) * share(posture.hands_above_shoulder, HANDS_NO_LOWER, 0.03)
            for posture in (top, bottom)
        ]
        behind = share(elbow, ELBOWS_FORWARD, -0.04) if np.isfinite(elbow) else 1.0
        held = min(hands) * share(hand, HANDS_FORWARD, -0.03) * behind
        positions = [bar_position(motion, found) for motion, found in by_shot]
        away, forward = _middle([place[0] for place in positions]), _middle([place[1] for place in positions])
        if not np.isfinite(away):
            return held
        return max(share(away, ON_SHOULDERS, -0.03) * share(forward, BEHIND, -0.02) * behind, held)

    def variant(self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture) -> str:
        return self.name


def bar_position(motion: Motion, reps: Sequence[Rep]) -> tuple[float, float]:
    """Median distance of the bar from the near shoulder during the reps, and how far it is in front; leg lengths.

    NaN without a plate.
    """
    bar = motion.bar
    if bar is None or bar.source != "plate" or not reps:
        return float("nan"), float("nan")
    off = (bar.path - motion.body.near("shoulder"))[_within(motion, reps)] / motion.body.leg_length
    known = off[np.isfinite(off).all(axis=1)]
    if not len(known):
        return float("nan"), float("nan")
    return float(np.median(np.linalg.norm(known, axis=1))), motion.body.view.forward * float(np.median(known[:, 0]))


def before_trunk(motion: Motion, reps: Sequence[Rep], name: str) -> float:
    """Median distance of a point of the near arm in front of the trunk during the reps, leg lengths; NaN if not seen."""
    if not reps:
        return float("nan")
    frames = _within(motion, reps)
    shoulder = motion.body.near("shoulder")[frames]
    up = unit(shoulder - motion.body.near("hip")[frames])
    ahead = motion.body.view.forward * np.stack([-up[:, 1], up[:, 0]], axis=1)
    away = ((motion.body.near(name)[frames] - shoulder) * ahead).sum(axis=1) / motion.body.leg_length
    known = away[np.isfinite(away)]
    return float(np.median(known)) if len(known) else float("nan")


def _within(motion: Motion, reps: Sequence[Rep]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    return np.asarray(np.any([rep.during(motion.times) for rep in reps], axis=0))


def _middle(values: list[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.median(known)) if known else float("nan")


EXERCISES = (BackSquat(),)
