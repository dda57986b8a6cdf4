"""Posture from the picture in side views, and from 3D posture in oblique ones."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest

from formcheck.lifts.posture import (
    Posture,
    feet_split,
    flat_posture,
    hinge_on_one_leg,
    hinge_on_two_legs,
    lies,
    posture,
    swings_up,
)
from formcheck.lifts.registry import exercise_named
from formcheck.motion.body import Posture3D
from formcheck.motion.motion import Motion
from formcheck.pose.skeleton import SIDES
from tests.lifters import squat

MOTION = squat(1)
BOTTOM = (MOTION.times > 3.0) & (MOTION.times < 3.4)
FLAT = flat_posture(MOTION, BOTTOM)
#: By how much space differs from the picture here, degrees.
OFF = 20.0


def seen(yaw_deg: float, *, lean: float | None = None) -> Posture:
    """The squat's bottom with metric landmarks that are off by `OFF`, from a camera so far round the lifter."""
    count = len(MOTION.times)

    def constant(value: float) -> np.ndarray:
        return np.full(count, value)

    both = {name: {side: constant(getattr(FLAT, name) + OFF) for side in SIDES} for name in ("hip", "knee", "thigh")}
    rest = {field.name: constant(0.5) for field in fields(Posture3D) if field.name not in both}
    rest["lean"] = constant(FLAT.trunk + OFF if lean is None else lean)
    view = replace(MOTION.body.view, yaw_deg=yaw_deg)
    motion: Motion = replace(MOTION, posture_3d=Posture3D(**both, **rest), body=replace(MOTION.body, view=view))
    return posture(motion, BOTTOM)


@pytest.mark.parametrize("yaw_deg", [-20.0, 0.0, 15.0])
def test_a_side_view_takes_the_mean_of_picture_and_space(yaw_deg: float) -> None:
    found = seen(yaw_deg)
    assert (found.trunk, found.knee, found.thigh) == pytest.approx(
        (FLAT.trunk + OFF / 2, FLAT.knee + OFF / 2, FLAT.thigh + OFF / 2)
    )


@pytest.mark.parametrize("yaw_deg", [35.0, -60.0, float("nan")])
def test_from_farther_round_space_alone_tells(yaw_deg: float) -> None:
    found = seen(yaw_deg)
    assert (found.trunk, found.knee, found.thigh) == pytest.approx((FLAT.trunk + OFF, FLAT.knee + OFF, FLAT.thigh + OFF))


def test_the_change_from_one_to_the_other_is_gradual() -> None:
    trunks = [seen(yaw).trunk for yaw in np.arange(18.0, 36.0, 0.5)]
    assert np.all(np.diff(trunks) >= 0)
    assert np.abs(np.diff(trunks)).max() < 1.0


def test_unknown_3d_measures_stay_unknown() -> None:
    assert np.isnan(seen(0.0, lean=float("nan")).trunk)


def test_a_rear_knee_near_the_floor_tells_a_short_lunge_from_a_hinge() -> None:
    """As far apart as the feet of somebody who just does not stand square: what the rear shank does decides."""
    square = replace(FLAT, ankle_gap=0.1)
    lunge = replace(FLAT, thigh=60.0, back_thigh=28.0, knee=100.0, back_knee=73.0, ankle_gap=0.42)
    assert feet_split(square, lunge) > 0.8
    assert feet_split(square, replace(lunge, back_thigh=50.0, back_knee=95.0)) < 0.2
    assert feet_split(square, replace(lunge, back_knee=float("nan"))) < 0.5


@pytest.mark.parametrize(("gap", "split"), [(0.64, True), (0.22, False), (float("nan"), False)])
def test_feet_that_are_apart_at_the_top_are_split(gap: float, split: bool) -> None:
    """At the bottom the model has lost the legs and shows them side by side."""
    lost = replace(FLAT, thigh=65.0, back_thigh=60.0, knee=58.0, back_knee=58.0, ankle_gap=0.12)
    assert (feet_split(replace(FLAT, ankle_gap=gap), lost) > 0.5) == split


