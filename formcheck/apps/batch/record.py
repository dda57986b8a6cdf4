"""When a clip is done: `batch.json`, written last into a folder that gets its real name only then.

A clip's outputs are made in `.NAME.formcheck.part`. When all of them are on the disk, the record is written, and the folder
is renamed to `NAME.formcheck`. So a folder of that name is complete, whatever ended the program and whenever; an older
complete one stays in place until the newer one takes over.
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
from formcheck.runtime.files import atomic_write, folder_lock

RECORD = "batch.json"
SCHEMA = "formcheck.apps.batch-clip/1"
#: How a record begins: enough to tell whose it is without reading all of it.
_START_BYTES = 8192
_CLIP = re.compile(r'\{"schema": "[^"]*", "clip": ("(?:[^"\\]|\\.)*")')


@dataclass(frozen=True)
class Record:
    """What came of a clip, and what that depended on.

    Attributes:
        clip: its path below the batch folder.
        tag: changes when the file changes (size and time of last change); saves reading the file again.
        sha256: of its bytes.
        key: of options, limits, model and software version.
        outcome: "failed" is as final as "analysed": the same file would fail again.
        reason: why it failed.
        files: size in bytes of every file in the folder.
        row, reps: its row of `summary.csv` and its rows of `reps.csv`.
        further: rows of `summary.csv` for the second and every further set that it shows.
        by_hand: it was judged again in its folder since (see `by_hand`), and `row` and `reps` say what came of that.
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
    """The record of a folder; None when there is none, or (`complete`) a file that it lists is missing or has another size."""
    base = os.fspath(folder)  # plain strings: a batch of 10,000 clips reads 10,000 records before it starts
    try:
        with open(f"{base}/{RECORD}", "rb") as stream:
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
    """The clip that an output folder belongs to, by the start of its record; None where there is no such folder."""
    try:
        with (folder / RECORD).open("rb") as stream:
            start = stream.read(_START_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
    found = _CLIP.match(start)
    return None if found is None else str(json.loads(found.group(1)))


def write_record(folder: Path, record: Record) -> None:
    """Write the record; before it, everything that it lists reaches the disk (a power cut loses unwritten pages)."""
    for name in record.files:
        _flush(folder / name)
    with atomic_write(folder / RECORD) as partial, partial.open("w", encoding="utf-8") as stream:
        json.dump({"schema": SCHEMA, **asdict(record)}, stream)
        stream.flush()
        os.fsync(stream.fileno())
    _flush(folder)


def part_of(folder: Path) -> Path:
    """The folder in which the outputs of `folder` are made."""
    return folder.with_name(f".{folder.name}.part")


def publish(folder: Path) -> None:
    """Give the finished part its real name. An older folder gives way; the user's own files in it move over.

    Raises:
        UsageError: somebody works in the older folder, for example draws it again.
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
    """Finish a `publish` that was cut short at any point."""
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
    """An empty part for `folder`, with what an earlier attempt or result left that saves time (unless `afresh`)."""
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
    """Remove everything in the folder but the named files."""
    for entry in list(os.scandir(folder)):
        if entry.name in keep and entry.is_file(follow_symlinks=False):
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            os.unlink(entry.path)


def sizes(folder: Path) -> dict[str, int]:
    """The files below a folder and their bytes, without the record."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != RECORD)
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in found}


def _keep_foreign(old: Path, new: Path) -> None:
    for entry in list(os.scandir(old)):
        if not is_own(entry.name) and not entry.name.startswith(".") and not (new / entry.name).exists():
            os.rename(entry.path, new / entry.name)


def _flush(path: Path) -> None:
    """Push a file or folder to the disk, where the system can."""
    with contextlib.suppress(PermissionError, IsADirectoryError):  # Windows opens no folders
        descriptor = os.open(path, os.O_RDONLY)
        try:
            with contextlib.suppress(OSError):
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
