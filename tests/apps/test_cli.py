"""The command line: order of commands, help, errors and piped output."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from formcheck.apps import cli
from formcheck.apps.cli import app
from formcheck.lifts.limits import load_limits


def formcheck(*arguments: object, columns: int = 80) -> subprocess.CompletedProcess[str]:
    """Run it as a program whose output is piped."""
    return subprocess.run(
        [sys.executable, "-m", "formcheck", *map(str, arguments)], capture_output=True, text=True, check=False,
        env={"COLUMNS": str(columns), "PATH": "", "HOME": "/nonexistent", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_lists_the_commands_in_the_order_of_their_use(word: str) -> None:
    text = CliRunner().invoke(app, [word], env={"COLUMNS": "100"}).output
    named = re.findall(r"│ ([a-z]+)  ", text)
    assert named[:4] == ["analyze", "batch", "render", "compare"]
    assert named[-1] == "doctor"
    assert "--install-completion" in text


def test_the_short_help_is_there_for_every_command() -> None:
    for command in ("analyze", "batch", "log", "next", "rules"):
        assert CliRunner().invoke(app, [command, "-h"]).exit_code == 0


def test_a_batch_is_not_offered_what_makes_sense_of_one_clip_only() -> None:
    text = CliRunner().invoke(app, ["batch", "-h"], env={"COLUMNS": "160"}).output
    for option in ("--start", "--end", "--track"):
        assert f"{option} " not in text
    assert "--goal" in text


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("log", "show", "abc"), "SET expects a whole number; see `formcheck log show --help`."),
        (("analyze", "x", "--nonsense"), "there is no option --nonsense"),
        (("nonsense",), "there is no command nonsense; see `formcheck --help`."),
        (("log", "list", "--unit", "stone"), "--unit expects one of 'kg', 'lb' but got 'stone'"),
        (("analyze", "x", "--goal", "biceps"), "--goal expects glutes or quads but got 'biceps'."),
        (("render", "/nonexistent/set.mp4"), "is neither an analysed clip nor its folder"),
    ],
)
def test_mistakes_are_answered_in_our_own_sentences(arguments: tuple[str, ...], says: str) -> None:
    ran = formcheck(*arguments)
    assert ran.returncode == 2
    assert says in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_rules_are_a_limits_file_that_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "limits.toml"
    file.write_text(CliRunner().invoke(app, ["rules", "--toml"]).output, encoding="utf-8")
    assert load_limits(file) == load_limits()
    text = file.read_text(encoding="utf-8")
    start, end = text.index("[split_squat]"), text.index("# ", text.index("short_of_set", text.index("[split_squat]")) + 200)
    own = re.sub(r"short_range = .*\nshort_of_set = .*\n", 'short_range = "off"\n', text[start:end])
    file.write_text(text[:start] + own + text[end:], encoding="utf-8")
    again = CliRunner().invoke(app, ["rules", "--toml", "-e", "split-squat", "--limits", str(file)]).output
    assert '\nshort_range = "off"\n' in again


def test_the_exercise_is_said_the_same_way_everywhere() -> None:
    for arguments in (["rules", "-e", "lunge"], ["rules", "lunge"], ["rules", "--exercise", "lunge"]):
        text = CliRunner().invoke(app, arguments).output
        assert "[lunge]" in text
        assert "[split_squat]" not in text


@pytest.mark.parametrize("columns", [60, 80, 140])
def test_piped_text_ends_where_its_words_end(columns: int) -> None:
    text = formcheck("rules", "-e", "split-squat", columns=columns).stdout
    lines = text.splitlines()
    assert len(lines) > 10
    assert [line for line in lines if line != line.rstrip()] == []
    assert max(len(line) for line in lines) <= columns


def test_a_page_is_opened_on_request_and_one_that_is_missing_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(cli.typer, "launch", opened.append)
    page = tmp_path / "report.html"
    with pytest.raises(cli.UsageError, match="--open shows the report"):
        cli.show_page(page)
    page.touch()
    cli.show_page(page)
    assert opened == [str(page)]
