"""Joint and segment angles of the cleaned body, with the uncertainty that its points and the view give them.

A camera that is not side-on sees everything level in the lifter's sagittal plane shortened by the cosine of the yaw:
a trunk that leans 45 degrees seems to lean 41 at a yaw of 30. The angles are those of the plane itself: level distances
are stretched back, and what the yaw's own uncertainty makes of that is part of the angles' uncertainty.
"""

from __future__ import annotations

import numpy as np

from formcheck.body.types import Array, Body, LegAngles, Series
from formcheck.body.view import YAW_SD_DEG
from formcheck.skeleton import joint

#: The model's hip point slides along trunk and thigh from body to body (up to 9 per cent of the trunk in rendered hip
#: thrusts, where a plate hides it), which turns the two against each other: what the hip's angle is unsure by beyond the
#: scatter of its points, degrees. Chosen so that 95 per cent of the rendered frames lie within two standard deviations.
HIP_SLIDE_SD_DEG = 3.0


def leg_angles(body: Body, side: str) -> LegAngles:
    """Angles of one leg; see `LegAngles`. NaN wherever one of the points is missing."""
    shoulder, hip, knee, ankle = (_in_plane(body, name, side) for name in ("shoulder", "hip", "knee", "ankle"))
    forward = body.view.forward
    thigh_sd = _direction_sd(body, side, "hip", "knee")
    shin_sd = _direction_sd(body, side, "knee", "ankle")
    hip_sd = np.hypot(np.hypot(_direction_sd(body, side, "shoulder", "hip"), thigh_sd), HIP_SLIDE_SD_DEG)
    signed = _turn(shoulder - hip, knee - hip, forward)
    hip_seen = _seen(body, side, "shoulder", "hip", "knee")
    return LegAngles(
        hip=Series(np.minimum(signed, 360 - signed), hip_sd, hip_seen),
        hip_signed=Series(signed, hip_sd, hip_seen),
        knee=Series(
            between(hip - knee, ankle - knee), np.hypot(thigh_sd, shin_sd), _seen(body, side, "hip", "knee", "ankle")
        ),
        shin=Series(_from_vertical(ankle, knee, forward), shin_sd, _seen(body, side, "knee", "ankle")),
        thigh=Series(_thigh_inclination(hip, knee, forward), thigh_sd, _seen(body, side, "hip", "knee")),
    )


def trunk_inclination(body: Body) -> Series:
    """Hip-to-shoulder line of the near side from vertical, degrees, positive leaning forward."""
    side = body.view.side
    shoulder, hip = (_in_plane(body, name, side) for name in ("shoulder", "hip"))
    return Series(
        _from_vertical(hip, shoulder, body.view.forward),
        _direction_sd(body, side, "shoulder", "hip"),
        _seen(body, side, "shoulder", "hip"),
    )


def head_angle(body: Body) -> Series:
    """Shoulder-to-ear line against the hip-to-shoulder line, degrees, positive = head forward (chin tucked)."""
    side = body.view.side
    hip, shoulder, ear = (_in_plane(body, name, side) for name in ("hip", "shoulder", "ear"))
    trunk, neck = shoulder - hip, ear - shoulder
    turn = _direction(neck) - _direction(trunk)
    # The picture's y points down: a turn to the right of the picture is a positive angle.
    values = body.view.forward * _wrapped(turn)
    sd = np.hypot(_direction_sd(body, side, "hip", "shoulder"), _direction_sd(body, side, "shoulder", "ear"))
    return Series(values, sd, _seen(body, side, "hip", "shoulder", "ear"))


def between(first: Array, second: Array) -> Array:
    """Angle between two (F, 2) vectors, degrees, 0-180."""
    cross = first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]
    return np.asarray(np.degrees(np.arctan2(np.abs(cross), (first * second).sum(axis=1))))


def _turn(trunk: Array, thigh: Array, forward: int) -> Array:
    """Angle from the thigh round the lifter's front to the trunk, degrees, 0-360."""
    return np.asarray((forward * (_direction(thigh) - _direction(trunk))) % 360)


def _from_vertical(low: Array, high: Array, forward: int) -> Array:
    """Lean of the line from `low` up to `high`: 0 upright, positive towards the lifter's front, -180..180."""
    line = high - low
    return np.asarray(np.degrees(np.arctan2(forward * line[:, 0], -line[:, 1])))


def _thigh_inclination(hip: Array, knee: Array, forward: int) -> Array:
    line = knee - hip
    return np.asarray(np.degrees(np.arctan2(forward * line[:, 0], line[:, 1])))


def _direction(vector: Array) -> Array:
    return np.asarray(np.degrees(np.arctan2(vector[:, 1], vector[:, 0])))


def _wrapped(degrees: Array) -> Array:
    return np.asarray((degrees + 180) % 360 - 180)


def _seen(body: Body, side: str, *names: str) -> Array:
    """(F,) how far the least seen of some points was seen."""
    return np.asarray(body.seen[:, [joint(name, side) for name in names]].min(axis=1))


def _in_plane(body: Body, name: str, side: str) -> Array:
    """(F, 2) a point as it would appear exactly from the side, but for where the picture's y axis lies."""
    return np.asarray(body.point(name, side) * np.array([body.view.stretch, 1.0]))


def _direction_sd(body: Body, side: str, first: str, second: str) -> Array:
    """Standard deviation of a line's direction, degrees.

    The spread of its ends across it, over its length; and where level distances are stretched for the yaw, what the
    yaw's own uncertainty does to a line that is neither level nor upright.
    """
    line = _in_plane(body, second, side) - _in_plane(body, first, side)
    spread = np.hypot(body.sd[:, joint(first, side)], body.sd[:, joint(second, side)])
    ends = np.degrees(spread / np.maximum(np.linalg.norm(line, axis=1), 1.0))
    if body.view.stretch == 1.0:
        return np.asarray(ends)
    slant = np.sin(2 * np.arctan2(line[:, 1], line[:, 0])) / 2
    return np.asarray(np.hypot(ends, slant * np.sqrt(body.view.stretch**2 - 1) * YAW_SD_DEG))  # the root is tan(yaw)
