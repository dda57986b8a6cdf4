"""The batch itself: scanning, running jobs, progress display, summary and `--watch`."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from formcheck.apps.batch.local import Finished, Judged, Progressed, Runner, Started
from formcheck.apps.batch.record import Record, owner_of, read_record, recover
from formcheck.apps.batch.settings import Settings
from formcheck.apps.batch.sources import FoundClip, Source, find_clips
from formcheck.apps.batch.summary import counts, full_rows, write_index, write_reps, write_summary
from formcheck.apps.batch.work import ClipJob, disk_full_is_an_error_of_its_own, reason_of
from formcheck.errors import OutputError, StoppedError, UsageError
from formcheck.outputs.shown import rule_title
from formcheck.runtime.files import readable
from formcheck.units import count_of

#: Share of each stage in the work on a clip, for the remaining time.
STAGES = {"reading": (0.0, 0.08), "finding the lifter": (0.08, 0.18), "watching": (0.18, 0.8), "finishing": (0.8, 1.0)}
#: Window of the rate, seconds.
RATE_WINDOW_S = 60.0
#: The remaining time is shown from this time on, seconds.
FIRST_ESTIMATE_S = 5.0


class Board:
    """Progress of a batch, drawn on a terminal or printed as lines.

    Args:
        console: stderr; None for silence.
        done, total: number of clips.
        waiting_bytes: size of the remaining clips, which stands for the work until a clip is opened.
    """

    def __init__(self, console: Console | None, done: int, total: int, waiting_bytes: int) -> None:
        self._console = console
        self._done, self._total = done, total
        self._bytes, self._bytes_done = max(1, waiting_bytes), 0.0
        self._current: dict[str, tuple[ClipJob, str, float]] = {}
        self._told: set[str] = set()
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

    def __exit__(self, *ended: object) -> None:
        if self._live is not None:
            self._live.stop()

    def started(self, job: ClipJob) -> None:
        """Report that a clip is being opened."""
        self._current[job.name] = (job, "opening", 0.0)

    def progressed(self, event: Progressed) -> None:
        """Report progress of a clip."""
        if event.name not in self._current:
            return
        job, _, _ = self._current[event.name]
        low, high = STAGES.get(event.what, (0.0, 0.0))
        self._current[event.name] = (job, event.what, low + (high - low) * min(1.0, event.share))
        if event.what == "watching":
            self._count_frames(event.name, event.frames * min(1.0, event.share))

    def judged(self, job: ClipJob, line: Text) -> None:
        """Report a clip's findings (`line`) while its video is still being drawn."""
        _, _, share = self._current.get(job.name, (job, "", 0.0))
        self._current[job.name] = (job, "drawing", share)
        if job.name not in self._told:
            self._told.add(job.name)
            self._say(line, len(self._told))

    def finished(self, job: ClipJob, line: Text, frames: float) -> None:
        """Report that a clip is finished, with its result as `line` if it was not reported before."""
        self._current.pop(job.name, None)
        self._bytes_done += job.size
        self._done += 1
        self._count_frames(job.name, frames)
        self._frames_of.pop(job.name, None)
        if job.name in self._told:
            self._told.remove(job.name)
        else:
            self._say(line, len(self._told))

    def _say(self, line: Text, drawing: int) -> None:
        """Print a clip's line with its number: of the clips that are done, and of those still drawn."""
        if self._console is not None:
            number = Text(f"{self._done + drawing:>{len(str(self._total))}}/{self._total}  ", style="dim")
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
        """Remaining time, seconds; None if it cannot be estimated yet."""
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
        whole = Table.grid()  # ends its line, unlike a bar alone
        whole.add_row(ProgressBar(total=max(1, self._total), completed=self._done, width=72))
        return Group(clips, whole, Text(figures))


