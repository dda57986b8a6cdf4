"""Reading a clip: upright RGB frames with true timestamps, one after the other, never the whole clip in memory."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import ClipError, UsageError
from formcheck.video.convert import Box, Converter, Cutout, turns_of
from formcheck.video.files import file_sha256, open_container
from formcheck.video.packets import Packets, read_packets

#: Half a frame of a 240 Hz clip: `--start` and `--end` include a frame this close to them.
TIME_TOLERANCE_S = 0.002


@dataclass(frozen=True)
class ClipInfo:
    """What is known of a clip before a frame is decoded.

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


@dataclass(frozen=True)
class Frame:
    """One decoded picture. `index` counts from the clip's first frame, `time_s` is seconds since that frame."""

    index: int
    time_s: float
    _source: Any
    _size: tuple[int, int]
    _converter: Converter = field(default_factory=Converter)

    def cut(self, box: Box, scale: float) -> Cutout:
        """A part of the upright picture, scaled: what is converted is no larger than that."""
        return self._converter.cut(self._source, turns_of(self._source), self._size, box, scale)

    def whole(self, longest: int) -> Cutout:
        """The whole upright picture, its longest side no longer than `longest` pixels."""
        return self.cut((0, 0, *self._size), min(1.0, longest / max(self._size)))

    def rgb(self) -> NDArray[np.uint8]:
        """The upright picture in its own size, (height, width, 3) uint8 RGB. Slow: for a few pictures only."""
        return _upright(self._source.to_ndarray(format="rgb24"), self._source, self._size)

    @property
    def source(self) -> Any:
        """The decoder's own frame, for `PlaneBuffer`."""
        return self._source

    def gray(self, width: int, height: int) -> NDArray[np.uint8]:
        """A small grey copy, (height, width) uint8, not rotated upright: for comparing a frame with its neighbour."""
        return self._converter.gray(self._source, width, height)


def _upright(picture: NDArray[np.uint8], source: Any, size: tuple[int, int]) -> NDArray[np.uint8]:
    turns = turns_of(source)
    if turns:
        picture = np.ascontiguousarray(np.rot90(picture, k=turns))
    if (picture.shape[1], picture.shape[0]) != size:  # non-square pixels, or a frame of another size in an odd stream
        import cv2

        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return picture


