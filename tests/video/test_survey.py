from __future__ import annotations

import numpy as np

from formcheck.video.survey import find_cuts, find_repeats


def test_a_cut_stands_out_and_a_quick_lift_does_not() -> None:
    change = np.full(60, 2.0)
    change[20] = 45.0
    change[40:46] = 20.0
    assert np.flatnonzero(find_cuts(change)).tolist() == [20]


def test_pictures_shown_again_are_found_in_spite_of_coding_noise() -> None:
    times = np.arange(60) / 15
    change = np.where(np.arange(60) % 4 == 0, 3.0, 0.02)
    assert np.array_equal(find_repeats(change, times), np.arange(60) % 4 != 0)


def test_slow_movement_and_a_cut_are_not_repeats() -> None:
    times = np.arange(60) / 15
    change = 0.3 + 0.25 * np.sin(times)
    change[30] = 60.0
    assert not find_repeats(change, times).any()


def test_a_clip_that_stands_still_repeats_nothing() -> None:
    assert not find_repeats(np.zeros(30), np.arange(30) / 15).any()
