"""Joining the shots of an edited clip: rows, gaps and times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.outputs.shown import gaps_between, joined, joined_times, place_at, reps_of, shown_span
from formcheck.results.analysis import RejectedMovement
from tests.outputs.made_up import BREAK_S, FPS, edited_analysis, made_up_take, two_shots


def test_a_single_shot_is_itself() -> None:
    (shot,) = shots = made_up_take()
    assert joined_times(shots) == pytest.approx(shot.motion.times)
    assert joined(shots, lambda own: own.motion.trunk.values) == pytest.approx(shot.motion.trunk.values)
    assert gaps_between(shots) == []


@pytest.mark.parametrize("every", [1, 2, 5])
def test_between_shots_nothing_is_known(every: int) -> None:
    shots = two_shots()
    times = joined_times(shots, every)
    values = joined(shots, lambda shot: shot.motion.trunk.values, every)
    assert len(times) == len(values)
    assert (np.diff(times) > 0).all()
    middle = float(shots[0].motion.times[-1]) + BREAK_S / 2
    assert np.isnan(np.interp(middle, times, values)), "a line is drawn from one shot to the next"
    assert np.isnan(values).sum() == 1


def test_a_bare_cut_is_a_gap_in_the_line_and_no_stretch() -> None:
    first, second = two_shots()
    body = second.motion.body
    early = replace(body, times=body.times - BREAK_S)
    shots = (first, replace(second, motion=replace(second.motion, body=early)))
    assert gaps_between(shots) == []
    times = joined_times(shots)
    assert (np.diff(times) > 0).all()
    assert np.isnan(joined(shots, lambda shot: shot.motion.trunk.values)).sum() == 1


def test_what_only_one_shot_shows_is_unknown_in_the_other() -> None:
    shots = two_shots()
    path = joined(shots, lambda shot: shot.motion.bar.path if shot.motion.bar is not None else None)
    count = len(shots[0].motion.times)
    assert np.isfinite(path[:count]).all()
    assert np.isnan(path[count:]).all()
    assert path.shape == (len(joined_times(shots)), 2)


def test_a_frame_belongs_to_the_shot_that_shows_it() -> None:
    shots = two_shots()
    end, start = float(shots[0].motion.times[-1]), float(shots[1].motion.times[0])
    assert place_at(shots, end).shot == 0
    assert place_at(shots, start).shot == 1
    assert place_at(shots, start).frame == 0
    assert place_at(shots, start - 0.5 / FPS).shown
    assert not place_at(shots, (end + start) / 2).shown


def test_reps_of_all_shots_come_in_order_of_time() -> None:
    shots = two_shots()
    assert [rep.index for rep in reps_of((shots[1], shots[0]))] == [1, 2, 3, 4]


def test_what_was_not_counted_outside_the_shots_is_shown_too() -> None:
    shots = two_shots()
    analysis = edited_analysis(shots)
    last = float(shots[1].motion.times[-1])
    assert shown_span(shots, analysis) == (0.0, last)
    racking = RejectedMovement(last + 1, last + 3, "racking", shot=4)
    assert shown_span(shots, replace(analysis, not_counted=(racking,))) == (0.0, last + 3)
