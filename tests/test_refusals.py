"""Wrong usage of the command line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from formcheck.apps.cli import main


def ended(words: list[str], monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["formcheck", *words])
    with pytest.raises(SystemExit) as end:
        main()
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["analyze", "x.mp4", "--pose-rate", "abc"], "--pose-rate"),
        (["analyze"], "expected clip; see `formcheck analyze --help`."),
        (["analyze", "a", "b"], "(b); see `formcheck analyze --help`."),
        (["nonsense"], "there is no command nonsense; see `formcheck --help`."),
        (["log", "show", "x"], "`formcheck log show --help`."),
        (["log", "export", "--format", "xml"], "xml"),
        (["rules", "--nothing"], "there is no option --nothing"),
        (["analyze", "no\nsuch\x1b[31m.mp4"], "no\\nsuch\\x1b[31m.mp4"),
        (["analyze", "https://example.org/set.mp4"], "is an address; expected a video file of this computer"),
        (["batch", "clips", "--cluster", "tcp://192.0.2.1:8786"], "--trust-cluster"),
    ],
)
def test_a_mistake_is_one_sentence(
    words: list[str], says: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(words, monkeypatch) in (2, 3)
    out, said = capsys.readouterr()
    assert out == ""
    assert said.startswith("formcheck: ")
    assert said.endswith(".\n")
    assert said.count("\n") == 1
    assert says in said


def test_without_a_command_the_help_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert ended([], monkeypatch) == 2
    assert "analyze" in capsys.readouterr().out
    assert ended(["--version"], monkeypatch) == 0


def test_a_folder_of_pictures_is_no_clip_and_no_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "set").mkdir()
    for number in range(3):
        (tmp_path / "set" / f"{number}.jpg").write_bytes(b"\xff\xd8\xff")
    for command, says in (("analyze", "is a folder of 3 pictures"), ("batch", "(but 3 pictures)")):
        assert ended([command, str(tmp_path / "set"), "--out", str(tmp_path / "out")], monkeypatch) == 2
        assert says in capsys.readouterr().err


@pytest.mark.parametrize("words", [["analyze", "~/no.mp4"], ["rules", "--limits=~/no.toml"], ["render", "~/no.formcheck"]])
def test_a_tilde_that_the_shell_left_alone_is_the_home_folder(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert ended(words, monkeypatch) == 2
    said = capsys.readouterr().err
    assert str(tmp_path) in said
    assert "~" not in said
