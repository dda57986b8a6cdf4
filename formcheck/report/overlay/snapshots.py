"""The pictures of the findings without the video."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from formcheck.analysis import Analysis
from formcheck.exercises import FilmedSet
from formcheck.report.overlay.painter import Painter, Style
from formcheck.report.overlay.render import Canvases, save_snapshot, snapshots_wanted
from formcheck.report.shown import focus_of
from formcheck.video.reader import ClipReader


def render_snapshots(
    reader: ClipReader,
    takes: Sequence[FilmedSet],
    analysis: Analysis,
    folder: Path,
    *,
    style: Style = "full",
    progress: Callable[[float], None] | None = None,
) -> None:
    """Write a PNG of every finding into `folder`, named by `snapshot_name`; only the pictures around them are decoded."""
    info = reader.info
    wanted = snapshots_wanted(analysis, folder)
    if not wanted:
        return
    painter = Painter((info.width, info.height), takes, analysis, focus_of(analysis.exercise.name), style)
    canvases = Canvases(painter.layout)
    times = sorted({finding.time_s for finding, _ in wanted})
    for place, time_s in enumerate(times, 1):
        for canvas, shown_s in canvases.filled(reader.frames_near([time_s])):
            for finding, path in wanted:
                if finding.time_s == time_s:
                    save_snapshot(painter.snapshot(canvas.planes, shown_s, finding), path)
            canvases.free(canvas)
        if progress is not None:
            progress(place / len(times))
