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
from dataclasses import dataclass, field
from pathlib import Path

from benchmarking.memory import TreeWatch
from processes import environment, formcheck

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
