"""One program at a time in an output folder; the lock goes with the process, however that ends."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock

from formcheck.errors import UsageError, output_error
from formcheck.settings import OUT
from formcheck.whole import remove_left_over

LOCK_FILE = ".formcheck.lock"


@contextmanager
def only_one_in(folder: Path, what: str = "formcheck") -> Iterator[None]:
    """Hold the lock of an output folder, making the folder where needed; what killed writers left there is removed.

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
        raise UsageError(f"another {what} is working in {folder}; wait for it, or choose another {OUT}.") from None
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
