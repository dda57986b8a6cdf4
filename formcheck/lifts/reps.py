"""Candidate reps in a signal: its turning points, the swings between them, and when their phases begin and end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.timeseries import interpolated
from formcheck.results.rep import Phase, Rep

# Turning points.

Array = NDArray[np.float64]

#: Two turns with a smaller return towards the start position between them (share of the range) are one turn.
LEAST_RETURN = 0.5


def turning_points(values: Array, wobble: float) -> list[int]:
    """Rows of the alternating lows and highs of a signal; reversals smaller than `wobble` are ignored.

    The first and last row are included if the signal moves away from them by `wobble`.
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


def merged_turns(values: Array, pivots: list[int], first: Phase) -> list[int]:
    """The turning points without returns that stop far from the start position, so that a bottom reached in two goes is one
    turn.

    The smallest returns are removed first.
    """
    starts_high = first == "eccentric"
    up = values if starts_high else -values
    while True:
        returns = [_return_fraction(up, pivots, place, starts_high) for place in range(1, len(pivots) - 1)]
        if not min(returns, default=1.0) < LEAST_RETURN:
            return pivots
        place = 1 + int(np.argmin(returns))
        shallower = place - 1 if up[pivots[place - 1]] > up[pivots[place + 1]] else place + 1
        pivots = [pivot for number, pivot in enumerate(pivots) if number not in (place, shallower)]


def _return_fraction(up: Array, pivots: list[int], place: int, starts_high: bool) -> float:
    """Return towards the start position at an inner turning point, as a share of the range from the nearer turn.

    1 if it is itself a turn, or if its lift would be lost without it. `up` is large at the start position.
    """
    here = up[pivots[place]]
    turns = up[pivots[place - 1]], up[pivots[place + 1]]
    lift_remains = place + 2 < len(pivots) if starts_high else place >= 2
    if here < max(turns) or not lift_remains:
        return 1.0
    starts = [up[pivots[number]] for number in (place - 2, place + 2) if 0 <= number < len(pivots)]
    return float((here - max(turns)) / max(min(starts) - max(turns), 1e-6))


# When the phases of a rep begin and end.

#: A phase begins where a parabola through these two shares of its range starts: travel grows with the square of time, and the
#: square roots of the shares are 1 : 2.
LOW_SHARE, HIGH_SHARE = 0.06, 0.24
#: Samples this close to a turning point (share of the range) are at rest.
REST_SHARE = 0.06
#: The load turns within this time of the angle, travels at least this share of its travel in the set, and must be seen in this
#: share of the phase.
LOAD_TURNS_WITHIN_S, LOAD_TRAVELS, LOAD_SEEN = 0.5, 0.5, 0.9


@dataclass(frozen=True)
class Signals:
    """A part of the rep signal without long gaps: the angle, and the height of the load (None if unknown)."""

    times: Array
    angle: Array
    load: Array | None
    load_travel: float

    def load_turns(self, begin: int, end: int) -> tuple[Array, int, int] | None:
        """Height of the load and the rows of its turning points near rows `begin` and `end`; None if hidden or at rest."""
        if self.load is None:
            return None
        reach = int(np.searchsorted(self.times, self.times[0] + LOAD_TURNS_WITHIN_S))
        first, last, middle = max(0, begin - reach), min(len(self.times), end + reach + 1), (begin + end + 1) // 2
        known = np.isfinite(self.load[first:last])
        if known.mean() < LOAD_SEEN or last - first < 5:
            return None
        load = self.load.copy()
        load[first:last] = interpolated(self.times[first:last], self.times[first:last], load[first:last])
        up = 1.0 if self.angle[end] > self.angle[begin] else -1.0
        from_row = first + int(np.argmin(up * load[first:middle]))
        to_row = middle + int(np.argmax(up * load[middle:last]))
        if up * (load[to_row] - load[from_row]) < LOAD_TRAVELS * self.load_travel:
            return None
        return load, from_row, to_row


def travel(load: Array | None) -> float:
    """Travel of the load in the set without outliers; 0 if unknown."""
    known = load[np.isfinite(load)] if load is not None else np.array([])
    return float(np.ptp(np.percentile(known, [5, 95]))) if len(known) else 0.0


