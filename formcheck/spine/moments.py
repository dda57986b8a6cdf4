"""A quantity at a moment of a rep: the middle of the frames that belong to it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.body.types import Series

Mask = NDArray[np.bool_]

#: Share of the marked frames in which a quantity must be known.
LEAST_KNOWN = 0.5


def median_at(series: Series, mask: Mask) -> tuple[float, float]:
    """Median value and sd over the marked frames; NaN where it is known in too few of them."""
    values = series.values[mask]
    known = np.isfinite(values) & series.known[mask]
    if not mask.any() or known.mean() < LEAST_KNOWN:
        return float("nan"), float("nan")
    middle = float(np.median(values[known]))
    # Errors of an outline last through the moment, so their average is no smaller; scatter comes on top.
    scatter = float(np.median(np.abs(values[known] - middle)))
    return middle, float(np.hypot(np.median(series.sd[mask][known]), scatter))
