"""From a model's soft mask of a person to the outline around it."""

from __future__ import annotations

import contourpy
import cv2
import numpy as np
from numpy.typing import NDArray

#: Longest side of the mask that is kept of a picture: networks give masks of some 256 x 256 pixels.
MASK_SIZE = 384
#: Pieces of the outline smaller than this share of its largest piece are specks.
SPECK_SHARE = 0.01


def outline_of(mask: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Closed curves, each (K, 2), where a soft mask of (height, width) values 0-1 crosses 0.5: in pixels of the mask as
    given, sub-pixel."""
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
