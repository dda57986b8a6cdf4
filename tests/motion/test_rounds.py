"""Body and bar are estimated in turn until the plate stays the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from formcheck.motion import motion as build
from formcheck.motion.bar.bar import Bar
from formcheck.motion.motion import MOST_ROUNDS, full_motion, same_plate
from tests.lifters import hip_thrust

ROUGH = hip_thrust(1)
COUNT = len(ROUGH.times)


def plate(x: float, radius: float = 100.0) -> Bar:
    center = np.tile([x, 300.0], (COUNT, 1))
    ones = np.ones(COUNT)
    return Bar("plate", center, radius * ones, ones, center, ones)


def covers(monkeypatch: pytest.MonkeyPatch, *bars: Bar | None) -> list[float]:
    """Where the plate stood that each body was built with, when the bar is found in these places one after the other."""
    left, used = list(bars), []

    def body(*args: Any, cover: Any, **others: Any) -> Any:
        used.append(float(cover.center[0, 0]))
        return ROUGH.body

    monkeypatch.setattr(build, "build_bar", lambda candidates, body: left.pop(0) if len(left) > 1 else left[0])
    monkeypatch.setattr(build, "build_body", body)
    monkeypatch.setattr(build, "build_scale", lambda *args: ROUGH.scale)
    monkeypatch.setattr(build, "build_motion", lambda track, **parts: ROUGH)

    class Track:
        outline = ()

    full_motion(Track(), None, ROUGH, 0, bar_on_hips=True)  # type: ignore[arg-type]
    return used


def test_a_plate_that_stays_is_used_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert covers(monkeypatch, plate(400), plate(420)) == [400]


def test_the_far_plate_is_dropped_once_the_joints_show_the_near_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert covers(monkeypatch, plate(800, 60), plate(400), plate(401)) == [800, 400]


def test_the_rounds_end_although_the_plate_never_settles(monkeypatch: pytest.MonkeyPatch) -> None:
    used = covers(monkeypatch, *[plate(400 + 200 * (k % 2)) for k in range(20)])
    assert len(used) == MOST_ROUNDS


def test_no_plate_needs_no_second_body(monkeypatch: pytest.MonkeyPatch) -> None:
    assert covers(monkeypatch, None) == []
    assert covers(monkeypatch, plate(400), None, None) == [400]


def test_plates_side_by_side_are_two() -> None:
    assert not same_plate(plate(400), plate(500))
    assert same_plate(plate(400), plate(410))
