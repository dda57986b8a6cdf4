"""`angles.csv`: the same columns for every clip, one row a frame."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from formcheck.lifts.counting import count_reps
from formcheck.lifts.exercise import Shot
from formcheck.lifts.registry import exercise_named
from formcheck.outputs.angles import write_angles
from formcheck.pose.skeleton import other_side
from tests.lifters import split_squat
from tests.outputs.made_up import FPS, shot_of, two_shots


def test_angles_csv_says_rep_and_phase_of_every_frame(tmp_path: Path) -> None:
    motion = split_squat(2)
    reps = list(count_reps([motion], exercise_named("split_squat"))[0].reps)
    write_angles([shot_of(motion, reps)], tmp_path / "angles.csv")
    with (tmp_path / "angles.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(motion.times)
    assert {row["phase"] for row in rows} == {"", "eccentric", "pause", "concentric"}
    assert {row["rep"] for row in rows} == {"", "1", "2"}
    knees = np.array([float(row["right_knee_deg"]) for row in rows])
    assert knees == pytest.approx(motion.near.knee.values, abs=1e-3)


def test_angles_csv_keeps_each_leg_in_its_own_columns_and_says_which_works(tmp_path: Path) -> None:
    motion = split_squat(2)
    reps = list(count_reps([motion], exercise_named("split_squat"))[0].reps)
    near, far = motion.body.view.side, other_side(motion.body.view.side)
    shot = Shot(motion, tuple(reps), "split_squat", {1: far, 2: near})
    write_angles([shot], tmp_path / "angles.csv")
    lines = (tmp_path / "angles.csv").read_text().splitlines()
    rows = list(csv.DictReader(lines))
    assert len(rows) == len(motion.times), "more than one header row"
    for side, leg in ((near, motion.near), (far, motion.far)):
        for name in ("hip", "knee", "shin", "thigh"):
            told = np.array([float(row[f"{side}_{name}_deg"] or "nan") for row in rows])
            assert told == pytest.approx(getattr(leg, name).values, abs=1e-3, nan_ok=True), (side, name)
    assert {(row["rep"], row["working_leg"]) for row in rows} == {("", ""), ("1", far), ("2", near)}
    assert {row["near_side"] for row in rows} == {near}
    units = ("_s", "_deg", "_px", "_m")
    bare = [name for name in rows[0] if not name.endswith(units)]
    assert bare == ["bar_quality", "pose", "repaired", "near_side", "working_leg", "rep", "phase", "shot"]


def test_frames_outside_the_analysed_shot_get_an_empty_row(tmp_path: Path) -> None:
    motion = split_squat(1)
    step = motion.times[1] - motion.times[0]
    whole = np.arange(-10, len(motion.times) + 20) * step
    write_angles([shot_of(motion, [])], tmp_path / "angles.csv", whole)
    with (tmp_path / "angles.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(whole)
    assert rows[0]["right_knee_deg"] == rows[-1]["right_knee_deg"] == ""
    assert rows[0]["pose"] == rows[0]["repaired"] == "0"
    assert float(rows[10]["right_knee_deg"]) == pytest.approx(motion.near.knee.values[0], abs=1e-3)


def test_rows_of_two_shots_are_in_order_and_only_their_own_columns_are_filled(tmp_path: Path) -> None:
    shots = two_shots()
    step = 1 / FPS
    whole = np.arange(round(shots[1].motion.times[-1] / step) + 10) * step
    write_angles(shots, tmp_path / "angles.csv", whole)
    with (tmp_path / "angles.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(whole)
    times = [float(row["time_s"]) for row in rows]
    assert times == sorted(times)
    count = len(shots[0].motion.times)
    second = round(float(shots[1].motion.times[0]) / step)
    assert {row["shot"] for row in rows[:count]} == {"1"}
    assert {row["shot"] for row in rows[count:second]} == {""}
    assert {row["shot"] for row in rows[second : second + count]} == {"3"}
    assert rows[count]["right_knee_deg"] == rows[-1]["shot"] == ""
    assert rows[5]["bar_y_px"] != ""
    assert rows[second + 5]["bar_y_px"] == rows[second + 5]["lumbar_bend_deg"] == ""
    near = shots[1].motion.body.view.side
    assert float(rows[second][f"{near}_knee_deg"]) == pytest.approx(shots[1].motion.near.knee.values[0], abs=1e-3)
    assert {row["rep"] for row in rows} == {"", "1", "2", "3", "4"}
