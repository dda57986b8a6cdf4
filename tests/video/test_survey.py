from __future__ import annotations

import numpy as np
import pytest

from formcheck.video.sampling import CUT_RATE_HZ, find_cuts, find_repeats, frames_at, shots_of

#: No cut in 60 samples.
NONE = np.zeros(60, dtype=bool)


def test_a_cut_stands_out_and_a_quick_lift_does_not() -> None:
    change = np.full(60, 2.0)
    change[20] = 45.0
    change[40:46] = 20.0
    assert np.flatnonzero(find_cuts(change)).tolist() == [20]


def test_pictures_shown_again_are_found_in_spite_of_coding_noise() -> None:
    times = np.arange(60) / 15
    change = np.where(np.arange(60) % 4 == 0, 3.0, 0.02)
    assert np.array_equal(find_repeats(change, times, NONE), np.arange(60) % 4 != 0)


def test_slow_movement_and_a_cut_are_not_repeats() -> None:
    times = np.arange(60) / 15
    change = 0.3 + 0.25 * np.sin(times)
    change[30] = 60.0
    assert not find_repeats(change, times, np.arange(60) == 30).any()


def test_a_clip_that_stands_still_repeats_nothing() -> None:
    assert not find_repeats(np.zeros(30), np.arange(30) / 15, NONE[:30]).any()


@pytest.mark.parametrize("pose_rate_hz", [5.0, 8.0, 15.0, 24.0, 30.0])
def test_cuts_do_not_depend_on_how_many_pictures_the_pose_stage_wants(pose_rate_hz: float) -> None:
    """A lifter moves evenly; two cuts, the second half a second after the first."""
    times = np.arange(240) / 30
    grey = 40 + 0.2 * np.arange(240)
    grey[100:115] += 90
    grey[115:] += 40
    samples, looks = (frames_at(rate, times) for rate in (pose_rate_hz, CUT_RATE_HZ))
    changes = [np.abs(np.diff(grey[rows], prepend=grey[0])) for rows in (samples, looks)]
    shot = shots_of(samples, changes[0], looks, changes[1])
    seen = times[samples]
    assert shot.max() == 2
    assert seen[shot == 1].min() == pytest.approx(100 / 30, abs=1 / pose_rate_hz)
    assert seen[shot == 1].min() >= 100 / 30
    assert seen[shot == 2].min() >= 115 / 30
