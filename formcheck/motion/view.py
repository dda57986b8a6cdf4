"""From which side the camera sees the lifter, and which way the lifter faces."""

from __future__ import annotations

import numpy as np

from formcheck.motion.types import Array, Side, View
from formcheck.skeleton import SIDES, Joint, joint

#: A share of votes beyond this overrules what the user said about the side (a wrong word must not mirror all angles).
SURE = 0.6


def find_view(points: Array, visibility: Array, side: Side | None = None) -> View:
    """Near side and facing from (S, J, 2) landmarks and their (S, J) visibility.

    Every vote is a turning direction of the body that does not depend on how it lies in the picture: knees and hips
    bend one way only, toes point forward from the shin, the nose lies in front of the ears. Seen from the lifter's
    right side these turns run one way, seen from the left the other, standing as well as lying; so facing right in the
    picture means that the right side is near.
    """
    vote = facing_vote(points, visibility)
    facing: Side = "right" if vote >= 0 else "left"
    if side is not None and abs(vote) < SURE:
        facing = side
    return View(side=side or facing, facing=facing, yaw_deg=float("nan"), quality=1.0)


def facing_vote(points: Array, visibility: Array) -> float:
    """Share of votes for facing right minus the share for facing left, -1..1."""
    total = weight = 0.0
    hip_middle, shoulder_middle = (
        (points[:, joint(name, "left")] + points[:, joint(name, "right")]) / 2 for name in ("hip", "shoulder")
    )
    trunk = shoulder_middle - hip_middle
    unit = np.linalg.norm(trunk, axis=1) ** 2 + 1e-9
    turns: list[tuple[Array, Array]] = []
    for leg in SIDES:
        hip, knee, ankle, heel, toe = (points[:, joint(n, leg)] for n in ("hip", "knee", "ankle", "heel", "toe"))
        seen = np.minimum(visibility[:, joint("knee", leg)], visibility[:, joint("ankle", leg)])
        turns.append((_cross(knee - hip, ankle - knee) / unit, seen))
        turns.append((-3 * _cross(ankle - knee, toe - heel) / unit, seen))
        turns.append((_cross(trunk, knee - hip) / unit, seen))
    ears = (points[:, Joint.LEFT_EAR] + points[:, Joint.RIGHT_EAR]) / 2
    turns.append((8 * _cross(trunk, points[:, Joint.NOSE] - ears) / unit, visibility[:, Joint.NOSE]))
    for turn, seen in turns:
        usable = np.isfinite(turn)
        total += float(np.sum(np.clip(turn[usable], -1, 1) * seen[usable]))
        weight += float(np.sum(np.abs(np.clip(turn[usable], -1, 1)) * seen[usable]))
    return total / weight if weight > 0 else 0.0


def _cross(a: Array, b: Array) -> Array:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
