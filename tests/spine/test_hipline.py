from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from formcheck.motion.angles import leg_angles
from formcheck.motion.types import Body
from formcheck.pose.track import PoseTrack
from formcheck.skeleton import SIDES, joint
from formcheck.spine.contour import trunk_frame
from formcheck.spine.hipline import CHEST_TAPER, UPPER_TAPER, hip_line
from tests.spine.people import person


def thrust(hip_error: float) -> tuple[PoseTrack, Body]:
    """At lockout: shoulder, hip and knee in one line, outline tapered as in people; the hip point `hip_error` pixels
    too high."""
    count = 8
    track, body = person(np.full(count, -90.0), np.zeros(count))
    hip, knee, shoulder = np.array([400.0, 400.0]), np.array([560.0, 400.0]), np.array([200.0, 400.0])
    trunk, thigh = trunk_frame(hip, shoulder, 1), trunk_frame(hip, knee, 1)
    assert trunk is not None
    assert thigh is not None
    chest, upper = np.tan(np.radians(CHEST_TAPER)), np.tan(np.radians(UPPER_TAPER))
    s = np.linspace(0.0, 1.2, 60)
    above = np.concatenate(
        [trunk.out(np.stack([s[::-1], -0.35 + chest * s[::-1]], axis=1)), thigh.out(np.stack([s, 0.4 - upper * s], axis=1))]
    )
    below = np.array([[above[-1, 0], 440.0], [above[0, 0], 440.0]])
    ring = np.concatenate([above, below, above[:1]]).astype(np.float32)
    points = body.points.copy()
    for side in SIDES:
        points[:, joint("hip", side)] = hip - np.array([0.0, hip_error])
        points[:, joint("knee", side)] = knee
        points[:, joint("ankle", side)] = knee + np.array([0.0, 160.0])
        points[:, joint("shoulder", side)] = shoulder
        for name in ("elbow", "wrist", "hand"):
            points[:, joint(name, side)] = np.nan
    return dataclasses.replace(track, outline=((ring,),) * count), dataclasses.replace(body, points=points)


def test_a_straight_lockout_is_straight() -> None:
    track, body = thrust(0.0)
    assert np.nanmedian(hip_line(track, body).values) == pytest.approx(180.0, abs=1.5)


def test_a_hip_point_that_is_too_high_moves_the_joints_and_not_the_outline() -> None:
    track, body = thrust(16.0)
    assert np.nanmedian(leg_angles(body, "right").hip_signed.values) > 188
    assert np.nanmedian(hip_line(track, body).values) == pytest.approx(180.0, abs=2.5)


def test_a_standing_lifter_has_no_hip_line() -> None:
    track, body = person(np.zeros(6), np.zeros(6))
    assert np.isnan(hip_line(track, body).values).all()
