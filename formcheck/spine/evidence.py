"""What the rules ask about the back: how far it bends at the turn of a rep, and how far since its start."""

from __future__ import annotations

from dataclasses import dataclass
from math import erf, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.types import Array, Series, Spine

Region = Literal["thoracic", "lumbar", "whole"]
Mask = NDArray[np.bool_]

#: Share of the marked frames in which the bend must be known.
LEAST_KNOWN = 0.5
#: A change this large against the rep's start agrees with rounding, degrees: even a well kept back loses some of its
#: standing arch in a hinge. Its scatter over labelled clips (loose shirts hide the standing arch) is as large.
USUAL_CHANGE = 15.0
#: How much the change moves the confidence, in standard deviations at most.
CHANGE_WEIGHT = 0.5
#: A trunk within this share of the rep's travel from its lowest or highest lean is at the bottom or upright.
NEAR_END = 0.12
#: The bottom is judged over this long before the trunk rises, seconds.
BOTTOM_S = 0.4
#: Joints and outline err independently in the hip's extension; alone the joints err this much more (degrees).
JOINTS_ALONE_SD = 8.0
#: No hip goes this far beyond straight, degrees: the lifter was taken for facing the other way.
IMPOSSIBLE_EXTENSION = 45.0


@dataclass(frozen=True)
class BendChange:
    """Change of bend from start to turn, degrees, positive = more rounded; its sd; share of the back seen in both."""

    change: float
    sd: float
    visible: float


@dataclass(frozen=True)
class Rounding:
    """Signs of a rounded back in one rep.

    `value` degrees is what a limit is held against: the outward bend of the whole back at the turn (`bend`; 0 = a flat
    outline), less what the back was already more bent at the rep's start (a shirt or a build that stands off the back
    is no fault of the movement). `change` since the start is NaN where the start is hidden. `visible` 0-1.
    NaN `value`: cannot be judged.
    """

    value: float
    sd: float
    bend: float
    change: float
    visible: float

    def confidence(self, limit: float) -> float:
        """0-1 that the back is rounded beyond `limit` degrees; the change since the start speaks for or against it."""
        if not np.isfinite(self.value):
            return 0.0
        score = (self.value - limit) / max(self.sd, 1e-6)
        if np.isfinite(self.change):
            score += CHANGE_WEIGHT * float(np.clip((self.change - USUAL_CHANGE) / USUAL_CHANGE, -1, 1))
        return 0.5 * (1 + erf(score / sqrt(2)))


@dataclass(frozen=True)
class Arch:
    """Signs of an arched lower back at the lockout of one rep.

    `extension` degrees of the hip beyond the straight line chest-thigh (negative = not yet straight), the smaller of
    what joints and outline say: both must agree before anybody is accused. `opening` degrees by which the lumbar part
    has opened since the rep's start (NaN where hidden, which it is behind a 45 cm plate).
    """

    extension: float
    extension_sd: float
    opening: float
    opening_sd: float


def whole(spine: Spine) -> Series:
    """Thoracic and lumbar bend together. Their errors are opposed (both share the junction), so they do not add up."""
    values = spine.thoracic.values + spine.lumbar.values
    return Series(values, np.maximum(spine.thoracic.sd, spine.lumbar.sd))


def bend_change(spine: Spine, at_start: Mask, at_turn: Mask, region: Region = "whole") -> BendChange:
    """Change of the bend of a region between two sets of frames, (F,) masks. NaN where either is hidden."""
    series = {"thoracic": spine.thoracic, "lumbar": spine.lumbar}.get(region) or whole(spine)
    start, turn = _median(series, at_start), _median(series, at_turn)
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


def rounding(spine: Spine, at_start: Mask, at_turn: Mask) -> Rounding:
    """Weigh the signs of a rounded back; `at_start` marks the rep's upright position, `at_turn` its deepest; see
    `hinge_moments`."""
    bend, sd = _median(whole(spine), at_turn)
    change = bend_change(spine, at_start, at_turn)
    value = bend + min(0.0, change.change) if np.isfinite(change.change) else bend
    visible = float(spine.visible[at_turn].mean()) if at_turn.any() else 0.0
    return Rounding(value, sd, bend, change.change, visible)


def arch(spine: Spine, hip_signed: Series, at_start: Mask, at_top: Mask) -> Arch:
    """Weigh the signs of an arch; `hip_signed` (of the near leg) is from the joints, `spine.hip_line` from the outline."""
    joints, joints_sd = _median(hip_signed, at_top)
    nowhere = (float("nan"), float("nan"))
    outline, outline_sd = _median(spine.hip_line, at_top) if spine.hip_line is not None else nowhere
    if np.isfinite(outline) and np.isfinite(joints):
        extension, sd = min(joints, outline) - 180, outline_sd
    else:
        extension, sd = joints - 180, float(np.hypot(joints_sd, JOINTS_ALONE_SD))
    if extension > IMPOSSIBLE_EXTENSION:
        extension = sd = float("nan")
    lumbar = bend_change(spine, at_start, at_top, "lumbar")
    return Arch(extension, sd, -lumbar.change, lumbar.sd)


def _median(series: Series, mask: Mask) -> tuple[float, float]:
    """Median value and sd over the marked frames; NaN where it is known in too few of them."""
    values = series.values[mask]
    known = np.isfinite(values)
    if not mask.any() or known.mean() < LEAST_KNOWN:
        return float("nan"), float("nan")
    middle = float(np.median(values[known]))
    # Errors of an outline last through the moment, so their average is no smaller; scatter comes on top.
    scatter = float(np.median(np.abs(values[known] - middle)))
    return middle, float(np.hypot(np.median(series.sd[mask][known]), scatter))
