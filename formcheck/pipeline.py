"""One clip from file to findings: the stages in their order, and what is reused when a clip is analysed again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.lifts.analysis import analysis_of
from formcheck.lifts.exercise import Shot
from formcheck.lifts.judge import judge_set
from formcheck.lifts.lift_set import find_lift_set
from formcheck.lifts.limits import Limits, load_limits
from formcheck.lifts.registry import exercise_named
from formcheck.lifts.remembered import options_to_data
from formcheck.motion.bar.candidates import BarCandidates, load_or_find_bar, rounded_candidates, save_bar
from formcheck.motion.bar.search import PlateSearch
from formcheck.options import AUTO, JudgingOptions, Options, changed
from formcheck.pose.estimate import as_watched, clip_info, estimate_pose, open_clip, track_key
from formcheck.pose.keypoints.read import track_from
from formcheck.pose.model import PoseModel
from formcheck.pose.pool import PosePool
from formcheck.pose.registry import find_model
from formcheck.pose.track import PoseTrack, load_track, rounded_track, save_track
from formcheck.results.analysis import Analysis
from formcheck.video.reader import ClipInfo, ClipReader

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Scored:
    """An analysis together with what it was made from, and what the video and the page are drawn from."""

    analysis: Analysis
    #: The analysed shots in order of time; at least one. Reps are numbered through.
    takes: tuple[Shot, ...]
    #: What was seen in the pictures; `rescore` and drawing need no more of them.
    track: PoseTrack
    candidates: BarCandidates
    reused_track: bool = False

    @property
    def frame_times(self) -> NDArray[np.float64]:
        """(F,) seconds of every frame of the clip's analysed part, cut into shots or not."""
        return self.track.frame_times


def watch_clip(
    reader: ClipReader, out: Path | None, model: PoseModel, options: Options, pool: PosePool | None, progress: Progress
) -> tuple[PoseTrack, BarCandidates, bool]:
    """What is seen in a clip's pictures: the lifter's track and the candidates of the bar.

    With a folder `out` the saved ones are used when clip, model and options are unchanged, else new ones are saved there
    (`track.npz`, `bar.npz`). The third value tells whether a saved track was used.
    """
    if options.track is not None:
        track = track_from(options.track, reader, options.reading)
        if out is not None:
            save_track(track, out / "track.npz")
        return track, load_or_find_bar(reader, track, out, lambda share: progress("following the bar", share), pool), False
    saved = None if out is None else load_track(out / "track.npz", track_key(reader.info, model, options.reading))

    def bar_share(share: float) -> None:
        progress("following the bar", share)

    if saved is not None:
        saved = replace(saved, calibration=model.calibration)  # which another version of the model's package may change
        as_watched(reader, saved)
        return saved, load_or_find_bar(reader, saved, out, bar_share, pool), True
    with nullcontext(pool) if pool is not None else PosePool(model) as workers:
        if pool is None:
            workers.warm()
        plates = PlateSearch(workers)
        track = rounded_track(estimate_pose(reader, workers, options.reading, progress, plates))
        if out is not None:
            save_track(track, out / "track.npz")
        candidates = rounded_candidates(plates.candidates(reader, track, bar_share))
        if out is not None:
            save_bar(candidates, out / "bar.npz")
    return track, candidates, False


def analyze_clip(
    clip: Path,
    out: Path | None = None,
    options: Options | None = None,
    pool: PosePool | None = None,
    progress: Progress | None = None,
) -> Scored:
    """Analyse one clip. Nothing is written without a folder `out`; with one, `track.npz` and `bar.npz` are kept there and
    used again, and the other outputs are the caller's to write.

    Raises:
        ClipError: the clip cannot be analysed (unreadable, nobody in it, exercise unknown, no rep).
        UsageError: an option cannot be used.
    """
    options = options or Options()
    report = progress or (lambda what, share: None)
    limits = checked_limits(options.judging)
    model = pool.model if pool is not None else find_model(options.model)
    with open_clip(clip, options.reading) as reader:
        track, candidates, reused = watch_clip(reader, out, model, options, pool, report)
        scored = score(clip_info(reader, track), track, candidates, options, limits)
    return replace(scored, reused_track=reused)


def rescore(
    reader: ClipReader, track: PoseTrack, out: Path | None, options: Options, progress: Progress | None = None
) -> Scored:
    """Everything after the pose estimation: the bar (kept in the folder `out`, if there is one), the motion, exercise, reps
    and rules.

    Raises:
        ClipError: the exercise is unknown, or no rep was found.
        UsageError: an option cannot be used.
    """
    report = progress or (lambda what, share: None)
    limits = checked_limits(options.judging)
    as_watched(reader, track)
    candidates = load_or_find_bar(reader, track, out, lambda share: report("following the bar", share))
    return replace(score(clip_info(reader, track), track, candidates, options, limits), reused_track=True)


def checked_limits(options: JudgingOptions) -> Limits:
    """The limits to judge with; a name that is no exercise is said before a clip is watched.

    Raises:
        UsageError: the limits cannot be used, or there is no exercise of the wanted name.
    """
    if options.exercise != AUTO:
        exercise_named(options.exercise)
    return load_limits(options.limits)


def score(
    info: ClipInfo, track: PoseTrack, candidates: BarCandidates, options: Options, limits: Limits
) -> Scored:
    """Find the set in the track and apply its exercise's rules.

    Raises:
        ClipError: the exercise is not recognised, or no rep was found.
    """
    filmed = find_lift_set(track, candidates, options.judging)
    own_limits = limits[filmed.exercise.name]
    judged = judge_set(filmed.exercise, filmed.takes, own_limits, track.frame_number)
    analysis = analysis_of(
        info, track, filmed, judged, own_limits,
        named_by_user=options.judging.exercise != AUTO, load_kg=options.judging.load_kg,
        options=options_to_data(changed(options, {"limits": limits})),
    )  # fmt: skip
    return Scored(analysis, filmed.takes, track, candidates)
