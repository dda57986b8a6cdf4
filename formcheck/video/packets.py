"""What a file's packets say of its frames, before any is decoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.video.clock import BACK_S, LONGEST_GAP_S
from formcheck.video.decoding import Decoder
from formcheck.video.reference import Needless

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
    needless = Needless(decoder.stream)
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
        needed.append(not needless(packet))
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
