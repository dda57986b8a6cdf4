"""From the points that a pose model gives to the centres of the joints: the fixed shifts of its calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formcheck.body.types import Array
from formcheck.geometry import unit
from formcheck.pose.calibration import Shift
from formcheck.skeleton import SIDES, joint


def to_joint_centres(points: Array, shifts: Sequence[Shift], forward: int, trunk: float) -> Array:
    """Shift (F, J, 2) points of both sides; `forward` as in `View`, `trunk` in pixels.

    Points stay where they are in frames in which the direction of the segment that they move with is not known.
    """
    out: Array = points.copy()
    for side in SIDES:
        shoulder, hip, knee = (points[:, joint(name, side)] for name in ("shoulder", "hip", "knee"))
        up = {"trunk": _direction(shoulder - hip), "thigh": _direction(hip - knee)}
        for shift in shifts:
            along, across = up[shift.segment], _left_of(up[shift.segment]) * forward
            out[:, joint(shift.part, side)] += trunk * (shift.up * along + shift.back * across)
    return out


def _direction(vectors: Array) -> Array:
    """(F, 2) unit vectors; zero, which shifts nothing, where the direction is not known."""
    return np.nan_to_num(unit(vectors))


def _left_of(direction: Array) -> Array:
    """Turn a picture direction by 90 degrees so that "up" becomes "left": the back of a lifter facing right."""
    return np.stack([direction[:, 1], -direction[:, 0]], axis=1)
