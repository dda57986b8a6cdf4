"""The accuracy page's section on speed and memory."""

from __future__ import annotations

from typing import Any

from evaluation.table import Table, markdown


def _busy(speed: dict[str, Any]) -> str:
    load = speed["load_at_start"]
    return f", shared with other work (load {load:.0f} when it began)" if load is not None and load > 1 else ""


def speed_section(speed: dict[str, Any]) -> list[str]:
    """The section as lines of Markdown; `speed` is what `scripts/benchmark.py --json` wrote."""
    rows = [
        (name, f"{speed[f'{key}_fps']:.1f}", f"{speed[f'{key}_fps'] / speed['frame_rate']:.2f}",
         f"{speed[f'{key}_fps'] / speed['plain_fps']:.2f}")
        for name, key in (
            ("formcheck, analysis alone", "analysis"), ("formcheck, with annotated video", "with_video"),
            ("drawing alone, poses reused", "drawing"), ("plain loop: OpenCV and the heavy model, every frame", "plain"),
        )
    ]
    memory = [
        (f"{seconds:.0f} s clip", *(f"{speed['runs'][f'{name}, {what}']['peak_mb']:.0f}" for what in ("analysis", "drawing")))
        for name, seconds in (("short", speed["short_s"]), ("long", speed["long_s"]))
    ]
    width, height = speed["size"]
    return [
        "## Speed and memory",
        "",
        f"`python scripts/benchmark.py`, {speed['long_s']:.0f} s of `{speed['sample']}` in a loop, {width}x{height},"
        f" {speed['cores']} cores{_busy(speed)}.",
        "",
        markdown(Table("Speed", ("", "frames a second", "times real time", "times the plain loop"), rows)),
        markdown(
            Table("Peak memory of all processes, MB", ("", "analysis", "drawing"), memory,
                  f"First progress is shown after {speed['first_progress_s'] or float('nan'):.1f} s.")
        ),
    ]
