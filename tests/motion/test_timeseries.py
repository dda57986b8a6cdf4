from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline, PchipInterpolator

from formcheck.motion.timeseries import cubic, monotone


@given(st.integers(2, 40), st.integers(0, 10_000))
def test_the_curves_are_those_of_scipy(count: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.cumsum(rng.uniform(0.01, 0.3, count))
    values = np.round(rng.normal(size=(count, 3, 2)), 1)  # rounded: flat pieces and equal neighbours come up
    wanted = np.concatenate([times, rng.uniform(times[0], times[-1], 50)])
    assert cubic(wanted, times, values) == pytest.approx(CubicSpline(times, values)(wanted), abs=1e-9)
    assert monotone(wanted, times, values) == pytest.approx(PchipInterpolator(times, values)(wanted), abs=1e-9)


def test_beyond_the_ends_they_are_constant() -> None:
    times, values = np.arange(5.0), np.arange(5.0)[:, None] ** 2
    for curve in (cubic, monotone):
        assert curve(np.array([-3.0, 9.0]), times, values).ravel().tolist() == [0.0, 16.0]
