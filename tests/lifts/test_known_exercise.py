"""Counting again what was recognised a moment ago, as a live set does."""

from __future__ import annotations

import numpy as np

from formcheck.lifts.lift_set import find_rough_set
from formcheck.lifts.recognition import Recognition
from formcheck.lifts.registry import exercise_named
from formcheck.options import JudgingOptions
from tests.motion.figure import bend, lifter, make_track

TIMES = np.arange(0, 9.0, 1 / 10)
SQUATS = make_track(TIMES, lifter(TIMES, depth=bend(TIMES, 3.0)), rate=1)
OPTIONS = JudgingOptions()


def times_of(found: Recognition) -> list[tuple[float, float]]:
    return [(rep.start_s, rep.end_s) for shot in found.shots for rep in shot.reps]


def test_the_same_exercise_is_counted_again_to_the_same_reps() -> None:
    first = find_rough_set(SQUATS, OPTIONS).found
    again = find_rough_set(SQUATS, OPTIONS, first).found
    assert len(times_of(first)) == 3
    assert (again.exercise, times_of(again)) == (first.exercise, times_of(first))


def test_what_has_no_rep_of_the_known_exercise_is_recognised_anew() -> None:
    found = find_rough_set(SQUATS, OPTIONS).found
    bridge = Recognition(exercise_named("glute_bridge"), (), 0.9)
    assert find_rough_set(SQUATS, OPTIONS, bridge).found.exercise is found.exercise
