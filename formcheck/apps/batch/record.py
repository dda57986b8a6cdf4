"""`batch.json`, the record of a finished clip, and publishing its folder atomically.

A clip's outputs are written to `.NAME.formcheck.part`, with the record last; then the folder is renamed to `NAME.formcheck`.
So a folder of that name is always complete, and an older one stays until it is replaced.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from formcheck.outputs.folder import REUSABLE, is_own
from formcheck.results.corrections import FILE as CORRECTIONS
from formcheck.runtime.files import BATCH_RECORD, atomic_write, folder_lock

SCHEMA = "formcheck.apps.batch-clip/1"
#: Length of the start of a record that contains the clip's name, bytes.
_START_BYTES = 8192
_CLIP = re.compile(r'\{"schema": "[^"]*", "clip": ("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True)
class Record:
    """The result of a clip, and what it depends on.

    Attributes:
        clip: its path below the batch folder.
        tag: changes with the file (size and modification time), which saves reading it again.
        sha256: of its contents.
        key: of options, limits, model and software version.
        outcome: "failed" is final too: the same file would fail again.
        reason: of the failure.
        files: size in bytes of every file in the folder.
        row, reps: its row of `summary.csv` and its rows of `reps.csv`.
        further: rows of `summary.csv` of the second and every further set in the clip.
        by_hand: it was judged again by hand, and `row` and `reps` are from that.
    """

    clip: str
    tag: str
    sha256: str
    key: str
    outcome: Literal["analysed", "failed"]
    reason: str = ""
    files: dict[str, int] = field(default_factory=dict)
    row: dict[str, Any] = field(default_factory=dict)
    reps: list[dict[str, Any]] = field(default_factory=list)
    by_hand: bool = False
    further: list[dict[str, Any]] = field(default_factory=list)


def read_record(folder: Path, *, complete: bool = True) -> Record | None:
    """The record of a folder; None without one, or with `complete` if a listed file is missing or has another size."""
    base = os.fspath(folder)  # strings are faster: a batch may read 10,000 records
    try:
        with open(f"{base}/{BATCH_RECORD}", "rb") as stream:
            data = json.loads(stream.read())
        if data.pop("schema") != SCHEMA:
            return None
        record = Record(**data)
        if complete and any(os.stat(f"{base}/{name}").st_size != size for name, size in record.files.items()):
            return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return record


def owner_of(folder: Path) -> str | None:
    """The clip of an output folder, from the start of its record; None without one."""
    try:
        with (folder / BATCH_RECORD).open("rb") as stream:
            start = stream.read(_START_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
    found = _CLIP.match(start)
    return None if found is None else str(json.loads(found.group(1)))


def write_record(folder: Path, record: Record) -> None:
    """Sync all files of the folder to the disk, then write the record."""
    for name in record.files:
        _flush(folder / name)
    with atomic_write(folder / BATCH_RECORD) as partial, partial.open("w", encoding="utf-8") as stream:
        json.dump({"schema": SCHEMA, **asdict(record)}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    _flush(folder)


def part_of(folder: Path) -> Path:
    """The folder in which the outputs of `folder` are written first."""
    return folder.with_name(f".{folder.name}.part")


def publish(folder: Path) -> None:
    """Rename the finished part to `folder`, replacing an older one but keeping the user's own files in it.

    Raises:
        UsageError: the older folder is locked by another program.
    """
    with folder_lock(folder) if folder.exists() else contextlib.nullcontext():
        _publish(folder)


def _publish(folder: Path) -> None:
    part, old = part_of(folder), folder.with_name(f".{folder.name}.old")
    if old.exists():  # a crash between the two renames below, or after them
        _keep_foreign(old, part)
        shutil.rmtree(old)
    if folder.exists():
        os.rename(folder, old)
    os.rename(part, folder)
    _flush(folder.parent)
    if old.exists():
        _keep_foreign(old, folder)
        shutil.rmtree(old)


def recover(folder: Path) -> None:
    """Finish an interrupted `publish`."""
    above, name = os.path.split(folder)
    if os.path.exists(folder) and not os.path.exists(f"{above}/.{name}.old"):
        return
    old = folder.with_name(f".{folder.name}.old")
    if not folder.exists():
        if read_record(part_of(folder)) is not None:
            publish(folder)
        elif old.exists():
            os.rename(old, folder)
    else:
        _keep_foreign(old, folder)
        shutil.rmtree(old)


def begin(folder: Path, *, afresh: bool) -> Path:
    """Prepare the part of `folder`, with reusable files of an earlier attempt or result unless `afresh`."""
    part = part_of(folder)
    if part.is_symlink() or part.is_file():
        part.unlink()
    part.mkdir(parents=True, exist_ok=True)
    clear(part, keep=() if afresh else REUSABLE)
    for name in (CORRECTIONS,) if afresh else (CORRECTIONS, *REUSABLE):  # what a person said holds in any case
        if not (part / name).exists() and (folder / name).is_file():
            shutil.copyfile(folder / name, part / f".{name}.copy")
            os.replace(part / f".{name}.copy", part / name)
    return part


def clear(folder: Path, keep: tuple[str, ...] = ()) -> None:
    """Remove everything in the folder except the named files."""
    for entry in list(os.scandir(folder)):
        if entry.name in keep and entry.is_file(follow_symlinks=False):
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def sizes(folder: Path) -> dict[str, int]:
    """Files below a folder with their sizes, without the record."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != BATCH_RECORD)
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in found}


def _keep_foreign(old: Path, new: Path) -> None:
    for entry in list(os.scandir(old)):
        if not is_own(entry.name) and not entry.name.startswith(".") and not (new / entry.name).exists():
            os.rename(entry.path, new / entry.name)


def _flush(path: Path) -> None:
    """Sync a file or folder to the disk, if the system can."""
    with contextlib.suppress(PermissionError, IsADirectoryError):  # folders on Windows
        descriptor = os.open(path, os.O_RDONLY)
        try:
            with contextlib.suppress(OSError):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
