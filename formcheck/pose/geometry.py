"""Geometry of landmarks: vectors, angles, midpoints, medians and the length of the trunk."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.skeleton import SIDES, joint

Array = NDArray[np.float64]
Degrees = TypeVar("Degrees", float, Array)

#: Percentile of the observed trunk lengths that is used: turned out of the picture's plane it looks shorter, never longer.
TRUNK_PERCENTILE = 70.0


def unit(vectors: Array) -> Array:
    """(..., D) unit vectors; zero and NaN stay as they are."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def middle(left: Array, right: Array) -> Array:
    """Midpoint of both sides; the known one where the other is NaN."""
    both = (left + right) / 2
    return np.asarray(np.where(np.isnan(both), np.fmax(left, right), both))


def angle_between(first: Array, second: Array) -> Array:
    """Angle between two (N, 2) vectors, degrees, 0-180."""
    cross = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return np.asarray(np.degrees(np.arctan2(np.abs(cross), (first * second).sum(axis=1))))


def wrapped(degrees: Degrees) -> Degrees:
    """An angle as -180 to 180 degrees."""
    return (degrees + 180) % 360 - 180


def from_segment(points: Array, a: Array, b: Array) -> Array:
    """(N, 2) vectors from the nearest point of the segment a-b to (N, 2) points; `a` and `b` are (2,) or (N, 2)."""
    line = b - a
    length = np.maximum((line**2).sum(axis=-1), 1e-9)
    share = np.clip(((points - a) * line).sum(axis=1) / length, 0.0, 1.0)
    return np.asarray(points - (a + share[:, None] * line))


def known_median(values: Array) -> Array:
    """(...) medians along the first axis of (N, ...) values, ignoring NaN; NaN where all are, or without any.

    Like `np.nanmedian`, but much faster for a few points.
    """
    if not len(values):
        return np.full(values.shape[1:], np.nan)
    ordered = np.sort(values, axis=0)  # NaN comes last
    if not np.isnan(ordered[-1]).any():
        return np.asarray((ordered[(len(values) - 1) // 2] + ordered[len(values) // 2]) / 2)
    count = (~np.isnan(values)).sum(axis=0, keepdims=True)
    low, high = (np.take_along_axis(ordered, place, axis=0)[0] for place in (np.maximum(count - 1, 0) // 2, count // 2))
    return np.asarray((low + high) / 2)


def trunk_length(points: Array) -> float:
    """Length of the trunk (shoulder to hip) of one lifter with (S, J, 2) points, pixels; NaN if never seen."""
    lengths = [np.linalg.norm(points[:, joint("shoulder", side)] - points[:, joint("hip", side)], axis=1) for side in SIDES]
    both = np.concatenate(lengths)
    return float(np.nanpercentile(both, TRUNK_PERCENTILE)) if np.isfinite(both).any() else float("nan")


#: The segments whose lengths tell whether a pose is possible.
SEGMENTS = (("shoulder", "hip"), ("hip", "knee"), ("knee", "ankle"))


def segment_lengths(points: Array) -> Array:
    """(S, 3) lengths of trunk, thigh and shank between the middles of both sides, pixels, from (S, J, 2) points."""
    at = {name: middle(*(points[:, joint(name, side)] for side in SIDES)) for pair in SEGMENTS for name in pair}
    return np.stack([np.linalg.norm(at[a] - at[b], axis=1) for a, b in SEGMENTS], axis=1)


def trunk_scale(points: Array) -> float:
    """`trunk_length` as a divisor: at least 1 pixel, also if the trunk is never seen."""
    return float(np.fmax(trunk_length(points), 1.0))


#: Hip angle of a lifter who stands or lies straight, degrees; in a leg press it reaches about 120.
STRAIGHT_DEG = 145.0


def on_its_side(points: Array) -> bool:
    """Whether (S, J, 2) points of one lifter come from a picture rotated by 90 degrees: shanks horizontal, feet vertical.

    In 83 labelled clips, upright and rotated both ways, the measure is below -12 % of the body's extent in every upright one
    and above 3 % in every rotated one. Feet on a bench, push-ups and kneeling look rotated too, so combine it with other
    evidence.
    """
    across = np.zeros(len(points))
    for side in SIDES:
        shank = np.abs(points[:, joint("knee", side)] - points[:, joint("ankle", side)])
        foot = np.abs(points[:, joint("toe", side)] - points[:, joint("heel", side)])
        across += shank[:, 0] - shank[:, 1] + foot[:, 1] - foot[:, 0]
    known = across[np.isfinite(across)]
    return bool(len(known) and np.median(known) > 0)


#: Upside down, the knees are below the feet by at least the first share of the body's extent, and knees and shoulders together
#: by the second (see `upside_down`).
KNEES_BELOW, BODY_BELOW = 0.04, 0.2


def upside_down(points: Array) -> bool:
    """Whether (S, J, 2) points of one lifter come from a picture that is upside down: the feet are above the knees, and above
    knees and shoulders together.

    In 84 labelled clips, upright and turned over, the ankles are at least 8 % of the body's extent below the knees (a rear
    foot on a bench), and 24 % below knees and shoulders together (lying).
    """
    shoulders, knees, ankles = (
        middle(*(points[:, joint(name, side), 1] for side in SIDES)) for name in ("shoulder", "knee", "ankle")
    )
    known = np.isfinite(shoulders + knees + ankles)
    if not known.any():
        return False
    extents = np.maximum(np.nanmax(points[known], axis=1) - np.nanmin(points[known], axis=1), 1e-9).max(axis=1)
    below_knees, below_shoulders = (
        float(np.median((ankles - other)[known] / extents)) for other in (knees, shoulders)
    )
    return below_knees < -KNEES_BELOW and below_knees + below_shoulders < -BODY_BELOW


def stretches_out(points: Array) -> bool:
    """Whether the lifter with (S, J, 2) points is ever straight from shoulder to knee.

    So in every lift on the feet and at the top of a thrust, but not in a leg press.
    """
    hips = []
    for side in SIDES:
        shoulder, hip, knee = (points[:, joint(name, side)] for name in ("shoulder", "hip", "knee"))
        hips.append(angle_between(shoulder - hip, knee - hip))
    known = np.array(hips)[np.isfinite(hips)]
    return bool(len(known) and np.percentile(known, 90) > STRAIGHT_DEG)
