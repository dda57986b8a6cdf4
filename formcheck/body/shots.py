"""Which continuous shot of a clip is analysed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.body.types import Array
from formcheck.errors import ClipError
from formcheck.pose.track import PoseTrack

#: A stretch in which the lifter is lost for longer than this is not one stretch any more.
LONGEST_LOSS_S = 1.0


@dataclass(frozen=True)
class Stretch:
    """The analysed part of a track: `rows` (N,) samples in which the lifter was found, `frames` (F,) frame times."""

    rows: NDArray[np.int64]
    frames: Array
    number: int


def shots_by_length(track: PoseTrack) -> list[int]:
    """Numbers of the shots in which the lifter is seen at all, the one in which that is longest first."""
    found = track.found
    seconds = {
        number: _seen_s(track.times[(track.shot == number) & found]) for number in range(int(track.shot.max()) + 1)
    }
    return sorted((n for n, seen in seconds.items() if seen > 0), key=lambda n: seconds[n], reverse=True)


def choose_stretch(track: PoseTrack, shot: int | None = None) -> Stretch:
    """The shot in which the lifter is seen longest, or the named one; its frames reach from its first to its last frame.

    A cut, a title card or a change of camera ends a shot: positions on its two sides have nothing to do with each
    other.

    Raises:
        ClipError: the lifter is seen in no shot.
    """
    shots = [shot] if shot is not None else shots_by_length(track)
    best = shots[0] if shots else 0
    rows = np.flatnonzero((track.shot == best) & track.found)
    if len(rows) < 2:
        raise ClipError(
            "the lifter is not seen in any continuous shot of this clip; expected one person, filmed whole from the"
            " side. Film closer or in better light."
        )
    return Stretch(rows, _frames_of(track, best), best)


def _seen_s(times: Array) -> float:
    """Seconds during which the lifter is seen: losses do not count."""
    steps = np.diff(times)
    return float(steps[steps <= LONGEST_LOSS_S].sum())


def _frames_of(track: PoseTrack, shot: int) -> Array:
    """Times of the frames of a shot: from its first sample to the frame before the next shot's first sample."""
    samples = track.samples[track.shot == shot]
    later = track.samples[track.shot > shot]
    # The cut lies somewhere between two samples; frames after the shot's last sample may belong to the next shot.
    last = len(track.frame_times) - 1 if len(later) == 0 else int(samples[-1])
    return np.asarray(track.frame_times[int(samples[0]) : last + 1])
