"""From a clip to a `PoseTrack`: plan, locate, then every sampled frame on its own in the worker processes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.cache import TrackKey
from formcheck.errors import ClipError
from formcheck.geometry import on_its_side
from formcheck.pose.detection import Detection, Outline
from formcheck.pose.follow import follow
from formcheck.pose.lifter import undecided
from formcheck.pose.locate import Located, locate_lifter, upside_down
from formcheck.pose.model import PoseModel
from formcheck.pose.pool import PosePool
from formcheck.pose.thin import DENSE_HZ, thinned_repeats
from formcheck.pose.track import PoseTrack, empty_arrays
from formcheck.pose.watch import Companion, SurpriseError, watch
from formcheck.skeleton import Side
from formcheck.video import ClipInfo, ClipReader, Survey, survey_clip
from formcheck.video.info import with_frame_times
from formcheck.video.plan import plan_clip
from formcheck.video.survey import CUT_DIFFERENCE, Changes

Progress = Callable[[str, float], None]
Times = NDArray[np.float64]

#: Pictures of the sparse look that differ by this much show several scenes: the cuts are found first. (A large lifter who
#: moves through the picture changes it by as much as a weak cut.)
OTHER_SCENE = 2 * CUT_DIFFERENCE


@dataclass(frozen=True)
class PoseOptions:
    """What the user can say about reading a clip.

    Times in the lifter's seconds from the clip's first frame; `lifter` is the lifter's place among several people. Without
    a `pose_rate_hz` there are `DENSE_HZ` pictures a second where the lifter moves quickly, and half as many elsewhere.
    """

    pose_rate_hz: float | None = None
    slow_motion: float = 1.0
    start_s: float | None = None
    end_s: float | None = None
    lifter: Side | None = None


def track_key(info: ClipInfo, model: PoseModel, options: PoseOptions) -> TrackKey:
    """What the track of this clip with this model and these options depends on."""
    return TrackKey(
        clip_sha256=info.sha256,
        model=model.name,
        model_sha256=model.sha256,
        pose_rate_hz=options.pose_rate_hz,
        slow_motion=options.slow_motion,
        start_s=options.start_s,
        end_s=options.end_s,
        lifter=options.lifter,
    )


def options_of(key: TrackKey) -> PoseOptions:
    """The options that a track was made with: its clip must be opened with the same ones."""
    return PoseOptions(key.pose_rate_hz, key.slow_motion, key.start_s, key.end_s, key.lifter)


def open_clip(path: Path, options: PoseOptions) -> ClipReader:
    """Open the clip with the user's slow-motion factor, start and end."""
    return ClipReader(path, slow_motion=options.slow_motion, start_s=options.start_s, end_s=options.end_s)


def estimate_pose(
    reader: ClipReader,
    pool: PosePool,
    options: PoseOptions,
    progress: Progress | None = None,
    companion: Companion | None = None,
) -> PoseTrack:
    """Find the lifter in every sampled frame of the clip.

    The pictures are passed once, taking the clip for one continuous shot. Where the sparse look or the pass itself shows a
    cut, or frames other than the file's packets promised, they are surveyed first and then passed again.

    `progress` is called with what is being done and the share of it that is done, 0-1.

    Raises:
        ClipError: nobody was found, the lifter cannot be told from others, or no frame lies in the wanted part.
        PoseCrashError: the pose model aborted on this clip.
    """
    report = progress or (lambda what, share: None)
    length = max(reader.info.duration_s, 1e-6)

    def reading(time_s: float) -> None:
        report("reading", time_s / length)

    thin, rate_hz = options.pose_rate_hz is None, options.pose_rate_hz or DENSE_HZ
    plan = plan_clip(reader, rate_hz, reading)
    whole = locate_lifter(reader, plan.times[plan.samples], pool, options.lifter, sparing=plan.sparing)
    if whole.lifter is not None and upside_down(whole.lifter):
        if on_its_side(np.array([detection.points for detection in whole.lifter.detections])):
            raise ClipError(
                f"the picture of {reader.info.path.name} lies on its side; turn the clip upright, as a phone's gallery can,"
                " and analyse it again."
            )
        reader.turn_over()
        whole = locate_lifter(reader, plan.times[plan.samples], pool, options.lifter, sparing=plan.sparing)
    report("finding the lifter", 1.0)
    if whole.change < OTHER_SCENE and whole.lifter is not None and not whole.shot.rivals and whole.hands_over is None:
        changes = Changes(plan)
        one_shot = np.zeros(len(plan.samples), dtype=np.int64)
        try:
            people = watch(reader, pool, plan, one_shot, [whole], companion, report, changes, thin=thin)
        except SurpriseError:
            pass
        else:
            passed = changes.survey(reader.info)
            if not passed.shot.any():
                return _track(reader, pool, passed, [whole], people[: len(passed.samples)], options)
    survey = survey_clip(reader, plan, reading)
    if survey is None:
        plan = plan_clip(reader, rate_hz, reading, decode=True)
        survey = survey_clip(reader, plan, reading)
    if survey is None:
        raise ClipError(
            f"{reader.info.path.name} gives other pictures each time it is read; save it again with another program."
        )
    survey, located = _locate_in_turn(
        survey,
        lambda times: locate_lifter(reader, times, pool, options.lifter, sparing=plan.sparing),
        lambda time_s: report("finding the lifter", time_s / length),
    )
    if all(item.lifter is None for item in located):
        raise ClipError(
            f"nobody was found in {reader.info.path.name}; expected one lifter, filmed whole from the side."
            " Film closer or in better light."
        )
    rivals = [item.shot.rivals for item in located if item.lifter is not None]
    if min(rivals):
        raise undecided(max(rivals))  # in every shot: nothing that follows could help
    people = watch(reader, pool, plan, survey.shot, located, companion, report, thin=thin)
    return _track(reader, pool, survey, located, people[: len(survey.samples)], options)


