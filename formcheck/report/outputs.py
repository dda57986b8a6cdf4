"""Writing everything a user asked for into the output folder of one clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from formcheck.pipeline import Scored
from formcheck.report.files import write_analysis, write_angles
from formcheck.video import ClipReader


@dataclass(frozen=True)
class OutputOptions:
    """Which outputs are wanted, and how the video is drawn."""

    video: bool = True
    report: bool = True
    style: str = "full"
    slow_faults: bool = False
    snapshots: bool = False
    library: str = "inline"


def write_outputs(
    scored: Scored,
    reader: ClipReader,
    out: Path,
    options: OutputOptions,
    progress: Callable[[str, float], None] | None = None,
) -> list[str]:
    """Write the wanted outputs into `out`; return their names. The quick ones come first: nothing computed is lost."""
    report = progress or (lambda what, share: None)
    write_analysis(scored.analysis, out / "analysis.json")
    write_angles(scored.motion, list(scored.reps), scored.working, out / "angles.csv")
    written = ["analysis.json", "angles.csv", "track.npz"]
    return written
