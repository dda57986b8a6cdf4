"""The sign of every angle on a figure whose posture is known."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.motion import Body, View, build_motion
from formcheck.pose.track import PoseTrack
from formcheck.skeleton import JOINT_COUNT, joint
from tests.motion.figure import lifter, make_track, times_at


def posed(facing: str, **named: tuple[float, float]) -> Body:
    """One frame with the named points of the near side; x counts towards the lifter's front."""
    points = np.full((1, JOINT_COUNT, 2), np.nan)
    sign = 1 if facing == "right" else -1
    for name, (x, y) in named.items():
        points[0, joint(name, facing)] = sign * x, y
    view = View(facing, facing, 0.0, 1.0)  # type: ignore[arg-type]
    return Body(np.zeros(1), points, np.ones((1, JOINT_COUNT)), view, np.zeros(1, dtype=bool), 1.0)


def any_track() -> PoseTrack:
    times = times_at(seconds=2)
    return make_track(times, lifter(times))


@pytest.mark.parametrize("facing", ["left", "right"])
def test_a_hinge(facing: str) -> None:
    """Trunk level forward over straight, vertical legs; the head held in line."""
    body = posed(facing, ear=(140, 100), shoulder=(100, 100), hip=(0, 100), knee=(0, 200), ankle=(0, 300))
    motion = build_motion(any_track(), body=body)
    assert motion.trunk.values[0] == pytest.approx(90)
    assert motion.near.hip.values[0] == pytest.approx(90)
    assert motion.near.hip_signed.values[0] == pytest.approx(90)
    assert motion.near.knee.values[0] == pytest.approx(180)
    assert motion.near.shin.values[0] == pytest.approx(0)
    assert motion.head.values[0] == pytest.approx(0)


@pytest.mark.parametrize("facing", ["left", "right"])
def test_the_top_of_a_hip_thrust_with_the_hips_pushed_too_high(facing: str) -> None:
    """Supine, head at the back, hips above the line from shoulder to knee, shin vertical, chin tucked."""
    body = posed(facing, ear=(-30, 70), shoulder=(0, 100), hip=(100, 90), knee=(200, 100), ankle=(200, 200))
    motion = build_motion(any_track(), body=body)
    assert motion.trunk.values[0] == pytest.approx(-95.7, abs=0.1)
    assert motion.near.hip_signed.values[0] == pytest.approx(180 + 2 * 5.71, abs=0.1)
    assert motion.near.hip.values[0] == pytest.approx(180 - 2 * 5.71, abs=0.1)
    assert motion.near.shin.values[0] == pytest.approx(0)
    assert motion.head.values[0] > 30


@pytest.mark.parametrize("facing", ["left", "right"])
def test_the_bottom_of_a_squat(facing: str) -> None:
    body = posed(facing, ear=(-20, 0), shoulder=(0, 50), hip=(-50, 150), knee=(50, 150), ankle=(0, 250))
    motion = build_motion(any_track(), body=body)
    assert motion.near.thigh.values[0] == pytest.approx(90)
    assert motion.near.shin.values[0] == pytest.approx(26.6, abs=0.1)
    assert motion.near.knee.values[0] == pytest.approx(63.4, abs=0.1)
    assert motion.trunk.values[0] == pytest.approx(26.6, abs=0.1)
    assert motion.head.values[0] < -40
