"""The rules of a hinge that need the bar, on a made-up lifter with a made-up bar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.lifts.exercise import NotAssessable, Observation, Shot
from formcheck.lifts.exercises.romanian_deadlift import RomanianDeadlift, bar_drift, knees_bend_too_much, overdepth
from formcheck.lifts.limits import load_limits
from formcheck.motion.bar.bar import Bar, Scale
from formcheck.motion.motion import Motion, build_motion
from formcheck.pose.skeleton import Side, joint
from tests.lifts.test_load import REP, TIMES, along_the_leg
from tests.motion.bar.scene import TRUNK, bar_at, body_of, hinge, motion_of

LIMITS = load_limits()["romanian_deadlift"]


def filmed(motion: Motion) -> Shot:
    return Shot(motion, (REP,), "romanian_deadlift", {REP.index: motion.body.view.side})


def drift_by(pixels: float, scale: Scale | None = None, bar: Bar | None = None) -> Observation | NotAssessable:
    body, path = along_the_leg(pixels)
    motion = motion_of(body, bar or bar_at(path))
    return bar_drift(filmed(replace(motion, scale=scale) if scale else motion), REP, LIMITS)


def test_a_drifting_bar_is_held_against_the_limit_in_its_own_unit() -> None:
    close, far = drift_by(0.0), drift_by(40.0)
    assert isinstance(close, Observation)
    assert isinstance(far, Observation)
    assert close.measured.value < close.limit.value < far.measured.value
    assert far.limit.unit == "trunk"
    metres = drift_by(40.0, Scale(200.0, "plate"))
    assert isinstance(metres, Observation)
    assert metres.limit.unit == "m"
    assert metres.measured.value > metres.limit.value


@pytest.mark.parametrize(("metres", "believed"), [(0.25, True), (0.67, False)])
def test_a_load_further_away_than_arms_hold_it_is_not_believed(metres: float, believed: bool) -> None:
    found = drift_by(200 * metres, Scale(200.0, "plate"))
    assert isinstance(found, Observation) == believed


def test_a_hand_that_stands_in_gets_a_wider_limit_and_must_hang() -> None:
    body, path = along_the_leg(0.0)
    hanging = bar_drift(filmed(motion_of(body, bar_at(path, source="wrist"))), REP, LIMITS)
    named = hinge(TIMES)
    named["wrist"] = named["shoulder"] + np.array([60.0, -20.0])
    named.setdefault("elbow", named["wrist"])
    raised = bar_drift(filmed(motion_of(body_of(TIMES, named), bar_at(path, source="wrist"))), REP, LIMITS)
    assert isinstance(raised, NotAssessable)
    assert isinstance(hanging, Observation)
    assert hanging.limit.value > LIMITS["bar_drift_trunk"].value


def test_hands_in_front_of_the_thigh_may_come_forward_less_than_hands_beside_it() -> None:
    body, path = along_the_leg(0.0)
    shoved = np.array([0.3 * TRUNK * body.view.forward, 0.0])
    limits = []
    for moved in (path, path + shoved):
        found = bar_drift(filmed(motion_of(body, bar_at(moved, source="wrist"))), REP, LIMITS)
        assert isinstance(found, Observation)
        limits.append(found.limit.value)
    assert LIMITS["bar_drift_trunk"].value < limits[1] < limits[0]


@pytest.mark.parametrize(("behind", "pixels"), [("right", 0.0), ("right", 40.0), ("left", 40.0)])
def test_with_one_foot_behind_the_bar_is_held_against_the_leg_in_front(behind: Side, pixels: float) -> None:
    """Whichever side the camera sees: the leg behind goes away from the bar as the hips go back."""
    body, path = along_the_leg(pixels)
    points = body.points.copy()
    for name, by in (("knee", 0.4), ("ankle", 0.9), ("toe", 0.9), ("heel", 0.9)):
        points[:, joint(name, behind), 0] -= by * TRUNK
    motion = motion_of(replace(body, points=points), bar_at(path))
    front = RomanianDeadlift().working_side(motion, REP)
    assert front != behind
    found = bar_drift(replace(filmed(motion), working={REP.index: front}), REP, LIMITS)
    assert isinstance(found, Observation)
    assert found.measured.value == pytest.approx(pixels / TRUNK, abs=0.03)


def test_a_hand_that_jumps_to_the_chest_is_no_load_that_drifts() -> None:
    """For a tenth of the rep the model draws it half-way up the arm, in front of the hips."""
    body, path = along_the_leg(0.0)
    jumps = (TIMES > 0.9) & (TIMES < 1.25)
    points, wrist = body.points.copy(), joint("wrist", body.view.side)
    shoulder = points[:, joint("shoulder", body.view.side)]
    points[jumps, wrist] = shoulder[jumps] + [0.2 * TRUNK * body.view.forward, 0.4 * TRUNK]
    path[jumps, 0] += 0.8 * TRUNK * body.view.forward
    found = bar_drift(filmed(motion_of(replace(body, points=points), bar_at(path, source="wrist"))), REP, LIMITS)
    assert isinstance(found, Observation)
    assert found.beyond < 0


def test_without_a_bar_drift_is_not_judged() -> None:
    body, _ = along_the_leg(40.0)
    assert isinstance(bar_drift(filmed(motion_of(body, None)), REP, LIMITS), NotAssessable)


def test_overdepth_is_the_trunk_going_on_without_the_hips() -> None:
    limit = LIMITS["overdepth"]
    good = overdepth(filmed(motion_of(body_of(TIMES, hinge(TIMES)), None)), REP, LIMITS)
    deep = overdepth(filmed(motion_of(body_of(TIMES, hinge(TIMES, further_deg=35)), None)), REP, LIMITS)
    assert isinstance(good, Observation)
    assert isinstance(deep, Observation)
    assert good.measured.value < limit.value - limit.borderline
    assert deep.measured.value > limit.value + limit.borderline
    assert TRUNK > 0


def test_hips_that_hardly_go_back_accuse_nobody_of_going_too_deep() -> None:
    """Where they stop is uncertain then; a trunk that goes on only with them is still fine."""
    judged = []
    for further in (0, 35):
        named = hinge(TIMES, further_deg=further)
        named["hip"] = named["hip"][:1] + 0.25 * (named["hip"] - named["hip"][:1])
        judged.append(overdepth(filmed(motion_of(body_of(TIMES, named), None)), REP, LIMITS))
    assert isinstance(judged[0], Observation)
    assert isinstance(judged[1], NotAssessable)
    assert "hardly go back" in judged[1].reason


def behind_a_plate(motion: Motion, knee_sd: float) -> Motion:
    """The motion with its knee hidden, and placed with this error."""
    body = motion.body
    visibility, sd = body.visibility.copy(), body.sd.copy()
    knee = joint("knee", body.view.side)
    visibility[:, knee], sd[:, knee] = 0.0, knee_sd
    return build_motion(None, body=replace(body, visibility=visibility, sd=sd), bar=motion.bar, scale=motion.scale)


def test_a_hidden_leg_may_clear_the_bar_but_never_accuses_it() -> None:
    hidden = NotAssessable("your leg is hidden, so the bar's distance to it is not known", "hidden")
    for pixels, cleared in ((0.0, True), (40.0, False)):
        body, path = along_the_leg(pixels)
        found = bar_drift(filmed(behind_a_plate(motion_of(body, bar_at(path)), knee_sd=4.0)), REP, LIMITS)
        assert isinstance(found, Observation) if cleared else found == hidden


def test_a_hidden_knee_may_clear_a_hinge_but_never_accuses_it() -> None:
    body, path = along_the_leg(0.0)
    motion = motion_of(body, bar_at(path))
    own = knees_bend_too_much(filmed(motion), REP, LIMITS)
    assert isinstance(own, Observation)
    exact, rough = (knees_bend_too_much(filmed(behind_a_plate(motion, sd)), REP, LIMITS) for sd in (2.0, 40.0))
    assert isinstance(exact, Observation)
    assert exact.measured.value == pytest.approx(own.measured.value, abs=1)
    assert exact.beyond < 0
    assert rough == NotAssessable("the knee is hidden at the bottom", "hidden")
    strict = {**LIMITS, "knees_bend_too_much": replace(LIMITS["knees_bend_too_much"], value=own.measured.value + 20)}
    accused = knees_bend_too_much(filmed(behind_a_plate(motion, 2.0)), REP, strict)
    assert accused == NotAssessable("the knee is hidden at the bottom", "hidden")
