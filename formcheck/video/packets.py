"""Seconds since a clip's first picture, always rising, whatever the file's time stamps do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.video.decoding import Decoder

#: Between two pictures of one recording there is no more than this many seconds.
LONGEST_GAP_S = 600.0
#: Pictures are shown in another order than they are stored in, by less than this many seconds; what goes back farther, or on
#: for longer than the whole clip may last, is another recording put behind the first, or a wrong stamp.
BACK_S = 1.0


class Clock:
    """Tells the time of pictures that come in their order.

    Args:
        origin_s: the file's time of the first picture.
        step_s: usual time between two pictures, in the file's seconds.
        longest_s: what no time in the clip can exceed.
    """

    def __init__(self, origin_s: float, step_s: float, longest_s: float) -> None:
        self._origin, self._step, self._longest = origin_s, step_s, longest_s
        self._last: float | None = None
        #: How often the time was made up, as the stamp was missing or somewhere else.
        self.made_up = 0

    def time_of(self, source: Any) -> float | None:
        """Seconds of the file since its first picture; None for one that has the time of the picture before it or an
        earlier one, as broken files repeat them."""
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
    """The file's own time of a decoded frame; None where it has none."""
    return None if source.pts is None or source.time_base is None else float(source.pts * source.time_base)


# Which packets of a stream hold pictures that no other picture is decoded from: a decoder can leave those out.

#: Longest side of a packet's length field that the two formats know, bytes.
_LENGTHS = (1, 2, 4)
#: Kinds of H.264 units with a picture's data (ITU-T H.264, table 7-1); HEVC has all below 32 (H.265, table 7-1), of which
#: even ones below 16 are not referred to within their layer.
_H264_PICTURES = (1, 2, 5)
_HEVC_PICTURES, _HEVC_UNREFERRED = 32, 16


class NonReference:
    """Tells of a stream's packets whether the decoder may leave them out (what FFmpeg's `skip_frame` NONREF leaves out).

    It knows H.264 and HEVC as MP4, MOV and Matroska store them: units with their length in front. Of every other stream,
    and of a packet that is not built like that (a damaged one), all pictures are needed.
    """

    def __init__(self, stream: Any) -> None:
        codec = stream.codec_context
        header = bytes(codec.extradata or b"")
        self._hevc = codec.name == "hevc"
        self._length = 0
        # The first byte is the version of an MP4 decoder configuration record; a stream with start codes has 0 there.
        if codec.name == "h264" and len(header) > 6 and header[0] == 1:
            self._length = (header[4] & 3) + 1
        elif self._hevc and len(header) > 22 and header[0] == 1:
            self._length = (header[21] & 3) + 1
        if self._length not in _LENGTHS:
            self._length = 0

    def __call__(self, packet: Any) -> bool:
        if not self._length:
            return False
        data = memoryview(packet)
        place, unreferred = 0, False
        while place + self._length < len(data):
            size = int.from_bytes(data[place : place + self._length], "big")
            place += self._length
            if size == 0 or place + size > len(data):
                return False
            kind = data[place] >> 1 & 0x3F if self._hevc else data[place] & 0x1F
            if kind < _HEVC_PICTURES if self._hevc else kind in _H264_PICTURES:
                needed = kind >= _HEVC_UNREFERRED or kind % 2 == 1 if self._hevc else data[place] >> 5 & 3 != 0
                if needed:
                    return False
                unreferred = True
            place += size
        return unreferred and place == len(data)


# What a file's packets say of its frames, before any is decoded.

#: Packets that go on for longer than the file says it lasts, by this factor and by this many seconds, are not read to
#: their end: there may be none.
LONGER, LONGER_S = 1.5, 10.0
#: Where fewer of the packets than this share have a time of their own, the times are worth nothing.
OWN_TIMES = 0.9


@dataclass(frozen=True)
class Packets:
    """What was read of a stream's packets.

    Attributes:
        times: (F,) the lifter's seconds of all frames, ascending; None where nothing reliable is said.
        keyframes: (K,) those of the keyframes.
        timeless: the packets have no time stamps at all, or the same one again and again.
        before: frames that come before the first picture that could be decoded.
        missing: frames that the file has room for and that are not in it, as it is cut off.
        needed: (F,) other frames are decoded from this one; None where `times` is.
    """

    times: NDArray[np.float64] | None
    keyframes: NDArray[np.float64]
    timeless: bool = False
    before: int = 0
    missing: int = 0
    needed: NDArray[np.bool_] | None = None


def longest_s(duration_s: float) -> float:
    """What no time in a clip exceeds whose file says that it lasts `duration_s`, seconds."""
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
    """Read the packets of a stream from where it stands, which must be its beginning.

    Args:
        origin_s: the file's time of the first picture. duration_s: how long the file says that it lasts.
        slow_motion: by which the file's seconds are divided.
        cut_off: the file is known to be shorter than it should be.
    """
    stamps: list[float] = []
    keys: list[float] = []
    needed: list[bool] = []
    is_nonref = NonReference(decoder.stream)
    base = decoder.stream.time_base
    count, latest = 0, float("-inf")
    unknown = Packets(None, np.zeros(0))
    for packet in decoder.packets():
        if not packet.size:
            continue
        count += 1
        if packet.is_discard:
            continue
        if packet.pts is None or base is None:
            return replace(unknown, timeless=packet.dts is None)
        time_s = float(packet.pts * base) - origin_s
        if time_s > longest_s(duration_s):
            return unknown
        if packet.dts is not None:
            decoded_s = float(packet.dts * base)
            if decoded_s < latest - BACK_S:
                return unknown
            latest = max(latest, decoded_s)
        stamps.append(time_s / slow_motion)
        needed.append(not is_nonref(packet))
        if packet.is_keyframe:
            keys.append(stamps[-1])
        if progress is not None and len(stamps) % 100 == 0:
            progress(stamps[-1])
    missing = max(0, decoder.stream.frames - count) if cut_off else 0
    order = np.argsort(np.array(stamps), kind="stable")
    times = np.array(stamps)[order]
    own = len(np.unique(times))
    if own < OWN_TIMES * len(times):
        return replace(unknown, timeless=True)
    before = int((times < 0).sum())
    kept = np.array(needed, dtype=bool)[order][times >= 0]
    times = times[times >= 0]
    if not len(times) or times[0] != 0.0 or (np.diff(times) <= 0).any() or (np.diff(times) > LONGEST_GAP_S).any():
        return unknown
    keyframes = np.sort(np.array([key for key in keys if key >= 0]))
    return Packets(times, keyframes, before=before, missing=missing, needed=kept)
