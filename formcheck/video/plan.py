"""Which frames of a clip are decoded and looked at, chosen by their times before their pictures are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import ClipError
from formcheck.settings import END, SLOW_MOTION, START
from formcheck.video.damage import Damage, Decoded, find_damage, joined
from formcheck.video.frame import Frame
from formcheck.video.reader import ClipReader

#: How often a cut is looked for, however many pictures the pose stage wants: what a picture changes by, and what the
#: ones beside it change by, goes with the time between them.
CUT_RATE_HZ = 15.0
#: No repetition is shorter (seconds).
SHORTEST_S = 0.5
#: Fewer pictures a second than this (5, and a little for rounding) do not show a repetition: one second down is three
#: pictures at 3 Hz, and where it turned can be anywhere between two of them.
SLOWEST_HZ = 4.75
#: Frames that a decoder does not give at the very end of a clip that was cut without encoding it again, seconds.
LOST_END_S = 0.15
#: Frames are left out only where those left come this much faster than pictures are wanted, so that pictures chosen from
#: them are nearly evenly spaced: an engineering choice. Tried on labelled clips with 30 frames a second, where about half
#: are left, leaving frames out changed which reps were counted; why was not looked into.
SPARED_SHARE = 0.6
#: Frames that come a little later than they are wanted are soon enough, seconds.
SLACK_S = 0.004


@dataclass(frozen=True)
class Plan:
    """Which frames are to be looked at, before their pictures are known.

    Attributes:
        times: (F,) seconds of every frame of the wanted part.
        first_index: index in the clip of frame 0 of `times`.
        samples: (S,) frames that the pose stage looks at. looks: (L,) frames that cuts are looked for in.
        damage: the damaged stretches, as far as they are known. decoded: they are: all frames have been decoded.
        passed: (P,) frames that a pass decodes; `sparing`: these are not all.
    """

    times: NDArray[np.float64]
    first_index: int
    samples: NDArray[np.int64]
    looks: NDArray[np.int64]
    damage: tuple[Damage, ...]
    decoded: bool
    passed: NDArray[np.int64]

    @property
    def sparing(self) -> bool:
        """Whether a pass leaves out frames that no other is decoded from."""
        return len(self.passed) < len(self.times)

    def promised(self, place: int, frame: Frame) -> bool:
        """Whether frame `place` of a pass is the one that was planned for, in the state that was expected."""
        there = place < len(self.passed) and frame.time_s == self.times[self.passed[place]]
        return there and (self.decoded or not frame.is_spoiled)

    def ended(self, places: int) -> Plan | None:
        """The plan for a clip of which only so many frames came; None where more is missing than a few at its end."""
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
    """Choose the frames to look at, at most `pose_rate_hz` of them a second, by the times that the file's packets say.

    With `decode`, or where the packets say nothing reliable, the frames are decoded for their times.

    Raises:
        ClipError: no frame lies between the wanted start and end, or too few do, or nobody can say when they were filmed.
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
            f"{name} has no frame in the wanted part of its {reader.info.duration_s:.1f} s; check {START} and {END}."
        )
    _check_long_enough(name, times)
    passed = _enough(reader, times, max(pose_rate_hz, CUT_RATE_HZ))
    samples, looks = (passed[frames_at(rate_hz, times[passed])] for rate_hz in (pose_rate_hz, CUT_RATE_HZ))
    return Plan(times, first_index, samples, looks, damage, decode, passed)


def _enough(reader: ClipReader, times: NDArray[np.float64], rate_hz: float) -> NDArray[np.int64]:
    """(P,) frames that have to be decoded to have `rate_hz` pictures a second: without those that no other is decoded from,
    where so many are left and evenly spread."""
    given = np.flatnonzero(reader.given_sparingly(times))
    ends = len(given) > 1 and given[0] == 0 and times[-1] - times[given[-1]] <= LOST_END_S
    if ends and float(np.percentile(np.diff(times[given]), 98)) <= SPARED_SHARE / rate_hz + SLACK_S:
        return given
    return np.arange(len(times))


def _check_long_enough(name: str, times: NDArray[np.float64]) -> None:
    lasts_s = float(times[-1] - times[0])
    if lasts_s < SHORTEST_S:
        raise ClipError(
            f"{name} shows {len(times)} picture{'s' * (len(times) != 1)} in {lasts_s:.1f} s here; expected a whole repetition."
            f" Check {START}, {END} and {SLOW_MOTION}, or film the whole set."
        )
    rate_hz = 1 / float(np.median(np.diff(times)))
    if rate_hz < SLOWEST_HZ:
        raise ClipError(
            f"{name} has {rate_hz:.1f} pictures a second; expected at least 5, as a repetition cannot be judged from fewer."
            f" Film at 30, and check {SLOW_MOTION}."
        )


def _decoded(reader: ClipReader, progress: Callable[[float], None] | None) -> tuple[int, Decoded]:
    """Number of the wanted part's first frame in the clip, and what can be decoded of that part."""
    first_index, failed = 0, reader.failures
    times: list[float] = []
    spoiled: list[bool] = []
    keyframe: list[bool] = []
    failures: list[float] = []
    for frame in reader.frames():
        first_index = first_index if times else frame.index
        failures += [times[-1] if times else frame.time_s] * (reader.failures - failed)
        failed = reader.failures
        times.append(frame.time_s)
        spoiled.append(frame.is_spoiled)
        keyframe.append(frame.is_keyframe)
        if progress is not None:
            progress(frame.time_s)
    failures += times[-1:] * (reader.failures - failed)
    return first_index, Decoded(np.asarray(times), np.array(spoiled, dtype=bool), np.array(keyframe, dtype=bool), failures)


def frames_at(rate_hz: float, times: NDArray[np.float64]) -> NDArray[np.int64]:
    """(N,) frames to look at so that there are `rate_hz` of them a second, of those at some times."""
    step, due = 1 / rate_hz, -np.inf
    chosen: list[int] = []
    for number, time_s in enumerate(times.tolist()):
        if chosen and time_s < due - 1e-6:
            continue
        due = max((due if chosen else time_s) + step, time_s - step)
        chosen.append(number)
    return np.asarray(chosen, dtype=np.int64)
