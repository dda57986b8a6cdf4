"""Posture in space on a figure whose angles are known: the same from every camera, front and back told by the knees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.motion import posture_3d as posture_3d_module
from formcheck.motion.body import Posture3D
from formcheck.motion.clean import build_body
from formcheck.motion.posture_3d import build_posture_3d
from formcheck.motion.shots import split_at_jumps, without_thrown_poses
from formcheck.pose.track import PoseTrack
from tests.motion.figure import bend, lifter, make_track, times_at


def filmed(*, split: bool = False, facing: str = "right") -> PoseTrack:
    times = times_at()
    return make_track(times, lifter(times, split=split, facing=facing), near=facing)


def in_space(track: PoseTrack) -> Posture3D:
    return build_posture_3d(track, build_body(track))


@pytest.mark.parametrize("facing", ["right", "left"])
def test_the_squat_has_its_angles(facing: str) -> None:
    track = filmed(facing=facing)
    posture, down = in_space(track), bend(build_body(track).times)
    deep, stand = down > 0.98, down < 0.02
    assert np.median(posture.lean[deep]) == pytest.approx(40, abs=4)
    assert np.median(posture.lean[stand]) == pytest.approx(5, abs=4)
    assert np.median(posture.thigh[facing][deep]) == pytest.approx(80, abs=5)
    assert np.median(posture.knee[facing][deep]) == pytest.approx(180 - 25 - 80, abs=6)
    assert np.nanmax(posture.stride) < 0.15


def test_split_feet_have_a_stride_and_thighs_apart() -> None:
    posture, down = in_space(filmed(split=True)), bend(build_body(filmed(split=True)).times)
    assert np.median(posture.stride[down > 0.9]) > 0.4
    assert np.median((posture.thigh["right"] - posture.thigh["left"])[down > 0.9]) > 40


@pytest.mark.parametrize("yaw_deg", [-60.0, -35.0, 35.0, 60.0])
def test_the_camera_hardly_matters(yaw_deg: float) -> None:
    track, angle = filmed(split=True), np.radians(yaw_deg)
    about_the_vertical = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    straight, oblique = in_space(track), in_space(replace(track, world=track.world @ about_the_vertical.T))
    for name in ("lean", "stride", "hands_up", "arm_lean"):
        assert getattr(oblique, name) == pytest.approx(getattr(straight, name), abs=1e-6)
    assert oblique.knee["right"] == pytest.approx(straight.knee["right"], abs=1e-6)


def test_front_and_back_confused_by_the_model_are_corrected_by_the_knees() -> None:
    track = filmed()
    turned = replace(track, world=track.world * [1.0, 1.0, -1.0])
    assert in_space(turned).lean == pytest.approx(in_space(track).lean, abs=1e-6)


def test_no_posture_without_a_lifter() -> None:
    track = filmed()
    lost = (track.times > 3.0) & (track.times < 4.5)
    world = np.where(lost[:, None, None], np.nan, track.world)
    posture = in_space(replace(track, world=world))
    frames = build_body(track).times
    assert np.isnan(posture.lean[(frames > 3.3) & (frames < 4.2)]).all()
    assert np.isfinite(posture.lean[frames < 2.9]).all()


def test_a_jump_cut_begins_a_new_shot() -> None:
    """Cut out of the bottom of a squat, where the lifter pauses, straight into standing."""
    times = times_at()
    depth = np.where(times < 4.0, 1.0, 0.0)
    track = make_track(times, lifter(times, depth=depth, noise=0.5))
    split = split_at_jumps(track)
    assert len(split.shots) == 2
    assert times[np.argmax(split.shot == 1)] == pytest.approx(4.0, abs=0.01)


@pytest.mark.parametrize("period_s", [0.8, 1.5, 4.0])
@pytest.mark.parametrize("rate_hz", [8.0, 15.0, 30.0])
def test_movement_is_no_jump_however_fast(period_s: float, rate_hz: float) -> None:
    times = times_at(rate_hz)
    track = make_track(times, lifter(times, depth=bend(times, period_s), noise=1.0))
    assert len(split_at_jumps(track).shots) == 1


def test_a_swap_correction_that_twists_the_trunk_is_undone_in_3d(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sizes in an oblique picture say that the legs are confused; the model's own left and right agree with each other."""
    track = filmed()
    straight = in_space(track)

    def legs_and_hips(points: np.ndarray, *_: object, **__: object) -> tuple[np.ndarray, np.ndarray]:
        return points, np.tile([True, True, False, False], (len(points), 1))

    monkeypatch.setattr(posture_3d_module, "repair_swaps", legs_and_hips)
    wrong = build_posture_3d(track, build_body(track))
    assert wrong.lean == pytest.approx(straight.lean, abs=1e-6)
    assert wrong.thigh["right"] == pytest.approx(straight.thigh["right"], abs=1e-6)


