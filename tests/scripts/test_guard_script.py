"""`scripts/guard.py compare` on recordings that are made up: what differs is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import guard
from guarding.compare import Outcome, compare, same
from guarding.record import entry_point
from guarding.warm import WarmCommands

REP = {"index": 1, "lowering_s": 1.5, "phase": "lowering", "measures": {"trunk": {"value": 40.0}}}

COMMAND = """
import sys
calls = []
def main():
    calls.append(1)
    print(len(calls), sys.argv[1])
    sys.exit(int(sys.argv[2]) if sys.argv[2:] else 0)
"""


def recording(folder: Path, rep: dict[str, Any], table: str, said: str, version: str = "1.0") -> Path:
    """A recording of one clip."""
    set_folder = folder / "clips" / "set.formcheck"
    set_folder.mkdir(parents=True)
    facts = {"out": str(folder), "checkout": "/somewhere", "version": version}
    (folder / "recording.json").write_text(json.dumps(facts))
    analysis = {"clip": f"{folder}/set.mp4", "reps": [rep], "software": {"version": version}}
    (set_folder / "analysis.json").write_text(json.dumps(analysis))
    (set_folder / "angles.csv").write_text(table)
    (folder / "said").mkdir()
    (folder / "said" / "batch.json").write_text(json.dumps({"batch": {"exit": 0, "stdout": ["1 clip", said]}}))
    return folder


def compared(tmp_path: Path, rep: dict[str, Any], table: str, said: str) -> Outcome:
    before = recording(tmp_path / "before", REP, "time_s,lowering_s\n0.1,1\n0.2,2\n", "rep 1: too fast down")
    after = recording(tmp_path / "after, elsewhere", rep, table, said, version="2.0")
    return compare(before, after)


def test_paths_version_and_the_last_digit_do_not_differ(tmp_path: Path) -> None:
    rep = {**REP, "lowering_s": 1.5 + 1e-12}
    outcome = compared(tmp_path, rep, "time_s,lowering_s\n0.10,1.0\n0.2,2\n", "rep 1: too fast down")
    assert outcome.differing == {}
    assert (outcome.files, outcome.fields) == (3, 1 + 4 + (2 + 2 + 2) + (1 + 2))


def test_each_field_that_differs_is_named_with_both_values(tmp_path: Path) -> None:
    rep = {**REP, "measures": {"trunk": {"value": 41.0}, "hip": {"value": None}}}
    outcome = compared(tmp_path, rep, "time_s,lowering_s\n0.1,1\n0.2,\n", "rep 1: well done")
    analysis = "clips/set.formcheck/analysis.json reps[0]"
    assert outcome.differing == {
        "clips/analysis.json reps[].measures.trunk.value": (1, f"{analysis}.measures.trunk.value: 40.0 -> 41.0"),
        "clips/analysis.json reps[].measures.hip.value": (1, f"{analysis}.measures.hip.value: (absent) -> null"),
        "clips/angles.csv lowering_s": (1, 'clips/set.formcheck/angles.csv lowering_s[1]: "2" -> ""'),
        "said/batch.json batch.stdout": (
            1, 'said/batch.json batch.stdout[1]: "rep 1: too fast down" -> "rep 1: well done"'
        ),
    }  # fmt: skip


def test_a_missing_file_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = recording(tmp_path / "before", REP, "a\n1\n", "")
    after = recording(tmp_path / "after", REP, "a\n1\n", "")
    assert guard.main(["compare", str(before), str(after), "--jobs", "1"]) == 0
    (after / "clips" / "set.formcheck" / "angles.csv").rename(after / "clips" / "set.formcheck" / "frames.csv")
    assert guard.main(["compare", str(before), str(after), "--jobs", "1"]) == 1
    printed = capsys.readouterr().out
    assert "set.formcheck/angles.csv: \"there\" -> (absent)" in printed
    assert "set.formcheck/frames.csv: (absent) -> \"there\"" in printed


def test_clips_that_one_recording_lacks_are_left_out_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = recording(tmp_path / "before", REP, "a\n1\n", "2 clips")
    after = recording(tmp_path / "after", REP, "a\n1\n", "1 clip")
    for folder in (before, after):
        (folder / "said" / "real").mkdir()
        (folder / "said" / "real" / "one.json").write_text("{}")
    (before / "said" / "real" / "two.json").write_text("{}")
    (before / "exports" / "real" / "two" / "px").mkdir(parents=True)
    (before / "exports" / "real" / "two" / "px" / "two.trc").write_text("1 2\n")
    assert guard.main(["compare", str(before), str(after), "--jobs", "1"]) == 0
    printed = capsys.readouterr().out
    assert "clips in one recording only: 1" in printed
    assert "clips 1   files 3 " in printed


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [(1, 1.0, True), (1, True, False), ("1.0", "1", True), ("a 1.0", "a  1", True), ("", "0", False), ("nan", "nan", True),
     (None, 0, False), ("1", 1, False), (1.0, 1.0 + 1e-6, False), (float("nan"), float("nan"), True)],
)  # fmt: skip
def test_when_two_values_are_the_same(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal


def test_the_command_line_is_found_wherever_its_module_is(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project.scripts]\nformcheck = "formcheck.apps.cli:main"\n')
    assert entry_point(tmp_path) == ("formcheck.apps.cli", "main")


def test_commands_run_in_forks_of_one_process(tmp_path: Path) -> None:
    (tmp_path / "made_up.py").write_text(COMMAND)
    with WarmCommands(("made_up", "main"), tmp_path, {"PYTHONPATH": str(tmp_path)}, 2, 60) as commands:
        ran = [commands.run(words) for words in (["a"], ["b", "3"], ["a"])]
    assert [(one["exit"], one["stdout"]) for one in ran] == [(0, "1 a\n"), (3, "1 b\n"), (0, "1 a\n")]
