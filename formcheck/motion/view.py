"""View of the lifter (near side, facing, view angle), and the joint and segment angles of the body."""

from __future__ import annotations

import numpy as np

from formcheck.motion.body import Array, Body, LegAngles, Series, View
from formcheck.pose.geometry import angle_between, trunk_scale, wrapped
from formcheck.pose.model import Calibration
from formcheck.pose.skeleton import SIDES, Joint, Side, joint, other_side

#: View quality is 1 up to the first angle from side-on and 0 from the second on (degrees). At 38 degrees (quality 0.5) a trunk
#: leaning 45 degrees appears to lean 38: an error as large as the rules' margins.
SIDE_ON_DEG, TOO_OBLIQUE_DEG = 20.0, 55.0
#: Standard deviation of the yaw: rendered clips filmed side-on read -8 to 5 degrees. Views within twice that are not
#: corrected.
YAW_SD_DEG = 5.0
MOST_CORRECTED_DEG = 40.0
#: A facing vote beyond this overrules the side given by the user, since a wrong side would mirror all angles.
SURE = 0.6


def find_view(
    points: Array, visibility: Array, world: Array, calibration: Calibration, side: Side | None = None
) -> View:
    """The view from (S, J, ...) landmarks of a pose model; `side` is the near side if the user gives it.

    The facing follows from how the body bends, standing or lying: knees and hips flex one way only, toes point forward, and
    the nose is in front of the ears. A lifter who faces right shows the right side.
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
    """Up to four estimates of the view angle from side-on, degrees, positive towards the lifter's front.

    Two are the directions of the shoulder and the hip line in the metric landmarks `world` (S, J, 3); two compare the distance
    of both shoulders and both hips in the picture with their `widths` (trunk lengths). Each is good to about 10 degrees and
    fails in other situations. Their median was within 8 degrees on rendered clips with a yaw of 0, and plausible on 39 real
    clips; a plate in front of a shoulder can mislead it by 25.
    """
    far = other_side(near)
    trunk = trunk_scale(points)
    estimates = []
    for name, width in zip(("shoulder", "hip"), widths, strict=True):
        near_part, far_part = joint(name, near), joint(name, far)
        across = world[:, far_part] - world[:, near_part]
        estimates.append(np.degrees(np.arctan2(forward * across[:, 0], across[:, 2])))
        apart = forward * (points[:, far_part, 0] - points[:, near_part, 0]) / (width * trunk)
        estimates.append(np.degrees(np.arcsin(np.clip(apart, -1, 1))))
    return [float(np.median(e[np.isfinite(e)])) for e in estimates if np.isfinite(e).any()]


def agreed(yaws: list[float]) -> float:
    """The smallest of the yaws, or 0 if they disagree on the direction: only the certain part is corrected."""
    if not yaws or min(yaws) * max(yaws) <= 0:
        return 0.0
    return min(yaws, key=abs)


def sagittal_stretch(yaw_deg: float) -> float:
    """Factor that undoes the foreshortening of horizontal distances in the sagittal plane; 1 when side-on.

    Constant beyond `MOST_CORRECTED_DEG`, where nothing is judged.
    """
    if abs(yaw_deg) < 2 * YAW_SD_DEG:
        return 1.0
    return float(1 / np.cos(np.radians(min(abs(yaw_deg), MOST_CORRECTED_DEG))))


def facing_vote(points: Array, visibility: Array) -> float:
    """Share of votes for facing right minus that for facing left, -1..1; see `find_view`."""
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


# Joint and segment angles of the cleaned body, with their uncertainty from its points and the view.

#: Error of the hip angle beyond the scatter of its points, degrees: from body to body the model's hip point shifts along trunk
#: and thigh (by up to 9 per cent of the trunk behind a plate). Chosen so that 95 per cent of the rendered frames lie within
#: two standard deviations.
HIP_SLIDE_SD_DEG = 3.0


def leg_angles(body: Body, side: str) -> LegAngles:
    """Angles of one leg; see `LegAngles`. NaN wherever one of the points is missing."""
    shoulder, hip, knee, ankle = (_in_plane(body, name, side) for name in ("shoulder", "hip", "knee", "ankle"))
    forward = body.view.forward
    thigh_sd = _direction_sd(body, side, "hip", "knee")
    shin_sd = _direction_sd(body, side, "knee", "ankle")
    hip_sd = np.hypot(np.hypot(_direction_sd(body, side, "shoulder", "hip"), thigh_sd), HIP_SLIDE_SD_DEG)
    signed = _turn(shoulder - hip, knee - hip, forward)
    hip_seen = body.visible(side, "shoulder", "hip", "knee")
    return LegAngles(
        hip=Series(np.minimum(signed, 360 - signed), hip_sd, hip_seen),
        hip_signed=Series(signed, hip_sd, hip_seen),
        knee=Series(
            angle_between(hip - knee, ankle - knee), np.hypot(thigh_sd, shin_sd), body.visible(side, "hip", "knee", "ankle")
        ),
        shin=Series(_from_vertical(ankle, knee, forward), shin_sd, body.visible(side, "knee", "ankle")),
        thigh=Series(_thigh_inclination(hip, knee, forward), thigh_sd, body.visible(side, "hip", "knee")),
    )


def trunk_inclination(body: Body) -> Series:
    """Hip-to-shoulder line of the near side from vertical, degrees, positive leaning forward."""
    side = body.view.side
    shoulder, hip = (_in_plane(body, name, side) for name in ("shoulder", "hip"))
    return Series(
        _from_vertical(hip, shoulder, body.view.forward),
        _direction_sd(body, side, "shoulder", "hip"),
        body.visible(side, "shoulder", "hip"),
    )


def head_angle(body: Body) -> Series:
    """Shoulder-to-ear line against the hip-to-shoulder line, degrees, positive = head forward (chin tucked)."""
    side = body.view.side
    hip, shoulder, ear = (_in_plane(body, name, side) for name in ("hip", "shoulder", "ear"))
    trunk, neck = shoulder - hip, ear - shoulder
    turn = _direction(neck) - _direction(trunk)
    # The picture's y points down, so a clockwise turn is positive.
    values = body.view.forward * wrapped(turn)
    sd = np.hypot(_direction_sd(body, side, "hip", "shoulder"), _direction_sd(body, side, "shoulder", "ear"))
    return Series(values, sd, body.visible(side, "hip", "shoulder", "ear"))


def _turn(trunk: Array, thigh: Array, forward: int) -> Array:
    """Angle from the thigh to the trunk across the lifter's front, degrees, 0-360."""
    return np.asarray((forward * (_direction(thigh) - _direction(trunk))) % 360)


