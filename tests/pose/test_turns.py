"""Two lifters who take turns in one picture."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from formcheck.pose.detection import Detection
from formcheck.pose.estimate import locate_in_turn
from formcheck.pose.lifter import CLOSER_LOOK, choose_lifter, lifter_change, score
from formcheck.pose.locate import Located
from formcheck.pose.people import Person, group_people
from formcheck.pose.track import PoseShot
from formcheck.video.sampling import Survey
from tests.motion.figure import bend, times_at
from tests.pose.people import MIDDLE, lifting, seen, standing, together

TIMES = times_at(rate_hz=4.0, seconds=16.0)


def people(*detections: list[Detection], times: Any = TIMES) -> list[Person]:
    return group_people(list(times), together(*detections))


def one_of_two(begin_s: float, end_s: float, at: float, times: Any = TIMES) -> list[Detection]:
    """Somebody who squats for a part of the clip and stands beside it for the rest, not quite still."""
    depth = np.where((times >= begin_s) & (times < end_s), bend(times), 0.04 * np.sin(times))
    return lifting(times, at=at, depth=depth)


def test_the_lifter_changes_during_the_pause_between_turns() -> None:
    first, second = people(one_of_two(0, 6, -170), one_of_two(10, 16, 170))
    for pair in ((first, second), (second, first)):
        at = lifter_change(*pair)
        assert at is not None
        assert 5.5 <= at <= 10.5


def test_a_look_that_mixes_two_people_up_changes_nothing() -> None:
    first, second = people(one_of_two(0, 6, -170), one_of_two(10, 16, 170))
    second.detections[9] = lifting(TIMES, at=170, depth=np.ones_like(TIMES))[9]
    assert lifter_change(first, second) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lifting(TIMES, at=-170), lifting(TIMES, at=170)),
        (one_of_two(0, 8, -170), standing(TIMES, at=170)),
        (one_of_two(0, 16, -170), one_of_two(5, 10, 170)),
        (one_of_two(0, 8, -170), one_of_two(0, 8, 170)),
    ],
    ids=["at the same time", "an onlooker", "one in the middle of the other's set", "a mirror"],
)
def test_others_take_no_turns(one: list[Detection], other: list[Detection]) -> None:
    assert lifter_change(*people(one, other)) is None


def test_sparse_samples_suffice_to_see_turns() -> None:
    """The second lifter is smaller and farther off the middle: no rival of the first one, but in turn."""
    times = np.arange(16.0) * 0.9
    small = [seen((d.points - MIDDLE) * 0.25 + MIDDLE + [240, 0]) for d in one_of_two(9, 16, 0, times)]
    both = people(one_of_two(0, 7, -100, times), small, times=times)
    choice = choose_lifter(both, len(times), 640)
    assert choice is not None
    assert score(both[1], len(times), 640) < CLOSER_LOOK * score(both[0], len(times), 640)
    assert len(choice.close) == 1


def test_a_shot_with_two_turns_is_two_shots_each_with_its_lifter() -> None:
    """The second of three shots is handed over at 8 s; cuts and hand-overs are numbered together."""
    times, shot = np.arange(0, 20.0, 0.5), np.repeat([0, 1, 2], [8, 24, 8])
    info: Any = None
    survey = Survey(info, times, 0, np.arange(len(times)), shot, np.zeros(len(times), dtype=bool))

    def locate(part: np.ndarray) -> Located:
        turns = part[0] < 8.0 < part[-1]
        return Located(PoseShot(None, 0, 1), None, look_times=part, lifter_change=8.0 if turns else None)

    apart, located = locate_in_turn(survey, locate, lambda time_s: None)
    assert [times[apart.shot == number][0] for number in range(4)] == [0.0, 4.0, 8.0, 16.0]
    assert [float(item.look_times[0]) for item in located] == [0.0, 4.0, 8.0, 16.0]
