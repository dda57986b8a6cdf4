"""Choosing the frames to decode and sample, and finding cuts and repeated frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import ClipError
from formcheck.options import END, SLOW_MOTION, START
from formcheck.video.damage import Damage, Decoded, find_damage, joined
from formcheck.video.frame import Frame
from formcheck.video.reader import ClipInfo, ClipReader, with_frame_times

# The sampling plan, made from frame times before any picture is known.

#: Rate of cut detection, independent of the pose rate: frame differences grow with the interval.
CUT_RATE_HZ = 15.0
#: Shortest repetition, seconds.
SHORTEST_S = 0.5
#: Lowest usable frame rate (5 Hz, with room for rounding): at 3 Hz one second of lowering is three pictures, and the turning
#: point can be anywhere between two of them.
SLOWEST_HZ = 4.75
#: Frames a decoder may not yield at the end of a clip that was cut without re-encoding, seconds.
LOST_END_S = 0.15
#: Non-reference frames are skipped only where the interval between the remaining ones is at most this share of the wanted
#: interval, so that samples are nearly evenly spaced: an engineering choice. On labelled clips at 30 Hz, of which about half
#: the frames would remain, skipping changed which reps were counted; the reason was not investigated.
SKIP_SHARE = 0.6
#: Tolerance on that interval, seconds.
SLACK_S = 0.004


@dataclass(frozen=True)
class Plan:
    """Which frames to decode and sample.

    Attributes:
        times: (F,) seconds of every frame of the selected part.
        first_index: index in the clip of frame 0 of `times`.
        samples: (S,) frames for the pose stage. looks: (L,) frames for detecting cuts.
        damage: damaged stretches known so far. decoded: all frames have been decoded, so all damage is known.
        passed: (P,) frames that a pass decodes; with `skip_nonref` not all of them.
    """

    times: NDArray[np.float64]
    first_index: int
    samples: NDArray[np.int64]
    looks: NDArray[np.int64]
    damage: tuple[Damage, ...]
    decoded: bool
    passed: NDArray[np.int64]

    @property
    def skip_nonref(self) -> bool:
        """Whether a pass skips non-reference frames."""
        return len(self.passed) < len(self.times)

    def promised(self, place: int, frame: Frame) -> bool:
        """Whether frame `place` of a pass is the planned one and not corrupt."""
        there = place < len(self.passed) and frame.time_s == self.times[self.passed[place]]
        return there and (self.decoded or not frame.is_corrupt)

    def ended(self, places: int) -> Plan | None:
        """The plan for a pass that yielded only `places` frames; None where more than a few at the end are missing."""
        if places == len(self.passed):
            return self
        last = int(self.passed[places - 1]) if places else 0
        if not places or self.times[-1] - self.times[last] > LOST_END_S:
            return None
        samples, looks, passed = (frames[frames <= last] for frames in (self.samples, self.looks, self.passed))
        return replace(self, times=self.times[: last + 1], samples=samples, looks=looks, passed=passed)


def plan_clip(
    reader: ClipReader, pose_rate_hz: float, progress: Callable[[float], None] | None = None, *, decode: bool = False
) -> Plan:
    """Choose the frames to sample, at most `pose_rate_hz` a second, by the times in the file's packets.

    With `decode`, or where the packets are unreliable, the frames are decoded for their times.

    Raises:
        ClipError: no or too few frames lie between start and end, or the file has no usable timestamps.
    """
    name = reader.info.path.name
    times = None if decode else reader.frame_times(progress)
    first_index, damage = reader.first_index(), reader.ends_missing()
    decode = times is None
    if times is None:
        first_index, seen = _decoded(reader, progress)
        times, damage = seen.times, joined([*find_damage(reader.frame_times(), seen), *damage])
    if reader.is_timeless():
        raise ClipError(
            f"{name} does not say when its pictures were taken (no time stamps, or the same for all); expected a video with"
            " times. Save it again with another program."
        )
    if not len(times):
        raise ClipError(
            f"{name} has no frame in the wanted part of its {reader.info.duration_s:.1f} s; check {START} and {END}.",
            START,
            END,
        )
    _check_long_enough(name, times)
    passed = _enough(reader, times, max(pose_rate_hz, CUT_RATE_HZ))
    samples, looks = (passed[frames_at(rate_hz, times[passed])] for rate_hz in (pose_rate_hz, CUT_RATE_HZ))
    return Plan(times, first_index, samples, looks, damage, decode, passed)


def _enough(reader: ClipReader, times: NDArray[np.float64], rate_hz: float) -> NDArray[np.int64]:
    """(P,) frames to decode for `rate_hz` samples a second: reference frames only, where they are enough and evenly spread."""
    given = np.flatnonzero(reader.reference_frames(times))
    ends = len(given) > 1 and given[0] == 0 and times[-1] - times[given[-1]] <= LOST_END_S
    if ends and float(np.percentile(np.diff(times[given]), 98)) <= SKIP_SHARE / rate_hz + SLACK_S:
        return given
    return np.arange(len(times))


def _check_long_enough(name: str, times: NDArray[np.float64]) -> None:
    lasts_s = float(times[-1] - times[0])
    if lasts_s < SHORTEST_S:
        raise ClipError(
            f"{name} shows {len(times)} picture{'s' * (len(times) != 1)} in {lasts_s:.1f} s here; expected a whole repetition."
            f" Check {START}, {END} and {SLOW_MOTION}, or film the whole set.",
            START,
            END,
            SLOW_MOTION,
        )
    rate_hz = 1 / float(np.median(np.diff(times)))
    if rate_hz < SLOWEST_HZ:
        raise ClipError(
            f"{name} has {rate_hz:.1f} frames a second; expected at least 5, as a repetition cannot be judged from fewer."
            f" Film at 30, and check {SLOW_MOTION}.",
            SLOW_MOTION,
        )


def _decoded(reader: ClipReader, progress: Callable[[float], None] | None) -> tuple[int, Decoded]:
    """Index in the clip of the selected part's first frame, and the result of decoding that part."""
    first_index, failed = 0, reader.failures
    times: list[float] = []
    corrupt: list[bool] = []
    keyframe: list[bool] = []
    failures: list[float] = []
    for frame in reader.frames():
        first_index = first_index if times else frame.index
        failures += [times[-1] if times else frame.time_s] * (reader.failures - failed)
        failed = reader.failures
        times.append(frame.time_s)
        corrupt.append(frame.is_corrupt)
        keyframe.append(frame.is_keyframe)
        if progress is not None:
            progress(frame.time_s)
    failures += times[-1:] * (reader.failures - failed)
    return first_index, Decoded(np.asarray(times), np.array(corrupt, dtype=bool), np.array(keyframe, dtype=bool), failures)


