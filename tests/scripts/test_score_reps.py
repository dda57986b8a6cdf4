from __future__ import annotations

import math

import pytest

from evaluation.scores import RepCount, Share, count_score, match_reps, timing_score
from tests.scripts.made_up import REPS, found_rep, outcome


def test_counts_of_known_clips() -> None:
    counts = [RepCount("a", 5, 5, 0), RepCount("b", 4, 5, 1), RepCount("c", 4, 5, 0), RepCount("d", 0, 3, 0)]
    score = count_score(counts)
    assert (score.exact, score.off_by_one, score.within) == (Share(1, 4), Share(3, 4), Share(2, 4))
    assert score.mae == pytest.approx((0 + 1 + 1 + 3) / 4)


def test_no_clips_score_nothing() -> None:
    assert math.isnan(count_score([]).exact.value)


def test_a_steady_delay_is_the_bias_of_moments_and_leaves_durations_alone() -> None:
    score = timing_score([(REPS, outcome(late_s=0.1).reps)])
    assert (score.matched, score.missed, score.extra) == (2, 0, 0)
    assert score.events["turn"].bias == pytest.approx(0.1)
    assert score.events["start"].mae == pytest.approx(0.1)
    assert score.events["first phase"].mae == pytest.approx(0.0, abs=1e-9)


def test_stretched_time_shows_in_moments_and_tempo() -> None:
    score = timing_score([(REPS, outcome(stretch=1.1).reps)])
    assert score.events["end"].worst == pytest.approx(0.1 * 7.0)
    assert score.events["first phase"].mae == pytest.approx(0.1 * (1.3 + 1.5) / 2)


def test_each_rep_is_matched_once_and_the_rest_is_missed_or_extra() -> None:
    found = (found_rep(1, 0.8, 2.0, 2.5, 3.4), found_rep(2, 3.4, 3.5, 3.5, 3.6), found_rep(3, 7.5, 7.6, 7.7, 7.9))
    pairs = match_reps(REPS, found)
    assert [(t.start_s, f.index) for t, f in pairs] == [(0.7, 1)]
    score = timing_score([(REPS, found)])
    assert (score.matched, score.missed, score.extra) == (1, 1, 2)


def test_unknown_moments_are_left_out() -> None:
    found = (found_rep(1, float("nan"), 2.0, 2.5, 3.4), outcome().reps[1])
    score = timing_score([(REPS, found)])
    assert score.events["start"].reps == 1
