"""What a file's packets say of its frames, before any is decoded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

#: Packets that go on for longer than the file says it lasts, by this factor and by this many seconds, are not read to
#: their end: there may be none.
LONGER, LONGER_S = 1.5, 10.0


@dataclass(frozen=True)
class Packets:
    """Times of all frames (None: nothing reliable) and of the keyframes, the lifter's seconds, ascending."""

    times: NDArray[np.float64] | None
    keyframes: NDArray[np.float64]


def read_packets(
    container: Any,
    stream: Any,
    origin_s: float,
    duration_s: float,
    slow_motion: float,
    progress: Callable[[float], None] | None = None,
) -> Packets:
    """Read the packets of a stream from where it stands, which must be its beginning.

    Args:
        origin_s: the file's time of the first picture. duration_s: how long the file says that it lasts.
        slow_motion: by which the file's seconds are divided.
    """
    unknown = Packets(None, np.zeros(0))
    stamps: list[float] = []
    keys: list[float] = []
    base = stream.time_base
    longest_s = max(LONGER * duration_s, duration_s + LONGER_S)
    try:
        for packet in container.demux(stream):
            if not packet.size or packet.is_discard:
                continue
            if packet.pts is None or base is None:
                return unknown
            time_s = float(packet.pts * base) - origin_s
            if time_s > longest_s:
                return unknown
            stamps.append(time_s / slow_motion)
            if packet.is_keyframe:
                keys.append(stamps[-1])
            if progress is not None and len(stamps) % 100 == 0:
                progress(stamps[-1])
    except av.error.FFmpegError:
        pass  # cut off in the middle
    times = np.sort(np.array(stamps))
    times = times[times >= 0]
    if not len(times) or times[0] != 0.0 or (np.diff(times) <= 0).any():
        return unknown
    return Packets(times, np.sort(np.array([key for key in keys if key >= 0])))
