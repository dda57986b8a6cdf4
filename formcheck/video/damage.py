"""Damaged parts of a file: frames that are missing or depend on a corrupt one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Largest distance between the display and the storage order of a picture.
REORDERED = 16


@dataclass(frozen=True)
class Damage:
    """A stretch of a clip from the first picture that cannot be decoded to the next intact keyframe.

    Frames in between depend on earlier ones, so they may be corrupt although the decoder reports nothing. Times
    in the lifter's seconds; `lost_frames` pictures of the stretch could not be decoded at all.
    """

    start_s: float
    end_s: float
    lost_frames: int


@dataclass(frozen=True)
class Decoded:
    """Result of one decoding pass over the selected part.

    Attributes:
        times: (F,) seconds of the pictures. corrupt: (F,) the decoder reports it as corrupt.
        keyframe: (F,) decodable without any other picture.
        failures: seconds of the picture before each packet that could not be decoded.
    """

    times: NDArray[np.float64]
    corrupt: NDArray[np.bool_]
    keyframe: NDArray[np.bool_]
    failures: Sequence[float] = ()


def find_damage(expected: NDArray[np.float64] | None, decoded: Decoded) -> tuple[Damage, ...]:
    """The damaged stretches between the first and the last picture, in order of time.

    `expected` are the times in the file's packets. Where those are unreliable (None), every packet that could not be decoded
    counts as one lost picture.
    """
    times = decoded.times
    if not len(times):
        return ()
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    lost = np.setdiff1d(expected, times) if expected is not None else np.asarray(decoded.failures, dtype=np.float64)
    whole = times[decoded.keyframe & ~decoded.corrupt]
    stretches: list[Damage] = []
    for start_s in np.unique(np.concatenate([lost, times[decoded.corrupt]])).tolist():
        if stretches and start_s < stretches[-1].end_s:
            continue
        later = whole[whole > start_s]
        end_s = float(later[0]) if len(later) else max(float(times[-1]), start_s) + step
        inside = (lost >= start_s) & (lost < end_s)
        stretches.append(Damage(start_s, end_s, int(inside.sum())))
    return tuple(stretches)


def missing_end(
    times: NDArray[np.float64], missing: int, duration_s: float, wanted: tuple[float, float]
) -> tuple[Damage, ...]:
    """The stretch missing at the end of a truncated file.

    Pictures are stored in decoding order, so the last ones in the file may stand alone after a gap.

    Args:
        times: (F,) seconds of the frames that are there. missing: how many are not.
        duration_s: of the whole file. wanted: the selected part, seconds.
    """
    step = float(np.median(np.diff(times))) if len(times) > 1 else duration_s / (missing + 1)
    late = times[-REORDERED:]
    gaps = np.flatnonzero(np.diff(late) > 1.5 * step)
    start_s = float(late[gaps[0]] if len(gaps) else late[-1]) + step
    end_s = max(start_s + step, min(duration_s, float(times[-1]) + step * (missing + 1)))
    low, high = max(start_s, wanted[0]), min(end_s, wanted[1])
    if high <= low:
        return ()
    return (Damage(low, high, max(1, round(missing * (high - low) / (end_s - start_s)))),)


def joined(stretches: Sequence[Damage]) -> tuple[Damage, ...]:
    """Stretches in order of time, overlapping ones merged."""
    whole: list[Damage] = []
    for one in sorted(stretches, key=lambda stretch: stretch.start_s):
        if whole and one.start_s <= whole[-1].end_s:
            last = whole[-1]
            one = Damage(last.start_s, max(last.end_s, one.end_s), last.lost_frames + one.lost_frames)
            whole.pop()
        whole.append(one)
    return tuple(whole)
