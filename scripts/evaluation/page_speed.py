"""The accuracy page's section on speed and memory."""

from __future__ import annotations

from typing import Any

from evaluation.table import Table, markdown


def _busy(speed: dict[str, Any]) -> str:
    load = speed["load_at_start"]
    return f", shared with other work (load {load:.0f} when it began)" if load is not None and load > 1 else ""


def speed_section(speed: dict[str, Any]) -> list[str]:
    """The section as lines of Markdown; `speed` is what `scripts/benchmark.py --json` wrote."""
    clips = list(speed["clips"].values())
    rows = [
        (f"{clip['kind']}, {clip['seconds']:.0f} s", f"{clip['ratio_analysis']:.1f}", f"{clip['ratio_with_video']:.1f}",
         f"{clip['with_video_fps'] / clip['frame_rate']:.2f}", f"{clip['run']['first_progress_s'] or float('nan'):.1f} s",
         f"{clip['run']['peak_mb']:.0f}", f"{clip['plain_peak_mb']:.0f}")
        for clip in clips
    ]
    columns = ("clip", "analysis, times the plain loop", "with annotated video", "with video, times real time",
               "first progress", "peak memory, MB", "the loop's")  # fmt: skip
    note = "The plain loop reads every frame with OpenCV and gives it to the heavy model; it ran right after each clip."
    flat = speed.get("flat")
    longer = (
        f" {flat['long_s']:.0f} s of {flat['name']} take {flat['ratio']:.2f} times the memory of {flat['short_s']:.0f} s."
        if flat else ""
    )  # fmt: skip
    return [
        "## Speed and memory",
        "",
        f"`python scripts/benchmark.py`, clips made from `{speed['sample']}`, {speed['cores']} cores{_busy(speed)}.",
        "",
        markdown(Table("Speed", columns, rows, note + longer)),
    ]
