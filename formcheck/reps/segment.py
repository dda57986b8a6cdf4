"""Finding repetitions in an extension signal: an angle that is large at the top of the lift and small at its bottom.

Everything that swings is found here and nothing is thrown away: which swing is a repetition of which exercise is decided
later, where the lifter's posture is known. Swings are told from wobbles within a repetition by the set's own typical
range, never by a fixed number alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formcheck.reps.phases import Signals, moves, travel
from formcheck.reps.turning import one_turn_each, turning_points
from formcheck.reps.types import Phase, Rep

Array = NDArray[np.float64]

#: Reversals smaller than this share of the typical range within a repetition are wobbles (bouncing, sticking), not turns.
WOBBLE_SHARE = 0.3
#: Swings from this share of the largest ones on tell what is typical.
TYPICAL_SHARE = 0.5
#: Gaps in the signal up to this long are bridged to follow the movement; longer ones end a stretch.
BRIDGE_S = 0.6
#: One up to this long is bridged too where the lifter is near the same end of the movement before and after it (within this
#: share of what the signal spans): a plate hides the body at the bottom, or the head leaves the picture at the top.
TURN_HIDDEN_S, NEAR_END_SHARE = 2.0, 0.3
#: A shorter stretch shows no repetition.
SHORTEST_STRETCH_S = 0.25
#: A lift faster than this is a glitch of the pose, not a person.
FASTEST_PHASE_S = 0.2
#: A phase that is this much of its mean speed fast over its last moments (this share of it, at most so long) goes on beyond
#: what is shown: one that comes to rest smoothly, or holds, has less than a third of it left.
GOES_ON, LAST_SHARE, LAST_S = 0.4, 0.2, 0.2
#: A signal that ends this soon after the turn and has not come back by this share of the way shows none: the last sample
#: stands for the time up to the next one that would have been.
TAIL_S, CAME_BACK = 0.2, 0.08


@dataclass(frozen=True)
class Extension:
    """What an exercise counts repetitions in.

    `values` (F,) degrees, large at the top; `noise` degrees: smaller swings cannot be told from a trembling pose; `first`
    the phase that a repetition of this exercise begins with.
    """

    values: Array
    noise: float
    first: Phase


@dataclass(frozen=True)
class Way:
    """A movement in one direction that belongs to no swing: a load set down after the last lift, say. Seconds, degrees."""

    start_s: float
    end_s: float
    phase: Phase
    range_deg: float


@dataclass(frozen=True)
class Swings:
    """All upward swings in order of time, as repetitions numbered 0, and the large movements left over."""

    reps: tuple[Rep, ...]
    left_over: tuple[Way, ...]


def find_swings(times: Array, extension: Extension, load: Array | None = None) -> Swings:
    """Find everything that swings by more than the noise.

    Args:
        times: (F,) seconds.
        extension: the signal; NaN where it is not known.
        load: (F,) height of the load in any unit, up positive, NaN where not known. It does not decide what a repetition
            is, only when its phases begin and end.
    """
    reps: list[Rep] = []
    ways: list[Way] = []
    for stretch in _stretches(times, extension.values):
        angle = _bridged(times[stretch], extension.values[stretch])
        signals = Signals(times[stretch], angle, None if load is None else load[stretch], travel(load))
        found = _swings_of_stretch(signals, extension)
        reps += found
        ways += _left_over(signals, extension, found)
    return Swings(tuple(sorted(reps, key=lambda rep: rep.start_s)), tuple(sorted(ways, key=lambda way: way.start_s)))


def typical_range(ranges: list[float]) -> float:
    """What a whole repetition of this set moves, degrees: the median of the larger swings; 0 without any."""
    if not ranges:
        return 0.0
    largest = float(np.percentile(ranges, 75))
    return float(np.median([value for value in ranges if value >= TYPICAL_SHARE * largest]))


def _stretches(times: Array, values: Array) -> list[slice]:
    """Parts of the signal without long gaps."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) < 3:
        return []
    gaps = np.flatnonzero(np.diff(times[known]) > BRIDGE_S)
    low, high = np.percentile(values[known], [5, 95])
    places = (values[known] - low) / max(high - low, 1e-6)
    breaks = np.array([gap for gap in gaps if not _hides_a_turn(times[known], places, gap)], dtype=np.int64)
    starts = np.r_[known[0], known[breaks + 1]]
    ends = np.r_[known[breaks], known[-1]]
    return [
        slice(int(a), int(b) + 1)
        for a, b in zip(starts, ends, strict=True)
        if b - a >= 2 and times[b] - times[a] >= SHORTEST_STRETCH_S
    ]


def _hides_a_turn(times: Array, places: Array, gap: np.int64) -> bool:
    """Whether the bottom or the top of one movement lies between a known moment and the next; `places` from 0 low to 1."""
    ends = places[[gap, gap + 1]]
    near = bool((ends <= NEAR_END_SHARE).all() or (ends >= 1 - NEAR_END_SHARE).all())
    return near and float(times[gap + 1] - times[gap]) <= TURN_HIDDEN_S


def _bridged(times: Array, values: Array) -> Array:
    known = np.isfinite(values)
    return np.asarray(np.interp(times, times[known], values[known]))


