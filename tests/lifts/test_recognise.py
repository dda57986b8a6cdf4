"""Made-up lifters are recognised, and other movements are not forced into the nearest class."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from formcheck.errors import ClipError, UsageError
from formcheck.lifts.lift_set import choose_exercise
from formcheck.lifts.limits import load_limits
from formcheck.lifts.posture import flat_posture, hinge_on_two_legs
from formcheck.lifts.recognition import recognise
from formcheck.lifts.registry import exercise_named, exercises
from formcheck.motion.motion import Motion
from tests.lifters import (
    bent_over_row,
    between,
    hinge,
    hip_thrust,
    kettlebell_swing,
    leg_press,
    make_body,
    motion_of,
    overhead_press,
    split_squat,
    squat,
    tempo,
    with_arms,
)
from tests.lifts.judging import cut

LIFTS = {"romanian_deadlift": hinge, "goblet_squat": squat, "split_squat": split_squat, "hip_thrust": hip_thrust}


@pytest.mark.parametrize("facing", ["left", "right"])
@pytest.mark.parametrize(("name", "make"), LIFTS.items())
def test_each_lift_is_recognised_with_its_reps(name: str, make: Callable[..., Motion], facing: str) -> None:
    found = recognise([make(4, facing=facing)])
    assert found.exercise.name == name
    assert found.reps == 4
    assert found.confidence > 0.75
    assert found.runner_up is None


@pytest.mark.parametrize(
    ("motion", "name"),
    [
        pytest.param(hinge(4, knee_bend=62, trunk=36), "romanian_deadlift", id="a hinge squatted half way"),
        pytest.param(squat(4, trunk=66, thigh=75), "goblet_squat", id="a squat whose chest falls"),
        pytest.param(squat(4, thigh=60), "goblet_squat", id="half squats"),
        pytest.param(split_squat(4, trunk=72), "split_squat", id="a collapsed split squat"),
        pytest.param(hip_thrust(4, top_hip=138), "hip_thrust", id="thrusts without lockout"),
        pytest.param(hinge(4, trunk=100, knee_bend=25), "romanian_deadlift", id="a hinge far too deep"),
    ],
)
def test_bad_form_is_still_the_exercise(motion: Motion, name: str) -> None:
    found = recognise([motion])
    assert (found.exercise.name, found.reps) == (name, 4)


def test_a_close_call_names_the_runner_up() -> None:
    """Hands before the chest, the trunk as far down as the thighs: a fallen squat or a bow with bent knees."""
    found = recognise([squat(4, trunk=62, thigh=71)])
    assert found.runner_up is not None
    assert {found.exercise.name, found.runner_up[0].name} == {"goblet_squat", "romanian_deadlift"}
    assert found.runner_up[1] < found.confidence


def test_a_glute_bridge_is_distinguished_from_a_hip_thrust() -> None:
    times, share, _ = tempo(3)
    body = make_body(
        times, shin=between(share, -25, -5), thigh=between(share, 135, 115), trunk=between(share, -95, -115), hands="chest"
    )
    assert recognise([motion_of(body)]).exercise.name == "glute_bridge"


def test_variants() -> None:
    assert recognise([split_squat()]).variant == "bulgarian"
    assert recognise([hinge(knee_bend=70, trunk=60)]).exercise.name == "conventional_deadlift"
    assert recognise([hinge()]).variant == "romanian_deadlift"


def test_a_deadlift_from_the_floor_begins_with_the_lift() -> None:
    """The bar lies on the floor before the first rep and after the last: every rep is a lift and the lowering after it."""
    whole = hinge(3, knee_bend=70, trunk=60)
    marks = tempo(3)[2]
    motion = cut(whole, marks[0][1] + 0.2, whole.times[-1])
    found = recognise([motion]).shots[0]
    assert [rep.first for rep in found.reps] == ["concentric"] * 3
    for rep, (_, _, lift, top), (lower, floor, _, _) in zip(found.reps, marks, marks[1:] + marks[-1:], strict=True):
        assert (rep.start_s, rep.turn_s) == pytest.approx((lift, top), abs=0.2)
        if rep.index < 3:
            assert (rep.turn_end_s, rep.end_s) == pytest.approx((lower, floor), abs=0.2)


def test_the_last_lowering_belongs_to_the_last_deadlift() -> None:
    whole = hinge(3, knee_bend=70, trunk=60)
    marks = tempo(3)[2]
    found = recognise([cut(whole, marks[0][1] + 0.2, marks[2][1] + 0.1)]).shots[0]
    assert len(found.reps) == 2
    assert found.reps[-1].end_s == pytest.approx(marks[2][1], abs=0.2)
    assert np.isfinite(found.reps[-1].eccentric_s)


@pytest.mark.parametrize("late_s", [0.3, 0.4, 0.5])
def test_a_clip_that_begins_within_a_deadlift_is_recognised(late_s: float) -> None:
    """Half way up the hands are off the floor and the knees hardly bent, as in a Romanian deadlift."""
    whole = hinge(2, knee_bend=70, trunk=60)
    lift_s = tempo(2)[2][0][2]
    found = recognise([cut(whole, lift_s + late_s, whole.times[-1])])
    assert found.exercise.name == "conventional_deadlift"


def standing(arm: bool = False) -> Motion:
    times = np.arange(300) / 30
    share = (1 - np.cos(2 * np.pi * times / 2)) / 2 if arm else np.zeros(300)
    body = make_body(times, shin=0 * share, thigh=2 + 0 * share, trunk=3 * share)
    return motion_of(body)


def walking() -> Motion:
    """Steps on the spot: the legs swing apart and the rear knee bends, the hips stay up."""
    times = np.arange(300) / 30
    swing = np.sin(2 * np.pi * times / 1.1)
    body = make_body(times, shin=-8 + 10 * swing, thigh=8 + 16 * swing, trunk=4 + 0 * swing, rear_foot=(60.0, 12.0))
    return motion_of(body)


def push_up() -> Motion:
    """Face down, straight: the whole body tilts about the feet."""
    times, share, _ = tempo(4)
    tilt = between(share, 72, 86)
    return motion_of(make_body(times, shin=tilt, thigh=-tilt, trunk=tilt))


def sit_up() -> Motion:
    """On the back, the trunk comes up while the hips stay on the floor."""
    times, share, _ = tempo(4)
    return motion_of(make_body(times, shin=-30 + 0 * share, thigh=120 + 0 * share, trunk=between(share, -90, -20)))


def sit_up_with_rising_hips() -> Motion:
    """The same, with hips that are higher while the lifter lies: the model's hip point moves as the belly folds."""
    times, share, _ = tempo(4)
    return motion_of(make_body(times, shin=-30 + 0 * share, thigh=between(share, 110, 124), trunk=between(share, -88, -20)))


