"""When the phases of a repetition begin and end, between turning points that are known roughly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: A phase begins where the movement, extrapolated as a parabola through these two shares of the range, leaves rest:
#: rest is left smoothly, so travel grows with the square of time, and the square roots of the shares are 1 : 2.
LOW_SHARE, HIGH_SHARE = 0.06, 0.24
#: Samples this close to a turning point (share of the range) are at rest with it.
REST_SHARE = 0.06
#: The load turns this close to where the angle does, and in a phase it travels at least this share of what it does in
#: the set's longest one; it must be seen in this share of the phase.
LOAD_TURNS_WITHIN_S, LOAD_TRAVELS, LOAD_SEEN = 0.5, 0.5, 0.9


@dataclass(frozen=True)
class Signals:
    """One stretch: the angle that is counted in, and the height of the load (None where it is not known)."""

    times: Array
    angle: Array
    load: Array | None
    load_travel: float

    def load_turns(self, begin: int, end: int) -> tuple[Array, int, int] | None:
        """The load's height and the rows it turns at around two turning points of the angle; None where it is hidden, or
        lies still while the lifter moves."""
        if self.load is None:
            return None
        reach = int(np.searchsorted(self.times, self.times[0] + LOAD_TURNS_WITHIN_S))
        first, last, middle = max(0, begin - reach), min(len(self.times), end + reach + 1), (begin + end + 1) // 2
        known = np.isfinite(self.load[first:last])
        if known.mean() < LOAD_SEEN or last - first < 5:
            return None
        load = self.load.copy()
        load[first:last] = np.interp(self.times[first:last], self.times[first:last][known], load[first:last][known])
        up = 1.0 if self.angle[end] > self.angle[begin] else -1.0
        from_row = first + int(np.argmin(up * load[first:middle]))
        to_row = middle + int(np.argmax(up * load[middle:last]))
        if up * (load[to_row] - load[from_row]) < LOAD_TRAVELS * self.load_travel:
            return None
        return load, from_row, to_row


def travel(load: Array | None) -> float:
    """How far the load travels in the set, outliers aside; 0 when it is not known."""
    known = load[np.isfinite(load)] if load is not None else np.array([])
    return float(np.ptp(np.percentile(known, [5, 95]))) if len(known) else 0.0


def moves(signals: Signals, begin: int, end: int) -> tuple[float, float]:
    """When the movement between two turning points begins and when it has come to rest, seconds.

    It begins when the first of lifter and load leaves rest, and is over when the last has come to rest: near the top of
    a hip thrust the angle hardly changes and is guessed behind the very plate that is followed to half a centimetre,
    near the top of a hinge the bar hardly moves while the hips already do.
    """
    times = signals.times
    leaves, rests = _leaves_rest(times, signals.angle, begin, end), _reaches_rest(times, signals.angle, begin, end)
    load = signals.load_turns(begin, end)
    if load is None:
        return leaves, rests
    return min(leaves, _leaves_rest(times, *load)), max(rests, _reaches_rest(times, *load))


def _leaves_rest(times: Array, values: Array, begin: int, end: int) -> float:
    """When the movement from row `begin` (a turning point, at rest) to row `end` begins, seconds."""
    part = slice(begin, end + 1)
    rest = _rest_level(values, begin, abs(values[end] - values[begin]))
    travel = (values[part] - rest) / (values[end] - rest)
    early, late = (_last_crossing(times[part], travel, share) for share in (LOW_SHARE, HIGH_SHARE))
    return float(np.clip(2 * early - late, times[begin], early))


def _reaches_rest(times: Array, values: Array, begin: int, end: int) -> float:
    """When the movement from row `begin` to row `end` (a turning point) has come to rest, seconds."""
    part = slice(begin, end + 1)
    rest = _rest_level(values, end, abs(values[end] - values[begin]))
    travel = ((values[part] - rest) / (values[begin] - rest))[::-1]
    backwards = -times[part][::-1]
    early, late = (_last_crossing(backwards, travel, share) for share in (LOW_SHARE, HIGH_SHARE))
    return -float(np.clip(2 * early - late, backwards[0], early))


def _rest_level(values: Array, turn: int, travel: float) -> float:
    """Value of the signal at rest around a turning point: the turning point itself is the extreme of its noise."""
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
