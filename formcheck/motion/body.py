"""From the raw pose track to `Body`: one shot, sides put right, noise and outliers out, on the clip's own frames."""

from __future__ import annotations

import numpy as np

from formcheck.motion.shots import choose_stretch
from formcheck.motion.smoothing import outliers, smooth_path
from formcheck.motion.swaps import exchange, repair_swaps
from formcheck.motion.types import Body, Side
from formcheck.motion.view import find_view
from formcheck.pose.track import PoseTrack
from formcheck.skeleton import ESSENTIAL, JOINT_COUNT, joint

#: A jump smaller than this share of the trunk is never an outlier.
LEAST_JUMP = 0.08
#: Noise of a landmark that is seen well, and of one the model only guesses, as shares of the trunk.
SEEN_SD, GUESSED_SD = 0.02, 0.10


def build_body(track: PoseTrack, *, side: str | None = None) -> Body:
    """Clean the landmarks of the longest continuous shot.

    Raises:
        ClipError: the lifter is not seen in any shot.
    """
    stretch = choose_stretch(track)
    times = track.times[stretch.rows]
    points, swapped = repair_swaps(track.points[stretch.rows])
    visibility = exchange(track.visibility[stretch.rows], swapped)
    wanted: Side | None = None if side is None else ("left" if side == "left" else "right")
    view = find_view(points, visibility, wanted)
    shoulder, hip = points[:, joint("shoulder", view.side)], points[:, joint("hip", view.side)]
    trunk = float(np.nanmedian(np.linalg.norm(shoulder - hip, axis=1)))
    frames = stretch.frames
    smooth = np.full((len(frames), JOINT_COUNT, 2), np.nan)
    sd = np.full((len(frames), JOINT_COUNT), np.nan)
    for row in range(JOINT_COUNT):
        path = points[:, row].copy()
        path[outliers(path, LEAST_JUMP * trunk)] = np.nan
        smooth[:, row], noise = smooth_path(times, path, frames)
        seen = np.clip(np.interp(frames, times, visibility[:, row]), 0, 1)
        sd[:, row] = np.hypot(noise, trunk * (SEEN_SD * seen + GUESSED_SD * (1 - seen)))
    repaired = np.interp(frames, times, swapped[:, 0].astype(float)) > 0.5
    usable = np.isfinite(smooth[:, [joint(name, view.side) for name in ESSENTIAL]]).all(axis=(1, 2))
    return Body(frames, smooth, sd, view, repaired, float(usable.mean()) if len(usable) else 0.0)
