"""How far the front edge of the trunk bows outwards between the crease of the hip and the chest.

An arched lower back tips the ribs away from the pelvis: the front edge, straight or hollow in a plain lockout, bows out.
A curvature needs neither the hip point nor the thigh, so it does not share the errors of the hip's extension.
"""

from __future__ import annotations

import numpy as np

from formcheck.body.types import Array
from formcheck.spine.contour import STATIONS

#: The part of the edge the bow is laid through: above the fold of the hip, below the root of the neck.
FIRST, LAST = 0.20, 0.90
#: Belly and chest must each be known on this share of their part, or the bow is a guess.
BELLY, CHEST, LEAST_PART = (0.20, 0.45), (0.60, 0.90), 0.5
#: Error of the edge, trunk lengths; as for the back, neighbouring stations share it, so that every fourth counts.
EDGE_SD, EDGE_RUN = 0.006, 4.0
#: No trunk bows farther than this either way, degrees: something else stands in front of it.
FARTHEST_BOW = 90.0


def front_bow(edge: Array) -> tuple[float, float]:
    """Degrees by which a front edge turns outwards between `FIRST` and `LAST`, with the error of the edge.

    `edge` is (K,) `d` at `STATIONS`, NaN where hidden. Positive = bowed outwards; NaN when too little is seen.
    """
    nothing = (float("nan"), float("nan"))
    known = np.isfinite(edge)
    for first, last in (BELLY, CHEST):
        if known[_within(first, last)].mean() < LEAST_PART:
            return nothing
    used = known & _within(FIRST, LAST)
    x = STATIONS[used] - (FIRST + LAST) / 2
    terms = np.stack([np.ones_like(x), x, x**2 / 2], axis=1)
    solution = np.linalg.lstsq(terms, edge[used], rcond=None)[0]
    noise = max(EDGE_SD, float(np.sqrt(np.mean((terms @ solution - edge[used]) ** 2))))
    curvature_sd = float(np.sqrt(np.linalg.inv(terms.T @ terms)[2, 2] * EDGE_RUN)) * noise
    bow = float(np.degrees(solution[2] * (LAST - FIRST)))
    if abs(bow) > FARTHEST_BOW:
        return nothing
    return bow, float(np.degrees(curvature_sd * (LAST - FIRST)))


def _within(first: float, last: float) -> Array:
    return np.asarray((first - 1e-9 <= STATIONS) & (last + 1e-9 >= STATIONS))
