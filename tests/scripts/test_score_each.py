"""Rep by rep, on made-up clips whose answer is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.labels import ClipLabel, RepLabel, read_cell
from evaluation.outcome import Outcome
from evaluation.scores import EachScore, Share, each_score, pair_reps, rep_cases
from formcheck.results.analysis import NotJudged
from tests.scripts.made_up import REPS, finding, found_rep, label, outcome, truth


def real(reps: int, cell: str = "", **changed: Any) -> ClipLabel:
    """A clip of so many reps without truth, in which rep 3 of a cell "3:bar_drift" drifts."""
    facts: dict[str, Any] = {"kind": "real", "truth": None, "faults": (), "clean_of": (), "path": Path("real.mp4")}
    return label(**{**facts, **changed}, reps=reps, own=read_cell(cell, reps))


def score(clip: ClipLabel, said: Outcome) -> EachScore:
    pairing = pair_reps(clip, said)
    return each_score([(pairing, rep_cases(clip, said, pairing))])


def verdicts(said: Outcome, *words: str) -> Outcome:
    return replace(said, reps=tuple(replace(rep, verdict=word) for rep, word in zip(said.reps, words, strict=True)))


SET_OF_FIVE = "1:none;2:none;3:bar_drift;4:none;5:none"


def test_the_bad_rep_is_found_and_no_other() -> None:
    five = score(real(5, SET_OF_FIVE), outcome(reps=5, accused={"bar_drift": (3,)}))
    assert five.reps_found == Share(5, 5)
    assert five.faults_in_place == Share(1, 1)
    assert five.accused == Share(0, 4)


def test_the_wrong_rep_is_accused() -> None:
    five = score(real(5, SET_OF_FIVE), outcome(reps=5, accused={"bar_drift": (4,)}))
    assert five.faults_in_place == Share(0, 1)
    assert five.faulty["passed"] == 1
    assert five.accused == Share(1, 4)


def test_a_bad_rep_that_disappears_is_a_fault_not_found() -> None:
    four = score(real(5, SET_OF_FIVE), outcome(reps=4, accused={"bar_drift": (3,)}))
    assert (four.labelled, four.met, four.extra) == (5, 4, 0)
    assert four.faulty["rep not found"] == 1
    assert four.faults_in_place == Share(0, 1)
    assert four.accused == Share(0, 0)  # nobody knows which of the reps rep 3 is


def test_what_all_reps_share_needs_no_pairing() -> None:
    clip = real(5, faults=("bar_drift",), clean_of=("overdepth",))
    four = score(clip, outcome(reps=4, accused={"bar_drift": (1, 2, 4), "overdepth": (2,)}))
    assert four.faulty == {"found": 3, "borderline": 0, "passed": 1, "not judged": 0, "rep not found": 1}
    assert four.accused == Share(1, 4)


def test_reps_beyond_the_labelled_ones_are_too_many() -> None:
    six = score(real(5, faults=("bar_drift",)), outcome(reps=6, accused={"bar_drift": (1, 2, 3, 4, 5, 6)}))
    assert (six.met, six.extra) == (5, 1)
    assert six.faulty["found"] == 6


def test_with_times_the_place_decides_and_not_the_number() -> None:
    own = {1: RepLabel(clean=frozenset({"bar_drift"})), 2: RepLabel(frozenset({"bar_drift"}))}
    clip = label(faults=(), clean_of=(), own=own, truth=truth(faults=()))
    only_second = (found_rep(1, 4.1, 5.5, 6.0, 6.9),)
    said = replace(outcome(accused={"bar_drift": (1,)}), reps=only_second)
    placed = score(clip, said)
    assert (placed.met, placed.extra) == (1, 0)
    assert placed.faulty["found"] == 1
    assert placed.clean["rep not found"] == 1
    before = (found_rep(1, 0.0, 0.2, 0.3, 0.6), *(replace(rep, index=n) for n, rep in enumerate(outcome().reps, start=2)))
    late = score(clip, replace(said, reps=before))
    assert (late.met, late.extra) == (2, 1)
    assert late.faulty["passed"] == 1  # accused was the bogus rep 1, which is too many
    assert late.accused == Share(0, 1)
    assert len(REPS) == late.labelled


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (outcome(accused={"bar_drift": (1,)}), "found"),
        (outcome(findings=(finding("bar_drift", "borderline", 1),)), "borderline"),
        (outcome(findings=(finding("bar_drift", "fault", 2),)), "passed"),
        (outcome(not_judged=(NotJudged("bar_drift", 1, "no bar"),)), "not judged"),
        (outcome(not_judged=(NotJudged("bar_drift", 2, "no bar"),)), "passed"),
        (outcome(not_judged=(NotJudged("bar_drift", None, "no bar"),)), "not judged"),
        (outcome(exercise="goblet_squat"), "not judged"),
        (outcome(limits=frozenset({"overdepth"})), "not judged"),
        (Outcome(3, "nobody was found"), "rep not found"),
    ],
)
def test_answers_about_the_first_rep(said: Outcome, answer: str) -> None:
    clip = real(2, "1:bar_drift")
    assert [case.answer for case in rep_cases(clip, said, pair_reps(clip, said)) if case.faulty] == [answer]


def test_faulty_reps_called_clean_are_counted_among_the_found_ones() -> None:
    said = verdicts(outcome(reps=5), "clean", "fault", "clean", "not_judged", "borderline")
    assert score(real(5, "3:bar_drift;4:bar_drift"), said).called_clean == Share(1, 2)
    assert score(real(5, SET_OF_FIVE.replace("3:bar_drift", "3:none")), said).called_clean == Share(0, 0)


def test_several_clips_add_up() -> None:
    clip, said = real(2, "1:bar_drift;2:none"), outcome(reps=2, accused={"bar_drift": (1, 2)})
    pairing = pair_reps(clip, said)
    twice = each_score([(pairing, rep_cases(clip, said, pairing))] * 2)
    assert (twice.labelled, twice.faults_in_place, twice.accused) == (4, Share(2, 2), Share(2, 2))


@given(
    labelled=st.integers(0, 8),
    found=st.integers(0, 8),
    accused=st.sets(st.integers(1, 8)),
    bad=st.sets(st.integers(1, 8)),
)
def test_no_labelled_fault_is_lost(labelled: int, found: int, accused: set[int], bad: set[int]) -> None:
    bad = {number for number in bad if number <= labelled}
    cell = ";".join(f"{number}:{'bar_drift' if number in bad else 'none'}" for number in range(1, labelled + 1))
    clip = real(labelled, cell)
    result = score(clip, outcome(reps=found, accused={"bar_drift": tuple(n for n in accused if n <= found)}))
    assert result.met + max(0, labelled - found) == labelled
    assert result.met + result.extra == found
    everywhere = len(bad) == labelled > 0
    assert sum(result.faulty.values()) == (max(labelled, found) if everywhere else len(bad))
    if labelled == found and bad:  # a cell of "none" alone names no fault
        assert result.faulty["found"] == len(bad & accused)
        assert result.clean["found"] == len((accused & set(range(1, found + 1))) - bad)
