"""What speaks for an arched lower back at the top of a hip thrust, sign by sign, and how sure all of it together is.

The hips go past the straight line from chest to thigh either because the hip joint itself extends that far, which is no
fault, or because the lower back arches. So the extension, in joints and outline, is held against the shape of the trunk
wherever that can be seen, and against the lifter's own other reps. The signs share one unit, degrees past the straight
line, and each has the spread that it has between people: an offset of build, clothes or pose model is the same in every
frame, and no averaging makes it smaller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import erf, sqrt
from typing import Literal

import numpy as np

from formcheck.motion.body import Series
from formcheck.motion.spine.spine import Mask, Spine, median_at

#: What the joints' line is off by beyond the scatter of its points, degrees: hip points of build and clothes. Joints and
#: outline of real and rendered lockouts differ by 7 degrees (one standard deviation), about 5 for each.
JOINTS_SD = 4.0
#: How far hips go past the line without the back, degrees: a plain bridge may, and one was seen to by 7.
HIP_OWN_SD = 4.0
#: No hip goes this far beyond straight, degrees: the lifter was taken for facing the other way.
IMPOSSIBLE_EXTENSION = 45.0
#: Hips that stop farther short of straight than this say no more about the back than those that stop here (degrees).
SHORTEST = -12.0
#: Bow of the trunk's front edge (degrees) that speaks neither for nor against an arch, itself and its change since the
#: rep's start. Plain bridges of three real lifters: -12 to 12, change -23 to 6; a drawn arch: 30 to 36, change 10.
BOW, BOW_CHANGE = 18.0, 3.0
#: Degrees past the line for a degree of bow, so that both separate plain from arched by the same amount.
BOW_SHARE = 0.4
#: Spread of the bow and of its change between people, degrees, towards a hollow, and how much wider towards a bow: a
#: straight front clears, but bellies, busts and shirts bow too (a drawn neutral bridge bows like its arched twin).
BOW_SD, BOW_CHANGE_SD, OUTWARDS = 16.0, 11.0, 2.0
#: What a lifter's usual lockout is taken to be, degrees past straight, with its spread: plain lockouts measure -10 to 7.
USUAL, USUAL_SD = -4.0, 5.0
#: A rep stands out when it is this much past the lifter's usual lockout (degrees, twice the scatter of one lifter's
#: lockouts), counts no more than the second, and only when the usual one is a lockout at all.
STANDS_OUT, FARTHEST_OUT, LEAST_USUAL = 6.0, 15.0, -15.0
#: The lifter's usual lockout is known from this many other reps.
LEAST_OTHERS = 3
#: Nobody is accused unless so many views say so; with fewer the confidence is no higher than this.
LEAST_VIEWS, ALONE_AT_MOST = 2, 0.7
#: One view alone clears only where an arch is no likelier than this.
ALONE_CLEARS = 0.1

View = Literal["joints", "outline", "shape"]


@dataclass(frozen=True)
class Sign:
    """One piece of evidence: `degrees` past the straight line (0 = the limit case) with its `sd`, and its name.

    Signs of one `view` share their errors, signs of two do not; None: derived from another view.
    """

    name: str
    degrees: float
    sd: float
    view: View | None = None


@dataclass(frozen=True)
class Arch:
    """Signs of an arched lower back at the lockout of one rep.

    `signs` are those that were seen. `value` (degrees) is their weighted mean with its error `sd`, which
    grows where they contradict each other by more than their own errors allow. NaN `value`: nothing was seen.
    """

    signs: tuple[Sign, ...]
    value: float
    sd: float

    @property
    def views(self) -> dict[View, float]:
        """What each view that was seen says, degrees."""
        seen: dict[View, list[Sign]] = {}
        for sign in self.signs:
            if sign.view is not None:
                seen.setdefault(sign.view, []).append(sign)
        return {view: together(signs).degrees for view, signs in seen.items()}

    def confidence(self, limit: float) -> float:
        """0-1 that the back arches beyond `limit` degrees; one view alone is never sure."""
        if not np.isfinite(self.value):
            return 0.0
        likely = 0.5 * (1 + erf((self.value - limit) / max(self.sd, 1e-6) / sqrt(2)))
        alone = sum(degrees > limit for degrees in self.views.values()) < LEAST_VIEWS
        return min(likely, ALONE_AT_MOST) if alone else likely

    def agreeing(self, limit: float) -> tuple[str, ...]:
        """Names of the signs that speak for an arch."""
        return tuple(sign.name for sign in self.signs if sign.degrees > limit)


def arch(spine: Spine, hip_signed: Series, at_start: Mask, at_top: Mask, others: tuple[float, ...] = ()) -> Arch:
    """Weigh the signs of an arch.

    Args:
        spine: the outline's part: `hip_line` and `front_bow`.
        hip_signed: the joints' part, of the near leg.
        at_start: (F,) frames in which the lifter lies flat before the rep; empty where the rep does not start so.
        at_top: (F,) frames of the lockout.
        others: `extension` of the lifter's other reps, NaN where unknown.
    """
    straight = _extension_signs(spine, hip_signed, at_top)
    shape = _shape_signs(spine, at_start, at_top)
    groups, own = [], []
    if straight:
        past = together(straight).degrees
        straight = [replace(sign, degrees=max(sign.degrees, SHORTEST)) for sign in straight]
        groups.append(together(straight, HIP_OWN_SD))
        own = _own_reps(past, others)
    if shape:
        groups.append(together(shape))
    signs = (*straight, *shape, *own)
    if not signs:
        return Arch(signs, float("nan"), float("nan"))
    whole = together([*groups, *own])
    return Arch(signs, whole.degrees, whole.sd)


def extension(spine: Spine, hip_signed: Series, at_top: Mask) -> float:
    """Degrees of the hip past the straight line at a lockout, from joints and outline; NaN where neither is seen."""
    signs = _extension_signs(spine, hip_signed, at_top)
    return together(signs).degrees if signs else float("nan")


def _extension_signs(spine: Spine, hip_signed: Series, at_top: Mask) -> list[Sign]:
    """The joints' line and the outline's line at the top."""
    signs = []
    joints, joints_sd = median_at(hip_signed, at_top)
    if joints - 180 < IMPOSSIBLE_EXTENSION:
        signs.append(Sign("shoulder, hip and knee", joints - 180, float(np.hypot(joints_sd, JOINTS_SD)), "joints"))
    if spine.hip_line is not None:
        line, line_sd = median_at(spine.hip_line, at_top)
        if line - 180 < IMPOSSIBLE_EXTENSION:
            signs.append(Sign("chest against thigh", line - 180, line_sd, "outline"))
    return signs


def _shape_signs(spine: Spine, at_start: Mask, at_top: Mask) -> list[Sign]:
    """The bow of the trunk's front edge at the top and its change since the start."""
    if spine.front_bow is None:
        return []
    top, top_sd = median_at(spine.front_bow, at_top)
    if not np.isfinite(top):
        return []
    signs = [_bow_sign("front of the trunk", top - BOW, top_sd, BOW_SD)]
    start, start_sd = median_at(spine.front_bow, at_start)
    if np.isfinite(start):
        change, error = top - start - BOW_CHANGE, float(np.hypot(top_sd, start_sd))
        signs.append(_bow_sign("front of the trunk since the start", change, error, BOW_CHANGE_SD))
    return signs


