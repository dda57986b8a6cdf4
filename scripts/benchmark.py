"""How fast is formcheck on what phones film, and how much memory does it take? Beside it, the same clip through a plain loop.

    python scripts/benchmark.py                             clips of a phone, 4K, 480p and 678x848, 28 s each: half an hour
    python scripts/benchmark.py --clips phone --seconds 10  one of them, shorter
    python scripts/benchmark.py --made FOLDER --repeats 1   measure once, and keep the clips for the next time
    python scripts/benchmark.py --clips 480p30 --flat 300   and: does five minutes take more memory than ten seconds?
    python scripts/benchmark.py --clips 480p30 --seconds 3 --folder 20    and: twenty such clips in one `formcheck batch`
    python scripts/benchmark.py --long 1800                 instead: half an hour of 480p, without a cut and with 200 cuts

The clips are made from a sample, played there and back so that no seam is in them (see `benchmarking/clip.py`). Every clip
is measured several times (`--repeats`), formcheck and the plain loop in turn; the medians count. formcheck runs as a program
of its own on a terminal; the memory is that of its whole process tree, and what its progress bar says tells how long each
stage took. The plain loop reads every frame with OpenCV and gives it to MediaPipe's heavy model in VIDEO mode, nothing else;
of a long clip it sees the first seconds only, as its speed does not change. The first figure is how long the verdict takes;
the processor time beside it says the same on a busy machine as on an idle one. The floor is what cannot be avoided,
measured in the same run: decoding alone, as many looks of the model, encoding alone. Runs on Linux and macOS.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(CHECKOUT), str(CHECKOUT / "scripts")]

from rich.console import Console  # noqa: E402
from rich.table import Table  # noqa: E402

from benchmarking.clip import KINDS, Kind, frame_count, make_clip  # noqa: E402
from benchmarking.floor import floor_of  # noqa: E402
from benchmarking.long import measure_long  # noqa: E402
from benchmarking.measure import Run, run_analysis, run_batch, run_plain_loop  # noqa: E402
from formcheck.pose.pool import available_cores  # noqa: E402
from formcheck.pose.registry import find_model  # noqa: E402

T = TypeVar("T")
SECONDS, PLAIN_S, SHORT_S = 28.0, 5.0, 10.0
REPEATS = 3
USUAL = ("phone", "4k30", "480p30", "portrait30")

#: Memory is flat when the long clip takes at most this many times the short one's.
FLAT = 1.25


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; exit code 0, 1 when memory is not flat or a run fails, 2 wrong usage."""
    options = _parser().parse_args(arguments)
    console = Console()
    if not console.is_terminal:
        console.width = 140
    if not options.sample.is_file():
        Console(stderr=True).print(f"{options.sample} does not exist; expected a clip to film again.")
        return 2
    result: dict[str, Any] = {
        "sample": options.sample.name,
        "cores": available_cores(),
        "load_at_start": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "clips": {},
    }
    with tempfile.TemporaryDirectory(prefix="formcheck-benchmark-") as scratch:
        try:
            if options.long:
                result["long"] = measure_long_clips(
                    options.sample, options.made or Path(scratch), Path(scratch), options.long, console
                )
            for name in () if options.long else options.clips:
                clip = made(options.sample, options.made or Path(scratch), KINDS[name], options.seconds, console)
                measured = measure(clip, Path(scratch), KINDS[name], options.plain_seconds, options.repeats, console)
                if not options.made:
                    clip.unlink()
                result["clips"][name] = measured
                print_clip(measured, console)
            if options.flat:
                kind = KINDS[options.clips[-1]]
                result["flat"] = measure_flatness(
                    options.sample, options.made or Path(scratch), Path(scratch), kind, options.flat, console
                )
            if options.folder:
                clip = made(options.sample, options.made or Path(scratch), KINDS[options.clips[-1]], options.seconds, console)
                result["folder"] = measure_folder(clip, Path(scratch), options.folder, console)
        except RuntimeError as error:
            Console(stderr=True).print(str(error), markup=False)
            return 1
    print_result(result, console)
    if options.json:
        options.json.write_text(json.dumps(result, indent=1), encoding="utf-8")
    return 0 if not options.flat or result["flat"]["ratio"] <= FLAT else 1


def made(sample: Path, folder: Path, kind: Kind, seconds: float, console: Console) -> Path:
    """The clip of a kind in a folder: made now, or of an earlier run with the same sample and length."""
    console.print(f"{kind.name} ({kind}): {seconds:.0f} s ...", highlight=False)
    return kept(
        folder / f"{sample.stem}-{kind.name}-{seconds:g}s.mp4", lambda target: make_clip(sample, target, kind, seconds)
    )


def kept(clip: Path, make: Callable[[Path], Path]) -> Path:
    """A clip, made under another name first if it is not there."""
    if clip.is_file():
        return clip
    clip.parent.mkdir(parents=True, exist_ok=True)
    return make(clip.with_name(f"unfinished-{clip.name}")).replace(clip)


