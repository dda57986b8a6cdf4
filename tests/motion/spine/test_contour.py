from __future__ import annotations

import numpy as np

from formcheck.motion.spine.contour import (
    STATIONS,
    clothing_start,
    trunk_edges,
    trunk_frame,
    without_arms,
    without_plate,
    without_steps,
)
from tests.motion.spine.people import arc_edge


def test_the_back_is_opposite_to_the_facing() -> None:
    for forward in (1, -1):
        frame = trunk_frame(np.array([100.0, 200.0]), np.array([100.0, 100.0]), forward)
        assert frame is not None
        np.testing.assert_allclose(frame.back, [-forward, 0.0], atol=1e-12)


def test_back_of_a_lying_lifter_is_below() -> None:
    frame = trunk_frame(np.array([200.0, 100.0]), np.array([100.0, 100.0]), 1)  # feet to the right
    assert frame is not None
    np.testing.assert_allclose(frame.back, [0.0, 1.0], atol=1e-12)


def test_trunk_coordinates_and_pixels_are_inverse() -> None:
    frame = trunk_frame(np.array([120.0, 300.0]), np.array([180.0, 130.0]), -1)
    assert frame is not None
    points = np.array([[10.0, 20.0], [300.0, 5.0]])
    np.testing.assert_allclose(frame.out(frame.into(points)), points)


def test_no_trunk_without_a_point() -> None:
    assert trunk_frame(np.array([np.nan, 1.0]), np.array([1.0, 1.0]), 1) is None


def test_edges_are_those_of_the_stretch_around_the_trunk_line() -> None:
    frame = trunk_frame(np.array([0.0, 100.0]), np.array([0.0, 0.0]), 1)
    assert frame is not None
    trunk = np.array([[-20, 140], [-20, -40], [15, -40], [15, 140], [-20, 140]], dtype=np.float32)
    arm = np.array([[30, 140], [30, -40], [45, -40], [45, 140], [30, 140]], dtype=np.float32)
    back, front = trunk_edges((arm, trunk), frame)
    np.testing.assert_allclose(back, 0.20, atol=1e-6)
    np.testing.assert_allclose(front, -0.15, atol=1e-6)


def test_an_arm_and_a_plate_at_the_edge_are_left_out() -> None:
    frame = trunk_frame(np.array([0.0, 100.0]), np.array([0.0, 0.0]), 1)
    assert frame is not None
    edge = np.full(len(STATIONS), 0.2)
    hand = frame.out(np.array([[0.5, 0.22], [0.6, 0.22], [np.nan, np.nan]]))
    bare = without_arms(edge, [hand], frame)
    assert np.isnan(bare[np.argmin(np.abs(STATIONS - 0.55))])
    assert np.isfinite(bare[np.argmin(np.abs(STATIONS - 0.1))])
    center = frame.out(np.array([[0.0, 0.0]]))[0]
    bare = without_plate(edge, center, 40.0, frame)
    assert np.isnan(bare[np.argmin(np.abs(STATIONS))])
    assert np.isfinite(bare[np.argmin(np.abs(STATIONS - 0.8))])


def test_what_a_jump_separates_is_left_out() -> None:
    edge = np.where(STATIONS < 0.0, 0.5, 0.2)
    bare = without_steps(edge)
    assert np.isnan(bare[STATIONS < -0.01]).all()
    assert np.isfinite(bare[STATIONS > 0.01]).all()


def test_a_hood_is_found_and_a_hollow_back_is_not_one() -> None:
    hollow = np.tile(arc_edge(STATIONS, -50.0), (9, 1))
    assert clothing_start(hollow) == float("inf")
    hood = np.tile(arc_edge(STATIONS, 20.0) + np.clip(STATIONS - 0.75, 0, 0.1) * 0.8, (9, 1))
    assert 0.6 < clothing_start(hood) < 0.8
    hood[:6] = arc_edge(STATIONS, 20.0)  # in a third of the frames only: chance
    assert clothing_start(hood) == float("inf")
