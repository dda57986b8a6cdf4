from __future__ import annotations

import numpy as np
import pytest

from formcheck.motion.clean import foreshortening, to_joint_centres
from formcheck.motion.smoother import CHAIN, NOISE, Observations, Segment, length_trust, smooth_chain, weighted_quantile
from formcheck.motion.timeseries import covered
from formcheck.pose.skeleton import Joint
from tests.motion.figure import HEAVY, TRUNK, lifter, times_at

HIP, KNEE, ANKLE = (CHAIN.index(name) for name in ("hip", "knee", "ankle"))


def test_an_even_path_is_low_passed_without_delay() -> None:
    times = times_at(rate_hz=30.0, seconds=10)
    slow = 50 * np.sin(2 * np.pi * 0.5 * times)
    quick = 5 * np.sin(2 * np.pi * 12 * times)
    seen = np.stack([slow + quick, np.zeros_like(slow)], axis=1)[:, None]
    smoothed = smooth_chain(Observations(times, seen, np.ones((len(times), 1))), [], TRUNK, robust=1e6)
    assert np.abs(smoothed.points[20:-20, 0, 0] - slow[20:-20]).max() < 0.5


def test_uncertainty_of_a_lone_sample_is_that_of_an_observation_and_falls_with_many() -> None:
    times = times_at(seconds=4)
    seen = np.zeros((len(times), 1, 2))
    many = smooth_chain(Observations(times, seen, np.ones((len(times), 1))), [], TRUNK).sd
    few = smooth_chain(Observations(times, seen, np.full((len(times), 1), 0.05)), [], TRUNK).sd
    assert np.median(many) < NOISE * TRUNK
    assert np.median(few) > 2 * np.median(many)


def test_a_bad_ankle_is_suspected_and_its_knee_is_not() -> None:
    points = np.zeros((3, len(CHAIN), 2))
    points[:, HIP], points[:, KNEE], points[:, ANKLE] = (0, 0), (0, 100), (0, 200)
    points[1, ANKLE] = (0, 140)
    points[2, KNEE] = (60, 60)
    segments = [Segment(HIP, KNEE, 100, 3), Segment(KNEE, ANKLE, 100, 3)]
    trust = length_trust(points, segments)
    assert trust[0, [HIP, KNEE, ANKLE]] == pytest.approx(1)
    assert trust[1, ANKLE] < 0.05
    assert trust[1, KNEE] > 0.9
    assert trust[2, KNEE] < 0.7


def test_the_quantile_is_weighted() -> None:
    values, weights = np.array([3.0, 1.0, 2.0]), np.array([0.1, 5.0, 0.1])
    assert weighted_quantile(values, weights, 0.5) == 1.0


def test_foreshortening_is_nothing_side_on() -> None:
    assert foreshortening(0.0) == 0.0
    assert foreshortening(float("nan")) == 0.0
    assert foreshortening(-60.0) == pytest.approx(0.5)


def test_frames_are_covered_between_near_samples_and_one_step_beyond() -> None:
    times = np.array([0.0, 0.1, 0.2, 0.9, 1.0])
    frames = np.array([-0.05, 0.0, 0.05, 0.2, 0.5, 0.9, 1.0, 1.08, 1.3])
    assert covered(times, frames).tolist() == [False, True, True, True, False, True, True, True, False]


@pytest.mark.parametrize("facing", ["left", "right"])
def test_joint_centres_lie_inside_the_body(facing: str) -> None:
    """The shoulder moves down along the trunk, hip and ear move backwards, on both sides of the picture."""
    times = np.array([0.0])
    points = lifter(times, facing=facing)
    forward = 1 if facing == "right" else -1
    moved = to_joint_centres(points, HEAVY.shifts, forward, TRUNK) - points
    for shoulder in (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER):
        assert np.linalg.norm(moved[0, shoulder]) == pytest.approx(0.055 * TRUNK)
        assert moved[0, shoulder, 1] > 0
    for point in (Joint.LEFT_HIP, Joint.RIGHT_HIP, Joint.LEFT_EAR, Joint.RIGHT_EAR):
        assert forward * moved[0, point, 0] < 0
    assert moved[0, Joint.LEFT_KNEE].tolist() == [0, 0]
