"""`Keypoints`: what every file of another tool is read as."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Keypoints:
    """N frames of K named points.

    Attributes:
        tool: what the file is, for the record.
        names: of the points.
        points: (N, K, 2) pixels, x right, y down; NaN where there is none.
        confidence: (N, K) 0-1; None where the file does not tell.
        frames: (N,) numbers of the frames in the clip, from 0; None: they follow from `times`.
        times: (N,) seconds of the file as it plays; None: they follow from `frames`.
    """

    tool: str
    names: tuple[str, ...]
    points: Array
    confidence: Array | None = None
    frames: NDArray[np.int64] | None = None
    times: Array | None = None


def lifter_among(points: Array) -> int:
    """Which of the individuals in (I, N, K, 2) points is taken for the lifter: large, and there for most of the clip.

    Raises:
        ValueError: none of them has a point.
    """
    known: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=3))  # (I, N, K)
    there = known[..., np.newaxis]
    spans = np.where(there, points, -np.inf).max(axis=2) - np.where(there, points, np.inf).min(axis=2)
    sizes = np.where(known.sum(axis=2) >= 2, np.maximum(spans.max(axis=2), 0.0), np.nan)  # (I, N) pixels
    seen = np.isfinite(sizes).mean(axis=1)
    if not seen.any():
        raise ValueError("no individual has two keypoints in one frame")
    typical = np.array([np.nanmedian(size) if share else 0.0 for size, share in zip(sizes, seen, strict=True)])
    return int(np.argmax(typical * seen))
