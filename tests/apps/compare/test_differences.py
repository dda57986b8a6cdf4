"""Differences between two sets with known angles and errors."""

from __future__ import annotations

from dataclasses import fields, replace
from math import sqrt

import numpy as np
import pytest
from msgspec import ValidationError

from formcheck.apps.compare.differences import (
    ComparedSet,
    Comparison,
    Difference,
    NotComparable,
    RuleCount,
    compared,
)
from formcheck.apps.compare.pairing import pairs_of_set, pairs_of_two
from formcheck.motion.body import View
from formcheck.pipeline import AnalysedClip
from formcheck.results.analysis import NotJudged
from formcheck.results.encoding import data_of, json_of, schema_of
from tests.apps.compare.sets import squats


def of(comparison: Comparison, name: str) -> Difference:
    return next(one for one in comparison.differences if one.name == name)


def two(a: AnalysedClip, b: AnalysedClip) -> Comparison:
    return compared(pairs_of_two(a, b))


def seen_from(of_set: AnalysedClip, view: View) -> AnalysedClip:
    shot = of_set.shots[0]
    body = replace(shot.motion.body, view=view)
    return replace(of_set, shots=(replace(shot, motion=replace(shot.motion, body=body)),))


def test_the_same_set_twice_differs_in_nothing() -> None:
    comparison = two(squats("a"), squats("b"))
    assert comparison.beyond == ()
    assert all(one.difference == 0 for one in comparison.differences)


def test_a_known_difference_is_found_with_its_error() -> None:
    comparison = two(squats("a", trunk=40.0, sd=2.0), squats("b", trunk=28.0, sd=3.0))
    trunk = of(comparison, "trunk_at_turn")
    assert (trunk.a, trunk.b) == (pytest.approx(40, abs=0.5), pytest.approx(28, abs=0.5))
    assert trunk.difference == pytest.approx(-12, abs=0.5)
    assert trunk.error == pytest.approx(1.96 * sqrt(2**2 + 3**2), abs=0.2)
    assert trunk.beyond
    assert trunk in comparison.beyond
    assert "12° less in B (40° in A, 28° in B, ± 7°)" in trunk.words
    assert not of(comparison, "knee_at_turn").beyond


@pytest.mark.parametrize(("sd", "beyond"), [(2.0, True), (6.0, False)])
def test_a_larger_error_hides_the_same_difference(sd: float, beyond: bool) -> None:
    comparison = two(squats("a", trunk=40.0, sd=sd), squats("b", trunk=30.0, sd=sd))
    assert of(comparison, "trunk_at_turn").beyond is beyond


def test_reps_that_spread_widen_the_error_of_their_mean() -> None:
    even = of(two(squats("a", trunk=[40, 40, 40]), squats("b", trunk=[30, 30, 30])), "trunk_at_turn")
    uneven = of(two(squats("a", trunk=[30, 40, 50]), squats("b", trunk=[30, 30, 30])), "trunk_at_turn")
    assert uneven.error**2 == pytest.approx(even.error**2 + 1.96**2 * 100 / 3, rel=0.05)


def test_tempo_is_compared_from_any_camera_but_angles_are_not() -> None:
    view = replace(squats().shots[0].motion.body.view, yaw_deg=52.0, quality=0.1)
    comparison = two(squats("a"), seen_from(squats("b", trunk=10.0), view))
    assert {one.group for one in comparison.differences} == {"tempo"}
    reason = next(one.reason for one in comparison.not_comparable if one.name == "trunk_at_turn")
    assert reason == "the camera is about 52 degrees off the side view in B: its angles and lengths are not the lifter's"


def test_hidden_measures_are_not_compared_and_the_set_is_named() -> None:
    b = squats("b")
    shot = b.shots[0]
    gone = replace(shot.motion.trunk, visibility=np.zeros(len(shot.motion.times)))
    comparison = two(squats("a"), replace(b, shots=(replace(shot, motion=replace(shot.motion, trunk=gone)),)))
    reasons = {one.name: one.reason for one in comparison.not_comparable}
    assert reasons["trunk_at_turn"] == "the trunk is hidden in B"
    assert reasons["bar_drift"] == "no weight was seen in A and in B"


def test_two_reps_of_one_set() -> None:
    comparison = compared(pairs_of_set(squats(trunk=[40.0, 35.0, 20.0]), "1,last"))
    assert comparison.one_set
    assert (comparison.a.reps, comparison.b.reps) == ((1,), (3,))
    assert of(comparison, "trunk_at_turn").difference == pytest.approx(-20, abs=0.5)


def test_notes_mention_what_a_viewer_must_know() -> None:
    comparison = two(squats("a", reps=4), squats("b", reps=2, facing="left"))
    notes = " | ".join(comparison.notes)
    assert "reps 3 and 4 of A have no partner" in notes
    assert "B is mirrored: A faces right, B faced left" in notes
    assert "the right leg is in front in A, the left leg in B" in notes
    assert comparison.b.mirrored
    assert not comparison.a.mirrored


def test_rules_are_counted_over_the_compared_reps_only() -> None:
    b = squats("b", reps=3)
    b = replace(b, analysis=replace(b.analysis, not_judged=(NotJudged("short_range", None, "hidden", "hidden"),)))
    comparison = compared(pairs_of_two(squats("a", reps=3), b, "2,3"))
    rules = {rule.rule: rule for rule in comparison.rules}
    assert rules["torso_upright"].borderline == (0, 1)  # made up for the last rep
    assert rules["torso_upright"].faults == (0, 0)
    assert rules["short_range"].not_judged == (0, 1)


def test_it_can_be_written_as_json() -> None:
    data = data_of(two(squats("a"), squats("b", trunk=10.0)))
    assert data["schema"] == "formcheck.comparison/2"
    assert data["differences"][0].keys() >= {"name", "a", "b", "difference", "error", "beyond", "unit"}


def test_a_comparison_that_breaks_its_schema_is_not_written() -> None:
    comparison = two(squats("a"), squats("b", trunk=10.0))
    wrong = replace(comparison.differences[0], unit="")
    with pytest.raises(ValidationError):
        json_of(replace(comparison, differences=(wrong,)))
    with pytest.raises(ValidationError, match="null"):
        json_of(replace(comparison, differences=(replace(wrong, unit="deg", a=float("nan")),)))


def test_the_schema_describes_every_record() -> None:
    records = schema_of(Comparison)["$defs"]
    for kind in (Comparison, ComparedSet, Difference, NotComparable, RuleCount):
        assert set(records[kind.__name__]["properties"]) == {field.name for field in fields(kind)}
        assert records[kind.__name__]["description"], kind
