"""Spinal flexion in a rep: when to measure it, and how far the back is rounded."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from formcheck.motion.body import Array, Series
from formcheck.motion.spine.spine import Mask, Spine, median_at

#: Differences between people and clothes on the scale of the outline's bend, degrees (standard deviation). Backs labelled flat
#: and rounded (docs/ACCURACY.md), and bodies not used for learning, overlap by as much: see models/README.md.
PEOPLE_SD = 6.0
#: Stated error of the network, degrees, at which its reading and the outline's bend count alike. On bodies not used for
#: learning it is off by 7.5 degrees where it states 6 to 8, by 13 where it states 10 to 13, by 21 beyond; the outline by 18.
#: On labelled clips the outline ranks better, so it counts more: with 12, one rounded rep fewer of 17 was a fault.
EQUALLY_SURE = 10.5
#: Differences between the network's readings of like reps, degrees (standard deviation).
BETWEEN_LOOKS_SD = 4.0
#: The trunk is at the bottom, or upright, within this share of the rep's range.
NEAR_END = 0.12
#: Time at the bottom before the trunk rises that is judged, seconds.
BOTTOM_S = 0.4


@dataclass(frozen=True)
class SpinalFlexion:
    """How far the back is rounded in one rep.

    `value` is the bend of the whole back at the turn, degrees; NaN if unknown. `scatter_sd` is the part of its error that
    varies between reps, `shared_sd` that which all reps of a lifter share; `sd` includes both.
    """

    value: float
    scatter_sd: float
    shared_sd: float = PEOPLE_SD

    @property
    def sd(self) -> float:
        return float(np.hypot(self.scatter_sd, self.shared_sd))

    def confidence(self, limit: float) -> float:
        """0-1 that the back is rounded beyond `limit` degrees."""
        if not np.isfinite(self.value):
            return 0.0
        return 0.5 * (1 + erf((self.value - limit) / max(self.sd, 1e-6) / sqrt(2)))


def whole(spine: Spine) -> Series:
    """Thoracic plus lumbar bend. Their errors are opposite (they share the junction) and do not add up."""
    values = spine.thoracic.values + spine.lumbar.values
    return Series(values, np.maximum(spine.thoracic.sd, spine.lumbar.sd))


def hinge_moments(lean: Array, times: Array, start_s: float, end_s: float) -> tuple[Mask, Mask]:
    """(F,) frames of a rep in which the lifter is upright, and those at the bottom just before the trunk rises.

    `lean` (F,) is the trunk's inclination, degrees; the rep lasts from `start_s` to `end_s`. Only the end of the bottom
    counts, since in lifts from the floor the back is set while the bar still rests. Both are empty if the trunk is not seen.
    """
    inside = (times >= start_s - 1e-6) & (times <= end_s + 1e-6) & np.isfinite(lean)
    if not inside.any():
        return np.zeros(len(times), bool), np.zeros(len(times), bool)
    deepest, highest = float(lean[inside].max()), float(lean[inside].min())
    margin = NEAR_END * (deepest - highest)
    upright = inside & (lean <= highest + margin)
    last = float(times[inside & (lean >= deepest - margin)].max())
    bottom = inside & (lean >= deepest - 2 * margin) & (times >= last - BOTTOM_S) & (times <= last + 1e-6)
    return upright, bottom


def spinal_flexion(spine: Spine, at_turn: Mask) -> SpinalFlexion:
    """The bend of the back at the deepest position of a rep; see `hinge_moments`.

    It is the weighted mean of what a network sees (`formcheck.pose.back`) and what the outline says
    (`formcheck.motion.spine.learned`), or the one that is known, as in older files.
    """
    outline, outline_sd = _known_at(spine.flexion, at_turn)
    seen, seen_sd = _known_at(spine.bend, at_turn)
    if not np.isfinite(seen):
        return SpinalFlexion(outline, outline_sd)
    if not np.isfinite(outline):
        return SpinalFlexion(seen, BETWEEN_LOOKS_SD, seen_sd)
    weight = 1 / (1 + (seen_sd / EQUALLY_SURE) ** 4)
    return SpinalFlexion(weight * seen + (1 - weight) * outline, BETWEEN_LOOKS_SD, float(np.sqrt(weight)) * seen_sd)


def _known_at(series: Series | None, mask: Mask) -> tuple[float, float]:
    return (float("nan"), float("nan")) if series is None else median_at(series, mask)