OTHERS = (walking, push_up, sit_up, sit_up_with_rising_hips, kettlebell_swing, overhead_press, bent_over_row, leg_press)


@pytest.mark.parametrize("make", [standing, lambda: standing(arm=True), *OTHERS])
def test_other_movements_are_an_unknown_exercise(make: Callable[[], Motion]) -> None:
    with pytest.raises(ClipError, match=r"name (it|the exercise) with --exercise"):
        choose_exercise([make()], "auto")


def test_an_unknown_movement_filmed_from_the_front_gets_other_advice() -> None:
    motion = standing()
    view = replace(motion.body.view, yaw_deg=60.0, quality=0.0)
    with pytest.raises(ClipError, match="about 60 degrees off the side view, so film from the side"):
        choose_exercise([replace(motion, body=replace(motion.body, view=view))], "auto")


def test_an_unknown_movement_of_a_mostly_hidden_lifter_gets_other_advice() -> None:
    motion = standing()
    with pytest.raises(ClipError, match="hidden or out of the picture in 40 % of the frames"):
        choose_exercise([replace(motion, body=replace(motion.body, coverage=0.6))], "auto")


@pytest.mark.parametrize(("hands", "name"), [("hanging", "conventional_deadlift"), ("chest", "goblet_squat")])
def test_a_deadlift_with_bent_knees_is_recognised_by_the_hands(hands: str, name: str) -> None:
    """A kettlebell lifted from the floor: thighs lean more than the trunk, but the hands are below the knees."""
    times, share, _ = tempo(4)
    body = make_body(
        times, shin=between(share, 0, 22), thigh=between(share, 2, 68), trunk=between(share, 2, 52), hands=hands
    )
    found = recognise([motion_of(body)])
    assert (found.exercise.name, found.reps) == (name, 4)


