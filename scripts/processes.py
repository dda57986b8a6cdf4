"""Programs of this checkout as processes of their own: started, looked at, or forked with what they say kept in files."""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]


def environment(**more: str) -> dict[str, str]:
    """The environment in which this checkout's formcheck is found first, even where another one is installed."""
    paths = os.pathsep.join(filter(None, (str(CHECKOUT), os.environ.get("PYTHONPATH"))))
    return {**os.environ, "PYTHONPATH": paths, **more}


def formcheck(*words: str) -> list[str]:
    """The command line that runs `formcheck` with these words in `environment()`."""
    return [sys.executable, "-m", "formcheck.apps.cli", *words]


def children_of(pid: int) -> list[int]:
    """Process numbers of the children, as `ps` tells them."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=False)
    return [int(child) for child, parent in map(str.split, listed.stdout.splitlines()) if int(parent) == pid]


def alive(pid: int) -> bool:
    """Whether the process still runs; one that nobody has buried yet does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def forked(main: Callable[[], Any], words: Sequence[str], said: tuple[Path, Path], *, crashed: int = 1) -> int:
    """Run `main` as the program `formcheck` with these words, in a fork of this process; returns its number.

    Args:
        said: the files of its output and of its errors.
        crashed: its exit code where an exception ends it.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child:
        return child
    code: Any = crashed
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, file in enumerate(said, 1):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        sys.argv = ["formcheck", *words]
        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)
