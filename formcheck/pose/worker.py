"""A pose worker process: reads tasks from its standard input, writes answers to its standard output (see `messages`).

Plain pipes instead of `multiprocessing`: a worker may then be started from a daemonic process (a Dask worker is one), the
user's script is not imported again, and the death of one worker is told from that of another.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from formcheck.pose import messages
from formcheck.pose.messages import MessageError, worker_task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from formcheck.pose.detector import Detection, Detector

#: What a worker process is started with (`python -c`): the parent's module path replaces the current folder, so that a
#: `random.py` lying beside the clips is never imported.
BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from formcheck.pose.worker import main; main()"
#: Exit code of a worker that read something else than a task.
NO_TASK = 3

_model_path: Path | None = None
_detectors: dict[int, Detector] = {}


def command(model: Path) -> list[str]:
    """The command line of a worker process that uses the given model."""
    paths = [str(Path(entry).absolute()) for entry in sys.path]
    return [sys.executable, "-c", BOOT, json.dumps(paths), str(model), *messages.PACKAGES]


def main() -> None:
    """Answer tasks until the parent closes the pipe or dies."""
    global _model_path
    # Ctrl-C is answered by the parent, which stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _model_path, messages.PACKAGES = Path(sys.argv[2]), tuple(sys.argv[3:])
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Libraries print to the terminal or to standard output; that would tear the progress bar or the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    threading.Thread(target=_read_tasks, args=(sys.stdin.buffer, tasks), daemon=True).start()
    import cv2

    cv2.setNumThreads(1)  # one worker, one core: the pool has as many workers as there are cores
    while True:
        messages.send(answers, _answer(*tasks.get()))


def _read_tasks(stream: BinaryIO, tasks: queue.SimpleQueue[Any]) -> None:
    """Read on while the main thread works: the pipe ends when the parent does, however and on whatever system that dies,
    and a worker must not outlive it."""
    try:
        while True:
            name, arguments = messages.receive(stream)
            tasks.put((name, arguments))
    except (EOFError, OSError):
        os._exit(0)
    except (MessageError, TypeError, ValueError) as error:
        sys.stderr.write(f"formcheck's worker stops: {error}\n")
        sys.stderr.flush()
        os._exit(NO_TASK)


@worker_task
def warm() -> None:
    """Load the model for one person, in a worker process."""
    _detector(1)


def _detector(people: int) -> Detector:
    from formcheck.pose.detector import Detector

    assert _model_path is not None
    if people not in _detectors:
        _detectors[people] = Detector(_model_path, people)
    return _detectors[people]


@worker_task
def detect(picture: NDArray[np.uint8], turns: int, people: int, outline: bool) -> list[Detection]:
    """Find people in a picture, in a worker process."""
    return _detector(people).detect(picture, turns, outline)


@worker_task
def look_through(
    pictures: list[NDArray[np.uint8]], times: NDArray[np.float64], turns: int, people: int, thin: bool
) -> list[list[Detection] | None]:
    """Find people in pictures that follow each other, in a worker process; `thin` leaves some out (None)."""
    if not thin or people > 1:
        return [detect(picture, turns, people, True) for picture in pictures]
    from formcheck.pose.thin import look_thinly

    return look_thinly(pictures, times, lambda picture: detect(picture, turns, people, True))


def _answer(name: str, arguments: tuple[Any, ...]) -> list[Any]:
    """The message that answers a task: whether it ended well, and its value or its error."""
    try:
        return messages.packed((True, messages.task_named(name)(*arguments)))
    except Exception as error:  # handed to the caller, whatever it is
        return messages.packed((False, _fit_to_send(error)))


def _fit_to_send(error: Exception) -> Exception:
    """The error, or for one of another package the nearest that the caller knows: OSError stays OSError."""
    for kind in type(error).__mro__:
        if kind is type(error):
            likeness: Exception = error
        elif kind is OSError and isinstance(error, OSError) and error.errno is not None:
            likeness = OSError(error.errno, str(error.strerror or error))
        elif kind is Exception:
            break
        else:
            likeness = kind(f"{type(error).__name__}: {error}")
        with contextlib.suppress(Exception):
            if type(messages.unpacked(messages.packed(likeness))) is kind:
                return likeness
    return RuntimeError(f"{type(error).__name__}: {error}")