def test_a_pose_that_flips_and_comes_back_is_no_cut() -> None:
    times = times_at()
    points = lifter(times, depth=np.zeros(len(times)), noise=0.5)
    flipped = (times >= 4.0) & (times < 4.6)
    points[flipped, :, 1] = 900 - points[flipped, :, 1]  # head for feet
    assert len(split_at_jumps(make_track(times, points)).shots) == 1
    stays = points.copy()
    stays[times >= 4.0, :, 1] = 900 - lifter(times, depth=np.zeros(len(times)), noise=0.5)[times >= 4.0, :, 1]
    assert len(split_at_jumps(make_track(times, stays)).shots) == 2


def test_joints_that_jump_within_an_outline_that_stays_are_no_cut() -> None:
    times = times_at()
    points = lifter(times, depth=np.zeros(len(times)), noise=0.5)
    points[times >= 4.0, :, 1] = 900 - points[times >= 4.0, :, 1]
    track = make_track(times, points)
    outline = np.array([[200, 100], [400, 100], [400, 600], [200, 600]])
    assert len(split_at_jumps(replace(track, outline=((outline,),) * len(times))).shots) == 1
    moved = tuple((outline + np.array([0, 80 * (time >= 4.0)]),) for time in times)
    assert len(split_at_jumps(replace(track, outline=moved)).shots) == 2
    slim = np.array([[200, 100], [220, 100], [400, 580], [400, 600], [380, 600], [200, 120]])  # as wide and as high
    other = tuple((outline if time < 4.0 else slim,) for time in times)
    assert len(split_at_jumps(replace(track, outline=other)).shots) == 2


def thrown_away(points: np.ndarray, times: np.ndarray, size: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """The points with the lifter as a heap on the floor for three samples, `size` of what is usual; and those samples."""
    gone = (times >= 4.0) & (times < 4.19)
    heap = points.copy()
    middle = points[gone].mean(axis=1, keepdims=True)
    heap[gone] = middle + [0.0, 250.0] + size * (points[gone] - middle)
    return heap, gone


def test_a_pose_thrown_elsewhere_for_a_moment_counts_as_not_seen() -> None:
    times = times_at()
    points, gone = thrown_away(lifter(times, depth=bend(times), noise=0.5), times)
    track = without_thrown_poses(make_track(times, points))
    assert np.array_equal(~track.found, gone)
    assert not track.visibility[gone].any()
    wrist = build_body(track).near("wrist")
    whole = build_body(make_track(times, lifter(times, depth=bend(times), noise=0.5))).near("wrist")
    assert np.abs(wrist - whole).max() < 25


def test_a_clip_that_stands_still_and_jumps_on_loses_nothing() -> None:
    """Its joints jump as far, but the bones keep their lengths."""
    times = times_at()
    points = lifter(times, depth=bend(times), noise=0.5)
    points, _ = thrown_away(points, times, size=1.0)
    assert without_thrown_poses(make_track(times, points)).found.all()


@pytest.mark.parametrize("period_s", [0.8, 1.5, 4.0])
@pytest.mark.parametrize("rate_hz", [8.0, 15.0, 30.0])
def test_no_movement_is_thrown_away_however_fast(period_s: float, rate_hz: float) -> None:
    times = times_at(rate_hz)
    track = make_track(times, lifter(times, depth=bend(times, period_s), noise=1.0))
    assert without_thrown_poses(track) is track
