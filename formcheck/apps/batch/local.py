"""Running a batch on this computer: one pool of workers, a few clips in flight."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from formcheck.apps.batch.record import Record
from formcheck.apps.batch.sources import local_copy
from formcheck.apps.batch.summary import clip_row
from formcheck.apps.batch.work import ClipJob, analyse_into
from formcheck.errors import StoppedError
from formcheck.pose.pool import PosePool
from formcheck.results.analysis import Analysis

#: A clip without progress for this long is given up, seconds; its file may keep the decoder busy forever.
STALLED_S = 600.0
#: Time for clips in flight to stop, seconds.
STOPPING_S = 3.0


@dataclass(frozen=True)
class Started:
    name: str


@dataclass(frozen=True)
class Progressed:
    """Progress of a clip with about `frames` pictures: `share` (0-1) of the stage `what`."""

    name: str
    what: str
    share: float
    frames: float = 0.0


@dataclass(frozen=True)
class Judged:
    """What was found in a clip, whose video is still being drawn, as its sets' rows of `summary.csv`."""

    job: ClipJob
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Finished:
    """A clip is finished: it has a record, or a temporary error."""

    job: ClipJob
    record: Record | None
    error: BaseException | None = None


Event = Started | Progressed | Judged | Finished


class Runner(Protocol):
    """Runs jobs, on this computer or a cluster."""

    def events(self) -> Iterator[Event | None]:
        """Yield events until all jobs are done, and None at least every second."""

    def stop(self) -> None:
        """Stop within seconds; the next run repeats clips in flight."""


class LocalRunner:
    """Runs jobs in threads that read the clips, with all heavy work in the pool's processes.

    One more clip than workers is in flight, so that workers are busy while a clip is opened; a single worker gets one clip at
    a time.
    """

    def __init__(self, jobs: list[ClipJob], out: Path, pool: PosePool) -> None:
        self._jobs: queue.SimpleQueue[ClipJob] = queue.SimpleQueue()
        for job in jobs:
            self._jobs.put(job)
        self._left = len(jobs)
        self._out = out
        self._pool = pool
        self._events: queue.Queue[Event] = queue.Queue(maxsize=10_000)
        self._stopping = threading.Event()
        self._clips: list[_ClipThread] = []
        self._in_flight = min(pool.workers + (pool.workers > 1), len(jobs))

    def events(self) -> Iterator[Event | None]:
        for _ in range(self._in_flight):
            self._start()
        while self._left:
            try:
                event = self._events.get(timeout=1.0)
            except queue.Empty:
                self._give_up_stalled()
                yield None
                continue
            self._left -= isinstance(event, Finished)
            yield event

    def stop(self) -> None:
        self._stopping.set()
        self._pool.close()
        until = time.monotonic() + STOPPING_S
        for thread in self._clips:
            while thread.is_alive() and time.monotonic() < until:
                thread.join(0.1)

    def _start(self) -> None:
        self._clips = [thread for thread in self._clips if thread.is_alive()]
        self._clips.append(_ClipThread(self))
        self._clips[-1].start()

    def _give_up_stalled(self) -> None:
        for thread in self._clips:
            job = thread.give_up_when_stalled()
            if job is not None:
                minutes = STALLED_S / 60
                self._events.put(Finished(job, None, TimeoutError(f"it stood still for {minutes:.0f} minutes")))
                self._start()


class _ClipThread(threading.Thread):
    """Runs one clip after the other, as a daemon, since a decoder may hang."""

    def __init__(self, runner: LocalRunner) -> None:
        super().__init__(name="clip", daemon=True)
        self._runner = runner
        self._job: ClipJob | None = None
        self._last_sign = math.inf
        self._given_up = False
        self._lock = threading.Lock()

    def run(self) -> None:
        runner = self._runner
        while not runner._stopping.is_set() and not self._given_up:
            try:
                job = runner._jobs.get_nowait()
            except queue.Empty:
                return
            self._job, self._last_sign = job, time.monotonic()
            runner._events.put(Started(job.name))
            record, error = None, None
            try:
                with local_copy(job.location) as clip:
                    folder = runner._out / job.out_name
                    record = analyse_into(clip, job, folder, runner._pool, self._progress, self._judged)
            except Exception as problem:  # fails this clip only
                error = problem
            with self._lock:
                self._job = None
                if not self._given_up and not isinstance(error, StoppedError):
                    runner._events.put(Finished(job, record, error))

    def give_up_when_stalled(self) -> ClipJob | None:
        """The job, if it has made no progress for too long; its thread is then abandoned."""
        with self._lock:
            if self._given_up or self._job is None or time.monotonic() - self._last_sign < STALLED_S:
                return None
            self._given_up = True
            return self._job

    def _progress(self, what: str, share: float, frames: float) -> None:
        if self._given_up or self._runner._stopping.is_set():
            raise StoppedError("stopped.")
        # The last stage runs in a worker, under a time limit of its own.
        self._last_sign = math.inf if what == "finishing" else time.monotonic()
        assert self._job is not None
        self._runner._events.put(Progressed(self._job.name, what, share, frames))

    def _judged(self, sets: Sequence[Analysis]) -> None:
        assert self._job is not None
        self._runner._events.put(Judged(self._job, [clip_row(analysis) for analysis in sets]))
