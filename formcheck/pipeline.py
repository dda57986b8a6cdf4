"""One clip from file to findings: the stages in their order, and what is reused when a clip is analysed again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.analysis import Analysis
from formcheck.bar import BarSightings, save_bar, watch_bar
from formcheck.bar.along import PlateSearch
from formcheck.errors import UsageError
from formcheck.exercises import AUTO, FilmedSet, Limits, exercise_named, judge_set, load_limits
from formcheck.facts import analysis_of
from formcheck.filmed import Person, filmed_set
from formcheck.pose import PoseModel, PoseOptions, PosePool, PoseTrack, estimate_pose, find_model, load_track, save_track
from formcheck.pose.estimate import clip_info, open_clip, track_key
from formcheck.video import ClipInfo, ClipReader

Progress = Callable[[str, float], None]

@dataclass(frozen=True)
class AnalyzeOptions:
    """What the user can say about an analysis; the defaults are those of the command line."""

    exercise: str = AUTO
    model: str = "heavy"
    #: A TOML file with changes, or the limits themselves (a folder of a batch has its own).
    limits: Path | Limits | None = None
    side: str | None = None
    load_kg: float | None = None
    height_m: float | None = None
    plate_diameter_m: float = 0.45
    pose: PoseOptions = field(default_factory=PoseOptions)


@dataclass(frozen=True)
class Scored:
    """An analysis together with what the video and the page are drawn from."""

    analysis: Analysis
    #: The analysed shots in order of time; at least one. Reps are numbered through.
    takes: tuple[FilmedSet, ...]
    #: (F,) seconds of every frame of the clip's analysed part, cut into shots or not.
    frame_times: NDArray[np.float64]
    reused_track: bool


def watch_clip(
    reader: ClipReader, out: Path, model: PoseModel, options: AnalyzeOptions, pool: PosePool | None, progress: Progress
) -> tuple[PoseTrack, bool]:
    """The pose track of a clip: the saved one when clip, model and options are unchanged, else estimated and saved, with
    the sightings of the bar beside it.

    The second value tells whether the saved one was reused.
    """
    saved = load_track(out / "track.npz", track_key(reader.info, model, options.pose))
    if saved is not None:
        return saved, True
    with nullcontext(pool) if pool is not None else PosePool(model) as workers:
        plates = PlateSearch(workers)
        track = estimate_pose(reader, workers, options.pose, progress, plates)
        save_track(track, out / "track.npz")
        # The saved track is rounded; going on with it makes a second run from `track.npz` give the very same numbers.
        track = load_track(out / "track.npz", track.key) or track
        save_bar(plates.sightings(reader, track, lambda share: progress("following the bar", share)), out / "bar.npz")
    return track, False


def analyze_clip(
    clip: Path,
    out: Path,
    options: AnalyzeOptions | None = None,
    pool: PosePool | None = None,
    progress: Progress | None = None,
) -> Scored:
    """Analyse one clip; `track.npz` and `bar.npz` are kept in `out`, the other outputs are the caller's to write.

    Raises:
        ClipError: the clip cannot be analysed (unreadable, nobody in it, exercise unknown, no rep).
        UsageError: an option cannot be used.
    """
    options = options or AnalyzeOptions()
    report = progress or (lambda what, share: None)
    limits = options.limits if isinstance(options.limits, dict) else load_limits(options.limits)
    if options.exercise != AUTO:
        exercise_named(options.exercise)
    model = pool.model if pool is not None else find_model(options.model)
    with open_clip(clip, options.pose) as reader:
        track, reused = watch_clip(reader, out, model, options, pool, report)
        scored = rescore(reader, track, out, replace(options, limits=limits), progress)
    return replace(scored, reused_track=reused)


def rescore(
    reader: ClipReader, track: PoseTrack, out: Path, options: AnalyzeOptions, progress: Progress | None = None
) -> Scored:
    """Everything after the pose estimation: the bar (saved in `out`), the motion, exercise, reps and rules.

    Raises:
        ClipError: the exercise is unknown, or no rep was found.
        UsageError: an option cannot be used.
    """
    report = progress or (lambda what, share: None)
    limits = options.limits if isinstance(options.limits, dict) else load_limits(options.limits)
    sightings = watch_bar(reader, track, out, lambda share: report("following the bar", share))
    return score(clip_info(reader, track), track, sightings, options, limits)


def score(
    info: ClipInfo, track: PoseTrack, sightings: BarSightings, options: AnalyzeOptions, limits: Limits
) -> Scored:
    """Find the set in the track and apply its exercise's rules.

    Raises:
        ClipError: the exercise is not recognised, or no rep was found.
    """
    person = Person(options.side, options.height_m, options.plate_diameter_m)
    filmed = filmed_set(track, sightings, options.exercise, person)
    own_limits = limits[filmed.exercise.name]
    judged = judge_set(filmed.exercise, filmed.takes, own_limits)
    analysis = analysis_of(
        info, track, filmed, judged, own_limits, named_by_user=options.exercise != AUTO, load_kg=options.load_kg
    )
    return Scored(analysis, filmed.takes, track.frame_times, reused_track=True)


def prepare_folder(out: Path) -> None:
    """Make the output folder.

    Raises:
        UsageError: it cannot be made or written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        probe = out / ".formcheck-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise UsageError(f"the output folder {out} cannot be written to ({error.strerror}); choose another --out.") from None
