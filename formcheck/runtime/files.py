"""Files that are complete or not there, and one program at a time in a folder."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from formcheck.errors import OUT, UsageError, output_error

#: What ends the name of an unfinished file, before the ending by which libraries know what to write.
_UNFINISHED = ".part"


def home_expanded(path: Path) -> Path:
    """A path whose `~` the shell has left alone, as it does in `--logbook=~/gym.sqlite` and in quoted variables."""
    return path.expanduser() if path.parts[:1] == ("~",) else path


def unfinished(path: Path) -> Path:
    """Make an empty file beside `path`, with its ending, to be renamed when it is whole.

    Its name is nobody else's, and it is made, never opened: what lies in the folder (a link to somewhere else, the file of
    another program or of another writer of the same) is not written through.

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
    """An empty new file that takes the place of `path` when the block has ended well, and is removed otherwise.

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
    """Write a text file, whole.

    Raises:
        OutputError: the disk refuses.
    """
    with atomic_write(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole; raises as `write_text` does."""
    with atomic_write(path) as partial:
        partial.write_bytes(content)


def remove_left_over(folder: Path) -> None:
    """Remove what writers that were killed left in a folder; the caller knows that nobody else writes there."""
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(folder)):
            name = Path(entry.name)
            ours = entry.name.startswith(".") and _UNFINISHED in (name.suffix, Path(name.stem).suffix)
            if ours and not entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)


# Names of files as text that every file and screen can hold.

#: What moves the cursor, colours a terminal, breaks a line or turns the direction of writing.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def readable(name: str) -> str:
    """A file name, or a sentence with one, as text of one line: bytes that are no UTF-8 (old disks have such names) are shown
    as `\\udc..`, control characters as `\\x1b`."""
    text = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


#: What a spreadsheet would take for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_text(text: str) -> str:
    """Text for a cell of a table: one that a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def plain_text(cell: str) -> str:
    """The text of such a cell, without the apostrophe."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA else cell


# One program at a time in an output folder; the lock goes with the process, however that ends.

LOCK_FILE = ".formcheck.lock"


@contextmanager
def folder_lock(folder: Path, what: str = "formcheck") -> Iterator[None]:
    """Hold the lock of an output folder, creating the folder if needed; remove what killed writers left there.

    Args:
        what: who works there, in the sentence for the other one.

    Raises:
        OutputError: the folder cannot be made or written to.
        UsageError: somebody else works there.
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
