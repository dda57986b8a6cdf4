from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.labels import read_cell
from evaluation.scores import Share, Statement, pair_reps, reliability, statements
from tests.scripts.made_up import finding, label, outcome


def test_only_findings_that_a_label_decides_count() -> None:
    clip = label(kind="real", truth=None, faults=(), clean_of=("overdepth",), own=read_cell("1:bar_drift;2:none", 2))
    findings = (
        finding("bar_drift", "fault", 1, 0.95),
        finding("bar_drift", "borderline", 2, 0.6),
        finding("overdepth", "fault", 2, 0.8),
        finding("overdepth", "info", 1, 0.9),  # informational
        finding("no_hold", "fault", 1, 0.9),  # not labelled
        finding("bar_drift", "fault", 1, float("nan")),  # states nothing
        finding("bar_drift", "fault", 7, 0.9),  # of no rep
    )
    told = outcome(reps=2, findings=findings)
    assert statements(told, pair_reps(clip, told)) == [
        Statement(0.95, True), Statement(0.6, False), Statement(0.8, False)
    ]


def test_bins_and_brier_score_of_known_statements() -> None:
    stated = [Statement(0.5, False), Statement(0.6, True), Statement(0.7, False), Statement(0.97, True), Statement(1.0, True)]
    result = reliability(stated)
    assert [(part.low, part.high, part.right) for part in result.bins] == [
        (0.0, 0.6, Share(0, 1)), (0.6, 0.75, Share(1, 2)), (0.97, 1.0, Share(2, 2))
    ]
    assert result.bins[1].mean_stated == pytest.approx(0.65)
    assert result.brier == pytest.approx((0.25 + 0.16 + 0.49 + 0.0009 + 0) / 5)


def test_nothing_stated_is_unknown() -> None:
    assert reliability([]).bins == []
    assert math.isnan(reliability([]).brier)


@given(st.lists(st.builds(Statement, st.floats(0, 1), st.booleans())))
def test_every_statement_is_in_one_bin(stated: list[Statement]) -> None:
    result = reliability(stated)
    assert sum(part.right.of for part in result.bins) == len(stated) == result.statements
    assert sum(part.right.right for part in result.bins) == sum(one.right for one in stated)
    assert all(part.low <= part.mean_stated + 1e-9 and part.mean_stated <= part.high + 1e-9 for part in result.bins)
