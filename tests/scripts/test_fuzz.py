"""A few cases of `scripts/fuzz.py`, and that it notices what it looks for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import fuzz
from fuzzing.cases import KINDS, case_of
from fuzzing.checks import incomplete, judged
from fuzzing.running import HUNG, Ran

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")


def test_a_case_of_each_kind_ends_well() -> None:
    ran = subprocess.run(
        [sys.executable, fuzz.__file__, "--cases", str(len(KINDS))], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(KINDS)} cases, 0 failed" in ran.stdout


def ran(code: int, stderr: str, *words: str, stdout: str = "") -> Ran:
    return Ran(("analyze", "/tmp/None/clip.mp4", *words), code, stdout, stderr)


@pytest.mark.parametrize(
    "bad",
    [
        ran(HUNG, ""),
        ran(70, "Traceback (most recent call last):\nKeyError: 'x'"),
        ran(130, "stopped."),
        ran(3, ""),
        ran(2, "formcheck: one.\nformcheck: two.\n"),
        ran(2, "Usage: formcheck analyze [OPTIONS]\n"),
        ran(2, "formcheck: the side None is unknown.\n"),
        ran(2, "formcheck: it is damaged (KeyError: 'clip').\n"),
        ran(0, "x.py:3: RuntimeWarning: All-NaN slice encountered\n"),
        ran(4, "", stdout="\x1b[31mred.mp4  failed"),
        ran(0, "", "--json", stdout='{"value": NaN}'),
        ran(3, "formcheck: it is empty.\n", "--json", stdout="{"),
    ],
    ids=lambda bad: f"{bad.code} {bad.stderr[:30]}",
)
def test_how_a_command_must_not_end(bad: Ran) -> None:
    assert judged(bad)


def test_a_sentence_with_the_users_own_words_is_well() -> None:
    assert judged(ran(3, "formcheck: /tmp/None/clip.mp4 is empty; take another.\n")) == []
    assert judged(ran(0, "", "--json", stdout='{"value": null}')) == []


def test_half_a_file_under_a_final_name_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "clip.formcheck"
    folder.mkdir()
    for name in ("analysis.json", "track.npz", "annotated.mp4", "report.html", ".track.npz.1234.part"):
        (folder / name).write_bytes(b"half")
    (folder / "angles.csv").write_text("a,b\n1\n")
    assert len(incomplete(tmp_path, damaged=False)) == 6
    assert len(incomplete(tmp_path, damaged=True)) == 1


def test_a_case_is_always_the_same(tmp_path: Path) -> None:
    for number in map([*KINDS].index, ("damaged", "stamps", "containers")):
        folders = [tmp_path / str(number) / name for name in ("a", "b")]
        made = []
        for folder in folders:
            (folder / "clips").mkdir(parents=True)
            case = case_of(number, folder / "clips")
            files = {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
            made.append(([[w.replace(str(folder), "") for w in words] for words in case.commands], files))
        assert made[0] == made[1], number
