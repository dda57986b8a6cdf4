#!/usr/bin/env python
"""Kill programs that log sets at random moments, and look whether a set is lost or there twice.

    python scripts/kill_logbook.py                              # 300 kills of one writer, 100 of two at once
    python scripts/kill_logbook.py --kills 50 --commands 10     # also kills of `formcheck analyze --log` on a sample

A writer logs made-up sets one after the other and says so after each. It is killed (kill -9), and a new one begins from the
first set again, as somebody would who does not know what was logged. After every kill the logbook must be sound, hold every
set that was reported as logged, each of them whole, and none twice. Ends with exit code 0 when that was always so, and every
set is there in the end.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from formcheck.apps.logbook.entry import Entry, LoggedClip
from formcheck.apps.logbook.store import Logbook
from formcheck.results.analysis import Finding, JudgedRep
from formcheck.units import Load
from processes import environment, formcheck

ROOT = Path(__file__).resolve().parent.parent
SETS, REPS = 40, 10
DAY = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


def made_up(number: int) -> Entry:
    """Set so-and-so: always the same for a number."""
    reps = tuple(
        JudgedRep(i, 4.0 * i, 4.0 * i + 1, 4.0 * i + 2, 4.0 * i + 3, 1, 1, 1, 80, {}, "fault" if i > 7 else "clean")
        for i in range(1, REPS + 1)
    )
    findings = tuple(Finding("lumbar_arch", "fault", i, 4.0 * i, 120 * i, 9, 5, "deg", 0.9, "m", "c") for i in (8, 9, 10))
    clip = LoggedClip(f"{number:064x}", f"{number}.mp4", f"{number}.mp4", "")
    return Entry(0, "hip_thrust", DAY, "metadata", DAY, REPS, Load(60.0), reps=reps, findings=findings, clip=clip)


def write(path: Path) -> None:
    """Log all sets, saying each number once it is in; the last analysis of a set differs from the first, as when it is judged
    again with other limits."""
    for number in range(SETS):
        with Logbook(path) as book:
            book.log(made_up(number), (bytes(20_000), 1.0))
            again = made_up(number)
            book.log(replace(again, findings=again.findings[:2]))
        print(number, flush=True)


class Trial:
    """Kills of so many writers at once."""

    def __init__(self, folder: Path, writers: int, chance: random.Random) -> None:
        self.path, self.writers, self.chance = folder / "logbook.sqlite", writers, chance
        self.told: set[int] = set()
        self.moments: Counter[str] = Counter()

    def start(self) -> list[subprocess.Popen[str]]:
        """Begin the writers."""
        command = [sys.executable, __file__, "--write", str(self.path)]
        quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        return [subprocess.Popen(command, text=True, **quiet) for _ in range(self.writers)]

    def run(self, kills: int) -> None:
        """Kill so many times, then let them finish."""
        for _ in range(kills):
            fresh = not self.path.exists()
            running = self.start()
            first = running[0].stdout
            if not fresh and first is not None and self.chance.random() < 0.8:
                first.readline()  # most kills come while sets are written, some while the program starts
            time.sleep(self.chance.uniform(0, 1.0))
            for process in running:
                process.kill()
            self.check(running)
            if len(self.told) == SETS:  # all are in: begin a new logbook
                self.moments["logbooks filled"] += 1
                self.clear()
        running = self.start()
        for process in running:
            process.wait()
        self.check(running)
        if len(self.told) != SETS:
            sys.exit(f"FAILED: {SETS - len(self.told)} sets were never logged.")

    def clear(self) -> None:
        """Begin a new logbook."""
        self.told.clear()
        for path in self.path.parent.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def check(self, processes: list[subprocess.Popen[str]]) -> None:
        """What was told must be there, whole, once."""
        for process in processes:
            out, _ = process.communicate()
            self.told |= {int(line) for line in out.splitlines(keepends=True) if line.endswith("\n")}
        if not self.path.exists():
            self.moments["killed before there was a file"] += 1
            return
        with Logbook(self.path) as book:
            entries = book.entries()
        with closing(sqlite3.connect(self.path)) as raw:
            sound = raw.execute("PRAGMA integrity_check").fetchone()[0]
            loose = raw.execute("PRAGMA foreign_key_check").fetchall()
        numbers = Counter(int(entry.clip.sha256, 16) for entry in entries if entry.clip is not None)
        lost = self.told - set(numbers)
        twice = [number for number, count in numbers.items() if count > 1]
        half = [entry.id for entry in entries if len(entry.reps) != REPS or len(entry.findings) not in (2, 3)]
        self.moments["sets found again after a kill"] += len(numbers)
        if sound != "ok" or loose or lost or twice or half:
            sys.exit(f"FAILED: {sound}; loose rows {loose}; lost {sorted(lost)}; twice {twice}; not whole {half}")


def kill_commands(folder: Path, kills: int, chance: random.Random) -> None:
    """Kill `formcheck analyze --log` on a sample, whose track is saved already, and look at the logbook after each."""
    clip, path = folder / "set.mp4", folder / "logbook.sqlite"
    shutil.copyfile(ROOT / "samples" / "hip_thrust_good_f.mp4", clip)
    command = formcheck("analyze", str(clip), "--no-video", "--no-report", "--load", "60kg")
    subprocess.run(command, env=environment(), check=True, stdout=subprocess.DEVNULL)
    command += ["--log", "--keep", "--logbook", str(path)]
    began = time.monotonic()
    subprocess.run([*command[:-1], str(folder / "other.sqlite")], env=environment(), check=True, stdout=subprocess.DEVNULL)
    whole_s = time.monotonic() - began
    logged = 0
    for _ in range(kills):
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            process.wait(chance.uniform(0.5, 1.1) * whole_s)
        except subprocess.TimeoutExpired:
            process.kill()
        out, _ = process.communicate()
        logged += "set 1" in out
        if path.exists():
            with Logbook(path) as book:
                entries = book.entries()
            if len(entries) > 1 or (logged and len(entries) != 1):
                sys.exit(f"FAILED: {len(entries)} sets in the logbook, {logged} runs said it was logged.")
    subprocess.run(command, env=environment(), check=True, stdout=subprocess.DEVNULL)
    with Logbook(path) as book:
        (entry,) = book.entries()
        copy = path.parent / str(entry.clip.kept if entry.clip is not None else "")
    if copy.read_bytes() != clip.read_bytes():
        sys.exit("FAILED: the copy of the video is not whole.")
    print(f"{kills} kills of `formcheck analyze --log --keep` ({whole_s:.1f} s each): one set, its video whole")


def main() -> int:
    """Run the trials; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300, help="of one writer; a third as many of two at once")
    parser.add_argument("--commands", type=int, default=0, help="kills of the whole command on a sample")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write is not None:
        write(given.write)
        return 0
    chance = random.Random(given.seed)
    for writers, kills in ((1, given.kills), (2, given.kills // 3)):
        with tempfile.TemporaryDirectory(prefix="formcheck-kill-") as folder:
            trial = Trial(Path(folder), writers, chance)
            trial.run(kills)
        moments = ", ".join(f"{what}: {count}" for what, count in trial.moments.items())
        print(f"{kills} kills of {writers} at once: no set lost, none twice, none in part ({moments})", flush=True)
    if given.commands:
        with tempfile.TemporaryDirectory(prefix="formcheck-kill-") as folder:
            kill_commands(Path(folder), given.commands, chance)
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
