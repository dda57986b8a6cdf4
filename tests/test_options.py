"""What a user may say, and that a refusal names it as it was said: an option on the command line, an argument in Python."""

from __future__ import annotations

import ast
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import formcheck
from formcheck.apps.cli import app
from formcheck.errors import END, LIFTER, START, ClipError, UsageError, output_error, said_in_python
from formcheck.options import AnalyzeOptions, options_as_data, options_from_data
from tests.test_house import GROUND, modules, order_in_readme, room

WRONG: tuple[tuple[str, Any, str, str], ...] = (
    ("side", "front", "--side", "front"),
    ("lifter", "middle", "--lifter", "middle"),
    ("leg", "both", "--leg", "both"),
    ("load_kg", -5, "--load", ""),
    ("height_m", 3.0, "--height", "300cm"),
    ("height_m", "172cm", "--height", ""),
    ("plate_diameter_m", 45, "--plate-diameter", "45m"),
    ("plate_diameter_m", None, "--plate-diameter", ""),
    ("slow_motion", 0, "--slow-motion", "0"),
    ("slow_motion", float("nan"), "--slow-motion", "nan"),
    ("pose_rate_hz", 1, "--pose-rate", "1"),
    ("start_s", "10", "--start", ""),
    ("exercise", None, "--exercise", ""),
)


@pytest.mark.parametrize(("argument", "value", "option", "typed"), WRONG)
def test_python_is_told_the_argument(argument: str, value: Any, option: str, typed: str, tmp_path: Path) -> None:
    clip = tmp_path / "set.mp4"  # what is said is checked before the clip is looked for
    with pytest.raises(formcheck.UsageError, match=f"^{argument} expects ") as refused:
        formcheck.analyze(clip, **{argument: value})
    assert "--" not in str(refused.value)
    assert repr(value) in str(refused.value) or f"{value:g}" in str(refused.value)


@pytest.mark.parametrize(("argument", "value", "option", "typed"), [wrong for wrong in WRONG if wrong[3]])
def test_the_command_line_is_told_the_option(argument: str, value: Any, option: str, typed: str, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["analyze", str(tmp_path / "set.mp4"), option, typed])
    assert isinstance(ran.exception, UsageError)
    assert str(ran.exception).startswith(f"{option} expects ")


def test_a_part_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(formcheck.UsageError, match=r"^end_s \(2 s\) must be later than start_s \(5 s\)"):
        formcheck.analyze("set.mp4", start_s=5, end_s=2)


def test_numbers_of_numpy_are_numbers() -> None:
    assert AnalyzeOptions(height_m=np.float64(1.7), load_kg=np.int64(60)).load_kg == 60


def test_a_damaged_folder_is_named_as_what_is_wrong() -> None:
    data = options_as_data(AnalyzeOptions(height_m=1.7))
    assert options_from_data(data, "set").height_m == 1.7
    with pytest.raises(UsageError, match=r"^set does not say how the clip was analysed \(.* 9\); analyse the clip again\.$"):
        options_from_data({**data, "height_m": 9}, "set")


def test_an_error_reads_by_who_is_told_also_from_another_process() -> None:
    error: ClipError = pickle.loads(pickle.dumps(ClipError(f"check {START} and {END}, or say {LIFTER.to('left')}.")))
    assert str(error) == "check --start and --end, or say --lifter left."
    assert repr(error) == "ClipError('check --start and --end, or say --lifter left.')"
    with pytest.raises(ClipError, match=r"^check start_s and end_s, or say lifter='left'\.$"), said_in_python():
        raise error
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_folder_that_cannot_be_written_is_a_folder_in_python() -> None:
    with pytest.raises(formcheck.OutputError, match="choose another folder"), said_in_python():
        raise output_error(Path("out/a.json"), PermissionError(13, "no"))


def test_there_is_no_such_style(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["analyze", str(tmp_path / "set.mp4"), "--style", "baroque"])
    assert str(ran.exception) == "--style expects full or minimal but got 'baroque'."


#: The room that only commands use.
COMMANDS = {"apps"}
#: Reads a folder for the commands; in Python `formcheck.load` is given the clip.
OF_COMMANDS = {"formcheck.errors", "formcheck.outputs.folder"}


def texts(path: Path) -> list[str]:
    """The texts of a module but for its docstrings."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    described = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str) and id(n) not in described]


def test_what_python_reaches_names_settings_never_options() -> None:
    reached = (set(order_in_readme()) | GROUND) - COMMANDS
    bare = [
        f"{name}: {text!r}"
        for name, path in modules().items()
        if room(name) in reached and name not in OF_COMMANDS
        for text in texts(path)
        if re.search(r"(?<![\w`-])--[a-z]", text) and not text.startswith("`formcheck ")
    ]
    assert not bare, "\n".join(bare)
