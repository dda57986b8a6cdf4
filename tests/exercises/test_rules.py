"""Rules on made-up lifters: the fault is found, good form is not accused, hidden joints are not judged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.exercises import FilmedSet, Judged, exercise_named, judge_set, load_limits
from formcheck.exercises.judge import certainty
from formcheck.exercises.recognise import reps_as
from formcheck.motion.types import Motion, Series, Spine
from formcheck.skeleton import joint
from tests.lifters import hinge, hip_thrust, motion_of, split_squat, squat


def judged(motion: Motion, name: str) -> Judged:
    exercise = exercise_named(name)
    found = reps_as(motion, exercise, named_by_user=True)
    assert found.top is not None
    assert found.bottom is not None
    working = {rep.index: exercise.working_side(motion, rep) for rep in found.reps}
    variant = exercise.variant(motion, list(found.reps), found.top, found.bottom)
    return judge_set(exercise, FilmedSet(motion, found.reps, variant, working), load_limits()[exercise.name])


def faults(result: Judged) -> set[str]:
    return {finding.rule for finding in result.findings if finding.severity == "fault"}


@pytest.mark.parametrize(
    ("motion", "name", "expected"),
    [
        (hip_thrust(), "hip_thrust", set()),
        (hip_thrust(top_hip=140), "hip_thrust", {"short_range"}),
        (hip_thrust(shin=-28), "hip_thrust", {"shins_not_vertical"}),
        (hip_thrust(shin=26), "hip_thrust", {"shins_not_vertical"}),
        (hip_thrust(head=-20), "hip_thrust", {"chin_not_tucked"}),
        (hinge(), "romanian_deadlift", set()),
        (hinge(knee_bend=66, trunk=60, hands="chest"), "romanian_deadlift", {"knees_bend_too_much"}),
        (hinge(knee_bend=-1), "romanian_deadlift", {"knees_locked"}),
        (split_squat(), "split_squat", set()),
        (split_squat(trunk=5), "split_squat", {"torso_upright"}),
        (split_squat(trunk=76, hands="chest"), "split_squat", {"torso_collapsed"}),
        (split_squat(thigh=50), "split_squat", {"short_range"}),
        (squat(), "goblet_squat", set()),
        (squat(thigh=55), "goblet_squat", {"short_range"}),
        (squat(trunk=68), "goblet_squat", {"torso_collapsed"}),
    ],
)
def test_the_fault_and_nothing_else_is_found(motion: Motion, name: str, expected: set[str]) -> None:
    assert faults(judged(motion, name)) == expected


@pytest.mark.parametrize(
    ("outline_deg", "expected"), [(172.0, set()), (138.0, {"short_range"}), (float("nan"), {"short_range"})]
)
def test_a_hidden_hip_alone_accuses_nobody_of_a_short_range(outline_deg: float, expected: set[str]) -> None:
    motion = hip_thrust(top_hip=140)
    count = len(motion.times)
    unknown = Series(np.full(count, np.nan), np.full(count, np.nan))
    line = Series(np.full(count, outline_deg), np.full(count, 4.0))
    spine = Spine(unknown, unknown, np.zeros(count), np.full((count, 3, 2), np.nan), line)
    assert faults(judged(replace(motion, spine=spine), "hip_thrust")) == expected


def test_a_deadlift_from_the_floor_is_not_judged_as_a_hinge() -> None:
    result = judged(hinge(knee_bend=70, trunk=60), "romanian_deadlift")
    assert faults(result) == set()
    reasons = {entry.rule: entry.reason for entry in result.not_judged}
    assert reasons["knees_bend_too_much"] == "a deadlift from the floor, to which this rule does not apply"


def test_mirrored_lifters_are_judged_alike() -> None:
    assert faults(judged(split_squat(trunk=5, facing="left"), "split_squat")) == {"torso_upright"}


def test_a_finding_carries_everything() -> None:
    finding = next(f for f in judged(split_squat(trunk=5), "split_squat").findings if f.rule == "torso_upright")
    assert finding.value == pytest.approx(5, abs=1)
    assert finding.unit == "deg"
    assert 0.75 < finding.confidence <= 1
    assert finding.cue
    assert "5 degrees" in finding.message


def test_near_the_limit_it_is_borderline() -> None:
    limit = load_limits()["split_squat"]["torso_upright"]
    result = judged(split_squat(trunk=limit.value - limit.borderline / 2), "split_squat")
    assert faults(result) == set()
    assert {f.rule for f in result.findings if f.severity == "borderline"} == {"torso_upright"}


def test_hidden_joints_are_not_judged_and_never_a_pass() -> None:
    body = hip_thrust(shin=-28).body
    points = body.points.copy()
    for side in ("left", "right"):
        points[:, joint("ankle", side)] = np.nan
    result = judged(motion_of(replace(body, points=points)), "hip_thrust")
    assert "shins_not_vertical" in {entry.rule for entry in result.not_judged}
    assert "shins_not_vertical" not in {finding.rule for finding in result.findings}


def test_an_oblique_camera_is_asked_to_move() -> None:
    body = split_squat(trunk=5).body
    oblique = replace(body, view=replace(body.view, quality=0.1, yaw_deg=50.0))
    result = judged(motion_of(oblique), "split_squat")
    assert faults(result) == set()
    assert all("film from the side" in entry.reason for entry in result.not_judged)
    assert set(result.verdicts.values()) == {"not_judged"}


def test_uncertain_points_never_accuse() -> None:
    body = split_squat(trunk=15).body
    vague = replace(body, sd=np.full_like(body.sd, 40.0))
    assert faults(judged(motion_of(vague), "split_squat")) == set()


def test_certainty_grows_with_the_distance_and_shrinks_with_the_error() -> None:
    assert certainty(10, 2, 4) > certainty(5, 2, 4) > certainty(5, 6, 4) > 0.5
    assert certainty(0.0, 2, 4) == pytest.approx(0.5)
