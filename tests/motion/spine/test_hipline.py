from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from formcheck.motion.bar.bar import Bar
from formcheck.motion.body import Body
from formcheck.motion.spine.spine import hip_line
from formcheck.motion.view import leg_angles
from formcheck.pose.track import PoseTrack
from tests.motion.spine.bridges import HIP, THIGH, TRUNK, bridge
from tests.motion.spine.people import person


def seen(track: PoseTrack, body: Body, bar: Bar | None = None) -> tuple[float, float]:
    """Degrees past straight and their error."""
    line = hip_line(track, body, bar)
    return float(np.nanmedian(line.values)) - 180, float(np.nanmedian(line.sd))


@pytest.mark.parametrize("extension", [-30.0, 0.0, 12.0])
def test_the_angle_of_chest_and_thigh_is_measured(extension: float) -> None:
    assert seen(*bridge(np.full(8, extension), np.zeros(8)))[0] == pytest.approx(extension, abs=1.0)


def test_a_hip_point_that_is_too_high_moves_the_joints_and_not_the_outline() -> None:
    track, body = bridge(np.zeros(8), np.zeros(8), hip_error=16.0)
    assert np.nanmedian(leg_angles(body, "right").hip_signed.values) > 188
    assert seen(track, body)[0] == pytest.approx(0.0, abs=3.0)


def test_the_upper_chest_alone_is_less_certain() -> None:
    """The chest falls away towards the neck, so that its upper end alone is steeper than the whole."""
    track, body = bridge(np.zeros(8), np.zeros(8))
    center = np.tile(HIP - [0.5 * TRUNK, 0.3 * TRUNK], (8, 1))
    plate = Bar("plate", center, np.full(8, 0.23 * TRUNK), np.ones(8), center, np.ones(8))
    whole, part = seen(track, body), seen(track, body, plate)
    assert part[0] == pytest.approx(whole[0], abs=1.5)
    assert part[1] > whole[1] + 0.5


def test_a_second_plate_above_the_thigh_is_not_the_thigh() -> None:
    """It rises out of the thigh's upper edge like a slope; the lower edge answers instead."""
    track, body = bridge(np.zeros(8), np.zeros(8))

    def with_plate(curve: NDArray[np.float32]) -> NDArray[np.float32]:
        raised: NDArray[np.float32] = curve.copy()
        above = (curve[:, 0] > HIP[0]) & (curve[:, 1] < HIP[1])
        raised[above, 1] -= np.maximum(0.0, HIP[0] + THIGH - curve[above, 0])
        return raised

    hidden = dataclasses.replace(track, outline=tuple(tuple(with_plate(c) for c in curves) for curves in track.outline))
    assert seen(hidden, body)[0] == pytest.approx(seen(track, body)[0], abs=2.0)


def test_a_standing_lifter_has_no_hip_line() -> None:
    track, body = person(np.zeros(6), np.zeros(6))
    assert np.isnan(hip_line(track, body).values).all()
