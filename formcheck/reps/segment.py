"""Finding repetitions in an extension signal: an angle that is large at the top of the lift and small at its bottom.

A repetition is counted when its lifting phase is completed: a lowering at the end of a clip that nobody comes up from
is not a repetition, and a clip that starts at the bottom still shows one. Partial movements are told from repetitions by
the set's own typical range, never by a fixed number alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.reps.phases import Signals, moves, travel
from formcheck.reps.types import Rep

Array = NDArray[np.float64]

#: Reversals smaller than this share of the set's typical range are wobbles (bouncing, re-gripping), not turns.
WOBBLE_SHARE = 0.3
#: A swing smaller than this share of the set's typical range is a partial movement.
PARTIAL_SHARE = 0.55
#: Gaps in the signal up to this long are bridged to follow the movement; longer ones end a stretch.
BRIDGE_S = 0.6
#: A lift faster than this is a glitch of the pose, not a person.
FASTEST_PHASE_S = 0.2


@dataclass(frozen=True)
class Extension:
    """What an exercise counts repetitions in.

    `values` (F,) degrees, large at the top; `least_range` the smallest swing (degrees) that can be a repetition at all;
    `first` the phase that a repetition of this exercise begins with.
    """

    values: Array
    least_range: float
    first: Literal["lowering", "lifting"]


@dataclass(frozen=True)
class _Lift:
    """One upward swing between two turning points, as rows of the signal."""

    low: int
    high: int
    range_deg: float


def find_reps(
    times: Array, extension: Extension, accept: Callable[[Rep], bool] | None = None, load: Array | None = None
) -> list[Rep]:
    """Find the repetitions of a set.

    Args:
        times: (F,) seconds.
        extension: the signal; NaN where it is not known.
        load: (F,) height of the load in any unit, up positive, NaN where not known. It does not decide what a repetition
            is, only when its phases begin and end.
        accept: an exercise's own test of a candidate (is the lifter in the posture of this exercise?); refused candidates
            do not count towards the set's typical range.

    Returns:
        Repetitions in order of time, numbered from 1. Empty when nothing swings by `least_range`.
    """
    candidates: list[Rep] = []
    for stretch in _stretches(times, extension.values):
        angle = _bridged(times[stretch], extension.values[stretch])
        signals = Signals(times[stretch], angle, None if load is None else load[stretch], travel(load))
        candidates += _reps_of_stretch(signals, extension)
    if accept is not None:
        candidates = [rep for rep in candidates if accept(rep)]
    if not candidates:
        return []
    typical = float(np.percentile([rep.range_deg for rep in candidates], 75))
    whole = [rep for rep in candidates if rep.range_deg >= PARTIAL_SHARE * typical]
    return [replace(rep, index=index) for index, rep in enumerate(sorted(whole, key=lambda rep: rep.start_s), 1)]


def _stretches(times: Array, values: Array) -> list[slice]:
    """Parts of the signal without long gaps."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 5:
        return []
    breaks = np.flatnonzero(np.diff(times[known]) > BRIDGE_S)
    starts = np.r_[known[0], known[breaks + 1]]
    ends = np.r_[known[breaks], known[-1]] + 1
    return [slice(int(a), int(b)) for a, b in zip(starts, ends, strict=True) if b - a >= 5]


def _bridged(times: Array, values: Array) -> Array:
    known = np.isfinite(values)
    return np.asarray(np.interp(times, times[known], values[known]))


def _reps_of_stretch(signals: Signals, extension: Extension) -> list[Rep]:
    times, values = signals.times, signals.angle
    rough = _lifts(turning_points(values, 0.6 * extension.least_range))
    if not rough:
        return []
    swings = [lift.range_deg for lift in (_with_range(values, lift) for lift in rough)]
    big = [swing for swing in swings if swing >= extension.least_range]
    if not big:
        return []
    typical = float(np.percentile(big, 75))
    wobble = max(0.6 * extension.least_range, WOBBLE_SHARE * typical)
    pivots = turning_points(values, wobble)
    lifts = [_with_range(values, lift) for lift in _lifts(pivots)]
    lifts = [
        lift
        for lift in lifts
        if lift.range_deg >= max(extension.least_range, PARTIAL_SHARE * typical)
        and times[lift.high] - times[lift.low] >= FASTEST_PHASE_S
    ]
    build = _lowering_first if extension.first == "lowering" else _lifting_first
    return [build(signals, pivots, lift) for lift in lifts]


