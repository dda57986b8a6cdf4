"""Lying and small lifters, without a model: turned pictures, closer looks, and the closer look at two candidates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from formcheck.pose import locate
from formcheck.pose.detection import Detection, turn_back
from formcheck.pose.geometry import upside_down
from formcheck.pose.locate import busier, changing, locate_lifter, without
from formcheck.pose.people import Box, Person, group_people
from formcheck.pose.pool import PoseJob
from formcheck.pose.skeleton import SIDES, joint
from formcheck.video.frame import Cutout
from tests.motion.figure import lifter, times_at
from tests.pose.people import lifting, seen, standing

TIMES = times_at(rate_hz=2.0)
LIFTING = lifting(TIMES)


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_points_of_a_turned_picture_are_mapped_back(turns: int) -> None:
    picture = np.zeros((40, 60), dtype=np.uint8)
    picture[7, 21] = 1
    row, column = np.argwhere(np.rot90(picture, k=turns))[0]
    # Pixel centres lie half a pixel in.
    back = turn_back(np.array([[column + 0.5, row + 0.5]]), turns, (60.0, 40.0))
    assert back[0].tolist() == [21.5, 7.5]


def test_who_moves_far_more_than_the_one_at_rest_may_be_the_lifter() -> None:
    """One stands, one lifts, and one who lifts is there for a moment only."""
    at_rest, lifter_, passer_by = (
        group_people(list(TIMES), [[one] if 0 <= step < last else [] for step, one in enumerate(seen_as)])[0]
        for seen_as, last in ((standing(TIMES), len(TIMES)), (LIFTING, len(TIMES)), (LIFTING, len(TIMES) // 4))
    )
    assert busier([at_rest, lifter_, passer_by], at_rest, len(TIMES)) == [lifter_]


def test_a_person_at_rest_is_painted_over_but_not_who_moves_in_front() -> None:
    """A still person, dark; a bright block moves across the person's edge and beyond."""
    pictures = []
    for step in range(6):
        picture = np.full((40, 60, 3), 90, dtype=np.uint8)
        picture[:, 20:40] = 30
        picture[10 + 3 * step : 15 + 3 * step, 34:50] = 250
        pictures.append(Cutout(picture, (0.0, 0.0, 60.0, 40.0)))
    change = changing(pictures)
    seen = without(pictures[0], Box(20.0, 0.0, 40.0, 40.0), change).picture
    assert (seen[:, 20:33] == 90).all()
    assert (seen[10:15, 34:50] == 250).all()
    assert (pictures[0].picture[:, 20:33] == 30).all()


class _Pool:
    """Sees the lifter in all pictures turned `good` times, and in every third of the others."""

    def __init__(self, good: int, points: Any) -> None:
        self.good, self.points, self.asked = good, points, 0

    def map(self, jobs: Iterable[PoseJob[Any]]) -> Iterator[tuple[Any, list[Detection]]]:
        for number, job in enumerate(jobs):
            self.asked += 1
            found = job.turns == self.good or number % 3 == 0
            yield job.tag, [seen(self.points[number])] if found else []


def best_turn(good: int) -> tuple[int, int]:
    """The turn that is chosen, and how many pictures were looked at."""
    pictures = [Cutout(np.zeros((64, 64, 3), dtype=np.uint8), (0, 0, 64, 64))] * 6
    pool = _Pool(good, lifter(TIMES))
    person = group_people(list(TIMES), [[d] for d in LIFTING])[0]
    return locate._best_turn(pool, pictures, (0, 0, 64, 64), person), pool.asked  # type: ignore[arg-type]


@pytest.mark.parametrize(("good", "expected"), [(0, 0), (1, 1), (3, 3)])
def test_pictures_are_turned_when_that_finds_a_lying_lifter(good: int, expected: int) -> None:
    assert best_turn(good)[0] == expected


def test_without_the_turns_a_lying_lifter_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locate, "FOUND_ENOUGH", 0.0)
    assert best_turn(1)[0] == 0


def test_a_found_upright_lifter_is_not_searched_rotated() -> None:
    assert best_turn(0) == (0, 6)


