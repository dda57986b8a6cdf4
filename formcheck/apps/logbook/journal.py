"""The journal of changes that people make to logged sets: what each was, and how to take it back.

A change is an edit, a deletion, or an import of many sets; it is undone as one. What analysing a clip adds or renews is no
change: `formcheck log delete` takes that out.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from formcheck.errors import UsageError

#: Changes that can be undone; older ones are forgotten, and with them the sets that they deleted.
KEPT_CHANGES = 100
#: The tables with rows of a set, in the order in which they are filled; the column that refers to it.
_TABLES = {
    "sets": "id", "clips": "set_id", "copies": "set_id", "reps": "set_id", "findings": "set_id", "not_judged": "set_id",
    "pictures": "set_id",
}  # fmt: skip

Row = dict[str, Any]
Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class Change:
    """A change: its number, when it was made, what it was in a few words, the numbers of its sets, and when it was undone."""

    id: int
    at: datetime
    what: str
    sets: tuple[int, ...]
    undone_at: datetime | None = None


def rows_of(connection: sqlite3.Connection, number: int) -> Rows:
    """All rows of a set, by table."""
    return {
        table: [_plain(row) for row in _dicts(connection, f"SELECT * FROM {table} WHERE {column} = ?", (number,))]
        for table, column in _TABLES.items()
    }


def record_added(connection: sqlite3.Connection, what: str, numbers: Iterable[int]) -> int:
    """Write down that sets were added; return the change's number."""
    return _record(connection, what, "added", {number: {} for number in numbers})


def record_edited(connection: sqlite3.Connection, what: str, before: Mapping[int, Row]) -> int:
    """Write down that sets were edited; `before` has the earlier values of the changed columns of each."""
    return _record(connection, what, "edited", before)


def record_deleted(connection: sqlite3.Connection, what: str, before: Mapping[int, Rows]) -> int:
    """Write down that sets were deleted; `before` has all their rows."""
    return _record(connection, what, "deleted", before)


def changes(connection: sqlite3.Connection, last: int = KEPT_CHANGES) -> tuple[Change, ...]:
    """The last changes, the newest first."""
    found = connection.execute("SELECT id, at, what, undone_at FROM changes ORDER BY id DESC LIMIT ?", (last,)).fetchall()
    return tuple(
        Change(
            number, datetime.fromisoformat(at), what,
            tuple(row[0] for row in connection.execute(
                "SELECT set_id FROM changed_sets WHERE change_id = ? ORDER BY set_id", (number,)
            )),
            None if undone is None else datetime.fromisoformat(undone),
        )
        for number, at, what, undone in found
    )  # fmt: skip


def undo(connection: sqlite3.Connection, number: int | None = None) -> Change:
    """Take a change back, by default the last one that stands; the caller holds the transaction.

    Raises:
        UsageError: there is none, it was undone before, a later change is about the same sets, or a deleted set was filmed
            and its clip was logged again.
    """
    known = changes(connection)
    standing = [change for change in known if change.undone_at is None]
    if number is None:
        if not standing:
            raise UsageError("there is no change to undo; `formcheck log changes` lists them.")
        change = standing[0]
    else:
        found = next((change for change in known if change.id == number), None)
        if found is None:
            raise UsageError(f"there is no change {number}; `formcheck log changes` lists those that can be undone.")
        if found.undone_at is not None:
            raise UsageError(f"change {number} ({found.what}) was undone already.")
        change = found
    for later in standing:
        shared = sorted(set(later.sets) & set(change.sets))
        if later.id > change.id and shared:
            sets = f"set {shared[0]}" if len(shared) == 1 else f"{len(shared)} of its sets"
            raise UsageError(
                f"change {later.id} ({later.what}) came later and is about {sets}, too; undo that first with"
                f" `formcheck log undo {later.id}`."
            )
    query = "SELECT set_id, kind, before FROM changed_sets WHERE change_id = ?"
    for set_id, kind, before in connection.execute(query, (change.id,)).fetchall():
        _take_back(connection, set_id, kind, json.loads(before))
    connection.execute("UPDATE changes SET undone_at = ? WHERE id = ?", (_now(), change.id))
    return change


def _record(connection: sqlite3.Connection, what: str, kind: str, before: Mapping[int, Any]) -> int:
    added = connection.execute("INSERT INTO changes (at, what) VALUES (?, ?)", (_now(), what))
    change = int(added.lastrowid or 0)
    connection.executemany(
        "INSERT INTO changed_sets (change_id, set_id, kind, before) VALUES (?, ?, ?, ?)",
        [(change, number, kind, json.dumps(rows, ensure_ascii=False)) for number, rows in before.items()],
    )
    connection.execute("DELETE FROM changes WHERE id <= ?", (change - KEPT_CHANGES,))
    return change


def _take_back(connection: sqlite3.Connection, number: int, kind: str, before: Any) -> None:
    if kind == "added":
        # A set that was filmed since is not the import's any more.
        connection.execute("DELETE FROM sets WHERE id = ? AND id NOT IN (SELECT set_id FROM clips)", (number,))
    elif kind == "edited":
        columns = ", ".join(f'"{name}" = ?' for name in before)
        connection.execute(f"UPDATE sets SET {columns} WHERE id = ?", (*map(_value, before.values()), number))
    else:
        for clip in before["clips"]:
            query = "SELECT set_id FROM clips WHERE sha256 = ? AND start_s = ? AND end_s = ?"
            again = connection.execute(query, (clip["sha256"], clip["start_s"], clip["end_s"])).fetchone()
            if again is not None:
                raise UsageError(
                    f"the clip of the deleted set {number} was logged again as set {again[0]}; delete that one first."
                )
        for table in _TABLES:
            for row in before[table]:
                columns, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", [*map(_value, row.values())])


def _dicts(connection: sqlite3.Connection, query: str, values: tuple[Any, ...]) -> list[Row]:
    cursor = connection.execute(query, values)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _plain(row: Row) -> Row:
    """A row as JSON holds it: pictures in base 64."""
    pictures = {name: {"base64": base64.b64encode(value).decode()} for name, value in row.items() if isinstance(value, bytes)}
    return row | pictures


def _value(value: Any) -> Any:
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


def _now() -> str:
    return datetime.now().astimezone().replace(microsecond=0).isoformat()
