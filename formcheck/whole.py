"""Files that are complete or not there: written under a name of their own beside their place, then renamed."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formcheck.errors import output_error

#: What ends the name of an unfinished file, before the ending by which libraries know what to write.
_UNFINISHED = ".part"


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
def written_whole(path: Path) -> Iterator[Path]:
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
    with written_whole(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole; raises as `write_text` does."""
    with written_whole(path) as partial:
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
