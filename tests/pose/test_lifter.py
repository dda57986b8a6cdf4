"""Choosing the lifter among several people: without any one of its reasons, the choice changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from formcheck.pose import lifter as lifter_module
from formcheck.pose.detection import Detection
from formcheck.pose.lifter import ambiguous_lifter, choose_lifter
from formcheck.pose.people import group_people, without_duplicates
from tests.motion.figure import bend, times_at
from tests.pose.people import lifting, seen, standing, together

TIMES = times_at(rate_hz=4.0, seconds=10.0)
WIDTH = 640


def choose(*people: list[Detection], place: Any = None) -> tuple[int, int, bool]:
    """Number of the one chosen, how many rivals, and whether it was close."""
    choice = choose_lifter(group_people(list(TIMES), together(*people)), len(TIMES), WIDTH, place)
    assert choice is not None
    first = choice.lifter.detections[0]
    return next(i for i, person in enumerate(people) if person[0] is first), len(choice.rivals), bool(choice.close)


def wandering(at: float, size: float) -> list[Detection]:
    """As lively as a lifter, but nothing is done twice."""
    way = np.cumsum(np.random.default_rng(4).normal(0, 1, len(TIMES)))
    depth = np.clip((way - way.min()) / np.ptp(way), 0, 1)
    return lifting(TIMES, at=at, size=size, depth=depth)


REASONS = [
    pytest.param(
        lambda: (lifting(TIMES, at=-250), standing(TIMES, at=250, size=1.2)),
        ("STANDING_STILL", "NEVER_REPEATING"),
        id="moves",
    ),
    pytest.param(lambda: (lifting(TIMES, at=-250), wandering(250, 1.25)), ("NEVER_REPEATING",), id="repeats"),
    pytest.param(lambda: (lifting(TIMES), lifting(TIMES, at=310, size=1.1)), ("AT_THE_EDGE",), id="in the middle"),
]


@pytest.mark.parametrize(("people", "reasons"), REASONS)
def test_the_lifter_is_chosen_for_a_reason(
    people: Callable[[], tuple[list[Detection], ...]], reasons: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert choose(*people())[0] == 0
    for reason in reasons:
        monkeypatch.setattr(lifter_module, reason, 1.0)
    assert choose(*people())[0] == 1


def test_a_passer_by_is_not_chosen_however_large() -> None:
    walkers = [seen(d.points * 1.5 + [-900.0 + 100.0 * i, 0.0]) for i, d in enumerate(standing(TIMES))]
    assert choose(lifting(TIMES, size=0.6), walkers)[0] == 0


def test_two_who_lift_alike_are_ambiguous(monkeypatch: pytest.MonkeyPatch) -> None:
    alike = (lifting(TIMES, at=-200), lifting(TIMES, at=200, mirrored=True))
    assert choose(*alike)[1:] == (1, True)
    assert "--lifter" in str(ambiguous_lifter(1))
    monkeypatch.setattr(lifter_module, "TOO_ALIKE", 1.01)
    assert choose(*alike)[1] == 0


def test_a_mirror_image_is_smaller_and_no_rival() -> None:
    chosen, rivals, close = choose(lifting(TIMES, at=-150), lifting(TIMES, at=200, size=0.75, mirrored=True))
    assert (chosen, rivals, close) == (0, 0, True)


def test_an_onlooker_is_not_even_close() -> None:
    assert choose(lifting(TIMES), standing(TIMES, at=400)) == (0, 0, False)


@pytest.mark.parametrize(("place", "expected"), [("left", 1), ("right", 0)])
def test_the_user_names_the_lifter_by_place(place: str, expected: int) -> None:
    alike = (lifting(TIMES, at=200), lifting(TIMES, at=-200), standing(TIMES, at=-500, size=0.2))
    assert choose(*alike, place=place) == (expected, 0, False)


def test_a_rarely_visible_person_is_not_chosen() -> None:
    person = group_people([0.0], [[lifting(TIMES)[0]]])
    assert choose_lifter(person, len(TIMES), WIDTH) is None


def test_one_person_seen_twice_in_a_picture_counts_once_as_seen_best() -> None:
    poor, good = seen(lifting(TIMES)[0].points + 4.0, 0.5), lifting(TIMES)[0]
    assert without_duplicates([poor, good]) == [good]


def test_repetition_is_that_of_the_movement() -> None:
    def repetition(depth: Any) -> float:
        person = group_people(list(TIMES), together(lifting(TIMES, depth=depth)))[0]
        return person.repetition()

    once = np.clip(TIMES / TIMES[-1], 0, 1)
    assert repetition(bend(TIMES, 2.5)) > 0.9
    assert repetition(once) < 0.3
    assert np.isnan(group_people([0.0, 0.5], together(lifting(TIMES)[:2]))[0].repetition())
