"""Time series of samples: filling gaps, steadying, and interpolating onto the frames of a clip."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import Array
from formcheck.pose.geometry import known_median

#: Gaps between samples up to this long are filled, seconds.
LONGEST_GAP_S = 0.35
#: How many consecutive missing samples are filled at any sampling rate.
ALWAYS_FILLED = 1


def interpolated(at: Array, times: Array, values: Array, least: int = 1) -> Array:
    """(F, ...) linear interpolation at times `at` between the known ones of (S,) or (S, K) `values`, constant beyond the ends.

    Columns are interpolated independently; one with fewer than `least` known values is NaN.
    """
    if values.ndim == 2:
        return np.stack([interpolated(at, times, column, least) for column in values.T], axis=1)
    known = np.isfinite(values)
    if known.sum() < max(1, least):
        return np.full(len(at), np.nan)
    return np.asarray(np.interp(at, times[known], values[known]))


def on_frames(times: Array, values: Array, frames: Array, *, hold_ends: bool = False) -> Array:
    """(F,) samples (S,) interpolated onto frames; NaN in gaps longer than `LONGEST_GAP_S`.

    Within a long gap, and beyond the ends unless `hold_ends`, a sample holds for a quarter of `LONGEST_GAP_S`.
    """
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(frames), np.nan)
    at = times[known]
    result = np.interp(frames, at, values[known])
    last = len(at) - 1
    after = np.clip(np.searchsorted(at, frames - 1e-6), min(1, last), last)
    before = np.maximum(after - 1, 0)
    inside = hold_ends | ((frames >= at[before]) & (frames <= at[after]))
    nearest = np.minimum(np.abs(frames - at[before]), np.abs(frames - at[after]))
    result[~((inside & (at[after] - at[before] <= LONGEST_GAP_S)) | (nearest <= LONGEST_GAP_S / 4))] = np.nan
    return np.asarray(result)


def covered(times: Array, frames: Array) -> NDArray[np.bool_]:
    """(F,) whether a frame lies between two samples whose gap is short enough to fill.

    The last sample also covers the frames up to where the next one would have been.
    """
    step = float(np.median(np.diff(times)))
    longest = max(LONGEST_GAP_S, 1.05 * (1 + ALWAYS_FILLED) * step)
    times = np.append(times, times[-1] + min(1.05 * step, longest))
    after = np.searchsorted(times, frames - 1e-6)
    before = np.searchsorted(times, frames + 1e-6) - 1
    inside = (before >= 0) & (after < len(times))
    gap = times[np.clip(after, 0, len(times) - 1)] - times[np.clip(before, 0, len(times) - 1)]
    return np.asarray(inside & (gap <= longest))


def steadied(times: Array, values: Array, window_s: float) -> Array:
    """Median of (S, K) values within `window_s`, by column; NaN where fewer than half of the samples are known."""
    steady = np.full_like(values, np.nan)
    for row, time in enumerate(times):
        window = values[np.abs(times - time) <= window_s / 2 + 1e-6]
        often = np.isfinite(window).mean(axis=0) >= 0.5
        if often.any():
            steady[row, often] = known_median(window[:, often])
    return steady


def running_median(values: Array, width: int) -> Array:
    """Median of `width` consecutive rows of (S, K) values without NaN; the first and last row are repeated beyond the ends."""
    from scipy.ndimage import median_filter  # slow to import: only where it is needed

    return np.asarray(median_filter(values, size=(width, 1), mode="nearest"))


# SciPy's curves written out: importing `scipy.interpolate` takes a third of a second.


def cubic(at: Array, times: Array, values: Array) -> Array:
    """(F, ...) of (S, ...) values: the cubic spline through them (as `CubicSpline`, not a knot), constant beyond the ends."""
    return _curve(_spline_slopes, at, times, values)


def monotone(at: Array, times: Array, values: Array) -> Array:
    """(F, ...) of (S, ...) values: a curve that never overshoots them (as `PchipInterpolator`), constant beyond the ends."""
    return _curve(_monotone_slopes, at, times, values)


def _curve(slopes_of: Callable[[Array, Array], Array], at: Array, times: Array, values: Array) -> Array:
    """Values between samples from those at the samples and their slopes there (cubic Hermite pieces)."""
    shape, values = values.shape[1:], values.reshape(len(values), -1)
    slopes = slopes_of(times, values)
    at = np.clip(at, times[0], times[-1])
    after = np.clip(np.searchsorted(times, at, side="right"), 1, len(times) - 1)
    step = np.diff(times)[after - 1, None]
    share = (at - times[after - 1])[:, None] / step
    rest = 1 - share
    low, high = values[after - 1], values[after]
    bent = rest * (slopes[after - 1] * step - (high - low)) - share * (slopes[after] * step - (high - low))
    return np.asarray(rest * low + share * high + share * rest * bent).reshape(-1, *shape)


def _spline_slopes(times: Array, values: Array) -> Array:
    """(S, K) slopes at which the curvature is continuous; the first two pieces are one cubic, and so are the last two."""
    step, slope = np.diff(times)[:, None], np.diff(values, axis=0) / np.diff(times)[:, None]
    if len(times) == 2:
        return np.repeat(slope, 2, axis=0)
    if len(times) == 3:  # a parabola
        middle = (slope[:1] * step[1] + slope[1:] * step[0]) / (step[0] + step[1])
        return np.concatenate([2 * slope[:1] - middle, middle, 2 * slope[1:] - middle])
    from scipy.linalg import solve_banded  # slow to import: only where it is needed

    first, last = times[2] - times[0], times[-1] - times[-3]
    above = np.concatenate([[0.0, first], step[:-1, 0]])
    diagonal = np.concatenate([step[1], 2 * (step[:-1, 0] + step[1:, 0]), step[-2]])
    below = np.concatenate([step[1:, 0], [last, 0.0]])
    wanted = np.concatenate([
        ((step[0] + 2 * first) * step[1] * slope[0] + step[0] ** 2 * slope[1])[None] / first,
        3 * (step[1:] * slope[:-1] + step[:-1] * slope[1:]),
        (step[-1] ** 2 * slope[-2] + (2 * last + step[-1]) * step[-2] * slope[-1])[None] / last,
    ])  # fmt: skip
    return np.asarray(solve_banded((1, 1), np.stack([above, diagonal, below]), wanted))


def _monotone_slopes(times: Array, values: Array) -> Array:
    """(S, K) slopes by Fritsch and Butland (1984): none at a turning point, else the weighted harmonic mean beside it."""
    step, slope = np.diff(times)[:, None], np.diff(values, axis=0) / np.diff(times)[:, None]
    if len(times) == 2:
        return np.repeat(slope, 2, axis=0)
    before, after = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
    turns = slope[:-1] * slope[1:] <= 0
    some = np.where(turns, 1.0, slope[:-1]), np.where(turns, 1.0, slope[1:])
    inner = np.where(turns, 0.0, (before + after) / (before / some[0] + after / some[1]))
    ends = _end_slope(step[0], step[1], slope[0], slope[1]), _end_slope(step[-1], step[-2], slope[-1], slope[-2])
    return np.concatenate([ends[0][None], inner, ends[1][None]])


def _end_slope(step: Array, next_step: Array, slope: Array, next_slope: Array) -> Array:
    """The slope at an end: that of a parabola, as far as it keeps the curve monotone."""
    wanted = ((2 * step + next_step) * slope - step * next_slope) / (step + next_step)
    bounded = np.where((slope * next_slope < 0) & (np.abs(wanted) > 3 * np.abs(slope)), 3 * slope, wanted)
    return np.asarray(np.where(wanted * slope <= 0, 0.0, bounded))
