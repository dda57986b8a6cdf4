from __future__ import annotations

import math
from pathlib import Path

import pytest

from evaluation.outcome import Outcome
from evaluation.scores import rule_answers, rule_score, rule_scores
from formcheck.results.analysis import NotJudged
from tests.scripts.made_up import finding, label, outcome


def answers(said: Outcome, **labelled: tuple[str, ...]) -> dict[str, str]:
    return {answer.rule: answer.answer for answer in rule_answers(label(**labelled), said)}


def test_fault_in_half_of_the_reps_is_found() -> None:
    assert answers(outcome(accused={"bar_drift": (1,)})) == {"bar_drift": "hit", "overdepth": "clear"}


def test_fault_in_fewer_reps_is_a_miss() -> None:
    assert answers(outcome(reps=3, accused={"bar_drift": (2,)}))["bar_drift"] == "miss"


def test_several_findings_in_one_rep_count_once() -> None:
    assert answers(outcome(reps=4, accused={"bar_drift": (2, 2, 2)}))["bar_drift"] == "miss"


def test_accusing_a_clean_clip() -> None:
    assert answers(outcome(accused={"overdepth": (1, 2)})) == {"bar_drift": "miss", "overdepth": "false accusation"}


def test_borderline_is_no_accusation() -> None:
    said = outcome(findings=(finding("overdepth", "borderline", 1), finding("overdepth", "info", 2)))
    assert answers(said)["overdepth"] == "clear"


def test_unlabelled_rules_are_not_scored() -> None:
    assert "no_hold" not in answers(outcome(accused={"no_hold": (1, 2)}))


@pytest.mark.parametrize(
    "said",
    [
        outcome(not_judged=(NotJudged("bar_drift", None, "no bar"), NotJudged("overdepth", None, "no bar"))),
        outcome(not_judged=tuple(NotJudged(rule, rep, "hidden") for rule in ("bar_drift", "overdepth") for rep in (1, 2))),
        outcome(exercise="goblet_squat"),
        outcome(limits=frozenset({"knees_locked"})),
        outcome(reps=0),
        Outcome(3, "nobody was found"),
        Outcome(70, "KeyError"),
    ],
)
def test_no_answer_is_neither_hit_nor_miss(said: Outcome) -> None:
    assert answers(said) == {"bar_drift": "not judged", "overdepth": "not judged"}


def test_a_rule_left_out_in_some_reps_is_still_judged() -> None:
    said = outcome(reps=4, not_judged=(NotJudged("bar_drift", 1, "hidden"),))
    assert answers(said)["bar_drift"] == "miss"


def test_an_accusation_stands_even_where_other_reps_were_not_judged() -> None:
    said = outcome(accused={"overdepth": (1,)}, not_judged=(NotJudged("overdepth", 2, "hidden"),))
    assert answers(said)["overdepth"] == "false accusation"


def test_scores_by_rule() -> None:
    listed = []
    for name, faults, said in (
        ("hit", ("bar_drift",), outcome(accused={"bar_drift": (1, 2)})),
        ("miss", ("bar_drift",), outcome()),
        ("refused", ("bar_drift",), Outcome(3)),
        ("accused", (), outcome(accused={"bar_drift": (1, 2)})),
        ("stray", (), outcome(reps=4, accused={"bar_drift": (1,)})),
        ("no answer", (), Outcome(3)),
    ):
        clean = () if faults else ("bar_drift",)
        listed += rule_answers(label(faults=faults, clean_of=clean, path=Path(f"{name}.mp4")), said)
    (score,) = rule_scores(listed)
    assert (score.hits, score.misses, score.not_judged_faulty) == (1, 1, 1)
    assert (score.false_accusations, score.clear, score.not_judged_clean) == (1, 1, 1)
    assert (score.stray_reps, score.clean_reps) == (3, 6)
    assert score.precision.value == pytest.approx(0.5)
    assert score.recall.value == pytest.approx(1 / 3)
    assert score.false_accusation_rate.value == pytest.approx(0.5)
    assert rule_score("all rules", listed * 2).hits == 2


def test_precision_without_findings_is_unknown() -> None:
    (score,) = rule_scores(rule_answers(label(clean_of=()), outcome()))
    assert math.isnan(score.precision.value)
    assert score.recall.value == 0
