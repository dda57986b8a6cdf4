"""Pixels a metre: from the plate when its size makes sense for the body, from the lifter's height, or not at all."""

from __future__ import annotations

import itertools

import numpy as np

from formcheck.bar.types import UNKNOWN_SCALE, Bar, Scale
from formcheck.body.types import Array, Body

#: Shoulder to hip to knee to ankle as a share of standing height: 0.288 + 0.245 + 0.246 (segment lengths of Drillis and
#: Contini 1966 as tabulated in Winter, Biomechanics and Motor Control of Human Movement).
CHAIN_PER_HEIGHT = 0.288 + 0.245 + 0.246
#: A plate that makes the lifter shorter or taller than this (metres) is not the size it was taken for. Adults from the
#: 1st to the 99th percentile are 1.45 to 1.98 m; the rest is the error of the chain and of perspective (about 7 %).
SHORTEST_M, TALLEST_M = 1.38, 2.10
#: With the height given, the plate must agree with it within this share.
AGREEMENT = 0.15


def build_scale(
    bar: Bar | None, body: Body, plate_diameter_m: float = 0.45, height_m: float | None = None
) -> Scale:
    """Pixels a metre in the lifter's sagittal plane.

    The plate (seen nearer to the camera than the lifter; corrected by the magnification of the bar's path) is checked
    against the body's proportions, and against `height_m` when that is given. Refused, the height decides; without a
    height the scale is unknown.
    """
    chain = chain_length(body)
    by_height = chain / (CHAIN_PER_HEIGHT * height_m) if height_m is not None else float("nan")
    by_plate = _plate_scale(bar, plate_diameter_m)
    if np.isfinite(by_plate) and np.isfinite(chain):
        height = chain / by_plate / CHAIN_PER_HEIGHT
        expected = SHORTEST_M <= height <= TALLEST_M
        if height_m is not None:
            expected = abs(height / height_m - 1) < AGREEMENT
        if expected:
            return Scale(by_plate, "plate")
    return Scale(by_height, "height") if np.isfinite(by_height) else UNKNOWN_SCALE


def chain_length(body: Body) -> float:
    """Length of shoulder-hip-knee-ankle of the near side in pixels; NaN when a segment was never seen.

    A limb that points at the camera looks shorter, never longer: the long lengths are the true ones.
    """
    names = ("shoulder", "hip", "knee", "ankle")
    total = 0.0
    for a, b in itertools.pairwise(names):
        length = np.linalg.norm(body.near(a) - body.near(b), axis=1)
        if not np.isfinite(length).any():
            return float("nan")
        total += float(np.nanpercentile(length, 75))
    return total


def magnification(bar: Bar) -> float:
    """How much larger the plate's plane appears than the lifter's middle, as `bar.path` was corrected for it."""
    known = np.isfinite(bar.center[:, 0]) & np.isfinite(bar.path[:, 0])
    if known.sum() < 2:
        return float("nan")
    center, path = _spread(bar.center[known]), _spread(bar.path[known])
    return center / path if path > 1e-6 else float("nan")


def _spread(points: Array) -> float:
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum()))


def _plate_scale(bar: Bar | None, diameter_m: float) -> float:
    if bar is None or bar.source != "plate" or not np.isfinite(bar.radius).any():
        return float("nan")
    return 2 * float(np.nanmedian(bar.radius)) / diameter_m / magnification(bar)