class ClipReader:
    """Opens a clip and yields its frames with true timestamps; use it as a context manager.

    Args:
        path: the video file.
        slow_motion: how many times slower the file plays than life (a 240 Hz recording saved at 30 Hz: 8).
        start_s, end_s: keep frames from and to these times (the lifter's seconds from the clip's first frame).

    Raises:
        ClipError: the file is missing, unreadable or has no picture.
        UsageError: `start_s`, `end_s` or `slow_motion` make no sense.
    """

    def __init__(
        self, path: Path, *, slow_motion: float = 1.0, start_s: float | None = None, end_s: float | None = None
    ) -> None:
        if not slow_motion > 0 or slow_motion > 100:
            raise UsageError(
                f"--slow-motion expects a factor between 0 and 100 but got {slow_motion:g}; use 4 for a clip that"
                " plays four times slower than life."
            )
        if start_s is not None and end_s is not None and end_s <= start_s:
            raise UsageError(f"--end ({end_s:g} s) must be later than --start ({start_s:g} s).")
        self._start = 0.0 if start_s is None else max(0.0, start_s)
        self._end = np.inf if end_s is None else end_s
        self._container = open_container(path)
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self._converter = Converter()
        self._packets: Packets | None = None
        try:
            first = next(self._decode())
        except StopIteration:
            self._container.close()
            raise ClipError(
                f"{path.name} holds no picture that can be decoded; expected a video. Check that it plays in a player."
            ) from None
        except ClipError:
            self._container.close()
            raise
        self._origin = _seconds(first)
        width, height = _display_size(first, self._stream)
        self.info = ClipInfo(
            path=path,
            sha256=file_sha256(path),
            width=width,
            height=height,
            fps=float(self._stream.average_rate or self._stream.guessed_rate or 0) * slow_motion,
            duration_s=self._duration() / slow_motion,
            slow_motion=slow_motion,
            has_audio=bool(self._container.streams.audio),
        )
        self._rewind()

    def __enter__(self) -> ClipReader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    @property
    def origin_s(self) -> float:
        """The file's own time of its first picture, seconds: sound counts from the same zero."""
        return self._origin

    def frames(self, from_s: float = -np.inf, to_s: float = np.inf) -> Iterator[Frame]:
        """Every frame of the wanted part in order of time. A truncated end of the file ends the iteration.

        `from_s` and `to_s` narrow the part further, seconds. What lies before it is passed over where the file's packets
        say how many frames that are, else decoded.
        """
        size = (self.info.width, self.info.height)
        start, end = max(self._start, from_s), min(self._end, to_s)
        last = -np.inf
        for index, source in self._from(start):
            time_s = self._time_of(source)
            if time_s <= last:  # broken files repeat a timestamp; time must move forward
                continue
            last = time_s
            if time_s > end + TIME_TOLERANCE_S:
                return
            if time_s >= start - TIME_TOLERANCE_S:
                yield Frame(index, time_s, source, size, self._converter)

    def frames_near(self, times_s: list[float]) -> Iterator[Frame]:
        """One frame for each of the given times, found by seeking: fast, but only near the time asked for.

        The frame returned is the first one at or after the asked time, or the last one that could be decoded.
        `index` is -1: seeking does not tell how many frames came before. Frames between two keyframes are decoded once
        when the times ascend.
        """
        size = (self.info.width, self.info.height)
        keyframes = self.keyframe_times()
        sources: Iterator[Any] = iter(())
        best, reached = None, np.inf
        for wanted in times_s:
            ahead = wanted > reached and not ((keyframes > reached) & (keyframes <= wanted)).any()
            if not (ahead and len(keyframes)) and wanted != reached:
                self._seek(wanted * self.info.slow_motion + self._origin)
                sources, best, reached = self._decode(), None, -np.inf
            while reached < wanted - TIME_TOLERANCE_S:
                source = next(sources, None)
                if source is None:
                    break
                best, reached = source, self._time_of(source)
            if best is not None:
                yield Frame(-1, self._time_of(best), best, size, self._converter)

    def frame_times(self, progress: Callable[[float], None] | None = None) -> NDArray[np.float64] | None:
        """Times of the wanted part's frames as the file's packets say: nothing is decoded. Seconds, ascending.

        None where the packets do not say. What is decoded later may still differ (damaged files): compare.
        """
        times = self._read_packets(progress).times
        if times is None:
            return None
        wanted = (times >= self._start - TIME_TOLERANCE_S) & (times <= self._end + TIME_TOLERANCE_S)
        return np.asarray(times[wanted])

    def first_index(self) -> int:
        """Number in the clip of the wanted part's first frame, as the packets say; 0 where they do not."""
        times = self._read_packets().times
        return 0 if times is None else int(np.searchsorted(times, self._start - TIME_TOLERANCE_S))

    def keyframe_times(self) -> NDArray[np.float64]:
        """Times that can be seeked to without decoding others, seconds; empty where the file does not say."""
        return self._read_packets().keyframes

    def _time_of(self, source: Any) -> float:
        return (_seconds(source) - self._origin) / self.info.slow_motion

    def _from(self, start: float) -> Iterator[tuple[int, Any]]:
        """Decoded frames with their numbers in the clip, from the keyframe before `start` on where that can be seeked."""
        times = self._read_packets().times if start > 0 else None
        if times is not None:
            self._seek(start * self.info.slow_motion + self._origin)
            sources = self._decode()
            first = next(sources, None)
            if first is not None:
                time_s = self._time_of(first)
                index = int(np.searchsorted(times, time_s))
                if time_s <= start + TIME_TOLERANCE_S and index < len(times) and times[index] == time_s:
                    yield from zip(itertools.count(index), itertools.chain([first], sources), strict=False)
                    return
        self._rewind()
        yield from enumerate(self._decode())

    def _read_packets(self, progress: Callable[[float], None] | None = None) -> Packets:
        if self._packets is None:
            self._rewind()
            slow = self.info.slow_motion
            length_s = self.info.duration_s * slow
            self._packets = read_packets(self._container, self._stream, self._origin, length_s, slow, progress)
        return self._packets

    def _decode(self) -> Iterator[Any]:
        try:
            for source in self._container.decode(self._stream):
                if source.pts is not None:
                    yield source
        except av.error.FFmpegError as error:
            if getattr(self, "info", None) is None:
                raise ClipError(
                    f"{Path(self._container.name).name} cannot be decoded ({error.strerror}); expected a video file."
                    " Check that it plays in a player."
                ) from None
            # A clip cut off in the middle is still worth its first part.

    def _rewind(self) -> None:
        self._seek(getattr(self, "_origin", 0.0))

    def _seek(self, seconds: float) -> None:
        base = self._stream.time_base or Fraction(1, 1000)
        try:
            self._container.seek(int(seconds / base) - 1, stream=self._stream, backward=True)
        except av.error.FFmpegError:
            self._container.seek(0)

    def _duration(self) -> float:
        if self._stream.duration is not None and self._stream.time_base is not None:
            return float(self._stream.duration) * float(self._stream.time_base)
        return float(self._container.duration or 0) / float(av.time_base)


def _seconds(source: Any) -> float:
    return float(source.pts * source.time_base)


def _display_size(first: Any, stream: Any) -> tuple[int, int]:
    width, height = first.width, first.height
    aspect = stream.sample_aspect_ratio
    if aspect and aspect != 1:
        width = round(width * float(aspect))
    if round(first.rotation / 90) % 2:
        width, height = height, width
    return width, height


def with_frame_times(info: ClipInfo, times_s: NDArray[np.float64]) -> ClipInfo:
    """Replace the container's claims on rate and duration by what the decoded frames say; they may be a part of the clip."""
    if len(times_s) < 2:
        return info
    step = float(np.median(np.diff(times_s)))
    span = float(times_s[-1] - times_s[0])
    return replace(info, fps=(len(times_s) - 1) / span, duration_s=span + step)
