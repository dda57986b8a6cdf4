"""The logbook's database: where it is, schema migrations, backups, opening and checking.

Released migrations are never changed; an older logbook runs those that it lacks.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from platformdirs import user_data_path

from formcheck.errors import FormcheckError, UsageError
from formcheck.runtime.files import home_expanded
from formcheck.runtime.sqlite import PATIENCE_S, bring_up, use_wal, version_of

#: SQLite application id of a logbook ("FCLB").
APPLICATION_ID = 0x46434C42

_FIRST = (
    """
    CREATE TABLE sets (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        exercise TEXT NOT NULL,
        variant TEXT,
        leg TEXT CHECK (leg IN ('left', 'right')),
        filmed_at TEXT NOT NULL,
        filmed_source TEXT NOT NULL CHECK (filmed_source IN ('user', 'metadata', 'name', 'file')),
        logged_at TEXT NOT NULL,
        load_kg REAL CHECK (load_kg >= 0),
        load_unit TEXT CHECK (load_unit IN ('kg', 'lb')),
        reps_done INTEGER NOT NULL CHECK (reps_done >= 0),
        notes TEXT NOT NULL DEFAULT '',
        side TEXT CHECK (side IN ('left', 'right')),
        software TEXT NOT NULL DEFAULT '',
        edited TEXT NOT NULL DEFAULT '',
        CHECK ((load_kg IS NULL) = (load_unit IS NULL))
    )
    """,
    # `end_s` is -1 for the clip's end, since NULLs are not equal and a clip could be logged twice.
    """
    CREATE TABLE clips (
        set_id INTEGER PRIMARY KEY REFERENCES sets (id) ON DELETE CASCADE,
        sha256 TEXT NOT NULL,
        start_s REAL NOT NULL,
        end_s REAL NOT NULL,
        name TEXT NOT NULL,
        path TEXT NOT NULL,
        folder TEXT NOT NULL,
        slow_motion REAL NOT NULL,
        kept TEXT,
        UNIQUE (sha256, start_s, end_s)
    )
    ""","""
    CREATE TABLE reps (
        set_id INTEGER NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        verdict TEXT NOT NULL CHECK (verdict IN ('clean', 'fault', 'borderline', 'not_judged')),
        not_judged_because TEXT,
        start_s REAL NOT NULL,
        turn_s REAL NOT NULL,
        turn_end_s REAL NOT NULL,
        end_s REAL NOT NULL,
        lowering_s REAL,
        pause_s REAL,
        lifting_s REAL,
        range_deg REAL NOT NULL,
        velocity_m_s REAL,
        measures TEXT NOT NULL,
        PRIMARY KEY (set_id, number)
    )
    ""","""
    CREATE TABLE findings (
        set_id INTEGER NOT NULL,
        rep INTEGER NOT NULL,
        rule TEXT NOT NULL,
        severity TEXT NOT NULL CHECK (severity IN ('fault', 'borderline', 'info')),
        time_s REAL NOT NULL,
        value REAL NOT NULL,
        limit_value REAL NOT NULL,
        unit TEXT NOT NULL,
        confidence REAL NOT NULL,
        message TEXT NOT NULL,
        cue TEXT NOT NULL,
        FOREIGN KEY (set_id, rep) REFERENCES reps (set_id, number) ON DELETE CASCADE
    )
    ""","""
    CREATE TABLE not_judged (
        set_id INTEGER NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
        rule TEXT NOT NULL,
        rep INTEGER,
        reason TEXT NOT NULL,
        code TEXT
    )
    """,
    "CREATE INDEX findings_of_set ON findings (set_id, rep)",
    "CREATE INDEX not_judged_of_set ON not_judged (set_id)",
    "CREATE INDEX sets_by_exercise ON sets (exercise)",
)

_PICTURES = (
    """
    CREATE TABLE pictures (
        set_id INTEGER PRIMARY KEY REFERENCES sets (id) ON DELETE CASCADE,
        jpeg BLOB NOT NULL,
        time_s REAL NOT NULL
    )
    """,
)

#: Reps and findings get the names and fields of `analysis.json`; the velocity becomes one of the measures.
_FIELDS = (
    'ALTER TABLE reps RENAME COLUMN number TO "index"',
    "ALTER TABLE reps RENAME COLUMN lowering_s TO eccentric_s",
    "ALTER TABLE reps RENAME COLUMN lifting_s TO concentric_s",
    "ALTER TABLE reps ADD COLUMN shot INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE reps DROP COLUMN velocity_m_s",
    "UPDATE reps SET measures = replace(measures, '\"lifting_velocity_', '\"concentric_velocity_')",
    'ALTER TABLE findings RENAME COLUMN limit_value TO "limit"',
    "ALTER TABLE findings ADD COLUMN frame INTEGER NOT NULL DEFAULT 0",
)

#: Who lifted, how hard it was, warm-ups, dumbbells in each hand, other encodings of a logged clip, and a journal of changes
#: that can be undone. `load_kg` stays the whole load, of all `load_pieces` together. `set_id` in `changed_sets` refers to no
#: row: a deleted set has none. A later migration that renames a column empties the journal, which holds rows by column.
_PEOPLE = (
    "ALTER TABLE sets ADD COLUMN who TEXT CHECK (who <> '')",
    "ALTER TABLE sets ADD COLUMN rpe REAL CHECK (rpe BETWEEN 0 AND 10)",
    "ALTER TABLE sets ADD COLUMN warm_up INTEGER NOT NULL DEFAULT 0 CHECK (warm_up IN (0, 1))",
    "ALTER TABLE sets ADD COLUMN load_pieces INTEGER NOT NULL DEFAULT 1 CHECK (load_pieces IN (1, 2))",
    """
    CREATE TABLE copies (
        sha256 TEXT NOT NULL,
        set_id INTEGER NOT NULL REFERENCES sets (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        PRIMARY KEY (sha256, set_id)
    )
    """,
    """
    CREATE TABLE changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at TEXT NOT NULL,
        what TEXT NOT NULL,
        undone_at TEXT
    )
    """,
    """
    CREATE TABLE changed_sets (
        change_id INTEGER NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
        set_id INTEGER NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('added', 'edited', 'deleted')),
        before TEXT NOT NULL DEFAULT '{}',
        PRIMARY KEY (change_id, set_id)
    )
    """,
    "CREATE INDEX sets_by_person ON sets (who)",
    "CREATE INDEX changes_of_set ON changed_sets (set_id)",
)

#: Migration i leads from `user_version` i to i + 1.
STEPS: tuple[tuple[str, ...], ...] = (_FIRST, _PICTURES, _FIELDS, _PEOPLE)
VERSION = len(STEPS)


# Daily backups, always of a sound logbook, and restoring them.

#: Number of daily backups kept.
KEPT_DAYS = 7
_BESIDE = ("", "-wal", "-shm")


def backup_folder(path: Path) -> Path:
    """The folder of a logbook's backups: `NAME.backups` beside it."""
    return path.with_name(f"{path.name}.backups")


