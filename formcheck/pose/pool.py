"""Worker processes that run the pose model. A native abort inside MediaPipe costs a worker, never the program."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import PoseCrashError
from formcheck.pose.detector import Detection, Detector
from formcheck.pose.model import PoseModel

Tag = TypeVar("Tag")


@dataclass(frozen=True)
class PoseJob(Generic[Tag]):
    """One picture to look at; `tag` comes back with the answer so that the caller knows which picture it was."""

    tag: Tag
    picture: NDArray[np.uint8]
    turns: int = 0
    people: int = 1
    outline: bool = True


class PosePool:
    """As many pose workers as asked for, fed through a bounded queue; shared by every clip of a batch.

    Worker processes are spawned (never forked: MediaPipe does not survive a fork) when the first picture comes.
    """

    def __init__(self, model: PoseModel, workers: int | None = None) -> None:
        self.model = model
        self.workers = workers or available_cores()
        self._executor: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> PosePool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the workers without waiting for pictures that nobody wants any more."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=True, cancel_futures=True)

    def map(self, jobs: Iterable[PoseJob[Tag]]) -> Iterator[tuple[Tag, list[Detection]]]:
        """Answer the jobs in their order. At most three pictures a worker wait at any moment.

        Raises:
            PoseCrashError: a worker died; the pool starts afresh for the next caller.
        """
        waiting: deque[tuple[Tag, Future[list[Detection]]]] = deque()
        executor = self._start()
        try:
            for job in jobs:
                waiting.append(
                    (job.tag, executor.submit(_detect, job.picture, job.turns, job.people, job.outline))
                )
                if len(waiting) > 3 * self.workers:
                    tag, future = waiting.popleft()
                    yield tag, future.result()
            while waiting:
                tag, future = waiting.popleft()
                yield tag, future.result()
        except BrokenProcessPool:
            self._discard(executor)
            raise PoseCrashError(
                "the pose model crashed on this clip (a worker process died inside MediaPipe);"
                " try --model full or another part of the clip with --start and --end."
            ) from None
        finally:
            for _, future in waiting:
                future.cancel()

    def _start(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._executor is None:
                self._executor = ProcessPoolExecutor(
                    self.workers,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=_initialise,
                    initargs=(self.model.path,),
                )
            return self._executor

    def _discard(self, broken: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._executor is broken:
                self._executor = None
        broken.shutdown(wait=False, cancel_futures=True)


def available_cores() -> int:
    """Cores this process may use (a container often has fewer than the machine)."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


_model_path: Path | None = None
_detectors: dict[int, Detector] = {}


def _initialise(model: Path) -> None:
    global _model_path
    _model_path = model
    # MediaPipe writes its start-up messages straight to the terminal; they would tear the progress bar.
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is answered by the parent, which stops the workers


def _detect(picture: NDArray[np.uint8], turns: int, people: int, outline: bool) -> list[Detection]:
    assert _model_path is not None
    if people not in _detectors:
        _detectors[people] = Detector(_model_path, people)
    return _detectors[people].detect(picture, turns, outline)


ProgressCallback = Callable[[str, float], None]
