"""The lifter's posture at a moment, in numbers that exercises are recognised by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.body.types import Spatial
from formcheck.geometry import known_median, middle
from formcheck.motion.types import Motion
from formcheck.reps import Rep
from formcheck.skeleton import SIDES

#: Who is in the air was on the floor at most this long before and will be after: a jump of half a metre lasts 0.64 s.
IN_THE_AIR_S = 0.5
#: In space angles are off by ten degrees and more, differently for a clip and its mirror image; in the picture they are finer
#: while the camera stands less far round the lifter than the first of these (degrees), and wrong from the second on. Up to the
#: first both count alike. (72 mirrored clips, 0.9 of the size: 69 instead of 67 of 71 recognised; as they are 84 of 84 both.)
FLAT_TO_DEG, FLAT_UNTIL_DEG, FLAT_SHARE = 22.0, 32.0, 0.5
#: What is weighed so.
FINER_FLAT = ("trunk", "knee", "thigh", "back_knee", "back_thigh")

Take = Callable[[Motion, NDArray[np.bool_]], "Posture"]


@dataclass(frozen=True)
class Posture:
    """Medians over some frames; angles in degrees, lengths in leg lengths (thigh plus shank). NaN where unknown.

    `trunk` from vertical, forward positive; `hip`, `knee`, `thigh` of the front leg (the near one when the feet are
    together); `back_knee` and `back_thigh` of the other leg; `ankle_gap` distance between the ankles along the lifter's
    forward axis; `back_ankle_up` how much higher the rear ankle is than the front one; `hands_up` and `hip_up` height
    over the lower ankle; `hands_to_shoulder` distance between hands and shoulders, `hands_above_shoulder` the part of it
    along the trunk; `arm_lean` of the line from shoulders to hands from hanging straight down; `hands_apart` distance
    between the wrists; `flight` how far the lifter is off the floor.
    """

    trunk: float
    hip: float
    knee: float
    thigh: float
    back_knee: float
    back_thigh: float
    ankle_gap: float
    back_ankle_up: float
    hands_up: float
    hip_up: float
    hands_to_shoulder: float
    hands_above_shoulder: float
    arm_lean: float
    hands_apart: float
    flight: float


def posture(motion: Motion, frames: NDArray[np.bool_]) -> Posture:
    """The posture over the marked frames: in space where the landmarks tell it, so that the camera's place matters little,
    else as the picture shows it. In a side view angles are the mean of both."""
    flat = flat_posture(motion, frames)
    if motion.spatial is None:
        return flat
    deep = _in_space(motion.spatial, flat, frames)
    yaw_deg = abs(motion.body.view.yaw_deg)
    weight = FLAT_SHARE * float(np.clip((FLAT_UNTIL_DEG - yaw_deg) / (FLAT_UNTIL_DEG - FLAT_TO_DEG), 0.0, 1.0))
    if not weight > 0:
        return deep
    both = {name: (1 - weight) * getattr(deep, name) + weight * getattr(flat, name) for name in FINER_FLAT}
    return replace(deep, **{name: angle for name, angle in both.items() if np.isfinite(angle)})


def flat_posture(motion: Motion, frames: NDArray[np.bool_]) -> Posture:
    """The posture over the marked frames as the picture shows it: finer in a side view, wrong in an oblique one."""
    body = motion.body
    leg_px = leg_length(motion)
    ankles = {side: _median(body.point("ankle", side), frames) for side in SIDES}
    front = front_side(motion, frames)
    back = SIDES[1 - SIDES.index(front)]
    hands, shoulders, hips = (
        middle(*(_median(body.point(name, side), frames) for side in SIDES))
        for name in ("wrist", "shoulder", "hip")
    )
    arm, trunk = hands - shoulders, shoulders - hips
    lowest = np.fmax(ankles["left"][1], ankles["right"][1])
    return Posture(
        trunk=_value(motion.trunk.values, frames),
        hip=_value(motion.legs[front].hip.values, frames),
        knee=_value(motion.legs[front].knee.values, frames),
        thigh=_value(motion.legs[front].thigh.values, frames),
        back_knee=_value(motion.legs[back].knee.values, frames),
        back_thigh=_value(motion.legs[back].thigh.values, frames),
        ankle_gap=float(abs(ankles["left"][0] - ankles["right"][0]) / leg_px),
        back_ankle_up=float((ankles[front][1] - ankles[back][1]) / leg_px),
        hands_up=float((lowest - hands[1]) / leg_px),
        hip_up=float((lowest - hips[1]) / leg_px),
        hands_to_shoulder=float(np.linalg.norm(arm) / leg_px),
        hands_above_shoulder=float(arm @ trunk / np.linalg.norm(trunk) / leg_px),
        arm_lean=float(np.degrees(np.arctan2(abs(arm[0]), arm[1]))),
        hands_apart=float("nan"),
        flight=_flight(motion, frames, leg_px),
    )


def _in_space(spatial: Spatial, flat: Posture, frames: NDArray[np.bool_]) -> Posture:
    """The posture from the metric landmarks; what they do not tell is taken from the picture."""
    thighs = {side: _value(spatial.thigh[side], frames) for side in SIDES}
    if not np.isfinite(list(thighs.values())).all():
        return flat
    front = max(SIDES, key=lambda side: thighs[side])
    back = SIDES[1 - SIDES.index(front)]
    return Posture(
        trunk=_value(spatial.lean, frames),
        hip=_value(spatial.hip[front], frames),
        knee=_value(spatial.knee[front], frames),
        thigh=thighs[front],
        back_knee=_value(spatial.knee[back], frames),
        back_thigh=thighs[back],
        ankle_gap=_value(spatial.stride, frames),
        back_ankle_up=flat.back_ankle_up,
        hands_up=_value(spatial.hands_up, frames),
        hip_up=_value(spatial.hip_up, frames),
        hands_to_shoulder=_value(spatial.hands_to_shoulder, frames),
        hands_above_shoulder=_value(spatial.hands_above_shoulder, frames),
        arm_lean=_value(spatial.arm_lean, frames),
        hands_apart=_value(spatial.hands_apart, frames),
        flight=flat.flight,
    )


def typical(postures: list[Posture]) -> Posture:
    """The median of several postures, number by number."""
    values = {}
    for field in fields(Posture):
        numbers = np.array([getattr(p, field.name) for p in postures], dtype=float)
        values[field.name] = float(np.nanmedian(numbers)) if np.isfinite(numbers).any() else float("nan")
    return Posture(**values)


def rep_postures(motion: Motion, rep: Rep, take: Take = posture) -> tuple[Posture, Posture]:
    """Postures at the top and at the bottom of a rep."""
    times = motion.times
    turn = rep.at_turn(times, 0.12)
    home = (np.abs(times - rep.start_s) < 0.15) & ~_cut(rep.cut_start, times)
    home |= (np.abs(times - rep.end_s) < 0.15) & ~_cut(rep.cut_end, times)
    home &= ~turn
    if not home.any():
        home = rep.during(times)
    if rep.first == "eccentric":
        return take(motion, home), take(motion, turn)
    return take(motion, turn), take(motion, home)


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


def _cut(cut: bool, times: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.full(len(times), cut)


def _value(values: NDArray[np.float64], frames: NDArray[np.bool_]) -> float:
    chosen = values[frames]
    return float(known_median(chosen)) if np.isfinite(chosen).any() else float("nan")


def _median(points: NDArray[np.float64], frames: NDArray[np.bool_]) -> NDArray[np.float64]:
    chosen = points[frames]
    if not np.isfinite(chosen).any():
        return np.array([np.nan, np.nan])
    return known_median(chosen)


def _flight(motion: Motion, frames: NDArray[np.bool_], leg_px: float) -> float:
    """Highest that the lifter is off the floor while the frames last.

    Feet alone tell nothing (plates hide them, heels rise): both ankles and the hip must be that much higher than a
    lifter standing on straight legs has them.
    """
    body = motion.body
    ankles = np.array([body.point("ankle", side)[:, 1] for side in SIDES]).max(axis=0)
    if not np.isfinite(ankles[frames]).any():
        return 0.0
    # Both before and after: where a phone that is not held still, or a lifter who walks up to it, moves the floor in the
    # picture, the feet go on the way they went, and only a jump comes back.
    floor = np.array([_floor(motion.times, ankles, int(row)) for row in np.flatnonzero(frames)])
    hip_rise = floor - leg_px - body.near("hip")[frames, 1]
    rise = np.minimum(floor - ankles[frames], hip_rise)
    return float(np.nanmax(rise) / leg_px) if np.isfinite(rise).any() else 0.0


def _floor(times: NDArray[np.float64], ankles: NDArray[np.float64], row: int) -> float:
    """How low (pixels, down positive) the lower foot is shortly before a frame and shortly after it, the higher of both."""
    lags = times - times[row]
    sides = [ankles[(lags >= -IN_THE_AIR_S) & (lags <= 0)], ankles[(lags >= 0) & (lags <= IN_THE_AIR_S)]]
    return min(_low_mostly(side[np.isfinite(side)]) for side in sides)


def _low_mostly(heights: NDArray[np.float64]) -> float:
    """The 80th percentile, NaN of nothing: the same number as NumPy's, whose own function takes ten times as long."""
    last = len(heights) - 1
    if last < 0:
        return float("nan")
    ordered = np.sort(heights)
    place = 0.8 * last
    below = int(place)
    a, b, share = float(ordered[below]), float(ordered[min(below + 1, last)]), place - below
    return a + (b - a) * share if share < 0.5 else b - (b - a) * (1 - share)
