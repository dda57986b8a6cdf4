"""Names and errors as one line of plain text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from formcheck.apps.logbook.database import logbook_path
from formcheck.apps.logbook.programme import load_programme
from formcheck.errors import UsageError, why
from formcheck.lifts.limits import load_limits
from formcheck.results.encoding import read_analysis
from formcheck.runtime.files import readable


def test_control_characters_are_escaped() -> None:
    assert readable("\x1b[31mred\n\x9b1m\u202eb.mp4") == "\\x1b[31mred\\n\\x9b1m\\u202eb.mp4"
    assert readable("bad\udcff ü – 深 [x].mp4") == "bad\\udcff ü – 深 [x].mp4"


def broken(text: str) -> json.JSONDecodeError:
    with pytest.raises(json.JSONDecodeError) as found:
        json.loads(text)
    return found.value


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (NotADirectoryError(20, "Not a directory", "/x"), "not a directory"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"), "it is not text in UTF-8"),
        (broken('{"a":\n x}'), "it is not JSON from line 2, column 2 on"),
        (KeyError("annotations"), "annotations is missing"),
        (ValueError("line 3 does not hold a number"), "line 3 does not hold a number"),
        (ValueError("'x' is not in ['scipy']"), "its parts do not fit together"),
        (AttributeError("'list' object has no attribute 'get'"), "its parts do not fit together"),
        (RecursionError("maximum recursion depth exceeded"), "its parts do not fit together"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_python_says_is_said_in_words(error: Exception, says: str) -> None:
    assert why(error) == says


def test_a_limits_file_with_a_table_twice_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "l.toml").write_text("[back_squat.short_range]\nvalue = 1\n[back_squat.short_range]\nvalue = 2\n")
    with pytest.raises(UsageError, match=r"\(Cannot declare back_squat.short_range twice \(at line 3"):
        load_limits(tmp_path / "l.toml")


@pytest.mark.parametrize("content", [b"x = " + b"[" * 5000, b"sets = " + b"1" * 5000, b"\xff", b"x"], ids=lambda c: str(c[:5]))
def test_what_is_no_programme_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_bytes(content)
    with pytest.raises(UsageError, match=r"cannot be read as a programme \([^'\[]+\)"):
        load_programme(tmp_path / "p.toml")


def test_what_is_no_analysis_is_refused_in_words(tmp_path: Path) -> None:
    for content in ("{", '{"schema": "formcheck.analysis/1", "clip": null}', "[null]"):
        (tmp_path / "analysis.json").write_text(content)
        with pytest.raises(UsageError) as refused:
            read_analysis(tmp_path / "analysis.json")
        assert not re.search(r"None|\[|'|Errno", str(refused.value).replace(str(tmp_path), ""))


def test_a_tilde_that_the_shell_left_alone_is_the_home_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert logbook_path(Path("~/gym.sqlite")) == tmp_path / "gym.sqlite"
    assert logbook_path(Path("~gym.sqlite")) == Path("~gym.sqlite")
