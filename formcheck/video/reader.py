"""Streaming the upright frames of a clip with their true timestamps."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import ClipError, FormcheckError
from formcheck.options import ReadingOptions, check_part
from formcheck.video.damage import Damage, missing_end
from formcheck.video.decoding import Decoder, Skip
from formcheck.video.files import bytes_missing, file_sha256
from formcheck.video.frame import Converter, Frame, Orientations, orientation_of
from formcheck.video.packets import Clock, Packets, longest_s, read_packets, seconds_of


@dataclass(frozen=True)
class ClipInfo:
    """Metadata of a clip, known before any frame is decoded.

    Times are the lifter's own: a slow-motion clip's timestamps are divided by `slow_motion`. `width` and `height` are
    those of the upright picture in square pixels. `fps` is the container's average rate in the lifter's time (the
    frames' own timestamps are what every stage uses).
    """

    path: Path
    sha256: str
    width: int
    height: int
    fps: float
    duration_s: float
    slow_motion: float = 1.0
    has_audio: bool = False
    #: Capture rate stated by the camera if it differs from the playback rate (Android's slow motion).
    captured_fps: float | None = None


def with_frame_times(info: ClipInfo, times_s: NDArray[np.float64], damage: Sequence[Damage] = ()) -> ClipInfo:
    """The clip with the rate and duration of the selected part, from its frames instead of the container's header."""
    if len(times_s) < 2:
        return info
    step = float(np.median(np.diff(times_s)))
    end_s = max([float(times_s[-1]) + step, *(stretch.end_s for stretch in damage)])
    between = sum(stretch.lost_frames for stretch in damage if times_s[0] < stretch.start_s < times_s[-1])
    span = float(times_s[-1] - times_s[0])
    return replace(info, fps=(len(times_s) + between - 1) / span, duration_s=end_s - float(times_s[0]))


# The reader.

#: A file counts as having no timestamps if more times than this have to be extrapolated.
MOST_EXTRAPOLATED = 20
#: Half a frame of a 240 Hz clip: `--start` and `--end` include a frame this close to them.
TIME_TOLERANCE_S = 0.002


class ClipReader:
    """Opens a clip and yields its frames with true timestamps; use it as a context manager.

    Args:
        path: the video file.
        slow_motion: how many times slower the file plays than life (a 240 Hz recording saved at 30 Hz: 8).
        start_s, end_s: keep frames from and to these times (the lifter's seconds from the clip's first frame).
        hardware: decode on the graphics hardware where it can.

    Raises:
        ClipError: the file is missing, unreadable or has no picture.
        UsageError: `start_s`, `end_s` or `slow_motion` make no sense.
    """

    def __init__(
        self, path: Path, *, slow_motion: float = 1.0, start_s: float | None = None, end_s: float | None = None,
        hardware: bool = False,
    ) -> None:  # fmt: skip
        check_part(slow_motion, start_s, end_s)
        self._start = 0.0 if start_s is None else max(0.0, start_s)
        self._end = np.inf if end_s is None else end_s
        self._decoder = Decoder(path, hardware=hardware)
        self._converter, self._orientations = Converter(), Orientations()
        self._packets: Packets | None = None
        self._clock: Clock | None = None
        self._more_turns = 0
        try:
            first = next(self._decoder.pictures(), None)
            if first is None:
                because = f" ({self._decoder.reason})" if self._decoder.reason else ""
                raise ClipError(
                    f"{path.name} holds no picture that can be decoded{because}; expected a video."
                    " Check that it plays in a player."
                )
            self._failed_before = self._decoder.failures > 0
            self._origin = seconds_of(first) or 0.0
            width, height = _display_size(first, self._decoder.stream)
        except BaseException:
            self._decoder.close()
            raise
        stream = self._decoder.stream
        self.info = ClipInfo(
            path=path,
            sha256=file_sha256(path),
            width=width,
            height=height,
            fps=float(stream.average_rate or stream.guessed_rate or 0) * slow_motion,
            duration_s=self._duration() / slow_motion,
            slow_motion=slow_motion,
            has_audio=bool(self._decoder.container.streams.audio),
            captured_fps=_captured_fps(self._decoder.container.metadata),
        )

    def __enter__(self) -> ClipReader:
        return self

    def __exit__(self, *ended: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._decoder.close()

    @contextmanager
    def unchanged(self) -> Iterator[None]:
        """A block that reads the file, which must be the same at its end as when it was opened: passes open it anew.

        Raises:
            ClipError: it has grown, another has taken its place, or it is gone.
        """
        try:
            yield
        except (FormcheckError, OSError):
            self._expect_unchanged()
            raise
        self._expect_unchanged()

    def _expect_unchanged(self) -> None:
        name = self.info.path.name
        try:
            now = file_sha256(self.info.path)
        except OSError:
            raise ClipError(f"{name} went away while it was read; put it back and start again.") from None
        if now != self.info.sha256:
            raise ClipError(f"{name} changed while it was read; wait until it is copied whole, and start again.")

    def turn_over(self) -> None:
        """Rotate every frame by 180 degrees from now on, for a clip filmed upside down without metadata that says so."""
        self._more_turns = 2

    @property
    def turned_over(self) -> bool:
        """Whether pictures are turned by 180 degrees beyond what the file says."""
        return self._more_turns != 0

    @property
    def origin_s(self) -> float:
        """Timestamp of the first frame in the file, seconds; audio timestamps use the same origin."""
        return self._origin

    def frames(self, from_s: float = -np.inf, to_s: float = np.inf, *, skip_nonref: bool = False) -> Iterator[Frame]:
        """Every decodable frame of the selected part, in order of time.

        `from_s` and `to_s` narrow the part further, seconds. Frames before it are skipped by seeking where the packets are
        reliable, else decoded. `skip_nonref` skips non-reference frames (see `reference_frames`).
        """
        size = (self.info.width, self.info.height)
        start, end = max(self._start, from_s), min(self._end, to_s)
        for index, time_s, source in self._from(start, skip_nonref=skip_nonref):
            if time_s > end + TIME_TOLERANCE_S:
                return
            if time_s >= start - TIME_TOLERANCE_S:
                yield Frame(index, time_s, source, size, self._converter, self._more_turns, self._orientations)

    def frames_near(self, times_s: list[float], *, skip_nonref: bool = False) -> Iterator[Frame]:
        """One frame for each of the given times, found by seeking.

        Each is the first frame at or after its time, or the last one that could be decoded. `index` is -1: after seeking the
        frame's number is unknown. With ascending times, frames between two keyframes are decoded once. A file with unreliable
        packets is decoded from its start. `skip_nonref` as for `frames`.
        """
        size = (self.info.width, self.info.height)
        done = 0
        for time_s, source in self._keyframes_at(times_s):
            yield Frame(-1, time_s, source, size, self._converter, self._more_turns, self._orientations)
            done += 1
        for time_s, source in self._sought(times_s[done:], "nonref" if skip_nonref else "nothing"):
            yield Frame(-1, time_s, source, size, self._converter, self._more_turns, self._orientations)

    def _sought(self, times_s: list[float], skip: Skip) -> Iterator[tuple[float, Any]]:
        """Time and frame at or after each time; seeks only if a keyframe lies in between."""
        packets = self._read_packets()
        keyframes, seekable = packets.keyframes, packets.times is not None
        sources: Iterator[tuple[float, Any]] = iter(())
        found, reached = None, np.inf
        for wanted in times_s:
            ahead = wanted > reached and not ((keyframes > reached) & (keyframes <= wanted)).any()
            if not (ahead and (len(keyframes) or not seekable)) and wanted != reached:
                sources, found, reached = self._timed_from(wanted if seekable else 0.0, skip), None, -np.inf
            while reached < wanted - TIME_TOLERANCE_S and (following := next(sources, None)) is not None:
                reached, found = following
            if found is not None:
                yield reached, found

    def frame_times(self, progress: Callable[[float], None] | None = None) -> NDArray[np.float64] | None:
        """Times of the selected part's frames by the file's packets, without decoding. Seconds, ascending.

        None where the packets are unreliable. Frames decoded later may still differ (damaged files): compare.
        """
        times = self._read_packets(progress).times
        if times is None:
            return None
        wanted = (times >= self._start - TIME_TOLERANCE_S) & (times <= self._end + TIME_TOLERANCE_S)
        return np.asarray(times[wanted])

    def first_index(self) -> int:
        """Index in the clip of the selected part's first frame by the packets; 0 where they are unreliable."""
        times = self._read_packets().times
        return 0 if times is None else int(np.searchsorted(times, self._start - TIME_TOLERANCE_S))

    def keyframe_times(self) -> NDArray[np.float64]:
        """Times of keyframes, seconds; empty if unknown."""
        return self._read_packets().keyframes

    def is_timeless(self) -> bool:
        """Whether the file has no usable timestamps."""
        return self._read_packets().timeless or (self._clock is not None and self._clock.made_up > MOST_EXTRAPOLATED)

    def reference_frames(self, times_s: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which of the frames at these times `frames(skip_nonref=True)` yields.

        In clips of most phones that is every second frame, at two thirds of the decoding work.
        """
        packets = self._read_packets()
        if packets.times is None or packets.reference is None:
            return np.zeros(len(times_s), dtype=bool)
        rows = np.minimum(np.searchsorted(packets.times, times_s), len(packets.times) - 1)
        return np.asarray(packets.reference[rows] & (packets.times[rows] == times_s))

    @property
    def failures(self) -> int:
        """Packets that could not be decoded so far, over all passes."""
        return self._decoder.failures

    def ends_missing(self) -> tuple[Damage, ...]:
        """Frames missing before the first and after the last decodable frame, within the selected part."""
        packets = self._read_packets()
        missing = []
        if self._failed_before and packets.before and self._start <= 0:
            missing.append(Damage(0.0, 0.0, packets.before))
        if packets.missing and packets.times is not None:
            missing += missing_end(packets.times, packets.missing, self.info.duration_s, (self._start, self._end))
        return tuple(missing)

    def _keyframes_at(self, times_s: list[float]) -> Iterator[tuple[float, Any]]:
        """Time and frame of keyframes at ascending times, decoding no other frames.

        Stops early, or yields nothing, where not all times are keyframes or more than twice as many would be decoded.
        """
        packets = self._read_packets()
        wanted, keyframes = np.asarray(times_s), packets.keyframes
        if packets.times is None or len(wanted) < 2 or (np.diff(wanted) <= 0).any() or not np.isin(wanted, keyframes).all():
            return
        if ((keyframes >= wanted[0]) & (keyframes <= wanted[-1])).sum() > 2 * len(wanted):
            return
        due = iter(times_s)
        next_s = next(due)
        for time_s, source in self._timed_from(next_s, "nonkey"):
            if time_s not in keyframes or time_s > next_s or source.interlaced_frame or source.is_corrupt:
                return
            if time_s == next_s:
                yield time_s, source
                following = next(due, None)
                if following is None:
                    return
                next_s = following

    def _from(self, start: float, *, skip_nonref: bool) -> Iterator[tuple[int, float, Any]]:
        """Index in the clip, time and frame, from the keyframe before `start` on where the file is seekable."""
        times = self._read_packets().times  # before seeking: it reads the file to its end
        skip: Skip = "nonref" if skip_nonref else "nothing"
        timed = self._timed_from(start if times is not None else 0.0, skip)
        first = next(timed, None)
        if first is None:
            return
        index = int(np.searchsorted(times, first[0])) if times is not None and start > 0 else 0
        if times is not None and start > 0 and (index >= len(times) or times[index] != first[0]):
            index, timed = 0, self._timed_from(0.0, skip)  # a frame that is not in the packets: from the start
            first = next(timed)
        for number, (time_s, source) in enumerate(itertools.chain([first], timed), index):
            # Where frames are skipped, the index follows from the time.
            yield int(np.searchsorted(times, time_s)) if skip_nonref and times is not None else number, time_s, source

    def _timed_from(self, time_s: float, skip: Skip) -> Iterator[tuple[float, Any]]:
        """Time and frame from the keyframe before a time on; from the start where seeking fails."""
        if time_s > 0:
            self._decoder.seek(time_s * self.info.slow_motion + self._origin)
            timed = self._timed(skip)
            first = next(timed, None)
            if first is not None and first[0] <= time_s + TIME_TOLERANCE_S:
                return itertools.chain([first], timed)
        self._decoder.restart()
        return self._timed(skip)

    def _timed(self, skip: Skip) -> Iterator[tuple[float, Any]]:
        """Time and frame from the decoder's position on; times always rise."""
        slow = self.info.slow_motion
        step_s = slow / self.info.fps if 1 <= self.info.fps / slow <= 1000 else 1 / 30
        length_s = longest_s(self.info.duration_s * slow) if self.info.duration_s > 0 else np.inf
        clock = self._clock = Clock(self._origin, step_s, length_s)
        for source in self._decoder.pictures(skip):
            time_s = clock.time_of(source)
            if time_s is not None:
                yield time_s / slow, source

    def _read_packets(self, progress: Callable[[float], None] | None = None) -> Packets:
        if self._packets is None:
            self._decoder.restart()
            slow = self.info.slow_motion
            self._packets = read_packets(
                self._decoder, self._origin, self.info.duration_s * slow, slow, progress,
                cut_off=bytes_missing(self.info.path) > 0,
            )  # fmt: skip
        return self._packets

    def _duration(self) -> float:
        stream = self._decoder.stream
        if stream.duration is not None and stream.time_base is not None:
            return float(stream.duration) * float(stream.time_base)
        return float(self._decoder.container.duration or 0) / float(av.time_base)


def _display_size(first: Any, stream: Any) -> tuple[int, int]:
    width, height = first.width, first.height
    aspect = stream.sample_aspect_ratio
    if aspect and aspect != 1:
        width = round(width * float(aspect))
    return orientation_of(first).stored_size((width, height))  # its own inverse


def _captured_fps(metadata: Mapping[str, str]) -> float | None:
    try:
        rate = float(metadata["com.android.capture.fps"])
    except (KeyError, ValueError):
        return None
    return rate if 0 < rate < 100_000 else None


def open_clip(path: Path, reading: ReadingOptions) -> ClipReader:
    """Open a clip with the reading options: slow-motion factor, start, end, and whether hardware may decode it."""
    return ClipReader(
        path, slow_motion=reading.slow_motion, start_s=reading.start_s, end_s=reading.end_s,
        hardware=reading.hwaccel == "auto",
    )  # fmt: skip