def backups_of(path: Path) -> list[Path]:
    """The backups of a logbook, the newest first."""
    folder = backup_folder(path)
    found = [file for file in folder.glob("*.sqlite") if not file.name.startswith(".")] if folder.is_dir() else []
    return sorted(found, key=lambda file: (file.stat().st_mtime, file.name), reverse=True)


def back_up(connection: sqlite3.Connection, path: Path, label: str | None = None) -> Path:
    """Copy the logbook with SQLite's backup, which is consistent even while others write.

    Without a `label` it is today's backup, which replaces an earlier one of today.

    Raises:
        sqlite3.Error, OSError: the backup cannot be written.
    """
    folder = backup_folder(path)
    folder.mkdir(exist_ok=True)
    target = folder / f"{label or datetime.now().date().isoformat()}.sqlite"
    partial = folder / f".{target.name}.{os.getpid()}.part"
    try:
        with closing(sqlite3.connect(partial, isolation_level=None)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # a single file
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    _tidy(path)
    return target


def _tidy(path: Path) -> None:
    """Keep the latest daily backups and all labelled ones; remove remains of killed processes."""
    folder = backup_folder(path)
    days = [file for file in backups_of(path) if _is_day(file.stem)]
    for old in sorted(days, key=lambda file: file.stem, reverse=True)[KEPT_DAYS:]:
        old.unlink(missing_ok=True)
    for left in folder.glob(".*.part*"):
        with suppress(OSError):
            if datetime.now().timestamp() - left.stat().st_mtime > 3600:
                left.unlink()


def _is_day(name: str) -> bool:
    with suppress(ValueError):
        return bool(datetime.strptime(name, "%Y-%m-%d"))
    return False


def newest_text(path: Path) -> str:
    """Advice for a damaged logbook, as part of a sentence."""
    found = backups_of(path)
    if not found:
        return "there is no backup of it: move it away to begin a new one"
    when = datetime.fromtimestamp(found[0].stat().st_mtime).strftime("%d %B %Y %H:%M")
    return f"`formcheck log restore` puts the backup of {when} in its place and keeps the damaged file"


def restore(path: Path, backup: Path | None = None) -> tuple[Path, Path | None]:
    """Restore a backup (by default the newest sound one); the old file is moved aside.

    Returns:
        The backup, and the new path of the old file (None without one).

    Raises:
        UsageError: there is no sound backup.
    """
    candidates = [backup] if backup is not None else backups_of(path)
    sound = next((file for file in candidates if _is_sound(file)), None)
    if sound is None:
        where = backup if backup is not None else backup_folder(path)
        raise UsageError(f"there is no intact backup of the logbook in {where}; name another one.")
    ready = path.with_name(f".{path.name}.restored")
    shutil.copyfile(sound, ready)
    aside = None
    if path.exists():
        aside = _free(path.with_name(f"{path.stem}-until-{datetime.now():%Y%m%d-%H%M%S}{path.suffix}"))
        for ending in _BESIDE:
            with suppress(FileNotFoundError):
                os.rename(f"{path}{ending}", f"{aside}{ending}")
    else:
        for ending in _BESIDE[1:]:
            Path(f"{path}{ending}").unlink(missing_ok=True)
    os.replace(ready, path)
    return sound, aside


def _free(path: Path) -> Path:
    """The path, with a number if it exists."""
    names = [path, *(path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, 1000))]
    return next(name for name in names if not name.exists())


