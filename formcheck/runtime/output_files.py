"""The files that formcheck writes into the folder of a clip: the only list of them."""

from __future__ import annotations

from dataclasses import dataclass

ANALYSIS, ANGLES = "analysis.json", "angles.csv"
TRACK, BAR = "track.npz", "bar.npz"
VIDEO, REPORT, SINGLE = "annotated.mp4", "report.html", "to-send.html"
THUMBNAIL, SNAPSHOTS = "thumbnail.jpg", "snapshots"
BATCH_RECORD = "batch.json"


@dataclass(frozen=True)
class OutputFile:
    """A file of the folder.

    Attributes:
        reusable: kept from one analysis to the next: expensive to compute, and states what it was computed from.
        shown: shows the analysis to people; optional.
        media_type: for `formcheck serve`; "" if it is not served.
    """

    name: str
    reusable: bool = False
    shown: bool = False
    media_type: str = ""


OUTPUT_FILES = (
    OutputFile(ANALYSIS, media_type="application/json"),
    OutputFile(ANGLES, media_type="text/csv; charset=utf-8"),
    OutputFile(TRACK, reusable=True),
    OutputFile(BAR, reusable=True),
    OutputFile(REPORT, shown=True),  # given as a page, with the policy that its scripts need
    OutputFile(SINGLE, shown=True),
    OutputFile(VIDEO, shown=True, media_type="video/mp4"),
    OutputFile(THUMBNAIL, media_type="image/jpeg"),
    OutputFile(SNAPSHOTS),
    OutputFile(BATCH_RECORD),
)