def duration(seconds: float) -> str:
    """A remaining time in words: "40 s", "12 min", "2 h 05 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def shortened(text: str, length: int) -> str:
    """The end of a long path, which identifies the clip."""
    return text if len(text) <= length else f"…{text[1 - length :]}"


# The batch.

#: Least interval of rewriting the summary, seconds; it never takes more than a twentieth of the time.
SUMMARY_EVERY_S, SUMMARY_SHARE = 30.0, 0.05
#: With `--watch`: interval of scans, and time without changes after which a file counts as copied, seconds.
WATCH_EVERY_S = 10.0

#: Creates the runner of one round of jobs.
RunnerMaker = Callable[[list[ClipJob]], Runner]


@dataclass
class ClipState:
    """State of a clip. `key` is None if its options cannot be read; `reason` then says why.

    `loses`: its result, which was judged by hand, will be replaced.
    """

    found: FoundClip
    key: str | None
    reason: str = ""
    done: bool = False
    loses: bool = False


@dataclass(frozen=True)
class Totals:
    """How a batch ended."""

    clips: int
    analysed: int
    failed: int
    waiting: int
    with_faults: int


class Batch:
    """A folder of clips and the folder of their outputs.

    Args:
        source: the folder of clips.
        out: the output folder; the caller holds its lock.
        settings: options of every clip.
        longest_s: clips longer than this are not analysed.
        force: repeat everything, once.
        console: stderr, None for silence.
    """

    def __init__(
        self,
        source: Source,
        out: Path,
        settings: Settings,
        *,
        longest_s: float = 1800.0,
        force: bool = False,
        console: Console | None = None,
    ) -> None:
        self.source, self.out, self.settings = source, out, settings
        self._longest_s, self._force, self._console = longest_s, force, console
        self._clips: dict[str, ClipState] = {}

    @property
    def count(self) -> int:
        """Number of clips in the last scan."""
        return len(self._clips)

    @property
    def by_hand(self) -> list[str]:
        """The clips to do whose results were judged by hand and will be replaced."""
        return [name for name, state in self._clips.items() if state.loses]

    def scan(self) -> list[ClipJob]:
        """List the clips, and return jobs for those not yet done with these options and this version."""
        before, self._clips = self._clips, {}
        self.settings.forget()
        jobs = []
        for found in find_clips(self.source, self._owner):
            state = self._state(found, before.get(found.name))
            self._clips[found.name] = state
            if not state.done and state.key is not None:
                jobs.append(self._job(state))
        return jobs

    def _owner(self, out_name: str) -> str | None:
        folder = self.out / out_name
        recover(folder)
        return owner_of(folder)

    def _state(self, found: FoundClip, known: ClipState | None) -> ClipState:
        try:
            key = self.settings.key(self.settings.of(found.name))
        except UsageError as error:
            return ClipState(found, None, str(error))
        if known is not None and known.found == found and known.key == key and (known.done or known.reason):
            return ClipState(found, key, known.reason, True)  # with --watch: unchanged since the last scan
        if self._force:
            return ClipState(found, key)
        folder = self.out / found.out_name
        recover(folder)
        record = read_record(folder)
        done = record is not None and (record.clip, record.tag, record.key) == (found.name, found.tag, key)
        return ClipState(found, key, done=done, loses=record is not None and record.by_hand and not done)

    def _job(self, state: ClipState) -> ClipJob:
        assert state.key is not None
        found = state.found
        return ClipJob(
            name=found.name,
            tag=found.tag,
            location=self.source.location(found.name),
            out_name=found.out_name,
            options=self.settings.of(found.name),
            outputs=self.settings.outputs,
            key=state.key,
            size=found.size,
            longest_s=self._longest_s,
            force=self._force,
        )

    def run(self, jobs: list[ClipJob], runner_of: RunnerMaker) -> None:
        """Run the jobs and keep the summary up to date.

        Raises:
            KeyboardInterrupt, OutputError: after the runner has stopped.
        """
        done = sum(state.done or bool(state.reason) for state in self._clips.values())
        due = time.monotonic() + SUMMARY_EVERY_S
        by_name = {job.name: job for job in jobs}
        runner = runner_of(jobs)
        with Board(self._console, done, len(self._clips), sum(job.size for job in jobs)) as board:
            try:
                for event in runner.events():
                    if isinstance(event, Started):
                        board.started(by_name[event.name])
                    elif isinstance(event, Progressed):
                        board.progressed(event)
                    elif isinstance(event, Judged):
                        board.judged(event.job, _judged_line(event.job.name, event.rows))
                    elif isinstance(event, Finished):
                        self._finished(event, board)
                    if time.monotonic() > due:
                        took = self.write_summary()
                        due = time.monotonic() + max(SUMMARY_EVERY_S, took / SUMMARY_SHARE)
            finally:
                runner.stop()
        self._force = False  # with --watch, only the first round is forced

    def _finished(self, event: Finished, board: Board) -> None:
        state = self._clips[event.job.name]
        frames = 0.0
        if isinstance(event.error, (OutputError, StoppedError)):
            raise event.error
        if event.record is None:
            state.reason = reason_of(event.error) if event.error is not None else "it gave no result."
            line = Text.assemble((readable(event.job.name), "bold"), "  ", ("failed", "red"), f": {readable(state.reason)}")
        else:
            state.done = True
            frames = float(event.record.row.get("frames") or 0)
            line = _line(event.record)
        board.finished(event.job, line, frames)

    def rows(self) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Yield the row of every clip and the rows of its reps, by name, from the disk.

        Further sets of a clip have rows of their own, without the reps once more.
        """
        for name in sorted(self._clips):
            state, record = self._clips[name], self._record(name)
            first, *further = full_rows(name, state.found.out_name, record, state.reason)
            yield first, record.reps if record is not None else []
            yield from ((row, []) for row in further)

    def analysed(self) -> Iterator[tuple[str, Path, str]]:
        """The clips with a finished analysis: name, folder of the outputs and SHA-256."""
        for name in sorted(self._clips):
            record = self._record(name)
            if record is not None and record.outcome == "analysed":
                yield name, self.out / self._clips[name].found.out_name, record.sha256

    def _record(self, name: str) -> Record | None:
        """The record of a clip that is done with the current options."""
        state = self._clips[name]
        record = read_record(self.out / state.found.out_name) if state.done and not state.reason else None
        return record if record is not None and (record.clip, record.key) == (name, state.key) else None

    def write_summary(self) -> float:
        """Write summaries and index; return the time it took, seconds.

        Raises:
            OutputError: they cannot be written.
        """
        began = time.monotonic()
        with disk_full_is_an_error_of_its_own(self.out / "summary.csv"):
            write_summary(self.out, lambda: (row for row, _ in self.rows()))
            write_reps(self.out, lambda: ((row["clip"], rep) for row, reps in self.rows() for rep in reps))
            write_index(self.out, self.source.title, lambda: (row for row, _ in self.rows()))
        return time.monotonic() - began

    def totals(self) -> Totals:
        """Count the outcomes of the clips."""
        status = {"analysed": 0, "failed": 0, "waiting": 0}
        with_faults = set()
        for row, _ in self.rows():
            status[row["status"]] += row["set"] in (None, 1)
            if row["faults"]:
                with_faults.add(row["clip"])
        return Totals(sum(status.values()), status["analysed"], status["failed"], status["waiting"], len(with_faults))


