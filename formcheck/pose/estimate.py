"""From a clip to a `PoseTrack`: survey, locate, then every sampled frame on its own in the worker processes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from formcheck.errors import ClipError
from formcheck.pose.detector import Detection, Outline
from formcheck.pose.follow import follow
from formcheck.pose.keyed import TrackKey
from formcheck.pose.lifter import Place, undecided
from formcheck.pose.locate import Located, cut, locate_lifter, placed
from formcheck.pose.model import PoseModel
from formcheck.pose.pool import PoseJob, PosePool
from formcheck.pose.track import PoseTrack, empty_arrays
from formcheck.video import ClipInfo, ClipReader, Survey, survey_clip
from formcheck.video.reader import with_frame_times

Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class PoseOptions:
    """What the user can say about reading a clip.

    Times in the lifter's seconds from the clip's first frame; `lifter` is the lifter's place among several people.
    """

    pose_rate_hz: float = 15.0
    slow_motion: float = 1.0
    start_s: float | None = None
    end_s: float | None = None
    lifter: Place | None = None


@dataclass(frozen=True)
class _Place:
    """Which sample a picture belongs to, and how to map its pixels back."""

    row: int
    shot: int
    scale: float


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


def open_clip(path: object, options: PoseOptions) -> ClipReader:
    """Open the clip with the user's slow-motion factor, start and end."""
    from pathlib import Path

    return ClipReader(
        Path(str(path)), slow_motion=options.slow_motion, start_s=options.start_s, end_s=options.end_s
    )


def estimate_pose(
    reader: ClipReader, pool: PosePool, options: PoseOptions, progress: Progress | None = None
) -> PoseTrack:
    """Find the lifter in every sampled frame of the clip.

    `progress` is called with what is being done and the share of it that is done, 0-1.

    Raises:
        ClipError: nobody was found, the lifter cannot be told from others, or no frame lies in the wanted part.
        PoseCrashError: MediaPipe aborted on this clip.
    """
    report = progress or (lambda what, share: None)
    length = max(reader.info.duration_s, 1e-6)
    survey = survey_clip(reader, options.pose_rate_hz, lambda t: report("reading", t / length))
    located = []
    for number in range(int(survey.shot.max()) + 1):
        times = survey.sample_times[survey.shot == number]
        located.append(locate_lifter(reader, times, pool, options.lifter))
        report("finding the lifter", float(times[-1]) / length)
    if all(item.lifter is None for item in located):
        raise ClipError(
            f"nobody was found in {reader.info.path.name}; expected one lifter, filmed whole from the side."
            " Film closer or in better light."
        )
    rivals = [item.shot.rivals for item in located if item.lifter is not None]
    if min(rivals):
        raise undecided(max(rivals))  # in every shot: nothing that follows could help
    return _detect_all(reader, pool, survey, located, options, report)


def _detect_all(
    reader: ClipReader,
    pool: PosePool,
    survey: Survey,
    located: list[Located],
    options: PoseOptions,
    report: Progress,
) -> PoseTrack:
    count = len(survey.samples)
    arrays = empty_arrays(count)
    outlines: list[Outline] = [()] * count
    people: list[list[Detection]] = [[] for _ in range(count)]
    for done, (place, detections) in enumerate(pool.map(_jobs(reader, survey, located))):
        crop = located[place.shot].shot.crop
        assert crop is not None
        people[place.row] = [placed(d, crop, place.scale) for d in detections]
        report("watching", (done + 1) / count)
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
        points=arrays["points"],
        depth=arrays["depth"],
        visibility=arrays["visibility"],
        world=arrays["world"],
    )


def _jobs(reader: ClipReader, survey: Survey, located: list[Located]) -> Iterator[PoseJob[_Place]]:
    rows = {int(frame): row for row, frame in enumerate(survey.samples)}
    for number, frame in enumerate(reader.frames()):
        row = rows.get(number)
        if row is None:
            continue
        shot_number = int(survey.shot[row])
        shot = located[shot_number].shot
        if shot.crop is None:
            continue
        picture, scale = cut(frame.rgb(), shot.crop)
        yield PoseJob(_Place(row, shot_number, scale), picture, shot.turns, max(1, shot.people))


def clip_info(reader: ClipReader, track: PoseTrack) -> ClipInfo:
    """The clip as its decoded frames describe it."""
    return with_frame_times(reader.info, np.asarray(track.frame_times))
