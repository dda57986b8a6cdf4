"""What the rules ask about the back: how far it bends at the turn of a rep, and how far since its start."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt
from typing import Literal

import numpy as np

from formcheck.motion.body import Array, Series
from formcheck.motion.spine.spine import Mask, Spine, median_at

Region = Literal["thoracic", "lumbar", "whole"]

#: A change this large against the rep's start agrees with flexion, degrees: even a well kept back loses some of its
#: standing arch in a hinge. Its scatter over labelled clips (loose shirts hide the standing arch) is as large.
USUAL_CHANGE = 15.0
#: What differs between people and clothes and no smoothing removes (a shirt that stands off, muscle over the spine),
#: degrees: labelled flat backs scatter by as much.
PEOPLE_SD = 6.0
#: How much the change moves the confidence, in standard deviations at most.
CHANGE_WEIGHT = 0.5
#: A trunk within this share of the rep's travel from its lowest or highest lean is at the bottom or upright.
NEAR_END = 0.12
#: The bottom is judged over this long before the trunk rises, seconds.
BOTTOM_S = 0.4


@dataclass(frozen=True)
class BendChange:
    """Change of bend from start to turn, degrees, positive = more rounded; its sd; share of the back seen in both."""

    change: float
    sd: float
    visible: float


@dataclass(frozen=True)
class SpinalFlexion:
    """Signs of a rounded back in one rep.

    `value` degrees is what a limit is held against: the outward bend of the whole back at the turn (`bend`; 0 = a flat
    outline), less what the back was already more bent at the rep's start (a shirt or a build that stands off the back
    is no fault of the movement). `scatter_sd` is the outline's own error, which differs from rep to rep; `sd` counts what
    differs between people too. `change` since the start is NaN where the start is hidden. `visible` 0-1.
    NaN `value`: cannot be judged.
    """

    value: float
    scatter_sd: float
    bend: float
    change: float
    visible: float

    @property
    def sd(self) -> float:
        return float(np.hypot(self.scatter_sd, PEOPLE_SD))

    def confidence(self, limit: float) -> float:
        """0-1 that the back is rounded beyond `limit` degrees; the change since the start speaks for or against it."""
        if not np.isfinite(self.value):
            return 0.0
        score = (self.value - limit) / max(self.sd, 1e-6)
        if np.isfinite(self.change):
            score += CHANGE_WEIGHT * float(np.clip((self.change - USUAL_CHANGE) / USUAL_CHANGE, -1, 1))
        return 0.5 * (1 + erf(score / sqrt(2)))


def whole(spine: Spine) -> Series:
    """Thoracic and lumbar bend together. Their errors are opposed (both share the junction), so they do not add up."""
    values = spine.thoracic.values + spine.lumbar.values
    return Series(values, np.maximum(spine.thoracic.sd, spine.lumbar.sd))


def bend_change(spine: Spine, at_start: Mask, at_turn: Mask, region: Region = "whole") -> BendChange:
    """Change of the bend of a region between two sets of frames, (F,) masks. NaN where either is hidden."""
    series = {"thoracic": spine.thoracic, "lumbar": spine.lumbar}.get(region) or whole(spine)
    start, turn = median_at(series, at_start), median_at(series, at_turn)
    seen = [float(spine.visible[mask].mean()) if mask.any() else 0.0 for mask in (at_start, at_turn)]
    return BendChange(turn[0] - start[0], float(np.hypot(turn[1], start[1])), min(seen))


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


def spinal_flexion(spine: Spine, at_start: Mask, at_turn: Mask) -> SpinalFlexion:
    """Weigh the signs of a rounded back; `at_start` marks the rep's upright position, `at_turn` its deepest; see
    `hinge_moments`."""
    bend, sd = median_at(whole(spine), at_turn)
    change = bend_change(spine, at_start, at_turn)
    value = bend + min(0.0, change.change) if np.isfinite(change.change) else bend
    visible = float(spine.visible[at_turn].mean()) if at_turn.any() else 0.0
    return SpinalFlexion(value, sd, bend, change.change, visible)
