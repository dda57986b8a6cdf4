"""Matching keypoints of another tool to the clip: picture size, frame rate, span, and the row of each frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError
from formcheck.options import END, SLOW_MOTION, START, ReadingOptions
from formcheck.pose.geometry import upside_down
from formcheck.pose.keypoints.formats import Keypoints
from formcheck.pose.skeleton import ESSENTIAL, SIDES, joint
from formcheck.video.reader import ClipInfo

Array = NDArray[np.float64]

#: A keypoint belongs to a frame that is at most this share of a frame's duration away.
SAME_FRAME = 0.6
#: A file that lacks at most this many of the clip's frames, or this share, is matched by order: tools often miss the last few,
#: and rounded rates drift.
FEW_MISSING, FEW_SHARE = 5, 0.02
#: Tolerance on equal rates, share.
SAME_RATE = 0.02
#: Keypoints that begin with the clip and end before this share of it may have been renumbered.
WHOLE_SPAN = 0.95
#: Least share of frames that must show the lifter.
LEAST_SEEN = 0.1
#: Keypoints that all lie within this share of width and height from the upper left corner belong to a smaller copy.
CORNER = 0.5


def scaled_to(found: Keypoints, name: str, info: ClipInfo) -> Keypoints:
    """The keypoints in pixels of the clip's upright picture; scaled if the tool says that it processed a smaller
    or larger copy.

    Raises:
        UsageError: its pictures have another shape than the clip's.
    """
    if found.size is None or found.size == (info.width, info.height):
        return found
    across, down = info.width / found.size[0], info.height / found.size[1]
    if abs(across / down - 1) < SAME_RATE:
        return replace(found, points=found.points * [across, down])
    turned = found.size[0] / found.size[1]
    sideways = abs(turned * info.width / info.height - 1) < SAME_RATE
    turn_it = "the tool did not turn the clip upright: turn it, then run the tool again"
    advice = turn_it if sideways else "check that it is of this clip"
    raise UsageError(
        f"{name} was made from pictures of {found.size[0]:g}x{found.size[1]:g} but {info.path.name} has {info.width}x"
        f"{info.height}; {advice}."
    )


def check_place(points: Array, visibility: Array, name: str, info: ClipInfo) -> None:
    """Check that the lifter is in the picture, and seen at all.

    Raises:
        UsageError: the keypoints are of a turned or scaled copy, of another clip, upside down, or show next to nothing.
    """
    known = points[np.isfinite(points).all(axis=2)]
    clip = f"the picture of {info.path.name} ({info.width}x{info.height})"
    size = np.array([info.width, info.height])
    inside = ((known >= 0) & (known <= size)).all(axis=1)
    if len(known) and inside.mean() < 0.5:
        sideways = ((known >= 0) & (known <= size[::-1])).all(axis=1).mean() > 0.95
        advice = "the tool did not turn the clip upright" if sideways else "expected pixels of this very clip, y down"
        raise UsageError(f"the keypoints of {name} lie outside {clip}; {advice}.")
    if len(known) and (np.percentile(known, 99, axis=0) < CORNER * size).all():
        raise UsageError(
            f"the keypoints of {name} all lie in the upper left quarter of {clip}; the tool seems to have processed a smaller"
            " copy: run it on the clip itself."
        )
    if upside_down(points):
        raise UsageError(
            f"{name} shows the lifter upside down; expected pixels of the upright picture, with y counted from its upper edge."
        )
    seen = [
        np.logical_or.reduce([visibility[:, joint(part, side)] > 0 for side in SIDES]) for part in ESSENTIAL
    ]
    share = float(np.logical_and.reduce(seen).mean()) if len(points) else 0.0
    if share < LEAST_SEEN:
        raise UsageError(
            f"{name} shows shoulder, hip, knee and ankle in {100 * share:.0f} % of the frames of {info.path.name};"
            " expected keypoints of the lifter in most of them."
        )


def rows_of_frames(
    found: Keypoints, name: str, info: ClipInfo, times: Array, first: int, reading: ReadingOptions
) -> NDArray[np.int64]:
    """(F,) which row of the keypoints shows each frame of the wanted part; -1: none.

    Raises:
        UsageError: rate or span of the file do not fit the clip.
    """
    whole = reading.start_s is None and reading.end_s is None
    if found.frames is not None:
        if whole:
            _expect_span(float(found.frames.max()) + 1, len(times), found.frames.min() == 0, name, info, times)
        rows = _by_number(found.frames - first, len(times))
        return rows if whole else _of_part(rows, found.frames)
    assert found.times is not None  # one of the two is given
    if len(found.times) < 2:
        return _by_number(np.zeros(len(found.times), dtype=np.int64), len(times))
    if whole and len(found.times) == len(times):
        return np.arange(len(times))
    step = float(np.median(np.diff(found.times)))
    if not step > 0:
        raise UsageError(f"the times of {name} do not go forward; write it again with its tool.")
    numbers = np.round((found.times - found.times[0]) / step).astype(np.int64)
    if whole and 0 <= len(times) - (numbers[-1] + 1) <= max(FEW_MISSING, FEW_SHARE * len(times)):
        return _by_number(numbers, len(times))
    wanted = found.times / _slower(1 / step, name, info, times)
    if whole:
        _expect_span(float(wanted[-1]), float(times[-1]), wanted[0] < 0.5 / info.fps, name, info, times)
    nearest = np.clip(np.searchsorted(wanted, times), 1, len(wanted) - 1)
    nearest -= times - wanted[nearest - 1] < wanted[nearest] - times
    near = np.abs(wanted[nearest] - times) <= SAME_FRAME * float(np.median(np.diff(times)))
    rows = np.where(near, nearest, -1)
    return rows if whole else _of_part(rows, numbers)


def _of_part(rows: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows of a part of the clip; numbered from the part's first frame if as many, and if they only fit like that."""
    missing = len(rows) - (int(numbers.max()) + 1)
    fits = numbers.min() == 0 and 0 <= missing <= max(FEW_MISSING, FEW_SHARE * len(rows))
    return _by_number(numbers, len(rows)) if fits and (rows >= 0).mean() < WHOLE_SPAN else rows


