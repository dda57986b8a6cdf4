"""From which side the camera sees the lifter, and which way the lifter faces."""

from __future__ import annotations

import numpy as np

from formcheck.body.types import Array, View
from formcheck.geometry import trunk_scale
from formcheck.pose.calibration import Calibration
from formcheck.skeleton import SIDES, Joint, Side, joint, other_side

#: Views this far from side-on lose nothing, and views that far show too little of the sagittal plane, degrees. At 38
#: degrees (quality 0.5) a trunk leaning 45 degrees looks as if it leaned 38: as much as the rules' margins.
SIDE_ON_DEG, TOO_OBLIQUE_DEG = 20.0, 55.0
#: Standard deviation of the yaw (rendered clips filmed exactly from the side read -8 to 5 degrees); views within twice
#: that are not corrected.
YAW_SD_DEG = 5.0
MOST_CORRECTED_DEG = 40.0
#: A share of votes beyond this overrules what the user said about the side (a wrong word must not mirror all angles).
SURE = 0.6


def find_view(
    points: Array, visibility: Array, world: Array, calibration: Calibration, side: Side | None = None
) -> View:
    """Near side, facing, yaw and quality of the view from (S, J, ...) landmarks of a pose model.

    Every vote on the facing is a turning direction of the body that does not depend on how it lies in the picture: knees
    and hips bend one way only, toes point forward from the shin, the nose lies in front of the ears. Seen from the
    lifter's right side these turns run one way, seen from the left the other, standing as well as lying; so facing right
    in the picture means that the right side is near.
    """
    vote = facing_vote(points, visibility)
    facing: Side = "right" if vote >= 0 else "left"
    if side is not None and abs(vote) < SURE:
        facing = side
    near: Side = side or facing
    widths = (calibration.shoulder_width, calibration.hip_width)
    signs = yaw_estimates(points, world, widths, near, 1 if facing == "right" else -1)
    yaw = float(np.median(signs)) if signs else float("nan")
    quality = 0.5 if np.isnan(yaw) else (TOO_OBLIQUE_DEG - abs(yaw)) / (TOO_OBLIQUE_DEG - SIDE_ON_DEG)
    return View(near, facing, yaw, float(np.clip(quality, 0.0, 1.0)), sagittal_stretch(agreed(signs)))


def yaw_estimates(
    points: Array, world: Array, widths: tuple[float, float], near: str, forward: int
) -> list[float]:
    """How far the camera is from side-on, degrees, positive towards the lifter's front; empty when nothing was seen.

    Four estimates, each good to some 10 degrees and wrong in another situation: the direction of the line through both
    shoulders and through both hips in the model's metric landmarks ((S, J, 3), `world`), and how far apart the two look in
    the picture compared with the trunk (`widths` of shoulders and hips, in trunk lengths). Judged by eye on 39 real clips, and
    on rendered ones with a known yaw of 0 (their median is within 8 degrees); a plate in front of a shoulder can mislead the
    median by 25.
    """
    far = other_side(near)
    trunk = trunk_scale(points)
    estimates = []
    for name, width in zip(("shoulder", "hip"), widths, strict=True):
        ours, theirs = joint(name, near), joint(name, far)
        across = world[:, theirs] - world[:, ours]
        estimates.append(np.degrees(np.arctan2(forward * across[:, 0], across[:, 2])))
        apart = forward * (points[:, theirs, 0] - points[:, ours, 0]) / (width * trunk)
        estimates.append(np.degrees(np.arcsin(np.clip(apart, -1, 1))))
    return [float(np.median(e[np.isfinite(e)])) for e in estimates if np.isfinite(e).any()]


def agreed(yaws: list[float]) -> float:
    """The yaw that all estimates reach at least; 0 when they disagree on its direction.

    What is corrected must be certain: a correction for a yaw that is not there costs as much as one that is left out.
    """
    if not yaws or min(yaws) * max(yaws) <= 0:
        return 0.0
    return min(yaws, key=abs)


def sagittal_stretch(yaw_deg: float) -> float:
    """What undoes the shortening of level distances in the sagittal plane; 1 when the view is side-on.

    Views beyond `MOST_CORRECTED_DEG`, in which nothing is judged, are stretched as that one.
    """
    if abs(yaw_deg) < 2 * YAW_SD_DEG:
        return 1.0
    return float(1 / np.cos(np.radians(min(abs(yaw_deg), MOST_CORRECTED_DEG))))


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
