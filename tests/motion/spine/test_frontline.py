from __future__ import annotations

import numpy as np
import pytest

from formcheck.motion.body import Array
from formcheck.motion.spine.contour import STATIONS
from formcheck.motion.spine.spine import front_bow


def bowed(degrees: float) -> Array:
    """A front edge that turns outwards by `degrees` between the stations 0.2 and 0.9."""
    return np.asarray(-0.3 + np.radians(degrees) / 0.7 / 2 * (STATIONS - 0.55) ** 2)


@pytest.mark.parametrize("degrees", [-25.0, 0.0, 30.0])
def test_a_bow_is_measured_however_the_edge_leans(degrees: float) -> None:
    for lean in (-0.2, 0.0, 0.3):
        found, error = front_bow(bowed(degrees) + lean * STATIONS)
        assert found == pytest.approx(degrees, abs=0.5)
        assert 0 < error < 10


def test_less_seen_is_less_sure() -> None:
    part = np.where((STATIONS > 0.34) & (STATIONS < 0.62), np.nan, bowed(30.0))
    assert front_bow(part)[0] == pytest.approx(30.0, abs=1.0)
    cut = np.where(STATIONS > 0.76, np.nan, bowed(30.0))
    assert front_bow(cut)[1] > front_bow(bowed(30.0))[1]


@pytest.mark.parametrize("hidden", [(0.15, 0.40), (0.60, 0.80)])
def test_without_belly_or_chest_there_is_no_bow(hidden: tuple[float, float]) -> None:
    edge = np.where((hidden[0] < STATIONS) & (hidden[1] > STATIONS), np.nan, bowed(30.0))
    assert np.isnan(front_bow(edge)).all()


def test_a_bow_of_a_right_angle_is_rejected() -> None:
    assert np.isnan(front_bow(bowed(100.0))).all()