def frames_at(rate_hz: float, times: NDArray[np.float64]) -> NDArray[np.int64]:
    """(N,) which of the frames at `times` to take for about `rate_hz` a second."""
    step, due = 1 / rate_hz, -np.inf
    chosen: list[int] = []
    for number, time_s in enumerate(times.tolist()):
        if chosen and time_s < due - 1e-6:
            continue
        due = max((due if chosen else time_s) + step, time_s - step)
        chosen.append(number)
    return np.asarray(chosen, dtype=np.int64)


# Which frames are drawn.

#: Most frames a second of a drawn video: at 60 it looks the same and takes nearly twice the time.
DRAWN_HZ = 30.0
#: Frames at least this share of the wanted interval apart are all kept: the time stamps of a phone's 30 pictures waver.
WAVERING = 0.85


def drawn_frames(reader: ClipReader) -> Iterator[Frame]:
    """The frames of the selected part, at most about `DRAWN_HZ` a second and evenly spaced: of 60 or 50 every second one.

    Where reference frames alone are enough, no other is decoded. A clip that is said to be in slow motion keeps all.
    """
    least_s = WAVERING / DRAWN_HZ if reader.info.slow_motion == 1 else 0.0
    times = reader.frame_times() if least_s else None
    skip_nonref = times is not None and _reference_frames_do(times, reader.reference_frames(times), least_s)
    last_s = -np.inf
    for frame in reader.frames(skip_nonref=skip_nonref):
        if frame.time_s - last_s >= least_s:
            last_s = frame.time_s
            yield frame


def _reference_frames_do(times: NDArray[np.float64], reference: NDArray[np.bool_], least_s: float) -> bool:
    """Whether sampling reference frames alone, at least `least_s` apart, is as dense as sampling all frames."""
    given = times[reference]
    if len(given) < 2 or given[0] - times[0] > least_s or times[-1] - given[-1] > LOST_END_S:
        return False
    usual, spared = (float(np.percentile(np.diff(_apart(some, least_s)), 98)) for some in (times, given))
    return spared <= usual + SLACK_S


def _apart(times: NDArray[np.float64], least_s: float) -> NDArray[np.float64]:
    """A subset of ascending times that are at least `least_s` apart, including the first."""
    kept: list[float] = []
    for time_s in times.tolist():
        if not kept or time_s - kept[-1] >= least_s:
            kept.append(time_s)
    return np.asarray(kept)


# Cuts and repeated pictures, from how much the pictures change.

