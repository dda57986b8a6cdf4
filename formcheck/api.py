"""The Python API: `analyze`, `load`, `rules` and `Result`."""

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
from formcheck.outputs.rules import RuleSummary, rule_summaries
from formcheck.outputs.shown import drawn_side, exercise_title, focus_of, joined, joined_times, reps_of, rule_title
from formcheck.outputs.words import SEVERITIES, clock, grouped, outcome, recognition, side_in_words
from formcheck.pipeline import AnalysedClip, Progress, analyze_clip, rescore, silent
from formcheck.pose.model import PoseModel
from formcheck.pose.track import PoseTrack, open_tracked, save_track
from formcheck.results.analysis import Analysis, Finding, JudgedRep, NotJudged, PerformedExercise, RejectedMovement, Summary
from formcheck.results.catalogue import main_signal
from formcheck.results.encoding import data_of, json_of
from formcheck.runtime.files import BAR, TRACK, folder_lock, home_expanded
from formcheck.video.reader import ClipReader

if TYPE_CHECKING:
    import pandas as pd


#: Long side of the picture in a notebook, pixels.
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
    """Self-contained HTML of an analysis with an RGB picture."""
    name = analysis.exercise.name
    rows = [
        {
            "rep": finding.rep,
            "time": clock(finding.time_s),
            "rule": rule_title(name, finding.rule),
            "note": "" if finding.severity == "fault" else f", {SEVERITIES[finding.severity]}",
            "message": finding.message,
            "cue": finding.cue,
        }
        for finding in analysis.findings
    ]
    unjudged = dict.fromkeys(f"{rule_title(name, entry.rule)} ({entry.reason})" for entry in analysis.not_judged)
    return jinja2.Environment(autoescape=True).from_string(_PAGE).render(
        title=exercise_title(analysis.exercise),
        outcome=outcome(analysis),
        recognition=recognition(analysis.exercise, "python"),
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


# The chart for notebooks.

_COLOURS = {"fault": "#c62f38", "borderline": "#c98a00", "info": "#1f62b5"}


def plot_set(analysis: Analysis, shots: Sequence[Shot], axes: Any = None) -> Any:
    """The axes with the angle, each rep shaded and numbered, and a mark at the moment of each finding.

    Raises:
        UsageError: Matplotlib is not installed.
    """
    pyplot = library("matplotlib.pyplot", "a plot")
    axes = pyplot.subplots(figsize=(9, 3))[1] if axes is None else axes
    focus = focus_of(analysis)
    times = joined_times(shots)
    values = joined(shots, lambda shot: main_signal(focus.series, shot.motion, drawn_side(shot)).values)
    axes.plot(times, values, color="#0a7f70", linewidth=1.5)
    top = axes.get_ylim()[1]
    for rep in reps_of(shots):
        axes.axvspan(rep.start_s, rep.end_s, color="#5a6775", alpha=0.12, linewidth=0)
        axes.text((rep.start_s + rep.end_s) / 2, top, str(rep.index), ha="center", va="bottom", color="#5a6775")
    for group in grouped(analysis.findings):
        label = rule_title(analysis.exercise.name, group[0].rule)
        for place, finding in enumerate(group):
            axes.axvline(
                finding.time_s, color=_COLOURS[finding.severity], linestyle=":", linewidth=1.5, label=None if place else label
            )
    axes.set(xlabel="time (s)", ylabel=f"{focus.label} (degrees)")
    axes.set_title(exercise_title(analysis.exercise), loc="left", pad=16)
    if analysis.findings:
        axes.legend(loc="lower right", fontsize="small", frameon=False)
    return axes


# `Result`.

FilePath = str | os.PathLike[str]


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """The result of `formcheck.analyze` or `formcheck.load`. Results are equal if their analyses are.

    Attributes:
        analysed: the analysis with its tracks and motions, whose layout may change between versions.
    """

    analysed: AnalysedClip

    def __eq__(self, other: object) -> bool:
        return self.analysis == other.analysis if isinstance(other, Result) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # an analysis contains tables

    @property
    def clip(self) -> Path:
        """The clip's file, needed by `draw`, `picture` and `save`."""
        return self.analysed.path

    @property
    def analysis(self) -> Analysis:
        """The analysis, as in `analysis.json`."""
        return self.analysed.analysis

    @property
    def exercise(self) -> PerformedExercise:
        """The exercise, its confidence, and whether it was recognised or given by the user."""
        return self.analysis.exercise

    @property
    def reps(self) -> tuple[JudgedRep, ...]:
        """The repetitions in order of time, with tempo, range, measures and verdict."""
        return self.analysis.reps

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Faults, borderline findings and notes, each with rep, time, value, limit and cue."""
        return self.analysis.findings

    @property
    def not_judged(self) -> tuple[NotJudged, ...]:
        """Rules that could not be judged, with the reason; not a pass."""
        return self.analysis.not_judged

    @property
    def not_counted(self) -> tuple[RejectedMovement, ...]:
        """Movements that are not reps, with the reason."""
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
    def shots(self) -> tuple[Shot, ...]:
        """The analysed shots with their motion, whose layout may change between versions."""
        return self.analysed.shots

    @property
    def track(self) -> PoseTrack:
        """The pose track; pass it to `formcheck.analyze` to judge again without estimating the pose."""
        return self.analysed.track

    def to_dict(self) -> dict[str, Any]:
        """The content of `analysis.json`."""
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

        return _frame(angle_columns(self.shots, self.track))

    def keypoints(self, *, raw: bool = False) -> pd.DataFrame:
        """One row for every keypoint of every frame: `time_s`, `shot`, `keypoint`, `x_px`, `y_px`, `sd_px`, `seen`.

        Args:
            raw: the pose model's points on the sampled frames, instead of the cleaned joints on every frame.

        Raises:
            UsageError: pandas is not installed.
        """
        from formcheck.outputs.formats.tables import keypoint_columns, landmark_columns

        return _frame(landmark_columns(self.track) if raw else keypoint_columns(self.shots))

    def rep_table(self) -> pd.DataFrame:
        """One row per rep: times, `eccentric_s`, `pause_s`, `concentric_s`, `range_deg`, verdict, faults, measures with their
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
        return plot_set(self.analysis, self.shots, axes)

    @said_in_python()
    def save(
        self, folder: FilePath, *, video: bool = True, report: bool = True, progress: Progress = silent
    ) -> list[str]:
        """Write the output folder like `formcheck analyze`; return the names of its files.

        Raises:
            UsageError: the clip has moved, or the folder is locked.
            OutputError: the folder cannot be written.
        """
        out = home_expanded(Path(folder))
        with self._opened(), folder_lock(out):
            save_track(self.track, out / TRACK)
            save_bar(self.analysed.candidates, out / BAR)
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
        encoder: Literal["x264", "hardware"] = "x264",
        slow_faults: bool = False,
        progress: Progress = silent,
    ) -> Path:
        """Write the annotated video.

        Args:
            path: the .mp4 file.
            style: "full" (skeleton and panel) or "minimal" (skeleton, rep count and findings).
            full_size: keep the clip's size; else 1920 pixels at most.
            panel: where the text goes; "below" is legible on a phone held upright, "auto" depends on the clip's shape.
            full_rate: keep all pictures; else at most 30 a second, except in slow motion.
            encoder: "hardware" encodes on the graphics hardware where it can.
            slow_faults: replay the worst moment of each fault at quarter speed at the end.
            progress: called with the current step and its progress, 0-1.

        Raises:
            UsageError: the clip has moved, the style is unknown, or the file's name does not end in .mp4.
            OutputError: the video cannot be written.
        """
        from formcheck.outputs.overlay.render import render_video

        out = _path(path, "path", "an .mp4 file")
        if out.suffix.lower() != ".mp4":
            raise UsageError(f"path expects a file that ends in .mp4 but got {os.fspath(path)!r}.")
        OPTIONS["style"].check(style)
        OPTIONS["panel"].check(panel)
        OPTIONS["encoder"].check(encoder)
        with self._opened() as reader:
            render_video(
                reader, self.shots, self.analysis, out, style=style, full_size=full_size, panel=panel,
                full_rate=full_rate, encoder=encoder,
                slow_faults=slow_faults, progress=lambda share: progress("drawing", share),
            )  # fmt: skip
        return out

    @said_in_python()
    def export(self, file_format: str, folder: FilePath, *, units: str = "m") -> list[Path]:
        """Export the set for other programs; return the files, named after the clip.

        Args:
            file_format: "trc", "mot", "c3d", "csv", "parquet", "netcdf" or "coco".
            folder: output folder, created if missing.
            units: "m", or "px" for .trc and .c3d of a clip without a scale.

        Raises:
            UsageError: the format is unknown, a library is missing, or metres are needed without a scale.
            OutputError: the files cannot be written.
        """
        from formcheck.outputs.formats.export import export_set

        return export_set(self.analysis, self.shots, self.track, file_format, home_expanded(Path(folder)), units)

    @said_in_python()
    def picture(self, finding: Finding | None = None) -> NDArray[np.uint8]:
        """(H, W, 3) RGB picture of the lifter at a finding, annotated; by default the most important one, or the first turn.

        Raises:
            UsageError: the clip has moved.
        """
        from formcheck.outputs.overlay.render import draw_still
        from formcheck.outputs.words import key_finding

        with self._opened() as reader:
            return draw_still(reader, self.shots, self.analysis, finding or key_finding(self.analysis))

    def __repr__(self) -> str:
        from formcheck.outputs.shown import exercise_title
        from formcheck.outputs.words import outcome

        return f"<formcheck result of {self.clip.name}: {exercise_title(self.exercise)}, {outcome(self.analysis)}>"

    def _repr_html_(self) -> str:

        try:
            picture = self.picture()
        except FormcheckError:  # the clip has moved: no picture
            picture = None
        return notebook_page(self.analysis, picture)

    def _opened(self) -> ClipReader:
        return self.analysed.open(
            missing=f"the clip {self.clip} is not there; give its place to formcheck.load(folder, clip=...).",
            other=f"{self.clip} is not the clip that was analysed; give the right one to formcheck.load.",
        )


