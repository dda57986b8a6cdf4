"""Markers for motion capture: axes, units, even rate, gaps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.errors import UsageError
from formcheck.outputs.formats.motion_capture import marker_name, record, resampled
from formcheck.pose.skeleton import Joint
from tests.lifters import SHANK, THIGH
from tests.outputs.formats.sets import PX_PER_M, made_up_set
from tests.outputs.made_up import FPS, two_shots


def marker(recording: object, name: str) -> np.ndarray:
    return np.asarray(recording.points[:, recording.names.index(name)])  # type: ignore[attr-defined]


def test_markers_are_metres_forward_and_up_from_the_floor() -> None:
    _, shots = made_up_set()
    recording = record(shots)
    assert recording.units == "m"
    assert recording.rate_hz == pytest.approx(FPS)
    knee, hip, ankle = (marker(recording, name) for name in ("RKnee", "RHip", "RAnkle"))
    assert np.linalg.norm(knee - ankle, axis=1) == pytest.approx(SHANK / PX_PER_M)
    assert np.linalg.norm(hip - knee, axis=1) == pytest.approx(THIGH / PX_PER_M)
    assert (hip[:, 1] > ankle[:, 1]).all()  # Y is up
    assert marker(recording, "RBigToe")[:, 1] == pytest.approx(0, abs=1e-9)  # on the floor
    assert (marker(recording, "RBigToe")[:, 0] > ankle[:, 0]).all()  # X is forward
    assert (knee[:, 2] == 0).all()


def test_forward_is_the_lifters_front_on_either_side() -> None:
    for shot in two_shots():
        shot = replace(shot, motion=replace(shot.motion, scale=made_up_set()[1][0].motion.scale))
        recording = record((shot,))
        side = shot.motion.body.view.side[0].upper()
        toe, heel = marker(recording, f"{side}BigToe"), marker(recording, f"{side}Heel")
        assert (toe[:, 0] > heel[:, 0]).all()


def test_guesses_are_not_exported_as_measured() -> None:
    _, shots = made_up_set()
    wrist = marker(record(shots), "LWrist")
    assert np.isnan(wrist[:10]).all()
    assert np.isfinite(wrist[10:]).all()


def test_angles_are_flexion_from_standing() -> None:
    _, shots = made_up_set()
    angles, motion = record(shots).angles, shots[0].motion
    assert angles["knee_flexion_r"] == pytest.approx(180 - motion.near.knee.values)
    assert angles["trunk_tilt"] == pytest.approx(motion.trunk.values)
    assert angles["hip_flexion_r"].max() > 80


def test_without_a_scale_metres_are_refused_and_pixels_given() -> None:
    _, shots = made_up_set(float("nan"))
    with pytest.raises(UsageError, match="--units px"):
        record(shots)
    recording = record(shots, "px")
    assert marker(recording, "RKnee")[:, :2] == pytest.approx(shots[0].motion.body.near("knee"))


def test_between_shots_there_is_nothing() -> None:
    shots = two_shots()
    recording = record(shots, "px")
    gap = (recording.times > shots[0].motion.times[-1] + 0.1) & (recording.times < shots[1].motion.times[0] - 0.1)
    assert gap.sum() >= 10
    assert np.isnan(recording.points[gap]).all()
    assert np.diff(recording.times) == pytest.approx(1 / FPS)


def test_uneven_frames_are_brought_to_an_even_rate() -> None:
    times = np.array([0.0, 0.1, 0.21, 0.29, 0.4, 0.9, 1.0])
    values = np.stack([2 * times, np.where(times == 0.4, np.nan, times)], axis=1)
    wanted = np.arange(11) / 10
    even = resampled(times, values, wanted, 0.16)
    known = np.isfinite(even[:, 0])
    assert even[known, 0] == pytest.approx(2 * wanted[known])
    assert list(np.flatnonzero(~known)) == [5, 6, 7, 8]  # frames are missing there
    assert np.isnan(even[4, 1])
    assert np.isfinite(even[[0, 1, 2, 9, 10], 1]).all()


def test_every_keypoint_has_a_name_of_its_own() -> None:
    names = [marker_name(point) for point in Joint]
    assert len(set(names)) == len(names)
    assert {"Nose", "RShoulder", "LHip", "RKnee", "LAnkle", "RHeel", "LBigToe"} <= set(names)
