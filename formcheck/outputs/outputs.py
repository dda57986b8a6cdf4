"""Writing everything a user asked for into the output folder of one clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from formcheck.errors import STYLE, UsageError
from formcheck.outputs.angles import write_angles
from formcheck.outputs.folder import SNAPSHOTS, remove_shown
from formcheck.outputs.overlay.painter import Style
from formcheck.outputs.overlay.render import render_snapshots, render_video
from formcheck.outputs.page.page import write_page
from formcheck.pipeline import Scored
from formcheck.results.encoding import write_analysis
from formcheck.video.reader import ClipReader


def checked_style(style: str) -> Style:
    """How the video is drawn.

    Raises:
        UsageError: there is no such style.
    """
    found = next((name for name in get_args(Style) if name == style), None)
    if found is None:
        raise UsageError(f"{STYLE} expects {' or '.join(get_args(Style))} but got {style!r}.")
    known: Style = found
    return known


@dataclass(frozen=True)
class OutputOptions:
    """Which outputs are wanted, and how the video is drawn."""

    video: bool = True
    report: bool = True
    style: Style = "full"
    full_size: bool = False
    slow_faults: bool = False
    snapshots: bool = False
    library: Literal["inline", "shared"] = "inline"
    #: Folders between a clip's outputs and the shared chart library, that one counted.
    library_levels: int = 1


def write_outputs(
    scored: Scored,
    reader: ClipReader,
    out: Path,
    options: OutputOptions,
    progress: Callable[[str, float], None] | None = None,
) -> list[str]:
    """Write the wanted outputs into `out`; return their names. The quick ones come first: nothing computed is lost.

    The folder then shows this analysis and no other: video, page and pictures of an earlier one are removed first.

    Raises:
        OutputError: the disk refuses; what was written before stays, complete.
    """
    report = progress or (lambda what, share: None)
    remove_shown(out)
    if scored.analysis.clip.turned_over:
        reader.turn_over()
    write_analysis(scored.analysis, out / "analysis.json")
    write_angles(scored.takes, out / "angles.csv", scored.frame_times)
    written = ["analysis.json", "angles.csv", "track.npz"]
    snapshots = out / SNAPSHOTS if options.snapshots or (options.report and options.video) else None
    video_from_s = 0.0
    if options.video:
        video_from_s = render_video(
            reader, scored.takes, scored.analysis, out / "annotated.mp4", style=options.style,
            full_size=options.full_size, slow_faults=options.slow_faults, snapshots=snapshots,
            progress=lambda share: report("drawing", share),
        )  # fmt: skip
        written.append("annotated.mp4")
    elif snapshots is not None:
        render_snapshots(
            reader, scored.takes, scored.analysis, snapshots, style=options.style,
            progress=lambda share: report("drawing", share),
        )  # fmt: skip
    if options.snapshots and snapshots is not None and snapshots.is_dir():
        written.append(SNAPSHOTS)
    if options.report:
        write_page(
            out, scored.analysis, scored.takes, library=options.library, levels=options.library_levels,
            video_from_s=video_from_s,
        )  # fmt: skip
        written.append("report.html")
    return written
