"""What a notebook shows of a result: the key picture, how the set went, the findings and what was not judged."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import cv2
import jinja2
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import FormcheckError, MissingFileError, UsageError, library, said_in_python
from formcheck.lifts.exercise import Shot
from formcheck.motion.bar.candidates import save_bar
from formcheck.options import AUTO, DEFAULT_MODEL, OPTIONS, DrawingOptions, Options, changed
from formcheck.outputs.rules import RuleFacts, rule_facts
from formcheck.outputs.shown import exercise_title, rule_title
from formcheck.outputs.words import clock, outcome, recognition, side_in_words
from formcheck.pipeline import AnalysedClip, Progress, analyze_clip, rescore, silent
from formcheck.pose.model import PoseModel
from formcheck.pose.track import PoseTrack, open_tracked, save_track
from formcheck.results.analysis import Analysis, ExerciseFacts, Finding, NotCounted, NotJudged, RepFacts, Summary
from formcheck.results.encoding import data_of, json_of
from formcheck.runtime.files import folder_lock
from formcheck.video.reader import ClipReader

if TYPE_CHECKING:
    import pandas as pd

#: Long side of the picture in pixels: a notebook keeps it in its file.
LONG_SIDE = 480

_PAGE = """\
<div style="display:flex;flex-wrap:wrap;gap:1.5em;align-items:flex-start">
{% if picture %}<img alt="{{ title }}" style="max-width:100%" src="data:image/jpeg;base64,{{ picture }}">{% endif %}
<div style="flex:1;min-width:20em">
<b>{{ title }}</b>: {{ outcome }}<br><small>{{ recognition }}; {{ side }}</small>
<table>
<tr><th>rep</th><th>time</th><th>finding</th><th>cue</th></tr>
{% for row in rows %}<tr><td>{{ row.rep }}</td><td>{{ row.time }}</td>
<td style="text-align:left"><b>{{ row.rule }}</b>{{ row.note }}: {{ row.message }}</td>
<td style="text-align:left">{{ row.cue }}</td></tr>
{% else %}<tr><td colspan="4">no findings</td></tr>
{% endfor %}</table>
{% if not_judged %}<small>Not judged: {{ not_judged | join("; ") }}</small>{% endif %}
</div></div>"""


def notebook_page(analysis: Analysis, picture: NDArray[np.uint8] | None = None) -> str:
    """HTML of an analysis with an RGB picture; it loads nothing from elsewhere."""
    name = analysis.exercise.name
    notes = {"fault": "", "borderline": " (borderline)", "info": " (note)"}
    rows = [
        {
            "rep": finding.rep,
            "time": clock(finding.time_s),
            "rule": rule_title(name, finding.rule),
            "note": notes[finding.severity],
            "message": finding.message,
            "cue": finding.cue,
        }
        for finding in analysis.findings
    ]
    unjudged = dict.fromkeys(f"{rule_title(name, entry.rule)} ({entry.reason})" for entry in analysis.not_judged)
    return jinja2.Environment(autoescape=True).from_string(_PAGE).render(
        title=exercise_title(analysis.exercise),
        outcome=outcome(analysis),
        recognition=recognition(analysis.exercise, in_python=True),
        side=side_in_words(analysis),
        rows=rows,
        not_judged=list(unjudged),
        picture=None if picture is None else _jpeg(picture),
    )


def _jpeg(picture: NDArray[np.uint8]) -> str:
    share = LONG_SIDE / max(picture.shape[:2])
    if share < 1:
        picture = np.asarray(cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    _, encoded = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
    return base64.b64encode(encoded.tobytes()).decode("ascii")


# `Result`: everything that is known of an analysed clip, for programs and notebooks.

FilePath = str | os.PathLike[str]


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """What `formcheck.analyze` and `formcheck.load` give back. Two are equal when their analyses are.

    Attributes:
        analysed: the analysis with the tracks and motions it was made from; their layout may change between versions.
    """

    analysed: AnalysedClip

    def __eq__(self, other: object) -> bool:
        return self.analysis == other.analysis if isinstance(other, Result) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # an analysis holds tables

    @property
    def clip(self) -> Path:
        """The clip's file, which `draw`, `picture` and `save` read again."""
        return self.analysed.path

    @property
    def analysis(self) -> Analysis:
        """All facts, as `analysis.json` has them."""
        return self.analysed.analysis

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
    def sets(self) -> tuple[Result, ...]:
        """Every set of the clip, this one first: after a rest of half a minute, or of another exercise, it is another set."""
        return (self, *(Result(one) for one in self.analysed.others))

    @property
    def takes(self) -> tuple[Shot, ...]:
        """The analysed shots with their cleaned motion; their layout may change between versions."""
        return self.analysed.takes

    @property
    def track(self) -> PoseTrack:
        """What the pose model saw; give it to `formcheck.analyze` to judge again without estimating the pose again."""
        return self.analysed.track

    def to_dict(self) -> dict[str, Any]:
        """The content of `analysis.json`, checked against its schema."""
        return data_of(self.analysis)

    def to_json(self) -> str:
        """The text of `analysis.json`."""
        return json_of(self.analysis)

    def angles(self) -> pd.DataFrame:
        """One row for every frame: `time_s`, joint angles in degrees with their standard deviations, bend of the back, bar,
        rep, phase ("eccentric", "pause", "concentric") and shot; NaN is missing.

        Raises:
            UsageError: pandas is not installed.
        """
        from formcheck.outputs.formats.tables import angle_columns

        return _frame(angle_columns(self.takes, self.track))

    def keypoints(self, *, raw: bool = False) -> pd.DataFrame:
        """One row for every keypoint of every frame: `time_s`, `shot`, `keypoint`, `x_px`, `y_px`, `sd_px`, `seen`.

        Args:
            raw: what the pose model gave on the pictures it looked at, instead of the cleaned joints of every frame.

        Raises:
            UsageError: pandas is not installed.
        """
        from formcheck.outputs.formats.tables import keypoint_columns, landmark_columns

        return _frame(landmark_columns(self.track) if raw else keypoint_columns(self.takes))

    def rep_table(self) -> pd.DataFrame:
        """One row a rep: times, `eccentric_s`, `pause_s`, `concentric_s`, `range_deg`, verdict, faults, measures with their
        units in the names.

        Raises:
            UsageError: pandas is not installed.
        """
        from formcheck.outputs.formats.tables import rep_columns

        return _frame(rep_columns(self.analysis))

    def findings_table(self) -> pd.DataFrame:
        """One row a finding: rep, rule, severity ("fault", "borderline" or "note"), time, value against limit with their unit,
        confidence, message and cue.

        Raises:
            UsageError: pandas is not installed.
        """
        from formcheck.outputs.formats.tables import finding_columns

        return _frame(finding_columns(self.analysis))

    @said_in_python()
    def plot(self, axes: Any = None) -> Any:
        """Draw the main angle over time with reps and findings; return the Matplotlib axes.

        Args:
            axes: where to draw; a new figure when not given.

        Raises:
            UsageError: Matplotlib is not installed.
        """
        from formcheck.outputs.plot import plot_set

        return plot_set(self.analysis, self.takes, axes)

    @said_in_python()
    def save(
        self, folder: FilePath, *, video: bool = True, report: bool = True, progress: Progress = silent
    ) -> list[str]:
        """Write the folder that `formcheck analyze` would have written; return the names of its files.

        Raises:
            UsageError: the clip is not where it was, or somebody else works in the folder.
            OutputError: the folder cannot be written to, or there is no room.
        """
        out = Path(folder)
        with self._opened(), folder_lock(out):
            save_track(self.track, out / "track.npz")
            save_bar(self.analysed.candidates, out / "bar.npz")
            return self.analysed.write(out, DrawingOptions(video=video, report=report), progress)

    @said_in_python()
    def draw(
        self,
        path: FilePath,
        *,
        style: Literal["full", "minimal"] = "full",
        full_size: bool = False,
        panel: Literal["auto", "side", "below"] = "auto",
        full_rate: bool = False,
        slow_faults: bool = False,
        progress: Progress = silent,
    ) -> Path:
        """Write the annotated video.

        Args:
            path: the .mp4 file.
            style: "full" (skeleton and panel) or "minimal" (skeleton, rep count and findings).
            full_size: keep the clip's size; else 1920 pixels at most.
            panel: where the text goes; "below" can be read on a phone held upright, "auto" goes by the clip's shape.
            full_rate: keep all of its pictures; else 30 a second at most, except in slow motion.
            slow_faults: replay the worst moment of each fault at quarter speed at the end.
            progress: called with what is being done and the share of it that is done, 0-1.

        Raises:
            UsageError: the clip is not where it was, there is no such style, or the file is called something else than .mp4.
            OutputError: the video cannot be written there.
        """
        from formcheck.outputs.overlay.render import render_video

        out = _path(path, "path", "an .mp4 file")
        if out.suffix.lower() != ".mp4":
            raise UsageError(f"path expects a file that ends in .mp4 but got {os.fspath(path)!r}.")
        OPTIONS["style"].check(style)
        OPTIONS["panel"].check(panel)
        with self._opened() as reader:
            render_video(
                reader, self.takes, self.analysis, out, style=style, full_size=full_size, panel=panel,
                full_rate=full_rate,
                slow_faults=slow_faults, progress=lambda share: progress("drawing", share),
            )  # fmt: skip
        return out

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
        from formcheck.outputs.formats.export import export_set

        return export_set(self.analysis, self.takes, self.track, file_format, Path(folder), units)

    @said_in_python()
    def picture(self, finding: Finding | None = None) -> NDArray[np.uint8]:
        """(H, W, 3) RGB: the lifter at the moment of a finding with what it is about, by default the one that matters most;
        without findings the turn of the first rep.

        Raises:
            UsageError: the clip is not where it was.
        """
        from formcheck.outputs.overlay.render import draw_still
        from formcheck.outputs.words import key_finding

        with self._opened() as reader:
            return draw_still(reader, self.takes, self.analysis, finding or key_finding(self.analysis))

    def __repr__(self) -> str:
        from formcheck.outputs.shown import exercise_title
        from formcheck.outputs.words import outcome

        return f"<formcheck result of {self.clip.name}: {exercise_title(self.exercise)}, {outcome(self.analysis)}>"

    def _repr_html_(self) -> str:

        try:
            picture = self.picture()
        except FormcheckError:  # the clip has moved: the findings are shown without their picture
            picture = None
        return notebook_page(self.analysis, picture)

    def _opened(self) -> ClipReader:
        return self.analysed.open(
            missing=f"the clip {self.clip} is not there; give its place to formcheck.load(folder, clip=...).",
            other=f"{self.clip} is not the clip that was analysed; give the right one to formcheck.load.",
        )


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    return library("pandas", "a table").DataFrame(columns)


