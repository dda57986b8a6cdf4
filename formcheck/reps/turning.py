"""The turning points of a signal: where it stops rising and falls, or the other way round."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.reps.types import Phase

Array = NDArray[np.float64]

#: Who comes less than this share of the way home between two turns has bounced, or tried twice, in one repetition.
HALF_HOME = 0.5


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


def one_turn_each(values: Array, pivots: list[int], first: Phase) -> list[int]:
    """The turning points without those at which the lifter turns back far from home: a bottom (or a top, where lifts begin
    below) reached in two goes is one turn. The least of them are taken out first."""
    home_high = first == "eccentric"
    up = values if home_high else -values
    while True:
        shares = [_share_home(up, pivots, place, home_high) for place in range(1, len(pivots) - 1)]
        if not min(shares, default=1.0) < HALF_HOME:
            return pivots
        place = 1 + int(np.argmin(shares))
        shallower = place - 1 if up[pivots[place - 1]] > up[pivots[place + 1]] else place + 1
        pivots = [pivot for number, pivot in enumerate(pivots) if number not in (place, shallower)]


def _share_home(up: Array, pivots: list[int], place: int, home_high: bool) -> float:
    """How far the lifter comes home at an inner turning point, as a share of the way from the nearer turn beside it; 1 where
    it is itself a turn, or where the lift it belongs to would be lost without it. `up` is large at home."""
    here = up[pivots[place]]
    turns = up[pivots[place - 1]], up[pivots[place + 1]]
    lift_goes_on = place + 2 < len(pivots) if home_high else place >= 2
    if here < max(turns) or not lift_goes_on:
        return 1.0
    homes = [up[pivots[number]] for number in (place - 2, place + 2) if 0 <= number < len(pivots)]
    return float((here - max(turns)) / max(min(homes) - max(turns), 1e-6))
