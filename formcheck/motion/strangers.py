"""Skeletons made of two people: where somebody else is near, the model gives the lifter a leg of theirs for a while.

The picture shows a foot that is in one place and, a moment later, in another. A person who steps takes time for it; a foot
of somebody else's comes and goes at once. Such samples tell nothing about the lifter, so that they count as lost.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import Array
from formcheck.pose.geometry import trunk_scale
from formcheck.pose.skeleton import SIDES, joint
from formcheck.pose.track import PoseTrack

#: Between two samples a foot moves no farther than the first of these, and the second times the seconds between them, trunk
#: lengths: feet of lunges go 2 trunk lengths (1 m) a second on average, 4 at most; a planted one wavers by 0.1. Longer gaps
#: between samples than the third (seconds) allow no more, since what is lost there is mostly the leg itself.
WAVERS, FASTEST, LONGEST_STEP_S = 0.4, 4.0, 0.15
#: A foot that does not come back within this time has gone there (seconds).
COMES_BACK_S = 3.0


def without_strangers(track: PoseTrack) -> PoseTrack:
    """The track without the samples in which a foot is suddenly elsewhere, in the shots that show more than one person."""
    lost = np.zeros(len(track.times), dtype=bool)
    for number, shot in enumerate(track.shots):
        rows = np.flatnonzero((track.shot == number) & track.found)
        if shot.people > 1 and len(rows) > 2:
            lost[rows] = _foreign(track.times[rows], _feet(track.points[rows]))
    if not lost.any():
        return track
    points, world = (np.where(lost[:, None, None], np.nan, values) for values in (track.points, track.world))
    return replace(track, points=points, world=world, visibility=np.where(lost[:, None], 0.0, track.visibility))


def _feet(points: Array) -> Array:
    """(S, 2, 2) both ankles in trunk lengths."""
    return np.stack([points[:, joint("ankle", side)] for side in SIDES], axis=1) / trunk_scale(points)


def _foreign(times: Array, feet: Array) -> NDArray[np.bool_]:
    """(S,) samples in which a foot is elsewhere than it can have got to, until it is back."""
    foreign = np.zeros(len(times), dtype=bool)
    own = 0
    for row in range(1, len(times)):
        away = bool(foreign[row - 1])
        allowed = WAVERS if away else WAVERS + FASTEST * min(times[row] - times[own], LONGEST_STEP_S)
        if _moved(feet[own], feet[row]) <= allowed:
            own = row
        elif times[row] - times[own] > COMES_BACK_S:
            foreign[own:row] = False
            own = row
        else:
            foreign[row] = True
    if not foreign[: own + 1].any():
        foreign[:] = False  # a single leap that nobody came back from: the lifter walks off
    return foreign


def _moved(before: Array, after: Array) -> float:
    """How far the foot that moved most is from where the nearer of both was: a confusion of the sides moves none."""
    apart = np.linalg.norm(after[:, None] - before[None], axis=2)
    nearest = apart.min(axis=1)
    return float(np.nanmax(nearest)) if np.isfinite(nearest).any() else 0.0