def _swings_of_stretch(signals: Signals, extension: Extension) -> list[Rep]:
    """The swings that stand out from the wobbles of the typical one, then smaller ones in the rests between."""
    rough = _lifts(signals, turning_points(signals.angle, extension.noise))
    if not rough:
        return []
    wobble = max(extension.noise, WOBBLE_SHARE * typical_range([_range(signals.angle, lift) for lift in rough]))
    pivots = one_turn_each(signals.angle, turning_points(signals.angle, wobble), extension.first)
    found = [_rep(signals, extension, pivots, lift) for lift in _lifts(signals, pivots)]
    fine = turning_points(signals.angle, extension.noise)
    small = [_rep(signals, extension, fine, lift) for lift in rough if not _inside(signals.times, lift, found)]
    return found + small


def _lifts(signals: Signals, pivots: list[int]) -> list[tuple[int, int]]:
    """Upward swings between turning points, as rows, that no glitch made."""
    return [
        (low, high)
        for low, high in pairwise(pivots)
        if signals.angle[high] > signals.angle[low] and signals.times[high] - signals.times[low] >= FASTEST_PHASE_S
    ]


def _range(angle: Array, lift: tuple[int, int]) -> float:
    return float(angle[lift[1]] - angle[lift[0]])


def _inside(times: Array, lift: tuple[int, int], reps: list[Rep]) -> bool:
    """Whether a small lift is part of a repetition that was found, or a tremor at its edge."""
    begin, end = times[lift[0]], times[lift[1]]
    return any(begin < rep.end_s - 1e-6 and end > rep.start_s + 1e-6 for rep in reps)


def _left_over(signals: Signals, extension: Extension, found: list[Rep]) -> list[Way]:
    """Large movements in one direction outside every repetition."""
    typical = typical_range([rep.range_deg for rep in found])
    least = max(extension.noise, TYPICAL_SHARE * typical)
    ways = []
    for a, b in pairwise(turning_points(signals.angle, least)):
        way, middle = float(signals.angle[b] - signals.angle[a]), float(signals.times[a] + signals.times[b]) / 2
        if abs(way) >= least and not any(rep.start_s - 1e-6 <= middle <= rep.end_s + 1e-6 for rep in found):
            phase: Phase = "concentric" if way > 0 else "eccentric"
            ways.append(Way(float(signals.times[a]), float(signals.times[b]), phase, abs(way)))
    return ways


def _rep(signals: Signals, extension: Extension, pivots: list[int], lift: tuple[int, int]) -> Rep:
    build = _eccentric_first if extension.first == "eccentric" else _concentric_first
    return build(signals, pivots, lift)


def _eccentric_first(signals: Signals, pivots: list[int], lift: tuple[int, int]) -> Rep:
    """Top, bottom, top. The way down is looked for before the lift's low; a clip that starts there has none."""
    times, values = signals.times, signals.angle
    low, high = lift
    range_deg = _range(values, lift)
    before = _previous(pivots, low)
    descent = values[before] - values[low] if before is not None else 0.0
    cut_start = before is None or descent < 0.5 * range_deg
    bottom_end, end = moves(signals, low, high)
    if cut_start or before is None:
        start = bottom_start = float(times[low if before is None else before])
        bottom_start = min(bottom_end, float(times[low]))
        start = min(start, bottom_start)
    else:
        start, bottom_start = moves(signals, before, low)
    bottom_start, bottom_end = _ordered(bottom_start, bottom_end, float(times[low]))
    down = float("nan") if cut_start else float(descent)
    shown = not cut_start or not goes_on(times[::-1], values[::-1], len(times) - 1 - high, len(times) - 1 - low)
    return Rep(
        0, start, bottom_start, bottom_end, end, range_deg, "eccentric",
        cut_start=cut_start, turn_shown=shown, eccentric_deg=down,
    )  # fmt: skip


def _concentric_first(signals: Signals, pivots: list[int], lift: tuple[int, int]) -> Rep:
    """Bottom, top, bottom. A clip that ends at the top shows no way down."""
    times, values = signals.times, signals.angle
    low, high = lift
    range_deg = _range(values, lift)
    after = _next(pivots, high)
    descent = values[high] - values[after] if after is not None else 0.0
    cut_end = after is None or descent < 0.5 * range_deg
    start, top_start = moves(signals, low, high)
    if cut_end or after is None:
        end = top_end = float(times[high if after is None else after])
        top_end = max(top_start, float(times[high]))
        end = max(end, top_end)
    else:
        top_end, end = moves(signals, high, after)
    top_start, top_end = _ordered(top_start, top_end, float(times[high]))
    down = float("nan") if cut_end else float(descent)
    shown = not cut_end or not goes_on(times, values, low, high)
    return Rep(
        0, start, top_start, top_end, end, range_deg, "concentric",
        cut_end=cut_end, turn_shown=shown, eccentric_deg=down,
    )  # fmt: skip


def goes_on(times: Array, values: Array, begin: int, end: int) -> bool:
    """Whether the movement from row `begin` to row `end` would go on if more were shown: the signal ends there, at speed.

    Of a movement whose beginning is asked for, give everything the other way round.
    """
    lasts_s, way = abs(times[end] - times[begin]), abs(values[end] - values[begin])
    moment_s = min(LAST_S, LAST_SHARE * lasts_s)
    if abs(times[-1] - times[end]) > TAIL_S or abs(values[end] - values[-1]) > CAME_BACK * way:
        return False
    # Until the middle of what comes after the highest moment: of a top that is held, noise says which moment that is.
    after = np.abs(times - times[end]) <= abs(times[-1] - times[end]) / 2
    before = np.abs(times - times[end]) <= max(moment_s, abs(times[end] - times[end - 1]))
    last = np.where(np.arange(len(times)) <= end, before, after)
    speed = abs(np.polyfit(times[last], values[last], 1)[0])
    return bool(speed > GOES_ON * way / lasts_s)


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