def measure(clip: Path, scratch: Path, kind: Kind, plain_s: float, repeats: int, console: Console) -> dict[str, Any]:
    """One kind of clip: formcheck from nothing to the annotated video, and the plain loop right after it, in turn.

    The plain loop sees the first `plain_s` seconds. Ratios are of seconds a second of video, formcheck's start included.
    The analysis alone ends where drawing begins. The run of median length stands for all;
    `ratios` has what each turn gave.
    """
    frames = frame_count(clip)
    seconds = frames / kind.fps
    runs, plains = [], []
    for turn in range(repeats):
        console.print(
            f"{kind.name}: formcheck, then the plain loop over {plain_s:.0f} s ({turn + 1} of {repeats}) ...", highlight=False
        )
        out = scratch / f"{kind.name}-{turn}"
        runs.append(run_analysis(clip, out, video=True))
        plains.append(run_plain_loop(clip, find_model("heavy").path, plain_s))
    run = middle(runs, lambda run: run.seconds)
    plain, plain_run = middle(plains, lambda plain: plain[0]["seconds"])
    plain_fps = plain["frames"] / plain["seconds"]
    analysis_s = middle([analysis_seconds(run) for run in runs], float)
    megabytes = (out / "annotated.mp4").stat().st_size / 1e6
    console.print(f"{kind.name}: decoding alone, looks alone, encoding alone ...", highlight=False)
    floor = floor_of(clip, out)
    drawing_cpu_s = run.stages_cpu_s.get("drawing", 0.0)
    return {
        "kind": str(kind),
        "name": kind.name,
        "seconds": seconds,
        "frames": frames,
        "frame_rate": kind.fps,
        "verdict_s": analysis_s,
        "floor": asdict(floor),
        "ratio_floor": {
            "analysis": (run.cpu_s - drawing_cpu_s) / floor.analysis_s, "with_video": run.cpu_s / floor.with_video_s,
        },
        "analysis_fps": frames / analysis_s,
        "with_video_fps": frames / run.seconds,
        "plain_fps": plain_fps,
        "ratio_analysis": frames / analysis_s / plain_fps,
        "ratio_with_video": frames / run.seconds / plain_fps,
        "ratios": [
            {name: frames / taken / (said["frames"] / said["seconds"])
             for name, taken in (("analysis", analysis_seconds(run)), ("with_video", run.seconds))}
            for run, (said, _) in zip(runs, plains, strict=True)
        ],
        "megabytes_a_minute": megabytes * 60 / seconds,
        "processor_s_per_video_s": {
            "analysis": (run.cpu_s - drawing_cpu_s) / seconds,
            "with_video": run.cpu_s / seconds,
            "plain": plain_run.cpu_s / plain["video_seconds"],
        },
        "peak_mb": max(run.peak_mb for run in runs),
        "plain_peak_mb": plain_run.peak_mb,
        "run": asdict(run),
    }  # fmt: skip


def analysis_seconds(run: Run) -> float:
    """How long it took until drawing began, or all of it."""
    return run.began_s.get("drawing", run.seconds)


