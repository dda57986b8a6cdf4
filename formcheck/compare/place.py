"""Where a lifter goes in a panel: mirrored where needed, scaled to a common trunk, standing on a common foot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.ndimage import median_filter

from formcheck.body.types import Array, View
from formcheck.compare.pairing import Performed
from formcheck.exercises import FilmedSet
from formcheck.motion.types import Motion
from formcheck.skeleton import Side

#: The panels show so much around everything the lifters do, in trunk lengths.
AROUND = 0.4
#: No further than this from the foot anything is shown, trunk lengths: points further out are mistaken ones.
FARTHEST = 5.0
#: The foot's place is its median over this time around a moment: it stands, and its landmark trembles.
FOOT_WINDOW_S = 0.8
_OPPOSITE: dict[Side, Side] = {"left": "right", "right": "left"}


@dataclass(frozen=True)
class Fit:
    """From pixels of a clip to pixels of a panel: ``x' = across * x + left``, ``y' = down * y + top``."""

    across: float
    down: float
    left: float
    top: float

    def points(self, points: Array) -> Array:
        """(..., 2) pixels of the clip as pixels of the panel."""
        return np.asarray(points * [self.across, self.down] + [self.left, self.top])

    @property
    def matrix(self) -> Array:
        """(2, 3) for OpenCV's warps."""
        return np.asarray([[self.across, 0.0, self.left], [0.0, self.down, self.top]])

    @property
    def mirrored(self) -> bool:
        return self.across < 0


@dataclass(frozen=True)
class Stage:
    """A panel's size in pixels, its pixels for one trunk length, and where the lifters' foot goes in it."""

    width: int
    height: int
    trunk_px: float
    foot: tuple[float, float]

    def fit(self, of: Performed, facing: Side) -> Fit:
        """Put a rep on the stage, its lifter facing that side."""
        motion = of.take.motion
        scale = self.trunk_px / motion.trunk_px
        across = scale if motion.body.view.facing == facing else -scale
        x, y = np.nanmedian(foot_path(of)[of.rep.during(motion.times)], axis=0)
        return Fit(across, scale, self.foot[0] - across * x, self.foot[1] - scale * y)


def stage_for(performed: Sequence[Performed], facing: Side, *, most: tuple[int, int]) -> Stage:
    """The smallest stage, no larger than `most` (width, height), on which everything that the reps show has room."""
    low, high = np.full(2, np.inf), np.full(2, -np.inf)
    for of in performed:
        motion = of.take.motion
        across = (1.0 if motion.body.view.facing == facing else -1.0) / motion.trunk_px
        during = of.rep.during(motion.times)
        foot = np.nanmedian(foot_path(of)[during], axis=0)
        parts = [motion.body.points[during].reshape(-1, 2)]
        if motion.bar is not None and motion.bar.source == "plate":
            centre, radius = motion.bar.center[during], np.nan_to_num(motion.bar.radius[during])[:, None]
            parts += [centre - radius, centre + radius]
        points = (np.concatenate(parts) - foot) * [across, 1 / motion.trunk_px]
        points = points[np.isfinite(points).all(axis=1) & (np.abs(points) < FARTHEST).all(axis=1)]
        if len(points):
            low, high = np.minimum(low, np.percentile(points, 1, axis=0)), np.maximum(high, np.percentile(points, 99, axis=0))
    if not np.isfinite(low).all():
        low, high = np.full(2, -FARTHEST / 2), np.full(2, FARTHEST / 2)
    low, high = low - AROUND, high + AROUND
    trunk_px = float(np.min(np.asarray(most) / (high - low)))
    width, height = (2 * round(length / 2) for length in (high - low) * trunk_px)
    x, y = -low * trunk_px
    return Stage(width, height, trunk_px, (float(x), float(y)))


def foot_path(of: Performed) -> Array:
    """(F, 2) pixels of the working ankle, steadied; known in every frame in which it is known nearby."""
    motion = of.take.motion
    points = motion.body.point("ankle", of.take.working[of.rep.index])
    known = np.isfinite(points).all(axis=1)
    if not known.any():  # never seen: the hips then stand for it
        points = motion.body.near("hip")
        known = np.isfinite(points).all(axis=1)
    if not known.any():
        return np.zeros_like(points)
    rows = np.arange(len(points))
    filled = np.stack([np.interp(rows, rows[known], points[known, axis]) for axis in (0, 1)], axis=1)
    step = float(np.median(np.diff(motion.times))) if len(motion.times) > 1 else FOOT_WINDOW_S
    return np.asarray(median_filter(filled, size=(max(1, round(FOOT_WINDOW_S / max(step, 1e-3))), 1), mode="nearest"))


def placed(take: FilmedSet, fit: Fit) -> FilmedSet:
    """The take as if it had been filmed in the panel: all its pixels are the panel's."""
    motion, scale = take.motion, fit.down
    body = motion.body
    view = replace(body.view, facing=_OPPOSITE[body.view.facing]) if fit.mirrored else body.view
    spine, bar = motion.spine, motion.bar
    moved = replace(
        motion,
        body=replace(body, points=fit.points(body.points), sd=body.sd * scale, view=view),
        trunk_px=motion.trunk_px * scale,
        scale=replace(motion.scale, px_per_m=motion.scale.px_per_m * scale),
        spine=None if spine is None else replace(spine, dorsal=fit.points(spine.dorsal)),
        bar=None if bar is None else replace(
            bar, center=fit.points(bar.center), radius=bar.radius * scale, path=fit.points(bar.path),
            path_sd=bar.path_sd * scale,
        ),
    )  # fmt: skip
    return replace(take, motion=moved)


@dataclass(frozen=True)
class Ghost:
    """One lifter's points as they would be in the other's panel, at any time.

    Both stand on the same foot and have the same trunk. Level distances of an oblique view are those of the other's view.
    """

    of: Performed
    onto: Performed
    fit: Fit
    onto_fit: Fit

    def points(self, time_s: float, onto_s: float) -> Array:
        """(J, 2) pixels of the panel at a time of its own clip, while the other is at `onto_s` of its own; NaN unknown."""
        own, other = self.of.take.motion, self.onto.take.motion
        foot = self.fit.points(_at(own.times, foot_path(self.of), time_s))
        under = self.onto_fit.points(_at(other.times, foot_path(self.onto), onto_s))
        points = self.fit.points(_at(own.times, own.body.points, time_s))
        wide = _stretch(own.body.view) / _stretch(other.body.view)
        return np.asarray((points - foot) * [wide, 1.0] + under)


def _stretch(view: View) -> float:
    return view.stretch if np.isfinite(view.stretch) else 1.0


def _at(times: Array, values: Array, time_s: float) -> Array:
    """Values between the frames around a time, evenly; those of the nearest frame where the other is unknown."""
    after = int(np.clip(np.searchsorted(times, time_s), 1, max(len(times) - 1, 1)))
    if len(times) < 2:
        return np.asarray(values[0])
    before = after - 1
    share = float(np.clip((time_s - times[before]) / max(times[after] - times[before], 1e-9), 0.0, 1.0))
    mixed = (1 - share) * values[before] + share * values[after]
    return np.asarray(np.where(np.isfinite(mixed), mixed, values[after if share > 0.5 else before]))


def nearest_frame(motion: Motion, time_s: float) -> int:
    """The frame of the motion nearest to a time."""
    return int(np.argmin(np.abs(motion.times - time_s)))


