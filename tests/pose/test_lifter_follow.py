"""Staying on the lifter from picture to picture, with others around."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from formcheck.pose import people as follow_module
from formcheck.pose.detection import Detection
from formcheck.pose.people import Person, follow, group_people
from formcheck.pose.skeleton import SYMMETRY
from tests.motion.figure import bend, times_at
from tests.pose.people import lifting, seen, standing, together

TIMES = times_at(seconds=8.0)
NEW = np.zeros(len(TIMES), dtype=bool)


def looked_at(detections: list[Detection]) -> Person:
    """The person as the sparse pass sees it: once a second."""
    return group_people(list(TIMES[::15]), [[d] for d in detections[::15]])[0]


def walking(speed: float, middle_s: float) -> list[Detection]:
    """Somebody who walks through the picture from the left and is in the middle at `middle_s`."""
    return [seen(d.points + np.array([speed * (t - middle_s), 10.0])) for t, d in zip(TIMES, standing(TIMES), strict=True)]


def test_a_passer_by_is_not_followed() -> None:
    lifter = lifting(TIMES)
    assert follow(looked_at(lifter), TIMES, NEW, together(walking(150, 4.0), lifter)) == [1] * len(TIMES)


def hidden_by_a_walker() -> tuple[list[Detection], list[list[Detection]], Any]:
    """For half a second, while the lifter is low, only the walker is seen, who is in front."""
    lifter, walker = lifting(TIMES), walking(300, 5.0)
    hidden = np.abs(TIMES - 5.0) < 0.25
    pictures = [[w] if h else [w, d] for w, d, h in zip(walker, lifter, hidden, strict=True)]
    return lifter, pictures, hidden


def test_a_walker_in_front_is_not_the_lifter(monkeypatch: pytest.MonkeyPatch) -> None:
    lifter, pictures, hidden = hidden_by_a_walker()
    chosen = follow(looked_at(lifter), TIMES, NEW, pictures)
    assert [c for c, h in zip(chosen, hidden, strict=True) if not h] == [1] * int((~hidden).sum())
    assert all(c is None for c, h in zip(chosen, hidden, strict=True) if h)
    monkeypatch.setattr(follow_module, "JUMP_COST", 0.0)
    chosen = follow(looked_at(lifter), TIMES, NEW, pictures)
    assert any(c is not None for c, h in zip(chosen, hidden, strict=True) if h)


@pytest.mark.parametrize(
    ("stranger", "switch"),
    [
        pytest.param(lambda d: seen(d.points + np.array([900.0, 0.0])), "ELSEWHERE", id="elsewhere"),
        pytest.param(lambda d: seen(d.points * 0.3 + [250.0, 250.0]), "OTHER_SIZE_RATIO", id="smaller"),
    ],
)
def test_only_a_stranger_means_no_lifter(
    stranger: Any, switch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lifter = looked_at(lifting(TIMES))
    pictures = [[stranger(d)] for d in standing(TIMES)]
    assert follow(lifter, TIMES, NEW, pictures) == [None] * len(TIMES)
    monkeypatch.setattr(follow_module, switch, 1e6)
    monkeypatch.setattr(follow_module, "PLACE_COST", 0.0)
    monkeypatch.setattr(follow_module, "SIZE_COST", 0.0)
    assert follow(lifter, TIMES, NEW, pictures) == [0] * len(TIMES)


def test_a_single_broken_detection_is_left_out() -> None:
    lifter = lifting(TIMES)
    pictures = [[d] for d in lifter]
    pictures[40] = [seen(lifter[40].points * [1.0, 0.5] + [150.0, 220.0])]
    chosen = follow(looked_at(lifter), TIMES, NEW, pictures)
    assert chosen[40] is None
    assert chosen[:40] + chosen[41:] == [0] * (len(TIMES) - 1)


def test_a_camera_that_pans_does_not_lose_the_lifter() -> None:
    lifter = [seen(d.points + np.array([60.0 * t, 0.0])) for t, d in zip(TIMES, lifting(TIMES), strict=True)]
    start = group_people(list(TIMES[:45:15]), [[d] for d in lifter[:45:15]])[0]  # the place gets out of date
    assert follow(start, TIMES, NEW, [[d] for d in lifter]) == [0] * len(TIMES)


def test_confusing_left_and_right_is_no_reason_to_look_elsewhere() -> None:
    lifter = lifting(TIMES, split=True)
    pictures = []
    for number, detection in enumerate(lifter):
        points = detection.points.copy()
        if number % 7 > 3:
            for left, right in SYMMETRY:
                points[[left, right]] = points[[right, left]]
        pictures.append([seen(points)])
    assert follow(looked_at(lifter), TIMES, NEW, pictures) == [0] * len(TIMES)


def test_a_quick_lift_with_few_new_pictures_a_second_is_no_jump() -> None:
    """Every picture is shown four times: the lifter leaps from one to the next."""
    lifter = lifting(TIMES, depth=bend(TIMES, 1.5))
    old = np.arange(len(TIMES)) % 4
    pictures = [[lifter[i - k]] for i, k in enumerate(old)]
    assert follow(looked_at(lifter), TIMES, old > 0, pictures) == [0] * len(TIMES)


def leap(change: Any) -> tuple[list[Detection], Any]:
    """Somebody who stands, and for a third of a second is `change`d: one picture of a choppy clip."""
    away = np.abs(TIMES - 4.0) < 0.17
    return [change(d) if a else d for d, a in zip(standing(TIMES), away, strict=True)], away


def test_a_quick_lunge_in_a_choppy_clip_is_followed() -> None:
    """Down and forward by four tenths of the body between two pictures, and back."""
    lifter, away = leap(lambda d: seen(d.points + np.array([150.0, 100.0])))
    repeated = away & np.roll(away, 1)
    assert follow(looked_at(lifter), TIMES, repeated, [[d] for d in lifter], alone=True) == [0] * len(TIMES)


def test_a_leap_onto_something_smaller_is_left_out() -> None:
    """The model sees the body on the plate before it."""
    lifter, away = leap(lambda d: seen((d.points - d.points.mean(axis=0)) * 0.5 + d.points.mean(axis=0) + [150.0, 100.0]))
    chosen = follow(looked_at(standing(TIMES)), TIMES, NEW, [[d] for d in lifter], alone=True)
    assert [one is None for one in chosen] == list(away)
