"""`Logbook`: storing, reading, changing and deleting sets; telling a second encoding of a film from another film."""

from __future__ import annotations

import io
import os
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from formcheck.apps.logbook.database import LogbookError, back_up, backups_of, connect, said
from formcheck.apps.logbook.entry import DATE_SOURCES, EDITABLE, NOT_IF_FILMED, Entry, LoggedClip
from formcheck.apps.logbook.journal import Change, changes, record_added, record_deleted, record_edited, rows_of, undo
from formcheck.errors import MissingFileError, UsageError
from formcheck.results.analysis import Finding, JudgedRep, Measure, NotJudged
from formcheck.runtime.sqlite import transaction
from formcheck.units import Load

#: Fewer reps may be at the same moments by chance.
LEAST_REPS = 3
#: Most that a moment of a rep may differ, seconds: three times as much as in samples saved again at two thirds of their size.
MOST_APART_S = 0.2
#: Dates of two clips' metadata that differ by more are of two films.
SAME_TIME = timedelta(minutes=2)
#: Least correlation of two pictures, and their side when compared, pixels.
LEAST_ALIKE, SIDE = 0.8, 24


def may_be_copies(a: Entry, b: Entry) -> bool:
    """Whether the reps of two filmed sets are at the same moments of their clips, and lifter and camera do not differ."""
    if len(a.reps) != len(b.reps) or len(a.reps) < LEAST_REPS or a.exercise != b.exercise:
        return False
    if a.who is not None and b.who is not None and a.who != b.who:
        return False
    if a.filmed_source == b.filmed_source == "metadata" and abs(a.filmed_at - b.filmed_at) > SAME_TIME:
        return False
    return bool(np.abs(_moments(a) - _moments(b)).max() <= MOST_APART_S)


def same_picture(a: bytes, b: bytes) -> bool:
    """Whether two JPEGs show the same place and lifter, perhaps at another moment."""
    try:
        one, other = _small(a), _small(b)
    except OSError:  # no picture
        return False
    return bool(one.std() > 0 and other.std() > 0 and np.corrcoef(one, other)[0, 1] >= LEAST_ALIKE)


def _moments(entry: Entry) -> NDArray[np.float64]:
    """(R, 3) beginning, turn and end of each rep, seconds."""
    return np.array([(rep.start_s, rep.turn_s, rep.end_s) for rep in entry.reps])