# The functions of `import formcheck`: analyse a clip, load what was saved, list the rules.

SideName = Literal["left", "right"]


@said_in_python()
def analyze(
    clip: FilePath,
    exercise: str = AUTO,
    *,
    model: FilePath | PoseModel = DEFAULT_MODEL,
    limits: FilePath | Mapping[str, Any] | None = None,
    goal: Literal["glutes", "quads"] = "glutes",
    skip: str | Sequence[str] = "",
    side: SideName | None = None,
    leg: SideName | None = None,
    lifter: SideName | None = None,
    load_kg: float | None = None,
    height_m: float | None = None,
    plate_diameter_m: float = 0.45,
    slow_motion: float = 1.0,
    start_s: float | None = None,
    end_s: float | None = None,
    pose_rate_hz: float | None = None,
    pose: PoseTrack | FilePath | None = None,
    progress: Progress = silent,
) -> Result:
    """Analyse one filmed set. Nothing is written to disk; `Result.save` does that.

    Args:
        clip: the video file: one set, filmed from the side.
        exercise: "auto", or the name of an exercise as `formcheck.rules` lists them; a named one is believed.
        model: the pose model: "heavy", "full", the name of one that another package brings, or the path of a .task bundle. Or
            an object that fulfils `PoseModel`: it is sent to worker processes, so its class must be a dataclass of a module
            that can be imported, not of the script or notebook itself.
        limits: changes of single limits of rules: a TOML file, or a dict like `{"goblet_squat": {"short_range": 80}}`; "off"
            instead of a number switches a rule off.
        goal: what split squats are for; with "quads" an upright trunk is no fault.
        skip: rules that are not to be judged, like `["torso_upright"]`.
        side: the lifter's side nearest the camera; found when it is not given.
        leg: the working (front) leg of a split squat or lunge; found when it is not given.
        lifter: where the lifter is among several people in the picture.
        load_kg: the load in kilograms, for the record.
        height_m: the lifter's height in metres, for lengths in metres where no plate is seen.
        plate_diameter_m: diameter of the plates in metres.
        slow_motion: how many times slower than life the clip plays.
        start_s: where the part to analyse begins, in the lifter's seconds from the clip's first frame.
        end_s: where it ends.
        pose_rate_hz: pictures a second that the pose model looks at, at most; 15 in quick movement when not given.
        pose: a track of this very clip (`Result.track`): the pose is not estimated again, and `model`, `lifter`,
            `slow_motion`, `start_s`, `end_s` and `pose_rate_hz` are those of the track. Or a file of keypoints that another
            tool found in it, in pixels (.trc, COCO .json, movement .nc, DeepLabCut, SLEAP).
        progress: called with what is being done and the share of it that is done, 0-1.

    Raises:
        ClipError: the clip cannot be analysed: unreadable, nobody in it, exercise not recognised, no repetition.
        UsageError: an argument cannot be used, or there is no such file.
    """
    options = Options.of(
        exercise=exercise,
        model=os.fspath(model) if isinstance(model, os.PathLike) else model,
        limits=_limits(limits),
        goal=goal,
        skip=skip if isinstance(skip, str) else ",".join(skip),
        side=side,
        lifter=lifter,
        leg=leg,
        load_kg=load_kg,
        height_m=height_m,
        plate_diameter_m=plate_diameter_m,
        slow_motion=slow_motion,
        start_s=start_s,
        end_s=end_s,
        pose_rate_hz=pose_rate_hz,
    )
    path = _path(clip, "clip", "a video file")
    if not isinstance(pose, PoseTrack):
        options = changed(options, {"track": None if pose is None else Path(pose)})
        return Result(analyze_clip(path, None, options, progress=progress))
    options = replace(options, reading=pose.key.reading)
    other = f"the given pose is not of {path.name}: it was made from another file; analyse without it."
    with open_tracked(path, pose, other) as reader:
        return Result(rescore(reader, pose, None, options, progress))


