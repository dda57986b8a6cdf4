"""Joining the shots of an edited clip: rows, gaps and times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.outputs.shown import gaps_between, joined, joined_times, place_at, reps_of, shown_span
from formcheck.results.analysis import RejectedMovement
from tests.outputs.made_up import BREAK_S, FPS, edited_analysis, made_up_take, two_takes


def test_a_single_take_is_itself() -> None:
    (take,) = takes = made_up_take()
    assert joined_times(takes) == pytest.approx(take.motion.times)
    assert joined(takes, lambda own: own.motion.trunk.values) == pytest.approx(take.motion.trunk.values)
    assert gaps_between(takes) == []


@pytest.mark.parametrize("every", [1, 2, 5])
def test_between_takes_nothing_is_known(every: int) -> None:
    takes = two_takes()
    times = joined_times(takes, every)
    values = joined(takes, lambda take: take.motion.trunk.values, every)
    assert len(times) == len(values)
    assert (np.diff(times) > 0).all()
    middle = float(takes[0].motion.times[-1]) + BREAK_S / 2
    assert np.isnan(np.interp(middle, times, values)), "a line is drawn from one take to the next"
    assert np.isnan(values).sum() == 1


def test_a_bare_cut_is_a_gap_in_the_line_and_no_stretch() -> None:
    first, second = two_takes()
    body = second.motion.body
    early = replace(body, times=body.times - BREAK_S)
    takes = (first, replace(second, motion=replace(second.motion, body=early)))
    assert gaps_between(takes) == []
    times = joined_times(takes)
    assert (np.diff(times) > 0).all()
    assert np.isnan(joined(takes, lambda take: take.motion.trunk.values)).sum() == 1


def test_what_only_one_take_shows_is_unknown_in_the_other() -> None:
    takes = two_takes()
    path = joined(takes, lambda take: take.motion.bar.path if take.motion.bar is not None else None)
    count = len(takes[0].motion.times)
    assert np.isfinite(path[:count]).all()
    assert np.isnan(path[count:]).all()
    assert path.shape == (len(joined_times(takes)), 2)


def test_a_frame_belongs_to_the_take_that_shows_it() -> None:
    takes = two_takes()
    end, start = float(takes[0].motion.times[-1]), float(takes[1].motion.times[0])
    assert place_at(takes, end).take == 0
    assert place_at(takes, start).take == 1
    assert place_at(takes, start).frame == 0
    assert place_at(takes, start - 0.5 / FPS).shown
    assert not place_at(takes, (end + start) / 2).shown


def test_reps_of_all_takes_come_in_order_of_time() -> None:
    takes = two_takes()
    assert [rep.index for rep in reps_of((takes[1], takes[0]))] == [1, 2, 3, 4]


def test_what_was_not_counted_outside_the_takes_is_shown_too() -> None:
    takes = two_takes()
    analysis = edited_analysis(takes)
    last = float(takes[1].motion.times[-1])
    assert shown_span(takes, analysis) == (0.0, last)
    racking = RejectedMovement(last + 1, last + 3, "racking", shot=4)
    assert shown_span(takes, replace(analysis, not_counted=(racking,))) == (0.0, last + 3)
