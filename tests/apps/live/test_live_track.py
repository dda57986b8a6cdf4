"""The looks as a pose track: cuts and repeated pictures are found as in a clip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formcheck.apps.live.look import Seen, track_of
from formcheck.apps.live.watcher import Watcher
from formcheck.pose.track import PoseTrack
from tests.apps.live.filmed import MODEL, SIZE, look_of, squatting

RATE = 10.0
TIMES = np.arange(0, 6, 1 / RATE)
PEOPLE = squatting(TIMES, depth=(1 - np.cos(2 * np.pi * TIMES / 3)) / 2)


def watched(rooms: list[np.ndarray]) -> PoseTrack:
    """The track of a camera that sees these thumbnails."""
    watcher, seen = Watcher(), list[Seen]()
    for time_s, lifter, room in zip(TIMES, PEOPLE, rooms, strict=True):
        seen.append(watcher.take(replace(look_of(float(time_s), [lifter]), thumbnail=room)))
    return track_of(seen, MODEL, SIZE, SIZE)


def moving_room(shift: int) -> np.ndarray:
    return np.roll(look_of(0.0, []).thumbnail, shift, axis=1)


def test_pictures_that_repeat_but_for_the_noise_of_their_encoding_are_repeats() -> None:
    """A camera that takes five frames a second and sends each of them twice."""
    noise = np.random.default_rng(3)
    rooms = [moving_room(number // 2) for number in range(len(TIMES))]
    for room in rooms:
        room[noise.integers(48, size=20), noise.integers(48, size=20)] ^= 1
    assert watched(rooms).repeated.tolist() == [number % 2 == 1 for number in range(len(TIMES))]


def test_a_cut_begins_a_new_shot_and_a_touched_phone_does_not_before_it_has_come_to_rest() -> None:
    still = look_of(0.0, []).thumbnail
    other = 255 - still
    cut = [still if number < 30 else other for number in range(len(TIMES))]
    track = watched(cut)
    assert track.shot.tolist() == [0] * 30 + [1] * 30
    assert len(track.shots) == 2
    touched = [still] * 59 + [other]
    assert watched(touched).shot.tolist() == [0] * 60


def test_a_lifter_whose_legs_are_hidden_for_a_while_is_the_same_lifter() -> None:
    watcher = Watcher()
    for number, (time_s, lifter) in enumerate(zip(TIMES, PEOPLE, strict=True)):
        visibility = lifter.visibility.copy()
        if 20 <= number < 30:
            visibility[len(visibility) // 2 :] = 0.0
        seen = watcher.take(look_of(float(time_s), [replace(lifter, visibility=visibility)]))
        assert seen.lifter is not None
