"""`Result`: everything that is known of an analysed clip, for programs and notebooks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.analysis import Analysis, ExerciseFacts, Finding, NotCounted, NotJudged, RepFacts, Summary
from formcheck.bar import save_bar
from formcheck.errors import FormcheckError, UsageError, said_in_python
from formcheck.exercises import FilmedSet
from formcheck.extras import library
from formcheck.folder.lock import only_one_in
from formcheck.pipeline import Scored
from formcheck.pose import PoseTrack, save_track
from formcheck.pose.estimate import as_watched, open_clip, options_of
from formcheck.report.files import analysis_to_data
from formcheck.video import ClipReader

if TYPE_CHECKING:
    import pandas as pd

FilePath = str | os.PathLike[str]
Progress = Callable[[str, float], None]


@dataclass(frozen=True, repr=False)
class Result:
    """What `formcheck.analyze` and `formcheck.load` give back.

    Attributes:
        scored: the analysis with the tracks and motions it was made from; their layout may change between versions.
        clip: the clip's file, which `draw`, `picture` and `save` read again.
    """

    scored: Scored
    clip: Path

    @property
    def analysis(self) -> Analysis:
        """All facts, as `analysis.json` has them."""
        return self.scored.analysis

    @property
    def exercise(self) -> ExerciseFacts:
        """What was lifted, how sure that is, and who says so."""
        return self.analysis.exercise

    @property
    def reps(self) -> tuple[RepFacts, ...]:
        """The repetitions in order of time, with tempo, range, measures and verdict."""
        return self.analysis.reps

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Faults, borderline findings and notes, each with rep, time, amount, limit and cue."""
        return self.analysis.findings

    @property
    def not_judged(self) -> tuple[NotJudged, ...]:
        """The rules that could not be judged, with the reason. That is not a pass."""
        return self.analysis.not_judged

    @property
    def not_counted(self) -> tuple[NotCounted, ...]:
        """What moved and is no rep, with the reason."""
        return self.analysis.not_counted

    @property
    def summary(self) -> Summary:
        """Reps, clean reps, faults by rule, consistency."""
        return self.analysis.summary

    @property
    def takes(self) -> tuple[FilmedSet, ...]:
        """The analysed shots with their cleaned motion; their layout may change between versions."""
        return self.scored.takes

    @property
    def track(self) -> PoseTrack:
        """What the pose model saw; give it to `formcheck.analyze` to judge again without estimating the pose again."""
        return self.scored.track

    def to_dict(self) -> dict[str, Any]:
        """The content of `analysis.json`, checked against its schema."""
        return analysis_to_data(self.analysis)

    def to_json(self) -> str:
        """The text of `analysis.json`."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n"

    def angles(self) -> pd.DataFrame:
        """One row for every frame: `time_s`, joint angles in degrees with their standard deviations, bend of the back, bar,
        rep, phase ("eccentric", "pause", "concentric") and shot; NaN is missing.

        Raises:
            UsageError: pandas is not installed.
        """
        from formcheck.formats.tables import angle_columns

        return _frame(angle_columns(self.takes, self.track))

    def keypoints(self, *, raw: bool = False) -> pd.DataFrame:
        """One row for every keypoint of every frame: `time_s`, `shot`, `keypoint`, `x_px`, `y_px`, `sd_px`, `seen`.

        Args:
            raw: what the pose model gave on the pictures it looked at, instead of the cleaned joints of every frame.

        Raises:
            UsageError: pandas is not installed.
        """
        from formcheck.formats.tables import keypoint_columns, landmark_columns

        return _frame(landmark_columns(self.track) if raw else keypoint_columns(self.takes))

    def rep_table(self) -> pd.DataFrame:
        """One row a rep: times, `eccentric_s`, `pause_s`, `concentric_s`, `range_deg`, verdict, faults, measures with their
        units in the names.

        Raises:
            UsageError: pandas is not installed.
        """
        from formcheck.formats.tables import rep_columns

        return _frame(rep_columns(self.analysis))

    @said_in_python()
    def save(
        self, folder: FilePath, *, video: bool = True, report: bool = True, progress: Progress | None = None
    ) -> list[str]:
        """Write the folder that `formcheck analyze` would have written; return the names of its files.

        Raises:
            UsageError: the clip is not where it was, or somebody else works in the folder.
            OutputError: the folder cannot be written to, or there is no room.
        """
        from formcheck.report.outputs import OutputOptions, write_outputs

        out = Path(folder)
        with self._opened() as reader, only_one_in(out):
            save_track(self.track, out / "track.npz")
            save_bar(self.scored.sightings, out / "bar.npz")
            return write_outputs(self.scored, reader, out, OutputOptions(video=video, report=report), progress)

    @said_in_python()
    def draw(
        self,
        path: FilePath,
        *,
        style: Literal["full", "minimal"] = "full",
        full_size: bool = False,
        slow_faults: bool = False,
        progress: Progress | None = None,
    ) -> Path:
        """Write the annotated video.

        Args:
            path: the .mp4 file.
            style: "full" (skeleton and panel) or "minimal" (skeleton, rep count and findings).
            full_size: keep the clip's size; else 1920 pixels at most.
            slow_faults: replay every fault at quarter speed at the end.
            progress: called with what is being done and the share of it that is done, 0-1.

        Raises:
            UsageError: the clip is not where it was, or there is no such style.
            OutputError: the video cannot be written there.
        """
        from formcheck.report.outputs import checked_style
        from formcheck.report.overlay import render_video

        report, chosen = progress or (lambda what, share: None), checked_style(style)
        with self._opened() as reader:
            render_video(
                reader, self.takes, self.analysis, Path(path), style=chosen, full_size=full_size, slow_faults=slow_faults,
                progress=lambda share: report("drawing", share),
            )  # fmt: skip
        return Path(path)

    @said_in_python()
    def export(self, file_format: str, folder: FilePath, *, units: str = "m") -> list[Path]:
        """Write the set in the file format of other programs; return the files, named after the clip.

        Args:
            file_format: "trc", "mot", "c3d", "csv", "parquet", "netcdf" or "coco".
            folder: where the files go; made when it is not there.
            units: "m", or "px" for .trc and .c3d of a clip whose scale is not known.

        Raises:
            UsageError: there is no such format, its library is not installed, or metres are not known.
            OutputError: the files cannot be written there.
        """
        from formcheck.formats.export import export_set

        return export_set(self.analysis, self.takes, self.track, file_format, Path(folder), units)

    @said_in_python()
    def picture(self, finding: Finding | None = None) -> NDArray[np.uint8]:
        """(H, W, 3) RGB: the lifter at the moment of a finding with what it is about, by default the one that matters most;
        without findings the turn of the first rep.

        Raises:
            UsageError: the clip is not where it was.
        """
        from formcheck.report.overlay.still import draw_still, key_finding

        with self._opened() as reader:
            return draw_still(reader, self.takes, self.analysis, finding or key_finding(self.analysis))

    def __repr__(self) -> str:
        from formcheck.report.shown import exercise_title
        from formcheck.report.words import outcome

        return f"<formcheck result of {self.clip.name}: {exercise_title(self.exercise)}, {outcome(self.analysis)}>"

    def _repr_html_(self) -> str:
        from formcheck.report.notebook import notebook_page

        try:
            picture = self.picture()
        except FormcheckError:  # the clip has moved: the findings are shown without their picture
            picture = None
        return notebook_page(self.analysis, picture)

    def _opened(self) -> ClipReader:
        if not self.clip.is_file():
            raise UsageError(f"the clip {self.clip} is not there; give its place to formcheck.load(folder, clip=...).")
        reader = open_clip(self.clip, options_of(self.track.key))
        if reader.info.sha256 != self.analysis.clip.sha256:
            raise UsageError(f"{self.clip} is not the clip that was analysed; give the right one to formcheck.load.")
        as_watched(reader, self.track)
        return reader


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    return library("pandas", "a table").DataFrame(columns)
