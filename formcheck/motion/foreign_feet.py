"""Feet of other people: the model may give the lifter a bystander's leg for some samples.

Such a foot jumps away and back faster than a person can step. Those samples are dropped.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import Array
from formcheck.pose.geometry import trunk_scale
from formcheck.pose.skeleton import SIDES, joint
from formcheck.pose.track import PoseTrack

#: A foot moves at most `NOISE` plus `FASTEST` a second between two samples, trunk lengths. In lunges feet move at 2 (1 m/s) on
#: average and 4 at most; a planted one varies by 0.1. Gaps longer than `LONGEST_STEP_S` allow no more movement.
NOISE, FASTEST, LONGEST_STEP_S = 0.4, 4.0, 0.15
#: A foot that does not return within this time really moved, seconds.
RETURNS_WITHIN_S = 3.0


def without_foreign_feet(track: PoseTrack) -> PoseTrack:
    """Drop samples in which a foot jumps, in shots with more than one person."""
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
    """(S, 2, 2) both ankles, trunk lengths."""
    return np.stack([points[:, joint("ankle", side)] for side in SIDES], axis=1) / trunk_scale(points)


def _foreign(times: Array, feet: Array) -> NDArray[np.bool_]:
    """(S,) samples from a jump of a foot until it is back."""
    foreign = np.zeros(len(times), dtype=bool)
    own = 0
    for row in range(1, len(times)):
        away = bool(foreign[row - 1])
        allowed = NOISE if away else NOISE + FASTEST * min(times[row] - times[own], LONGEST_STEP_S)
        if _moved(feet[own], feet[row]) <= allowed:
            own = row
        elif times[row] - times[own] > RETURNS_WITHIN_S:
            foreign[own:row] = False
            own = row
        else:
            foreign[row] = True
    if not foreign[: own + 1].any():
        foreign[:] = False  # never back after the first jump: the lifter walks off
    return foreign


def _moved(before: Array, after: Array) -> float:
    """Greatest distance of a foot from the nearer of the two previous positions, which left-right swaps do not change."""
    apart = np.linalg.norm(after[:, None] - before[None], axis=2)
    nearest = apart.min(axis=1)
    return float(np.nanmax(nearest)) if np.isfinite(nearest).any() else 0.0
