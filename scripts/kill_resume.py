#!/usr/bin/env python
"""Kill a batch at random moments, go on after each, and compare the end with an undisturbed run.

    python scripts/kill_resume.py samples                  # ten kills with the project's own samples
    python scripts/kill_resume.py ../shared/clips/rendered --kills 20 --seed 3 -- --pose-rate 5

After every kill, each folder that has the name of a result must be complete, and no worker process may go on. Options after
`--` go to `formcheck batch`. Ends with exit code 0 when the summary, the rows of the repetitions and every analysis are the
same as without the kills.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from formcheck.apps.batch.record import read_record
from processes import alive, children_of, environment, formcheck

#: Seconds after a kill in which the batch's workers must have ended too.
WORKERS_END_S = 5.0
VIDEOS = (".mp4", ".mov", ".m4v", ".mkv", ".avi", ".webm")
#: No time, no memory, nothing else that may differ between two runs is in these.
COMPARED = ("summary.csv", "reps.csv")


def main() -> int:
    """Run the trial; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder whose clips are copied and analysed")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--clips-at-most", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    given = arguments_of(parser)
    with tempfile.TemporaryDirectory(prefix="formcheck-kill-") as folder:
        return Trial(Path(folder), given).run()


def arguments_of(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The command line; what stands after `--` becomes `options`."""
    words = sys.argv[1:]
    own = words[: words.index("--")] if "--" in words else words
    given = parser.parse_args(own)
    given.options = words[len(own) + 1 :]
    return given


class Trial:
    """One trial in a temporary folder."""

    def __init__(self, folder: Path, given: argparse.Namespace) -> None:
        self.clips, self.reference, self.out = folder / "clips", folder / "reference", folder / "out"
        self.kills, self.chance, self.options = given.kills, random.Random(given.seed), given.options
        self.clips.mkdir()
        found = sorted(path for path in given.clips.iterdir() if path.suffix.lower() in VIDEOS)[: given.clips_at_most]
        if not found:
            sys.exit(f"no clip in {given.clips}; expected a folder with videos.")
        for path in found:
            shutil.copyfile(path, self.clips / path.name)
        (self.clips / "empty.mp4").touch()
        (self.clips / "noise.mp4").write_bytes(random.Random(0).randbytes(30_000))

    def run(self) -> int:
        """Reference, kills, end and comparison."""
        began = time.monotonic()
        self.finish(self.reference)
        whole_s = time.monotonic() - began
        print(f"undisturbed: {whole_s:.0f} s, {len(list(self.clips.iterdir()))} files")
        killed = complete = 0
        while killed < self.kills:
            delay = self.chance.uniform(0.3, max(4.0, 0.7 * whole_s))
            batch = self.start(self.out)
            try:
                batch.wait(delay)
                print(f"the batch was done before the kill after {delay:.1f} s; starting over")
                shutil.rmtree(self.out)
                continue
            except subprocess.TimeoutExpired:
                pass
            workers = children_of(batch.pid)
            batch.kill()
            batch.wait()
            killed += 1
            complete = self._check_after_kill(workers)
            print(f"kill {killed:2d} after {delay:4.1f} s: {complete} results there, all complete; workers ended")
        self.finish(self.out)
        return self.compare()

    def start(self, out: Path) -> subprocess.Popen[bytes]:
        """A batch that writes into `out`."""
        command = formcheck("batch", str(self.clips), "--out", str(out), "--quiet", *self.options)
        return subprocess.Popen(command, env=environment())

    def finish(self, out: Path) -> None:
        """Run a batch to its end."""
        code = self.start(out).wait()
        if code != 4:  # two of the files are damaged on purpose
            sys.exit(f"formcheck batch ended with exit code {code}; expected 4.")

    def _check_after_kill(self, workers: list[int]) -> int:
        results = list(self.out.rglob("*.formcheck")) if self.out.exists() else []
        for path in results:
            if read_record(path) is None:
                sys.exit(f"FAILED: {path.name} looks like a result but is not complete.")
        until = time.monotonic() + WORKERS_END_S
        while any(alive(pid) for pid in workers):
            if time.monotonic() > until:
                sys.exit("FAILED: a worker outlived the killed batch.")
            time.sleep(0.1)
        return len(results)

    def compare(self) -> int:
        """Print what differs from the undisturbed run; the exit code."""
        names = [*COMPARED, *sorted(str(path.relative_to(self.reference)) for path in self.reference.rglob("analysis.json"))]
        different = [name for name in names if (self.reference / name).read_bytes() != (self.out / name).read_bytes()]
        left = [path.name for path in self.out.rglob(".*.part")]
        print(f"compared {len(names)} files: {len(different)} differ; {len(left)} unfinished folders left")
        for name in different:
            print(f"FAILED: {name} differs from the undisturbed run")
        return 1 if different or left else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
