"""The lifter's posture at a moment, in numbers that exercises are recognised by."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.types import Motion
from formcheck.reps import Rep
from formcheck.skeleton import SIDES

#: The floor is where the ankles mostly are within this time around a moment.
FLOOR_WINDOW_S = 1.5


@dataclass(frozen=True)
class Posture:
    """Medians over some frames; angles in degrees, lengths in leg lengths (thigh plus shank). NaN where unknown.

    `trunk` from vertical, forward positive; `hip`, `knee`, `thigh` of the front leg (the near one when the feet are
    together); `back_knee` of the other leg; `ankle_gap` distance between the ankles along the lifter's forward axis;
    `back_ankle_up` how much higher the rear ankle is than the front one; `hands_up` height of the hands over the
    lower ankle; `hands_to_shoulder` distance between hands and shoulders; `flight` how far the lifter is off the
    floor.
    """

    trunk: float
    hip: float
    knee: float
    thigh: float
    back_knee: float
    ankle_gap: float
    back_ankle_up: float
    hands_up: float
    hands_to_shoulder: float
    flight: float


def posture(motion: Motion, frames: NDArray[np.bool_]) -> Posture:
    """The posture over the marked frames."""
    body = motion.body
    leg_px = leg_length(motion)
    ankles = {side: _median(body.point("ankle", side), frames) for side in SIDES}
    front = front_side(motion, frames)
    back = SIDES[1 - SIDES.index(front)]
    gap = abs(ankles["left"][0] - ankles["right"][0]) / leg_px
    hands = np.nanmean([_median(body.point("wrist", side), frames) for side in SIDES], axis=0)
    shoulders = np.nanmean([_median(body.point("shoulder", side), frames) for side in SIDES], axis=0)
    lowest = np.fmax(ankles["left"][1], ankles["right"][1])
    return Posture(
        trunk=_value(motion.trunk.values, frames),
        hip=_value(motion.legs[front].hip.values, frames),
        knee=_value(motion.legs[front].knee.values, frames),
        thigh=_value(motion.legs[front].thigh.values, frames),
        back_knee=_value(motion.legs[back].knee.values, frames),
        ankle_gap=float(gap),
        back_ankle_up=float((ankles[front][1] - ankles[back][1]) / leg_px),
        hands_up=float((lowest - hands[1]) / leg_px),
        hands_to_shoulder=float(np.linalg.norm(hands - shoulders) / leg_px),
        flight=_flight(motion, frames, leg_px),
    )


def typical(postures: list[Posture]) -> Posture:
    """The median of several postures, number by number."""
    values = {}
    for field in fields(Posture):
        numbers = np.array([getattr(p, field.name) for p in postures], dtype=float)
        values[field.name] = float(np.nanmedian(numbers)) if np.isfinite(numbers).any() else float("nan")
    return Posture(**values)


def rep_postures(motion: Motion, rep: Rep) -> tuple[Posture, Posture]:
    """Postures at the top and at the bottom of a rep."""
    times = motion.times
    turn = rep.at_turn(times, 0.12)
    home = (np.abs(times - rep.start_s) < 0.15) & ~_cut(rep.cut_start, times)
    home |= (np.abs(times - rep.end_s) < 0.15) & ~_cut(rep.cut_end, times)
    home &= ~turn
    if not home.any():
        home = rep.during(times)
    if rep.first == "lowering":
        return posture(motion, home), posture(motion, turn)
    return posture(motion, turn), posture(motion, home)


def front_side(motion: Motion, frames: NDArray[np.bool_]) -> str:
    """The side of the leg in front ("left" or "right"); the near side when the feet are together."""
    body = motion.body
    left, right = (_median(body.point("ankle", side), frames)[0] for side in SIDES)
    lead = body.view.forward * (left - right) / leg_length(motion)
    if not np.isfinite(lead) or abs(lead) < 0.12:
        return body.view.side
    return "left" if lead > 0 else "right"


def leg_length(motion: Motion) -> float:
    """Median length of thigh plus shank of the near leg, pixels: a high percentile, as both are foreshortened at times."""
    body = motion.body
    thigh = np.linalg.norm(body.near("hip") - body.near("knee"), axis=1)
    shank = np.linalg.norm(body.near("knee") - body.near("ankle"), axis=1)
    total = thigh + shank
    return float(np.nanpercentile(total, 80)) if np.isfinite(total).any() else float("nan")


def ramp(value: float, zero: float, one: float) -> float:
    """0 at `zero`, 1 at `one`, straight between and constant outside; 0.5 for an unknown value."""
    if not np.isfinite(value):
        return 0.5
    return float(np.clip((value - zero) / (one - zero), 0.0, 1.0))


def load_hangs_low(bottom: Posture) -> float:
    """How much a bottom position looks like lifting something from about the floor, 0-1: the hands are below the knees.

    The knee is half a leg above the ankle; the middle of a 45 cm plate an eighth, the handle of a kettlebell a third. Who
    squats with hands that low keeps the trunk upright between dumbbells.
    """
    if not np.isfinite(bottom.hands_up):
        return 0.0
    return ramp(bottom.hands_up, 0.5, 0.4) * ramp(bottom.trunk, 30, 45)


def _cut(cut: bool, times: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.full(len(times), cut)


def _value(values: NDArray[np.float64], frames: NDArray[np.bool_]) -> float:
    chosen = values[frames]
    return float(np.nanmedian(chosen)) if np.isfinite(chosen).any() else float("nan")


def _median(points: NDArray[np.float64], frames: NDArray[np.bool_]) -> NDArray[np.float64]:
    chosen = points[frames]
    if not np.isfinite(chosen).any():
        return np.array([np.nan, np.nan])
    return np.asarray(np.nanmedian(chosen, axis=0))


def _flight(motion: Motion, frames: NDArray[np.bool_], leg_px: float) -> float:
    """Highest that the lifter is off the floor while the frames last.

    Feet alone tell nothing (plates hide them, heels rise): both ankles and the hip must be that much higher than a
    lifter standing on straight legs has them.
    """
    body = motion.body
    ankles = np.array([body.point("ankle", side)[:, 1] for side in SIDES]).max(axis=0)
    if not np.isfinite(ankles[frames]).any():
        return 0.0
    # The floor as it is at that time: a lifter who walks up to the camera moves it in the picture.
    seconds = motion.times[frames]
    around = (motion.times > seconds[0] - FLOOR_WINDOW_S) & (motion.times < seconds[-1] + FLOOR_WINDOW_S)
    floor = np.nanpercentile(ankles[around], 80)
    hip_rise = floor - leg_px - body.near("hip")[:, 1]
    rise = np.minimum(floor - ankles, hip_rise)[frames]
    return float(np.nanmax(rise) / leg_px) if np.isfinite(rise).any() else 0.0