def _is_sound(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute("PRAGMA integrity_check(1)")] == ["ok"]
    except sqlite3.Error:
        return False


# Opening: checks, migrations, and errors as one sentence.

class LogbookError(FormcheckError):
    """The logbook cannot be read or written; it is unchanged."""

    exit_code = 6


class DamagedError(LogbookError):
    """The file is damaged or missing."""


def connect(path: Path) -> sqlite3.Connection:
    """Open, create or migrate the logbook at `path`, and check it.

    Raises:
        DamagedError: it is damaged, or missing while there are backups.
        LogbookError: it is of another program or a newer formcheck, or cannot be opened.
    """
    _refuse_lost(path)
    with said(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)
    try:
        with said(path):
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")  # logged sets survive a power cut
            _check(connection, path)
            use_wal(connection)
            bring_up(connection, APPLICATION_ID, STEPS, lambda version: _back_up_before(path, version))
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def said(path: Path) -> Iterator[None]:
    """Raise errors of SQLite and the disk as `LogbookError`."""
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
        raise  # a bug, not a damaged file
    except sqlite3.DatabaseError as error:
        raise damaged(path, str(error)) from None
    except OSError as error:
        raise LogbookError(
            f"the logbook {path} cannot be used ({error.strerror or error}); choose another file with --logbook."
        ) from None


def damaged(path: Path, reason: str) -> DamagedError:
    """The error for an unreadable logbook, with its backup."""
    return DamagedError(f"the logbook {path} is damaged ({reason}) and was left as it is; {newest_text(path)}.")


def _refuse_lost(path: Path) -> None:
    """Raise an error if the logbook vanished or was emptied, since a new one and its backup would hide the loss."""
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
    version = version_of(connection, APPLICATION_ID)
    if version is None:
        raise LogbookError(f"{path} is a database of another program; expected a logbook of formcheck. Choose another file.")
    if version > VERSION:
        raise LogbookError(
            f"the logbook {path} was written by a newer formcheck (version {version} of its tables, this one knows {VERSION});"
            " update formcheck."
        )


def _back_up_before(path: Path, version: int) -> None:
    with closing(sqlite3.connect(path)) as before:  # which sees what was there before the transaction that is under way
        back_up(before, path, f"before-version-{version + 1}")


# Where the logbook is, and copies of videos beside it.

NAME = "logbook.sqlite"


def logbook_path(named: Path | None = None) -> Path:
    """The logbook's file; by default in the system's place for user data."""
    return home_expanded(named) if named is not None else user_data_path("formcheck", appauthor=False) / NAME


def keep_video(clip: Path, sha256: str, logbook: Path) -> str:
    """Copy a clip beside the logbook, atomically, named by its hash, unless it exists; return the copy's relative path.

    Raises:
        LogbookError: the copy cannot be written.
    """
    folder = logbook.with_name(f"{logbook.name}.videos")
    target = folder / f"{sha256[:24]}{clip.suffix.lower()}"
    with said(logbook):
        folder.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.stat().st_size != clip.stat().st_size:
            partial = folder / f".{target.name}.{os.getpid()}.part"
            try:
                shutil.copy2(clip, partial)
                os.replace(partial, target)
            finally:
                with suppress(OSError):
                    partial.unlink(missing_ok=True)
    return f"{folder.name}/{target.name}"
