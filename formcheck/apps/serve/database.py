"""The server's database: devices, codes, uploads and clips."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from formcheck.errors import OutputError
from formcheck.runtime.sqlite import PATIENCE_S, bring_up, transaction, use_wal, version_of

APPLICATION_ID = 0x46435356  # "FCSV"
#: The most that one step of the computer's clock counts, seconds: it may have been set wrong, or the server was off for a
#: month. Expiry times are longer by this, so that one wrong step removes nothing.
LONGEST_STEP_S = 86_400.0
#: A longer step means that the clock was set; it does not count, seconds.
UNBELIEVABLE_S = 90 * 86_400.0

_FIRST = (
    """
    CREATE TABLE devices (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        owner INTEGER NOT NULL,
        joined_at REAL NOT NULL,
        seen_at REAL NOT NULL
    )
    """,
    "CREATE TABLE sessions (token_hash TEXT PRIMARY KEY, device TEXT NOT NULL REFERENCES devices (id) ON DELETE CASCADE)",
    "CREATE TABLE codes (hash TEXT PRIMARY KEY, owner INTEGER NOT NULL, expires_at REAL NOT NULL)",
    # `received` bytes are synced to the disk; the rest of the file is written again.
    """
    CREATE TABLE uploads (
        id TEXT PRIMARY KEY,
        device TEXT NOT NULL,
        name TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        sha256 TEXT,
        asked TEXT NOT NULL,
        file TEXT NOT NULL DEFAULT '',
        received INTEGER NOT NULL DEFAULT 0,
        touched_at REAL NOT NULL
    )
    ""","""
    CREATE TABLE clips (
        id TEXT PRIMARY KEY,
        device TEXT NOT NULL,
        name TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        asked TEXT NOT NULL,
        file TEXT NOT NULL,
        added_at REAL NOT NULL,
        queued_at REAL NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('waiting', 'working', 'done', 'failed')),
        deaths INTEGER NOT NULL DEFAULT 0,
        error TEXT,
        result TEXT,
        finished_at REAL,
        videos INTEGER NOT NULL DEFAULT 1
    )
    """,
    "CREATE INDEX clips_by_state ON clips (state, queued_at)",
    "CREATE INDEX clips_of_device ON clips (device, added_at)",
)
#: Ages in counted seconds (see `Database.kept_s`) instead of dates of a clock that may be wrong.
_KEPT = (
    "CREATE TABLE kept (counted_s REAL NOT NULL, read_at REAL NOT NULL)",
    "ALTER TABLE clips ADD COLUMN finished_kept_s REAL",
    "ALTER TABLE uploads ADD COLUMN touched_kept_s REAL",
    # What was there before is counted from now on: it stays longer, never shorter.
    "UPDATE clips SET finished_kept_s = 0 WHERE finished_at IS NOT NULL",
    "UPDATE uploads SET touched_kept_s = 0",
)
_STEPS: tuple[tuple[str, ...], ...] = (_FIRST, _KEPT)


class Database:
    """The database; thread-safe. Reading has its own connection and is not blocked by writing (write-ahead log)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        self._locks = {name: threading.Lock() for name in ("read", "write", "note")}
        self._connections = {name: _connect(path) for name in self._locks}
        self._connections["write"].execute("PRAGMA synchronous = FULL")  # acknowledged data survive a power cut
        self._connections["note"].execute("PRAGMA synchronous = NORMAL")
        version = version_of(self._connections["write"], APPLICATION_ID)
        if version is None or version > len(_STEPS):
            raise OutputError(f"{path} is of another program or a newer formcheck; choose another folder with --data.")
        bring_up(self._connections["write"], APPLICATION_ID, _STEPS)

    def close(self) -> None:
        """Close the file."""
        for connection in self._connections.values():
            connection.close()

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of a query."""
        with self._locks["read"]:
            return self._connections["read"].execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query."""
        return next(iter(self.rows(query, *values)), None)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A write transaction, synced to the disk at the end of the block."""
        with self._locks["write"], transaction(self._connections["write"]):
            yield self._connections["write"]

    def kept_s(self) -> float:
        """Seconds counted from call to call, also over restarts: they never run backwards, and run ahead by at most
        `LONGEST_STEP_S` when the computer's clock is set."""
        now = time.time()
        with self.writing() as tables:
            row = tables.execute("SELECT counted_s, read_at FROM kept").fetchone()
            if row is None:
                tables.execute("INSERT INTO kept VALUES (0, ?)", (now,))
                return 0.0
            step = now - row["read_at"]
            counted = float(row["counted_s"]) + (min(step, LONGEST_STEP_S) if 0 < step < UNBELIEVABLE_S else 0.0)
            tables.execute("UPDATE kept SET counted_s = ?, read_at = ?", (counted, now))
        return counted

    def note(self, statement: str, *values: Any) -> None:
        """Write without syncing, for values that may be lost in a power cut."""
        with self._locks["note"], transaction(self._connections["note"]):
            self._connections["note"].execute(statement, values)


def _connect(path: Path) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        use_wal(connection)
    except sqlite3.Error as error:
        raise OutputError(f"{path} cannot be used ({error}); choose another folder with --data.") from None
    return connection
