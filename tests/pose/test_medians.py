"""Fast medians and percentiles equal NumPy's."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.lifts.posture import percentile_80
from formcheck.pose.geometry import known_median

VALUES = st.floats(-1e6, 1e6, allow_nan=False) | st.just(float("nan"))


@given(st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=40))
def test_the_median_ignores_unknown_values(points: list[tuple[float, float]]) -> None:
    values = np.array(points)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy warns where nothing is known
        wanted, first = np.nanmedian(values, axis=0), np.nanmedian(values[:, 0])
    assert np.array_equal(known_median(values), wanted, equal_nan=True)
    assert np.array_equal(known_median(values[:, 0]), first, equal_nan=True)


@given(st.lists(st.floats(-1e6, 1e6, allow_nan=False), min_size=1, max_size=60))
def test_how_low_the_feet_are_mostly(heights: list[float]) -> None:
    assert percentile_80(np.array(heights)) == pytest.approx(np.percentile(heights, 80), rel=1e-12, abs=1e-9)


def test_the_median_of_nothing_is_unknown() -> None:
    assert np.isnan(percentile_80(np.zeros(0)))


def test_without_values_there_is_no_median() -> None:
    assert np.isnan(known_median(np.zeros(0)))
    assert np.isnan(known_median(np.zeros((0, 2)))).tolist() == [True, True]