@pytest.mark.parametrize(("apart", "hinges"), [(0.1, True), (0.36, True), (0.49, False), (0.63, False), (float("nan"), False)])
def test_both_hands_on_one_weight_make_an_upright_lift_a_deadlift(apart: float, hinges: bool) -> None:
    """Squatted up with the trunk nearly upright: what hangs between the feet tells it from a squat with empty hands."""
    times, share, _ = tempo(1)
    motion = motion_of(make_body(times, shin=between(share, 0, 30), thigh=between(share, 2, 77), trunk=between(share, 2, 18)))
    bottom = replace(flat_posture(motion, (times > 3.0) & (times < 3.4)), hands_apart=apart, hands_up=0.5)
    hanging = replace(bottom, arm_lean=12.0, hands_to_shoulder=0.6)
    assert (hinge_on_two_legs(hanging, hanging) > 0.5) == hinges


@pytest.mark.parametrize(
    ("motion", "name"),
    [
        pytest.param(squat(4), "romanian-deadlift", id="a squat called a hinge"),
        pytest.param(hinge(4), "goblet-squat", id="a hinge called a squat"),
        pytest.param(squat(4, thigh=32), "goblet_squat", id="shallow squats"),
        pytest.param(hip_thrust(4, top_hip=112), "hip-thrust", id="thrusts far from lockout"),
        pytest.param(split_squat(4, thigh=40, trunk=70), "split_squat", id="an ugly split squat"),
    ],
)
def test_a_named_exercise_is_used(motion: Motion, name: str) -> None:
    assert choose_exercise([motion], name).reps == 4


def test_a_named_exercise_without_reps_is_an_error() -> None:
    with pytest.raises(ClipError, match="nothing in this clip moves like a split squat"):
        choose_exercise([standing()], "split-squat")


def test_an_exercise_that_does_not_exist_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="unknown exercise 'curl'"):
        choose_exercise([squat()], "curl")


def test_takes_of_one_set_are_all_counted_and_talking_between_them_is_not() -> None:
    found = recognise([squat(2), standing(arm=True), squat(3)])
    assert [len(shot.reps) for shot in found.shots] == [2, 0, 3]


def test_every_exercise_has_a_file_with_limits_for_each_rule_and_core_rules_of_its_own() -> None:
    limits = load_limits()
    assert {exercise.family for exercise in exercises()} == {"hip_thrust", "romanian_deadlift", "split_squat", "goblet_squat"}
    for exercise in exercises():
        assert exercise.core
        assert set(exercise.core) <= {rule.id for rule in exercise.rules if not rule.informational}
        for rule in exercise.rules:
            for name in rule.limit_names:
                assert name in limits[exercise.name], (exercise.name, rule.id)


@pytest.mark.parametrize("make", [hinge, squat, split_squat, hip_thrust])
def test_no_recognition_is_certain(make: Callable[..., Motion]) -> None:
    assert 0.75 < recognise([make(4)]).confidence <= 0.99


def test_a_thrust_whose_lean_is_guessed_wrong_from_the_front_is_no_squat() -> None:
    """From near the front a bench thrust looks upright; the hips stay about as low as the knees."""
    motion = hip_thrust(4)
    upright = replace(motion, trunk=replace(motion.trunk, values=np.abs(motion.trunk.values) / 4))
    assert recognise([motion]).exercise.name == "hip_thrust"
    with pytest.raises(ClipError, match="unknown exercise"):
        choose_exercise([upright], "auto")


@pytest.mark.parametrize(
    ("at_top", "at_bottom", "name"),
    [(0.5, 0.75, "goblet_squat"), (1.0, 0.75, "conventional_deadlift"), (0.2, 1.0, "conventional_deadlift")],
)
def test_a_chest_that_falls_forward_makes_no_deadlift_of_a_squat(at_top: float, at_bottom: float, name: str) -> None:
    """At the bottom the hands seem to hang in all; a deadlift has long arms at the top too, unless a plate hides them."""
    times, share, _ = tempo(3)
    body = make_body(times, shin=between(share, 2, 28), thigh=between(share, 3, 95), trunk=between(share, 0, 66))
    motion = motion_of(with_arms(body, np.full(len(times), 20.0), between(share, at_top, at_bottom)))
    assert recognise([motion]).exercise.family == exercise_named(name).family
