"""Writing everything a user asked for into the output folder of one clip."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from formcheck.options import DrawingOptions
from formcheck.outputs.angles import write_angles
from formcheck.outputs.folder import SNAPSHOTS, remove_shown
from formcheck.outputs.overlay.render import render_snapshots, render_video
from formcheck.outputs.page.page import write_page
from formcheck.pipeline import Scored
from formcheck.results.encoding import write_analysis
from formcheck.video.reader import ClipReader


def write_outputs(
    scored: Scored,
    reader: ClipReader,
    out: Path,
    options: DrawingOptions,
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