def _frame(columns: dict[str, Any]) -> pd.DataFrame:
    return library("pandas", "a table").DataFrame(columns)


# The functions of `import formcheck`.

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
    who: str | None = None,
    height_m: float | None = None,
    plate_diameter_m: float = 0.45,
    slow_motion: float = 1.0,
    start_s: float | None = None,
    end_s: float | None = None,
    pose_rate_hz: float | None = None,
    hwaccel: Literal["off", "auto"] = "off",
    pose: PoseTrack | FilePath | None = None,
    progress: Progress = silent,
) -> Result:
    """Analyse one filmed set. Nothing is written to disk; `Result.save` does that.

    Args:
        clip: the video file: one set, filmed from the side.
        exercise: "auto", or the name of an exercise as in `formcheck.rules`.
        model: the pose model: "heavy", "full", the name of one of another package, the path of a .task bundle, or a
            `PoseModel` whose class is a dataclass of an importable module (not of a script or notebook).
        limits: changes of limits: a TOML file, or a dict like `{"goblet_squat": {"short_range": 80}}`; "off" instead of a
            number switches a rule off.
        goal: what split squats are for; with "quads" an upright trunk is no fault.
        skip: rules that are not to be judged, like `["torso_upright"]`.
        side: the lifter's side nearest the camera; detected by default.
        leg: the working (front) leg of a split squat or lunge; detected by default.
        lifter: position of the lifter among several people in the picture.
        load_kg: the load in kilograms, for the record.
        who: the lifter's name, for the record.
        height_m: the lifter's height in metres, for lengths in metres without a plate.
        plate_diameter_m: diameter of the plates in metres.
        slow_motion: how many times slower than life the clip plays.
        start_s, end_s: the part to analyse, in the lifter's seconds from the clip's first frame.
        pose_rate_hz: most frames a second for the pose model; by default 15 in quick movement.
        hwaccel: "auto" decodes on the graphics hardware where it can.
        pose: a track of this clip (`Result.track`), whose `model`, `lifter`, `slow_motion`, `start_s`, `end_s` and
            `pose_rate_hz` are used; or another tool's keypoints in pixels (.trc, COCO .json, movement .nc, DeepLabCut, SLEAP).
        progress: called with the current step and its progress, 0-1.

    Raises:
        ClipError: the clip cannot be analysed: unreadable, no lifter, exercise not recognised, no rep.
        UsageError: an argument is invalid, or the file does not exist.
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
        who=who,
        height_m=height_m,
        plate_diameter_m=plate_diameter_m,
        slow_motion=slow_motion,
        start_s=start_s,
        end_s=end_s,
        pose_rate_hz=pose_rate_hz,
        hwaccel=hwaccel,
    )
    path = _path(clip, "clip", "a video file")
    if not isinstance(pose, PoseTrack):
        options = changed(options, {"track": None if pose is None else home_expanded(Path(pose))})
        return Result(analyze_clip(path, None, options, progress=progress))
    options = replace(options, reading=pose.key.reading)
    other = f"the given pose is not of {path.name}: it was made from another file; analyse without it."
    with open_tracked(path, pose, other) as reader:
        return Result(rescore(reader, pose, None, options, progress))


@said_in_python()
def load(folder: FilePath, clip: FilePath | None = None) -> Result:
    """Load a folder written by `formcheck analyze` or `Result.save`.

    Args:
        folder: the CLIP.formcheck folder.
        clip: the clip, if it is not beside the folder; needed for drawing only.

    Raises:
        UsageError: the folder has no usable analysis.
    """
    place = _path(folder, "folder", "the CLIP.formcheck folder of an analysis")
    if not place.exists():
        raise MissingFileError(f"{place} does not exist; expected the CLIP.formcheck folder of an analysis.")
    return Result(AnalysedClip.load(place, None if clip is None else _path(clip, "clip", "a video file")))


@said_in_python()
def rules(exercise: str | None = None, limits: FilePath | Mapping[str, Any] | None = None) -> tuple[RuleSummary, ...]:
    """All rules, or those of one exercise, with their limits, units and sources.

    Args:
        exercise: the name of an exercise; by default all.
        limits: changes of limits: a TOML file, or its content as a dict.

    Raises:
        UsageError: there is no such exercise, or the limits cannot be used.
    """
    return rule_summaries(exercise, _limits(limits))


def _path(value: object, argument: str, expected: str) -> Path:
    """A path as Python is given it.

    Raises:
        UsageError: it is none.
    """
    if not isinstance(value, str | os.PathLike):
        raise UsageError(f"{argument} expects the path of {expected} but got {value!r}.")
    return home_expanded(Path(value))


def _limits(limits: FilePath | Mapping[str, Any] | None) -> Path | Mapping[str, Any] | None:
    return home_expanded(Path(limits)) if isinstance(limits, str | os.PathLike) else limits
