"""The learned bend of the back on complete, partly hidden and invalid edges."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.motion.body import Array
from formcheck.motion.spine.contour import STATIONS, without_steps
from formcheck.motion.spine.learned import back_table
from tests.motion.spine.people import arc_edge


def bend(edge: Array) -> float:
    return back_table().bend(edge)[0]


def test_a_rounder_back_reads_rounder() -> None:
    found = [bend(arc_edge(STATIONS, degrees)) for degrees in (-40, -20, 0, 20, 40, 60)]
    assert np.diff(found).min() > 5.0
    assert found[0] < 10.0
    assert found[-1] > 45.0


@pytest.mark.parametrize("depth", [0.15, 0.2, 0.25, 0.3])
def test_the_depth_of_the_trunk_matters_little(depth: float) -> None:
    assert bend(arc_edge(STATIONS, 0, depth)) == pytest.approx(bend(arc_edge(STATIONS, 0)), abs=8.0)


@pytest.mark.parametrize("hidden", [(0.3, 0.5), (0.6, 1.1), (-0.3, 0.1)])
def test_a_gap_in_the_outline_raises_the_sd_and_changes_the_bend_little(hidden: tuple[float, float]) -> None:
    whole = arc_edge(STATIONS, 30)
    edge = np.where((hidden[0] < STATIONS) & (hidden[1] > STATIONS), np.nan, whole)
    found, unsure = back_table().bend(edge)
    assert found == pytest.approx(bend(whole), abs=15.0)
    assert unsure > back_table().bend(whole)[1]


def test_too_short_a_back_is_not_measured() -> None:
    assert np.isnan(bend(np.where(STATIONS < 0.6, np.nan, arc_edge(STATIONS, 30))))


@pytest.mark.parametrize("behind", [np.nan, 0.25])
@pytest.mark.parametrize("middle", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("radius", [0.40, 0.45])
def test_the_edge_of_a_plate_is_no_back(radius: float, middle: float, behind: float) -> None:
    """A plate of 45 cm beside a trunk of 50 or 56 cm, taken for the back by the pose network, alone or on the lifter."""
    across = radius**2 - (STATIONS - middle) ** 2
    arc = np.where(across > 0, np.sqrt(np.maximum(across, 0)), np.nan)
    assert np.isnan(bend(without_steps(np.fmax(arc, behind))))


def test_a_post_beside_the_lifter_is_no_back() -> None:
    edge = np.where(STATIONS < 0.5, 0.2, 0.55)
    assert np.isnan(bend(edge))


def test_a_back_bent_beyond_what_was_learned_is_not_measured() -> None:
    assert np.isnan(bend(arc_edge(STATIONS, 170, 0.2)))