def watch(
    batch: Batch,
    jobs: list[ClipJob],
    runner_of: RunnerMaker,
    told: Callable[[str], None],
    after_each: Callable[[], object] | None = None,
) -> None:
    """Run the jobs, then watch for new and changed clips until Ctrl-C; files that still grow are skipped.

    `after_each` is called after each round of jobs; by default it writes the summary.
    """
    while True:
        if jobs:
            batch.run(jobs, runner_of)
            (after_each or batch.write_summary)()
            told("waiting for new clips; stop with Ctrl-C.")
        first = {job.name: job.tag for job in batch.scan()}
        time.sleep(WATCH_EVERY_S)
        jobs = [job for job in batch.scan() if first.get(job.name) == job.tag]


def _line(record: Record) -> Text:
    if record.outcome == "failed":
        return Text.assemble((readable(record.clip), "bold"), "  ", ("failed", "red"), f": {readable(record.reason)}")
    return _judged_line(record.clip, [record.row, *record.further])


def _judged_line(clip: str, sets: list[dict[str, Any]]) -> Text:
    line = Text.assemble((readable(clip), "bold"))
    for row in sets:
        exercise = row["exercise"].replace("_", " ").capitalize()
        line.append(f"  {exercise}, {row['clean_reps']} of {count_of(row['reps'], 'rep')} clean")
        if unknown := row.get("not_judged_reps"):
            line.append(f", {unknown} not judged")
        if len(sets) > 1:
            line.append(f" (set {row['set']})")
        for column, before, style in (("faults", "", "red"), ("borderline", "possible: ", "yellow")):
            found = counts(row.get(column) or "").items()
            titles = ", ".join(f"{rule_title(row['exercise'], rule).lower()} {number}×" for rule, number in found)
            line.append(f"  {before}{titles}" if titles else "", style)
    return line