def _small(jpeg: bytes) -> NDArray[np.float64]:
    """(SIDE * SIDE,) grey values."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        return np.asarray(picture.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float64).ravel()


_SET_COLUMNS = (
    "exercise", "variant", "leg", "filmed_at", "filmed_source", "logged_at", "load_kg", "load_unit", "reps_done",
    "notes", "side", "software", "edited", "who", "rpe", "warm_up", "load_pieces",
)  # fmt: skip
#: Columns of `reps` and `findings` besides the set's number; measures are JSON.
_REP_COLUMNS = tuple(field.name for field in fields(JudgedRep))
_FINDING_COLUMNS = tuple(field.name for field in fields(Finding))
_GAP_COLUMNS = tuple(field.name for field in fields(NotJudged))
_MEASURES = dict[str, Measure]


def write_entry(connection: sqlite3.Connection, entry: Entry) -> int:
    """Insert an entry with id 0, or replace the one of that number, within a transaction; return its number."""
    values = _set_values(entry)
    if entry.id:
        changes = ", ".join(f"{name} = ?" for name in _SET_COLUMNS)
        connection.execute(f"UPDATE sets SET {changes} WHERE id = ?", (*values, entry.id))
        for table in ("clips", "reps", "not_judged"):  # findings are deleted with their reps
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
    _insert(connection, "reps", _REP_COLUMNS, number, [_rep_values(rep) for rep in entry.reps])
    _insert(connection, "findings", _FINDING_COLUMNS, number, [astuple(finding) for finding in entry.findings])
    _insert(connection, "not_judged", _GAP_COLUMNS, number, [astuple(gap) for gap in entry.not_judged])
    return number


def _insert(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], number: int, rows: Sequence[tuple[Any, ...]]
) -> None:
    """Write rows of a set into a table."""
    marks = ", ".join("?" * (len(columns) + 1))
    connection.executemany(
        f"INSERT INTO {table} (set_id, {_quoted(columns)}) VALUES ({marks})", [(number, *row) for row in rows]
    )


def _quoted(columns: Sequence[str]) -> str:
    """Quoted names, since some (limit, index) are SQL keywords."""
    return ", ".join(f'"{name}"' for name in columns)


def read_entries(connection: sqlite3.Connection, where: str = "", values: tuple[Any, ...] = ()) -> tuple[Entry, ...]:
    """Entries that match `where` (an SQL condition on `sets` and `clips`), the oldest first."""
    condition = f"WHERE {where}" if where else ""
    found = connection.execute(
        f"SELECT sets.id, {', '.join('sets.' + name for name in _SET_COLUMNS)}, sha256, start_s, end_s, name, path, folder,"
        f" slow_motion, kept FROM sets LEFT JOIN clips ON clips.set_id = sets.id {condition}"
        " ORDER BY julianday(filmed_at), sets.id",
        values,
    ).fetchall()
    numbers = [int(row[0]) for row in found]
    reps = _by_set(connection, "reps", _REP_COLUMNS, numbers, '"index"')
    findings = _by_set(connection, "findings", _FINDING_COLUMNS, numbers, "time_s, rep")
    gaps = _by_set(connection, "not_judged", _GAP_COLUMNS, numbers, "rowid")
    return tuple(_entry(row, reps[row[0]], findings[row[0]], gaps[row[0]]) for row in found)


def _set_values(entry: Entry) -> tuple[Any, ...]:
    load = entry.load
    return (
        entry.exercise, entry.variant, entry.leg, entry.filmed_at.isoformat(), entry.filmed_source,
        entry.logged_at.isoformat(), None if load is None else load.kg, None if load is None else load.unit,
        entry.reps_done, entry.notes, entry.side, entry.software, " ".join(sorted(entry.edited)), entry.who, entry.rpe,
        int(entry.warm_up), 1 if load is None else load.pieces,
    )  # fmt: skip


def _rep_values(rep: JudgedRep) -> tuple[Any, ...]:
    values = {name: getattr(rep, name) for name in _REP_COLUMNS}
    return tuple({**values, "measures": msgspec.json.encode(rep.measures).decode()}.values())


def _by_set(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], numbers: list[int], order: str
) -> defaultdict[int, list[tuple[Any, ...]]]:
    """The rows of a table that belong to these sets, without the set's number."""
    rows: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for some in _hundreds(numbers):
        marks = ", ".join("?" * len(some))
        query = f"SELECT set_id, {_quoted(columns)} FROM {table} WHERE set_id IN ({marks}) ORDER BY {order}"
        for number, *row in connection.execute(query, some):
            rows[number].append(tuple(row))
    return rows


def _hundreds(numbers: list[int]) -> Iterable[list[int]]:
    """Chunks, since SQLite limits the number of values in a query."""
    return (numbers[place : place + 500] for place in range(0, len(numbers), 500))


def _entry(
    row: tuple[Any, ...], reps: list[tuple[Any, ...]], findings: list[tuple[Any, ...]], gaps: list[tuple[Any, ...]]
) -> Entry:
    own = 1 + len(_SET_COLUMNS)
    number, exercise, variant, leg, filmed_at, source, logged_at, kg, unit, done, notes, side, software, edited = row[:14]
    who, rpe, warm_up, pieces = row[14:own]
    clip = None
    if row[own] is not None:
        sha256, start_s, end_s, name, path, folder, slow_motion, kept = row[own:]
        clip = LoggedClip(sha256, name, path, folder, start_s, None if end_s < 0 else end_s, slow_motion, kept)
    return Entry(
        id=number, exercise=exercise, variant=variant, leg=leg, filmed_at=datetime.fromisoformat(filmed_at),
        filmed_source=source, logged_at=datetime.fromisoformat(logged_at),
        load=None if kg is None else Load(kg, unit, pieces),
        reps_done=done, notes=notes, side=side, software=software, edited=frozenset(edited.split()),
        reps=tuple(_rep(rep) for rep in reps), findings=tuple(Finding(*finding) for finding in findings),
        not_judged=tuple(NotJudged(*gap) for gap in gaps), clip=clip, who=who, rpe=rpe, warm_up=bool(warm_up),
    )  # fmt: skip


def _rep(row: tuple[Any, ...]) -> JudgedRep:
    values = dict(zip(_REP_COLUMNS, row, strict=True))
    return JudgedRep(**{**values, "measures": msgspec.json.decode(values["measures"], type=_MEASURES)})


# The logbook.

#: "copy": the film of a logged set, encoded again.
Outcome = Literal["added", "updated", "unchanged", "copy"]


@dataclass(frozen=True)
class Logged:
    """Result of logging: the stored entry, and the fields in which the owner's edits were kept."""

    entry: Entry
    outcome: Outcome
    kept: tuple[str, ...] = ()