def turning_points(values: Array, wobble: float) -> list[int]:
    """Rows of the alternating lows and highs of a signal; reversals smaller than `wobble` are passed over.

    The first and the last row are turning points too when the signal moves away from them by `wobble`.
    """
    pivots: list[int] = []
    low = high = 0
    direction = 0
    for row in range(1, len(values)):
        if values[row] > values[high]:
            high = row
        if values[row] < values[low]:
            low = row
        if direction >= 0 and values[high] - values[row] >= wobble:
            pivots.append(high)
            direction, low = -1, row
        elif direction <= 0 and values[row] - values[low] >= wobble:
            pivots.append(low)
            direction, high = 1, row
        if direction == 1 and low < pivots[-1]:
            low = row
        if direction == -1 and high < pivots[-1]:
            high = row
    if direction > 0:
        pivots.append(high)
    elif direction < 0:
        pivots.append(low)
    return pivots


def _lifts(pivots: list[int]) -> list[tuple[int, int]]:
    return list(pairwise(pivots))


def _with_range(values: Array, pair: tuple[int, int]) -> _Lift:
    low, high = pair
    return _Lift(low, high, float(values[high] - values[low]))


def _lowering_first(signals: Signals, pivots: list[int], lift: _Lift) -> Rep:
    """Top, bottom, top. The way down is looked for before the lift's low; a clip that starts there has none."""
    times, values = signals.times, signals.angle
    before = _previous(pivots, lift.low)
    descent = values[before] - values[lift.low] if before is not None else 0.0
    cut_start = before is None or descent < 0.5 * lift.range_deg
    bottom_end, end = moves(signals, lift.low, lift.high)
    if cut_start or before is None:
        start = bottom_start = float(times[lift.low if before is None else before])
        bottom_start = min(bottom_end, float(times[lift.low]))
        start = min(start, bottom_start)
    else:
        start, bottom_start = moves(signals, before, lift.low)
    bottom_start, bottom_end = _ordered(bottom_start, bottom_end, float(times[lift.low]))
    return Rep(0, start, bottom_start, bottom_end, end, lift.range_deg, "lowering", cut_start=cut_start)


def _lifting_first(signals: Signals, pivots: list[int], lift: _Lift) -> Rep:
    """Bottom, top, bottom. A clip that ends at the top shows no way down."""
    times, values = signals.times, signals.angle
    after = _next(pivots, lift.high)
    descent = values[lift.high] - values[after] if after is not None else 0.0
    cut_end = after is None or descent < 0.5 * lift.range_deg
    start, top_start = moves(signals, lift.low, lift.high)
    if cut_end or after is None:
        end = top_end = float(times[lift.high if after is None else after])
        top_end = max(top_start, float(times[lift.high]))
        end = max(end, top_end)
    else:
        top_end, end = moves(signals, lift.high, after)
    top_start, top_end = _ordered(top_start, top_end, float(times[lift.high]))
    return Rep(0, start, top_start, top_end, end, lift.range_deg, "lifting", cut_end=cut_end)


def _previous(pivots: list[int], row: int) -> int | None:
    earlier = [pivot for pivot in pivots if pivot < row]
    return earlier[-1] if earlier else None


def _next(pivots: list[int], row: int) -> int | None:
    later = [pivot for pivot in pivots if pivot > row]
    return later[0] if later else None


def _ordered(start: float, end: float, turn: float) -> tuple[float, float]:
    """A turn without a pause has extrapolated ends that cross: it happens at one moment."""
    if start <= end:
        return start, end
    middle = (start + end) / 2 if abs(start - end) < 0.4 else turn
    return middle, middle
