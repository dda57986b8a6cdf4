"""What the camera could see of each joint: the model's word, the edge of the picture, and the plate in front of it.

What the model's word is worth its calibration says. The plate tells most: what lies behind it is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.body.swaps import exchange
from formcheck.body.types import Array
from formcheck.pose.calibration import Calibration
from formcheck.skeleton import JOINT_COUNT, SYMMETRY, other_side

#: A joint lies behind the plate within this share of its radius, and is free of it outside the larger one.
COVERED_WITHIN, FREE_BEYOND = 0.9, 1.05
#: The picture's edge hides what lies outside it; a joint this share of the picture inside it is fully seen.
EDGE = 0.01


@dataclass(frozen=True)
class PlateCover:
    """The near plate, which hides the joints behind it, on the frames of the body built without it.

    `center` (F, 2) and `radius` (F,) in pixels; NaN where the plate was not seen.
    """

    center: Array
    radius: Array


def free_of_plate(points: Array, center: Array, radius: Array) -> Array:
    """(S, J) how far (S, J, 2) points are not behind the plate, 0-1; 1 where the plate was not seen."""
    away = np.linalg.norm(points - center[:, None], axis=2) / radius[:, None]
    free = (away - COVERED_WITHIN) / (FREE_BEYOND - COVERED_WITHIN)
    return np.asarray(np.nan_to_num(np.clip(free, 0.0, 1.0), nan=1.0))


def inside_picture(points: Array, width: int, height: int) -> Array:
    """(S, J) how far (S, J, 2) points lie inside the picture, 0-1."""
    size = np.array([width, height], dtype=np.float64)
    inside = np.minimum(points, size - points).min(axis=2) / (EDGE * size.max())
    return np.asarray(np.nan_to_num(np.clip(0.5 + inside / 2, 0.0, 1.0)))


def said_visible(visibility: Array, near: str, swapped: NDArray[np.bool_], calibration: Calibration) -> Array:
    """(S, J) how far the model's (S, J) visibility lets each point be believed, 0-1.

    In samples whose legs it confused (`swapped` as `repair_swaps` says) its word is about the other leg: there the
    better of the two counts.
    """
    enough = np.full(JOINT_COUNT, calibration.seen_near)
    far = other_side(near).upper()
    enough[[point for pair in SYMMETRY for point in pair if point.name.startswith(far)]] = calibration.seen_far
    best = np.maximum(visibility, exchange(visibility, np.ones_like(swapped)))
    confused = np.asarray(swapped.any(axis=1))
    said = np.where(confused[:, None], best, visibility)
    return np.asarray(np.clip(said / enough, 0.0, 1.0))
