"""From uneven, gappy samples to smooth positions on the clip's own frame times."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator
from scipy.signal import butter, filtfilt

from formcheck.motion.types import Array

#: Longest gap that is filled, seconds.
LONGEST_GAP_S = 0.35
#: Rate of the uniform grid, Hz.
GRID_HZ = 30.0
#: Cut-off of the zero-phase low-pass, Hz.
CUTOFF_HZ = 3.5
#: A sample farther than this many robust standard deviations from the median of its neighbours is an outlier.
OUTLIER_SDS = 5.0


def outliers(values: Array, floor: float) -> NDArray[np.bool_]:
    """(S,) samples of an (S, 2) path that jump away from the median of the five around them and come back.

    `floor` (pixels) is the least distance that counts as a jump.
    """
    padded = np.pad(values, ((2, 2), (0, 0)), mode="edge")
    windows = np.stack([padded[i : i + len(values)] for i in range(5)])
    with np.errstate(all="ignore"):
        middle = np.nanmedian(windows, axis=0) if np.isfinite(windows).any() else values
    distance = np.linalg.norm(values - middle, axis=1)
    spread = 1.4826 * float(np.nanmedian(distance)) if np.isfinite(distance).any() else 0.0
    return np.asarray(np.nan_to_num(distance) > max(floor, OUTLIER_SDS * spread))


def smooth_path(times: Array, values: Array, wanted: Array) -> tuple[Array, Array]:
    """Low-pass a path without delay and evaluate it at other times.

    Args:
        times: (S,) seconds. values: (S, 2), NaN where missing. wanted: (F,) seconds.

    Returns:
        (F, 2) smoothed values, NaN inside gaps longer than `LONGEST_GAP_S` and outside the samples; and (F,) the
        distance between the raw and the smoothed samples nearby (a measure of noise).
    """
    out = np.full((len(wanted), 2), np.nan)
    noise = np.full(len(wanted), np.nan)
    good = np.flatnonzero(np.isfinite(values).all(axis=1))
    if len(good) == 0:
        return out, noise
    for run in np.split(good, np.flatnonzero(np.diff(times[good]) > LONGEST_GAP_S) + 1):
        if len(run) < 3:
            continue
        inside = (wanted >= times[run[0]] - 1e-6) & (wanted <= times[run[-1]] + 1e-6)
        grid, smoothed = _low_pass(times[run], values[run])
        residual = np.linalg.norm(values[run] - _at(grid, smoothed, times[run]), axis=1)
        out[inside] = _at(grid, smoothed, wanted[inside])
        noise[inside] = np.interp(wanted[inside], times[run], _running_rms(residual))
    return out, noise


def _low_pass(times: Array, values: Array) -> tuple[Array, Array]:
    count = max(4, round((times[-1] - times[0]) * GRID_HZ) + 1)
    grid = np.linspace(times[0], times[-1], count)
    even = PchipInterpolator(times, values)(grid)
    rate = (count - 1) / (grid[-1] - grid[0])
    b, a = butter(2, min(0.9, CUTOFF_HZ / (rate / 2)))
    pad = min(count - 1, round(rate))
    return grid, np.asarray(filtfilt(b, a, even, axis=0, padlen=pad))


def _at(grid: Array, values: Array, times: Array) -> Array:
    return np.asarray(PchipInterpolator(grid, values)(np.clip(times, grid[0], grid[-1])))


def _running_rms(residual: Array) -> Array:
    width = min(len(residual), 7)
    squares = np.convolve(np.pad(residual**2, width // 2, mode="edge"), np.ones(width) / width, mode="valid")
    return np.sqrt(squares[: len(residual)])
