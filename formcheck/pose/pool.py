"""A pool of worker processes that run the pose model, so that a native abort ends a worker and not the program."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import PoseCrashError, StoppedError
from formcheck.options import END, MODEL, START
from formcheck.pose import worker
from formcheck.pose.detection import Detection
from formcheck.pose.model import PoseModel
from formcheck.pose.worker import to_args
from formcheck.runtime import messages
from formcheck.runtime.workers import DEATHS_TO_GIVE_UP, WorkerDiedError, WorkerProcess

Tag = TypeVar("Tag")

#: A worker is killed after this long on one picture, seconds (the first one includes loading the model).
PICTURE_LIMIT_S = 120.0
#: Queued pictures per worker: enough to keep it busy, few enough to keep memory constant.
WAITING_PER_WORKER = 3


@dataclass(frozen=True)
class PoseJob(Generic[Tag]):
    """One picture for the model; `tag` is returned with the answer."""

    tag: Tag
    picture: NDArray[np.uint8]
    turns: int = 0
    people: int = 1
    outline: bool = True


@dataclass(frozen=True)
class PoseRun(Generic[Tag]):
    """Consecutive pictures at `times` seconds; `adaptive` skips some with little movement."""

    tags: list[Tag]
    pictures: list[NDArray[np.uint8]]
    times: NDArray[np.float64]
    turns: int = 0
    people: int = 1
    adaptive: bool = False


@dataclass(frozen=True)
class _Task:
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    limit_s: float
    answer: Future[Any]


class PosePool:
    """Worker processes shared by all clips of a batch; thread-safe.

    Workers start with the first task or by `warm`. One that dies is replaced; only its current task is lost.
    """

    def __init__(self, model: PoseModel, workers: int | None = None) -> None:
        self.model = model
        self.words = to_args(model)
        self.workers = workers or available_cores()
        self._tasks: deque[_Task] = deque()
        self._changed = threading.Condition()
        self._servers: list[_Server] = []
        self._closed = False

    def __enter__(self) -> PosePool:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill the workers; pending tasks raise `StoppedError`."""
        with self._changed:
            self._closed = True
            unwanted = list(self._tasks)
            self._tasks.clear()
            self._changed.notify_all()
        for task in unwanted:
            if task.answer.set_running_or_notify_cancel():
                task.answer.set_exception(StoppedError("stopped."))
        for server in self._servers:
            server.kill()
        for server in self._servers:
            server.join(timeout=2)

    def warm(self) -> None:
        """Start all workers and load the model in them, without waiting."""
        for _ in range(self.workers):
            self.submit(worker.warm, limit_s=PICTURE_LIMIT_S)

    def submit(self, function: Callable[..., Any], *arguments: Any, limit_s: float = 3600.0) -> Future[Any]:
        """Run a `worker_task` function in a worker, which is killed after `limit_s` seconds.

        The future raises what the function raised, `WorkerDiedError` or `StoppedError`.
        """
        task = _Task(function, arguments, limit_s, Future())
        with self._changed:
            if self._closed:
                raise StoppedError("stopped.")
            self._tasks.append(task)
            if len(self._servers) < self.workers and len(self._tasks) > sum(s.idle for s in self._servers):
                self._servers.append(_Server(self))
                self._servers[-1].start()
            self._changed.notify()
        return task.answer

    def map(self, jobs: Iterable[PoseJob[Tag]]) -> Iterator[tuple[Tag, list[Detection]]]:
        """Run the jobs and yield their answers in order, with a short queue.

        Raises:
            PoseCrashError: two workers died or hung on these pictures.
            StoppedError: the pool was closed.
        """
        calls = ((job.tag, (worker.detect, job.picture, job.turns, job.people, job.outline)) for job in jobs)
        yield from self._in_order(calls, WAITING_PER_WORKER * self.workers)

    def map_runs(self, runs: Iterable[PoseRun[Tag]]) -> Iterator[tuple[Tag, list[Detection] | None]]:
        """Yield the answers for the pictures of the runs in order, None for skipped ones; raises as `map`."""
        calls = (
            (run.tags, (worker.detect_in_run, run.pictures, run.times, run.turns, run.people, run.adaptive)) for run in runs
        )
        for tags, answers in self._in_order(calls, self.workers + 1):
            yield from zip(tags, answers, strict=True)

    def _in_order(self, calls: Iterable[tuple[Any, tuple[Any, ...]]], most_waiting: int) -> Iterator[tuple[Any, Any]]:
        waiting: deque[tuple[Any, tuple[Any, ...], Future[Any]]] = deque()
        deaths = 0

        def first() -> tuple[Any, Any]:
            nonlocal deaths
            tag, call, answer = waiting.popleft()
            while True:
                try:
                    return tag, answer.result()
                except WorkerDiedError:
                    deaths += 1
                    if deaths >= DEATHS_TO_GIVE_UP:
                        raise PoseCrashError(
                            "the pose model crashed twice on this clip (its worker process died);"
                            f" try another {MODEL}, or another part of the clip with {START} and {END}.",
                            MODEL,
                            START,
                            END,
                        ) from None
                    answer = self.submit(*call, limit_s=PICTURE_LIMIT_S)

        try:
            for tag, call in calls:
                waiting.append((tag, call, self.submit(*call, limit_s=PICTURE_LIMIT_S)))
                if len(waiting) > most_waiting:
                    yield first()
            while waiting:
                yield first()
        finally:
            for _, _, answer in waiting:
                answer.cancel()

    def _next(self) -> _Task | None:
        """Wait for a task; None once the pool is closed."""
        with self._changed:
            while not self._tasks and not self._closed:
                self._changed.wait()
            return self._tasks.popleft() if self._tasks else None


class _Server(threading.Thread):
    """Feeds one worker process and replaces it when it dies."""

    def __init__(self, pool: PosePool) -> None:
        super().__init__(name="pose worker", daemon=True)
        self.idle = False
        self._pool = pool
        self._process: WorkerProcess | None = None
        self._lock = threading.Lock()
        self._killed = False

    def run(self) -> None:
        while True:
            self.idle = True
            task = self._pool._next()
            self.idle = False
            if task is None:
                break
            if task.answer.set_running_or_notify_cancel():
                self._serve(task)
        self.kill()

    def kill(self) -> None:
        """End the worker process for good."""
        with self._lock:
            self._killed = True
            process = self._process
        if process is not None:
            process.kill()

    def _serve(self, task: _Task) -> None:
        try:
            question = (messages.task_name(task.function), task.arguments)
            ended_well, value = self._living().ask(question, task.limit_s)
        except WorkerDiedError as error:
            task.answer.set_exception(StoppedError("stopped.") if self._killed else error)
        except Exception as error:  # the task could not be sent or the worker not started
            task.answer.set_exception(error)
        else:
            if ended_well:
                task.answer.set_result(value)
            else:
                task.answer.set_exception(value)

    def _living(self) -> WorkerProcess:
        with self._lock:
            if self._killed:
                raise WorkerDiedError
            if self._process is None or not self._process.lives():
                if self._process is not None:
                    self._process.kill()
                self._process = WorkerProcess(worker.command(*self._pool.words), worker.ENVIRONMENT)
            return self._process


def available_cores() -> int:
    """Cores this process may use (a container often has fewer than the machine)."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)
