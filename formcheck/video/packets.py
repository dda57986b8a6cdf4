"""Frame times, keyframes and reference frames, read from a file's packets without decoding."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.video.decoding import Decoder

#: Longest gap between two pictures of one recording, seconds.
LONGEST_GAP_S = 600.0
#: Display order differs from decoding order by less than this, seconds. A timestamp that jumps back farther, or beyond
#: the end of the clip, belongs to another recording appended to the first, or is wrong.
BACK_S = 1.0


class Clock:
    """Monotonic frame times in display order, seconds since the first frame, even if the file's timestamps are not.

    Args:
        origin_s: the file's time of the first picture.
        step_s: usual time between two pictures, in the file's seconds.
        longest_s: upper bound for any time in the clip.
    """

    def __init__(self, origin_s: float, step_s: float, longest_s: float) -> None:
        self._origin, self._step, self._longest = origin_s, step_s, longest_s
        self._last: float | None = None
        #: Number of times extrapolated because a timestamp was missing or implausible.
        self.made_up = 0

    def time_of(self, source: Any) -> float | None:
        """Seconds of the file since its first picture; None for a picture no later than the one before it (broken files)."""
        stamp = seconds_of(source)
        if self._last is None:
            now = 0.0 if stamp is None else stamp - self._origin
        elif stamp is None:
            now = self._last + self._step
            self.made_up += 1
        else:
            now = stamp - self._origin
            beyond = max(self._longest, self._last + BACK_S)
            if now < self._last - BACK_S or now > beyond or now > self._last + LONGEST_GAP_S:
                now = self._last + self._step
                self._origin = stamp - now
                self.made_up += 1
            elif now <= self._last:
                return None
        self._last = now
        return now


def seconds_of(source: Any) -> float | None:
    """The time stamp of a decoded frame in seconds; None where it has none."""
    return None if source.pts is None or source.time_base is None else float(source.pts * source.time_base)


# Non-reference frames: no other picture is decoded from them, so a decoder can skip them.

#: Sizes of a unit's length field, bytes.
_LENGTHS = (1, 2, 4)
#: Types of H.264 units with picture data (ITU-T H.264, table 7-1). In HEVC these are all below 32 (H.265, table 7-1), of which
#: the even ones below 16 are not referred to within their layer.
_H264_PICTURES = (1, 2, 5)
_HEVC_PICTURES, _HEVC_UNREFERRED = 32, 16


class NonReference:
    """Whether a packet holds only non-reference pictures (those that FFmpeg's `skip_frame` NONREF skips).

    Knows H.264 and HEVC in MP4, MOV and Matroska (length-prefixed NAL units). Pictures of any other stream, and
    of malformed packets, count as referred to.
    """

    def __init__(self, stream: Any) -> None:
        codec = stream.codec_context
        header = bytes(codec.extradata or b"")
        self._is_referred = _hevc_is_referred if codec.name == "hevc" else _h264_is_referred
        self._length = 0
        # The first byte is the version of an MP4 decoder configuration record; a stream with start codes has 0 there.
        if codec.name == "h264" and len(header) > 6 and header[0] == 1:
            self._length = (header[4] & 3) + 1
        elif codec.name == "hevc" and len(header) > 22 and header[0] == 1:
            self._length = (header[21] & 3) + 1
        if self._length not in _LENGTHS:
            self._length = 0

    def __call__(self, packet: Any) -> bool:
        if not self._length:
            return False
        headers = _unit_headers(memoryview(packet), self._length)
        pictures = [referred for header in headers or () if (referred := self._is_referred(header)) is not None]
        return bool(pictures) and not any(pictures)


def _unit_headers(data: memoryview, length: int) -> list[int] | None:
    """First byte of each NAL unit in a packet of length-prefixed units (`length` bytes); None if malformed."""
    headers, place = [], 0
    while place + length < len(data):
        size = int.from_bytes(data[place : place + length], "big")
        place += length
        if size == 0 or place + size > len(data):
            return None
        headers.append(data[place])
        place += size
    return headers if place == len(data) else None


def _h264_is_referred(header: int) -> bool | None:
    """Whether a NAL unit holds a reference picture; None without picture data."""
    return header >> 5 & 3 != 0 if header & 0x1F in _H264_PICTURES else None


def _hevc_is_referred(header: int) -> bool | None:
    """Whether a NAL unit holds a reference picture; None without picture data."""
    kind = header >> 1 & 0x3F
    return kind >= _HEVC_UNREFERRED or kind % 2 == 1 if kind < _HEVC_PICTURES else None


# Reading a stream's packets.

#: Reading stops at packets later than the stated duration by this factor or this many seconds: the stream may never end.
LONGER, LONGER_S = 1.5, 10.0
#: The times are unusable if fewer than this share of the packets have a distinct one.
OWN_TIMES = 0.9


@dataclass(frozen=True)
class Packets:
    """The packets of a stream.

    Attributes:
        times: (F,) the lifter's seconds of all frames, ascending; None where the time stamps are unreliable.
        keyframes: (K,) those of the keyframes.
        timeless: the packets have no time stamps, or all the same one.
        before: frames before the first picture that could be decoded.
        missing: frames that the index of a truncated file lists but the file lacks.
        reference: (F,) other frames are decoded from this one; None where `times` is.
    """

    times: NDArray[np.float64] | None
    keyframes: NDArray[np.float64]
    timeless: bool = False
    before: int = 0
    missing: int = 0
    reference: NDArray[np.bool_] | None = None


#: Of a stream whose time stamps are unreliable.
_UNRELIABLE = Packets(None, np.zeros(0))


@dataclass(frozen=True)
class _Stamped:
    """One packet: the lifter's seconds of its picture, and whether it is a keyframe and referred to."""

    time_s: float
    keyframe: bool
    reference: bool


def longest_s(duration_s: float) -> float:
    """Upper bound for the times in a clip whose stated duration is `duration_s`, seconds."""
    return max(LONGER * duration_s, duration_s + LONGER_S)


def read_packets(
    decoder: Decoder,
    origin_s: float,
    duration_s: float,
    slow_motion: float,
    progress: Callable[[float], None] | None = None,
    *,
    cut_off: bool = False,
) -> Packets:
    """Read the packets of a stream from its current position, which must be the beginning.

    Args:
        origin_s: time stamp of the first picture, seconds. duration_s: stated duration of the file.
        slow_motion: factor by which the file's seconds are divided.
        cut_off: the file is known to be truncated.
    """
    read: list[_Stamped] = []
    is_nonref = NonReference(decoder.stream)
    base = decoder.stream.time_base
    count, latest = 0, float("-inf")
    for packet in decoder.packets():
        if not packet.size:
            continue
        count += 1
        if packet.is_discard:
            continue
        if packet.pts is None or base is None:
            return replace(_UNRELIABLE, timeless=packet.dts is None)
        time_s = float(packet.pts * base) - origin_s
        if time_s > longest_s(duration_s):
            return _UNRELIABLE
        if packet.dts is not None:
            decoded_s = float(packet.dts * base)
            if decoded_s < latest - BACK_S:
                return _UNRELIABLE
            latest = max(latest, decoded_s)
        read.append(_Stamped(time_s / slow_motion, bool(packet.is_keyframe), not is_nonref(packet)))
        if progress is not None and len(read) % 100 == 0:
            progress(read[-1].time_s)
    return _in_display_order(read, max(0, decoder.stream.frames - count) if cut_off else 0)


def _in_display_order(read: list[_Stamped], missing: int) -> Packets:
    """The packets sorted by time, where the times make sense; those before the first picture are only counted."""
    read = sorted(read, key=lambda packet: packet.time_s)
    if len({packet.time_s for packet in read}) < OWN_TIMES * len(read):
        return replace(_UNRELIABLE, timeless=True)
    shown = [packet for packet in read if packet.time_s >= 0]
    times = np.array([packet.time_s for packet in shown])
    if not len(times) or times[0] != 0.0 or (np.diff(times) <= 0).any() or (np.diff(times) > LONGEST_GAP_S).any():
        return _UNRELIABLE
    return Packets(
        times,
        np.array([packet.time_s for packet in shown if packet.keyframe]),
        before=len(read) - len(shown),
        missing=missing,
        reference=np.array([packet.reference for packet in shown], dtype=bool),
    )
