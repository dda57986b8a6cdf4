"""`analysis.json`, `angles.csv` and the terminal report of a made-up analysis."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from formcheck.errors import UsageError
from formcheck.lifts.counting import count_reps
from formcheck.lifts.exercise import FilmedSet
from formcheck.lifts.registry import exercise_named
from formcheck.outputs.files import analysis_from_data, analysis_to_data, read_analysis, write_analysis, write_angles
from formcheck.outputs.terminal import report
from formcheck.pose.skeleton import other_side
from formcheck.results.analysis import (
    Analysis,
    ClipFacts,
    ExerciseFacts,
    Finding,
    NotJudged,
    Quantity,
    RepFacts,
    ScaleFacts,
    SoftwareFacts,
    Summary,
    ViewFacts,
)
from tests.lifters import split_squat
from tests.outputs.made_up import FPS, edited_analysis, take_of, two_takes


@pytest.fixture
def analysis() -> Analysis:
    finding = Finding(
        "torso_upright", "fault", 1, 2.5, 75, 3.0, 20.0, "deg", 0.97, "the trunk leans 3 degrees", "Lean forward."
    )
    rep = RepFacts(1, 1.0, 2.5, 2.7, 4.0, 1.5, 0.2, float("nan"), 80.0, {"knee_at_turn": Quantity(70.0, "deg")}, "fault")
    return Analysis(
        clip=ClipFacts("set.mp4", "0" * 64, 5.0, 150, 30.0, 640, 480),
        exercise=ExerciseFacts("split_squat", "auto", 0.9, "bulgarian", working_leg="right"),
        view=ViewFacts("right", "right", None, 0.9),
        scale=ScaleFacts(None, None),
        coverage=1.0,
        repaired_frames=7,
        reps=(rep,),
        findings=(finding,),
        not_judged=(NotJudged("stance_too_narrow", None, "the front foot is hidden", "hidden"),),
        summary=Summary(1, 0, {"torso_upright": 1}, {"range_cv_percent": None}),
        software=SoftwareFacts("0", "heavy", "0" * 64, {}),
    )


def test_missing_numbers_are_null_and_the_file_reads_back(analysis: Analysis, tmp_path: Path) -> None:
    write_analysis(analysis, tmp_path / "analysis.json")
    data = json.loads((tmp_path / "analysis.json").read_text())
    assert data["reps"][0]["lifting_s"] is None
    expected = replace(analysis, reps=(replace(analysis.reps[0], lifting_s=None),))
    assert read_analysis(tmp_path / "analysis.json") == expected
    assert [path.name for path in tmp_path.iterdir()] == ["analysis.json"]


def test_a_file_of_an_earlier_version_says_nothing_of_repairs(analysis: Analysis) -> None:
    data = analysis_to_data(analysis)
    assert data.pop("repaired_frames") == 7
    assert analysis_from_data(data).repaired_frames == 0


def test_an_analysis_that_breaks_the_schema_is_not_written(analysis: Analysis) -> None:
    with pytest.raises(Exception, match=r"1\.2"):
        analysis_to_data(replace(analysis, coverage=1.2))


def test_another_file_is_no_analysis(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"schema": "something/1"}')
    with pytest.raises(UsageError, match="not a formcheck analysis"):
        read_analysis(tmp_path / "other.json")


def test_the_terminal_tells_reps_findings_cues_and_what_was_not_judged(analysis: Analysis) -> None:
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(report(analysis))
    text = console.export_text()
    for expected in ("Bulgarian", "1 rep", "right leg works", "Trunk too upright", "→ Lean forward.", "Not judged", "hidden",
                     "put back in 7 frames"):  # fmt: skip
        assert expected in text, expected


def test_angles_csv_says_rep_and_phase_of_every_frame(tmp_path: Path) -> None:
    motion = split_squat(2)
    reps = list(count_reps([motion], exercise_named("split_squat"))[0].reps)
    write_angles([take_of(motion, reps)], tmp_path / "angles.csv")
    with (tmp_path / "angles.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(motion.times)
    assert {row["phase"] for row in rows} == {"", "lowering", "pause", "lifting"}
    assert {row["rep"] for row in rows} == {"", "1", "2"}
    knees = np.array([float(row["right_knee_deg"]) for row in rows])
    assert knees == pytest.approx(motion.near.knee.values, abs=1e-3)


def test_angles_csv_keeps_each_leg_in_its_own_columns_and_says_which_works(tmp_path: Path) -> None:
    motion = split_squat(2)
    reps = list(count_reps([motion], exercise_named("split_squat"))[0].reps)
    near, far = motion.body.view.side, other_side(motion.body.view.side)
    take = FilmedSet(motion, tuple(reps), "split_squat", {1: far, 2: near})
    write_angles([take], tmp_path / "angles.csv")
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
    write_angles([take_of(motion, [])], tmp_path / "angles.csv", whole)
    with (tmp_path / "angles.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(whole)
    assert rows[0]["right_knee_deg"] == rows[-1]["right_knee_deg"] == ""
    assert rows[0]["pose"] == rows[0]["repaired"] == "0"
    assert float(rows[10]["right_knee_deg"]) == pytest.approx(motion.near.knee.values[0], abs=1e-3)


def test_rows_of_two_takes_are_in_order_and_only_their_own_columns_are_filled(tmp_path: Path) -> None:
    takes = two_takes()
    step = 1 / FPS
    whole = np.arange(round(takes[1].motion.times[-1] / step) + 10) * step
    write_angles(takes, tmp_path / "angles.csv", whole)
    with (tmp_path / "angles.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(whole)
    times = [float(row["time_s"]) for row in rows]
    assert times == sorted(times)
    count = len(takes[0].motion.times)
    second = round(float(takes[1].motion.times[0]) / step)
    assert {row["shot"] for row in rows[:count]} == {"1"}
    assert {row["shot"] for row in rows[count:second]} == {""}
    assert {row["shot"] for row in rows[second : second + count]} == {"3"}
    assert rows[count]["right_knee_deg"] == rows[-1]["shot"] == ""
    assert rows[5]["bar_y_px"] != ""
    assert rows[second + 5]["bar_y_px"] == rows[second + 5]["lumbar_bend_deg"] == ""
    near = takes[1].motion.body.view.side
    assert float(rows[second][f"{near}_knee_deg"]) == pytest.approx(takes[1].motion.near.knee.values[0], abs=1e-3)
    assert {row["rep"] for row in rows} == {"", "1", "2", "3", "4"}


def test_what_is_said_of_an_edited_clip_reads_back(tmp_path: Path) -> None:
    analysis = edited_analysis(two_takes())
    write_analysis(analysis, tmp_path / "analysis.json")
    assert read_analysis(tmp_path / "analysis.json") == analysis


def test_a_file_of_an_earlier_version_knows_of_no_shots_and_nothing_uncounted() -> None:
    data = analysis_to_data(edited_analysis(two_takes()))
    del data["not_counted"], data["shots"]
    for name in ("runner_up", "runner_up_confidence"):
        del data["exercise"][name]
    for rep in data["reps"]:
        del rep["not_judged_because"], rep["shot"]
    older = analysis_from_data(data)
    assert (older.not_counted, older.shots, older.exercise.runner_up) == ((), (), None)
    assert {(rep.shot, rep.not_judged_because) for rep in older.reps} == {(1, None)}


def test_a_kind_is_named_beside_the_exercise_that_every_reader_knows() -> None:
    analysis = edited_analysis(two_takes())
    lunge = replace(analysis, exercise=replace(analysis.exercise, name="lunge", main="split_squat"))
    data = analysis_to_data(lunge)
    assert (data["exercise"]["name"], data["exercise"]["kind"]) == ("split_squat", "lunge")
    assert analysis_from_data(data) == lunge