def phase_limits(signals: Signals, begin: int, end: int) -> tuple[float, float]:
    """Start and end of the movement between two turning points, seconds.

    From when either lifter or load leaves rest to when both have come to rest: near the top of a hip thrust the angle hardly
    changes while the plate does, near the top of a hinge it is the other way round.
    """
    times = signals.times
    leaves, rests = _leaves_rest(times, signals.angle, begin, end), _reaches_rest(times, signals.angle, begin, end)
    load = signals.load_turns(begin, end)
    if load is None:
        return leaves, rests
    return min(leaves, _leaves_rest(times, *load)), max(rests, _reaches_rest(times, *load))


def _leaves_rest(times: Array, values: Array, begin: int, end: int) -> float:
    """When the movement from row `begin` (at rest) to row `end` begins, seconds."""
    part = slice(begin, end + 1)
    rest = _rest_level(values, begin, abs(values[end] - values[begin]))
    travel = (values[part] - rest) / (values[end] - rest)
    early, late = (_last_crossing(times[part], travel, share) for share in (LOW_SHARE, HIGH_SHARE))
    return float(np.clip(2 * early - late, times[begin], early))


def _reaches_rest(times: Array, values: Array, begin: int, end: int) -> float:
    """When the movement from row `begin` to row `end` (at rest) ends, seconds."""
    part = slice(begin, end + 1)
    rest = _rest_level(values, end, abs(values[end] - values[begin]))
    travel = ((values[part] - rest) / (values[begin] - rest))[::-1]
    backwards = -times[part][::-1]
    early, late = (_last_crossing(backwards, travel, share) for share in (LOW_SHARE, HIGH_SHARE))
    return -float(np.clip(2 * early - late, backwards[0], early))


def _rest_level(values: Array, turn: int, travel: float) -> float:
    """Median of the signal at rest around a turning point, which itself is an extreme of the noise."""
    near = np.abs(values - values[turn]) <= REST_SHARE * travel
    first = turn - int(np.argmin(near[: turn + 1][::-1])) + 1 if not near[: turn + 1].all() else 0
    last = turn + int(np.argmin(near[turn:])) if not near[turn:].all() else len(values)
    return float(np.median(values[first:last]))


def _last_crossing(times: Array, travel: Array, share: float) -> float:
    """When `travel` last rises through `share` before it first reaches one half, interpolated."""
    half = int(np.argmax(travel >= 0.5))
    below = np.flatnonzero(travel[: half + 1] < share)
    if len(below) == 0:
        return float(times[0])
    row = int(below[-1])
    if row + 1 >= len(travel):
        return float(times[row])
    step = travel[row + 1] - travel[row]
    return float(times[row] + (times[row + 1] - times[row]) * ((share - travel[row]) / step if step > 0 else 0.0))


# Candidate reps in a rep signal: an angle that is large at the top of the lift and small at its bottom.

#: Reversals smaller than this share of the typical range are wobbles (bouncing, sticking), not turns.
WOBBLE_SHARE = 0.3
#: Candidates from this share of the largest ones on define the typical range.
TYPICAL_SHARE = 0.5
#: Longest gap in the signal that is filled, seconds.
BRIDGE_S = 0.6
#: Longest gap that is filled if the signal is near the same end before and after it (within this share of its range): at the
#: bottom a plate may hide the body, at the top the head may leave the picture.
TURN_HIDDEN_S, NEAR_END_SHARE = 2.0, 0.3
#: Shortest part of the signal that is searched, seconds.
SHORTEST_STRETCH_S = 0.25
#: Faster lifts are errors of the pose, seconds.
FASTEST_PHASE_S = 0.2
#: A phase continues beyond the clip if its final speed is at least this share of its mean speed; a phase that comes to rest is
#: below a third. The final speed is measured over this share of the phase, at most this long (seconds).
CONTINUES, LAST_SHARE, LAST_S = 0.4, 0.2, 0.2
#: Only if the signal ends this soon after the turn, seconds, and has not returned by this share of the range.
TAIL_S, CAME_BACK = 0.2, 0.08


@dataclass(frozen=True)
class RepSignal:
    """The signal in which the reps of an exercise are counted.

    `values` (F,) degrees, large at the top; swings below `noise` degrees are ignored; `first` is the phase with which a rep
    begins.
    """

    values: Array
    noise: float
    first: Phase


