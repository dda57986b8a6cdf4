"""The logbook's file: opened, checked, brought to this version, and every trouble with it said in one sentence."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from formcheck.errors import FormcheckError
from formcheck.logbook.backup import back_up, backups_of, newest_text
from formcheck.logbook.schema import APPLICATION_ID, STEPS, VERSION

#: How long (seconds) to wait for another formcheck that writes at this moment; a set takes it some milliseconds.
PATIENCE_S = 30.0


class LogbookError(FormcheckError):
    """The logbook cannot be read or written; it is left as it is."""

    exit_code = 6


class DamagedError(LogbookError):
    """The file is no longer a logbook that SQLite can read."""


def connect(path: Path) -> sqlite3.Connection:
    """Open the logbook in `path`, making it where there is none, in this version and sound.

    Raises:
        DamagedError: it is damaged, or gone while its backups are still there.
        LogbookError: another program's file, a newer formcheck's, or one that cannot be opened.
    """
    _refuse_lost(path)
    with said(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)
    try:
        with said(path):
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")  # a power cut loses no set that was reported as logged
            _check(connection, path)
            use_wal(connection)
            _bring_up(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def said(path: Path) -> Iterator[None]:
    """Turn what SQLite and the disk complain about into one sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            reason = f"another program has been writing to it for {PATIENCE_S:.0f} seconds; try again when it has finished"
        elif "full" in text:
            reason = "the disk is full; make room and log the set again"
        elif "readonly" in text or "unable to open" in text:
            reason = f"it cannot be written to ({text}); choose another file with --logbook"
        elif "malformed" in text or "disk I/O" in text:
            raise damaged(path, text) from None
        else:
            reason = text
        raise LogbookError(f"the logbook {path} cannot be used: {reason}.") from None
    except sqlite3.IntegrityError:
        raise  # a mistake of our own, not of the file
    except sqlite3.DatabaseError as error:
        raise damaged(path, str(error)) from None
    except OSError as error:
        raise LogbookError(
            f"the logbook {path} cannot be used ({error.strerror or error}); choose another file with --logbook."
        ) from None


def damaged(path: Path, reason: str) -> DamagedError:
    """What is said of a logbook that cannot be read: what happened, and which backup there is."""
    return DamagedError(f"the logbook {path} is damaged ({reason}) and was left as it is; {newest_text(path)}.")


def _refuse_lost(path: Path) -> None:
    """A logbook that vanished or was emptied must not be begun anew in silence: its next backup would hide the loss."""
    empty = path.exists() and path.is_file() and path.stat().st_size == 0
    if (empty or not path.exists()) and backups_of(path):
        what = "is empty" if empty else "is gone"
        raise DamagedError(
            f"the logbook {path} {what}, but its backups are there; {newest_text(path)}, or move the backups away to begin"
            " a new one."
        )


def _check(connection: sqlite3.Connection, path: Path) -> None:
    found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(1)")]
    if found != ["ok"]:
        raise damaged(path, found[0] if found else "no answer")
    own, version = _number(connection, "application_id"), _number(connection, "user_version")
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if own != APPLICATION_ID and (tables or version):
        raise LogbookError(f"{path} is a database of another program; expected a logbook of formcheck. Choose another file.")
    if version > VERSION:
        raise LogbookError(
            f"the logbook {path} was written by a newer formcheck (version {version} of its tables, this one knows {VERSION});"
            " update formcheck."
        )


def use_wal(connection: sqlite3.Connection) -> None:
    """Write ahead: readers go on while somebody writes. On disks that cannot, SQLite keeps its own way, as safe but slower."""
    until = time.monotonic() + PATIENCE_S
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:  # two processes begin the logbook at the same moment: SQLite does not wait here
            if time.monotonic() > until:
                raise
            time.sleep(0.02)


def _bring_up(connection: sqlite3.Connection, path: Path) -> None:
    """Take the steps that this logbook lacks, all of them or none."""
    if _number(connection, "user_version") == VERSION:
        return
    with transaction(connection):
        version = _number(connection, "user_version")  # another process may have been quicker
        if 0 < version < VERSION:
            # The other connection of the backup sees what was there before this transaction.
            with closing(sqlite3.connect(path)) as before:
                back_up(before, path, f"before-version-{version + 1}")
        for step in STEPS[version:]:
            for statement in step:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")


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


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])
