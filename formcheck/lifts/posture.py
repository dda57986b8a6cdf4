"""`Posture`: measures of a posture by which exercises are recognised, and the classifier scores made from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from math import exp

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import Posture3D
from formcheck.motion.motion import Motion
from formcheck.pose.geometry import known_median, middle
from formcheck.pose.skeleton import SIDES, Side
from formcheck.results.rep import Rep

#: Longest half of a jump, seconds: a jump of half a metre lasts 0.64 s.
IN_THE_AIR_S = 0.5
#: Angles in the picture count with this share beside 3D angles, which are off by ten degrees and more, up to the first view
#: angle from side-on, and not at all from the second on (degrees). (Of 71 mirrored clips 69 instead of 67 were recognised, of
#: 84 clips as filmed all both ways.)
FLAT_TO_DEG, FLAT_UNTIL_DEG, FLAT_SHARE = 22.0, 32.0, 0.5
#: The measures to which this applies.
BLENDED = ("trunk", "knee", "thigh", "back_knee", "back_thigh", "hip_up")

#: Least height of an upright shank in the picture, leg lengths.
LEAST_SHANK = 0.15

PostureOf = Callable[[Motion, NDArray[np.bool_]], "Posture"]


@dataclass(frozen=True)
class Posture:
    """Medians over some frames; angles in degrees, lengths in leg lengths (thigh plus shank). NaN where unknown.

    `trunk` from vertical, forward positive; `hip`, `knee`, `thigh` of the front leg (the near one if the feet are together);
    `back_knee` and `back_thigh` of the other leg; `ankle_gap` between the ankles fore and aft; `back_ankle_up` height of the
    rear ankle above the front one; `hands_up` and `hip_up` above the lower ankle; `hands_to_shoulder` distance,
    `hands_above_shoulder` along the trunk; `arm_lean` of the shoulder-hand line from hanging straight down; `hands_apart`
    between the wrists; `flight` height of the lifter off the floor; `hip_over_knee` height of the hips above the knee of the
    lower foot, as a share of that shank's height (about 1 standing, below 0.5 in a hip thrust, from any camera);
    `shoulders_up` above the lower ankle in the picture; `bar_to_shoulder` and `bar_lean` are those of a bar whose plate is
    followed, as for the hands.
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
    hip_over_knee: float = float("nan")
    shoulders_up: float = float("nan")
    bar_to_shoulder: float = float("nan")
    bar_lean: float = float("nan")


def posture(motion: Motion, frames: NDArray[np.bool_]) -> Posture:
    """The posture over the marked frames: 3D if known, else as in the picture; in a side view the mean of both angles."""
    flat = flat_posture(motion, frames)
    if motion.posture_3d is None:
        return flat
    deep = _in_space(motion.posture_3d, flat, frames)
    yaw_deg = abs(motion.body.view.yaw_deg)
    weight = FLAT_SHARE * float(np.clip((FLAT_UNTIL_DEG - yaw_deg) / (FLAT_UNTIL_DEG - FLAT_TO_DEG), 0.0, 1.0))
    if not weight > 0:
        return deep
    both = {name: (1 - weight) * getattr(deep, name) + weight * getattr(flat, name) for name in BLENDED}
    return replace(deep, **{name: angle for name, angle in both.items() if np.isfinite(angle)})


def flat_posture(motion: Motion, frames: NDArray[np.bool_]) -> Posture:
    """The posture over the marked frames in the picture: more exact in a side view, wrong in an oblique one."""
    body = motion.body
    leg_px = motion.body.leg_length
    ankles = {side: _median(body.point("ankle", side), frames) for side in SIDES}
    front = front_side(motion, frames)
    back = SIDES[1 - SIDES.index(front)]
    hands, shoulders, hips = (
        middle(*(_median(body.point(name, side), frames) for side in SIDES))
        for name in ("wrist", "shoulder", "hip")
    )
    arm, trunk = hands - shoulders, shoulders - hips
    bar = _bar(motion, frames) - _median(body.near("shoulder"), frames)
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
        hip_over_knee=_hip_over_knee(motion, frames, leg_px),
        shoulders_up=float((lowest - shoulders[1]) / leg_px),
        bar_to_shoulder=float(np.linalg.norm(bar) / leg_px),
        bar_lean=float(np.degrees(np.arctan2(abs(bar[0]), bar[1]))),
    )


