"""What is known of a clip as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from formcheck.video.damage import Damage


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


def with_frame_times(info: ClipInfo, times_s: NDArray[np.float64], damage: Sequence[Damage] = ()) -> ClipInfo:
    """Replace the container's claims on rate and duration by what the decoded frames say, and the lost ones with them; of the
    wanted part of the clip."""
    if len(times_s) < 2:
        return info
    step = float(np.median(np.diff(times_s)))
    end_s = max([float(times_s[-1]) + step, *(stretch.end_s for stretch in damage)])
    between = sum(stretch.lost_frames for stretch in damage if times_s[0] < stretch.start_s < times_s[-1])
    span = float(times_s[-1] - times_s[0])
    return replace(info, fps=(len(times_s) + between - 1) / span, duration_s=end_s - float(times_s[0]))
