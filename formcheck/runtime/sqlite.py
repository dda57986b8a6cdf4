"""SQLite: transactions, write-ahead log, and schema migrations."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

#: Timeout for another writer, seconds; a write takes milliseconds.
PATIENCE_S = 30.0


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """A write transaction: commits at the end, or rolls back on an error.

    It waits as long as others write one after the other, and gives up when one of them holds on for the connection's timeout.
    """
    while True:
        before = _number(connection, "data_version")  # changes when another connection commits
        try:
            connection.execute("BEGIN IMMEDIATE")
            break
        except sqlite3.OperationalError:
            if _number(connection, "data_version") == before:
                raise
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise


def use_wal(connection: sqlite3.Connection) -> None:
    """Use the write-ahead log, so that readers do not wait for writers. File systems without it keep the rollback journal."""
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
    """The schema version; 0 for a new file, None for another program's file."""
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    version = _number(connection, "user_version")
    own = _number(connection, "application_id")  # last: another process may be beginning the same file
    return None if own != application_id and (tables or version) else version


def bring_up(
    connection: sqlite3.Connection,
    application_id: int,
    steps: Sequence[Sequence[str]],
    before: Callable[[int], None] = lambda version: None,
) -> None:
    """Migrate the schema, in one transaction; step i leads from version i to version i + 1.

    Args:
        before: called with the version of an older file, with the write lock held.
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
