"""Lines and lengths of points in the picture or in space, as several stages need them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.skeleton import SIDES, joint

Array = NDArray[np.float64]

#: Which of the lengths seen is the trunk's: what turns out of the picture's plane looks shorter, never longer.
TRUNK_PERCENTILE = 70.0


def unit(vectors: Array) -> Array:
    """(..., D) vectors of length one; zero stays zero, and NaN stays NaN."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def middle(left: Array, right: Array) -> Array:
    """The middle between both sides' points; the one of them that is known where the other is not."""
    both = (left + right) / 2
    return np.asarray(np.where(np.isnan(both), np.fmax(left, right), both))


def trunk_length(points: Array) -> float:
    """Length of the trunk, shoulder to hip, when it is seen least foreshortened: of (S, J, 2) points of one lifter, both
    sides; pixels. NaN where it is never seen."""
    lengths = [np.linalg.norm(points[:, joint("shoulder", side)] - points[:, joint("hip", side)], axis=1) for side in SIDES]
    both = np.concatenate(lengths)
    return float(np.nanpercentile(both, TRUNK_PERCENTILE)) if np.isfinite(both).any() else float("nan")


def trunk_scale(points: Array) -> float:
    """`trunk_length` to divide by: at least 1 pixel, and 1 where the trunk is never seen."""
    return float(np.fmax(trunk_length(points), 1.0))
