"""What the coach sees while a batch runs: a line for every finished clip, and below them how far everything is."""

from __future__ import annotations

import time
from collections import deque
from types import TracebackType

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from formcheck.batch.local import Progressed
from formcheck.batch.work import ClipJob
from formcheck.text import readable

#: Which share of a clip's work each stage is, for the estimate of the remaining time.
STAGES = {"reading": (0.0, 0.08), "finding the lifter": (0.08, 0.18), "watching": (0.18, 0.8), "finishing": (0.8, 1.0)}
#: The rate is that of the last this many seconds.
RATE_WINDOW_S = 60.0
#: No remaining time is told before this many seconds have passed.
FIRST_ESTIMATE_S = 5.0


class Board:
    """Counts clips, frames and bytes; draws them on a terminal, or prints lines where there is none.

    Args:
        console: stderr; None for silence.
        done, total: clips.
        waiting_bytes: of the clips that are still to do. Bytes stand for work until a clip is open.
    """

    def __init__(self, console: Console | None, done: int, total: int, waiting_bytes: int) -> None:
        self._console = console
        self._done, self._total = done, total
        self._bytes, self._bytes_done = max(1, waiting_bytes), 0.0
        self._current: dict[str, tuple[ClipJob, str, float]] = {}
        self._frames = 0.0
        self._frames_of: dict[str, float] = {}
        self._began = time.monotonic()
        self._history: deque[tuple[float, float]] = deque([(self._began, 0.0)])
        self._live: Live | None = None

    def __enter__(self) -> Board:
        if self._console is not None and self._console.is_terminal:
            self._live = Live(self, console=self._console, refresh_per_second=2, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def started(self, job: ClipJob) -> None:
        """A clip is being opened."""
        self._current[job.name] = (job, "opening", 0.0)

    def progressed(self, event: Progressed) -> None:
        """A clip has come further."""
        if event.name not in self._current:
            return
        job, _, _ = self._current[event.name]
        low, high = STAGES.get(event.what, (0.0, 0.0))
        self._current[event.name] = (job, event.what, low + (high - low) * min(1.0, event.share))
        if event.what == "watching":
            self._count_frames(event.name, event.frames * min(1.0, event.share))

    def finished(self, job: ClipJob, line: Text, frames: float) -> None:
        """A clip is done; `line` says what came of it."""
        self._current.pop(job.name, None)
        self._bytes_done += job.size
        self._done += 1
        self._count_frames(job.name, frames)
        self._frames_of.pop(job.name, None)
        if self._console is not None:
            number = Text(f"{self._done:>{len(str(self._total))}}/{self._total}  ", style="dim")
            self._console.print(number + line, highlight=False, soft_wrap=True)

    def _count_frames(self, name: str, frames: float) -> None:
        self._frames += max(0.0, frames - self._frames_of.get(name, 0.0))
        self._frames_of[name] = max(frames, self._frames_of.get(name, 0.0))
        now = time.monotonic()
        if now - self._history[-1][0] >= 1.0:
            self._history.append((now, self._frames))
        while len(self._history) > 2 and now - self._history[0][0] > RATE_WINDOW_S:
            self._history.popleft()

    @property
    def frames_per_second(self) -> float:
        """The current rate."""
        then, frames = self._history[0]
        return (self._frames - frames) / max(1e-6, time.monotonic() - then)

    @property
    def remaining_s(self) -> float | None:
        """The estimate of the remaining time, seconds; None as long as there is nothing to estimate it from."""
        gone = time.monotonic() - self._began
        done = self._bytes_done + sum(job.size * share for job, _, share in self._current.values())
        if gone < FIRST_ESTIMATE_S or done <= 0:
            return None
        return max(0.0, gone * (self._bytes - done) / done)

    def __rich__(self) -> Group:
        left = self.remaining_s
        figures = (
            f"{self._done} of {self._total} clips   {self._frames:,.0f} frames   {self.frames_per_second:.0f} frames/s"
            + ("" if left is None else f"   about {duration(left)} left")
        )
        clips = Table.grid(padding=(0, 2))
        for job, what, share in list(self._current.values())[:12]:
            clips.add_row(
                Text(shortened(readable(job.name), 44)),
                Text(what, style="dim"),
                ProgressBar(total=1.0, completed=share, width=20),
            )
        whole = Table.grid()  # a bar alone would not end its line
        whole.add_row(ProgressBar(total=max(1, self._total), completed=self._done, width=72))
        return Group(clips, whole, Text(figures))


def duration(seconds: float) -> str:
    """A remaining time in words: "40 s", "12 min", "2 h 05 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def shortened(text: str, length: int) -> str:
    """The end of a long path, which tells clips apart."""
    return text if len(text) <= length else f"…{text[1 - length :]}"
