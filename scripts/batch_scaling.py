#!/usr/bin/env python
"""How much faster is a batch with more workers? Runs the same clips with each number of workers and prints the gain.

    python scripts/batch_scaling.py samples                 # 1 and 2 workers
    python scripts/batch_scaling.py samples --workers 1 2 4 -- --no-video

Options after `--` go to `formcheck batch`. Nothing else should run meanwhile. Exit code 1 when the last number of workers
gives less than `--at-least` times the throughput of the first.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from kill_resume import Trial, arguments_of


def main() -> int:
    """Run the measurement; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder whose clips are copied and analysed")
    parser.add_argument("--clips-at-most", type=int, default=6)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--at-least", type=float, default=1.7)
    given = arguments_of(parser)
    given.kills, given.seed = 0, 1
    took: list[float] = []
    with tempfile.TemporaryDirectory(prefix="formcheck-scaling-") as folder:
        trial = Trial(Path(folder), given)
        options = trial.options
        for workers in given.workers:
            trial.options = [*options, "--workers", str(workers)]
            began = time.monotonic()
            trial.finish(Path(folder) / f"out-{workers}")
            took.append(time.monotonic() - began)
            print(f"{workers} workers: {took[-1]:6.1f} s, {took[0] / took[-1]:.2f} times the first", flush=True)
    return 0 if took[0] / took[-1] >= given.at_least else 1


if __name__ == "__main__":
    sys.exit(main())