def _bar(motion: Motion, frames: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(2,) where the bar is, pixels; NaN without a plate."""
    if motion.bar is None or motion.bar.source != "plate":
        return np.array([np.nan, np.nan])
    return _median(motion.bar.path, frames)


def _in_space(posture_3d: Posture3D, flat: Posture, frames: NDArray[np.bool_]) -> Posture:
    """The 3D posture, completed from the picture."""
    thighs = {side: _value(posture_3d.thigh[side], frames) for side in SIDES}
    if not np.isfinite(list(thighs.values())).all():
        return flat
    front = max(SIDES, key=lambda side: thighs[side])
    back = SIDES[1 - SIDES.index(front)]
    return Posture(
        trunk=_value(posture_3d.lean, frames),
        hip=_value(posture_3d.hip[front], frames),
        knee=_value(posture_3d.knee[front], frames),
        thigh=thighs[front],
        back_knee=_value(posture_3d.knee[back], frames),
        back_thigh=thighs[back],
        ankle_gap=_value(posture_3d.stride, frames),
        back_ankle_up=flat.back_ankle_up,
        hands_up=_value(posture_3d.hands_up, frames),
        hip_up=_value(posture_3d.hip_up, frames),
        hands_to_shoulder=_value(posture_3d.hands_to_shoulder, frames),
        hands_above_shoulder=_value(posture_3d.hands_above_shoulder, frames),
        arm_lean=_value(posture_3d.arm_lean, frames),
        hands_apart=_value(posture_3d.hands_apart, frames),
        flight=flat.flight,
        hip_over_knee=flat.hip_over_knee,
        shoulders_up=flat.shoulders_up,
        bar_to_shoulder=flat.bar_to_shoulder,
        bar_lean=flat.bar_lean,
    )


def typical(postures: list[Posture]) -> Posture:
    """The median of several postures, measure by measure."""
    names = [field.name for field in fields(Posture)]
    medians = known_median(np.array([[getattr(one, name) for name in names] for one in postures], dtype=float))
    return Posture(**dict(zip(names, medians.tolist(), strict=True)))


def rep_postures(motion: Motion, rep: Rep, posture_of: PostureOf = posture) -> tuple[Posture, Posture]:
    """Postures at the top and the bottom of a rep."""
    times = motion.times
    turn = rep.at_turn(times, 0.12)
    start = (np.abs(times - rep.start_s) < 0.15) & (not rep.cut_start)
    start |= (np.abs(times - rep.end_s) < 0.15) & (not rep.cut_end)
    start &= ~turn
    if not start.any():
        start = rep.during(times)
    if rep.first == "eccentric":
        return posture_of(motion, start), posture_of(motion, turn)
    return posture_of(motion, turn), posture_of(motion, start)


#: Feet less far apart fore and aft than this are beside each other, leg lengths.
TOGETHER = 0.12


def front_side(motion: Motion, frames: NDArray[np.bool_], together: float = TOGETHER) -> Side:
    """The side of the front leg; the near side if the feet are less than `together` apart fore and aft, leg lengths."""
    lead = left_lead(motion, frames)
    if not abs(lead) >= together:
        return motion.body.view.side
    return "left" if lead > 0 else "right"


def left_lead(motion: Motion, frames: NDArray[np.bool_]) -> float:
    """How far the left foot is in front of the right one, leg lengths; NaN if unknown."""
    body = motion.body
    left, right = (_median(body.point("ankle", side), frames)[0] for side in SIDES)
    return float(body.view.forward * (left - right) / body.leg_length)


def _hip_over_knee(motion: Motion, frames: NDArray[np.bool_], leg_px: float) -> float:
    """See `Posture.hip_over_knee`; NaN if no shank is upright."""
    ankles, knees = (
        {side: _median(motion.body.point(name, side), frames)[1] for side in SIDES} for name in ("ankle", "knee")
    )
    known = [side for side in SIDES if np.isfinite(ankles[side] + knees[side])]
    if not known:
        return float("nan")
    side = max(known, key=lambda one: ankles[one])
    shank = ankles[side] - knees[side]
    hips = middle(*(_median(motion.body.point("hip", one), frames) for one in SIDES))[1]
    return float((knees[side] - hips) / shank) if shank > LEAST_SHANK * leg_px else float("nan")


def _value(values: NDArray[np.float64], frames: NDArray[np.bool_]) -> float:
    chosen = values[frames]
    return float(known_median(chosen)) if np.isfinite(chosen).any() else float("nan")


def _median(points: NDArray[np.float64], frames: NDArray[np.bool_]) -> NDArray[np.float64]:
    chosen = points[frames]
    if not np.isfinite(chosen).any():
        return np.array([np.nan, np.nan])
    return known_median(chosen)


def _flight(motion: Motion, frames: NDArray[np.bool_], leg_px: float) -> float:
    """Greatest height of the lifter off the floor over the frames, leg lengths.

    Both ankles and the hip must be that much above those of a lifter who stands upright, since plates hide feet and heels
    rise.
    """
    body = motion.body
    ankles = np.array([body.point("ankle", side)[:, 1] for side in SIDES]).max(axis=0)
    if not np.isfinite(ankles[frames]).any():
        return 0.0
    # Compared with both before and after: a moving phone or a walking lifter shifts the feet for good, a jump does not.
    floor = np.array([_floor(motion.times, ankles, int(row)) for row in np.flatnonzero(frames)])
    hip_rise = floor - leg_px - body.near("hip")[frames, 1]
    rise = np.minimum(floor - ankles[frames], hip_rise)
    return float(np.nanmax(rise) / leg_px) if np.isfinite(rise).any() else 0.0


def _floor(times: NDArray[np.float64], ankles: NDArray[np.float64], row: int) -> float:
    """Height of the lower foot shortly before and after a frame (pixels, down positive), the higher of both."""
    lags = times - times[row]
    sides = [ankles[(lags >= -IN_THE_AIR_S) & (lags <= 0)], ankles[(lags >= 0) & (lags <= IN_THE_AIR_S)]]
    return min(percentile_80(side[np.isfinite(side)]) for side in sides)


def percentile_80(heights: NDArray[np.float64]) -> float:
    """The 80th percentile, NaN without values; ten times as fast as NumPy's."""
    last = len(heights) - 1
    if last < 0:
        return float("nan")
    ordered = np.sort(heights)
    place = 0.8 * last
    below = int(place)
    a, b, share = float(ordered[below]), float(ordered[min(below + 1, last)]), place - below
    return a + (b - a) * share if share < 0.5 else b - (b - a) * (1 - share)


# Classifier scores between 0 and 1, by which exercises are distinguished.

#: Arms within this of hanging straight down, with hands below this height (leg lengths above the ankle), may carry a load.
HANGING_DEG, HANGING_HANDS_UP = 45.0, 0.75
#: Wrists closer together than this hold one weight, leg lengths. Measured on one kettlebell: 0.10 to 0.44 (median 0.27, 15
#: sets from five clips and their copies); with empty hands beside a squat: 0.49 to 0.63.
JOINED_HANDS = 0.38
#: A bar further from the shoulders than this is at arm's length (leg lengths; made-up deadlifts: 0.7 to 0.8; on the shoulders:
#: 0.2 at most), and hangs if it is within this of straight below them (degrees; the followed plate may be the far one).
BAR_AT_ARMS_LENGTH, BAR_HANGS_DEG = 0.48, 55.0
#: Hands closer to the shoulders than this do not hang, leg lengths (a hanging arm has about 0.6).
AT_CHEST = 0.4
#: Hands within this of the shoulders are at chest, shoulders or neck, leg lengths.
HANDS_AT_SHOULDERS = 0.55
#: Arms are swung up if they lean this much more from hanging at the top than at the bottom (degrees), and are no shorter than
#: this (leg lengths from shoulder to wrist; a straight arm has about 0.6).
SWUNG_DEG, LONG_ARMS = 45.0, 0.42
#: Arms that hang lean no further forward than this, degrees: beyond it they point back.
HANG_AT_MOST_DEG = 15.0
#: Ankles further apart than this fore and aft at the top belong to a split stance, leg lengths. They are 0.22 apart at most in
#: 90 labelled and made-up sets on two feet, 0.56 to 0.99 in 17 of 20 split squats (less from oblique cameras).
SPLIT_AT_TOP = 0.42
#: A rear ankle higher than the first above the front one (leg lengths) is on a bench, unless it rises by more than the second
#: towards the bottom, as in a hinge on one leg. In 15 labelled and made-up sets with a bench, it is 0.20 to 0.70 up and rises
#: by 0.03 at most; in six hinges on one leg it is up to 0.19 up, and rises by 0.29 at least, or stays on the floor.
ON_BENCH, SWINGS_BACK = 0.25, 0.15
#: Height of the hips above the knees when standing, shank heights. In 33 labelled clips, from side-on to 55 degrees off, at
#: least 0.88 in lifts on the feet and at most 0.47 in thrusts and bridges.
STANDING_HIPS = 0.68
#: Before a thrust the hips are lower than this, and at its top the trunk leans back at least this far (degrees).
SITTING_HIPS, LEANS_BACK_DEG = -0.1, -8.0
#: Shoulders that come down by so much more than the hips rise (leg lengths) lie down, as in a sit-up: by 0.31 to 0.8 in five
#: made-up ones. In 13 real thrusts and bridges the hips rise further than the shoulders fall; where a made-up lifter slides
#: down the bench, the shoulders fall by 0.13 to 0.18 more.
SHOULDERS_FALL = 0.25


def share(value: float, middle: float, width: float) -> float:
    """Logistic function: 0.5 at `middle` and for NaN, 0.73 one `width` beyond it; falling for a negative width."""
    if not np.isfinite(value):
        return 0.5
    return 1 / (1 + exp(-float(np.clip((value - middle) / width, -30, 30))))


def stands(top: Posture, bottom: Posture) -> float:
    """On the feet: upright at the top, with hips well above the knees, and never leaning back."""
    return _on_straight_legs(top) * share(abs(top.trunk), 58, -7) * share(min(top.trunk, bottom.trunk), -32, 5)


def _on_straight_legs(top: Posture) -> float:
    """Hips well above the knees, which unlike the lean of the trunk is seen from the front too."""
    return share(top.hip_over_knee, STANDING_HIPS, 0.05) if np.isfinite(top.hip_over_knee) else 1.0


def lies(top: Posture, bottom: Posture) -> float:
    """Leaning back with bent knees while the hips rise, seen from the front by hips that start below the knees."""
    back = share(top.trunk, -42, -6)
    if np.isfinite(top.hip_over_knee + bottom.hip_over_knee):
        low = share(top.hip_over_knee, STANDING_HIPS, -0.05) * share(bottom.hip_over_knee, SITTING_HIPS, -0.05)
        back = max(back, low * share(top.trunk, LEANS_BACK_DEG, -4))
    knees = share(top.knee, 160, -7)
    opens = share(top.hip - bottom.hip, 9, 3)
    rises = share(top.hip_up - bottom.hip_up, 0.03, 0.012)  # unlike in sitting up, which opens the hip too
    return back * knees * opens * rises * _shoulders_stay(top, bottom)


def _shoulders_stay(top: Posture, bottom: Posture) -> float:
    """On a bench or on the floor; in a sit-up they come down while the hip opens, and the hips do not rise."""
    fall = (bottom.shoulders_up - top.shoulders_up) - max(top.hip_up - bottom.hip_up, 0.0)
    return share(fall, SHOULDERS_FALL, -0.03) if np.isfinite(fall) else 1.0


def feet_split(top: Posture, bottom: Posture) -> float:
    """One foot in front of the other already at the top, or at the bottom with the thighs apart and the rear shank closer to
    the floor.

    On two feet both shanks lean alike: they differ by up to 20 degrees in labelled hinges and squats, by 35 to 145 in split
    squats and lunges.
    """
    thighs = (bottom.thigh - bottom.back_thigh - 42) / 11
    stride = (bottom.ankle_gap - 0.42) / 0.09
    shanks = ((bottom.knee + bottom.thigh) - (bottom.back_knee + bottom.back_thigh) - 32) / 10
    known = [float(np.clip(value, -3, 3)) for value in (thighs, stride, shanks) if np.isfinite(value)]
    at_bottom = share(sum(known), 0, 1) if known else 0.5
    return max(at_bottom, share(top.ankle_gap, SPLIT_AT_TOP, 0.04) if np.isfinite(top.ankle_gap) else 0.0)


def hinge_on_one_leg(top: Posture, bottom: Posture) -> float:
    """For a split stance: the trunk goes down over a nearly straight leg, the knees bend little, and no foot is on a bench."""
    score = (bottom.trunk - 62) / 7 + (min(bottom.knee, bottom.back_knee) - 115) / 14
    return share(float(score), 0, 1) * (1 - foot_on_bench(top, bottom))


def foot_on_bench(top: Posture, bottom: Posture) -> float:
    """The rear foot is raised at the top, and no higher at the bottom."""
    rises = bottom.back_ankle_up - top.back_ankle_up
    return share(top.back_ankle_up, ON_BENCH, 0.03) * share(rises, SWINGS_BACK, -0.03) if np.isfinite(rises) else 0.0


def hinge_on_two_legs(top: Posture, bottom: Posture) -> float:
    """For feet side by side: the hips go back rather than down.

    Measured by how far the trunk leans beyond the thighs. The threshold depends on the hands: a weight at arm's length is
    lifted with bent knees, a bar on the neck either way, and hands in front of the chest belong to a squat. A bar whose plate
    hangs at arm's length is a deadlift, however much the knees bend.
    """
    return max(_leans_on_two_legs(top, bottom), bar_hangs(bottom))


def _leans_on_two_legs(top: Posture, bottom: Posture) -> float:
    thigh = np.nanmean([bottom.thigh, bottom.back_thigh])
    knee = np.nanmean([bottom.knee, bottom.back_knee])
    beyond = float(bottom.trunk - thigh)
    stays_at_chest = at_chest(top) and bottom.hands_to_shoulder < HANDS_AT_SHOULDERS  # sunk with the chest
    if hands_hang(bottom) and not stays_at_chest:
        if bottom.hands_apart < JOINED_HANDS and bottom.hands_up > HANDS_OF_KETTLEBELL:
            return share((beyond + 66) / 12, 0, 1)
        return share((beyond + 46) / 12 + float(knee - 100) / 60, 0, 1)
    if hands_in_front(bottom):
        return share((beyond - 10) / 12 + float(knee - 115) / 20, 0, 1)
    return share((beyond + 18) / 12 + float(knee - 108) / 30, 0, 1)


def bar_hangs(bottom: Posture) -> float:
    """Score for a bar in hanging hands, 0-1; 0 without a plate."""
    if not np.isfinite(bottom.bar_to_shoulder):
        return 0.0
    return share(bottom.bar_to_shoulder, BAR_AT_ARMS_LENGTH, 0.03) * share(bottom.bar_lean, BAR_HANGS_DEG, -5)


#: Least height of the wrists with a kettlebell on the floor, leg lengths above the ankle; empty hands are lower in a deep
#: squat.
HANDS_OF_KETTLEBELL = 0.35


def hands_hang(bottom: Posture) -> bool:
    """Whether the arms hang as with a load."""
    return bottom.arm_lean < HANGING_DEG and bottom.hands_up < HANGING_HANDS_UP and bottom.hands_to_shoulder > AT_CHEST


def at_chest(one: Posture) -> bool:
    """Whether the hands are at the chest, shoulders or neck; arms that hang are longer, from any camera."""
    return one.hands_to_shoulder < AT_CHEST


def hands_are_empty(bottom: Posture) -> bool:
    """Whether the hands are held up while the trunk leans, behind the back for instance, and no plate hangs from them."""
    return bottom.arm_lean > HANGING_DEG and bottom.hands_up > HANGING_HANDS_UP and not bar_hangs(bottom) > 0.5


def hands_in_front(bottom: Posture) -> bool:
    """Whether the hands are in front of the chest or held out, unlike with a bar on the neck."""
    at_chest = bottom.hands_to_shoulder < HANDS_AT_SHOULDERS and bottom.hands_above_shoulder < -0.1
    held_out = bottom.hands_to_shoulder > 0.35 and HANGING_DEG < bottom.arm_lean < 115
    return at_chest or held_out


def swings_up(top: Posture, bottom: Posture) -> float:
    """A swing rather than a lift: straight arms hang at the bottom, or point back between the legs, and point forward or up at
    the top.
    """
    hang = min(bottom.arm_lean, HANG_AT_MOST_DEG) if hands_hang(bottom) else bottom.arm_lean
    raised = share(top.arm_lean - hang, SWUNG_DEG, 7) if np.isfinite(top.arm_lean - hang) else 0.0
    return raised * share(min(top.hands_to_shoulder, bottom.hands_to_shoulder), LONG_ARMS, 0.03)


def bows(top: Posture, bottom: Posture) -> float:
    """The trunk leans by more than a nod, or the hips flex by far more than in walking."""
    return share(max(bottom.trunk - top.trunk, (top.hip - bottom.hip) / 4), 8, 3)


def sinks(top: Posture, bottom: Posture) -> float:
    """Hips and a thigh go down further than in walking or shifting about."""
    drop = share(top.hip_up - bottom.hip_up, 0.07, 0.02)
    return drop * share(max(bottom.thigh, bottom.back_thigh), 28, 4)


#: Arms that lean further than this from hanging straight down carry no load at arm's length (degrees, median of a rep).
LOADED_ARM_DEG = 35.0


def arms_hang(motion: Motion, rep: Rep) -> bool:
    """Whether the near arm hangs as under a load during a rep, so that the hand may stand in for a bar that is not seen."""
    arm = (motion.body.near("wrist") - motion.body.near("shoulder"))[rep.during(motion.times)]
    lean = np.degrees(np.arctan2(np.abs(arm[:, 0]), arm[:, 1]))
    return bool(np.isfinite(lean).any() and np.nanmedian(lean) < LOADED_ARM_DEG)