@pytest.mark.parametrize(
    ("at_top", "at_bottom", "hinges"),
    [(0.57, 0.46, False), (0.04, 0.40, True), (0.19, 1.19, True), (0.35, 0.90, True), (0.02, 0.0, True)],
)
def test_a_foot_that_stays_on_a_bench_is_no_hinge_on_one_leg(at_top: float, at_bottom: float, hinges: bool) -> None:
    """Whose rear foot swings up as the trunk goes down hinges, and so does who keeps it on the floor."""
    bowed = replace(FLAT, trunk=88.0, knee=120.0, back_knee=110.0, back_ankle_up=at_bottom)
    assert (hinge_on_one_leg(replace(FLAT, back_ankle_up=at_top), bowed) > 0.5) == hinges


@pytest.mark.parametrize(
    ("away", "lean", "hangs"),
    [(0.73, 5.0, True), (0.75, 40.0, True), (0.15, 30.0, False), (0.6, 80.0, False), (float("nan"), float("nan"), False)],
)
def test_a_bar_in_hanging_hands_is_a_deadlift_however_deep_the_knees(away: float, lean: float, hangs: bool) -> None:
    """Without a plate it is a squat, and so it is with the bar at the shoulders or held out in front."""
    squatted = replace(FLAT, trunk=27.0, thigh=105.0, back_thigh=100.0, knee=45.0, back_knee=70.0)
    assert (hinge_on_two_legs(FLAT, replace(squatted, bar_to_shoulder=away, bar_lean=lean)) > 0.5) == hangs


@pytest.mark.parametrize(("up_at_top", "variant", "lunge"), [(0.4, "bulgarian", False), (0.05, "lunge", True)])
def test_a_rear_foot_on_a_bench_stays_there(up_at_top: float, variant: str, lunge: bool) -> None:
    """Whose rear foot leaves the floor at the bottom only does a lunge."""
    top, bottom = replace(FLAT, ankle_gap=0.1, back_ankle_up=up_at_top), replace(FLAT, back_ankle_up=0.33)
    assert exercise_named("split_squat").variant([], [], top, bottom) == variant
    assert (exercise_named("lunge").claim([], [], top, bottom) > 0.6) == lunge


@pytest.mark.parametrize(
    ("at_top", "at_bottom", "hands_up", "swing"),
    [(77.0, 33.0, 0.65, True), (77.0, 5.0, 0.65, True), (12.0, 5.0, 0.4, False), (80.0, 80.0, 0.9, False)],
)
def test_arms_that_go_back_between_the_legs_and_up_in_front_swing(
    at_top: float, at_bottom: float, hands_up: float, swing: bool
) -> None:
    """Who holds the arms out in front all the time does not, nor who lets them hang."""
    arms = replace(FLAT, hands_to_shoulder=0.6)
    top, bottom = replace(arms, arm_lean=at_top), replace(arms, arm_lean=at_bottom, hands_up=hands_up)
    assert (swings_up(top, bottom) > 0.5) == swing


@pytest.mark.parametrize(("hips_at_top", "thrusts"), [(0.45, True), (0.27, False)])
def test_shoulders_that_slide_down_the_bench_while_the_hips_rise_are_a_thrust(hips_at_top: float, thrusts: bool) -> None:
    """In a sit-up they come down as far, but the hips hardly rise."""
    bottom = replace(FLAT, trunk=-30.0, knee=72.0, hip=88.0, hip_up=0.25, hip_over_knee=-0.45, shoulders_up=0.75)
    top = replace(FLAT, trunk=-91.0, knee=80.0, hip=157.0, hip_up=hips_at_top, hip_over_knee=-0.1, shoulders_up=0.42)
    assert (lies(top, bottom) > 0.5) == thrusts