class Logbook:
    """An open logbook, a context manager; several processes may open the same one.

    Args:
        path: its file, created if missing unless `reading`.
        reading: open for reading only; a missing logbook is an error.

    Raises:
        UsageError: `reading`, and there is no logbook.
        LogbookError: it is damaged, of another program, or cannot be opened.
    """

    def __init__(self, path: Path, *, reading: bool = False) -> None:
        if reading and not path.exists() and not backups_of(path):
            raise MissingFileError(
                f"there is no logbook in {path} yet; `formcheck analyze CLIP --load 60kg --log` begins one."
            )
        self.path = path
        #: Warnings.
        self.warnings: list[str] = []
        self._connection = connect(path)

    def __enter__(self) -> Logbook:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with said(self.path):
            self._connection.close()

    def entries(self, exercise: str | None = None) -> tuple[Entry, ...]:
        """All sets, or those of one exercise, the oldest first."""
        with said(self.path):
            if exercise is None:
                return read_entries(self._connection)
            return read_entries(self._connection, "sets.exercise = ?", (exercise,))

    def entry(self, number: int) -> Entry:
        """One set.

        Raises:
            UsageError: there is no such set.
        """
        with said(self.path):
            found = read_entries(self._connection, "sets.id = ?", (number,))
        if not found:
            raise UsageError(f"there is no set {number} in the logbook; `formcheck log` lists them.")
        return found[0]

    def people(self) -> tuple[str, ...]:
        """The names of everybody with sets, in order of the alphabet."""
        with said(self.path):
            rows = self._connection.execute("SELECT DISTINCT who FROM sets WHERE who IS NOT NULL").fetchall()
        return tuple(sorted((str(row[0]) for row in rows), key=str.casefold))

    def exercises(self) -> tuple[str, ...]:
        """The names of all exercises with sets."""
        with said(self.path):
            return tuple(str(row[0]) for row in self._connection.execute("SELECT DISTINCT exercise FROM sets"))

    def of_clip(self, sha256: str) -> tuple[Entry, ...]:
        """The sets of one clip."""
        with said(self.path):
            return read_entries(self._connection, "clips.sha256 = ?", (sha256,))

    def picture(self, number: int) -> bytes | None:
        """A small JPEG of the set, or None."""
        with said(self.path):
            row = self._connection.execute("SELECT jpeg FROM pictures WHERE set_id = ?", (number,)).fetchone()
        return None if row is None else bytes(row[0])

    def log(self, entry: Entry, picture: tuple[bytes, float] | None = None, *, another: bool = False) -> Logged:
        """Add a set, or update its analysis if it exists, in one transaction.

        A filmed set exists if the same clip (by hash) was logged with the same part, or with reps at the same times. The
        owner's edits are kept. A logged film that was encoded again adds nothing (see `copies`).

        Args:
            entry: its `id` is ignored.
            picture: a JPEG of it, and its time in the clip, seconds.
            another: it is another set, even if it looks like a copy.

        Raises:
            LogbookError: it cannot be written, or several logged sets of the clip match.
        """
        with self._writing():
            copied = None if another else self._copied_set(entry, picture)
            if copied is not None and entry.clip is not None:
                values = (entry.clip.sha256, copied.id, entry.clip.name)
                self._connection.execute("INSERT OR REPLACE INTO copies VALUES (?, ?, ?)", values)
                return Logged(copied, "copy")
            if another and entry.clip is not None:
                self._connection.execute("DELETE FROM copies WHERE sha256 = ?", (entry.clip.sha256,))
            same = self._same_set(entry)
            merged, kept = (replace(entry, id=0), ()) if same is None else _merged(same, entry)
            if same is not None and replace(merged, logged_at=same.logged_at) == same:
                if picture is not None:
                    self._put_picture(same.id, picture)
                return Logged(same, "unchanged", kept)
            number = write_entry(self._connection, merged)
            if picture is not None:
                self._put_picture(number, picture)
        self._after_writing()
        return Logged(replace(merged, id=number), "added" if same is None else "updated", kept)

    def add_unfilmed(self, entries: Sequence[Entry], what: str = "import") -> tuple[Entry, ...]:
        """Add sets of a paper log as one change; return the new ones (by person, exercise, date, load, reps, leg and count).

        A set that was filmed on the same day, with the same load and reps, is not a new one.

        Args:
            what: the change in a few words, for `changes`.
        """
        with self._writing():
            there = read_entries(self._connection)
            known = Counter(_paper_key(entry) for entry in there if not entry.filmed)
            filmed = [entry for entry in there if entry.filmed]
            added = []
            for entry in entries:
                key = _paper_key(entry)
                same = next((other for other in filmed if _is_filmed(entry, other)), None)
                if known[key]:
                    known[key] -= 1
                elif same is not None:
                    filmed.remove(same)
                else:
                    added.append(replace(entry, id=write_entry(self._connection, replace(entry, id=0))))
            if added:
                record_added(self._connection, what, [entry.id for entry in added])
        self._after_writing()
        return tuple(added)

    def edit(self, number: int, **changes: Any) -> Entry:
        """Edit `EDITABLE` fields of a set; edits survive another analysis.

        Raises:
            UsageError: there is no such set, or the field follows from the reps of a filmed one.
        """
        unknown = set(changes) - set(EDITABLE)
        if unknown:
            raise ValueError(f"expected one of {EDITABLE} but got {sorted(unknown)}")
        with self._writing():
            before = self.entry(number)
            if before.filmed and set(changes) & set(NOT_IF_FILMED):
                raise UsageError(
                    f"set {number} was filmed, and its exercise and reps are those that were judged; correct them with"
                    f" `formcheck log correct {number}` (--exercise, --not-a-rep)."
                )
            if "filmed_at" in changes:
                changes["filmed_source"] = "user"
            own = before.edited | {name for name in changes if name in EDITABLE and name != "notes"}
            after = replace(before, **changes, edited=own)
            columns = zip(_SET_COLUMNS, _set_values(before), _set_values(after), strict=True)
            earlier = {name: old for name, old, new in columns if old != new}
            if earlier:
                write_entry(self._connection, after)
                fields_changed = ", ".join(name.replace("filmed_at", "date") for name in changes if name in EDITABLE)
                record_edited(self._connection, f"edit of set {number}: {fields_changed}", {number: earlier})
        self._after_writing()
        return after

    def delete(self, number: int) -> Entry:
        """Delete a set, and the copy of its video beside the logbook.

        Raises:
            UsageError: there is no such set.
        """
        with self._writing():
            entry = self.entry(number)
            record_deleted(self._connection, f"deletion of set {number}", {number: rows_of(self._connection, number)})
            self._connection.execute("DELETE FROM sets WHERE id = ?", (number,))
        if entry.clip is not None and entry.clip.kept and not any(
            other.clip is not None and other.clip.kept == entry.clip.kept for other in self.of_clip(entry.clip.sha256)
        ):
            kept = self.path.parent / entry.clip.kept
            with said(self.path):
                kept.unlink(missing_ok=True)
        self._after_writing()
        return entry

    def changes(self, last: int = 20) -> tuple[Change, ...]:
        """The last edits, deletions and imports, the newest first."""
        with said(self.path):
            return changes(self._connection, last)

    def undo(self, number: int | None = None) -> Change:
        """Take a change back as a whole, by default the last one that stands; videos that were deleted do not come back.

        Raises:
            UsageError: there is none, it was undone, or a later change is about the same sets.
        """
        with self._writing():
            change = undo(self._connection, number)
            for set_id, kept in self._connection.execute("SELECT set_id, kept FROM clips WHERE kept IS NOT NULL").fetchall():
                if set_id in change.sets and not (self.path.parent / kept).exists():
                    self._connection.execute("UPDATE clips SET kept = NULL WHERE set_id = ?", (set_id,))
        self._after_writing()
        return change

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with said(self.path), transaction(self._connection):
            yield

    def _after_writing(self) -> None:
        """Renew today's backup; errors are only warnings, since the set is stored."""
        try:
            back_up(self._connection, self.path)
        except (sqlite3.Error, OSError) as error:
            self.warnings.append(
                f"the set is logged, but today's backup of the logbook could not be written ({error});"
                f" look at the folder {os.fspath(self.path)}.backups."
            )

    def _put_picture(self, number: int, picture: tuple[bytes, float]) -> None:
        jpeg, time_s = picture
        self._connection.execute("INSERT OR REPLACE INTO pictures VALUES (?, ?, ?)", (number, jpeg, time_s))

    def _copied_set(self, entry: Entry, picture: tuple[bytes, float] | None) -> Entry | None:
        """The set of whose film this one is another encoding; None if it is not logged, or this clip itself is."""
        if entry.clip is None or len(entry.reps) < LEAST_REPS:
            return None
        query = "SELECT set_id FROM copies WHERE sha256 = ?"
        known = {row[0] for row in self._connection.execute(query, (entry.clip.sha256,))}
        alike = read_entries(
            self._connection,
            "sets.exercise = ? AND sets.reps_done = ? AND sha256 IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM clips AS own WHERE own.sha256 = ?)"
            ' AND EXISTS (SELECT 1 FROM reps WHERE set_id = sets.id AND "index" = ? AND abs(start_s - ?) <= ?)',
            (entry.exercise, entry.reps_done, entry.clip.sha256, entry.reps[0].index, entry.reps[0].start_s, MOST_APART_S),
        )
        for other in alike:
            if may_be_copies(entry, other):
                theirs = self.picture(other.id)
                alike_too = picture is not None and theirs is not None and same_picture(picture[0], theirs)
                if other.id in known or alike_too:
                    return other
        return None

    def _same_set(self, entry: Entry) -> Entry | None:
        """The entry of the same set: of the same clip, else one that a paper log has of it."""
        if entry.clip is None:
            return None
        others = read_entries(self._connection, "clips.sha256 = ?", (entry.clip.sha256,))
        same = [other for other in others if _stretch(other) == _stretch(entry)]
        same += [other for other in others if other not in same and _overlap(other, entry)]
        if len(same) > 1:
            numbers = " and ".join(str(other.id) for other in same)
            raise LogbookError(
                f"{entry.clip.name} is in the logbook as sets {numbers}, which this analysis takes as one; delete them with"
                " `formcheck log delete` to log it as one, or analyse the sets one by one with --start and --end."
            )
        if same or entry.load is None:
            return same[0] if same else None
        day = entry.filmed_at.astimezone().date()
        near = read_entries(
            self._connection, "sets.exercise = ? AND sha256 IS NULL AND abs(julianday(filmed_at) - julianday(?)) < 2",
            (entry.exercise, day.isoformat()),
        )  # fmt: skip
        return next((other for other in near if _is_filmed(other, entry)), None)


