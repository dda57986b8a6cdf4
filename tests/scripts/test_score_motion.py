from __future__ import annotations

import math

import numpy as np
import pytest

from evaluation.motion import angle_errors, bar_errors, error_stats, joint_errors, mean_stats, scale_error, within_two_sd
from evaluation.outcome import Outcome
from tests.scripts.made_up import TIMES, columns, outcome, swing, true_angles, true_points, truth


def test_a_perfect_analysis_has_no_error() -> None:
    for stats in angle_errors(outcome(), truth()).values():
        assert stats.mae == pytest.approx(0, abs=1e-9)
        assert stats.seen == 1
    for stats in joint_errors(outcome(), truth()).values():
        assert stats.mae == pytest.approx(0, abs=1e-9)
    for stats in bar_errors(outcome(), truth()).values():
        assert stats.mae == pytest.approx(0, abs=1e-9)


def test_constant_offset_is_bias_and_goes_when_removed() -> None:
    said = outcome(columns=columns(knee_deg=true_angles()["knee"] + 4))
    knee = angle_errors(said, truth())["knee"]
    assert (knee.mae, knee.bias, knee.p95) == pytest.approx((4, 4, 4))
    assert knee.mae_no_offset == pytest.approx(0, abs=1e-9)


def test_scaled_knee_keeps_an_error_without_offset() -> None:
    knee = angle_errors(outcome(columns=columns(knee_deg=0.9 * true_angles()["knee"])), truth())["knee"]
    assert knee.mae > 15
    assert knee.mae_no_offset == pytest.approx(np.abs(2 * swing() - (2 * swing()).mean()).mean(), rel=1e-6)


def test_stretched_time_shows_in_angles() -> None:
    assert angle_errors(outcome(stretch=1.1), truth())["hip"].mae > 10


def test_stated_uncertainty_is_held_against_the_error() -> None:
    off = true_angles()["knee"] + np.where(TIMES < 4, 1.0, 9.0)
    stated = np.full(len(TIMES), 2.0)
    said = outcome(columns=columns(knee_deg=off, knee_sd_deg=stated))
    assert within_two_sd(said, truth()) == {"knee": pytest.approx((TIMES < 4).mean())}


def test_angles_wrap_round() -> None:
    said = outcome(columns=columns(trunk_deg=true_angles()["trunk_inclination"] + 359))
    assert angle_errors(said, truth())["trunk"].mae == pytest.approx(1)


def test_far_working_leg_is_held_against_the_far_leg() -> None:
    true, lifting = true_angles(), swing() > 0
    swapped = columns(
        hip_deg=np.where(lifting, true["far_hip"], true["hip"]),
        knee_deg=np.where(lifting, true["far_knee"], true["knee"]),
        rep=np.where(lifting, 1.0, np.nan),
    )
    said = outcome(columns=swapped, working_leg="left")
    assert angle_errors(said, truth())["hip"].mae == pytest.approx(0, abs=1e-9)
    assert angle_errors(outcome(columns=swapped), truth())["hip"].mae > 5


def test_missing_values_lower_what_is_seen_only() -> None:
    knee = true_angles()["knee"].copy()
    knee[::2] = np.nan
    stats = angle_errors(outcome(columns=columns(knee_deg=knee)), truth())["knee"]
    assert stats.mae == pytest.approx(0, abs=1e-9)
    assert stats.seen == pytest.approx(0.5)


def test_a_column_that_is_not_written_is_never_seen() -> None:
    table = columns()
    del table["lumbar_bend_deg"]
    stats = angle_errors(outcome(columns=table), truth())["lumbar bend, change"]
    assert math.isnan(stats.mae)
    assert stats.seen == 0


def test_swapped_legs_show_in_joints() -> None:
    points = true_points()
    for name in ("knee", "ankle"):
        points[f"near_{name}"], points[f"far_{name}"] = points[f"far_{name}"], points[f"near_{name}"]
    stats = joint_errors(outcome(points=points), truth())
    assert stats["near_knee"].mae == pytest.approx(100 * math.hypot(15, 9) / 150)
    assert stats["near_hip"].mae == pytest.approx(0, abs=1e-9)


def test_bar_is_measured_in_centimetres() -> None:
    table = columns()
    table["bar_x_px"] = table["bar_x_px"] + 5 * swing()  # drifts 2 cm too far at the turn, 250 pixels a metre there
    load = {"load": truth().load_px + np.array([6.0, 0.0])}  # 2 cm at the plate's 300 pixels a metre
    stats = bar_errors(outcome(columns=table, points=load), truth())
    assert stats["centre"].mae == pytest.approx(2)
    assert stats["path, level"].p95 == pytest.approx(2)
    assert stats["path, upright"].mae == pytest.approx(0, abs=1e-9)
    assert scale_error(outcome(), truth()) == pytest.approx(2)


def test_no_load_no_bar_error() -> None:
    nothing = np.full((len(TIMES), 2), np.nan)
    assert bar_errors(outcome(), truth(load_px=nothing, bar_px=nothing)) == {}


def test_refused_clip_has_nothing_to_measure() -> None:
    assert all(stats.seen == 0 for stats in angle_errors(Outcome(3), truth()).values())


def test_mean_over_clips_counts_each_once() -> None:
    unknown = error_stats(np.array([np.nan, np.nan]))
    mean = mean_stats([error_stats(np.array([1.0])), error_stats(np.array([3.0, 3.0, 3.0])), unknown])
    assert mean.mae == pytest.approx(2)
    assert mean.seen == pytest.approx(2 / 3)
