"""The reason why a rule was not judged is given for the right rep."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from formcheck.lifts.exercise import NotAssessable, Rule
from formcheck.lifts.judge import judge_set
from tests.lifters import hinge
from tests.outputs.made_up import shot_of

WHY = {1: NotAssessable("the trunk is hidden", "hidden"), 2: NotAssessable("too close to call", "too_unsure")}


def judged(why: dict[int, NotAssessable]) -> Any:
    from formcheck.lifts.counting import count_reps
    from formcheck.lifts.registry import exercise_named

    motion = hinge(3)
    reps = list(count_reps([motion], exercise_named("romanian_deadlift"))[0].reps)
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
