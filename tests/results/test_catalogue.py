"""The catalogue of signals and measures, and that all outputs follow it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.lifts.registry import exercise_named
from formcheck.motion.body import Series
from formcheck.motion.motion import Motion
from formcheck.outputs.angles import angle_columns
from formcheck.results import catalogue
from formcheck.results.catalogue import MEASURES, SIGNALS, Signal, main_signal, read_signal
from formcheck.results.quantity import Quantity
from formcheck.units import unit_of
from tests.outputs.made_up import made_up_motion, made_up_take

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "FOLDER.md"


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.column("left"))
def test_every_signal_is_read_on_every_frame_and_says_its_unit_in_its_column(signal: Signal) -> None:
    motion, _ = made_up_motion()
    found = signal.read(motion, "left")
    assert found is not None
    assert found.values.shape == found.sd.shape == motion.times.shape
    assert unit_of(signal.column("left")) == signal.unit
    assert signal.label


def test_what_was_not_seen_at_all_is_nan() -> None:
    motion = replace(made_up_motion()[0], bar=None, spine=None)
    for signal in SIGNALS:
        if signal.group in ("back", "bar"):
            assert np.isnan(read_signal(signal.name, motion, "right").values).all()


def test_no_two_signals_share_a_column_and_no_two_measures_a_name() -> None:
    columns = [signal.column("left") for signal in SIGNALS]
    names = [measure.name for measure in MEASURES]
    assert len(set(columns)) == len(columns)
    assert len(set(names)) == len(names)


def test_the_whole_back_bends_by_both_halves_and_errs_by_the_larger() -> None:
    motion, _ = made_up_motion()
    upper, lower, whole = (read_signal(f"{name}_bend", motion, "left") for name in ("thoracic", "lumbar", "back"))
    assert whole.values == pytest.approx(upper.values + lower.values)
    assert whole.sd == pytest.approx(np.maximum(upper.sd, lower.sd))


def test_a_hip_beyond_straight_goes_on_past_180_and_does_not_turn_to_360() -> None:
    motion, _ = made_up_motion()
    side = motion.body.view.side
    values = np.array([190.0, 355.0, *motion.near.hip.values[2:]])
    leg = replace(motion.legs[side], hip_signed=Series(values, motion.near.hip.sd))
    turned = replace(motion, legs={**motion.legs, side: leg})
    assert main_signal("hip", turned, side).values[:2].tolist() == [190.0, -5.0]


def test_a_rep_reports_every_measure_that_the_catalogue_says_and_its_motion_shows() -> None:
    (shot,) = made_up_take()
    rep = shot.reps[0]
    found = exercise_named("split_squat").measures(shot, rep)
    assert {measure.name for measure in MEASURES if measure.reported and measure.group == "turn"} <= set(found)
    knee = shot.motion.near.knee.values[rep.at_turn(shot.motion.times)]
    assert found["knee_at_turn"].value == pytest.approx(knee.mean())
    assert all(isinstance(quantity, Quantity) for quantity in found.values())


def test_a_new_signal_is_a_column_of_angles_csv_of_each_side(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrist_x(motion: Motion, side: str) -> Series:
        values = motion.body.point("wrist", side)[:, 0]
        return Series(values, np.ones(len(values)))

    entry = Signal("wrist_x", "Wrist, right in the picture", "px", "arm", wrist_x, "wrist", sd=True)
    monkeypatch.setattr(catalogue, "SIGNALS", (*SIGNALS, entry))
    (shot,) = made_up_take()
    assert exercise_named("split_squat").in_motion(shot, shot.reps[0]).mean("wrist_x", "turn").unit == "px"
    columns = angle_columns(shot)
    assert {"left_wrist_x_px", "right_wrist_x_px", "left_wrist_x_sd_px"} <= set(columns)
    assert columns["right_wrist_x_px"] == pytest.approx(shot.motion.body.point("wrist", "right")[:, 0], nan_ok=True)


def test_every_column_that_is_a_signal_is_explained() -> None:
    explained = FOLDER.read_text(encoding="utf-8")
    for signal in SIGNALS:
        if signal.table:
            assert f"`{signal.column('left')}`" in explained, signal.name
