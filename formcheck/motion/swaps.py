"""Left and right exchanged by the pose model: found over time and put back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.types import Array
from formcheck.skeleton import SYMMETRY, Joint, joint

#: Groups of paired points that a model exchanges together.
GROUPS = (("hip", "knee", "ankle", "heel", "toe"), ("shoulder", "elbow", "wrist", "hand"), ("eye", "ear"))
#: Cost of changing between "as is" and "exchanged" from one sample to the next, in trunk lengths of summed movement.
CHANGE_COST = 1.0


def repair_swaps(points: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Exchange left and right back where that makes the movement continuous.

    Args:
        points: (S, J, 2) pixels; NaN where missing.

    Returns:
        (S, J, 2) repaired points, and (S, len(GROUPS)) which group was exchanged in which sample.
    """
    repaired = points.copy()
    swapped = np.zeros((len(points), len(GROUPS)), dtype=bool)
    scale = _trunk(points)
    for number, group in enumerate(GROUPS):
        left = np.array([joint(name, "left") for name in group])
        right = np.array([joint(name, "right") for name in group])
        states = _exchanged(points[:, left] / scale, points[:, right] / scale)
        rows = np.flatnonzero(states)[:, None]
        swapped[rows[:, 0], number] = True
        repaired[rows, left], repaired[rows, right] = points[rows, right], points[rows, left]
    return repaired, swapped


def exchange(values: Array, swapped: NDArray[np.bool_]) -> Array:
    """Exchange left and right rows of (S, J, ...) values in the groups and samples marked by `repair_swaps`."""
    out = values.copy()
    for number, group in enumerate(GROUPS):
        rows = np.flatnonzero(swapped[:, number])
        for left, right in SYMMETRY:
            if left in (joint(name, "left") for name in group):
                out[rows, left], out[rows, right] = values[rows, right], values[rows, left]
    return out


def _exchanged(left: Array, right: Array) -> NDArray[np.bool_]:
    """The cheapest series of keep/exchange decisions (dynamic programming); the fewer exchanges win a tie."""
    count = len(left)
    pairs = (np.concatenate([left, right], axis=1), np.concatenate([right, left], axis=1))
    best = np.array([0.0, 0.01])
    back = np.zeros((count, 2), dtype=np.int64)
    for i in range(1, count):
        move = np.array([[_movement(pairs[a][i - 1], pairs[b][i]) for b in (0, 1)] for a in (0, 1)])
        cost = best[:, None] + move + CHANGE_COST * np.array([[0, 1], [1, 0]])
        back[i] = np.argmin(cost, axis=0)
        best = cost.min(axis=0) + np.array([0.0, 1e-4])
    states = np.zeros(count, dtype=np.int64)
    states[-1] = int(np.argmin(best))
    for i in range(count - 1, 0, -1):
        states[i - 1] = back[i, states[i]]
    return np.asarray(states == 1)


def _movement(before: Array, after: Array) -> float:
    steps = np.linalg.norm(after - before, axis=1)
    steps = steps[np.isfinite(steps)]
    return float(np.minimum(steps, 1.0).sum())


def _trunk(points: Array) -> float:
    hip = (points[:, Joint.LEFT_HIP] + points[:, Joint.RIGHT_HIP]) / 2
    shoulder = (points[:, Joint.LEFT_SHOULDER] + points[:, Joint.RIGHT_SHOULDER]) / 2
    length = float(np.nanmedian(np.linalg.norm(shoulder - hip, axis=1)))
    return max(length, 1.0)
