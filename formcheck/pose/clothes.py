"""The colours of a person's clothes, which tell people apart who pass in front of or behind each other."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import SIDES, joint

#: Where colours are taken: shares of the way from the middle of the shoulders to that of the hips, and of both thighs.
ON_TRUNK, ON_THIGH = (0.3, 0.65), 0.5
PLACES = len(ON_TRUNK) + 1
#: Half the side of the square of which a colour is the mean, share of the trunk's length.
HALF_SIDE = 0.06
#: Light counts by this share: it changes with shadows and folds, hue hardly does.
LIGHT = 0.4


def clothes_of(picture: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(PLACES, 3) colours (CIELAB, with little weight on the light) of a person with (J, 2) `points` in an RGB picture.

    NaN where the place is unknown or outside the picture.
    """
    shoulder, hip = (points[[joint(name, side) for side in SIDES]].mean(axis=0) for name in ("shoulder", "hip"))
    thighs = [points[joint("hip", side)] * (1 - ON_THIGH) + points[joint("knee", side)] * ON_THIGH for side in SIDES]
    half = max(1, round(HALF_SIDE * float(np.nan_to_num(np.linalg.norm(shoulder - hip)))))
    trunk = [_colour(picture, shoulder * (1 - share) + hip * share, half) for share in ON_TRUNK]
    return np.array([*trunk, np.mean([_colour(picture, place, half) for place in thighs], axis=0)])


def clothes_differ(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Mean distance of two (PLACES, 3) clothes at the two places that differ least, since arms and plates cover some.

    Equal colours have 0, red and green over 100; NaN if fewer than two places are known of both.
    """
    return float(np.sort(np.linalg.norm(one - other, axis=1))[:2].mean())


def _colour(picture: NDArray[np.uint8], place: NDArray[np.float64], half: int) -> NDArray[np.float64]:
    if not np.isfinite(place).all():
        return np.full(3, np.nan)
    column, row = np.floor(place).astype(int)
    part = picture[max(0, row - half) : row + half + 1, max(0, column - half) : column + half + 1]
    if row + half < 0 or column + half < 0 or part.size == 0:
        return np.full(3, np.nan)
    mean = part.reshape(-1, 3).mean(axis=0).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(mean[None, None], cv2.COLOR_RGB2LAB)[0, 0] * [LIGHT, 1.0, 1.0], np.float64)
