"""What a worker process may take of the computer, set within the process itself; its own workers inherit it."""

from __future__ import annotations

import os
from contextlib import suppress

try:
    import resource
except ImportError:  # Windows has no such limits: there only time is bounded, by the server
    resource = None  # type: ignore[assignment]

#: The largest file that a worker may write, bytes: an annotated video of a long clip has some hundred million.
LARGEST_FILE = 8 * 1024**3


def bound_process(memory: int, niceness: int) -> None:
    """Bound this process and those that it starts: `memory` bytes of private memory for each, no dumps, no endless file.

    With a `niceness` above 0 the work gives way to everything else on the computer.
    """
    if hasattr(os, "nice"):
        os.nice(niceness)
    os.umask(0o077)
    if resource is None:
        return
    # Private memory, not addresses: threads and models reserve far more of those than they ever use.
    for name, most in (("RLIMIT_DATA", memory), ("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", LARGEST_FILE)):
        kind = getattr(resource, name, None)
        if kind is not None:
            hard = resource.getrlimit(kind)[1]
            with suppress(ValueError, OSError):  # macOS refuses some of them
                resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def bound_seconds(more: float) -> None:
    """Let this process use `more` seconds of a processor from now on; at the bound the system ends it."""
    if resource is None:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    soft = int(usage.ru_utime + usage.ru_stime + more) + 1
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
