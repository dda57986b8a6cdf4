"""Runs formcheck and the plain loop as programs and measures them from outside. Needs a Unix terminal (Linux, macOS)."""

from __future__ import annotations

import json
import os
import pty
import re
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from processes import environment, formcheck

#: Seconds between samples: short against the stages of an analysis, and cheap.
_STEP_S = 0.2


class TreeWatch:
    """Samples the memory of a process tree until it is closed; `peak_mb` is the largest sum seen, `peaks_mb` the largest
    while `doing` gave each name.

    On Linux pages shared by several processes count once (PSS); elsewhere each process counts whole (RSS). `cpu_s` has
    the seconds of processor time spent while `doing` gave each name, on Linux only.
    """

    def __init__(self, pid: int, doing: Callable[[], str] | None = None) -> None:
        self.peaks_mb: dict[str, float] = {}
        self.cpu_s: dict[str, float] = {}
        self._doing = doing or (lambda: "all")
        self._pid = pid
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> TreeWatch:
        self._thread.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def peak_mb(self) -> float:
        """The largest sum seen, 0 before the first sample."""
        return max(self.peaks_mb.values(), default=0.0)

    def _watch(self) -> None:
        before = 0.0
        while not self._over.is_set():
            what = self._doing()
            self.peaks_mb[what] = max(self.peaks_mb.get(what, 0.0), tree_memory_mb(self._pid))
            spent = tree_cpu_s(self._pid)
            if spent > before:
                self.cpu_s[what] = self.cpu_s.get(what, 0.0) + spent - before
                before = spent
            self._over.wait(_STEP_S)


def tree_memory_mb(pid: int) -> float:
    """Memory of a process and its descendants in megabytes (10^6 bytes); 0 when it is gone."""
    if Path("/proc/self/smaps_rollup").is_file():
        return sum(_pss_kib(member) for member in _descendants(pid)) * 1024 / 1e6
    return _tree_rss_kib(pid) * 1024 / 1e6


def tree_cpu_s(pid: int) -> float:
    """Processor time of a process and its descendants, those that have ended too, in seconds; 0 where Linux's /proc is not."""
    ticks = 0
    for member in _descendants(pid) if Path("/proc/self/stat").is_file() else ():
        try:
            # After the name in brackets: user and system time of the process, and of its children that have ended.
            fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def _descendants(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        try:
            for thread in Path(f"/proc/{current}/task").iterdir():
                waiting += [int(child) for child in (thread / "children").read_text().split()]
        except OSError:
            continue  # it ended while we looked
    return found


def _pss_kib(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def _tree_rss_kib(pid: int) -> int:
    listing = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True).stdout
    rows = [tuple(int(cell) for cell in line.split()) for line in listing.splitlines() if len(line.split()) == 3]
    members, grew = {pid}, True
    while grew:
        more = {child for child, parent, _ in rows if parent in members} - members
        members |= more
        grew = bool(more)
    return sum(rss for child, _, rss in rows if child in members)


SCRIPTS = Path(__file__).resolve().parents[1]

#: A progress bar that has moved, and what a bar says is being done.
_MOVED = re.compile(rb"\b([1-9]\d?|100)%")
_DOING = re.compile(rb"([a-z][a-z ]*[a-z]) +[^a-z%]*\d+%")
_STYLE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass(frozen=True)
class Run:
    """One run of a program: wall and processor time and peak memory of its process tree, and when it first showed
    something. The processor time says the same on a busy machine as on an idle one.

    `first_sign_s` is the first thing on the terminal, `first_progress_s` the first share of work done that is not zero;
    None when it showed none. `began_s` has when each stage was first shown, `stages_cpu_s` the processor time spent while
    it was (to a fifth of a second, on Linux).
    """

    seconds: float
    cpu_s: float
    peak_mb: float
    first_sign_s: float | None = None
    first_progress_s: float | None = None
    began_s: dict[str, float] = field(default_factory=dict)
    stages_cpu_s: dict[str, float] = field(default_factory=dict)
    stages_peak_mb: dict[str, float] = field(default_factory=dict)


def run_analysis(clip: Path, out: Path, *, video: bool) -> Run:
    """Run `formcheck analyze` on a terminal, as a user sees it.

    Raises:
        RuntimeError: it failed; has what it said.
    """
    drawn = [] if video else ["--no-video"]
    return _watched(formcheck("analyze", str(clip), "--out", str(out), "--no-report", *drawn))


def run_batch(folder: Path) -> Run:
    """Run `formcheck batch` over a folder.

    Raises:
        RuntimeError: it failed.
    """
    return _watched([sys.executable, "-c", "from formcheck.apps.cli import main; main()", "batch", str(folder)])


def run_plain_loop(clip: Path, model: Path, seconds: float) -> tuple[dict[str, float], Run]:
    """Run the plain loop over the first `seconds` of the clip; its own count of frames and seconds, and the run.

    Raises:
        RuntimeError: it failed.
    """
    before = _processor_time()
    result = subprocess.Popen(
        [sys.executable, "-m", "benchmarking.plain_loop", str(clip), str(model), str(seconds)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment(),
    )
    started = time.perf_counter()
    with TreeWatch(result.pid) as memory:
        said, complaint = result.communicate()
    if result.returncode != 0:
        raise RuntimeError(f"the plain loop failed: {complaint.strip().splitlines()[-1:]}")
    counted: dict[str, float] = json.loads(said.splitlines()[-1])
    return counted, Run(time.perf_counter() - started, _processor_time() - before, memory.peak_mb)


def _watched(command: list[str]) -> Run:
    ours, theirs = pty.openpty()
    seen = bytearray()
    moments: dict[str, float] = {}
    began: dict[str, float] = {}
    doing = ["starting"]
    started, before = time.perf_counter(), _processor_time()
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, env=_environment(), close_fds=True
    )
    os.close(theirs)

    def listen() -> None:
        while True:
            try:
                block = os.read(ours, 4096)
            except OSError:  # Linux ends a pseudo-terminal with an error
                return
            if not block:
                return
            moments.setdefault("sign", time.perf_counter() - started)
            seen.extend(block)
            if "progress" not in moments and _MOVED.search(seen):
                moments["progress"] = time.perf_counter() - started
            if said := _DOING.findall(_STYLE.sub(b"", bytes(seen[-2_000:]))):
                doing[0] = said[-1].decode()
                began.setdefault(doing[0], time.perf_counter() - started)
            del seen[:-20_000]

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    with TreeWatch(process.pid, lambda: doing[0]) as memory:
        code = process.wait()
    taken = time.perf_counter() - started
    listener.join(timeout=5)
    os.close(ours)
    if code != 0:
        raise RuntimeError(f"formcheck ended with exit code {code}: {seen[-400:].decode(errors='replace').strip()}")
    return Run(
        taken, _processor_time() - before, memory.peak_mb, moments.get("sign"), moments.get("progress"), began, memory.cpu_s,
        memory.peaks_mb,
    )  # fmt: skip


def _processor_time() -> float:
    """Seconds of processor time of all programs that were run so far, with what they started."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def _environment() -> dict[str, str]:
    found = environment(TERM="xterm", COLUMNS="120")
    return {**found, "PYTHONPATH": f"{found['PYTHONPATH']}{os.pathsep}{SCRIPTS}"}
