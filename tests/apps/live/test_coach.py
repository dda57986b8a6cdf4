"""The running count and the cues, on a stick figure whose reps are known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.apps.live import coach as coach_module
from formcheck.apps.live.coach import Coach, Corrected, Cue, Event, Recognised, RepDone
from formcheck.apps.live.look import Seen
from formcheck.lifts.registry import exercise_named
from formcheck.options import JudgingOptions
from tests.apps.live.filmed import MODEL, SIZE, squatting, standing_then_squatting

RATE = 10.0


def steps(
    coach: Coach, times: np.ndarray, people: list, every: int = 4, *, cues: bool = True
) -> list[tuple[float, list[Event]]]:
    """What each step says, and when: the coach counts after every fourth look."""
    said = []
    for number, (time_s, lifter) in enumerate(zip(times, people, strict=True)):
        coach.add(Seen(float(time_s), lifter), SIZE, SIZE)
        if number % every == 0:
            said.append((float(time_s), coach.step(cues=cues)))
    return said


def watched(
    coach: Coach, times: np.ndarray, people: list, every: int = 4, *, cues: bool = True
) -> list[tuple[float, Event]]:
    """What is said, and when."""
    return [(time_s, event) for time_s, events in steps(coach, times, people, every, cues=cues) for event in events]


@pytest.fixture(scope="module")
def five() -> tuple[Coach, list[tuple[float, Event]]]:
    """Five squats of 2.5 s that begin after two seconds, on a clock that shows 1000 s more."""
    times = np.arange(0, 16.5, 1 / RATE)
    coach = Coach(MODEL, 1000.0, JudgingOptions(exercise="goblet_squat"))
    return coach, watched(coach, times + 1000, standing_then_squatting(times, 2.0, reps=5))


def test_each_rep_is_said_once_within_a_second_of_its_end(five: tuple[Coach, list[tuple[float, Event]]]) -> None:
    reps = [(when, event) for when, event in five[1] if isinstance(event, RepDone)]
    assert [event.count for _, event in reps] == [1, 2, 3, 4, 5]
    for number, (when, _) in enumerate(reps):
        assert -0.3 < when - (1000 + 2.0 + 2.0 + 2.5 * number) <= 1.0


def test_times_are_those_of_the_cameras_clock(five: tuple[Coach, list[tuple[float, Event]]]) -> None:
    _, said = five[0].finish()
    assert said.count == len(said.reps) == 5
    assert said.begun_s == 1000.0
    np.testing.assert_allclose([start for start, _ in said.reps], 1002 + 2.5 * np.arange(5), atol=0.35)


def test_the_exercise_is_told_once(five: tuple[Coach, list[tuple[float, Event]]]) -> None:
    told = [event for _, event in five[1] if isinstance(event, Recognised)]
    assert [event.exercise for event in told] == ["goblet_squat"]
    assert told[0].reps == (10, 12)


def test_at_most_one_cue_a_rep_and_only_after_its_count(five: tuple[Coach, list[tuple[float, Event]]]) -> None:
    counted, cued = set(), []
    for _, event in five[1]:
        if isinstance(event, RepDone):
            counted.add(event.count)
        if isinstance(event, Cue):
            assert event.rep in counted
            cued.append(event.rep)
    assert len(cued) == len(set(cued))


def test_a_fault_is_told_from_the_second_rep_on_that_has_it_and_no_good_rep_is_accused() -> None:
    """Three deep squats, then two shallow ones."""
    times = np.arange(0, 15.5, 1 / RATE)
    phase = np.clip(times - 1.5, 0, None)
    depth = np.where((times > 1.5) & (times < 14.0), (1 - np.cos(2 * np.pi * phase / 2.5)) / 2, 0.0)
    shallow = (times > 1.5 + 3 * 2.5) & (times < 1.5 + 5 * 2.5)
    coach = Coach(MODEL, 0.0, JudgingOptions(exercise="goblet_squat"))
    said = watched(coach, times, squatting(times, depth=np.where(shallow, 0.45 * depth, depth)), every=3)
    cues = {event.rep: event for _, event in said if isinstance(event, Cue) and event.rule == "short_range"}
    assert set(cues) == {5}
    assert cues[5].text


@pytest.mark.parametrize(("other", "told"), [("back_squat", True), ("romanian_deadlift", False)])
def test_in_doubt_about_the_kind_of_a_lift_a_fault_of_both_kinds_is_told(
    other: str, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four shallow squats that another kind of squat, or another lift, may be as well."""
    times = np.arange(0, 12.5, 1 / RATE)
    people = squatting(times, depth=np.where(times > 11.0, 0.0, 0.6 * depth_of(np.clip(times - 1, 0, None))))
    found = coach_module.find_lift_set
    runner_up = (exercise_named(other), 0.4)
    monkeypatch.setattr(coach_module, "find_lift_set", lambda *given: replace(found(*given), runner_up=runner_up))
    coach = Coach(MODEL, 0.0)
    events = [event for _, event in watched(coach, times, people)] + coach.finish()[0]
    assert any(isinstance(event, Cue) and event.rule == "short_range" for event in events) == told


