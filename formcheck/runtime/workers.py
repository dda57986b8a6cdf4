"""Worker processes: starting them, messaging, and making sure that they end with their parent.

A worker reads messages (see `messages`) from its standard input and writes answers to its standard output. A crash or a hang
ends the worker, never the program.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from formcheck.runtime import messages

#: What a worker process is started with (`python -c`): the parent's module path replaces the current folder, so that a
#: `random.py` lying beside the clips is never imported.
BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from {module} import main; main()"
#: Exit code of a worker that received invalid data.
NO_MESSAGE = 3
#: A job that has killed this many workers is given up.
DEATHS_TO_GIVE_UP = 2


class WorkerDiedError(Exception):
    """The worker process died, or hung and was killed, while it worked on this task."""


def worker_command(module: str, *words: str) -> list[str]:
    """The command line of a worker process that runs `main` of a module; `Parent.words` has the words there."""
    paths = [str(Path(entry).absolute()) for entry in sys.path]
    return [sys.executable, "-c", BOOT.format(module=module), json.dumps(paths), json.dumps(messages.PACKAGES), *words]


class WorkerProcess:
    """The parent's handle of a worker process. One thread sends and receives; any thread may kill it."""

    def __init__(self, command: list[str], environment: Mapping[str, str] | None = None) -> None:
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        _to_workers.add(self._to.fileno())

    def lives(self) -> bool:
        """Whether the process is running."""
        return self._process.poll() is None

    def ask(self, value: Any, limit_s: float) -> Any:
        """Send a message and wait for the first answer, at most `limit_s` seconds.

        Raises:
            TypeError: no message can carry the value.
            WorkerDiedError: the process died, or was killed because it took longer.
        """
        parts = messages.packed(value)
        with self._within(limit_s):
            messages.send(self._to, parts)
            return messages.receive(self._from)

    def receive(self, limit_s: float) -> Any:
        """The next answer; raises `WorkerDiedError` as `ask` does."""
        with self._within(limit_s):
            return messages.receive(self._from)

    @contextlib.contextmanager
    def _within(self, limit_s: float) -> Iterator[None]:
        watchdog = threading.Timer(limit_s, self._process.kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        except (OSError, ValueError, EOFError, messages.MessageError):
            self.kill()
            raise WorkerDiedError from None
        finally:
            watchdog.cancel()

    def kill(self) -> None:
        """Kill the process. Its own workers end when their pipe is closed."""
        self._process.kill()
        self._process.wait()
        if not self._to.closed:
            _to_workers.discard(self._to.fileno())
        for pipe in (self._to, self._from):
            with contextlib.suppress(OSError):
                pipe.close()


#: Write ends of the workers' pipes; a worker ends when its pipe closes.
_to_workers: set[int] = set()


def _let_go() -> None:
    """After a fork: close the child's copies of the pipes, so that workers end with this process alone."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    for end in _to_workers:
        os.dup2(nothing, end)
    os.close(nothing)
    _to_workers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_go)


class Parent:
    """The worker's handle of its parent. The worker ends when its parent does.

    Args:
        ignored: signals left to the parent, as terminals send them to the whole group.
    """

    def __init__(self, ignored: Iterable[str] = ("SIGINT",)) -> None:
        for name in ignored:
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_IGN)
        messages.PACKAGES = tuple(json.loads(sys.argv[2]))
        self.words = sys.argv[3:]
        self._tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
        # Libraries print to the terminal or to standard output; that would tear the progress bar or the answers.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        threading.Thread(target=self._read, args=(sys.stdin.buffer,), daemon=True).start()

    def next_task(self) -> Any:
        """Wait for the next message."""
        return self._tasks.get()

    def send(self, parts: list[Any]) -> None:
        """Send an encoded message."""
        messages.send(self._answers, parts)

    def _read(self, stream: BinaryIO) -> None:
        """Read while the main thread works: the pipe closes when the parent dies, on every system, and then the worker
        must end."""
        try:
            while True:
                self._tasks.put(messages.receive(stream))
        except (EOFError, OSError):
            os._exit(0)
        except messages.MessageError as error:
            sys.stderr.write(f"formcheck's worker stops: {error}\n")
            sys.stderr.flush()
            os._exit(NO_MESSAGE)


@contextmanager
def ended_like_ctrl_c() -> Iterator[None]:
    """Handle SIGTERM and SIGHUP (shutdown, closed terminal) like Ctrl-C."""

    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {}
    with suppress(ValueError):  # not in the main thread: then somebody else answers signals
        before = {name: signal.signal(getattr(signal, name), stop) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
