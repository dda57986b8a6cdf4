"""Detecting jumps, and not mistaking a moving camera for one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.lifts.counting import FLIGHT
from formcheck.lifts.posture import posture
from formcheck.motion.motion import Motion, build_motion
from tests.lifters import squat

STANDING = squat(2)


def moved(up: np.ndarray) -> Motion:
    """The lifter `up` (F,) leg lengths higher in the picture."""
    shift = np.stack([np.zeros_like(up), -up * STANDING.body.leg_length], axis=1)
    return build_motion(None, body=replace(STANDING.body, points=STANDING.body.points + shift[:, None]))


def highest(motion: Motion, begin_s: float, end_s: float) -> float:
    return posture(motion, (motion.times > begin_s) & (motion.times < end_s)).flight


def test_a_jump_is_seen() -> None:
    """A third of the leg high, half a second long, from standing."""
    since = STANDING.times - 0.25
    up = np.where((since > 0) & (since < 0.5), 0.33 * (1 - (since / 0.25 - 1) ** 2), 0.0)
    assert highest(moved(up), 0.2, 0.8) == pytest.approx(0.33, abs=0.08)


@pytest.mark.parametrize("legs_a_second", [-0.4, 0.4])
def test_a_panning_phone_is_no_flight(legs_a_second: float) -> None:
    panned = moved(legs_a_second * STANDING.times)
    assert highest(panned, 0.2, 0.8) < FLIGHT / 2
