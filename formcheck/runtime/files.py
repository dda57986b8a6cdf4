"""Files: atomic writes, folder locks, readable names, the files of a clip's folder, and the shipped model weights."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from formcheck.errors import OUT, UsageError, output_error

#: End of a temporary file's name, before the suffix by which libraries choose the format.
_UNFINISHED = ".part"


def home_expanded(path: Path) -> Path:
    """A path with `~` expanded, which shells do not do in `--logbook=~/gym.sqlite` or in quoted variables."""
    return path.expanduser() if path.parts[:1] == ("~",) else path


def unfinished(path: Path) -> Path:
    """Create an empty temporary file beside `path`, with its suffix, to be renamed when complete.

    The name is unique and the file is created exclusively: existing links and other programs' files are never written to.

    Raises:
        OutputError: the disk refuses.
    """
    partial = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{_UNFINISHED}{path.suffix}")
    try:
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except OSError as error:
        raise output_error(path, error) from None
    return partial


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """A temporary file that replaces `path` when the block succeeds, and is removed otherwise.

    A link at `path` itself is replaced, not followed; see `unfinished`.

    Raises:
        OutputError: the disk refuses.
    """
    partial = unfinished(path)
    try:
        yield partial
        os.replace(partial, path)
    except OSError as error:
        raise output_error(path, error) from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically.

    Raises:
        OutputError: the disk refuses.
    """
    with atomic_write(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file atomically; raises as `write_text` does."""
    with atomic_write(path) as partial:
        partial.write_bytes(content)


def remove_left_over(folder: Path) -> None:
    """Remove temporary files of killed writers; the caller holds the folder's lock."""
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            name = Path(entry.name)
            ours = entry.name.startswith(".") and _UNFINISHED in (name.suffix, Path(name.stem).suffix)
            if ours and not entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)


# Names of files as text that every file and screen can hold.

#: Control characters: cursor movement, colours, line breaks and writing direction.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def readable(name: str) -> str:
    """A file name, or a sentence with one, as text of one line: bytes that are no UTF-8 (old disks have such names) are shown
    as `\\udc..`, control characters as `\\x1b`."""
    text = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


#: Characters that start a formula in a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(text: str) -> str:
    """A table cell with an apostrophe in front where a spreadsheet would see a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def csv_cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose texts are safe in a spreadsheet."""
    return {column: csv_text(value) if isinstance(value, str) else value for column, value in row.items()}


def plain_text(cell: str) -> str:
    """Inverse of `csv_text`."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA else cell


# One program at a time in an output folder; the lock goes with the process, however that ends.

LOCK_FILE = ".formcheck.lock"


@contextmanager
def folder_lock(folder: Path, what: str = "formcheck") -> Iterator[None]:
    """Lock an output folder, creating it if needed; remove temporary files of killed writers.

    Args:
        what: the holder, as the error for others names it.

    Raises:
        OutputError: the folder cannot be created or written to.
        UsageError: it is locked by another process.
    """
    path = folder / LOCK_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = filelock.FileLock(path, timeout=0)
        held.acquire()
    except filelock.Timeout:
        raise UsageError(f"another {what} is working in {folder}; wait for it, or choose another {OUT}.", OUT) from None
    except OSError as error:
        raise output_error(folder / "analysis.json", error) from None
    try:
        remove_left_over(folder)
        yield
    finally:
        if sys.platform != "win32":  # there an open file cannot be removed
            # Removed while it is held: who waits for it then sees that its name is gone and makes a new one.
            with contextlib.suppress(OSError):
                path.unlink()
        held.release()


def models_folder() -> Path:
    """The folder with the shipped weights: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "models"
    return installed if installed.is_dir() else package.parent / "models"


def expected_sha256(file_name: str) -> str:
    """The expected checksum of a shipped file, from `SHA256SUMS`; empty if not listed."""
    listing = models_folder() / "SHA256SUMS"
    if listing.is_file():
        for line in listing.read_text().splitlines():
            digest, _, listed = line.partition("  ")
            if listed == file_name:
                return digest
    return ""


# The files that formcheck writes into the folder of a clip: the only list of them.

ANALYSIS, ANGLES = "analysis.json", "angles.csv"
TRACK, BAR = "track.npz", "bar.npz"
VIDEO, REPORT, SINGLE = "annotated.mp4", "report.html", "to-send.html"
THUMBNAIL, SNAPSHOTS = "thumbnail.jpg", "snapshots"
BATCH_RECORD = "batch.json"


@dataclass(frozen=True)
class OutputFile:
    """A file of the folder.

    Attributes:
        reusable: kept from one analysis to the next: expensive to compute, and states what it was computed from.
        shown: shows the analysis to people; optional.
        media_type: for `formcheck serve`; "" if it is not served.
    """

    name: str
    reusable: bool = False
    shown: bool = False
    media_type: str = ""


OUTPUT_FILES = (
    OutputFile(ANALYSIS, media_type="application/json"),
    OutputFile(ANGLES, media_type="text/csv; charset=utf-8"),
    OutputFile(TRACK, reusable=True),
    OutputFile(BAR, reusable=True),
    OutputFile(REPORT, shown=True),  # given as a page, with the policy that its scripts need
    OutputFile(SINGLE, shown=True),
    OutputFile(VIDEO, shown=True, media_type="video/mp4"),
    OutputFile(THUMBNAIL, media_type="image/jpeg"),
    OutputFile(SNAPSHOTS),
    OutputFile(BATCH_RECORD),
)
