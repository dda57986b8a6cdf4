from __future__ import annotations

import math
from fractions import Fraction
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.scores import Share, share

Z = NormalDist().inv_cdf(0.975)


# R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3 (score without continuity correction).
@pytest.mark.parametrize(
    ("right", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_interval_as_published(right: int, of: int, low: float, high: float) -> None:
    assert Share(right, of).interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_ends_of_the_interval_solve_wilsons_equation(case: tuple[int, int]) -> None:
    """(p - x)^2 = z^2 x (1 - x) / n at both ends x, worked out in fractions."""
    right, of = case
    low, high = Share(right, of).interval
    seen = Fraction(right, of)
    assert low <= seen <= high + 1e-12
    for end in (Fraction(low), Fraction(high)):
        assert float((seen - end) ** 2 - Fraction(Z) ** 2 * end * (1 - end) / of) == pytest.approx(0, abs=1e-9)


def test_interval_is_mirrored_by_counting_the_wrong_ones() -> None:
    low, high = Share(3, 10).interval
    assert Share(7, 10).interval == pytest.approx((1 - high, 1 - low))


def test_a_share_of_nothing_is_unknown() -> None:
    assert math.isnan(Share(0, 0).value)
    assert all(math.isnan(end) for end in Share(0, 0).interval)


def test_share_counts_what_is_true() -> None:
    assert share(number > 2 for number in range(5)) == Share(2, 5)
