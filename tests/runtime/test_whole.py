"""Atomic writes."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from formcheck.errors import OutputError
from formcheck.runtime.files import atomic_write, write_text


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "analysis.json"
    path.write_text("old")

    def fail(error: BaseException) -> None:
        with atomic_write(path) as partial:
            partial.write_text("half")
            raise error

    with pytest.raises(OutputError, match="no room is left") as full:
        fail(OSError(errno.ENOSPC, "No space left on device"))
    assert full.value.exit_code == 5
    with pytest.raises(KeyboardInterrupt):
        fail(KeyboardInterrupt())
    assert [entry.name for entry in tmp_path.iterdir()] == ["analysis.json"]
    assert path.read_text() == "old"


def test_two_writers_do_not_meet(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with atomic_write(path) as one, atomic_write(path) as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one"  # the last to finish


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "a.txt").symlink_to(precious)
    write_text(tmp_path / "a.txt", "new")
    assert precious.read_text() == "mine"
    assert not (tmp_path / "a.txt").is_symlink()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_the_file_has_the_rights_of_any_other(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "new")
    (tmp_path / "b.txt").write_text("plain")
    assert os.stat(tmp_path / "a.txt").st_mode == os.stat(tmp_path / "b.txt").st_mode
