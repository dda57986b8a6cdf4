"""What is said about how the phone stands, before a set."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.apps.live.framing import hints
from formcheck.apps.live.look import Look
from formcheck.apps.live.watcher import Watcher
from formcheck.pose.detection import Detection
from tests.apps.live.filmed import MODEL, SIZE, look_of, squatting

TIMES = np.arange(0, 2.4, 0.1)


def seen(looks: list[Look]) -> list[str]:
    """The keys of the hints after these looks."""
    watcher = Watcher()
    for look in looks:
        watcher.take(look)
    return [hint.key for hint in hints(watcher.recent, MODEL.calibration)]


def looks(people: list[Detection], **changes: float) -> list[Look]:
    return [look_of(float(time_s), [one], **changes) for time_s, one in zip(TIMES, people, strict=True)]  # type: ignore[arg-type]


def moved(people: list[Detection], change: np.ndarray) -> list[Detection]:
    """The lifters with their points mapped by a matrix about the middle of the picture."""
    middle = np.array([SIZE / 2, SIZE / 2])
    return [
        Detection((one.points - middle) @ change.T + middle, one.depth, one.visibility, one.world, ()) for one in people
    ]  # fmt: skip


def still(**changes: float) -> list[Detection]:
    return squatting(TIMES, depth=np.zeros(len(TIMES)), **changes)


def test_a_lifter_filmed_whole_from_the_side_may_start() -> None:
    assert seen(looks(still())) == []


def test_nobody_is_asked_to_step_in() -> None:
    assert seen([look_of(float(time_s), []) for time_s in TIMES]) == ["nobody"]


def test_feet_outside_the_picture_are_named() -> None:
    low = [Detection(one.points + np.array([0, 60]), one.depth, one.visibility, one.world, ()) for one in still()]
    watcher = Watcher()
    for look in looks(low):
        watcher.take(look)
    found = hints(watcher.recent, MODEL.calibration)
    assert "feet" in found[0].text
    assert found[0].key in ("cut_off", "near")


def test_a_small_lifter_comes_closer() -> None:
    assert "far" in seen(looks(moved(still(), 0.35 * np.eye(2))))


def test_an_oblique_camera_is_told() -> None:
    assert "view" in seen(looks(still(yaw_deg=50.0)))


@pytest.mark.parametrize("degrees", [-15, 15])
def test_a_tilted_phone_is_straightened(degrees: float) -> None:
    angle = np.radians(degrees)
    turn = 0.8 * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert "level" in seen(looks(moved(still(), turn)))


def test_darkness_is_told() -> None:
    assert "dark" in seen(looks(still(), light=20.0))


def test_a_phone_in_a_hand_is_told_and_a_still_one_is_not() -> None:
    shaken = [look_of(float(t), [one], shift=3 * (row % 2)) for row, (t, one) in enumerate(zip(TIMES, still(), strict=True))]
    assert "shaky" in seen(shaken)
    assert "shaky" not in seen(looks(still()))


def test_a_second_person_as_large_is_told_and_a_distant_one_is_not() -> None:
    beside = [Detection(one.points + np.array([150, 0]), one.depth, one.visibility, one.world, ()) for one in still()]
    small = moved(beside, 0.3 * np.eye(2))
    near = [look_of(float(t), [a, b]) for t, a, b in zip(TIMES, still(), beside, strict=True)]
    far = [look_of(float(t), [a, b]) for t, a, b in zip(TIMES, still(), small, strict=True)]
    assert "several" in seen(near)
    assert "several" not in seen(far)


def test_the_lifter_is_followed_past_somebody_who_walks_through() -> None:
    watcher = Watcher()
    for row, (time_s, one) in enumerate(zip(TIMES, still(), strict=True)):
        place = one.points * 0.5 + np.array([10.0 * row, 100])
        other = Detection(place, one.depth, np.ones_like(one.visibility), one.world, ())
        found = watcher.take(look_of(float(time_s), [other, one] if row > 5 else [one]))
        assert found.lifter is not None
        np.testing.assert_allclose(found.lifter.points, one.points)


def test_the_model_gets_the_part_around_the_lifter_and_all_of_it_when_the_lifter_is_lost() -> None:
    watcher = Watcher()
    assert watcher.part(0.0, in_set=False) is None
    small = moved(still(), 0.5 * np.eye(2))
    for look in looks(small):
        watcher.take(look)
    part = watcher.part(2.4, in_set=True)
    assert part is not None
    assert 0 < part[0] < part[2] < SIZE
    for number in range(3):
        watcher.take(look_of(2.5 + number / 10, []))
    assert watcher.part(2.8, in_set=True) is None
