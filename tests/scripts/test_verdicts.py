"""Verdicts on made-up sets: what is found, missed and not judged by how bad a rep truly is, and the page's section."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.judging import Judged, judge_clip
from evaluation.labels import ClipLabel, Studio, from_truth
from evaluation.outcome import Outcome
from evaluation.verdict_tables import HEADING, section, section_in, verdict_tables, with_section
from evaluation.verdicts import curve, figures, recognised, said, verdicts
from formcheck.results.analysis import NotJudged
from tests.scripts.made_up import REPS, finding, label, outcome, truth

UNITS = {"bar_drift": "cm", "overdepth": "deg", "rushed_lowering": "s"}


def studio(**changed: object) -> Studio:
    facts = {"kind": "romanian_deadlift", "body": "test_001", "plate_m": 0.45, "units": UNITS,
             "conditions": {"front": "none", "top": "tight"}}  # fmt: skip
    return Studio(**{**facts, **changed})  # type: ignore[arg-type]


def made_up_label(yaw: float = 3.0, **changed: object) -> ClipLabel:
    """Two reps: the first drifts and keeps its depth, the second drifts a little and goes too deep."""
    reps = (
        replace(REPS[0], faults=("bar_drift",), clean_of=("overdepth",),
                severity={"bar_drift": 14.0, "overdepth": 5.0, "rushed_lowering": 1.0}),
        replace(REPS[1], faults=("overdepth",), clean_of=(),
                severity={"bar_drift": 6.0, "overdepth": 35.0, "rushed_lowering": 1.0}),
    )  # fmt: skip
    filmed = truth(reps=reps, yaw_deg=yaw, studio=studio(**changed), clean_of=(), faults=())
    own = from_truth([rep.faults for rep in reps], [rep.clean_of for rep in reps])
    return label(faults=(), clean_of=(), truth=filmed, own=own)


def judged(answer: Outcome | None = None, **changed: object) -> Judged:
    return judge_clip(made_up_label(**changed), answer or outcome())  # type: ignore[arg-type]


def test_a_fault_is_found_in_its_rep_and_a_rule_between_is_nobodys_mistake() -> None:
    answer = outcome(accused={"bar_drift": (1, 2)}, not_judged=(NotJudged("overdepth", 2, "hidden"),))
    listed = [v for v in verdicts([judged(answer)]) if v.rule != "rushed_lowering"]
    found = {(v.rule, v.severity): (v.really, v.answer, v.reason) for v in listed}
    assert found == {
        ("bar_drift", 14.0): ("fault", "found", ""),
        ("bar_drift", 6.0): ("between", "found", ""),
        ("overdepth", 5.0): ("clean", "passed", ""),
        ("overdepth", 35.0): ("fault", "not judged", "hidden"),
    }


def test_found_is_of_all_clear_faults_and_accused_of_the_judged_clean_reps() -> None:
    answer = outcome(accused={"bar_drift": (1,), "overdepth": (1,)}, not_judged=(NotJudged("overdepth", 2, "hidden"),))
    own = figures(verdicts([judged(answer)]))
    assert (own.found.right, own.found.of) == (1, 2)
    assert (own.accused.right, own.accused.of) == (1, 1)
    assert (own.unjudged.right, own.unjudged.of) == (1, 3)


def test_a_rep_that_was_not_found_counts_as_a_fault_not_found() -> None:
    own = figures(verdicts([judged(outcome(reps=1))]))
    assert own.faults["rep not found"] == 1
    assert own.found.of == 2


def test_the_curve_rises_where_worse_reps_are_accused() -> None:
    clips = [judged(outcome(accused={"bar_drift": (1,)})) for _ in range(20)]
    points = curve([v for v in verdicts(clips) if v.rule == "bar_drift"])
    assert points[0].severity == 6.0
    assert points[0].accused.value == 0.0
    assert points[-1].severity == 14.0
    assert points[-1].accused.value == 1.0


def test_only_what_is_decided_counts_for_the_stated_confidence() -> None:
    answer = outcome(accused={"bar_drift": (1, 2), "overdepth": (1,)})
    sure = replace(answer, findings=tuple(replace(one, confidence=0.9) for one in answer.findings))
    assert sorted(statement.right for statement in said(verdicts([judged(sure)]))) == [False, True]


@pytest.mark.parametrize(("exercise", "right"), [(None, True), ("romanian_deadlift", False)])
def test_an_exercise_without_rules_is_to_be_given_no_name(exercise: str | None, right: bool) -> None:
    row = judged(replace(outcome(), exercise=exercise, exit_code=3 if exercise is None else 0), kind="bent_over_row", units={})
    assert recognised(row) is right


def test_a_rack_in_front_or_a_turned_camera_is_no_plain_view() -> None:
    assert all(v.plain for v in verdicts([judged()]))
    assert not any(v.plain for v in verdicts([judged(yaw=30.0)]))
    assert not any(v.plain for v in verdicts([judged(conditions={"front": "rack", "top": "tight"})]))


def test_the_tables_name_every_accused_clean_rep() -> None:
    answer = replace(outcome(accused={"overdepth": (1,)}),
                     findings=(finding("overdepth", "fault", 1, 0.91),))  # fmt: skip
    table = next(t for t in verdict_tables([judged(answer)]) if t.title.startswith("Clean reps accused"))
    assert [row[1:4] for row in table.rows] == [("overdepth", "5.0 deg", "91 %")]


def test_the_section_is_replaced_and_the_rest_of_the_page_stays() -> None:
    clips = [judged()]
    page = with_section("# Page\n\ntext\n", section(clips, ["accuracy/a.png"], "Two reps."))
    again = with_section(f"{page}\n## Speed\n\nfast\n", f"{HEADING}\n\nanew\n")
    assert section_in(page).startswith(HEADING)
    assert "# Page\n\ntext\n" in again
    assert "Two reps." not in again
    assert "anew" in again
    assert "## Speed\n\nfast\n" in again
