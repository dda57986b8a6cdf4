"""A few cases of `scripts/fuzz.py`, and that it notices what it looks for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import fuzz
from fuzzing.cases import KINDS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs fork")


def test_a_case_of_each_kind_ends_well() -> None:
    ran = subprocess.run(
        [sys.executable, fuzz.__file__, "--cases", str(len(KINDS))], capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{len(KINDS)} cases, 0 failed" in ran.stdout


def test_what_is_wrong_is_noticed(tmp_path: Path) -> None:
    assert fuzz.judged(fuzz.HUNG, "")
    assert fuzz.judged(70, "Traceback (most recent call last):\nKeyError: 'x'")
    assert fuzz.judged(3, "")
    assert fuzz.judged(3, "formcheck: clip.mp4 is empty.\n") == []
    for name in ("analysis.json", "track.npz", "annotated.mp4", ".track.npz.1234.part"):
        (tmp_path / name).write_bytes(b"half")
    assert len(fuzz.incomplete(tmp_path, damaged=False)) == 4
    assert len(fuzz.incomplete(tmp_path, damaged=True)) == 1
