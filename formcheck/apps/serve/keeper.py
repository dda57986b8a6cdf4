"""The job runner: gives clips from the queue to the worker process and stores the results."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from formcheck.apps.serve import worker as host
from formcheck.apps.serve.clips import Clip, Clips
from formcheck.apps.serve.settings import Settings
from formcheck.runtime.workers import DEATHS_TO_GIVE_UP, WorkerDiedError, WorkerProcess

#: A worker without progress for this long is killed, seconds. Drawing a long video reports none.
SILENT_S = 1800.0
#: Delay before retrying after lack of memory or disk space, seconds.
LATER_S = 30.0
#: Time for orphans of a killed server to end, seconds.
ORPHANS_S = 1.5
#: Idle time after which the worker process ends, seconds.
IDLE_S = 600.0
#: Interval of removing expired videos, seconds.
REMOVE_EVERY_S = 600.0
#: Least interval of progress reports, seconds.
_PROGRESS_S = 0.25


@dataclass(frozen=True)
class Progress:
    """Current stage of the clip being analysed, and its progress (0-1)."""

    clip: str
    stage: str
    share: float


class Keeper(threading.Thread):
    """Runs the queue until it is stopped.

    Args:
        told: called with a clip's id when it has changed.
        said: called with messages for the terminal.
    """

    def __init__(self, settings: Settings, clips: Clips, told: Callable[[str], None], said: Callable[[str], None]) -> None:
        super().__init__(name="keeper", daemon=True)
        self.progress: Progress | None = None
        self._settings, self._clips, self._told, self._said = settings, clips, told, said
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._worker: WorkerProcess | None = None
        self._lock = threading.Lock()
        self._unwanted: str | None = None
        self._again: dict[str, int] = {}
        self._remove_at = 0.0

    def run(self) -> None:
        if self._clips.give_back_all():
            self._stopping.wait(ORPHANS_S)
        while not self._stopping.is_set():
            try:
                self._next()
            except Exception as error:  # keep the queue running; a full disk is temporary
                if not self._stopping.is_set():
                    self._said(f"the queue failed ({type(error).__name__}: {error}); it goes on in {LATER_S:.0f} s.")
                    self._stopping.wait(LATER_S)
        self._end_worker()

    def _next(self) -> None:
        self._wake.clear()
        self._remove_outlived()
        clip = self._clips.take_next()
        if clip is None:
            if not self._wake.wait(IDLE_S):
                self._end_worker()  # free its memory
            return
        try:
            self._do(clip)
        except BaseException:
            self._clips.give_back(clip.id, died=False)
            raise

    def wake(self) -> None:
        """Wake up for new clips."""
        self._wake.set()

    def stop(self, patience_s: float) -> None:
        """Stop, and return the current clip to the queue; its intermediate results are kept."""
        self._stopping.set()
        self._wake.set()
        self._end_worker()
        self.join(patience_s)

    def forget(self, clip: str) -> None:
        """Stop work on a clip that is deleted, before returning."""
        with self._lock:
            busy = self.progress is not None and self.progress.clip == clip
            worker = self._worker
            if busy:
                self._unwanted = clip
        if busy and worker is not None:
            worker.kill()

    def _do(self, clip: Clip) -> None:
        with self._lock:
            self.progress = Progress(clip.id, "starting", 0.0)
        self._told(clip.id)
        answer = self._asked(clip)
        with self._lock:
            self.progress = None
            unwanted = self._unwanted == clip.id
            self._unwanted = None
        if not unwanted:
            self._settle(clip, answer)
        self._told(clip.id)

    def _remove_outlived(self) -> None:
        """Remove expired videos of finished sets."""
        days = self._settings.keep_days
        if days is None or time.monotonic() < self._remove_at:
            return
        self._remove_at = time.monotonic() + REMOVE_EVERY_S
        for clip in self._clips.outlived(days * 86_400):
            if self._stopping.is_set() or self._answer({"forget": str(self._clips.path(clip))}, clip.id) is None:
                return
            self._clips.videos_gone(clip.id)
            self._told(clip.id)

    def _asked(self, clip: Clip) -> dict[str, Any] | None:
        """The worker's answer for a clip; None if it died."""
        order = {
            "clip": str(self._clips.path(clip)), "asked": clip.asked.as_data(), "longest_s": self._settings.longest_s,
            "logbook": str(self._settings.logbook),
        }  # fmt: skip
        return self._answer(order, clip.id)

    def _answer(self, order: dict[str, Any], clip: str) -> dict[str, Any] | None:
        order["limit_s"] = self._settings.job_limit_s
        until, shown = time.monotonic() + self._settings.job_limit_s, 0.0
        worker = self._worker_now()
        if worker is None:
            return None
        try:
            line = worker.ask(order, min(SILENT_S, self._settings.job_limit_s))
            while True:
                if "stage" in line:
                    new = self.progress is None or line["stage"] != self.progress.stage
                    self.progress = Progress(clip, line["stage"], line["share"])
                    if new or time.monotonic() - shown > _PROGRESS_S:
                        shown = time.monotonic()
                        self._told(clip)
                elif "judged" in line:
                    self._clips.judged(clip, line["judged"])
                    self.progress = Progress(clip, "drawing the video", 0.0 if self.progress is None else self.progress.share)
                    self._told(clip)
                elif "ready" not in line:
                    answer: dict[str, Any] = line
                    return answer
                line = worker.receive(min(SILENT_S, max(0.0, until - time.monotonic())))
        except WorkerDiedError:
            self._worker = None
            if time.monotonic() >= until and not self._stopping.is_set():
                minutes = self._settings.job_limit_s / 60
                return {"failed": f"The clip took more than {minutes:.0f} minutes and was given up; cut it to one set."}
            return None

    def _settle(self, clip: Clip, answer: dict[str, Any] | None) -> None:
        if answer is None:
            if self._stopping.is_set():
                self._clips.give_back(clip.id, died=False)
            elif self._clips.give_back(clip.id, died=True) >= DEATHS_TO_GIVE_UP:
                self._clips.give_up(
                    clip.id, "The clip crashed the analysis twice (its file may be damaged, or too large for the memory);"
                    " save it again with another program, or cut it to one set."
                )  # fmt: skip
        elif "later" in answer:
            self._clips.give_back(clip.id, died=False)
            self._said(f"{answer['later']} It is tried again in {LATER_S:.0f} seconds.")
            self._stopping.wait(LATER_S)
        elif "again" in answer:
            self._try_again(clip, answer["again"])
        elif "failed" in answer:
            self._clips.finish(clip.id, None, answer["failed"])
        else:
            done = answer["done"]
            if "note" in done:
                self._said(done["note"])
            self._clips.finish(clip.id, done.get("result"), done.get("error"))
        if answer is not None and not {"again", "later"} & set(answer):
            self._again.pop(clip.id, None)

    def _try_again(self, clip: Clip, reason: str) -> None:
        """Retry temporary failures once; then the reason is final."""
        tries = self._again[clip.id] = self._again.get(clip.id, 0) + 1
        if tries >= DEATHS_TO_GIVE_UP:
            del self._again[clip.id]
            self._clips.finish(clip.id, None, reason)
        else:
            self._clips.give_back(clip.id, died=False)

    def _worker_now(self) -> WorkerProcess | None:
        with self._lock:
            if self._stopping.is_set():
                return None
            if self._worker is None or not self._worker.lives():
                self._worker = WorkerProcess(host.command(self._settings))
            return self._worker

    def _end_worker(self) -> None:
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.kill()
