"""Looking for plates while the pose stage has the pictures, beside reading the clip for them."""

from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest

from formcheck.motion.bar.candidates import find_bar
from formcheck.motion.bar.search import MOST_WAITING, PlateSearch
from formcheck.pose.detection import Detection
from formcheck.pose.estimate import RUN
from formcheck.pose.locate import Located
from formcheck.pose.people import group_people
from formcheck.pose.track import PoseShot
from formcheck.runtime.workers import WorkerDiedError
from formcheck.video.frame import Cutout, Frame
from tests.motion.bar.scene import Pictures, hinge, track_of
from tests.motion.bar.test_candidates import TIMES, drawn

SIZE = (480, 640)
#: A model's picture that shows nothing of use.
NOTHING = Cutout(np.zeros((8, 8, 3), np.uint8), (0.0, 0.0, 8.0, 8.0))


class Pool:
    """Does the work at once, and counts it; `dies` at some of it."""

    workers = 2

    def __init__(self, dies=()):
        self.done, self.dies = 0, dies

    def submit(self, function, *arguments, limit_s=0.0):
        future = Future()
        self.done += 1
        if self.done in self.dies:
            future.set_exception(WorkerDiedError())
        else:
            future.set_result(function(*arguments))
        return future


@pytest.fixture(scope="module")
def lift():
    named = hinge(TIMES)
    track = track_of(TIMES, named)
    people = [
        Detection(track.points[i], track.depth[i], track.visibility[i], track.world[i], ()) for i in range(len(TIMES))
    ]
    return track, people, Pictures(drawn(named), TIMES)


@pytest.fixture(scope="module")
def apart(lift):
    """What a pass of its own finds."""
    track, _, pictures = lift
    return find_bar(pictures, track)


def watched(pool, people, pictures, lag=7, shown=lambda frame: NOTHING):
    """A pass: answers come `lag` samples after the pictures."""
    rows = [i for i in range(0, len(TIMES), 6) if people[i] is not None]
    lifter = group_people([float(TIMES[i]) for i in rows], [[people[i]] for i in rows])[0]
    search = PlateSearch(pool)
    search.begin([Located(PoseShot((0, 0, *SIZE), 0, 1), lifter)], SIZE, 1 / 15)
    for i in range(len(TIMES) + lag):
        if i < len(TIMES):
            search.frame(i, 0, pictures.frame(i), shown(pictures.frame(i)))
        if i >= lag:
            found = people[i - lag]
            search.people(i - lag, 0, float(TIMES[i - lag]), [] if found is None else [found])
    return search


def same_plates(one, other, within):
    """In every sample the best candidate of one is among the other's."""
    for i in range(len(TIMES)):
        away = np.hypot(other.x[i] - one.x[i, 0], other.y[i] - one.y[i, 0]) + np.abs(other.radius[i] - one.radius[i, 0])
        assert np.nanmin(away) < within


def test_no_second_pass_is_needed_and_the_same_plates_are_found(lift, apart):
    track, people, pictures = lift
    pool = Pool()
    search = watched(pool, people, pictures)
    pictures.read.clear()
    along = search.candidates(pictures, track)
    assert pictures.read == []
    assert pool.done == len(TIMES)
    same_plates(apart, along, 1.5)


def test_the_models_own_picture_serves_when_it_is_large_enough(lift, apart, monkeypatch):
    """Nothing is cut out of the frame a second time (a frame is cut once here, to stand for the model's picture)."""
    track, people, pictures = lift
    cut = []
    monkeypatch.setattr(Frame, "cut", lambda self, *how, real=Frame.cut: cut.append(self.index) or real(self, *how))
    search = watched(Pool(), people, pictures, shown=lambda frame: frame.cut((0, 0, *SIZE), 1.0))
    pictures.read.clear()
    along = search.candidates(pictures, track)
    assert pictures.read == []
    assert len(cut) == len(TIMES)
    same_plates(apart, along, 1.5)


def test_a_lifter_missed_for_a_while_is_searched_along_the_path(lift, apart):
    track, people, pictures = lift
    track = replace(track, points=track.points.copy())
    track.points[20:26] = np.nan
    search = watched(Pool(), [None if 20 <= i < 26 else person for i, person in enumerate(people)], pictures)
    pictures.read.clear()
    same_plates(apart, search.candidates(pictures, track), 1.5)
    assert pictures.read == []


def test_only_samples_searched_in_the_wrong_place_are_searched_again(lift, apart):
    """For ten samples somebody else was taken for the lifter; the finished track knows better."""
    track, people, pictures = lift
    wrong = [
        replace(person, points=person.points + 60) if 30 <= i < 40 else person for i, person in enumerate(people)
    ]
    search = watched(Pool(), wrong, pictures)
    pictures.read.clear()
    along = search.candidates(pictures, track)
    assert set(range(30, 40)) <= set(pictures.read) <= set(range(26, 44))
    same_plates(apart, along, 1.5)


def test_a_sample_whose_worker_died_is_searched_again(lift):
    track, people, pictures = lift
    search = watched(Pool(dies=(12,)), people, pictures)
    pictures.read.clear()
    search.candidates(pictures, track)
    assert len(pictures.read) == 1


def test_pictures_do_not_pile_up_without_a_lifter(lift):
    _, people, pictures = lift
    pool = Pool()
    search = watched(pool, people[:1] + [None] * (len(TIMES) - 1), pictures)
    many = [pictures.frame(0) for _ in range(400)]
    for row, frame in enumerate(many):
        search.frame(1000 + row, 0, frame, NOTHING)
        assert len(search._pictures) <= MOST_WAITING + RUN * (pool.workers + 3)


def test_a_new_pass_forgets_the_one_before(lift):
    track, people, pictures = lift
    pool = Pool()
    search = watched(pool, people, pictures)
    search.begin([], SIZE, 1 / 15)
    pictures.read.clear()
    done = pool.done
    search.candidates(pictures, track)
    assert set(pictures.read) == set(range(len(TIMES)))
    assert pool.done == done + len(TIMES)
