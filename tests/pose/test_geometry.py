"""Detecting rotated clips by shanks and feet."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from formcheck.errors import ClipError
from formcheck.pose import estimate
from formcheck.pose.geometry import on_its_side, stretches_out
from fuzzing import stand_in
from fuzzing.clips import Film, even, write
from tests.lifters import floor_deadlift, hinge, hip_thrust, leg_press, lunge, split_squat, squat
from tests.scripts.test_odd_clips_drawn import drawn

LIFTS = {lift.__name__: lift for lift in (floor_deadlift, hinge, hip_thrust, lunge, split_squat, squat)}


@pytest.mark.parametrize("name", LIFTS)
def test_rotated_pictures_are_distinguished_from_upright_and_upside_down_ones(name: str) -> None:
    points = LIFTS[name]().body.points
    for quarter in range(4):
        turn = np.linalg.matrix_power(np.array([[0.0, -1.0], [1.0, 0.0]]), quarter)
        assert on_its_side(points @ turn) == bool(quarter % 2)
    assert not on_its_side(np.full_like(points, np.nan))


@pytest.mark.parametrize(
    ("taken_for_upside_down", "says"), [(False, "seems to be on its side"), (True, "c.mp4 lies on its side")]
)
def test_a_clip_on_its_side_is_refused_with_the_reason(
    taken_for_upside_down: bool, says: str, tmp_path: Path
) -> None:
    """What is upside down and on its side at once, by what is seen of the knees, was a split squat on its side."""
    upright = stand_in.figure

    def turned(share: float, width: int, height: int) -> np.ndarray:
        return upright(share, height, width)[:, ::-1]

    clip = write(tmp_path / "c.mp4", Film(even(6.5, 10.0)))
    with (
        mock.patch.object(stand_in, "figure", turned),
        mock.patch.object(estimate, "upside_down", return_value=taken_for_upside_down),
        pytest.raises(ClipError, match=says),
    ):
        drawn(clip, "--no-video")


@pytest.mark.parametrize("name", LIFTS)
def test_a_lifter_is_straight_at_times_but_not_in_a_leg_press(name: str) -> None:
    assert stretches_out(LIFTS[name]().body.points)
    assert not stretches_out(leg_press().body.points)
