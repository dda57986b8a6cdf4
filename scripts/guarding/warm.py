"""Many commands without starting Python for each: modules are imported once, and every command runs in a fork of its own.

Run as a script, it reads a line of JSON for every command (its arguments) and answers with one (exit code and texts).
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parents[1]))  # behind the formcheck that is recorded

from processes import forked


class WarmCommands:
    """So many processes, each for one command at a time; further callers wait.

    Args:
        entry: module and function of the command line.
        folder: where commands run.
        patience_s: a command is ended after this time.
    """

    def __init__(self, entry: tuple[str, str], folder: Path, env: Mapping[str, str], jobs: int, patience_s: float) -> None:
        start = ["nice", "-n", "5", sys.executable, __file__, *entry, str(int(patience_s))]
        self._all = [
            subprocess.Popen(start, cwd=folder, env=dict(env), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(jobs)
        ]
        self._free: queue.SimpleQueue[subprocess.Popen[str]] = queue.SimpleQueue()
        for process in self._all:
            self._free.put(process)

    def run(self, arguments: Sequence[str]) -> dict[str, Any]:
        """Run a command; `exit`, `stdout` and `stderr`."""
        process = self._free.get()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError):
                process.stdin.write(json.dumps(list(arguments)) + "\n")
                process.stdin.flush()
            answer = process.stdout.readline()
            if not answer:
                raise SystemExit(f"somebody ended the process that runs commands (exit code {process.wait()}); record again.")
            return dict(json.loads(answer))
        finally:
            self._free.put(process)

    def __enter__(self) -> WarmCommands:
        return self

    def __exit__(self, *ended: object) -> None:
        for process in self._all:
            assert process.stdin is not None
            with suppress(OSError):
                process.stdin.close()
            process.wait()


def serve(module: str, function: str, patience_s: int) -> None:
    """Answer commands until the input ends."""
    importlib.import_module(module)
    for line in sys.stdin:
        with tempfile.TemporaryDirectory() as kept:
            said = (Path(kept, "stdout"), Path(kept, "stderr"))
            imported = Path(kept, "modules")
            child = forked(partial(_run, module, function, patience_s, imported), json.loads(line), said)
            status = os.waitpid(child, 0)[1]
            texts = [file.read_text(encoding="utf-8", errors="backslashreplace") for file in said]
            if imported.is_file():
                _import(json.loads(imported.read_text()))
        answer = {"exit": os.waitstatus_to_exitcode(status), "stdout": texts[0], "stderr": texts[1]}
        print(json.dumps(answer), flush=True)


def _run(module: str, function: str, patience_s: int, imported: Path) -> None:
    """In the fork: the command, and then which modules it has imported."""
    signal.alarm(patience_s)
    try:
        getattr(sys.modules[module], function)()
    finally:
        imported.write_text(json.dumps([name for name in sys.modules if not name.startswith("__")]))


def _import(modules: list[str]) -> None:
    """Import what a command needed, so that the next one finds it."""
    for name in modules:
        if name not in sys.modules:
            with suppress(Exception):
                importlib.import_module(name)


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2], int(sys.argv[3]))
