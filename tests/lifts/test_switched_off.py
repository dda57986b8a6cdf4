"""Rules that a lifter switches off: they accuse nobody, a rep is clean without them, and the analysis says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from formcheck.errors import UsageError
from formcheck.lifts.judge import Judged, judge_set, rules_off
from formcheck.lifts.limits import changed_limits, limits_changed, load_limits
from formcheck.lifts.registry import exercise_named
from formcheck.lifts.remembered import options_from_data, options_to_data
from formcheck.motion.motion import Motion
from formcheck.options import JudgingOptions, Options
from tests.lifters import hip_thrust, split_squat
from tests.lifts.judging import faults, filmed

UPRIGHT = split_squat(trunk=5)


def judged_with(motion: Motion, name: str, **said: Any) -> Judged:
    """Judged as the user says."""
    options, exercise = JudgingOptions(**said), exercise_named(name)
    limits = load_limits(options.limits)[name]
    return judge_set(exercise, [filmed(motion, name)], limits, round, rules_off(exercise, limits, options))


def verdicts(result: Judged) -> set[str]:
    return {verdict.name for verdict in result.verdicts.values()}


def test_an_upright_split_squat_is_a_fault_by_default() -> None:
    assert faults(judged_with(UPRIGHT, "split_squat")) == {"torso_upright"}


@pytest.mark.parametrize(
    "said",
    [
        {"goal": "quads"},
        {"skip": "torso_upright"},
        {"skip": "no_hold, torso-upright"},
        {"limits": {"split_squat": {"torso_upright": "off"}}},
        {"limits": {"split_squat": {"torso_upright": False}}},
    ],
)
def test_with_its_rule_switched_off_it_is_clean_and_that_is_said(said: dict[str, Any]) -> None:
    result = judged_with(UPRIGHT, "split_squat", **said)
    assert faults(result) == set()
    assert verdicts(result) == {"clean"}
    (gap,) = [gap for gap in result.not_judged if gap.rule == "torso_upright"]
    assert (gap.rep, gap.code) == (None, "switched_off")
    assert gap.reason.startswith("switched off")


def test_a_goal_leaves_the_other_rules_and_exercises_alone() -> None:
    assert faults(judged_with(split_squat(thigh=50), "split_squat", goal="quads")) == {"short_range"}
    assert faults(judged_with(hip_thrust(top_hip=140), "hip_thrust", goal="quads")) == {"short_range"}


def test_a_rule_of_several_limits_goes_off_with_all_of_them() -> None:
    result = judged_with(split_squat(thigh=50), "split_squat", limits={"split_squat": {"short_range": "off"}})
    assert verdicts(result) == {"clean"}


def test_a_note_never_makes_a_rep_unclean() -> None:
    result = judged_with(hip_thrust(), "hip_thrust")
    assert {finding.severity for finding in result.findings} == {"info"}
    assert "fault" not in verdicts(result)
    assert "borderline" not in verdicts(result)


def test_what_is_switched_off_is_kept_and_can_be_switched_on_again() -> None:
    off = load_limits({"split_squat": {"torso_upright": "off"}})
    kept = limits_changed(off)
    assert list(kept) == ["split_squat"]
    assert kept["split_squat"]["torso_upright"]["off"] is True
    assert changed_limits(load_limits(), kept, "kept") == off
    assert changed_limits(off, {"split_squat": {"torso_upright": "on"}}, "mine") == load_limits()
    options = Options.of(goal="quads", skip="no_hold", limits=off)
    again = options_from_data(options_to_data(options), "set")
    assert (again.judging.goal, again.judging.skip) == ("quads", "no_hold")
    assert again.judging.limits == off


def test_a_rule_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[split_squat]\ntorso_straight = "off"\n')
    with pytest.raises(UsageError, match=r"line 2: there is no rule torso_straight of \[split_squat\].*torso_upright"):
        load_limits(file)
    with pytest.raises(UsageError, match=r"^--skip expects rules such as torso_upright but got 'straight'"):
        judged_with(UPRIGHT, "split_squat", skip="straight")
