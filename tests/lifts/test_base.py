"""The mean of a series leaves out guessed frames."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.lifts.exercise import average
from formcheck.motion.body import Series


def test_a_mean_is_taken_over_the_frames_that_were_seen() -> None:
    series = Series(np.array([10.0, 20.0, 90.0, 30.0]), np.array([1.0, 3.0, 40.0, 9.0]), np.array([1.0, 0.7, 0.2, 1.0]))
    mean = average(series, np.array([True, True, True, False]))
    assert mean.value == pytest.approx(15.0)
    assert mean.sd == pytest.approx(2.0)
    assert mean.coverage == pytest.approx(2 / 3)


def test_a_guess_alone_is_no_mean() -> None:
    series = Series(np.full(3, 10.0), np.ones(3), np.zeros(3))
    mean = average(series, np.ones(3, dtype=bool))
    assert np.isnan(mean.value)
    assert mean.coverage == 0.0
