"""Another person's leg attached to the lifter is dropped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.motion.shots import without_foreign_feet
from formcheck.pose.skeleton import joint
from formcheck.pose.track import PoseTrack
from tests.motion.figure import lifter, make_track, times_at

LEG = [joint(name, "left") for name in ("knee", "ankle", "heel", "toe")]


def filmed(people: int, away: float, begin_s: float = 3.0, end_s: float = 4.0, gradual_s: float = 0.0) -> PoseTrack:
    """A squat whose left leg is `away` pixels aside between two times, with so many people in the picture."""
    times = times_at()
    track = make_track(times, lifter(times, noise=0.5), near="right")
    reach = np.clip(np.minimum(times - begin_s, end_s - times) / max(gradual_s, 1e-3), 0, 1)
    points = track.points.copy()
    points[:, LEG, 0] += (away * reach)[:, None]
    return replace(track, points=points, shots=tuple(replace(shot, people=people) for shot in track.shots))


def lost(track: PoseTrack) -> np.ndarray:
    return np.asarray(track.times[track.found & ~without_foreign_feet(track).found])


def test_a_foot_that_jumps_away_and_back_is_dropped() -> None:
    gone = lost(filmed(2, 260.0))
    assert len(gone)
    assert gone.min() == pytest.approx(3.0, abs=0.1)
    assert gone.max() == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize(
    ("people", "away", "gradual_s", "why"),
    [
        (1, 260.0, 0.0, "nobody else is there: the model is off"),
        (2, 260.0, 0.5, "a step takes time"),
        (2, 0.0, 0.0, "nothing happens"),
    ],
)
def test_feet_that_move_like_the_lifter_are_kept(people: int, away: float, gradual_s: float, why: str) -> None:
    assert not len(lost(filmed(people, away, 3.0, 5.0, gradual_s))), why


def test_a_lifter_who_moved_is_not_lost() -> None:
    """Cut to another place by an editor, and never back."""
    assert not len(lost(filmed(2, 260.0, 3.0, 100.0)))