def middle(items: Sequence[T], size: Callable[[T], float]) -> T:
    """The item of median size, of an even number the larger one of the two in the middle."""
    return sorted(items, key=size)[len(items) // 2]


def measure_flatness(
    sample: Path, folder: Path, scratch: Path, kind: Kind, long_s: float, console: Console
) -> dict[str, Any]:
    """Peak memory of a short and a long clip."""
    runs: dict[str, Run] = {}
    for name, seconds in (("short", SHORT_S), ("long", long_s)):
        clip = made(sample, folder, kind, seconds, console)
        console.print(f"{kind.name}, {seconds:.0f} s: memory ...", highlight=False)
        runs[name] = run_analysis(clip, scratch / name, video=True)
    return {
        "name": kind.name, "short_s": SHORT_S, "long_s": long_s,
        "short_mb": runs["short"].peak_mb, "long_mb": runs["long"].peak_mb,
        "ratio": runs["long"].peak_mb / runs["short"].peak_mb,
    }  # fmt: skip


def measure_long_clips(
    sample: Path, folder: Path, scratch: Path, seconds: float, console: Console
) -> list[dict[str, Any]]:
    """Long clips of 480p, made of the sample and, where there are cuts, of the samples of the same exercise beside it."""
    exercise = sample.stem.split("_")[0]
    samples = [sample, *(other for other in sorted(sample.parent.glob(f"{exercise}_*.mp4")) if other != sample)]
    console.print(f"{seconds:.0f} s without a cut, and with cuts ...", highlight=False)
    return measure_long(
        samples, KINDS["480p30"], seconds, scratch, lambda name, make: kept(folder / f"{name}-{seconds:g}s.mp4", make)
    )


def measure_folder(clip: Path, scratch: Path, count: int, console: Console) -> dict[str, Any]:
    """Processor seconds of one clip in a batch of its own, and of each in a batch of `count` copies."""
    cpu_s = {}
    for copies in (1, count):
        folder = scratch / f"folder-{copies}"
        folder.mkdir()
        for number in range(copies):  # different bytes each: a free box at the end belongs to no stream
            free = (8 + number).to_bytes(4, "big") + b"free" + bytes(number)
            (folder / f"{number}.mp4").write_bytes(clip.read_bytes() + free)
        console.print(f"a folder of {copies} ...", highlight=False)
        cpu_s[copies] = run_batch(folder).cpu_s
    return {"clips": count, "alone_cpu_s": cpu_s[1], "each_cpu_s": cpu_s[count] / count}


def print_clip(measured: dict[str, Any], console: Console) -> None:
    """What one clip took, stage by stage."""
    run = measured["run"]
    stages = Table(title=f"{measured['name']}, stage by stage", title_justify="left")
    for column in ("stage", "began after", "processor s", "processor s / s of video", "peak MB"):
        stages.add_column(column, justify="left" if column == "stage" else "right")
    for stage, cpu in run["stages_cpu_s"].items():
        stages.add_row(stage, _seconds(run["began_s"].get(stage, 0.0)), f"{cpu:.1f}", f"{cpu / measured['seconds']:.2f}",
                       f"{run['stages_peak_mb'].get(stage, 0.0):.0f}")  # fmt: skip
    console.print(stages)


def print_result(result: dict[str, Any], console: Console) -> None:
    """The table of all clips."""
    for long in result.get("long", ()):
        run = long["run"]
        console.print(
            f"{long['seconds']:.0f} s {long['title']}: {run['seconds']:.0f} s, {run['cpu_s']:.0f} processor seconds,"
            f" {run['peak_mb']:.0f} MB; {long['said']}.",
            highlight=False,
        )
    if not result["clips"]:
        return
    speed = Table(title="Speed and memory", title_justify="left")
    for column in ("", "verdict after", "verdict / loop", "with video / loop", "with video / real time", "plain loop, fps",
                   "processor s / s of video: verdict", "with video", "loop", "/ floor: verdict", "with video",
                   "peak MB", "loop's MB", "video, MB/min"):  # fmt: skip
        speed.add_column(column, justify="left" if not column else "right")
    for clip in result["clips"].values():
        speed.add_row(
            f"{clip['name']}: {clip['kind']}", _seconds(clip["verdict_s"]), _spread(clip, "analysis"),
            _spread(clip, "with_video"), f"{clip['with_video_fps'] / clip['frame_rate']:.2f}", f"{clip['plain_fps']:.1f}",
            *(f"{clip['processor_s_per_video_s'][name]:.2f}" for name in ("analysis", "with_video", "plain")),
            *(f"{clip['ratio_floor'][name]:.2f}" for name in ("analysis", "with_video")),
            f"{clip['peak_mb']:.0f}", f"{clip['plain_peak_mb']:.0f}",
            f"{clip['megabytes_a_minute']:.0f}",
        )  # fmt: skip
    console.print(speed)
    if folder := result.get("folder"):
        console.print(
            f"A clip in a folder of {folder['clips']} takes {folder['each_cpu_s']:.1f} processor seconds, alone"
            f" {folder['alone_cpu_s']:.1f}.", highlight=False,
        )  # fmt: skip
    if flat := result.get("flat"):
        console.print(
            f"{flat['long_s']:.0f} s of {flat['name']} take {flat['ratio']:.2f} times the memory of {flat['short_s']:.0f} s"
            f" ({flat['long_mb']:.0f} MB, {flat['short_mb']:.0f} MB): {'flat' if flat['ratio'] <= FLAT else 'NOT flat'}.",
            highlight=False,
        )


def _spread(clip: dict[str, Any], name: str) -> str:
    """The ratio of the medians, and in brackets the lowest and highest of single turns."""
    single = [turn[name] for turn in clip["ratios"]]
    return f"{clip[f'ratio_{name}']:.1f} ({min(single):.1f}-{max(single):.1f})"


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sample", type=Path, nargs="?", default=CHECKOUT / "samples" / "rdl_good_m.mp4",
                        help="the clip that is filmed again (default: a sample)")
    parser.add_argument("--clips", nargs="+", choices=sorted(KINDS), default=list(USUAL), help="which kinds of clip")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"length of each clip (default: {SECONDS:.0f})")
    parser.add_argument("--plain-seconds", type=float, default=PLAIN_S, metavar="SECONDS",
                        help=f"how much of it the plain loop sees (default: {PLAIN_S:.0f})")
    parser.add_argument("--repeats", type=int, default=REPEATS, choices=range(1, 10), metavar="N",
                        help=f"how often each clip is measured (default: {REPEATS})")
    parser.add_argument("--flat", type=float, metavar="SECONDS", help="compare the memory of the last kind at this length")
    parser.add_argument("--long", type=float, metavar="SECONDS",
                        help="only this: a clip of that length without a cut and one with many; which reps are found?")
    parser.add_argument("--folder", type=int, metavar="CLIPS", help="also a batch of so many clips of the last kind")
    parser.add_argument("--made", type=Path, metavar="FOLDER",
                        help="keep the clips there, and use those that are there (making them takes longer than measuring)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every number")
    return parser


if __name__ == "__main__":
    sys.exit(main())
