"""Made-up lifters are recognised, and other movements are not forced into the nearest class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from formcheck.errors import ClipError
from formcheck.exercises import exercises, recognise
from formcheck.motion.types import Motion
from formcheck.pipeline import choose_exercise
from tests.lifters import between, hinge, hip_thrust, make_body, motion_of, split_squat, squat, tempo

LIFTS = {"romanian_deadlift": hinge, "goblet_squat": squat, "split_squat": split_squat, "hip_thrust": hip_thrust}


@pytest.mark.parametrize("facing", ["left", "right"])
@pytest.mark.parametrize(("name", "make"), LIFTS.items())
def test_each_lift_is_recognised_with_its_reps(name: str, make: Callable[..., Motion], facing: str) -> None:
    best, second = recognise(make(4, facing=facing))[:2]
    assert best.exercise.name == name
    assert len(best.reps) == 4
    assert best.confidence > 0.6
    assert second.exercise.family == best.exercise.family or second.confidence < best.confidence - 0.2


def test_a_glute_bridge_is_told_from_a_hip_thrust() -> None:
    times, share, _ = tempo(3)
    body = make_body(
        times, shin=between(share, -25, -5), thigh=between(share, 135, 115), trunk=between(share, -95, -115), hands="chest"
    )
    best = recognise(motion_of(body))[0]
    assert best.exercise.name == "glute_bridge"


def test_variants_of_the_split_squat() -> None:
    bulgarian = choose_exercise(split_squat(), "auto")
    assert bulgarian.top is not None
    assert bulgarian.bottom is not None
    variant = bulgarian.exercise.variant(split_squat(), list(bulgarian.reps), bulgarian.top, bulgarian.bottom)
    assert variant == "bulgarian"


def standing(arm: bool = False) -> Motion:
    times = np.arange(300) / 30
    share = (1 - np.cos(2 * np.pi * times / 2)) / 2 if arm else np.zeros(300)
    body = make_body(times, shin=0 * share, thigh=2 + 0 * share, trunk=3 * share)
    return motion_of(body)


def jumping() -> Motion:
    motion = squat()
    times = motion.times
    points = motion.body.points.copy()
    knee = motion.near.knee.values
    for _start, _, _, end in tempo(3)[2]:
        flight = (times > end - 0.1) & (times < end + 0.4)
        points[flight, :, 1] -= 90 * np.sin(np.linspace(0, np.pi, flight.sum()))[:, None]
    assert np.isfinite(knee).all()
    body = motion.body
    return motion_of(type(body)(times, points, body.sd, body.view, body.repaired, body.coverage))


@pytest.mark.parametrize("make", [standing, lambda: standing(arm=True), jumping])
def test_other_movements_are_an_unknown_exercise(make: Callable[[], Motion]) -> None:
    with pytest.raises(ClipError, match="name it with --exercise"):
        choose_exercise(make(), "auto")


def test_an_unknown_movement_filmed_from_the_front_gets_other_advice() -> None:
    motion = standing()
    view = replace(motion.body.view, yaw_deg=60.0, quality=0.0)
    with pytest.raises(ClipError, match="about 60 degrees off side-on, so film from the side"):
        choose_exercise(replace(motion, body=replace(motion.body, view=view)), "auto")


def test_an_unknown_movement_of_somebody_mostly_hidden_gets_other_advice() -> None:
    motion = standing()
    with pytest.raises(ClipError, match="hidden or out of the picture in 40 % of the frames"):
        choose_exercise(replace(motion, body=replace(motion.body, coverage=0.6)), "auto")


@pytest.mark.parametrize(("hands", "name"), [("hanging", "romanian_deadlift"), ("chest", "goblet_squat")])
def test_a_deadlift_that_bends_the_knees_like_a_squat_is_told_by_its_hands(hands: str, name: str) -> None:
    """A kettlebell lifted from the floor: thighs lean more than the trunk, but the hands are below the knees."""
    times, share, _ = tempo(4)
    body = make_body(
        times, shin=between(share, 0, 22), thigh=between(share, 2, 68), trunk=between(share, 2, 52), hands=hands
    )
    best = recognise(motion_of(body))[0]
    assert (best.exercise.name, len(best.reps)) == (name, 4)
    assert best.confidence > 0.55


def test_a_named_exercise_without_reps_says_so() -> None:
    with pytest.raises(ClipError, match="no repetition of a split squat"):
        choose_exercise(standing(), "split-squat")


def test_every_exercise_has_a_file_with_limits_for_each_rule() -> None:
    from formcheck.exercises import load_limits

    limits = load_limits()
    assert {exercise.family for exercise in exercises()} == {"hip_thrust", "romanian_deadlift", "split_squat", "goblet_squat"}
    for exercise in exercises():
        for rule in exercise.rules:
            for name in rule.limit_names:
                assert name in limits[exercise.name], (exercise.name, rule.id)
