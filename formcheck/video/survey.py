"""Where cuts and repeated pictures of a clip are, told from how much its pictures change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.video.damage import Damage
from formcheck.video.frame import Frame
from formcheck.video.info import ClipInfo, with_frame_times
from formcheck.video.plan import Plan
from formcheck.video.reader import ClipReader

THUMBNAIL = 48
#: A cut changes the picture by at least this much (mean absolute grey difference of 48 x 48 thumbnails, 0-255) ...
CUT_DIFFERENCE = 14.0
#: ... and by this many times more than the pictures around it change.
CUT_RATIO = 5.0
#: ... and than the two on each side of it by this factor: a shaken phone changes several pictures in a row.
CUT_ALONE = 2.0
#: The pictures around a look: as many before it and after it.
AROUND = 6
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
        damage: the damaged stretches of the wanted part.
    """

    info: ClipInfo
    frame_times: NDArray[np.float64]
    first_index: int
    samples: NDArray[np.int64]
    shot: NDArray[np.int64]
    repeated: NDArray[np.bool_]
    damage: tuple[Damage, ...] = ()

    @property
    def sample_times(self) -> NDArray[np.float64]:
        """(S,) seconds of the sampled frames."""
        return self.frame_times[self.samples]


class Changes:
    """How much the pictures change from one sample or look of a plan to the next, gathered while they pass by."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._wanted = (_Series(plan.samples), _Series(plan.looks))

    def add(self, number: int, frame: Frame) -> None:
        """Take note of frame `number` of the plan; all have to come, in their order."""
        due = [series for series in self._wanted if series.due == number]
        if due:
            thumbnail = frame.gray(THUMBNAIL, THUMBNAIL).astype(np.int16)
            for series in due:
                series.add(thumbnail)

    def cut_passed(self) -> bool:
        """Whether a cut is among the looks of late (it shows after `AROUND` more looks)."""
        looks = self._wanted[1].changes
        late = np.asarray(looks[-2 * AROUND - 1 :])
        return len(late) > AROUND and is_cut(late, len(looks) - len(late), len(late) - 1 - AROUND)

    def end(self, places: int) -> bool:
        """The pass has ended after so many frames; False when more is missing than a few at the clip's end."""
        ended = self.plan.ended(places)
        self.plan = ended or self.plan
        return ended is not None

    def survey(self, info: ClipInfo) -> Survey:
        """What all pictures together say."""
        plan = self.plan
        samples, looks = self._wanted
        times = plan.times
        shot = shots_of(plan.samples, samples.change, plan.looks, looks.change)
        return Survey(
            info=with_frame_times(info, times, plan.damage),
            frame_times=times,
            first_index=plan.first_index,
            samples=plan.samples,
            shot=shot,
            repeated=find_repeats(samples.change, times[plan.samples], np.diff(shot, prepend=0) > 0),
            damage=plan.damage,
        )


class _Series:
    """Frames in their order, and how much each differs from the one before."""

    def __init__(self, frames: NDArray[np.int64]) -> None:
        self._frames = frames
        self._previous: NDArray[np.int16] | None = None
        self.changes: list[float] = []

    @property
    def due(self) -> int:
        """The next frame; -1 after the last."""
        return int(self._frames[len(self.changes)]) if len(self.changes) < len(self._frames) else -1

    def add(self, thumbnail: NDArray[np.int16]) -> None:
        self.changes.append(0.0 if self._previous is None else float(np.abs(thumbnail - self._previous).mean()))
        self._previous = thumbnail

    @property
    def change(self) -> NDArray[np.float64]:
        """(N,) mean absolute grey difference to the one before; 0 for the first."""
        return np.asarray(self.changes)


def survey_clip(reader: ClipReader, plan: Plan, progress: Callable[[float], None] | None = None) -> Survey | None:
    """Look at all pictures of the plan; None where the frames are not those that the plan expected."""
    changes = Changes(plan)
    place = -1
    for place, frame in enumerate(reader.frames(sparing=plan.sparing)):
        if not plan.promised(place, frame):
            return None
        changes.add(int(plan.passed[place]), frame)
        if progress is not None:
            progress(frame.time_s)
    return changes.survey(reader.info) if changes.end(place + 1) else None


def shots_of(
    samples: NDArray[np.int64], sample_change: NDArray[np.float64], looks: NDArray[np.int64], look_change: NDArray[np.float64]
) -> NDArray[np.int64]:
    """(S,) number of the continuous shot each sample belongs to: cuts are found at their own rate.

    Of several samples between the two looks that a cut lies between, the one that changed most begins the new shot.
    """
    begins = np.zeros(len(samples), dtype=bool)
    for row in np.flatnonzero(find_cuts(look_change)):
        before, after = looks[row - 1], looks[row]
        first, last = np.searchsorted(samples, [before, after], side="right")
        if first < len(begins):
            begins[first + int(np.argmax(sample_change[first:last])) if last > first else first] = True
    return np.cumsum(begins)


def find_cuts(change: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the samples that begin a new shot.

    Args:
        change: (S,) mean absolute grey difference to the look before, `CUT_RATE_HZ` a second; the first value is ignored.

    A cut is a change that is large and stands out from its neighbourhood (a fast lift or a shaking phone changes
    many pictures in a row, a cut only one).
    """
    return np.array([is_cut(change, 0, row) for row in range(len(change))], dtype=bool)


def is_cut(change: NDArray[np.float64], first: int, row: int) -> bool:
    """Whether `change[row]` is a cut. `change` begins with look `first` of the clip."""
    if first + row == 0 or change[row] <= CUT_DIFFERENCE:
        return False
    begin = max(1 - first, 0)  # the clip's first look changes from nothing
    around = np.r_[change[max(begin, row - AROUND) : row], change[row + 1 : row + 1 + AROUND]]
    usual = float(np.median(around)) if len(around) else 0.0
    beside = np.r_[change[max(begin, row - 2) : row], change[row + 1 : row + 3]].max(initial=0.0)
    return bool(change[row] > CUT_RATIO * usual and change[row] > CUT_ALONE * beside)


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
