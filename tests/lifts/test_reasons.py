"""The reason why a rule was not judged is given for the right rep."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from formcheck.lifts.exercise import NotAssessable, Rule
from formcheck.lifts.judge import judge_set
from formcheck.pose.skeleton import SIDES, joint
from tests.lifters import hinge
from tests.outputs.made_up import shot_of

WHY = {1: NotAssessable("the trunk is hidden", "hidden"), 2: NotAssessable("too close to call", "too_unsure")}


def judged(why: dict[int, NotAssessable], shoulder_off: float = 0.0) -> Any:
    """The set with these answers of the rule; in rep 2 the shoulders are `shoulder_off` trunks too far from the hips."""
    from formcheck.lifts.counting import count_reps
    from formcheck.lifts.registry import exercise_named

    motion = hinge(3)
    reps = list(count_reps([motion], exercise_named("romanian_deadlift"))[0].reps)
    points, during = motion.body.points.copy(), reps[1].during(motion.times)
    for side in SIDES:
        shoulder, hip = joint("shoulder", side), joint("hip", side)
        points[during, shoulder] += shoulder_off * (points[during, shoulder] - points[during, hip])
    motion = replace(motion, body=replace(motion.body, points=points))
    rule = Rule("back", "Back rounds", "", "", lambda shot, rep, limits: why[min(rep.index, 2)], needs_side_view=False)
    exercise = SimpleNamespace(rules=(rule,), core=("back",), skipped=lambda variant, rule: False)
    limits: Any = {"back": SimpleNamespace(unit="deg")}
    return judge_set(exercise, [shot_of(motion, reps)], limits, lambda time_s: 0)  # type: ignore[arg-type]


def test_each_rep_keeps_its_own_reason() -> None:
    found = judged(WHY)
    assert {entry.rep: entry.reason for entry in found.not_judged} == {
        1: "the trunk is hidden", 2: "too close to call", 3: "too close to call"
    }  # fmt: skip
    assert found.verdicts[1].because == "back rounds: the trunk is hidden"
    assert found.verdicts[3].because == "back rounds: too close to call"


def test_one_reason_for_all_is_said_once() -> None:
    found = judged({1: WHY[1], 2: WHY[1]})
    assert [(entry.rep, entry.reason) for entry in found.not_judged] == [(None, "the trunk is hidden")]


def test_a_rep_in_which_the_trunk_is_another_is_not_judged() -> None:
    """Shoulders that lie on somebody else in one rep; a trunk that looks a little longer is none of that."""
    reason = "your trunk seems to change length in this rep, so some joints must be misplaced"
    found = judged(WHY, shoulder_off=0.6)
    assert {entry.rep: entry.reason for entry in found.not_judged if entry.rep == 2} == {2: reason}
    assert {entry.rep for entry in found.not_judged if entry.reason == reason} == {2}
    assert not [entry for entry in judged(WHY, shoulder_off=0.2).not_judged if entry.reason == reason]
