"""What a movement looks like, as shares between 0 and 1: the questions by which exercises are told from each other.

Each question weighs a few numbers of the posture against each other, softly: a lift done badly moves some of them and
not the others (a squatted deadlift has its hands and its load where a deadlift has them). The middles and widths are
engineering choices, made on half of the labelled clips and checked on the other half (docs/ACCURACY.md).
"""

from __future__ import annotations

from math import exp

import numpy as np

from formcheck.exercises.posture import Posture

#: Arms this far from hanging straight down, and hands this low (leg lengths over the ankle), carry a load at arm's length.
HANGING_DEG, HANGING_HANDS_UP = 45.0, 0.75
#: Wrists closer together than this (leg lengths) hold one weight in both hands. On one kettlebell they were measured 0.10 to
#: 0.44 apart (median 0.27, 15 sets of five clips and their copies), empty hands beside a squat 0.49 to 0.63.
JOINED_HANDS = 0.38
#: Hands at most this far from the shoulders (leg lengths) are at the chest, the shoulders or the neck.
HANDS_AT_SHOULDERS = 0.55


def share(value: float, middle: float, width: float) -> float:
    """A soft step: 0.5 at `middle` and for an unknown value, 0.73 one `width` beyond it (a negative width turns it round)."""
    if not np.isfinite(value):
        return 0.5
    return 1 / (1 + exp(-float(np.clip((value - middle) / width, -30, 30))))


def stands(top: Posture, bottom: Posture) -> float:
    """On the feet: upright at the top, or on the way there, and nowhere leaning back on something."""
    return share(abs(top.trunk), 58, -7) * share(min(top.trunk, bottom.trunk), -32, 5)


def lies(top: Posture, bottom: Posture) -> float:
    """Leaning back on something with bent knees while the hips rise."""
    back = share(top.trunk, -42, -6)
    knees = share(top.knee, 160, -7)
    opens = share(top.hip - bottom.hip, 9, 3)
    rises = share(top.hip_up - bottom.hip_up, 0.03, 0.012)  # who sits up opens the hip as well
    return back * knees * opens * rises


def feet_split(bottom: Posture) -> float:
    """One foot in front of the other, the thighs apart."""
    thighs = np.clip((bottom.thigh - bottom.back_thigh - 42) / 11, -3, 3)
    stride = np.clip((bottom.ankle_gap - 0.42) / 0.09, -3, 3)
    known = [value for value in (thighs, stride) if np.isfinite(value)]
    return share(float(np.sum(known)), 0, 1) if known else 0.5


def hinge_on_one_leg(bottom: Posture) -> float:
    """Of feet that are split: the trunk goes down over a leg that stays nearly straight, instead of the knees bending."""
    score = (bottom.trunk - 62) / 7 + (min(bottom.knee, bottom.back_knee) - 115) / 14
    return share(float(score), 0, 1)


def hinge_on_two_legs(bottom: Posture) -> float:
    """Of feet that are together: the hips go back instead of down.

    What tells is how far the trunk leans beyond the thighs, and where that is for a hinge depends on the hands: a weight
    at arm's length is lifted with as much knee bend as it takes, a bar on the neck is squatted or bowed with, and hands
    in front of the chest go with a squat even where the chest falls.
    """
    thigh = np.nanmean([bottom.thigh, bottom.back_thigh])
    knee = np.nanmean([bottom.knee, bottom.back_knee])
    beyond = float(bottom.trunk - thigh)
    if hands_hang(bottom):
        if bottom.hands_apart < JOINED_HANDS and bottom.hands_up > HANDS_OF_KETTLEBELL:
            return share((beyond + 66) / 12, 0, 1)
        return share((beyond + 46) / 12 + float(knee - 100) / 60, 0, 1)
    if hands_in_front(bottom):
        return share((beyond - 10) / 12 + float(knee - 115) / 20, 0, 1)
    return share((beyond + 18) / 12 + float(knee - 108) / 30, 0, 1)


#: Wrists over the ankle (leg lengths) with a kettlebell standing on the floor; empty hands are lower in a deep squat.
HANDS_OF_KETTLEBELL = 0.35


def hands_hang(bottom: Posture) -> bool:
    """Whether the arms hang as with a load at arm's length."""
    return bottom.arm_lean < HANGING_DEG and bottom.hands_up < HANGING_HANDS_UP and bottom.hands_to_shoulder > 0.4


def hands_in_front(bottom: Posture) -> bool:
    """Whether the hands are before the chest or held out to the front, as nobody has them with a bar on the neck."""
    at_chest = bottom.hands_to_shoulder < HANDS_AT_SHOULDERS and bottom.hands_above_shoulder < -0.1
    held_out = bottom.hands_to_shoulder > 0.35 and HANGING_DEG < bottom.arm_lean < 115
    return at_chest or held_out


def bows(top: Posture, bottom: Posture) -> float:
    """The trunk goes down by more than a nod, or the hips close by far more than in walking."""
    return share(max(bottom.trunk - top.trunk, (top.hip - bottom.hip) / 4), 8, 3)


def sinks(top: Posture, bottom: Posture) -> float:
    """The hips go down, and a thigh with them: further than in walking or shifting about."""
    drop = share(top.hip_up - bottom.hip_up, 0.07, 0.02)
    return drop * share(max(bottom.thigh, bottom.back_thigh), 28, 4)
