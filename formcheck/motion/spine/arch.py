"""Evidence of an arched lower back at the top of a hip thrust, combined into one probability.

What counts most is how far a network sees the lower back extended (`formcheck.pose.back`). Beside it stand signs made by
hand, which decide alone where nothing was read, as in older files. Extension past the straight line from chest to thigh comes
from the hip joint, which is fine, or from the lower back. So the extension, from joints and outline, is combined with the
shape of the trunk and the lifter's other reps. All signs are in degrees past the straight line, with their spread between
people, which averaging over frames does not reduce.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import erf, exp, log, sqrt
from typing import Literal

import numpy as np

from formcheck.motion.body import Series
from formcheck.motion.spine.spine import Mask, Spine, median_at

#: Error of the joints' line beyond the scatter of its points, degrees. Joints and outline of real and rendered lockouts differ
#: by 7 degrees (one standard deviation), about 5 each.
JOINTS_SD = 4.0
#: Hip extension past the line without the back, degrees (standard deviation); 7 was seen in a plain bridge.
HIP_OWN_SD = 4.0
#: Implausible extension, degrees: the facing was wrong.
IMPOSSIBLE_EXTENSION = 45.0
#: Lower bound of the extension as evidence, degrees: hips that stop shorter say no more about the back.
SHORTEST = -12.0
#: Neutral bow of the trunk's front edge, and neutral change since the rep's start, degrees. Plain bridges of three real
#: lifters: -12 to 12, change -23 to 6; a drawn arch: 30 to 36, change 10.
BOW, BOW_CHANGE = 18.0, 3.0
#: Degrees past the line per degree of bow, so that both separate plain from arched equally.
BOW_SHARE = 0.4
#: Spread of the bow and of its change between people, degrees, and factor for outward bows: bellies, busts and shirts bow too
#: (a drawn neutral bridge bows like its arched twin).
BOW_SD, BOW_CHANGE_SD, OUTWARDS = 16.0, 11.0, 2.0
#: Usual lockout, degrees past straight, and its spread: plain lockouts measure -10 to 7.
USUAL, USUAL_SD = -4.0, 5.0
#: A rep stands out if it is this much past the lifter's usual lockout (degrees, twice the scatter of one lifter's lockouts);
#: its upper bound; and the least usual extension that is a lockout.
STANDS_OUT, FARTHEST_OUT, LEAST_USUAL = 6.0, 15.0, -15.0
#: Fewest other reps for the lifter's usual lockout.
LEAST_OTHERS = 3
#: Fewest views that must agree for a fault, and greatest confidence with fewer.
LEAST_VIEWS, ALONE_AT_MOST = 2, 0.7
#: Greatest probability of an arch with which a single view is a pass.
ALONE_CLEARS = 0.1

#: An extension of the lower back of so many degrees is an arch. Logarithms of the odds of one: where the reading is that, for
#: each error by which the reading exceeds it, and the share that the signs' own odds, within these bounds, add.
ARCHED = 12.0
ODDS, ODDS_READ, ODDS_SIGNS, FARTHEST_SIGNS = 0.1, 1.9, 0.5, 3.0
#: With a greater error of the reading (degrees) nothing is known: behind plates such readings are hardly better than chance,
#: and the signs no better.
MOST_READ_SD = 10.5
#: Error of a reading that was weighed with the signs, degrees.
WEIGHED_SD = 7.0

View = Literal["joints", "outline", "shape"]


@dataclass(frozen=True)
class Sign:
    """One piece of evidence: `degrees` past the straight line with their `sd`, and its name.

    Signs of the same `view` share their errors; None: derived from another view.
    """

    name: str
    degrees: float
    sd: float
    view: View | None = None


@dataclass(frozen=True)
class Arch:
    """Signs of an arched lower back at the lockout of one rep.

    `signs` are the visible ones. `value` (degrees) is their weighted mean, NaN without any; its error `sd` grows if they
    contradict each other. `read` is the extension that the network sees, degrees, and its error, NaN where it does not
    see this one; None: it was not asked, as in older files, and the signs stand alone.
    """

    signs: tuple[Sign, ...]
    value: float
    sd: float
    read: tuple[float, float] | None = None

    @property
    def views(self) -> dict[View, float]:
        """Mean of each view, degrees."""
        seen: dict[View, list[Sign]] = {}
        for sign in self.signs:
            if sign.view is not None:
                seen.setdefault(sign.view, []).append(sign)
        return {view: together(signs).degrees for view, signs in seen.items()}

    def confidence(self, limit: float) -> float:
        """Probability that the back arches beyond `limit` degrees."""
        if self.read is None:
            return self.by_signs(limit)
        return 1 / (1 + exp(-self._odds(self.read, limit)))

    def held_against(self, limit: float) -> tuple[float, float, float]:
        """Degrees, their error, and the limit that they are held against.

        With a reading, extension of the lower back relative to standing, the reading corrected by the signs; else past the
        straight line.
        """
        if self.read is None:
            return self.value, self.sd, limit
        arched = ARCHED + limit
        return arched + self._odds(self.read, limit) * self.read[1] / ODDS_READ, WEIGHED_SD, arched

    def _odds(self, read: tuple[float, float], limit: float) -> float:
        """Logarithm of the odds of an arch beyond `limit` degrees."""
        signs = 0.0
        if np.isfinite(self.value):
            likely = self.by_signs(limit)
            signs = log(max(likely, 1e-9) / max(1 - likely, 1e-9))
        signs = min(max(signs, -FARTHEST_SIGNS), FARTHEST_SIGNS)
        return ODDS + ODDS_READ * (read[0] - ARCHED - limit) / read[1] + ODDS_SIGNS * signs

    def by_signs(self, limit: float) -> float:
        """Probability by the signs alone, limited if a single view says so."""
        if not np.isfinite(self.value):
            return 0.0
        likely = 0.5 * (1 + erf((self.value - limit) / max(self.sd, 1e-6) / sqrt(2)))
        alone = sum(degrees > limit for degrees in self.views.values()) < LEAST_VIEWS
        return min(likely, ALONE_AT_MOST) if alone else likely

    @property
    def too_unsure(self) -> bool:
        """Whether the network was asked, and could not see the lower back well enough."""
        return self.read is not None and not self.read[1] <= MOST_READ_SD

    def agreeing(self, limit: float) -> tuple[str, ...]:
        """Names of the signs beyond the limit."""
        return tuple(sign.name for sign in self.signs if sign.degrees > limit)


def arch(spine: Spine, hip_signed: Series, at_start: Mask, at_top: Mask, others: tuple[float, ...] = ()) -> Arch:
    """Combine the signs of an arch.

    Args:
        spine: for `hip_line` and `front_bow`.
        hip_signed: of the near leg.
        at_start: (F,) frames in which the lifter lies flat before the rep, if any.
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
    signs, read = (*straight, *shape, *own), _reading(spine, at_top)
    if not signs:
        return Arch(signs, float("nan"), float("nan"), read)
    whole = together([*groups, *own])
    return Arch(signs, whole.degrees, whole.sd, read)


