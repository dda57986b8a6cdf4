"""Time series of samples: filling gaps, steadying, and interpolating onto the frames of a clip."""

from __future__ import annotations

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


def cubic(at: Array, times: Array, values: Array) -> Array:
    """(F, ...) cubic spline through (S, ...) values, constant beyond the ends."""
    from scipy.interpolate import CubicSpline  # slow to import: only where it is needed

    return np.asarray(CubicSpline(times, values)(np.clip(at, times[0], times[-1])))
