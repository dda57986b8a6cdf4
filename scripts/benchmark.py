"""How fast is formcheck, and how much memory does it take? Beside it, the same clip through a plain loop.

    python scripts/benchmark.py            five minutes of video: about ten minutes on two cores
    python scripts/benchmark.py --quick    one minute of video

A sample is played in a loop to make a clip of any length. formcheck runs as a program of its own on a terminal; the
memory is that of its whole process tree. The plain loop reads every frame with OpenCV and gives it to MediaPipe's heavy
model in VIDEO mode, nothing else. Runs on Linux and macOS.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "scripts")]

from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from benchmarking.clip import frame_count, frame_size, loop_clip  # noqa: E402
from benchmarking.measure import Run, run_analysis, run_plain_loop  # noqa: E402
from formcheck.pose import find_model  # noqa: E402
from formcheck.pose.pool import available_cores  # noqa: E402

SHORT_S, LONG_S, QUICK_S, PLAIN_S = 10.0, 300.0, 60.0, 10.0

#: Memory is flat when the long clip takes at most this many times the short one's.
FLAT = 1.25


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; exit code 0, 1 when memory is not flat or a run fails, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console.width = 140
    if not options.clip.is_file():
        Console(stderr=True).print(f"{options.clip} does not exist; expected a clip to play in a loop.")
        return 2
    long_s = options.seconds or (QUICK_S if options.quick else LONG_S)
    with tempfile.TemporaryDirectory(prefix="formcheck-benchmark-") as scratch:
        try:
            result = measure(options.clip, Path(scratch), long_s, options.height, console)
        except RuntimeError as error:
            Console(stderr=True).print(str(error), markup=False)
            return 1
    print_result(result, console)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return 0 if result["memory_ratio"] <= FLAT else 1


def measure(sample: Path, scratch: Path, long_s: float, height: int | None, console: Console) -> dict[str, Any]:
    """All runs, one after the other. Throughput is frames of video a second, the program's start included."""
    short = loop_clip(sample, scratch / "short.mp4", SHORT_S, height)
    long = loop_clip(sample, scratch / "long.mp4", long_s, height)
    frames = frame_count(long)
    console.print(f"{sample.name} in a loop: {long_s:.0f} s, {frames} frames; {available_cores()} cores", highlight=False)
    runs: dict[str, Run] = {}
    for name, clip, video in (
        ("short, analysis", short, False), ("short, drawing", short, True),
        ("long, analysis", long, False), ("long, drawing", long, True),
    ):
        # The second run of a clip finds the first one's poses: it measures what the annotated video costs on top.
        console.print(f"  {name} ...", highlight=False)
        runs[name] = run_analysis(clip, scratch / clip.stem, video=video)
    console.print(f"  plain loop over {PLAIN_S:.0f} s ...", highlight=False)
    plain, plain_run = run_plain_loop(long, find_model("heavy").path, PLAIN_S)
    alone = frames / runs["long, analysis"].seconds
    drawn = frames / (runs["long, analysis"].seconds + runs["long, drawing"].seconds)
    loop = plain["frames"] / plain["seconds"]
    rate = plain["frames"] / plain["video_seconds"]
    return {
        "sample": sample.name,
        "height": height,
        "cores": available_cores(),
        "load_at_start": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "size": frame_size(long),
        "short_s": SHORT_S,
        "long_s": long_s,
        "frames": frames,
        "frame_rate": rate,
        "analysis_fps": alone,
        "with_video_fps": drawn,
        "drawing_fps": frames / runs["long, drawing"].seconds,
        "plain_fps": loop,
        "ratio_analysis": alone / loop,
        "ratio_with_video": drawn / loop,
        "processor_s_per_video_s": {
            "analysis": runs["long, analysis"].cpu_s / long_s,
            "with_video": (runs["long, analysis"].cpu_s + runs["long, drawing"].cpu_s) / long_s,
            "drawing": runs["long, drawing"].cpu_s / long_s,
            "plain": plain_run.cpu_s / plain["video_seconds"],
        },
        "plain_peak_mb": plain_run.peak_mb,
        "first_sign_s": runs["long, analysis"].first_sign_s,
        "first_progress_s": runs["long, analysis"].first_progress_s,
        "memory_ratio": max(
            runs["long, analysis"].peak_mb / runs["short, analysis"].peak_mb,
            runs["long, drawing"].peak_mb / runs["short, drawing"].peak_mb,
        ),
        "runs": {name: asdict(run) for name, run in runs.items()},
    }


def print_result(result: dict[str, Any], console: Console) -> None:
    """Two tables: speed beside the plain loop, and memory."""
    rate = result["frame_rate"]
    speed = Table(title="Speed", title_justify="left")
    for column in ("", "frames a second", "times real time", "times the plain loop", "processor s / s of video"):
        speed.add_column(column, justify="left" if not column else "right")
    for name, key in (
        ("formcheck, analysis alone", "analysis"), ("formcheck, with annotated video", "with_video"),
        ("drawing alone, poses reused", "drawing"), ("plain loop: cv2 + heavy, every frame", "plain"),
    ):
        fps, cpu = result[f"{key}_fps"], result["processor_s_per_video_s"][key]
        speed.add_row(name, f"{fps:.1f}", f"{fps / rate:.2f}", f"{fps / result['plain_fps']:.2f}", f"{cpu:.2f}")
    console.print(speed)
    console.print(f"First sign of life after {_seconds(result['first_sign_s'])}, first progress after"
                  f" {_seconds(result['first_progress_s'])}.\n", highlight=False)
    memory = Table(title="Peak memory of all processes, MB", title_justify="left")
    for column in ("clip", "analysis", "drawing"):
        memory.add_column(column, justify="left" if column == "clip" else "right")
    for name, seconds in (("short", SHORT_S), ("long", result["long_s"])):
        peaks = [result["runs"][f"{name}, {what}"]["peak_mb"] for what in ("analysis", "drawing")]
        memory.add_row(f"{seconds:.0f} s", *(f"{peak:.0f}" for peak in peaks))
    memory.add_row("plain loop", f"{result['plain_peak_mb']:.0f}", "")
    console.print(memory)
    flat = "flat" if result["memory_ratio"] <= FLAT else "NOT flat"
    console.print(f"The long clip takes {result['memory_ratio']:.2f} times the memory of the short one: {flat}.",
                  highlight=False)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip", type=Path, nargs="?", default=CHECKOUT / "samples" / "rdl_good_m.mp4",
                        help="the clip to play in a loop (default: a sample)")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_S:.0f} s of video instead of {LONG_S:.0f}")
    parser.add_argument("--seconds", type=float, help="length of the long clip")
    parser.add_argument("--height", type=int, help="scale the clip to this many pixels first, e.g. 1920")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number")
    return parser


if __name__ == "__main__":
    sys.exit(main())