def _locate_in_turn(
    survey: Survey, locate: Callable[[Times], Located], looked_until: Callable[[float], None]
) -> tuple[Survey, list[Located]]:
    """Who is the lifter in each shot. One in which two take turns is two: each turn has its own lifter.

    Args:
        locate: finds the lifter among frames at some times.
    """
    located: list[Located] = []
    begins: list[float] = []
    left = [survey.sample_times[survey.shot == number] for number in range(int(survey.shot.max()) + 1)]
    while left:
        times = left.pop(0)
        item = locate(times)
        at = item.hands_over
        if at is not None and times[0] < at <= times[-1]:
            left[:0] = [times[times < at], times[times >= at]]
            continue
        located.append(item)
        begins.append(float(times[0]))
        looked_until(float(times[-1]))
    return replace(survey, shot=np.searchsorted(begins, survey.sample_times, side="right") - 1), located


def _track(
    reader: ClipReader,
    pool: PosePool,
    survey: Survey,
    located: list[Located],
    looked_at: list[list[Detection] | None],
    options: PoseOptions,
) -> PoseTrack:
    """The lifter, chosen from the people in every sample that was looked at."""
    kept = np.flatnonzero([found is not None for found in looked_at])
    survey = replace(
        survey,
        samples=survey.samples[kept],
        shot=survey.shot[kept],
        repeated=thinned_repeats(survey.repeated, kept),
    )
    people = [found for found in looked_at if found is not None]
    count = len(survey.samples)
    arrays = empty_arrays(count)
    outlines: list[Outline] = [()] * count
    for number, item in enumerate(located):
        if item.lifter is None:
            continue
        rows = np.flatnonzero(survey.shot == number)
        chosen = follow(
            item.lifter,
            survey.sample_times[rows],
            survey.repeated[rows],
            [people[row] for row in rows],
            alone=item.shot.people == 1,
        )
        for row, choice in zip(rows, chosen, strict=True):
            if choice is not None:
                lifter = people[row][choice]
                arrays["points"][row] = lifter.points
                arrays["depth"][row] = lifter.depth
                arrays["visibility"][row] = lifter.visibility
                arrays["world"][row] = lifter.world
                outlines[row] = lifter.outline
    return PoseTrack(
        key=track_key(reader.info, pool.model, options),
        width=reader.info.width,
        height=reader.info.height,
        frame_times=survey.frame_times,
        first_index=survey.first_index,
        samples=survey.samples,
        shot=survey.shot,
        repeated=survey.repeated,
        outline=tuple(outlines),
        shots=tuple(item.shot for item in located),
        turned_over=reader.turned_over,
        calibration=pool.model.calibration,
        points=arrays["points"],
        depth=arrays["depth"],
        visibility=arrays["visibility"],
        world=arrays["world"],
        damage=survey.damage,
    )


def as_watched(reader: ClipReader, track: PoseTrack) -> None:
    """Have the reader give the pictures as those that the track was made from: turned over, where the file hides that."""
    if track.turned_over:
        reader.turn_over()


def clip_info(reader: ClipReader, track: PoseTrack) -> ClipInfo:
    """The clip as its decoded frames describe it."""
    return with_frame_times(reader.info, np.asarray(track.frame_times), track.damage)
