"""Running a command of formcheck in a process of its own, with the stand-in for the pose model."""

from __future__ import annotations

import os
import resource
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import formcheck.apps.commands
import formcheck.apps.compare.command
import formcheck.pipeline  # noqa: F401  # loaded once, for all cases
from formcheck.apps.cli import main as formcheck_main
from formcheck.options import LOGBOOK_VARIABLE
from fuzzing.stand_in import installed
from processes import forked

#: A command that computes, or waits, for longer has hung; one that wants more memory has been made to.
MOST_COMPUTING_S, MOST_WAITING_S, MOST_BYTES = 60, 300, 6 << 30
HUNG = -1


@dataclass(frozen=True)
class Ran:
    """How a command ended: its exit code (`HUNG`, or -1000 minus the signal), and what it wrote."""

    words: tuple[str, ...]
    code: int
    stdout: str
    stderr: str


def run(words: list[str], home: Path) -> Ran:
    """Run `formcheck` with these words; `home` is the user's home, where the logbook is too."""
    home.mkdir(exist_ok=True)
    child = forked(lambda: _command(home), words, (home / "stdout", home / "stderr"), crashed=70)
    began = time.monotonic()
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() - began > MOST_WAITING_S:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return Ran(tuple(words), HUNG, "", "")
        time.sleep(0.01)
    code = os.waitstatus_to_exitcode(ended[1])
    code = HUNG if code == -signal.SIGXCPU else code - 1000 if code < 0 else code
    said = [(home / name).read_text(encoding="utf-8", errors="replace") for name in ("stdout", "stderr")]
    return Ran(tuple(words), code, *said)


def _command(home: Path) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_COMPUTING_S, MOST_COMPUTING_S + 5))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ.update({"HOME": str(home), LOGBOOK_VARIABLE: str(home / "logbook.sqlite"), "COLUMNS": "200"})
    os.chdir(home)
    with installed():
        formcheck_main()
