from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest

from evaluation.labels import RepLabel, at_times, family, read_labels, read_truth
from tests.scripts.made_up import REPS, TIMES, swing, write_truth

HEADER = "file,kind,exercise,variant,reps,reps_tolerance,view,near_side,faults,clean_of,origin,notes\n"


def test_table_rows_become_labels(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.mp4").touch()
    row = 'real/a.mp4,real,glute_bridge,"bridge, home",5,1,side,left,short_range;no_hold,lumbar_arch,somewhere,"a, b"\n'
    (tmp_path / "labels.csv").write_text(HEADER + row)
    (label,) = read_labels(tmp_path)
    assert (label.name, label.reps, label.reps_tolerance, label.near_side) == ("a", 5, 1, "left")
    assert label.faults == ("short_range", "no_hold")
    assert label.clean_of == ("lumbar_arch",)
    assert label.family == "hip thrust"
    assert label.truth is None


def test_rendered_rows_take_reps_faults_and_side_from_the_truth(tmp_path: Path) -> None:
    write_truth(tmp_path)
    row = "made_up.mp4,rendered,romanian_deadlift,barbell,9,0,side,left,overdepth,back_rounding,rendered,\n"
    (tmp_path / "labels.csv").write_text(HEADER + row)
    (label,) = read_labels(tmp_path)
    assert (label.reps, label.near_side, label.faults) == (2, "right", ("bar_drift",))
    assert label.clean_of == ("back_rounding",)


def test_without_a_table_truth_files_are_labels(tmp_path: Path) -> None:
    write_truth(tmp_path)
    (label,) = read_labels(tmp_path)
    assert (label.file, label.kind, label.reps, label.faults) == ("made_up.mp4", "rendered", 2, ("bar_drift",))
    assert set(label.clean_of) == {"overdepth", "back_rounding"}


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "neither labels.csv nor"),
        ({"labels.csv": "file,kind\nx.mp4,real\n"}, "lacks the column exercise"),
        ({"labels.csv": HEADER + "x.mp4,real,split_squat,,1,0,side,,,,,\n"}, "does not exist but labels.csv names it"),
        ({"x.truth.json": "{}"}, "put the clip beside its truth file"),
        ({"x.truth.json": "{}", "x.mp4": ""}, "has no `frames`"),
    ],
)
def test_unusable_folders_are_refused(tmp_path: Path, files: dict[str, str], says: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=says):
        read_labels(tmp_path)


def test_truth_names_the_key_that_is_missing(tmp_path: Path) -> None:
    path = write_truth(tmp_path)
    path.write_text(path.read_text().replace('"near_side"', '"side"'))
    with pytest.raises(ValueError, match="lacks 'near_side'"):
        read_truth(path)


def test_truth_between_frames_is_linear_and_unknown_outside() -> None:
    level = swing()
    half = (TIMES[30] + TIMES[31]) / 2
    wanted = at_times(TIMES, level, [half, -1.0, TIMES[-1] + 1.0])  # type: ignore[arg-type]
    assert wanted[0] == pytest.approx((level[30] + level[31]) / 2)
    assert wanted[1] != wanted[1]
    assert wanted[2] != wanted[2]


def row(name: str, reps: int = 3, faults: str = "", clean: str = "", cell: str = "") -> str:
    return f"{name},real,hip_thrust,,{reps},0,side,left,{faults},{clean},,,{cell}\n"


WITH_REPS = HEADER.rstrip() + ",rep_faults\n"


def test_reps_that_differ_have_their_own_faults(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    cell = "1:none;3:short_range+lumbar_arch"
    (tmp_path / "labels.csv").write_text(WITH_REPS + row("a.mp4", clean="chin_not_tucked", cell=cell))
    (label,) = read_labels(tmp_path)
    first, second, third = (label.rep_labels[number] for number in (1, 2, 3))
    assert first == RepLabel(frozenset(), frozenset({"short_range", "lumbar_arch", "chin_not_tucked"}))
    assert second == RepLabel(frozenset(), frozenset({"chin_not_tucked"}))
    assert third == RepLabel(frozenset({"short_range", "lumbar_arch"}), frozenset({"chin_not_tucked"}))


def test_a_bad_cell_is_said_with_its_clip(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    (tmp_path / "labels.csv").write_text(WITH_REPS + row("a.mp4", cell="4:short_range"))
    with pytest.raises(ValueError, match=r"^labels\.csv, a\.mp4: rep_faults names rep 4; expected a number from 1 to 3"):
        read_labels(tmp_path)


def test_rendered_reps_take_their_faults_from_the_truth(tmp_path: Path) -> None:
    reps = [{**asdict(rep), "faults": faults} for rep, faults in zip(REPS, ([], ["bar_drift"]), strict=True)]
    write_truth(tmp_path, faults=[], reps=reps)
    (label,) = read_labels(tmp_path)
    assert label.faults == ()
    assert set(label.clean_of) == {"overdepth", "back_rounding"}
    assert label.rep_labels[1] == RepLabel(frozenset(), frozenset({"bar_drift", "overdepth", "back_rounding"}))
    assert label.rep_labels[2] == RepLabel(frozenset({"bar_drift"}), frozenset({"overdepth", "back_rounding"}))


def test_halves_are_fixed_by_the_name_alone(tmp_path: Path) -> None:
    names = [f"clip_{number}" for number in range(200)]
    for name in names:
        (tmp_path / f"{name}.mp4").touch()
    (tmp_path / "labels.csv").write_text(HEADER + "".join(row(f"{name}.mp4") for name in names))
    halves = {label.name: label.half for label in read_labels(tmp_path)}
    # SHA-256 of "clip_0" begins with the byte 29, of "clip_2" with 8a.
    assert (halves["clip_0"], halves["clip_2"]) == ("check", "tune")
    assert 70 < sum(half == "check" for half in halves.values()) < 130


def test_rendered_clips_are_in_neither_half(tmp_path: Path) -> None:
    write_truth(tmp_path)
    assert [label.half for label in read_labels(tmp_path)] == [None]


def test_families() -> None:
    assert family("glute_bridge") == family("hip_thrust")
    assert family("romanian_deadlift") != family("goblet_squat")
    assert family("curl") == "curl"