def _bow_sign(name: str, bow: float, error: float, spread: float) -> Sign:
    """A bow (degrees beyond the one that says nothing) on the scale of the straight line."""
    people = spread * OUTWARDS if bow > 0 else spread
    return Sign(name, BOW_SHARE * bow, BOW_SHARE * float(np.hypot(error, people)), "shape")


def _own_reps(past: float, others: tuple[float, ...]) -> list[Sign]:
    """The sign of a rep that goes clearly further `past` straight than the lifter's usual lockout; none where it does not.

    Usual is the upper quartile of the others: a set in which every second rep goes further has no rep that stands out.
    What build and clothes add to the extension is alike in all reps, so it cancels. It speaks against nobody who arches
    in every rep, and it clears nobody.
    """
    known = [value for value in others if np.isfinite(value)]
    if len(known) < LEAST_OTHERS:
        return []
    usual = float(np.percentile(known, 75))
    if usual < LEAST_USUAL or past - usual < STANDS_OUT:
        return []
    out = min(past - usual, FARTHEST_OUT)
    return [Sign("further than the other reps", USUAL + out, float(np.hypot(USUAL_SD, STANDS_OUT / 2)))]


def together(signs: Sequence[Sign], shared_sd: float = 0.0) -> Sign:
    """Mean of signs (at least one), each with the weight of its error; `shared_sd` is what all are off by together.

    Signs that lie further apart than their errors allow are not as good as they claim: the error grows by the root of
    chi-square per degree of freedom (the scale factor that the Particle Data Group gives such means).
    """
    values, weights = np.array([sign.degrees for sign in signs]), np.array([sign.sd for sign in signs]) ** -2.0
    mean = float(np.average(values, weights=weights))
    strain = float(np.sum(weights * (values - mean) ** 2)) / max(1, len(signs) - 1)
    sd = float(weights.sum() ** -0.5) * max(1.0, sqrt(strain))
    return Sign(signs[0].name, mean, float(np.hypot(sd, shared_sd)), signs[0].view)