#: Side of the grey thumbnails that are compared, pixels.
THUMBNAIL = 48
#: A cut changes the picture by at least this much (mean absolute grey difference of 48 x 48 thumbnails, 0-255) ...
CUT_DIFFERENCE = 14.0
#: ... and by this factor more than the pictures around it change, ...
CUT_RATIO = 5.0
#: ... and by this factor more than the two on each side: a shaken phone changes several pictures in a row.
CUT_ALONE = 2.0
#: Number of pictures before and after that count as around it.
AROUND = 6
#: A picture repeats the one before when it differs by less than this share of the largest change within `REPEAT_WINDOW_S`:
#: a choppy clip stands still and jumps, and re-encoding leaves a little noise.
REPEAT_SHARE = 0.02
REPEAT_WINDOW_S = 0.75


@dataclass(frozen=True)
class Survey:
    """Result of the first pass.

    Attributes:
        info: the clip, with rate and duration as the decoded frames say.
        frame_times: (F,) seconds of every frame of the selected part.
        first_index: index in the clip of frame 0 of `frame_times`.
        samples: (S,) frames for the pose stage, as rows of `frame_times`.
        shot: (S,) number of the continuous shot each sample belongs to, from 0.
        repeated: (S,) the sample shows the same picture as the sample before it.
        damage: the damaged stretches of the selected part.
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
    """Frame differences between consecutive samples and looks, collected during a pass."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        #: The pass has come to a cut, or to other frames than the planned ones.
        self.unexpected = False
        self._wanted = (_Series(plan.samples), _Series(plan.looks))

    def add(self, number: int, frame: Frame) -> None:
        """Add frame `number` of the plan; every frame must be added, in order."""
        due = [series for series in self._wanted if series.due == number]
        if due:
            thumbnail = frame.gray(THUMBNAIL, THUMBNAIL).astype(np.int16)
            for series in due:
                series.add(thumbnail)

    def cut_passed(self) -> bool:
        """Whether a cut has been detected (with a delay of `AROUND` looks)."""
        looks = self._wanted[1].changes
        late = np.asarray(looks[-2 * AROUND - 1 :])
        return len(late) > AROUND and is_cut(late, len(looks) - len(late), len(late) - 1 - AROUND)

    def end(self, places: int) -> bool:
        """End the pass after `places` frames; False when more than a few frames at the clip's end are missing."""
        ended = self.plan.ended(places)
        self.plan = ended or self.plan
        return ended is not None

    def survey(self, info: ClipInfo) -> Survey:
        """The result over all pictures."""
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
    """Consecutive frames and their differences."""

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
    """Decode the plan's frames to find cuts and repeats; None if they are not the planned ones."""
    changes = Changes(plan)
    place = -1
    for place, frame in enumerate(reader.frames(skip_nonref=plan.skip_nonref)):
        if not plan.promised(place, frame):
            return None
        changes.add(int(plan.passed[place]), frame)
        if progress is not None:
            progress(frame.time_s)
    return changes.survey(reader.info) if changes.end(place + 1) else None


def shots_of(
    samples: NDArray[np.int64], sample_change: NDArray[np.float64], looks: NDArray[np.int64], look_change: NDArray[np.float64]
) -> NDArray[np.int64]:
    """(S,) number of the continuous shot each sample belongs to; cuts are detected at their own rate.

    Where several samples lie between the two looks around a cut, the one that changed most begins the new shot.
    """
    begins = np.zeros(len(samples), dtype=bool)
    for row in np.flatnonzero(find_cuts(look_change)):
        before, after = looks[row - 1], looks[row]
        first, last = np.searchsorted(samples, [before, after], side="right")
        if first < len(begins):
            begins[first + int(np.argmax(sample_change[first:last])) if last > first else first] = True
    return np.cumsum(begins)


def find_cuts(change: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark the looks that begin a new shot.

    Args:
        change: (S,) mean absolute grey difference to the look before, `CUT_RATE_HZ` a second; the first value is ignored.

    A cut is a large change that stands out from its neighbourhood: a fast lift or a shaking phone changes many pictures in a
    row, a cut only one.
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
    """Mark the samples that repeat the picture before, in clips whose real frame rate is lower than the nominal one.

    Args:
        change: (S,) mean absolute grey difference to the sample before; the first value is ignored.
        times: (S,) seconds. cuts: (S,) the sample begins a new shot.

    Cuts are not movement and do not count. A lifter who pauses next to a quick movement can be marked as well: a marked sample
    gets less weight but is kept.
    """
    moving = np.where(cuts, 0.0, change)
    moving[:1] = 0.0
    first = np.searchsorted(times, times - REPEAT_WINDOW_S)
    last = np.searchsorted(times, times + REPEAT_WINDOW_S, side="right")
    largest = np.array([moving[a:b].max() for a, b in zip(first, last, strict=True)])
    repeated = np.asarray((change <= REPEAT_SHARE * largest) & (largest > 0))
    repeated[:1] = False
    return repeated
