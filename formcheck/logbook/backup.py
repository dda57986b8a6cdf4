"""Backups of the logbook: a copy a day, always of a sound one, never over anything but the same day's; and the way back."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from formcheck.errors import UsageError

#: Days of which a backup is kept.
KEPT_DAYS = 7
_BESIDE = ("", "-wal", "-shm")


def backup_folder(path: Path) -> Path:
    """Where the backups of a logbook lie: `NAME.backups` beside it."""
    return path.with_name(f"{path.name}.backups")


def backups_of(path: Path) -> list[Path]:
    """The backups of a logbook, the newest first."""
    folder = backup_folder(path)
    found = [file for file in folder.glob("*.sqlite") if not file.name.startswith(".")] if folder.is_dir() else []
    return sorted(found, key=lambda file: (file.stat().st_mtime, file.name), reverse=True)


def back_up(connection: sqlite3.Connection, path: Path, label: str | None = None) -> Path:
    """Copy the logbook with SQLite's own backup, which gives a whole state even while others write.

    Without a `label` it is the copy of today, which replaces today's earlier one.

    Raises:
        sqlite3.Error, OSError: there is no room, or the folder cannot be written to.
    """
    folder = backup_folder(path)
    folder.mkdir(exist_ok=True)
    target = folder / f"{label or datetime.now().date().isoformat()}.sqlite"
    partial = folder / f".{target.name}.{os.getpid()}.part"
    try:
        with closing(sqlite3.connect(partial, isolation_level=None)) as copy:
            connection.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file that needs no others beside it
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    _tidy(path)
    return target


def _tidy(path: Path) -> None:
    """Keep the last days' copies and all that have a name of their own; remove what a killed process left."""
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
    """What to do about a damaged logbook, as half a sentence."""
    found = backups_of(path)
    if not found:
        return "there is no backup of it: move it away to begin a new one"
    when = datetime.fromtimestamp(found[0].stat().st_mtime).strftime("%d %B %Y %H:%M")
    return f"`formcheck log restore` puts the backup of {when} in its place and keeps the damaged file"


def restore(path: Path, backup: Path | None = None) -> tuple[Path, Path | None]:
    """Put a backup (the newest sound one, where none is named) in the logbook's place; the old file is moved aside.

    Returns:
        The backup, and where the old file is now (None where there was none).

    Raises:
        UsageError: there is no sound backup.
    """
    candidates = [backup] if backup is not None else backups_of(path)
    sound = next((file for file in candidates if _is_sound(file)), None)
    if sound is None:
        where = backup if backup is not None else backup_folder(path)
        raise UsageError(f"there is no sound backup of the logbook in {where}; name another one.")
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
    """The name, or one with a number where it is taken."""
    names = [path, *(path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, 1000))]
    return next(name for name in names if not name.exists())


def _is_sound(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return [row[0] for row in connection.execute("PRAGMA integrity_check(1)")] == ["ok"]
    except sqlite3.Error:
        return False
