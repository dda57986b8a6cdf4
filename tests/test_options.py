"""Checks of options, and errors that name the option or the argument."""

from __future__ import annotations

import ast
import pickle
import re
from dataclasses import fields
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

import formcheck
from formcheck.apps.cli import app
from formcheck.apps.serve.clips import Asked
from formcheck.apps.serve.sending import ON_PHONE
from formcheck.errors import ClipError, UsageError, output_error, said_in_python
from formcheck.lifts.remembered import options_from_data, options_to_data
from formcheck.options import END, LIFTER, OPTIONS, START, DrawingOptions, Option, Options
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
    assert Options.of(height_m=np.float64(1.7), load_kg=np.int64(60)).judging.load_kg == 60


def test_a_damaged_folder_is_named_as_what_is_wrong() -> None:
    data = options_to_data(Options.of(height_m=1.7))
    assert options_from_data(data, "set").judging.height_m == 1.7
    with pytest.raises(UsageError, match=r"^set does not say how the clip was analysed \(.* 9\); analyse the clip again\.$"):
        options_from_data({**data, "height_m": 9}, "set")


def test_an_error_reads_by_who_is_told_also_from_another_process() -> None:
    left = LIFTER.to("left")
    error: ClipError = pickle.loads(pickle.dumps(ClipError(f"check {START} and {END}, or say {left}.", START, END, left)))
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


def test_python_has_every_option_of_an_analysis_with_the_same_default() -> None:
    """The signature of `analyze` is written out for readers; the table of the options is what it has to say."""
    arguments = dict(signature(formcheck.analyze).parameters)
    for name, known in OPTIONS.items():
        if known.group in ("reading", "judging"):
            argument = arguments.pop(known.name.argument)
            assert argument.default == known.default, name
    assert set(arguments) == {"clip", "progress"}


def test_python_draws_with_the_defaults_of_the_command_line() -> None:
    for function in (formcheck.Result.draw, formcheck.Result.save):
        for name, argument in signature(function).parameters.items():
            if name in OPTIONS:
                assert argument.default == getattr(DrawingOptions(), name), (function, name)


@pytest.mark.parametrize("known", OPTIONS.values(), ids=list(OPTIONS))
def test_the_default_of_every_option_is_one_that_may_be_given(known: Option) -> None:
    known.check(known.default)
    if known.text is not None and known.default is not None:
        assert known.text.read(known.text.show(known.default), known.name.option) == known.default


def test_a_folder_remembers_what_was_said_for_reading_and_judging_but_the_model() -> None:
    said = {name for name, known in OPTIONS.items() if known.group in ("reading", "judging")}
    assert set(options_to_data(Options())) == said - {"model", "track", "hwaccel"}
    given = Options.of(exercise="rdl", start_s=2.0, lifter="left", load_kg=60, limits={"hip_thrust": {"short_range": 1}})
    back = options_from_data(options_to_data(given), "set")
    assert options_to_data(back) == options_to_data(given)
    assert back.reading == given.reading


def test_what_a_phone_may_say_are_options_of_an_analysis() -> None:
    assert {known.name for known in fields(Asked)} == {known.field for known in ON_PHONE}


def test_limits_can_be_given_as_a_dict() -> None:
    shipped, changed = (formcheck.rules("goblet_squat", limits) for limits in (None, {"goblet_squat": {"short_range": 99}}))
    by_name = [{name: limit.value for rule in rules for name, limit in rule.limits.items()} for rules in (shipped, changed)]
    assert by_name[1] == {**by_name[0], "short_range": 99}
    with pytest.raises(formcheck.UsageError, match=r"^limits: unknown limit \[goblet_squat.depth\]; expected one of "):
        formcheck.rules("goblet_squat", {"goblet_squat": {"depth": 1}})
    with pytest.raises(formcheck.UsageError, match=r"^limits expects a TOML file or a table of limits but got 5\.$"):
        formcheck.analyze("set.mp4", limits=5)  # type: ignore[arg-type]


#: The room that Python does not reach.
COMMANDS = {"apps"}
#: Where options have their names, and what only commands read: in Python `formcheck.load` is given
#: the clip, and nothing is said with its unit.
OF_COMMANDS = {
    "formcheck.errors", "formcheck.options", "formcheck.outputs.folder", "formcheck.outputs.formats.motion_capture",
    "formcheck.units",
}  # fmt: skip


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
