"""A pose worker process: reads pickled tasks from its standard input, writes pickled answers to its standard output.

Plain pipes instead of `multiprocessing`: a worker may then be started from a daemonic process (a Dask worker is one), the
user's script is not imported again, and the death of one worker is told from that of another.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from formcheck.errors import PoseModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from formcheck.pose.detection import Detection
    from formcheck.pose.model import Detector

#: Seconds between looks whether the parent still lives: a worker must not outlive a killed batch.
PARENT_CHECK_S = 0.5

#: What a worker process is started with (`python -c`): the parent's module path replaces the current folder, so that a
#: `random.py` lying beside the clips is never imported.
BOOT = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from formcheck.pose.worker import main; main()"

#: The pickled pose model, which comes before the first task: unpickled when it is first needed.
_model: bytes = b""
_loaded: Detector | None = None


def command() -> list[str]:
    """The command line of a worker process."""
    paths = [str(Path(entry).absolute()) for entry in sys.path]
    return [sys.executable, "-c", BOOT, json.dumps(paths)]


def main() -> None:
    """Answer tasks until the parent closes the pipe or dies."""
    global _model
    # Ctrl-C is answered by the parent, which stops the workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks, answers = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Libraries print to the terminal or to standard output; that would tear the progress bar or the answers.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    threading.Thread(target=_die_with_parent, args=(os.getppid(),), daemon=True).start()
    import cv2

    cv2.setNumThreads(1)  # one worker, one core: the pool has as many workers as there are cores
    with contextlib.suppress(EOFError):
        _model = pickle.load(tasks)
    while True:
        try:
            function, arguments = pickle.load(tasks)
        except EOFError:
            return
        pickle.dump(_answer(function, arguments), answers, protocol=5)
        answers.flush()


def warm() -> None:
    """Load the model, in a worker process.

    Raises:
        PoseModelError: it cannot be loaded.
    """
    _detector()


def _detector() -> Detector:
    global _loaded
    if _loaded is None:
        try:
            _loaded = pickle.loads(_model).load()
        except Exception as error:  # whatever a model of somebody's does wrong
            raise PoseModelError.of("be loaded in a worker process", error) from None
    return _loaded


def detect(picture: NDArray[np.uint8], turns: int, people: int, outline: bool) -> list[Detection]:
    """Find people in a picture, in a worker process; the model sees it turned by `turns` x 90 degrees.

    Raises:
        PoseModelError: the model cannot look at it, or gives something else.
    """
    import numpy as np

    from formcheck.pose.detection import checked_detections, unturned

    detector = _detector()
    try:
        found = checked_detections(detector.detect(np.ascontiguousarray(np.rot90(picture, k=turns)), people, outline))
    except Exception as error:
        raise PoseModelError.of("look at a picture", error) from None
    size = (float(picture.shape[1]), float(picture.shape[0]))
    return [unturned(detection, turns, size) for detection in found]


def look_through(
    pictures: list[NDArray[np.uint8]], times: NDArray[np.float64], turns: int, people: int, thin: bool
) -> list[list[Detection] | None]:
    """Find people in pictures that follow each other, in a worker process; `thin` leaves some out (None)."""
    if not thin or people > 1:
        return [detect(picture, turns, people, True) for picture in pictures]
    from formcheck.pose.thin import look_thinly

    return look_thinly(pictures, times, lambda picture: detect(picture, turns, people, True))


def _answer(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[bool, Any]:
    try:
        return True, function(*arguments)
    except Exception as error:  # handed to the caller, whatever it is
        with contextlib.suppress(Exception):
            if type(pickle.loads(pickle.dumps(error))) is type(error):
                return False, error
        return False, RuntimeError(f"{type(error).__name__}: {error}")


def _die_with_parent(parent: int) -> None:
    """A busy worker does not notice that its pipe was closed; its parent's number changes when the parent dies."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    os._exit(1)
