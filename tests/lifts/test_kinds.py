"""Kinds of an exercise: told apart once the family is recognised, and judged by their own rules."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from formcheck.lifts import recognition
from formcheck.lifts.exercises.romanian_deadlift import CLAIMED, RomanianDeadlift, from_floor
from formcheck.lifts.judge import judge_set
from formcheck.lifts.lift_set import LiftSet, counted_as
from formcheck.lifts.limits import load_limits
from formcheck.lifts.posture import Posture, flat_posture, rep_postures
from formcheck.lifts.recognition import recognise
from formcheck.lifts.registry import exercise_named, exercises, kinds_of, names_and_aliases
from formcheck.motion.motion import Motion
from formcheck.pose.skeleton import joint
from formcheck.results.rep import Rep
from tests.lifters import floor_deadlift, hinge, lunge, split_squat, squat
from tests.lifts.judging import faults, filmed, judged
from tests.motion.bar.scene import bar_at


@pytest.mark.parametrize(
    ("motion", "name"),
    [
        (squat(), "goblet_squat"),
        (squat(hands="shoulders"), "back_squat"),
        (squat(hands="shoulders", facing="left"), "back_squat"),
        (squat(hands="hanging"), "goblet_squat"),
        (split_squat(), "split_squat"),
        (lunge(), "lunge"),
        (hinge(), "romanian_deadlift"),
        (floor_deadlift(), "conventional_deadlift"),
    ],
)
def test_a_kind_is_distinguished_from_its_main_exercise(motion: Motion, name: str) -> None:
    found = recognise([motion])
    assert found.exercise.name == name
    assert found.reps == 3


class Unsure(type(exercise_named("lunge"))):  # type: ignore[misc]
    """A kind of lunge-like movement that claims a set by a fixed share."""

    sure = 0.5

    def claim(self, *_: object) -> float:
        return self.sure


@pytest.mark.parametrize(
    ("sure", "name", "runner_up"),
    [(0.1, "split_squat", None), (0.5, "split_squat", "lunge"), (0.7, "lunge", "split_squat"), (0.9, "lunge", None)],
)
def test_an_uncertain_kind_becomes_the_runner_up(
    monkeypatch: pytest.MonkeyPatch, sure: float, name: str, runner_up: str | None
) -> None:
    kind = Unsure()
    kind.sure = sure
    monkeypatch.setattr(recognition, "kinds_of", lambda main: (kind,) if main.name == "split_squat" else ())
    found = recognise([split_squat()])
    assert found.exercise.name == name
    assert (None if found.runner_up is None else found.runner_up[0].name) == runner_up
    assert found.reps == 3


def test_every_kind_is_of_its_mains_family() -> None:
    for main in exercises():
        for kind in kinds_of(main):
            assert kind.family == main.family
            assert main.kind_of is None


def test_an_exercise_named_by_the_user_is_used() -> None:
    result = judged(squat(trunk=60), "back_squat")
    assert "torso_collapsed" not in faults(result)
    result = judged(squat(trunk=66, hands="shoulders"), "goblet_squat")
    assert "torso_collapsed" in faults(result)


def test_a_barbell_squat_may_lean_farther_than_a_goblet_squat() -> None:
    leaning = judged(squat(trunk=58, hands="shoulders"), "back_squat", named=False)
    assert "torso_collapsed" not in faults(leaning)
    fallen = judged(squat(trunk=78, hands="shoulders"), "back_squat", named=False)
    assert "torso_collapsed" in faults(fallen)


def test_a_lunge_needs_less_lean_than_a_split_squat_but_some() -> None:
    assert "torso_upright" not in faults(judged(lunge(trunk=13), "lunge", named=False))
    assert "torso_upright" in faults(judged(lunge(trunk=13), "split_squat"))
    assert "torso_upright" in faults(judged(lunge(trunk=2), "lunge", named=False))
    collapsed = judged(lunge(trunk=72), "lunge", named=False)
    assert "torso_collapsed" in faults(collapsed)


def test_a_lift_from_the_floor_that_is_not_finished() -> None:
    assert "lockout" not in faults(judged(floor_deadlift(), "conventional_deadlift"))
    assert "lockout" in faults(judged(floor_deadlift(top=42), "conventional_deadlift"))


@pytest.mark.parametrize(("top", "said"), [(2.0, set()), (20.0, {"lockout"}), (42.0, {"lockout"})])
def test_with_a_hidden_leg_an_upright_trunk_passes_and_a_leaning_one_is_not_judged(top: float, said: set[str]) -> None:
    motion = floor_deadlift(top=top)
    hidden = {name: replace(one.hip, visibility=0 * one.hip.visibility) for name, one in motion.legs.items()}
    legs = {name: replace(one, hip=hidden[name]) for name, one in motion.legs.items()}
    result = judged(replace(motion, legs=legs), "conventional_deadlift")
    assert "lockout" not in faults(result)
    assert {entry.rule for entry in result.not_judged if entry.rule == "lockout"} == said


def test_hips_that_rise_before_the_chest() -> None:
    together = judged(floor_deadlift(), "conventional_deadlift")
    assert "hips_shoot_up" not in faults(together)
    first = judged(floor_deadlift(sinks=60), "conventional_deadlift")
    assert "hips_shoot_up" in faults(first)


def test_a_lift_that_is_squatted_up_from_the_floor() -> None:
    result = judged(floor_deadlift(trunk=24), "conventional_deadlift")
    assert "knees_bend_too_much" in faults(result)


def test_a_hinge_that_is_done_as_low_as_from_the_floor_is_never_clean() -> None:
    """Too low and too bent it looks like a deadlift from the floor, where bent knees are right; nobody sees the load stand."""
    low = hinge(knee_bend=60, trunk=86)
    alone = judged(low, "conventional_deadlift", named=False)
    assert [entry.rule for entry in alone.not_judged if entry.code == "exercise_unsure"][:1] == ["knees_bend_too_much"]
    assert all(verdict.name != "clean" for verdict in alone.verdicts.values())
    assert "knees_bend_too_much" in faults(judged(low, "romanian_deadlift"))
    assert "knees_bend_too_much" not in faults(judged(low, "conventional_deadlift"))


def test_knees_that_bend_further_than_in_any_hinge_lift_from_the_floor() -> None:
    alone = judged(floor_deadlift(), "conventional_deadlift", named=False)
    assert "knees_bend_too_much" not in {entry.rule for entry in alone.not_judged}
    assert "knees_bend_too_much" not in faults(alone)


@pytest.mark.parametrize(
    ("called", "name"),
    [("rdl", "romanian_deadlift"), ("bss", "split_squat"), ("hip-thrust", "hip_thrust"), ("Back Squat", "back_squat"),
     ("deadlift", "conventional_deadlift"), ("lunge", "lunge"), ("squat", "goblet_squat")],
)  # fmt: skip
def test_people_say_it_as_they_call_it(called: str, name: str) -> None:
    assert exercise_named(called).name == name


def test_no_two_exercises_share_an_alias() -> None:
    said = [alias for exercise in exercises() for alias in (exercise.name, *exercise.aliases)]
    assert len(said) == len(set(said)) == len(names_and_aliases())


def squatted_hinge() -> tuple[Motion, tuple[Rep, ...], Posture]:
    """Its motion, reps and bottom."""
    motion = hinge(2, knee_bend=70, trunk=60)
    reps = recognise([motion]).shots[0].reps
    return motion, reps, rep_postures(motion, reps[0], flat_posture)[1]


@pytest.mark.parametrize(("hands_up", "apart", "from_the_floor"), [(0.2, 0.45, True), (0.42, 0.45, False), (0.42, 0.12, True)])
def test_a_load_from_the_floor_is_told_by_grip_and_height_of_the_hands(
    hands_up: float, apart: float, from_the_floor: bool
) -> None:
    """A bar on the floor has the hands low; they are higher on the handle of one kettlebell, which both hands share."""
    motion, reps, low = squatted_hinge()
    grip = SimpleNamespace(hands_apart=np.full(len(motion.times), apart))
    gripped = replace(motion, posture_3d=grip)  # type: ignore[arg-type]
    score = from_floor([gripped], [reps], replace(low, hands_up=hands_up, knee=95.0, ankle_gap=0.0))
    assert (score >= CLAIMED) == from_the_floor


@pytest.mark.parametrize(("above_floor", "knee", "from_the_floor"),
                         [(0.0, 95.0, True), (0.0, 118.0, False), (0.3, 95.0, False)])  # fmt: skip
def test_a_plate_on_the_floor_says_more_than_the_height_of_the_hands(
    above_floor: float, knee: float, from_the_floor: bool
) -> None:
    """It hides the feet, so that the hands seem higher above the ankles than they are; a bad hinge has straighter knees."""
    motion, reps, low = squatted_hinge()
    radius = 45.0
    plate = motion.body.near("heel") - np.array([0.0, radius + above_floor * motion.body.leg_length])
    barbell = replace(
        motion, bar=bar_at(plate, radius),
        posture_3d=SimpleNamespace(hands_apart=np.full(len(motion.times), 0.45)),  # type: ignore[arg-type]
    )  # fmt: skip
    score = from_floor([barbell], [reps], replace(low, hands_up=0.36, knee=knee, ankle_gap=0.0))
    assert (score >= CLAIMED) == from_the_floor


def test_feet_that_are_guessed_behind_a_plate_are_not_one_behind_the_other() -> None:
    motion = floor_deadlift()
    visibility = motion.body.visibility.copy()
    visibility[:, joint("ankle", "right")] = 0.0
    hidden = replace(motion, body=replace(motion.body, visibility=visibility))
    reps = recognise([motion]).shots[0].reps
    _, low = rep_postures(motion, reps[0], flat_posture)
    split = replace(low, hands_up=0.2, knee=95.0, ankle_gap=0.6)
    assert from_floor([motion], [reps], split) < CLAIMED <= from_floor([hidden], [reps], split)
    kinds = [RomanianDeadlift().named_variant([one], [reps], low, split) for one in (motion, hidden)]
    assert kinds == ["single_leg", "romanian_deadlift"]


@pytest.mark.parametrize(("lean", "up", "variant"), [(70.0, 1.1, "good_morning"), (10.0, 0.9, "romanian_deadlift")])
def test_with_the_hands_behind_the_back_a_hinge_is_a_good_morning(lean: float, up: float, variant: str) -> None:
    """Nothing hangs from them, so there is no load that could drift; hands that hang high up may carry one."""
    motion = hinge()
    reps = recognise([motion]).shots[0].reps
    top, low = rep_postures(motion, reps[0], flat_posture)
    held = replace(low, arm_lean=lean, hands_up=up)
    assert RomanianDeadlift().named_variant([motion], [reps], top, held) == variant


def test_a_set_counted_as_another_kind_is_judged_by_its_rules() -> None:
    """A deadlift's bent knees are a fault if it is a Romanian one, whose reps begin with the way down."""
    motion = floor_deadlift(4)
    shot = filmed(motion, "conventional_deadlift")
    found = LiftSet(exercise_named("conventional_deadlift"), shot.variant, 0.5, None, (shot,), {}, {1: motion})
    (again,) = counted_as(found, exercise_named("romanian_deadlift"))
    assert {rep.first for rep in shot.reps} == {"concentric"}
    assert {rep.first for rep in again.reps} == {"eccentric"}
    lifts = [rep.concentric for rep in shot.reps]
    assert all(any(abs(rep.concentric[0] - begin) < 0.3 for begin, _ in lifts) for rep in again.reps)
    limits = load_limits()["romanian_deadlift"]
    assert "knees_bend_too_much" in faults(judge_set(exercise_named("romanian_deadlift"), [again], limits, round))