def _stretch(entry: Entry) -> tuple[float, float | None] | None:
    return None if entry.clip is None else (entry.clip.start_s, entry.clip.end_s)


def _overlap(a: Entry, b: Entry) -> bool:
    """Whether two analyses of a clip have reps at the same times of the file."""
    (start_a, end_a), (start_b, end_b) = _span(a), _span(b)
    return min(end_a, end_b) > max(start_a, start_b)


def _span(entry: Entry) -> tuple[float, float]:
    """From the first rep to the last, in seconds of the file."""
    slow = entry.clip.slow_motion if entry.clip is not None else 1.0
    starts, ends = [rep.start_s for rep in entry.reps], [rep.end_s for rep in entry.reps]
    return slow * min(starts, default=0.0), slow * max(ends, default=0.0)


def _merged(before: Entry, new: Entry) -> tuple[Entry, tuple[str, ...]]:
    """The new analysis with the owner's edits, and the edits that contradict it."""
    own: dict[str, Any] = {name: getattr(before, name) for name in before.edited}
    if "filmed_at" in own:
        own["filmed_source"] = before.filmed_source
    elif before.filmed and DATE_SOURCES.index(before.filmed_source) < DATE_SOURCES.index(new.filmed_source):
        own |= {"filmed_at": before.filmed_at, "filmed_source": before.filmed_source}  # a copied clip lost its metadata
    own |= {name: getattr(before, name) for name in ("load", "who", "rpe") if getattr(new, name) is None}
    own["warm_up"] = new.warm_up or before.warm_up
    clip = new.clip
    if clip is not None and before.clip is not None and not clip.kept:
        clip = replace(clip, kept=before.clip.kept)
    merged = replace(new, **{**own, "notes": before.notes}, id=before.id, edited=before.edited, clip=clip)
    said_now = {"load": new.load, "leg": new.leg}
    kept = tuple(
        name for name in ("load", "leg") if name in before.edited and said_now[name] not in (None, getattr(before, name))
    )
    return merged, kept


def _is_filmed(paper: Entry, filmed: Entry) -> bool:
    """Whether a set of a paper log is the one that was filmed."""
    return (
        paper.load is not None
        and filmed.load is not None
        and (paper.exercise, paper.reps_done) == (filmed.exercise, filmed.reps_done)
        and paper.filmed_at.astimezone().date() == filmed.filmed_at.astimezone().date()
        and abs(paper.load.kg - filmed.load.kg) < 0.05
        and paper.leg in (None, filmed.leg)
        and (paper.who is None or filmed.who is None or paper.who == filmed.who)
        and not paper.warm_up
    )


def _paper_key(entry: Entry) -> tuple[Any, ...]:
    load = None if entry.load is None else round(entry.load.kg, 3)
    return (entry.who, entry.exercise, entry.variant, entry.leg, entry.filmed_at, load, entry.reps_done)