def _by_number(frames: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    rows = np.full(count, -1, dtype=np.int64)
    inside = (frames >= 0) & (frames < count)
    rows[frames[inside]] = np.flatnonzero(inside)
    return rows


def _slower(rate: float, name: str, info: ClipInfo, times: Array) -> float:
    """Factor by which the file's times run slower than the lifter's: that of the clip, or 1 if the tool has already
    removed the slow motion.

    Raises:
        UsageError: its rate is neither.
    """
    own = (len(times) - 1) / float(times[-1] - times[0])
    for slower in dict.fromkeys((info.slow_motion, 1.0)):
        share = own / (rate * slower)  # a tool may leave out frames: every second, every third
        if share > 1 - SAME_RATE and abs(share / round(share) - 1) < SAME_RATE:
            return slower
    played = own / info.slow_motion
    perhaps = rate > 1.5 * played and info.slow_motion == 1
    slow = f"; if the clip is slow motion, give {SLOW_MOTION}" if perhaps else ""
    raise UsageError(
        f"{name} has {rate:.4g} frames a second but {info.path.name} has {played:.4g}{slow}; run it at the clip's own"
        " rate.", *((SLOW_MOTION,) if slow else ()),
    )  # fmt: skip


def _expect_span(end: float, clip_end: float, from_start: bool, name: str, info: ClipInfo, times: Array) -> None:
    """Check that keypoints that begin with the clip reach its end. Those of every second frame, or of a part that is numbered
    from 0, would otherwise be taken for its beginning."""
    if from_start and end < WHOLE_SPAN * clip_end:
        share = end / clip_end
        raise UsageError(
            f"{name} covers only the first {100 * share:.0f} % of {info.path.name}; if that is meant, give {END}"
            f" {share * float(times[-1]):.1f}. If the tool left out frames, or processed another part, number them as the"
            f" clip does, or give {START} and {END}.", START, END,
        )  # fmt: skip
