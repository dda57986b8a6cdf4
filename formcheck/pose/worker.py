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

from formcheck.errors import PoseModelError
from formcheck.pose import messages
from formcheck.pose.messages import MessageError, worker_task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from formcheck.pose.detection import Detection
    from formcheck.pose.model import Detector

#: What a worker process is started with (`python -c`): the parent's module path replaces the current folder, so that a
#: `random.py` lying beside the clips is never imported.
BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from formcheck.pose.worker import main; main()"
#: Environment of the workers. Linux's allocator keeps what large blocks were cut from; told this, it gives the weights of a
#: graph that was let go back (70 MB a worker; no other system reads it).
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": str(1 << 20)}
#: Exit code of a worker that read something else than a task.
NO_TASK = 3

#: The words for the pose model, which is made from them when it is first needed.
_model = ("", "")
_loaded: Detector | None = None


def command(model: str, fields: str) -> list[str]:
    """The command line of a worker process that uses a model, given as its `sending.as_words`."""
    paths = [str(Path(entry).absolute()) for entry in sys.path]
    return [sys.executable, "-c", BOOT, json.dumps(paths), model, fields, *messages.PACKAGES]


def main() -> None:
    """Answer tasks until the parent closes the pipe or dies."""
    global _model
    # Ctrl-C is answered by the parent, which stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _model, messages.PACKAGES = (sys.argv[2], sys.argv[3]), tuple(sys.argv[4:])
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
    """Load the model, in a worker process.

    Raises:
        PoseModelError: it cannot be loaded.
    """
    _detector()


def _detector() -> Detector:
    global _loaded
    if _loaded is None:
        from formcheck.pose.sending import made_again

        try:
            _loaded = made_again(*_model).load()
        except Exception as error:  # whatever a model of somebody's does wrong
            raise PoseModelError.of("be loaded in a worker process", error) from None
    return _loaded


@worker_task
def detect(picture: NDArray[np.uint8], turns: int, people: int, outline: bool) -> list[Detection]:
    """Find people in a picture, in a worker process; the model sees it turned by `turns` x 90 degrees.

    Raises:
        PoseModelError: the model cannot look at it, or gives something else.
    """
    import numpy as np

    from formcheck.pose.detection import checked_detections, unturned
    from formcheck.pose.margin import look_with_margin

    detector = _detector()
    turned = np.ascontiguousarray(np.rot90(picture, k=turns))
    try:
        found = look_with_margin(turned, lambda shown: checked_detections(detector.detect(shown, people, outline)))
    except Exception as error:
        raise PoseModelError.of("look at a picture", error) from None
    size = (float(picture.shape[1]), float(picture.shape[0]))
    return [unturned(detection, turns, size) for detection in found]


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
