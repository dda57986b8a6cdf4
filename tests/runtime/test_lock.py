"""Folder locks, and temporary files of killed writers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from formcheck.errors import OutputError, UsageError
from formcheck.runtime.files import LOCK_FILE, folder_lock

HOLDER = """
import sys
from pathlib import Path
from formcheck.runtime.files import folder_lock
with folder_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_second_program_is_refused_and_the_lock_goes_with_its_holder(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "out")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(UsageError, match="another formcheck is working in"), folder_lock(tmp_path / "out"):
        pass
    holder.kill()
    holder.communicate()
    with folder_lock(tmp_path / "out"):
        pass
    assert list((tmp_path / "out").iterdir()) == []


def test_temporary_files_of_killed_writers_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for left in (".annotated.1a2b3c4d.part.mp4", ".annotated.mp4.1a2b3c4d.part", ".noending.1a2b3c4d.part"):
        (tmp_path / left).touch()
    (tmp_path / "mine.part").touch()
    (tmp_path / ".clip.formcheck.part").mkdir()
    with folder_lock(tmp_path):
        assert (tmp_path / LOCK_FILE).exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".clip.formcheck.part", "mine.part"]


def test_a_lock_is_not_taken_through_a_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / LOCK_FILE).symlink_to(precious)
    with pytest.raises(OutputError), folder_lock(out):
        pass
    assert precious.read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="choose another --out"), folder_lock(tmp_path / "file" / "out"):
        pass
