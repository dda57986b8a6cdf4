"""Bend of the back in degrees: two arcs, lumbar and thoracic, laid through the back-side edge of the trunk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.body.types import Array
from formcheck.spine.contour import STATIONS

#: The part of the edge the arcs are laid through: below it the buttock, which turns with the thigh, above it the neck.
FIRST, LAST = 0.05, 0.95
#: Where the lumbar arc ends and the thoracic begins: the middle. Rendered people with known bend allow 0.40 to 0.55 (they
#: differ by less than 2 degrees); the thoraco-lumbar junction lies a little below the middle of a back.
JUNCTION = 0.50
#: Share of the edge that must be known on each arc before its bend is given.
LEAST_ARC = 0.4
#: Error of the edge itself, trunk lengths: the network's mask has about 60 pixels a trunk. Neighbouring stations share
#: it, so that only every fourth counts.
EDGE_SD, EDGE_RUN = 0.006, 4.0
#: What cannot be seen in the edge (skin and muscle sliding over the spine), degrees: the error left on rendered truth.
MODEL_SD = 3.0

_USED = (STATIONS >= FIRST - 1e-9) & (STATIONS <= LAST + 1e-9)


@dataclass(frozen=True)
class Bend:
    """Degrees of the part that was seen, positive = flexion (rounded outwards); `visible` 0-1 is the known share."""

    lumbar: float
    lumbar_sd: float
    thoracic: float
    thoracic_sd: float
    visible: float


def fit_bend(edge: Array) -> Bend:
    """Lay two joined arcs through a back edge: (K,) `d` at `STATIONS`, NaN where hidden.

    The arcs share point and direction at the junction; stray points weigh less (Huber). An arc that is seen too little
    has a bend of NaN.
    """
    known = _USED & np.isfinite(edge)
    visible = float(known.sum() / _USED.sum())
    lower = STATIONS < JUNCTION
    shares = [(known & part).sum() / (_USED & part).sum() for part in (lower, ~lower)]
    if min(shares) < LEAST_ARC:
        return Bend(np.nan, np.nan, np.nan, np.nan, visible)
    s, d = STATIONS[known], edge[known]
    x = s - JUNCTION
    terms = np.stack([np.ones_like(x), x, np.where(x < 0, x**2 / 2, 0), np.where(x >= 0, x**2 / 2, 0)], axis=1)
    weight = np.ones_like(x)
    for _ in range(4):
        root = np.sqrt(weight)
        solution = np.linalg.lstsq(terms * root[:, None], d * root, rcond=None)[0]
        residual = np.abs(terms @ solution - d)
        knee = max(EDGE_SD, 1.5 * float(np.median(residual)))
        weight = np.minimum(1.0, knee / np.maximum(residual, 1e-12))
    noise = max(EDGE_SD, float(np.sqrt(np.average(residual**2, weights=weight))))
    covariance = np.linalg.inv((terms * weight[:, None]).T @ terms) * noise**2 * EDGE_RUN
    slope, low, high = solution[1:]
    # No further than it was seen: an arc continued under a hood or a plate is a guess that can be off by its whole bend.
    down, up = JUNCTION - max(0.0, s[0] - FIRST), min(1.0, s[-1] + 1 - LAST) - JUNCTION
    at_hip, at_junction = np.arctan(slope - low * down), np.arctan(slope)
    at_shoulder = np.arctan(slope + high * up)
    low_sd = np.degrees(np.sqrt(covariance[2, 2])) * down
    high_sd = np.degrees(np.sqrt(covariance[3, 3])) * up
    return Bend(
        lumbar=float(np.degrees(at_hip - at_junction)),
        lumbar_sd=float(np.hypot(low_sd, MODEL_SD)),
        thoracic=float(np.degrees(at_junction - at_shoulder)),
        thoracic_sd=float(np.hypot(high_sd, MODEL_SD)),
        visible=visible,
    )
