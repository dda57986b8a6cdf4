from __future__ import annotations

import numpy as np
import pytest

from formcheck.motion.clean import build_body
from formcheck.motion.view import agreed, find_view
from tests.motion.figure import lifter, make_track, times_at


@pytest.mark.parametrize("facing", ["left", "right"])
@pytest.mark.parametrize("quarter_turns", [0, 1, 3])
def test_near_side_and_facing_hold_however_the_lifter_lies(facing: str, quarter_turns: int) -> None:
    """Turned by a quarter the squatting figure lies on the back or on the face: left stays left."""
    times = times_at(seconds=4)
    points = lifter(times, facing=facing, noise=1.0)
    for _ in range(quarter_turns):
        points = np.stack([-points[..., 1], points[..., 0]], axis=-1)
    track = make_track(times, points, near=facing)
    view = find_view(track.points, track.visibility, track.world, track.calibration)
    assert (view.side, view.facing) == (facing, facing)


@pytest.mark.parametrize("facing", ["left", "right"])
def test_a_split_squat_with_exchanged_legs_keeps_its_facing(facing: str) -> None:
    times = times_at(seconds=4)
    body = build_body(make_track(times, lifter(times, split=True, facing=facing), near=facing))
    assert body.view.facing == facing


def test_the_user_decides_on_the_side_but_cannot_mirror_the_angles() -> None:
    times = times_at(seconds=4)
    track = make_track(times, lifter(times))
    view = build_body(track, side="left").view
    assert (view.side, view.facing) == ("left", "right")


@pytest.mark.parametrize("yaw", [-40.0, -20.0, 0.0, 20.0, 40.0])
def test_yaw_is_read_from_both_shoulders_and_hips(yaw: float) -> None:
    times = times_at(seconds=4)
    track = make_track(times, lifter(times, yaw_deg=yaw), yaw_deg=yaw)
    view = find_view(track.points, track.visibility, track.world, track.calibration)
    assert view.yaw_deg == pytest.approx(yaw, abs=10)


def test_quality_falls_with_the_yaw() -> None:
    times = times_at(seconds=4)
    qualities = []
    for yaw in (0.0, 35.0, 70.0):
        track = make_track(times, lifter(times, yaw_deg=yaw), yaw_deg=yaw)
        qualities.append(find_view(track.points, track.visibility, track.world, track.calibration).quality)
    assert qualities[0] == 1.0
    assert 0.2 < qualities[1] < 0.9
    assert qualities[2] == 0.0


def test_only_a_yaw_that_all_signs_agree_on_is_corrected() -> None:
    assert agreed([30.0, 17.0, 22.0, 39.0]) == 17.0
    assert agreed([-30.0, -17.0]) == -17.0
    assert agreed([30.0, -2.0, 25.0, 28.0]) == agreed([]) == 0.0
