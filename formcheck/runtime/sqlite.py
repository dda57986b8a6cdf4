"""SQLite files of our own: one writer at a time, readers who go on meanwhile, and tables brought up step by step."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

#: How long (seconds) to wait for another formcheck that writes at this moment; it takes some milliseconds.
PATIENCE_S = 30.0


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All that is written inside is kept together, or nothing of it; one writer at a time."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def use_wal(connection: sqlite3.Connection) -> None:
    """Write ahead: readers go on while somebody writes. On disks that cannot, SQLite keeps its own way, as safe but slower."""
    until = time.monotonic() + PATIENCE_S
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:  # two processes begin the file at the same moment: SQLite does not wait here
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def version_of(connection: sqlite3.Connection, application_id: int) -> int | None:
    """The version of the tables; 0 of a new file, None of another program's."""
    own, version = _number(connection, "application_id"), _number(connection, "user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    return None if own != application_id and (tables or version) else version


def bring_up(
    connection: sqlite3.Connection,
    application_id: int,
    steps: Sequence[Sequence[str]],
    before: Callable[[int], None] = lambda version: None,
) -> None:
    """Take the steps that this file lacks, all of them or none; step i leads from version i to version i + 1.

    Args:
        before: called with the version of an older file, while nobody else can write to it.
    """
    if _number(connection, "user_version") == len(steps):
        return
    with transaction(connection):
        version = _number(connection, "user_version")  # another process may have been quicker
        if 0 < version < len(steps):
            before(version)
        for step in steps[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute(f"PRAGMA application_id = {application_id}")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
