"""Joint and segment angles of the cleaned body, with the uncertainty that its points give them."""

from __future__ import annotations

import numpy as np

from formcheck.motion.types import Array, Body, LegAngles, Series
from formcheck.skeleton import SIDES, joint


def leg_angles(body: Body, side: str) -> LegAngles:
    """Angles of one leg; see `LegAngles`. NaN wherever one of the points is missing."""
    shoulder, hip, knee, ankle = (body.point(name, side) for name in ("shoulder", "hip", "knee", "ankle"))
    s_shoulder, s_hip, s_knee, s_ankle = (body.sd[:, joint(n, side)] for n in ("shoulder", "hip", "knee", "ankle"))
    forward = body.view.forward
    thigh_sd = _direction_sd(hip, knee, s_hip, s_knee)
    shin_sd = _direction_sd(knee, ankle, s_knee, s_ankle)
    hip_sd = np.hypot(_direction_sd(shoulder, hip, s_shoulder, s_hip), thigh_sd)
    signed = _turn(shoulder - hip, knee - hip, forward)
    return LegAngles(
        hip=Series(np.minimum(signed, 360 - signed), hip_sd),
        hip_signed=Series(signed, hip_sd),
        knee=Series(between(hip - knee, ankle - knee), np.hypot(thigh_sd, shin_sd)),
        shin=Series(_from_vertical(ankle, knee, forward), shin_sd),
        thigh=Series(_thigh_inclination(hip, knee, forward), thigh_sd),
    )


def trunk_inclination(body: Body) -> Series:
    """Hip-to-shoulder line of the near side from vertical, degrees, positive leaning forward."""
    side = body.view.side
    shoulder, hip = body.near("shoulder"), body.near("hip")
    sd = _direction_sd(shoulder, hip, body.sd[:, joint("shoulder", side)], body.sd[:, joint("hip", side)])
    return Series(_from_vertical(hip, shoulder, body.view.forward), sd)


def head_angle(body: Body) -> Series:
    """Shoulder-to-ear line against the hip-to-shoulder line, degrees, positive = head forward (chin tucked)."""
    side = body.view.side
    hip, shoulder, ear = body.near("hip"), body.near("shoulder"), body.near("ear")
    s_hip, s_shoulder, s_ear = (body.sd[:, joint(n, side)] for n in ("hip", "shoulder", "ear"))
    trunk, neck = shoulder - hip, ear - shoulder
    turn = _direction(neck) - _direction(trunk)
    # The picture's y points down: a turn to the right of the picture is a positive angle.
    values = body.view.forward * _wrapped(turn)
    sd = np.hypot(_direction_sd(hip, shoulder, s_hip, s_shoulder), _direction_sd(shoulder, ear, s_shoulder, s_ear))
    return Series(values, sd)


def trunk_length(body: Body) -> float:
    """Median shoulder-hip distance over both sides and all frames, pixels (NaN when never seen)."""
    lengths = [np.linalg.norm(body.point("shoulder", side) - body.point("hip", side), axis=1) for side in SIDES]
    both = np.concatenate(lengths)
    return float(np.nanmedian(both)) if np.isfinite(both).any() else float("nan")


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


def _direction_sd(a: Array, b: Array, sd_a: Array, sd_b: Array) -> Array:
    """Standard deviation of a line's direction, degrees: the spread of its ends across it, over its length."""
    length = np.maximum(np.linalg.norm(a - b, axis=1), 1.0)
    return np.asarray(np.degrees(np.hypot(sd_a, sd_b) / length))