@dataclass(frozen=True)
class UnpairedPhase:
    """A movement in one direction without a counterpart, such as setting the load down. Seconds, degrees."""

    start_s: float
    end_s: float
    phase: Phase
    range_deg: float


@dataclass(frozen=True)
class CandidateReps:
    """Candidate reps in order of time (all with index 0), and unpaired phases."""

    reps: tuple[Rep, ...]
    unpaired: tuple[UnpairedPhase, ...]


def find_candidate_reps(times: Array, rep_signal: RepSignal, load: Array | None = None) -> CandidateReps:
    """Find all swings larger than the noise.

    Args:
        times: (F,) seconds.
        rep_signal: the signal; NaN where unknown.
        load: (F,) height of the load in any unit, up positive, NaN where unknown; only refines when phases begin and end.
    """
    reps: list[Rep] = []
    unpaired: list[UnpairedPhase] = []
    for stretch in _stretches(times, rep_signal.values):
        angle = interpolated(times[stretch], times[stretch], rep_signal.values[stretch])
        signals = Signals(times[stretch], angle, None if load is None else load[stretch], travel(load))
        found = _candidates_of_stretch(signals, rep_signal)
        reps += found
        unpaired += _unpaired(signals, rep_signal, found)
    return CandidateReps(
        tuple(sorted(reps, key=lambda rep: rep.start_s)), tuple(sorted(unpaired, key=lambda phase: phase.start_s))
    )


def typical_range(ranges: list[float]) -> float:
    """Range of a whole rep of the set, degrees: the median of the larger ranges; 0 without any."""
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
    """Whether a gap hides a top or bottom; `places` (N,) are the signal's values from 0 (low) to 1."""
    ends = places[[gap, gap + 1]]
    near = bool((ends <= NEAR_END_SHARE).all() or (ends >= 1 - NEAR_END_SHARE).all())
    return near and float(times[gap + 1] - times[gap]) <= TURN_HIDDEN_S


def _candidates_of_stretch(signals: Signals, rep_signal: RepSignal) -> list[Rep]:
    """Swings larger than the wobbles of a typical rep, then smaller ones between them."""
    rough = _lifts(signals, turning_points(signals.angle, rep_signal.noise))
    if not rough:
        return []
    wobble = max(rep_signal.noise, WOBBLE_SHARE * typical_range([_range(signals.angle, lift) for lift in rough]))
    pivots = merged_turns(signals.angle, turning_points(signals.angle, wobble), rep_signal.first)
    found = [_rep(signals, rep_signal, pivots, lift) for lift in _lifts(signals, pivots)]
    fine = turning_points(signals.angle, rep_signal.noise)
    small = [_rep(signals, rep_signal, fine, lift) for lift in rough if not _inside(signals.times, lift, found)]
    return found + small


def _lifts(signals: Signals, pivots: list[int]) -> list[tuple[int, int]]:
    """Upward swings between turning points, as rows, that are not too fast."""
    return [
        (low, high)
        for low, high in pairwise(pivots)
        if signals.angle[high] > signals.angle[low] and signals.times[high] - signals.times[low] >= FASTEST_PHASE_S
    ]


def _range(angle: Array, lift: tuple[int, int]) -> float:
    return float(angle[lift[1]] - angle[lift[0]])


def _inside(times: Array, lift: tuple[int, int], reps: list[Rep]) -> bool:
    """Whether a small lift overlaps a candidate rep."""
    begin, end = times[lift[0]], times[lift[1]]
    return any(begin < rep.end_s - 1e-6 and end > rep.start_s + 1e-6 for rep in reps)


