"""Entries to rows of the logbook's tables, and back."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, astuple, fields
from datetime import datetime
from typing import Any

from formcheck.analysis import NotJudged
from formcheck.logbook.entry import Entry, LoggedClip, LoggedFinding, LoggedMeasure, LoggedRep
from formcheck.logbook.loads import Load

_SET_COLUMNS = (
    "exercise", "variant", "leg", "filmed_at", "filmed_source", "logged_at", "load_kg", "load_unit", "reps_done",
    "notes", "side", "software", "edited",
)  # fmt: skip
#: The columns of `reps` after the set's number; its measures follow as JSON.
_REP_FIELDS = tuple(field.name for field in fields(LoggedRep) if field.name != "measures")


def write_entry(connection: sqlite3.Connection, entry: Entry) -> int:
    """Write an entry: a new one where its id is 0, else over the one of that number. Returns its number.

    The caller holds a transaction.
    """
    values = _set_values(entry)
    if entry.id:
        changes = ", ".join(f"{name} = ?" for name in _SET_COLUMNS)
        connection.execute(f"UPDATE sets SET {changes} WHERE id = ?", (*values, entry.id))
        for table in ("clips", "reps", "not_judged"):  # findings go with their reps
            connection.execute(f"DELETE FROM {table} WHERE set_id = ?", (entry.id,))
        number = entry.id
    else:
        marks = ", ".join("?" * len(_SET_COLUMNS))
        added = connection.execute(f"INSERT INTO sets ({', '.join(_SET_COLUMNS)}) VALUES ({marks})", values)
        number = int(added.lastrowid or 0)
    if entry.clip is not None:
        clip = entry.clip
        end_s = -1.0 if clip.end_s is None else clip.end_s
        connection.execute(
            "INSERT INTO clips (set_id, sha256, start_s, end_s, name, path, folder, slow_motion, kept)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, clip.sha256, clip.start_s, end_s, clip.name, clip.path, clip.folder, clip.slow_motion, clip.kept),
        )
    connection.executemany(
        "INSERT INTO reps VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, *_rep_values(rep)) for rep in entry.reps],
    )
    connection.executemany(
        "INSERT INTO findings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [(number, *astuple(finding)) for finding in entry.findings],
    )
    connection.executemany(
        "INSERT INTO not_judged VALUES (?, ?, ?, ?, ?)",
        [(number, gap.rule, gap.rep, gap.reason, gap.code) for gap in entry.not_judged],
    )
    return number


def read_entries(connection: sqlite3.Connection, where: str = "", values: tuple[Any, ...] = ()) -> tuple[Entry, ...]:
    """The entries of which `where` (an SQL condition on `sets` and `clips`) is true, the oldest first."""
    condition = f"WHERE {where}" if where else ""
    found = connection.execute(
        f"SELECT sets.id, {', '.join('sets.' + name for name in _SET_COLUMNS)}, sha256, start_s, end_s, name, path, folder,"
        f" slow_motion, kept FROM sets LEFT JOIN clips ON clips.set_id = sets.id {condition}"
        " ORDER BY julianday(filmed_at), sets.id",
        values,
    ).fetchall()
    numbers = [int(row[0]) for row in found]
    reps = _by_set(connection, "reps", numbers, "number")
    findings = _by_set(connection, "findings", numbers, "time_s, rep")
    gaps = _by_set(connection, "not_judged", numbers, "rowid")
    return tuple(_entry(row, reps[row[0]], findings[row[0]], gaps[row[0]]) for row in found)


def _set_values(entry: Entry) -> tuple[Any, ...]:
    load = entry.load
    return (
        entry.exercise, entry.variant, entry.leg, entry.filmed_at.isoformat(), entry.filmed_source,
        entry.logged_at.isoformat(), None if load is None else load.kg, None if load is None else load.unit,
        entry.reps_done, entry.notes, entry.side, entry.software, " ".join(sorted(entry.edited)),
    )  # fmt: skip


def _rep_values(rep: LoggedRep) -> tuple[Any, ...]:
    measures = json.dumps({name: asdict(measure) for name, measure in rep.measures.items()})
    return (*(getattr(rep, name) for name in _REP_FIELDS), measures)


def _by_set(
    connection: sqlite3.Connection, table: str, numbers: list[int], order: str
) -> defaultdict[int, list[tuple[Any, ...]]]:
    """The rows of a table that belong to these sets, without the set's number."""
    rows: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for some in _hundreds(numbers):
        marks = ", ".join("?" * len(some))
        for number, *row in connection.execute(f"SELECT * FROM {table} WHERE set_id IN ({marks}) ORDER BY {order}", some):
            rows[number].append(tuple(row))
    return rows


def _hundreds(numbers: list[int]) -> Iterable[list[int]]:
    """SQLite takes a limited number of values at a time."""
    return (numbers[place : place + 500] for place in range(0, len(numbers), 500))


def _entry(
    row: tuple[Any, ...], reps: list[tuple[Any, ...]], findings: list[tuple[Any, ...]], gaps: list[tuple[Any, ...]]
) -> Entry:
    number, exercise, variant, leg, filmed_at, source, logged_at, kg, unit, done, notes, side, software, edited = row[:14]
    clip = None
    if row[14] is not None:
        sha256, start_s, end_s, name, path, folder, slow_motion, kept = row[14:]
        clip = LoggedClip(sha256, name, path, folder, start_s, None if end_s < 0 else end_s, slow_motion, kept)
    return Entry(
        id=number, exercise=exercise, variant=variant, leg=leg, filmed_at=datetime.fromisoformat(filmed_at),
        filmed_source=source, logged_at=datetime.fromisoformat(logged_at), load=None if kg is None else Load(kg, unit),
        reps_done=done, notes=notes, side=side, software=software, edited=frozenset(edited.split()),
        reps=tuple(_rep(rep) for rep in reps), findings=tuple(LoggedFinding(*finding) for finding in findings),
        not_judged=tuple(NotJudged(*gap) for gap in gaps), clip=clip,
    )  # fmt: skip


def _rep(row: tuple[Any, ...]) -> LoggedRep:
    measures = {name: LoggedMeasure(**measure) for name, measure in json.loads(row[-1]).items()}
    return LoggedRep(**dict(zip(_REP_FIELDS, row, strict=False)), measures=measures)
