"""Curves through samples at uneven times: SciPy's, written out, as importing `scipy.interpolate` takes a third of a second."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from formcheck.motion.body import Array


def cubic(times: Array, values: Array, wanted: Array) -> Array:
    """(F, ...) of (S, ...) values: the cubic spline through them (as `CubicSpline`, not a knot), constant beyond the ends."""
    return _curve(_spline_slopes, times, values, wanted)


def monotone(times: Array, values: Array, wanted: Array) -> Array:
    """(F, ...) of (S, ...) values: a curve that never overshoots them (as `PchipInterpolator`), constant beyond the ends."""
    return _curve(_monotone_slopes, times, values, wanted)


def _curve(slopes_of: Callable[[Array, Array], Array], times: Array, values: Array, wanted: Array) -> Array:
    """Values between samples from those at the samples and their slopes there (cubic Hermite pieces)."""
    shape, values = values.shape[1:], values.reshape(len(values), -1)
    slopes = slopes_of(times, values)
    wanted = np.clip(wanted, times[0], times[-1])
    after = np.clip(np.searchsorted(times, wanted, side="right"), 1, len(times) - 1)
    step = np.diff(times)[after - 1, None]
    share = (wanted - times[after - 1])[:, None] / step
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
