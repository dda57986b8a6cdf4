"""The fast Savitzky-Golay filter equals SciPy's."""

import numpy as np
import pytest

from formcheck.results.load import quadratic_fits


@pytest.mark.parametrize("window", [5, 7, 15, 31])
def test_it_is_savitzky_and_golays_filter(window: int) -> None:
    from scipy.signal import savgol_filter

    values = np.cumsum(np.random.default_rng(0).normal(size=31))
    np.testing.assert_allclose(quadratic_fits(values, window), savgol_filter(values, window, 2), atol=1e-12)


def test_what_was_not_seen_stays_unknown() -> None:
    values = np.arange(30.0)
    values[20] = np.nan
    fitted = quadratic_fits(values, 5)
    assert np.isnan(fitted[18:23]).all()
    np.testing.assert_allclose(fitted[:18], values[:18], atol=1e-12)
