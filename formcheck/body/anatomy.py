"""From the points the pose model was taught to the centres of the joints: one fixed correction for everybody.

BlazePose learned from hand labels on the skin: its shoulder lies above the centre of the joint, its hip in front of and
below the femoral head (in the groin), its ear in front of the ear's middle. Angles are meant between joint centres, so
the three are shifted by fixed shares of the trunk length, in directions that move with the body. The shares were
measured on rendered people with known skeletons (two bodies, ten clips: hinges, split squats and hip thrusts agree in
sign everywhere and within some 2 per cent of the trunk); they are rounded, and left out for knees and feet, whose points
lie within 3 per cent.
"""

from __future__ import annotations

import numpy as np

from formcheck.body.types import Array
from formcheck.geometry import unit
from formcheck.skeleton import SIDES, joint

#: Shoulder: this share of the trunk down along the trunk.
SHOULDER_DOWN = 0.055
#: Hip: up along the trunk, back from the trunk, up along the thigh, back from the thigh.
HIP_UP_TRUNK, HIP_BACK_TRUNK, HIP_UP_THIGH, HIP_BACK_THIGH = 0.015, 0.02, 0.03, 0.04
#: Ear: back from the trunk.
EAR_BACK = 0.06


def to_joint_centres(points: Array, forward: int, trunk: float) -> Array:
    """Shift shoulders, hips and ears of (F, J, 2) landmarks; `forward` as in `View`, `trunk` in pixels.

    Points stay where they are in frames in which the direction of trunk or thigh is not known.
    """
    out: Array = points.copy()
    for side in SIDES:
        shoulder, hip, knee, ear = (joint(name, side) for name in ("shoulder", "hip", "knee", "ear"))
        up = _direction(points[:, shoulder] - points[:, hip])
        thigh_up = _direction(points[:, hip] - points[:, knee])
        back, thigh_back = _left_of(up) * forward, _left_of(thigh_up) * forward
        out[:, shoulder] -= trunk * SHOULDER_DOWN * up
        out[:, ear] += trunk * EAR_BACK * back
        out[:, hip] += trunk * (HIP_UP_TRUNK * up + HIP_BACK_TRUNK * back)
        out[:, hip] += trunk * (HIP_UP_THIGH * thigh_up + HIP_BACK_THIGH * thigh_back)
    return out


def _direction(vectors: Array) -> Array:
    """(F, 2) unit vectors; zero, which shifts nothing, where the direction is not known."""
    return np.nan_to_num(unit(vectors))


def _left_of(direction: Array) -> Array:
    """Turn a picture direction by 90 degrees so that "up" becomes "left": the back of a lifter facing right."""
    return np.stack([direction[:, 1], -direction[:, 0]], axis=1)
