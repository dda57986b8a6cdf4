"""Peak memory of a process and everything it started, and its processor time by what it was doing, sampled from outside."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
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
