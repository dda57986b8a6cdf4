"""From the raw pose track to `Body`: one shot, sides put right, noise and outliers out, on the clip's own frames."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

from formcheck.motion.anatomy import to_joint_centres
from formcheck.motion.lengths import chain_rows, length_trust, reference_segments
from formcheck.motion.shots import choose_stretch
from formcheck.motion.smoother import ROBUST, smooth_chain
from formcheck.motion.smoothing import outliers, smooth_path
from formcheck.motion.swaps import exchange, repair_swaps, trunk_size
from formcheck.motion.types import Array, Body, Side
from formcheck.motion.view import find_view
from formcheck.pose.track import PoseTrack
from formcheck.skeleton import ESSENTIAL, JOINT_COUNT, SIDES, joint

#: A jump smaller than this share of the trunk is never an outlier.
LEAST_JUMP = 0.08
#: Longest gap that is filled, seconds.
LONGEST_GAP_S = 0.35
#: Trust of a sample that shows the picture of the sample before once more: the lifter has moved on meanwhile.
REPEATED_TRUST = 0.01
#: What no smoothing removes: how far the model's idea of a joint is from the joint, share of the trunk. In the order of
#: `CHAIN`; measured on rendered people with known skeletons, chosen so that errors are as large as `sd` says.
SYSTEMATIC = np.array([0.02, 0.015, 0.02, 0.02, 0.025, 0.015, 0.01, 0.02, 0.03])
#: Trust of a landmark that the model says cannot be seen.
HIDDEN_TRUST = 0.3


def build_body(track: PoseTrack, *, side: str | None = None) -> Body:
    """Clean the landmarks of the longest continuous shot.

    Raises:
        ClipError: the lifter is not seen in any shot.
    """
    stretch = choose_stretch(track)
    rows = stretch.rows
    times = track.times[rows]
    wanted: Side | None = None if side is None else ("left" if side == "left" else "right")
    view = find_view(track.points[rows], track.visibility[rows], track.world[rows], wanted)
    points, swapped = repair_swaps(track.points[rows], track.visibility[rows], view.side)
    visibility = exchange(track.visibility[rows], swapped)
    trunk = trunk_size(points)
    frames = stretch.frames
    smooth = np.full((len(frames), JOINT_COUNT, 2), np.nan)
    sd = np.full((len(frames), JOINT_COUNT), np.nan)
    for row in range(JOINT_COUNT):
        path = points[:, row].copy()
        path[outliers(path, LEAST_JUMP * trunk)] = np.nan
        smooth[:, row], noise = smooth_path(times, path, frames)
        sd[:, row] = np.hypot(noise, 0.03 * trunk)
    # Few new pictures a second: a sample far from its neighbours is then a quick movement, not an outlier.
    robust = ROBUST / max(0.1, 1 - float(track.repeated[rows].mean()))
    for one in SIDES:
        chain = chain_rows(one)
        segments = reference_segments(points, visibility, one, foreshortening(view.yaw_deg))
        seen = points[:, chain]
        trust = length_trust(seen, segments) * (HIDDEN_TRUST + (1 - HIDDEN_TRUST) * visibility[:, chain])
        trust[track.repeated[rows]] *= REPEATED_TRUST
        smoothed = smooth_chain(times, seen, trust, segments, trunk, robust=robust)
        known = covered(times, frames)
        smooth[:, chain] = np.where(known[:, None, None], _curve(times, smoothed.points, frames), np.nan)
        spread = _at(frames, times, smoothed.sd)
        misfit = _local_misfit(np.linalg.norm(seen - smoothed.points, axis=2))
        spread = np.sqrt(spread**2 + _at(frames, times, misfit) ** 2 / 2 + (SYSTEMATIC * trunk) ** 2)
        sd[:, chain] = np.where(known[:, None], spread, np.nan)
    smooth = to_joint_centres(smooth, view.forward, trunk)
    repaired = np.interp(frames, times, swapped[:, 0].astype(float)) > 0.5
    usable = np.asarray(np.isfinite(smooth[:, [joint(name, view.side) for name in ESSENTIAL]]).all(axis=(1, 2)))
    return Body(frames, smooth, sd, view, repaired, float(usable.mean()) if len(usable) else 0.0)


def foreshortening(yaw_deg: float) -> float:
    """Share by which a level segment looks shorter in a view `yaw_deg` from side-on (0 when the yaw is not known)."""
    return 0.0 if np.isnan(yaw_deg) else float(1 - np.cos(np.radians(min(abs(yaw_deg), 80.0))))


def covered(times: Array, frames: Array) -> Array:
    """(F,) whether a frame lies between two samples no farther apart than a gap that is filled.

    The last sample also stands for the frames up to where the next one would have been.
    """
    step = float(np.median(np.diff(times)))
    times = np.append(times, times[-1] + min(1.05 * step, LONGEST_GAP_S))
    after = np.searchsorted(times, frames - 1e-6)
    before = np.searchsorted(times, frames + 1e-6) - 1
    inside = (before >= 0) & (after < len(times))
    gap = times[np.clip(after, 0, len(times) - 1)] - times[np.clip(before, 0, len(times) - 1)]
    return np.asarray(inside & (gap <= LONGEST_GAP_S))


def _at(frames: Array, times: Array, values: Array) -> Array:
    """(F, K) linear interpolation of (S, K) values."""
    return np.stack([np.interp(frames, times, values[:, k]) for k in range(values.shape[1])], axis=1)


def _local_misfit(distance: Array) -> Array:
    """(S, K) root mean square of the distance between seen and smoothed points over some samples around each."""
    width = min(7, len(distance))
    squares = np.nan_to_num(distance) ** 2
    kernel = np.ones(width) / width
    means = np.stack([np.convolve(column, kernel, mode="same") for column in squares.T], axis=1)
    return np.asarray(np.sqrt(means))


def _curve(times: Array, values: Array, wanted: Array) -> Array:
    """Cubic interpolation in time along the first axis; the ends are held."""
    return np.asarray(CubicSpline(times, values)(np.clip(wanted, times[0], times[-1])))
