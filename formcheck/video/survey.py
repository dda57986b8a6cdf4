"""A first, cheap pass over a clip: every frame's true time, which frames the pose stage looks at, and where cuts are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import ClipError
from formcheck.video.reader import ClipInfo, ClipReader, with_frame_times

THUMBNAIL = 48
#: How often a cut is looked for, however many pictures the pose stage wants: what a picture changes by, and what the
#: ones beside it change by, goes with the time between them.
CUT_RATE_HZ = 15.0
#: A cut changes the picture by at least this much (mean absolute grey difference of 48 x 48 thumbnails, 0-255) ...
CUT_DIFFERENCE = 14.0
#: ... and by this many times more than the pictures around it change.
CUT_RATIO = 5.0
#: ... and than the two on each side of it by this factor: a shaken phone changes several pictures in a row.
CUT_ALONE = 2.0
#: A picture is the one before shown again when it differs from it by less than this share of the largest change within
#: `REPEAT_WINDOW_S` around it: a choppy clip stands still and jumps, and encoding it again leaves a little noise.
REPEAT_SHARE = 0.02
REPEAT_WINDOW_S = 0.75


@dataclass(frozen=True)
class Survey:
    """What the first pass found.

    Attributes:
        info: the clip, with rate and duration as the decoded frames say.
        frame_times: (F,) seconds of every frame of the wanted part.
        first_index: index in the clip of frame 0 of `frame_times`.
        samples: (S,) which frames the pose stage looks at, as rows of `frame_times`.
        shot: (S,) number of the continuous shot each sample belongs to, from 0.
        repeated: (S,) the sample shows the same picture as the sample before it.
    """

    info: ClipInfo
    frame_times: NDArray[np.float64]
    first_index: int
    samples: NDArray[np.int64]
    shot: NDArray[np.int64]
    repeated: NDArray[np.bool_]

    @property
    def sample_times(self) -> NDArray[np.float64]:
        """(S,) seconds of the sampled frames."""
        return self.frame_times[self.samples]


def survey_clip(
    reader: ClipReader, pose_rate_hz: float, progress: Callable[[float], None] | None = None
) -> Survey:
    """Decode the clip once and choose the frames to look at: at most `pose_rate_hz` of them a second.

    Raises:
        ClipError: no frame lies between the wanted start and end.
    """
    times: list[float] = []
    samples, looks = Looks(pose_rate_hz), Looks(CUT_RATE_HZ)
    first_index = 0
    for frame in reader.frames():
        if not times:
            first_index = frame.index
        times.append(frame.time_s)
        wanted = [looked for looked in (samples, looks) if looked.due(frame.time_s)]
        if not wanted:
            continue
        thumbnail = frame.gray(THUMBNAIL, THUMBNAIL).astype(np.int16)
        for looked in wanted:
            looked.add(len(times) - 1, frame.time_s, thumbnail)
        if progress is not None:
            progress(frame.time_s)
    if not times:
        raise ClipError(
            f"{reader.info.path.name} has no frame in the wanted part of its {reader.info.duration_s:.1f} s;"
            " check --start and --end."
        )
    frame_times = np.asarray(times)
    shot = shots_of(samples, looks)
    return Survey(
        info=with_frame_times(reader.info, frame_times),
        frame_times=frame_times,
        first_index=first_index,
        samples=samples.frames,
        shot=shot,
        repeated=find_repeats(samples.change, frame_times[samples.frames], np.diff(shot, prepend=0) > 0),
    )


class Looks:
    """Frames looked at a given number of times a second, and how much each differs from the one looked at before."""

    def __init__(self, rate_hz: float) -> None:
        self._step = 1 / rate_hz
        self._due = -np.inf
        self._frames: list[int] = []
        self._changes: list[float] = []
        self._previous: NDArray[np.int16] | None = None

    def due(self, time_s: float) -> bool:
        return not self._frames or time_s >= self._due - 1e-6

    def add(self, row: int, time_s: float, thumbnail: NDArray[np.int16]) -> None:
        due = self._due if self._frames else time_s
        self._due = max(due + self._step, time_s - self._step)
        self._frames.append(row)
        self._changes.append(0.0 if self._previous is None else float(np.abs(thumbnail - self._previous).mean()))
        self._previous = thumbnail

    @property
    def frames(self) -> NDArray[np.int64]:
        """(N,) rows of the frames looked at."""
        return np.asarray(self._frames, dtype=np.int64)

    @property
    def change(self) -> NDArray[np.float64]:
        """(N,) mean absolute grey difference to the one looked at before; 0 for the first."""
        return np.asarray(self._changes)


def looks_at(rate_hz: float, times: NDArray[np.float64], pictures: Sequence[NDArray[np.int16]]) -> Looks:
    """What looking at (F,) pictures of some times at a rate gives."""
    looks = Looks(rate_hz)
    for row, (time_s, picture) in enumerate(zip(times, pictures, strict=True)):
        if looks.due(float(time_s)):
            looks.add(row, float(time_s), picture)
    return looks


def shots_of(samples: Looks, looks: Looks) -> NDArray[np.int64]:
    """(S,) number of the continuous shot each sample belongs to: cuts are found at their own rate.

    Of several samples between the two looks that a cut lies between, the one that changed most begins the new shot.
    """
    begins = np.zeros(len(samples.frames), dtype=bool)
    for row in np.flatnonzero(find_cuts(looks.change)):
        before, after = looks.frames[row - 1], looks.frames[row]
        first, last = np.searchsorted(samples.frames, [before, after], side="right")
        if first < len(begins):
            begins[first + int(np.argmax(samples.change[first:last])) if last > first else first] = True
    return np.cumsum(begins)


def find_cuts(change: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the samples that begin a new shot.

    Args:
        change: (S,) mean absolute grey difference to the look before, `CUT_RATE_HZ` a second; the first value is ignored.

    A cut is a change that is large and stands out from its neighbourhood (a fast lift or a shaking phone changes
    many pictures in a row, a cut only one).
    """
    cuts = np.zeros(len(change), dtype=bool)
    for i in range(1, len(change)):
        around = np.r_[change[max(1, i - 6) : i], change[i + 1 : i + 7]]
        usual = float(np.median(around)) if len(around) else 0.0
        beside = np.r_[change[max(1, i - 2) : i], change[i + 1 : i + 3]].max(initial=0.0)
        cuts[i] = change[i] > CUT_DIFFERENCE and change[i] > CUT_RATIO * usual and change[i] > CUT_ALONE * beside
    return cuts


def find_repeats(
    change: NDArray[np.float64], times: NDArray[np.float64], cuts: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Mark the samples that show the same picture as the one before, in clips whose real rate is lower than their own.

    Args:
        change: (S,) mean absolute grey difference to the sample before; the first value is ignored.
        times: (S,) seconds. cuts: (S,) the sample begins a new shot.

    Cuts are not movement and do not count. A lifter who pauses next to a quick movement can be marked too: a marked
    sample is trusted less, not thrown away.
    """
    moving = np.where(cuts, 0.0, change)
    moving[:1] = 0.0
    first = np.searchsorted(times, times - REPEAT_WINDOW_S)
    last = np.searchsorted(times, times + REPEAT_WINDOW_S, side="right")
    largest = np.array([moving[a:b].max() for a, b in zip(first, last, strict=True)])
    repeated = np.asarray((change <= REPEAT_SHARE * largest) & (largest > 0))
    repeated[:1] = False
    return repeated
