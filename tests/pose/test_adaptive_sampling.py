"""Skipping frames in which the lifter hardly moves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from formcheck.pose.detection import Detection
from formcheck.pose.skeleton import Joint
from formcheck.pose.worker import DENSE_HZ, QUICK, detect_adaptively, merged_repeats
from tests.motion.figure import times_at
from tests.pose.people import lifting, seen, standing

TIMES = np.arange(16) / DENSE_HZ


def looked_at(people: list[list[Detection]], times: np.ndarray = TIMES) -> list[int]:
    """Which pictures were looked at; each is its number."""
    looks: list[int] = []

    def look(number: int) -> list[Detection]:
        looks.append(number)
        return people[number]

    answers = detect_adaptively(list(range(len(times))), times, look)
    assert [number for number, answer in enumerate(answers) if answer is not None] == sorted(looks)
    assert len(looks) == len(set(looks))
    return sorted(looks)


def moving(speed: float, times: np.ndarray = TIMES) -> list[list[Detection]]:
    """A standing lifter who is carried along, `speed` trunk lengths a second."""
    figure = standing(np.array([0.0, 0.01]))[0].points
    trunk = float(np.linalg.norm(figure[Joint.LEFT_SHOULDER] - figure[Joint.LEFT_HIP]))
    return [[seen(figure + np.array([speed * trunk * t, 0.0]))] for t in times]


def test_a_resting_lifter_is_sampled_half_as_often() -> None:
    assert looked_at(moving(0.0)) == list(range(0, 16, 2))


@pytest.mark.parametrize(("share", "looks"), [(0.5, 8), (2.0, 16)])
def test_quick_movement_is_seen_in_every_picture(share: float, looks: int) -> None:
    assert len(looked_at(moving(share * QUICK))) == looks


def test_only_the_quick_part_is_dense() -> None:
    people = moving(0.0)[:8] + [
        [seen(d.points + np.array([0.0, 60.0 * k])) for d in found] for k, found in enumerate(moving(0.0)[8:])
    ]
    looks = looked_at(people)
    assert [n for n in looks if n < 6] == [0, 2, 4]
    assert [n for n in looks if n >= 6] == list(range(6, 16))


def test_every_picture_is_used_where_the_lifter_is_missed() -> None:
    people = moving(0.0)
    people[6] = []
    assert looked_at(people) == [0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14]


def test_a_clip_of_few_pictures_a_second_loses_none() -> None:
    times = np.arange(16) / 10
    assert looked_at(moving(0.0, times), times) == list(range(16))
    assert looked_at(moving(0.0)[:3], TIMES[:3]) == [0, 1, 2]


def test_a_kept_sample_repeats_the_one_before_when_all_between_did() -> None:
    repeated = np.array([False, True, True, False, True, True, False])
    assert merged_repeats(repeated, np.array([0, 2, 4, 5, 6])).tolist() == [False, True, False, True, False]
    assert merged_repeats(repeated, np.arange(7)).tolist() == repeated.tolist()


def test_a_slow_lift_loses_no_more_than_the_models_own_noise() -> None:
    """What is left out lies on the curve through its neighbours, to 2 % of the trunk."""
    times = times_at(seconds=8.0, rate_hz=DENSE_HZ)
    people = lifting(times)
    answers = detect_adaptively(people, times, lambda person: [person])
    kept = [number for number, answer in enumerate(answers) if answer is not None]
    points = np.array([person.points for person in people])
    trunk = float(np.linalg.norm(points[0, Joint.LEFT_SHOULDER] - points[0, Joint.LEFT_HIP]))
    between = CubicSpline(times[kept], points[kept])(times[: kept[-1] + 1])
    assert len(kept) < len(times)
    assert np.linalg.norm(between - points[: kept[-1] + 1], axis=2).max() < 0.02 * trunk
