"""A `PoseTrack` from another tool's keypoints and the clip they were found in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.cache import TrackKey
from formcheck.errors import UsageError
from formcheck.keypoints.read import read_keypoints
from formcheck.keypoints.types import Keypoints
from formcheck.pose import UNKNOWN, PoseOptions, PoseTrack, rounded_track
from formcheck.pose.names import joints_of
from formcheck.pose.track import Shot, empty_arrays
from formcheck.skeleton import ESSENTIAL, SIDES, joint
from formcheck.video import ClipReader, plan_clip, survey_clip
from formcheck.video.files import file_sha256

#: How the model of such a track is called, after the tool that found the keypoints.
MODEL = "{tool} keypoints"
#: A keypoint belongs to a frame that is at most this share of a frame's duration away.
SAME_FRAME = 0.6
#: How far around the lifter the picture is looked at, shares of the lifter's size.
MARGIN = 0.15


def track_from(path: Path, reader: ClipReader, options: PoseOptions) -> PoseTrack:
    """The keypoints in a file as the track of the clip.

    What other tools do not tell stays unknown: there is no outline of the body (rules about the back are not judged), no
    places in space, and how far their points are off and where their joints lie nobody measured (`UNKNOWN`). Without
    confidences every keypoint counts as seen. A hand without a keypoint is where the wrist is.

    Raises:
        UsageError: the file cannot be used for this clip.
    """
    found = read_keypoints(path)
    rows = joints_of(found.names)
    lacking = [name for name in ESSENTIAL if not any(joint(name, side) in rows for side in SIDES)]
    if lacking:
        raise UsageError(
            f"{path.name} has no keypoint for {', '.join(lacking)} that formcheck knows (it has {', '.join(found.names[:6])},"
            " ...); expected names like right_knee or RKnee."
        )
    plan = plan_clip(reader, 1e6)  # every frame
    survey = survey_clip(reader, plan)
    if survey is None:
        plan = plan_clip(reader, 1e6, decode=True)
        survey = survey_clip(reader, plan)
    if survey is None:
        raise UsageError(f"{reader.info.path.name} gives other pictures each time it is read; save it again.")
    row_of = _rows_of_frames(found, survey.frame_times, survey.first_index, reader.info.slow_motion)
    if (row_of >= 0).sum() < 3:
        raise UsageError(f"{path.name} has keypoints for none of the frames of {reader.info.path.name}; is it of this clip?")
    arrays = empty_arrays(len(survey.frame_times))
    shown = np.flatnonzero(row_of >= 0)
    for point, column in rows.items():
        values = found.points[row_of[shown], column]
        arrays["points"][shown, point] = values
        sure = np.ones(len(shown)) if found.confidence is None else found.confidence[row_of[shown], column]
        arrays["visibility"][shown, point] = np.where(np.isfinite(values).all(axis=1), np.clip(sure, 0.0, 1.0), 0.0)
    _check_size(path, arrays["points"], reader)
    return rounded_track(
        PoseTrack(
            key=TrackKey(
                clip_sha256=reader.info.sha256, model=MODEL.format(tool=found.tool), model_sha256=file_sha256(path),
                pose_rate_hz=options.pose_rate_hz, slow_motion=options.slow_motion, start_s=options.start_s,
                end_s=options.end_s, lifter=options.lifter,
            ),
            width=reader.info.width, height=reader.info.height, frame_times=survey.frame_times,
            first_index=survey.first_index, samples=survey.samples, shot=survey.shot, repeated=survey.repeated,
            outline=tuple(() for _ in survey.samples), shots=_shots(arrays["points"], survey.shot), damage=survey.damage,
            points=arrays["points"], depth=arrays["depth"], visibility=arrays["visibility"], world=arrays["world"],
            calibration=UNKNOWN,
        )
    )  # fmt: skip


def _rows_of_frames(found: Keypoints, times: NDArray[np.float64], first: int, slow_motion: float) -> NDArray[np.int64]:
    """(F,) which row of the keypoints shows each frame; -1: none."""
    rows = np.full(len(times), -1, dtype=np.int64)
    if found.frames is not None:
        frames = found.frames - first
        inside = (frames >= 0) & (frames < len(times))
        rows[frames[inside]] = np.flatnonzero(inside)
        return rows
    assert found.times is not None  # one of the two is given
    wanted = found.times / slow_motion
    if len(wanted) == len(times) and first == 0:
        return np.arange(len(times))  # rounded frame rates drift, numbers do not
    nearest = np.clip(np.searchsorted(wanted, times), 1, len(wanted) - 1)
    nearest -= times - wanted[nearest - 1] < wanted[nearest] - times
    step = float(np.median(np.diff(times))) if len(times) > 1 else 1.0
    near = np.abs(wanted[nearest] - times) <= SAME_FRAME * step
    rows[near] = nearest[near]
    return rows


def _check_size(path: Path, points: NDArray[np.float64], reader: ClipReader) -> None:
    """Keypoints of a scaled copy of the clip, or of another clip, lie elsewhere than its picture."""
    known = points[np.isfinite(points).all(axis=2)]
    inside = ((known >= 0) & (known <= (reader.info.width, reader.info.height))).all(axis=1)
    if len(known) and inside.mean() < 0.5:
        raise UsageError(
            f"the keypoints of {path.name} lie outside the picture of {reader.info.path.name} ({reader.info.width}x"
            f"{reader.info.height}); expected pixels of this very clip, y down."
        )


def _shots(points: NDArray[np.float64], shot: NDArray[np.int64]) -> tuple[Shot, ...]:
    shots = []
    for number in range(int(shot.max()) + 1):
        own = points[shot == number].reshape(-1, 2)
        own = own[np.isfinite(own).all(axis=1)]
        if not len(own):
            shots.append(Shot(None, 0, 0))
            continue
        low, high = own.min(axis=0), own.max(axis=0)
        edge = MARGIN * float((high - low).max())
        left, top, right, bottom = (int(v) for v in (*(low - edge), *(high + edge)))
        shots.append(Shot((left, top, right, bottom), 0, 1))
    return tuple(shots)


