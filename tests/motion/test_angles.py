"""The sign of every angle on a figure whose posture is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.motion import view as view_module
from formcheck.motion.body import Body, View
from formcheck.motion.motion import build_motion
from formcheck.pose.skeleton import JOINT_COUNT, joint
from formcheck.pose.track import PoseTrack
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


def worst_angle_errors(yaw_deg: float) -> dict[str, float]:
    """Largest errors of the angles of a squat seen from `yaw_deg` off, against the same squat seen from the side."""
    times = times_at(seconds=4)
    side_on, seen = (
        build_motion(make_track(times, lifter(times, yaw_deg=yaw), yaw_deg=yaw)) for yaw in (0.0, yaw_deg)
    )
    pairs = {
        "trunk": (seen.trunk, side_on.trunk),
        "hip": (seen.near.hip, side_on.near.hip),
        "knee": (seen.near.knee, side_on.near.knee),
    }
    return {name: float(np.nanmax(np.abs(ours.values - truth.values))) for name, (ours, truth) in pairs.items()}


@pytest.mark.parametrize("yaw_deg", [-35.0, -20.0, 20.0, 35.0])
def test_angles_of_an_oblique_view_are_those_of_the_sagittal_plane(
    yaw_deg: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    corrected = worst_angle_errors(yaw_deg)
    assert max(corrected.values()) < 2.5
    monkeypatch.setattr(view_module, "sagittal_stretch", lambda yaw: 1.0)
    plain = worst_angle_errors(yaw_deg)
    assert all(corrected[name] < 0.6 * plain[name] for name in plain)


def test_a_side_view_is_not_corrected() -> None:
    assert [view_module.sagittal_stretch(yaw) for yaw in (0.0, 9.0, -9.0)] == [1.0] * 3
    assert view_module.sagittal_stretch(60.0) == view_module.sagittal_stretch(-80.0) < 2.0


def test_the_uncertainty_of_the_yaw_is_part_of_that_of_slanting_lines() -> None:
    plain = posed("right", ear=(140, 100), shoulder=(100, 100), hip=(0, 200), knee=(0, 300), ankle=(0, 400))
    oblique = replace(plain, view=View("right", "right", 30.0, 1.0, view_module.sagittal_stretch(30.0)))
    seen, turned = (build_motion(any_track(), body=body) for body in (plain, oblique))
    assert turned.trunk.sd[0] > seen.trunk.sd[0] + 0.5
    assert turned.near.shin.sd[0] == pytest.approx(seen.near.shin.sd[0], abs=0.01)  # upright: the yaw does not matter
