"""Telling people apart by their clothes who stand in front of each other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from formcheck.pose.detection import Detection
from formcheck.pose.people import clothes_differ, clothes_of, follow, group_people
from formcheck.pose.skeleton import SIDES, joint
from tests.motion.figure import lifter, times_at
from tests.pose.people import lifting, standing

TIMES = times_at(seconds=8.0)
NEW = np.zeros(len(TIMES), dtype=bool)
RED, GREEN, UNKNOWN = (np.full((3, 3), value) for value in ([20.0, 60.0, 40.0], [20.0, -50.0, 40.0], [np.nan] * 3))


def dressed(people: list[Detection], clothes: Any) -> list[Detection]:
    return [replace(detection, clothes=clothes) for detection in people]


def picture_of(points: Any, trunk: tuple[int, int, int], legs: tuple[int, int, int]) -> Any:
    """The lifter's trunk and thighs as coloured blocks on grey."""
    picture = np.full((640, 640, 3), 127, dtype=np.uint8)
    at = {name: points[[joint(name, side) for side in SIDES]].mean(axis=0) for name in ("shoulder", "hip", "knee")}
    for a, b, colour in (("hip", "knee", legs), ("shoulder", "hip", trunk)):
        (left, top), (right, bottom) = np.minimum(at[a], at[b]) - 40, np.maximum(at[a], at[b]) + 40
        picture[int(top) : int(bottom), int(left) : int(right)] = colour
    return picture


def test_clothes_are_told_by_hue_and_hardly_by_light() -> None:
    points = lifter(TIMES[:1])[0]
    red = clothes_of(picture_of(points, (200, 30, 30), (20, 20, 60)), points)
    shaded = clothes_of(picture_of(points, (150, 25, 25), (15, 15, 45)), points)
    green = clothes_of(picture_of(points, (30, 160, 40), (200, 200, 60)), points)
    assert clothes_differ(red, red) == 0
    assert clothes_differ(red, shaded) < 20
    assert clothes_differ(red, green) > 60


def test_places_that_are_hidden_or_outside_the_picture_are_unknown() -> None:
    points = lifter(TIMES[:1])[0]
    picture = picture_of(points, (200, 30, 30), (20, 20, 60))
    assert np.isnan(clothes_of(picture, points + 5000.0)).all()
    assert np.isnan(clothes_of(picture, np.full_like(points, np.nan))).all()
    assert np.isnan(clothes_differ(RED, UNKNOWN))
    one_covered = np.where(np.arange(3)[:, None] == 1, GREEN, RED)
    assert clothes_differ(RED, one_covered) == 0


def met() -> tuple[list[Detection], list[Detection], list[list[Detection]]]:
    """A lifter and an onlooker behind; the model finds both for a second, then each for half a second in turn."""
    one, other = dressed(lifting(TIMES), RED), dressed(standing(TIMES, at=40), GREEN)
    both = [[a, b] if t < 1 else [a] if int(2 * t) % 2 else [b] for t, a, b in zip(TIMES, one, other, strict=True)]
    return one, other, both


def test_detections_of_two_who_meet_are_sorted_by_clothes() -> None:
    _, _, pictures = met()
    people = group_people(list(TIMES), pictures)
    assert len(people) == 2
    for person, clothes in zip(people, (RED, GREEN), strict=True):
        assert all(detection.clothes is clothes for detection in person.detections)
        assert len(person.times) == pytest.approx(len(TIMES) * 9 / 16, abs=5)


def test_clothes_that_change_are_no_other_person() -> None:
    """Nobody else was ever seen beside the lifter: plates and arms cover the clothes."""
    one = [replace(d, clothes=GREEN if t > 4 else RED) for t, d in zip(TIMES, lifting(TIMES), strict=True)]
    assert [len(person.times) for person in group_people(list(TIMES), [[d] for d in one])] == [len(TIMES)]


@pytest.mark.parametrize(("clothes", "taken"), [(GREEN, False), (RED, True), (UNKNOWN, True)])
def test_only_who_is_dressed_like_the_lifter_is_followed(clothes: Any, taken: bool) -> None:
    one, other, pictures = met()
    onlooker = dressed(other, clothes)
    shown = [[onlooker[n] if d is other[n] else d for d in seen] for n, seen in enumerate(pictures)]
    looks = slice(None, None, 15)
    (person,) = group_people(list(TIMES[looks]), [[d] for d in one[looks]])
    (beside,) = group_people(list(TIMES[looks]), [[d] for d in onlooker[looks]])
    chosen = follow(person, TIMES, NEW, shown, others=[beside])
    without_lifter = [c for c, seen, d in zip(chosen, shown, one, strict=True) if not any(s is d for s in seen)]
    assert any(c is not None for c in without_lifter) == taken
