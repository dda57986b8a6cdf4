"""Opening a database that another process begins meanwhile."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from formcheck.runtime.sqlite import bring_up, version_of

OWN, STEPS = 0x1234, (("CREATE TABLE lifts (name TEXT)",),)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_file_that_another_process_begins_in_this_moment_is_our_own(tmp_path: Path, after: int) -> None:
    """It is begun before any of the three things that are read of it."""
    path = tmp_path / "log.sqlite"
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as ours,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        read: list[str] = []

        def watch(statement: str) -> None:
            if len(read) == after:
                bring_up(other, OWN, STEPS)
            read.append(statement)

        ours.set_trace_callback(watch)
        assert version_of(ours, OWN) in (0, 1)
        assert len(read) == 3
        assert version_of(ours, OWN) == 1


def test_a_file_of_another_program_is_not_ours(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "other.sqlite", isolation_level=None)) as other:
        other.execute("CREATE TABLE theirs (name TEXT)")
        assert version_of(other, OWN) is None
