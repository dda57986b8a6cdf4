"""What the rules ask about the back: when in a rep to look at it, and how far it is rounded then."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt

import numpy as np

from formcheck.motion.body import Array, Series
from formcheck.motion.spine.spine import Mask, Spine, median_at

#: What differs between people and clothes and no smoothing removes, degrees, on the scale of the learned bend. Backs labelled
#: flat and rounded (docs/ACCURACY.md) and bodies that the table did not see overlap by as much: see models/README.md.
PEOPLE_SD = 6.0
#: A trunk within this share of the rep's travel from its lowest or highest lean is at the bottom or upright.
NEAR_END = 0.12
#: The bottom is judged over this long before the trunk rises, seconds.
BOTTOM_S = 0.4


@dataclass(frozen=True)
class SpinalFlexion:
    """How far the back is rounded in one rep.

    `value` degrees is what a limit is held against: the bend of the whole back at the turn, as read by
    `formcheck.motion.spine.learned`. `scatter_sd` is the outline's own error, which differs from rep to rep; `sd` adds
    what differs between people.
    NaN `value`: cannot be judged.
    """

    value: float
    scatter_sd: float

    @property
    def sd(self) -> float:
        return float(np.hypot(self.scatter_sd, PEOPLE_SD))

    def confidence(self, limit: float) -> float:
        """0-1 that the back is rounded beyond `limit` degrees."""
        if not np.isfinite(self.value):
            return 0.0
        return 0.5 * (1 + erf((self.value - limit) / max(self.sd, 1e-6) / sqrt(2)))


def whole(spine: Spine) -> Series:
    """Thoracic and lumbar bend together. Their errors are opposed (both share the junction), so they do not add up."""
    values = spine.thoracic.values + spine.lumbar.values
    return Series(values, np.maximum(spine.thoracic.sd, spine.lumbar.sd))


def hinge_moments(lean: Array, times: Array, start_s: float, end_s: float) -> tuple[Mask, Mask]:
    """Frames of a rep in which the lifter stands upright, and those at the bottom just before the trunk rises.

    `lean` (F,) is the trunk's inclination, degrees; the rep lasts from `start_s` to `end_s`. Who lifts from the floor
    arranges the back while the bar still lies there, so only the end of the bottom counts; and the upright position may
    come first, last or in the middle. Both masks are empty when the trunk is not seen.
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
    """The bend of the back at the deepest position of a rep; see `hinge_moments`."""
    if spine.flexion is None:
        return SpinalFlexion(float("nan"), float("nan"))
    return SpinalFlexion(*median_at(spine.flexion, at_turn))