class _Room:
    """A clip and its pose model in one: every picture carries its time, and the people are known at any time.

    Somebody smaller than a quarter of the picture's height that the model is given is not found. Something bright moves within
    the part `moving` (left, top, right, bottom).
    """

    def __init__(self, *people: Any, width: int = 640, moving: tuple[int, int, int, int] | None = None) -> None:
        self.people, self.width, self.moving = people, width, moving
        self.looks: list[float] = []

    def frames_near(self, times: list[float], *, skip_nonref: bool = False) -> Iterator[Any]:
        for time_s in times:
            picture = np.zeros((640, self.width, 3), dtype=np.uint8)
            picture[..., 2] = round(time_s * 10)  # blue: hardly seen in grey
            if self.moving is not None:
                left, top, right, bottom = self.moving
                down = round((bottom - top) * 0.4 * (1 + np.sin(3 * time_s)))
                picture[top + down : top + down + (bottom - top) // 5, left:right, :2] = 255
            whole = Cutout(picture, (0, 0, self.width, 640))
            yield SimpleNamespace(time_s=time_s, whole=lambda longest, whole=whole: whole.part(whole.box, longest))

    def keyframe_times(self) -> np.ndarray:
        return np.zeros(0)

    def map(self, jobs: Iterable[PoseJob[Any]]) -> Iterator[tuple[Any, list[Detection]]]:
        for job in jobs:
            time_s = int(job.picture[0, 0, 2]) / 10
            self.looks.append(time_s)
            scale = job.tag.scale
            everybody = [person(np.array([time_s, time_s + 0.01]))[0] for person in self.people]
            shown = [seen((d.points - job.tag.origin) * scale) for d in everybody]
            yield job.tag, [d for d in shown if np.ptp(d.points[:, 1]) > 0.25 * max(job.picture.shape[:2])]


def located(room: _Room, place: Any = None) -> locate.Located:
    return locate_lifter(room, np.arange(0, 20.0, 0.1), room, place)  # type: ignore[arg-type]


def test_the_crop_holds_the_lifter_and_the_looks_are_few() -> None:
    room = _Room(lambda t: lifting(t))
    found = located(room)
    left, top, right, bottom = found.shot.crop or (0, 0, 0, 0)
    assert found.shot.rivals == 0
    assert found.shot.people == 1
    assert left < 280 < 360 < right
    assert top < 150 < 560 < bottom
    assert len(room.looks) < 30


def test_two_alike_need_a_closer_look_and_remain_ambiguous() -> None:
    room = _Room(lambda t: lifting(t, at=-170), lambda t: lifting(t, at=170))
    assert located(room).shot.rivals == 1
    assert len(room.looks) > 70
    named = located(_Room(*room.people), "right")
    assert named.shot.rivals == 0
    assert named.lifter is not None
    assert named.lifter.center[0] > 320


def test_a_small_lifter_in_a_wide_picture_is_searched_in_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    room = _Room(lambda t: lifting(t, size=0.8), width=1920)
    assert located(room).lifter is not None
    monkeypatch.setattr(locate, "_search_tiles", lambda pool, pictures, found: found)
    assert located(room).lifter is None


def onlooker(t: Any) -> list[Detection]:
    return standing(t, at=-200)


def small_lifter(t: Any) -> list[Detection]:
    return lifting(t, at=500, size=0.6)


def test_a_lifter_whom_the_model_overlooks_beside_an_onlooker_is_found_where_the_picture_moves() -> None:
    found = located(_Room(onlooker, small_lifter, width=1280, moving=(730, 310, 910, 560)))
    assert found.lifter is not None
    assert found.lifter.center[0] > 700
    left, _, right, _ = found.shot.crop or (0, 0, 0, 0)
    assert left < 820 < right


@pytest.mark.parametrize("moving", [None, (90, 100, 200, 560), (0, 0, 1280, 640)])
def test_where_nothing_moves_or_only_what_the_person_does_or_the_camera_nobody_else_is_looked_for(moving: Any) -> None:
    found = located(_Room(onlooker, small_lifter, width=1280, moving=moving))
    assert found.lifter is not None
    assert found.lifter.center[0] < 250


def test_a_title_card_has_no_lifter() -> None:
    assert located(_Room()).shot.crop is None
    assert located(_Room(lambda t: standing(t, size=0.1))).lifter is None


def test_only_keyframes_are_used_if_there_are_enough() -> None:
    """A phone's keyframes: nothing but them has to be decoded, as long as eight looks are left."""
    looks, keyframes = np.linspace(0, 28, 16), np.arange(0.0, 28.0, 3.0)
    assert set(locate.near_keyframes(looks, keyframes, alone=True)[:-1]) <= set(keyframes)
    few = locate.near_keyframes(looks, keyframes[::3], alone=True)
    assert len(few) >= locate.FEWEST_LOOKS


def test_looks_move_to_keyframes_close_by_and_to_no_others() -> None:
    looks = np.arange(1.0, 9.0, 2.0)
    keyframes = np.array([0.0, 1.4, 4.0, 6.7, 9.0])
    assert locate.near_keyframes(looks, keyframes).tolist() == [1.4, 3.0, 5.0, 6.7]
    assert locate.near_keyframes(looks, np.zeros(0)).tolist() == looks.tolist()


def looks(person: Person) -> np.ndarray:
    return np.array([detection.points for detection in person.detections])


def test_upside_down_clips_are_distinguished_from_bending_over() -> None:
    times = times_at(3)
    (upright,) = group_people(list(times), [[d] for d in lifting(times)])
    over = [[seen(np.array([640.0, 960.0]) - d.points)] for d in lifting(times)]
    (turned,) = group_people(list(times), over)
    assert not upside_down(looks(upright))
    assert upside_down(looks(turned))


def test_feet_on_a_bench_are_not_upside_down() -> None:
    """Feet higher than the head, but never than the knees."""
    times = times_at(3)
    people = lifting(times)
    for person in people:
        for side in SIDES:
            ear, hip, knee = (person.points[joint(name, side)] for name in ("ear", "hip", "knee"))
            person.points[joint("ankle", side)][1] = ear[1] - 60.0
            knee[1], hip[1] = ear[1] - 120.0, ear[1] - 40.0
    (bridge,) = group_people(list(times), [[d] for d in people])
    assert not upside_down(looks(bridge))


def bridging(times: np.ndarray) -> list:
    """Somebody in a glute bridge on the floor, the head at the left; the hips go up and down."""
    people = lifting(times)
    for person, up in zip(people, np.sin(np.pi * times / times[-1]) * 70, strict=True):
        places = {"ear": (80, 398), "shoulder": (130, 400), "hip": (270, 395 - up), "knee": (370, 300), "ankle": (400, 405)}
        for name, place in places.items():
            for side in SIDES:
                person.points[joint(name, side)] = place
        rest = np.setdiff1d(np.arange(len(person.points)), [joint(name, side) for name in places for side in SIDES])
        person.points[rest] = (250, 402)
    return people


def test_lying_upside_down_is_detected_too() -> None:
    """Head and feet are at the same height: only the knees tell."""
    times = times_at(3)
    (upright,) = group_people(list(times), [[d] for d in bridging(times)])
    (turned,) = group_people(list(times), [[seen(np.array([640.0, 800.0]) - d.points)] for d in bridging(times)])
    assert not upside_down(looks(upright))
    assert upside_down(looks(turned))
