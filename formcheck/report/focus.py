"""What to look at in each exercise: the angle that decides it, the arcs to draw and the aims to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from formcheck.analysis import ExerciseFacts
from formcheck.errors import UsageError
from formcheck.exercises import exercise_named
from formcheck.motion.types import Array, Bar, LegAngles, Motion, Side

ArcKind = Literal["hip", "knee", "trunk_lean", "shin_lean"]
AimKind = Literal["trunk_lean", "vertical_shin", "straight_hip", "thigh_parallel"]
Region = Literal["head", "trunk", "upper_back", "lower_back", "hip", "thigh", "knee", "shin", "foot", "bar"]


@dataclass(frozen=True)
class Arc:
    """An angle drawn on the body. Its number stands outside the joint, or `inside` where that side is emptier."""

    kind: ArcKind
    inside: bool = False


@dataclass(frozen=True)
class Aim:
    """Something to reach at the turning point of a rep: `low` to `high` degrees of the quantity `kind` names.

    `trunk_lean` is the trunk from vertical, `vertical_shin` the shin from vertical, `straight_hip` the signed hip angle
    (180 = a straight line shoulder-hip-knee), `thigh_parallel` the thigh from vertical (90 = horizontal).
    """

    kind: AimKind
    low: float
    high: float
    label: str


@dataclass(frozen=True)
class Focus:
    """What the pictures of one exercise show.

    Attributes:
        series: the main angle, drawn in the live strip: "hip", "knee", "thigh" or "trunk".
        label: its name in plain words.
        arcs: the joint angles drawn on the body.
        aims: what is shown at the turning point.
        turn: what the turning point is called: "top" or "bottom".
        hint: one short sentence on what to watch, shown while there is nothing to say.
        hands_carry: the load hangs from the hands, so that a wrist may stand in for it.
    """

    series: Literal["hip", "knee", "thigh", "trunk"]
    label: str
    arcs: tuple[Arc, ...]
    aims: tuple[Aim, ...]
    turn: Literal["top", "bottom"]
    hint: str
    hands_carry: bool = False


#: Half widths of the drawn zones are drawing choices: wide enough to see on a phone. Verdicts come from the limits.
_THRUST = Focus(
    "hip",
    "Hip angle",
    (Arc("hip"), Arc("knee")),
    (
        Aim("straight_hip", 168, 192, "shoulder, hip and knee in line"),
        Aim("vertical_shin", -10, 10, "shin vertical"),
    ),
    "top",
    "At the top: a straight line from shoulder to knee, shins vertical.",
)
_HINGE = Focus(
    "hip",
    "Hip angle",
    (Arc("hip"), Arc("knee", inside=True)),
    (),
    "bottom",
    "Hips travel back, the bar stays close, the back keeps its shape.",
    hands_carry=True,
)
_SPLIT = Focus(
    "knee",
    "Front knee",
    (Arc("trunk_lean"), Arc("knee")),
    (Aim("trunk_lean", 35, 55, "about 45° of lean"),),
    "bottom",
    "At the bottom: chest over the front thigh, about 45° of lean.",
)
_SQUAT = Focus(
    "knee",
    "Knee angle",
    (Arc("knee"), Arc("hip")),
    (Aim("thigh_parallel", 85, 125, "thigh at least level"),),
    "bottom",
    "Thighs to level, heels down, chest up.",
)

_BY_EXERCISE = {
    "hip_thrust": _THRUST,
    "glute_bridge": _THRUST,
    "romanian_deadlift": _HINGE,
    "split_squat": _SPLIT,
    "goblet_squat": _SQUAT,
}

#: Which part of the body a rule speaks about: it is marked while the finding is shown.
REGIONS: dict[str, tuple[Region, ...]] = {
    "lumbar_arch": ("lower_back", "hip"),
    "chin_not_tucked": ("head",),
    "shins_not_vertical": ("shin",),
    "short_range": ("hip", "thigh"),
    "no_hold": ("hip",),
    "bar_drift": ("bar",),
    "overdepth": ("trunk",),
    "back_rounding": ("upper_back", "lower_back"),
    "knees_bend_too_much": ("knee",),
    "knees_locked": ("knee",),
    "torso_upright": ("trunk",),
    "torso_collapsed": ("trunk",),
    "stance_too_narrow": ("shin", "knee"),
    "heels_lift": ("foot",),
}


#: Variants whose id says only what is special about them.
_FULL_NAMES = {"bulgarian": "Bulgarian split squat", "single_leg": "Single-leg Romanian deadlift"}


def focus_of(exercise: str) -> Focus:
    """The focus of an exercise by its formcheck name; an unknown one is shown by its hip and knee."""
    return _BY_EXERCISE.get(exercise, _HINGE)


def drawn_side(motion: Motion, working_leg: Side | None) -> Side:
    """The side whose leg is drawn strongly and measured: the working one, or the near one where both work alike."""
    return working_leg or motion.body.view.side


def main_series(motion: Motion, focus: Focus, side: Side) -> Array:
    """(F,) degrees of the focus' main angle; NaN where it is unknown."""
    leg: LegAngles = motion.legs[side]
    if focus.series == "trunk":
        return motion.trunk.values
    # An over-extended hip goes on past 180 where the eye expects it, instead of turning back.
    series = {"hip": leg.hip_signed, "knee": leg.knee, "thigh": leg.thigh}[focus.series]
    values = np.asarray(series.values, dtype=float)
    if focus.series == "hip":
        values = np.where(values > 300, values - 360, values)
    return np.asarray(values)


def shown_bar(motion: Motion, focus: Focus) -> Bar | None:
    """The load whose path is worth showing; None where there is none, or only hands that do not carry it."""
    if motion.bar is not None and motion.bar.source == "wrist" and not focus.hands_carry:
        return None
    return motion.bar


def exercise_title(facts: ExerciseFacts) -> str:
    """What was done, in plain words: the variant where it is a different one from the exercise itself."""
    name = facts.variant if facts.variant and facts.variant != facts.name else facts.name
    return _FULL_NAMES.get(name) or name.replace("_", " ").capitalize()


def rule_title(exercise: str, rule: str) -> str:
    """A rule's heading; its id in words where the exercise does not know it."""
    try:
        own = next((r for r in exercise_named(exercise).rules if r.id == rule), None)
    except UsageError:
        own = None
    return own.title if own is not None else rule.replace("_", " ").capitalize()