@pytest.mark.parametrize("name", ["split_squat", "auto"])
def test_a_fault_of_one_rep_is_told_only_when_the_movement_is_certainly_that_exercise(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A split squat whose last rep is shallow, where no movement is certain enough, and where any is."""
    times = np.arange(0, 15.5, 1 / RATE)
    depth = np.where(times > 1.5 + 4 * 2.5, 0.55, 1.0) * depth_of(np.clip(times - 1.5, 0, None))
    people = squatting(times, depth=np.where(times > 14.0, 0.0, depth), split=True)
    told = []
    for certain in (1.01, 0.5):
        monkeypatch.setattr(coach_module, "CERTAIN", certain)
        coach = Coach(MODEL, 0.0, JudgingOptions(exercise=name))
        events = [event for _, event in watched(coach, times, people)] + coach.finish()[0]
        told.append([(event.rep, event.rule) for event in events if isinstance(event, Cue)])
    assert told == [[], [(5, "short_range")]]


def test_a_camera_that_sends_its_pictures_twice_gets_no_cue() -> None:
    """Three frames a second, sent ten times: the ends of a fast movement fall between them."""
    times = np.arange(0, 15.5, 1 / RATE)
    people = squatting(np.floor(times * 3) / 3, depth=0.45 * depth_of(np.floor(times * 3) / 3))
    fresh = np.diff(np.floor(times * 3), prepend=-1) > 0
    told = []
    for change in (np.full(len(times), 5.0), fresh * 5.0):
        coach = Coach(MODEL, 0.0, JudgingOptions(exercise="goblet_squat"))
        for time_s, lifter, changed in zip(times, people, change, strict=True):
            coach.add(Seen(float(time_s), lifter, float(changed)), SIZE, SIZE)
        told.append(len(coach.finish()[0]))
    assert told == [1, 0]


def test_a_number_never_waits_for_a_judgement() -> None:
    times = np.arange(0, 16.5, 1 / RATE)
    coach = Coach(MODEL, 0.0, JudgingOptions(exercise="goblet_squat"))
    people = squatting(times, depth=0.45 * depth_of(times))
    kinds = [{type(event) for event in events} for _, events in steps(coach, times, people, every=5)]
    assert any(RepDone in step for step in kinds)
    assert any(Cue in step for step in kinds)
    assert not any({RepDone, Cue} <= step for step in kinds)


def test_a_fault_that_was_not_said_in_the_set_is_said_at_its_end() -> None:
    """Three deep squats and two shallow ones, after which the lifter is done at once."""
    times = np.arange(0, 14.1, 1 / RATE)
    phase = np.clip(times - 1.5, 0, None)
    shallow = times > 1.5 + 3 * 2.5
    depth = np.where(shallow, 0.55, 1.0) * depth_of(phase)
    coach = Coach(MODEL, 0.0, JudgingOptions(exercise="goblet_squat"))
    during = [event for _, event in watched(coach, times, squatting(times, depth=depth)) if isinstance(event, Cue)]
    events, said = coach.finish()
    assert during == []
    assert [(event.rep, event.rule) for event in events if isinstance(event, Cue)] == [(5, "short_range")]
    assert said.cues == ((5, "short_range"),)


def test_no_cue_is_said_while_looks_are_too_few() -> None:
    times = np.arange(0, 8.0, 1 / RATE)
    coach = Coach(MODEL, 0.0, JudgingOptions(exercise="goblet_squat"))
    said = [event for _, event in watched(coach, times, squatting(times, depth=0.5 * depth_of(times)), every=3, cues=False)]
    assert any(isinstance(event, RepDone) for event in said)
    assert not any(isinstance(event, Cue) for event in said)
    assert coach.finish(cues=False)[0] == []
    assert [event.rule for event in coach.finish()[0] if isinstance(event, Cue)] == ["short_range"]


def depth_of(times: np.ndarray) -> np.ndarray:
    return np.asarray((1 - np.cos(2 * np.pi * times / 2.5)) / 2)


def test_a_long_set_is_counted_whole_from_a_short_window() -> None:
    """A minute of squats: older looks are dropped, their reps stay counted."""
    times = np.arange(0, 60.0, 1 / 8)
    coach = Coach(MODEL, 0.0, JudgingOptions(exercise="goblet_squat"))
    most = 0
    said = []
    people = standing_then_squatting(times, 1.0, reps=23)
    for number, (time_s, lifter) in enumerate(zip(times, people, strict=True)):
        coach.add(Seen(float(time_s), lifter), SIZE, SIZE)
        if number % 20 == 0:
            said += [event for event in coach.step(cues=False) if isinstance(event, RepDone | Corrected)]
        most = max(most, coach.looks)
    assert coach.finish()[1].count == 23
    assert [event.count for event in said] == sorted(event.count for event in said)
    assert most <= 33 * 8  # half a minute of looks, not a minute


def test_nobody_moving_counts_nothing() -> None:
    times = np.arange(0, 6.0, 1 / RATE)
    coach = Coach(MODEL, 0.0)
    assert watched(coach, times, squatting(times, depth=np.zeros(len(times)))) == []
    assert coach.finish()[1].count == 0


def test_a_turned_phone_keeps_the_count() -> None:
    times = np.arange(0, 7.5, 1 / RATE)
    coach = Coach(MODEL, 0.0, JudgingOptions(exercise="goblet_squat"))
    watched(coach, times, standing_then_squatting(times, 1.0, reps=2))
    assert coach.count == 2
    for time_s in (8.0, 8.1, 8.2):
        coach.add(Seen(time_s, None), SIZE, SIZE - 100)
        coach.step()
    assert coach.finish()[1].count == 2