def _from_vertical(low: Array, high: Array, forward: int) -> Array:
    """Lean of the line from `low` to `high`, degrees: 0 upright, positive towards the lifter's front, -180..180."""
    line = high - low
    return np.asarray(np.degrees(np.arctan2(forward * line[:, 0], -line[:, 1])))


def _thigh_inclination(hip: Array, knee: Array, forward: int) -> Array:
    line = knee - hip
    return np.asarray(np.degrees(np.arctan2(forward * line[:, 0], line[:, 1])))


def _direction(vector: Array) -> Array:
    return np.asarray(np.degrees(np.arctan2(vector[:, 1], vector[:, 0])))


def _in_plane(body: Body, name: str, side: str) -> Array:
    """(F, 2) a point as it would appear side-on, up to a horizontal offset."""
    return np.asarray(body.point(name, side) * np.array([body.view.stretch, 1.0]))


def _direction_sd(body: Body, side: str, first: str, second: str) -> Array:
    """(F,) standard deviation of a line's direction, degrees.

    It is the error of its ends over its length; in an oblique view, also the effect of the yaw's error on a slanted line.
    """
    line = _in_plane(body, second, side) - _in_plane(body, first, side)
    spread = np.hypot(body.sd[:, joint(first, side)], body.sd[:, joint(second, side)])
    ends = np.degrees(spread / np.maximum(np.linalg.norm(line, axis=1), 1.0))
    if body.view.stretch == 1.0:
        return np.asarray(ends)
    slant = np.sin(2 * np.arctan2(line[:, 1], line[:, 0])) / 2
    return np.asarray(np.hypot(ends, slant * np.sqrt(body.view.stretch**2 - 1) * YAW_SD_DEG))  # the root is tan(yaw)