@said_in_python()
def load(folder: FilePath, clip: FilePath | None = None) -> Result:
    """Load what `formcheck analyze` or `Result.save` wrote: findings as they were saved, angles from the saved track.

    Args:
        folder: the CLIP.formcheck folder.
        clip: the clip, where it no longer lies beside the folder; only drawing needs it.

    Raises:
        UsageError: the folder holds no analysis that this formcheck can use.
    """
    place = _path(folder, "folder", "the CLIP.formcheck folder of an analysis")
    if not place.exists():
        raise MissingFileError(f"{place} does not exist; expected the CLIP.formcheck folder of an analysis.")
    return Result(AnalysedClip.load(place, None if clip is None else _path(clip, "clip", "a video file")))


@said_in_python()
def rules(exercise: str | None = None, limits: FilePath | Mapping[str, Any] | None = None) -> tuple[RuleFacts, ...]:
    """Every rule, or those of one exercise, with its limits, their units and where each comes from.

    Args:
        exercise: the name of an exercise; all when it is not given.
        limits: a TOML file that changes single limits, or its content as a dict.

    Raises:
        UsageError: there is no such exercise, or the limits cannot be used.
    """
    return rule_facts(exercise, _limits(limits))


def _path(value: object, argument: str, expected: str) -> Path:
    """A path as Python is given it.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(value, str | os.PathLike):
        raise UsageError(f"{argument} expects the path of {expected} but got {value!r}.")
    return Path(value)


def _limits(limits: FilePath | Mapping[str, Any] | None) -> Path | Mapping[str, Any] | None:
    return Path(limits) if isinstance(limits, str | os.PathLike) else limits
