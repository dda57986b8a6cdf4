"""One lifter among several people, and lying ones: with detections made up from a stick figure, without a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest

from formcheck.pose import locate
from formcheck.pose.detector import Detection, turn_back
from formcheck.pose.lifter import Follower, group_people
from formcheck.pose.pool import PoseJob
from formcheck.skeleton import JOINT_COUNT
from tests.motion.figure import lifter, times_at


def seen(points: Any, visibility: float = 0.95) -> Detection:
    return Detection(points, np.zeros(JOINT_COUNT), np.full(JOINT_COUNT, visibility), np.zeros((JOINT_COUNT, 3)), ())


TIMES = times_at(rate_hz=2.0)
LIFTING = [seen(points) for points in lifter(TIMES)]
STANDING = lifter(TIMES, depth=np.zeros_like(TIMES))


def test_the_one_who_moves_is_the_lifter_not_a_larger_onlooker() -> None:
    onlookers = [seen(points * 1.2 + [500.0, -80.0]) for points in STANDING]
    people = group_people([[onlooker, lifting] for onlooker, lifting in zip(onlookers, LIFTING, strict=True)])
    assert people[0].detections[0] is LIFTING[0]
    assert len(people) == 2


def test_somebody_who_walks_past_is_not_followed() -> None:
    people = group_people([[detection] for detection in LIFTING])
    follower = Follower(people[0])
    walkers = [seen(points + np.array([-700.0 + 100.0 * i, 10.0])) for i, points in enumerate(STANDING)]
    picked = [follower.pick([walker, lifting]) for walker, lifting in zip(walkers, LIFTING, strict=True)]
    assert all(a is b for a, b in zip(picked, LIFTING, strict=True))


def test_nobody_is_picked_when_only_a_stranger_is_there() -> None:
    follower = Follower(group_people([[detection] for detection in LIFTING])[0])
    assert follower.pick([seen(STANDING[0] + [900.0, 0.0])]) is None
    assert follower.pick([seen(STANDING[0] * 0.3 + [250.0, 250.0])]) is None


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_points_of_a_turned_picture_are_mapped_back(turns: int) -> None:
    picture = np.zeros((40, 60), dtype=np.uint8)
    picture[7, 21] = 1
    row, column = np.argwhere(np.rot90(picture, k=turns))[0]
    # Pixel centres lie half a pixel in.
    back = turn_back(np.array([[column + 0.5, row + 0.5]]), turns, (60.0, 40.0))
    assert back[0].tolist() == [21.5, 7.5]


class _Pool:
    """Sees the lifter in all pictures turned `good` times, and in every third of the others."""

    def __init__(self, good: int, points: Any) -> None:
        self.good, self.points, self.asked = good, points, 0

    def map(self, jobs: Iterable[PoseJob[Any]]) -> Iterator[tuple[Any, list[Detection]]]:
        for number, job in enumerate(jobs):
            self.asked += 1
            found = job.turns == self.good or number % 3 == 0
            yield job.tag, [seen(self.points[number])] if found else []


@pytest.mark.parametrize(("good", "expected"), [(0, 0), (1, 1), (3, 3)])
def test_pictures_are_turned_when_that_finds_a_lying_lifter(good: int, expected: int) -> None:
    pictures = [np.zeros((64, 64, 3), dtype=np.uint8)] * 6
    person = group_people([[detection] for detection in LIFTING])[0]
    pool = _Pool(good, lifter(TIMES))
    assert locate._best_turn(pool, pictures, (0, 0, 64, 64), person) == expected  # type: ignore[arg-type]


def test_an_upright_lifter_who_is_found_costs_no_second_look() -> None:
    pictures = [np.zeros((64, 64, 3), dtype=np.uint8)] * 6
    pool = _Pool(0, lifter(TIMES))
    locate._best_turn(pool, pictures, (0, 0, 64, 64), group_people([[d] for d in LIFTING])[0])  # type: ignore[arg-type]
    assert pool.asked == 6


