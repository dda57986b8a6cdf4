"""Outlines of people: from a model's segmentation mask, and their compact storage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

import contourpy
import cv2
import numpy as np
from numpy.typing import NDArray

#: Longest side of the mask that is used, pixels: models return masks of about 256 x 256.
MASK_SIZE = 384
#: Pieces smaller than this share of the largest are dropped.
SPECK_SHARE = 0.01


def outline_of(mask: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Closed curves, each (K, 2) in pixels of the mask, where a (height, width) mask of 0-1 crosses 0.5."""
    height, width = mask.shape
    scale = min(1.0, MASK_SIZE / max(height, width))
    small = mask
    if scale < 1:
        small = cv2.resize(mask, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    lines = contourpy.contour_generator(z=np.pad(small, 1)).lines(0.5)
    areas = [abs(_area(line)) for line in lines]
    largest = max(areas, default=0.0)
    factors = np.array([width / small.shape[1], height / small.shape[0]])
    # Mask values belong to pixel centres, hence the half pixel; the padding shifted everything by one.
    return [(line - 0.5) * factors for line, area in zip(lines, areas, strict=True) if area > SPECK_SHARE * largest]


def _area(line: NDArray[np.float64]) -> float:
    x, y = line[:, 0], line[:, 1]
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2


# Compact storage: a long clip has tens of thousands of outlines of a thousand points each.

Curve = NDArray[np.float32]

#: Points are stored in sixteenths of a pixel.
STEPS = 16.0


class CompactOutline(Sequence[Curve]):
    """Closed curves, each (K, 2) in pixels, stored as differences between points in sixteenths of a pixel.

    A difference usually fits in one byte, so they take a quarter of the memory.
    """

    __slots__ = ("_ends", "_first", "_moves")

    def __init__(self, points: NDArray[np.int32], lengths: NDArray[np.int64]) -> None:
        """`points`: (P, 2) of all curves one after the other, in sixteenths of a pixel; `lengths`: (C,) points of each."""
        self._first = points[:1].copy()
        moves = np.diff(points, axis=0)
        largest = int(np.abs(moves).max(initial=0))
        kind = next(kind for kind in (np.int8, np.int16, np.int32) if largest <= np.iinfo(kind).max)
        self._moves: NDArray[np.signedinteger] = moves.astype(kind)
        self._ends = tuple(np.cumsum(lengths).tolist())

    @classmethod
    def of(cls, curves: Iterable[Curve]) -> CompactOutline:
        """These curves, rounded; compact ones are returned as they are."""
        if isinstance(curves, CompactOutline):
            return curves
        kept = list(curves)
        lengths = np.array([len(curve) for curve in kept], dtype=np.int64)
        return cls(np.round(np.concatenate([np.zeros((0, 2), np.float32), *kept]) * STEPS).astype(np.int32), lengths)

    @property
    def points(self) -> NDArray[np.int32]:
        """(P, 2) points of all curves, in sixteenths of a pixel."""
        return np.asarray(np.cumsum(np.concatenate([self._first, self._moves]), axis=0, dtype=np.int32))

    @property
    def lengths(self) -> list[int]:
        """Number of points of each curve."""
        return [end - begin for begin, end in zip((0, *self._ends), self._ends, strict=False)]

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> Curve: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Curve, ...]: ...
    def __getitem__(self, index: int | slice) -> Curve | tuple[Curve, ...]:
        return tuple(self)[index]

    def __iter__(self) -> Iterator[Curve]:
        pixels = self.points.astype(np.float32) / np.float32(STEPS)
        return iter(np.split(pixels, self._ends[:-1]) if self._ends else ())
