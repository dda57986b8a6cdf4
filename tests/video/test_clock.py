from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace

import pytest

from formcheck.video.packets import LONGEST_GAP_S, Clock


def times_of(stamps: list[float | None], longest_s: float = 100.0) -> list[float | None]:
    clock = Clock(stamps[0] or 0.0, 0.1, longest_s)
    frames = [SimpleNamespace(pts=None if s is None else round(1000 * s), time_base=Fraction(1, 1000)) for s in stamps]
    return [clock.time_of(frame) for frame in frames]


def test_time_counts_from_the_first_picture_and_repeats_are_left_out() -> None:
    assert times_of([3.0, 3.1, 3.1, 3.05, 3.2]) == pytest.approx([0, 0.1, None, None, 0.2], nan_ok=True)


def test_a_second_recording_behind_the_first_goes_on_where_that_ended() -> None:
    assert times_of([5.0, 5.1, 5.2, 0.0, 0.1, 0.2]) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert times_of([5.0, 5.1, 900.0, 900.1]) == pytest.approx([0, 0.1, 0.2, 0.3])
    gap = LONGEST_GAP_S + 1
    assert times_of([0.0, 0.1, gap, gap + 0.1], 1e9) == pytest.approx([0, 0.1, 0.2, 0.3])


def test_a_pause_stays_and_a_missing_stamp_is_filled_in() -> None:
    assert times_of([0.0, 0.1, 8.0, None, 8.2]) == pytest.approx([0, 0.1, 8.0, 8.1, 8.2])
