"""Several sets in one clip are told apart: by a rest, by another exercise, by a cut; one set stays one."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.lifts.sets import REST_S, FoundSet, find_sets
from formcheck.motion.bar.candidates import BarCandidates
from formcheck.motion.motion import Motion
from formcheck.options import JudgingOptions
from formcheck.pose.skeleton import joint
from formcheck.pose.track import PoseTrack
from tests import lifters
from tests.motion.figure import make_track

RATE = 15.0


def filmed(*parts: Motion | float, cut: bool = False) -> PoseTrack:
    """One clip: sets, and between them seconds of standing still; with a cut before every set after the first."""
    points, shots, sets = [], [], 0
    for part in parts:
        if isinstance(part, Motion):
            own = part.body.points[::2]
            sets += 1
        else:
            own = np.repeat(points[-1][-1:], round(part * RATE), axis=0)
        points.append(own)
        shots.append(np.full(len(own), sets - 1 if cut else 0))
    whole = np.concatenate(points) + np.random.default_rng(0).normal(0, 0.3, np.concatenate(points).shape)
    return make_track(np.arange(len(whole)) / RATE, whole, shot=np.concatenate(shots), rate=1)


def sets_of(track: PoseTrack, **said: str) -> list[FoundSet]:
    nothing = np.full((len(track.times), 1), np.nan)
    bars = BarCandidates(track.key, track.times, nothing[:, 0], nothing, nothing, nothing, nothing, track.width, track.height)
    return find_sets(track, bars, JudgingOptions(**said))


def with_plate(track: PoseTrack) -> BarCandidates:
    """A plate of nearly half a trunk before the near hand."""
    hand = track.points[:, joint("wrist", "right")]
    one = np.ones((len(track.times), 1))
    trunk = np.linalg.norm(track.points[:, joint("shoulder", "right")] - track.points[:, joint("hip", "right")], axis=1)
    return BarCandidates(
        track.key, track.times, trunk, hand[:, :1], hand[:, 1:], 0.45 * trunk[:, None], 0.9 * one, track.width, track.height
    )


def exercises(sets: list[FoundSet]) -> list[tuple[str, int]]:
    return [(one.found.exercise.name, sum(len(shot.reps) for shot in one.found.shots)) for one in sets]


@pytest.mark.parametrize(("followed", "family"), [(True, "romanian_deadlift"), (False, "goblet_squat")])
def test_a_deadlift_done_like_a_squat_is_told_by_its_bar(followed: bool, family: str) -> None:
    track = filmed(lifters.squat(3, trunk=15, hands="hanging"))
    if followed:
        (found,) = find_sets(track, with_plate(track), JudgingOptions())
    else:
        (found,) = sets_of(track)
    assert (found.found.exercise.family, len(found.found.shots[0].reps)) == (family, 3)
    assert found.found.confidence > 0.75


@pytest.fixture(scope="module")
def rested() -> tuple[PoseTrack, list[FoundSet]]:
    """A clip of two sets with a rest between them, and what is found in it."""
    track = filmed(lifters.hinge(4), REST_S + 5, lifters.hinge(3))
    return track, sets_of(track)


def test_two_sets_with_a_rest_between_them_are_two(rested: tuple[PoseTrack, list[FoundSet]]) -> None:
    _, found = rested
    assert exercises(found) == [("romanian_deadlift", 4), ("romanian_deadlift", 3)]
    assert found[0].track.key.reading.start_s is None
    assert found[0].track.key.reading.end_s == found[1].track.key.reading.start_s
    assert found[1].track.key.reading.end_s is None
    (_, end), (start, _) = found[0].span, found[1].span
    assert end < found[1].track.key.reading.start_s < start


def test_a_short_rest_is_within_the_set() -> None:
    assert exercises(sets_of(filmed(lifters.hinge(4), REST_S - 10, lifters.hinge(3)))) == [("romanian_deadlift", 7)]


def test_a_single_set_keeps_the_whole_track() -> None:
    track = filmed(lifters.squat(3))
    (one,) = sets_of(track)
    assert one.track is track


@pytest.mark.parametrize("cut", [True, False])
def test_another_exercise_after_the_first_is_a_set_of_its_own(cut: bool) -> None:
    track = filmed(lifters.split_squat(5), 3.0, lifters.hinge(4), cut=cut)
    sets = sets_of(track)
    assert exercises(sets) == [("split_squat", 5), ("romanian_deadlift", 4)]
    if cut:  # no sliver of the other's shot
        assert [len(np.unique(one.track.shot)) for one in sets] == [1, 1]


def test_another_exercise_after_a_rest_is_a_set_of_its_own() -> None:
    found = exercises(sets_of(filmed(lifters.squat(4), REST_S + 5, lifters.hinge(4))))
    assert [reps for _, reps in found] == [4, 4]
    assert found[0][0] != found[1][0]


def test_of_an_exercise_that_the_user_named_nothing_else_is_made_a_set() -> None:
    found = exercises(sets_of(filmed(lifters.split_squat(5), 3.0, lifters.hinge(4), cut=True), exercise="split_squat"))
    assert [name for name, _ in found] == ["split_squat"]


def test_one_hinge_before_split_squats_is_the_weight_picked_up_and_no_set() -> None:
    assert len(sets_of(filmed(lifters.hinge(1), 2.0, lifters.split_squat(5)))) == 1


def test_a_part_of_a_track_is_what_the_options_would_have_cut_out(rested: tuple[PoseTrack, list[FoundSet]]) -> None:
    track, found = rested
    second = found[1].track
    begin = second.key.reading.start_s
    assert begin is not None
    assert (second.frame_times >= begin).all()
    assert second.first_index == int((track.frame_times < begin).sum())
    assert second.frame_number(float(second.frame_times[0])) == second.first_index
    assert second.samples[0] == 0


def test_three_exercises_cut_together_are_three_sets() -> None:
    parts = (lifters.split_squat(2), lifters.hinge(2), lifters.hip_thrust(2))
    found = sets_of(filmed(*parts, cut=True))
    assert [name for name, _ in exercises(found)] == ["split_squat", "romanian_deadlift", "hip_thrust"]
    assert [reps for _, reps in exercises(found)] == [2, 2, 2]
