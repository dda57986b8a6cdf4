from __future__ import annotations

import numpy as np
import pytest

from formcheck.motion.spine.contour import STATIONS
from formcheck.motion.spine.spine import JUNCTION, fit_bend
from tests.motion.spine.people import arc_edge


@pytest.mark.parametrize("bend", [-60.0, -20.0, 0.0, 25.0, 60.0])
def test_a_circular_back_is_measured(bend: float) -> None:
    found = fit_bend(arc_edge(STATIONS, bend))
    assert found.lumbar + found.thoracic == pytest.approx(bend, abs=5.0)  # arcs are parabolas: 8 percent at 60 degrees
    assert found.lumbar == pytest.approx(found.thoracic, abs=1.0)
    assert found.visible == 1.0


def test_bend_of_one_half_is_not_given_to_the_other() -> None:
    x = np.clip(STATIONS - JUNCTION, 0, None)
    found = fit_bend(0.2 - x**2 / 2)
    assert found.lumbar == pytest.approx(0.0, abs=0.5)
    assert found.thoracic == pytest.approx(np.degrees(np.arctan(0.5)), abs=1.0)


def test_a_leaning_edge_is_not_a_bent_one() -> None:
    found = fit_bend(0.2 + 0.3 * (STATIONS - 0.5))
    assert found.lumbar + found.thoracic == pytest.approx(0.0, abs=0.5)


def test_stray_points_do_not_bend_the_back() -> None:
    edge = arc_edge(STATIONS, 20.0)
    edge[30:33] += 0.08
    assert sum((fit_bend(edge).lumbar, fit_bend(edge).thoracic)) == pytest.approx(20.0, abs=5.0)


def test_a_hidden_half_is_not_measured() -> None:
    edge = arc_edge(STATIONS, 30.0)
    edge[STATIONS < 0.4] = np.nan
    found = fit_bend(edge)
    assert np.isnan([found.lumbar, found.thoracic]).all()
    assert 0.5 < found.visible < 0.7


def test_a_less_visible_back_has_a_larger_sd_and_is_not_extrapolated() -> None:
    edge = arc_edge(STATIONS, 40.0)
    whole, cut = fit_bend(edge), fit_bend(np.where(STATIONS > 0.75, np.nan, edge))
    assert cut.thoracic_sd > whole.thoracic_sd
    assert cut.thoracic < 0.75 * whole.thoracic