def _unpaired(signals: Signals, rep_signal: RepSignal, found: list[Rep]) -> list[UnpairedPhase]:
    """Large movements in one direction outside all candidate reps.

    A movement belongs to the rep in which half of it is done: while the lifter stands still, the angle may peak at any time.
    """
    typical = typical_range([rep.range_deg for rep in found])
    least = max(rep_signal.noise, TYPICAL_SHARE * typical)
    unpaired = []
    for a, b in pairwise(turning_points(signals.angle, least)):
        change = float(signals.angle[b] - signals.angle[a])
        done = np.abs(signals.angle[a : b + 1] - signals.angle[a])
        half = float(signals.times[a + int(np.argmax(done >= abs(change) / 2))])
        if abs(change) >= least and not any(rep.start_s - 1e-6 <= half <= rep.end_s + 1e-6 for rep in found):
            phase: Phase = "concentric" if change > 0 else "eccentric"
            unpaired.append(UnpairedPhase(float(signals.times[a]), float(signals.times[b]), phase, abs(change)))
    return unpaired


def _rep(signals: Signals, rep_signal: RepSignal, pivots: list[int], lift: tuple[int, int]) -> Rep:
    """The repetition around an upward swing: top, bottom, top, or bottom, top, bottom.

    The other half, before the lift or after it, is missing from a clip that starts or ends at the turn.
    """
    times, values = signals.times, signals.angle
    low, high = lift
    range_deg = _range(values, lift)
    eccentric_first = rep_signal.first == "eccentric"
    turn = low if eccentric_first else high
    beside = [pivot for pivot in pivots if (pivot < low if eccentric_first else pivot > high)]
    other = None if not beside else beside[-1 if eccentric_first else 0]
    eccentric_deg = 0.0 if other is None else abs(float(values[other] - values[turn]))
    cut = other is None or eccentric_deg < 0.5 * range_deg
    lift_s = phase_limits(signals, low, high)
    half_s: tuple[float, float]
    if cut or other is None:
        at_turn, at_end = float(times[turn]), float(times[turn if other is None else other])
        if eccentric_first:
            at_turn = min(lift_s[0], at_turn)
            half_s = min(at_end, at_turn), at_turn
        else:
            at_turn = max(lift_s[1], at_turn)
            half_s = at_turn, max(at_end, at_turn)
    else:
        half_s = phase_limits(signals, other, low) if eccentric_first else phase_limits(signals, high, other)
    before, after = (half_s, lift_s) if eccentric_first else (lift_s, half_s)
    turn_s, turn_end_s = _ordered(before[1], after[0], float(times[turn]))
    return Rep(
        0, before[0], turn_s, turn_end_s, after[1], range_deg, rep_signal.first,
        cut_start=cut and eccentric_first,
        cut_end=cut and not eccentric_first,
        turn_shown=not cut or not _moving_at_end(signals, lift, eccentric_first),
        eccentric_deg=float("nan") if cut else eccentric_deg,
    )  # fmt: skip


def _moving_at_end(signals: Signals, lift: tuple[int, int], eccentric_first: bool) -> bool:
    """Whether the clip begins (or ends) in the middle of a lift, so that its turn is not shown."""
    low, high = lift
    if not eccentric_first:
        return continues_beyond(signals.times, signals.angle, low, high)
    last = len(signals.times) - 1
    return continues_beyond(signals.times[::-1], signals.angle[::-1], last - high, last - low)


def continues_beyond(times: Array, values: Array, begin: int, end: int) -> bool:
    """Whether the signal ends in the middle of the movement from row `begin` to row `end`.

    For the beginning of a movement, pass everything in reverse order.
    """
    lasts_s, range_ = abs(times[end] - times[begin]), abs(values[end] - values[begin])
    moment_s = min(LAST_S, LAST_SHARE * lasts_s)
    if abs(times[-1] - times[end]) > TAIL_S or abs(values[end] - values[-1]) > CAME_BACK * range_:
        return False
    # Up to the middle of what follows the extreme, since within a hold the extreme is due to noise.
    after = np.abs(times - times[end]) <= abs(times[-1] - times[end]) / 2
    before = np.abs(times - times[end]) <= max(moment_s, abs(times[end] - times[end - 1]))
    last = np.where(np.arange(len(times)) <= end, before, after)
    speed = abs(np.polyfit(times[last], values[last], 1)[0])
    return bool(speed > CONTINUES * range_ / lasts_s)


def _ordered(start: float, end: float, turn: float) -> tuple[float, float]:
    """Start and end of a turn; without a pause, extrapolated times may cross and are replaced by one time."""
    if start <= end:
        return start, end
    middle = (start + end) / 2 if abs(start - end) < 0.4 else turn
    return middle, middle