def _reading(spine: Spine, at_top: Mask) -> tuple[float, float] | None:
    """Extension of the lower back at the top as the network sees it, and its error; None where it saw none of the reps."""
    return None if spine.arch is None else median_at(spine.arch, at_top)


def extension(spine: Spine, hip_signed: Series, at_top: Mask) -> float:
    """Hip extension past the straight line at a lockout from joints and outline, degrees; NaN if hidden."""
    signs = _extension_signs(spine, hip_signed, at_top)
    return together(signs).degrees if signs else float("nan")


def _extension_signs(spine: Spine, hip_signed: Series, at_top: Mask) -> list[Sign]:
    """Extension at the top from the joints and from the outline."""
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
    """A bow (degrees beyond the neutral one) in degrees past the straight line."""
    people = spread * OUTWARDS if bow > 0 else spread
    return Sign(name, BOW_SHARE * bow, BOW_SHARE * float(np.hypot(error, people)), "shape")


def _own_reps(past: float, others: tuple[float, ...]) -> list[Sign]:
    """The sign of a rep that goes clearly further `past` straight than the lifter's usual lockout (upper quartile of others).

    Effects of build and clothes are equal in all reps and cancel. A rep that does not stand out has no such sign, since the
    lifter may arch in every rep.
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
    """Weighted mean of at least one sign; `shared_sd` is the error common to all.

    If the signs differ by more than their errors, the error grows by the root of chi-square per degree of freedom (the scale
    factor of the Particle Data Group).
    """
    values, weights = np.array([sign.degrees for sign in signs]), np.array([sign.sd for sign in signs]) ** -2.0
    mean = float(np.average(values, weights=weights))
    strain = float(np.sum(weights * (values - mean) ** 2)) / max(1, len(signs) - 1)
    sd = float(weights.sum() ** -0.5) * max(1.0, sqrt(strain))
    return Sign(signs[0].name, mean, float(np.hypot(sd, shared_sd)), signs[0].view)
