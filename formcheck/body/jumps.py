"""Jump cuts: the camera stays where it is and the lifter is suddenly in another position.

The pictures around such a cut differ too little to be told from movement; the lifter's own points do not. A person gathers
speed and loses it again, so that one large step between two small ones is none of the person's.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formcheck.body.types import Array
from formcheck.geometry import trunk_scale
from formcheck.pose.track import PoseTrack
from formcheck.skeleton import joint

#: A step of the upper body this long (trunk lengths) between two samples ...
LEAST_STEP = 0.12
#: ... of which the steps within this time before and after it are at most this share.
AROUND_S, QUIET_SHARE = 0.2, 0.25
#: A step over a longer gap than this may be a movement that was not seen, seconds.
LONGEST_STEP_S = 0.2
#: Points whose middle over both sides is followed: a confusion of left and right does not move it.
FOLLOWED = ("ear", "shoulder", "hip")


def split_at_jumps(track: PoseTrack) -> PoseTrack:
    """The track with a new shot wherever the lifter jumps from one position to another."""
    if len(track.times) < 4:
        return track
    begins = _jumps(track)
    if not begins.any():
        return track
    shot = np.zeros(len(track.shot), dtype=np.int64)
    shot[1:] = np.cumsum((np.diff(track.shot) > 0) | begins[1:])
    firsts = np.r_[0, np.flatnonzero(np.diff(shot)) + 1]
    return replace(track, shot=shot, shots=tuple(track.shots[int(track.shot[row])] for row in firsts))


def _jumps(track: PoseTrack) -> NDArray[np.bool_]:
    """(S,) samples that begin a new position."""
    begins = np.zeros(len(track.times), dtype=bool)
    rows = np.flatnonzero(track.found & ~track.repeated)
    if len(rows) < 4:
        return begins
    times, step = track.times[rows], _steps(track.points[rows]) / trunk_scale(track.points[rows])
    for i in range(2, len(rows) - 2):
        cut_already = track.shot[rows[i]] != track.shot[rows[i - 1]]
        if not step[i] > LEAST_STEP or times[i] - times[i - 1] > LONGEST_STEP_S or cut_already:
            continue
        around = (np.abs(times - times[i]) <= AROUND_S) | (np.abs(times - times[i - 1]) <= AROUND_S)
        around[[i - 2, i - 1, i + 1, i + 2]] = True
        around[i] = False
        around[0] = False
        begins[rows[i]] = bool((step[around] <= QUIET_SHARE * step[i]).all())
    return begins


def _steps(points: Array) -> Array:
    """(S,) how far head, shoulders and hips moved since the sample before on average, pixels; 0 for the first."""
    middles = [(points[:, joint(name, "left")] + points[:, joint(name, "right")]) / 2 for name in FOLLOWED]
    moved = np.mean([np.linalg.norm(np.diff(middle, axis=0), axis=1) for middle in middles], axis=0)
    return np.asarray(np.nan_to_num(np.r_[0.0, moved]))
