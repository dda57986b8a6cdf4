"""One batch at a time in an output folder; the lock goes with the process, however it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from formcheck.errors import UsageError

LOCK_FILE = ".formcheck-batch.lock"


@contextmanager
def only_batch_in(out: Path) -> Iterator[None]:
    """Hold the lock of an output folder, making the folder where needed.

    Raises:
        UsageError: another batch works there, or the folder cannot be written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        stream = (out / LOCK_FILE).open("w")
    except OSError as error:
        raise UsageError(f"the output folder {out} cannot be written to ({error.strerror}); choose another --out.") from None
    with stream:
        if not _locked(stream.fileno()):
            raise UsageError(f"another formcheck batch is working in {out}; wait for it, or choose another --out.")
        yield


def _locked(descriptor: int) -> bool:
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a network disk without locks: go on rather than refuse
    return True
