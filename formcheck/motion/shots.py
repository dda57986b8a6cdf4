"""Shots of a clip: the part of a shot that is analysed, jump cuts within one, and samples of another person's body."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import ClipError
from formcheck.motion.body import Array
from formcheck.pose.geometry import segment_lengths, trunk_scale
from formcheck.pose.skeleton import SIDES, joint
from formcheck.pose.track import PoseTrack, empty_arrays

#: Gaps in the detections longer than this do not count towards the time in which the lifter is seen, seconds.
LONGEST_LOSS_S = 1.0


@dataclass(frozen=True)
class Stretch:
    """The analysed part of a track: `rows` (N,) samples in which the lifter was found, `frames` (F,) frame times."""

    rows: NDArray[np.int64]
    frames: Array


def shots_by_length(track: PoseTrack) -> list[int]:
    """Numbers of the shots in which the lifter is seen, by the time for which they are seen, longest first."""
    found = track.found
    seconds = {
        number: _seen_s(track.times[(track.shot == number) & found]) for number in range(int(track.shot.max()) + 1)
    }
    return sorted((n for n, seen in seconds.items() if seen > 0), key=lambda n: seconds[n], reverse=True)


def choose_stretch(track: PoseTrack, shot: int | None = None) -> Stretch:
    """The samples and frames of shot `shot`, by default the one in which the lifter is seen longest.

    A cut, a title card or a change of camera ends a shot, since positions before and after it are unrelated.

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
    return Stretch(rows, _frames_of(track, best))


def _seen_s(times: Array) -> float:
    """Seconds for which the lifter is seen, without gaps."""
    steps = np.diff(times)
    return float(steps[steps <= LONGEST_LOSS_S].sum())


def _frames_of(track: PoseTrack, shot: int) -> Array:
    """Times of the frames of a shot, from its first to its last sample; the last shot ends with the clip."""
    samples = track.samples[track.shot == shot]
    later = track.samples[track.shot > shot]
    # The cut lies somewhere between two samples; frames after the shot's last sample may belong to the next shot.
    last = len(track.frame_times) - 1 if len(later) == 0 else int(samples[-1])
    return np.asarray(track.frame_times[int(samples[0]) : last + 1])


# Jump cuts: the camera does not move, but the lifter is suddenly in another position.

#: A jump moves the upper body by at least this much between two samples, trunk lengths.
LEAST_STEP = 0.12
#: Within this time before and after a jump, steps are at most this share of it.
AROUND_S, QUIET_SHARE = 0.2, 0.25
#: A step over a longer gap than this may be movement that was not sampled, seconds.
LONGEST_STEP_S = 0.2
#: A jump that is undone within this time was a flip of the pose, seconds.
LONGEST_FLIP_S = 1.0
#: A pose that flips, head for feet, moves the upper body by at least this much, trunk lengths.
FLIP_STEP = 0.5
#: ... and faster than this, trunk lengths a second: the upper body of a lifter who swings a kettlebell moves at 2 to 3.
FLIP_SPEED = 3.5
#: In a pose that was thrown a segment is longer or shorter than usual by more than this factor. In labelled clips it is 2.5
#: to 8 times; 1.4 where a clip that stands still jumps on to another picture.
OTHER_LENGTH = 1.6
#: Outlines are the same if they share at least this part of what either covers, in so many cells a trunk length. In labelled
#: clips real cuts share 0.53 to 0.61, a flipped pose 0.96.
SAME_OUTLINE, OUTLINE_CELLS = 0.8, 32
#: Points whose left-right midpoint is followed, which left-right swaps do not move.
FOLLOWED = ("ear", "shoulder", "hip")


def without_thrown_poses(track: PoseTrack) -> PoseTrack:
    """The track without poses that jump away and back within a moment, such as head for feet: nobody moves so.

    The model lost the lifter there, or took somebody else; these samples count as samples in which nobody was found.
    """
    thrown = _thrown(track)
    if not thrown.any():
        return track
    arrays: dict[str, Any] = {name: getattr(track, name).copy() for name in empty_arrays(0)}
    for name, nowhere in empty_arrays(int(thrown.sum())).items():
        arrays[name][thrown] = nowhere
    outline = tuple(() if gone else lines for gone, lines in zip(thrown, track.outline, strict=True))
    return replace(track, outline=outline, **arrays)


def _thrown(track: PoseTrack) -> NDArray[np.bool_]:
    """(S,) samples between a jump and the jump back whose segments have impossible lengths."""
    thrown = np.zeros(len(track.times), dtype=bool)
    rows = np.flatnonzero(track.found)
    if len(rows) < 3:
        return thrown
    times, shot = track.times[rows], track.shot[rows]
    places = _middles(track.points[rows]) / trunk_scale(track.points)
    here = 1
    while here < len(rows):
        before = here - 1
        away = np.linalg.norm(places[here:] - places[before], axis=2).mean(axis=1)
        lasts = times[here:] - times[before]
        if away[0] > max(FLIP_STEP, FLIP_SPEED * lasts[0]) and shot[here] == shot[before]:
            back = np.flatnonzero((away < FLIP_STEP) & (lasts <= LONGEST_FLIP_S) & (shot[here:] == shot[before]))
            if len(back):
                thrown[rows[here : here + back[0]]] = True
                here += int(back[0])
        here += 1
    return np.asarray(thrown & (_length_change(track.points) > np.log(OTHER_LENGTH)))


def _length_change(points: Array) -> Array:
    """(S,) how much trunk, thigh or shank differs most from its usual length: the absolute logarithm of the ratio."""
    change = np.zeros(len(points))
    for length in segment_lengths(points).T:
        known = length > 0
        if known.any():
            change[known] = np.maximum(change[known], np.abs(np.log(length[known] / np.median(length[known]))))
    return change


def split_at_jumps(track: PoseTrack) -> PoseTrack:
    """Split shots at jump cuts."""
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
    """(S,) samples that follow a jump."""
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
        quiet = bool((step[around] <= QUIET_SHARE * step[i]).all())
        flips = step[i] > FLIP_STEP and _same_outline(track, int(rows[i - 1]), int(rows[i]))
        begins[rows[i]] = quiet and not flips
    return _without_flips(track, begins)


def _same_outline(track: PoseTrack, before: int, after: int) -> bool:
    """Whether the lifter's outline covers the same part of the picture while the joints jump: the pose flips."""
    cell = trunk_scale(track.points) / OUTLINE_CELLS
    one, other = _covered(track, before, cell), _covered(track, after, cell)
    either = np.count_nonzero(one | other)
    return bool(either and np.count_nonzero(one & other) >= SAME_OUTLINE * either)


def _covered(track: PoseTrack, row: int, cell: float) -> NDArray[np.bool_]:
    """The picture in cells of `cell` pixels: which of them the lifter's outline covers."""
    mask = np.zeros((int(track.height / cell) + 1, int(track.width / cell) + 1), dtype=np.uint8)
    for curve in track.outline[row]:
        cv2.fillPoly(mask, [np.round(np.asarray(curve, dtype=np.float64) / cell).astype(np.int32)], [1])
    return mask > 0


def _without_flips(track: PoseTrack, begins: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without jumps that are undone soon after: a flipped pose comes back to where it was, an edited clip goes on."""
    rows = np.flatnonzero(begins)
    scale = trunk_scale(track.points)
    for one, other in pairwise(rows):
        if track.times[other] - track.times[one] > LONGEST_FLIP_S or not begins[one]:
            continue
        there = _steps(track.points[[one - 1, other]])[1]
        if np.isfinite(track.points[[one - 1, other]][:, joint("hip", "left")]).all() and there < LEAST_STEP * scale:
            begins[[one, other]] = False
    return begins


def _steps(points: Array) -> Array:
    """(S,) mean movement of head, shoulders and hips since the previous sample, pixels; 0 for the first."""
    moved = np.linalg.norm(np.diff(_middles(points), axis=0), axis=2).mean(axis=1)
    return np.asarray(np.nan_to_num(np.r_[0.0, moved]))


def _middles(points: Array) -> Array:
    """(S, 3, 2) middle of both sides of what is followed, pixels."""
    return np.stack([_middle(points, name) for name in FOLLOWED], axis=1)


def _middle(points: Array, name: str) -> Array:
    """(S, 2) middle of a point's left and right, pixels."""
    return np.asarray((points[:, joint(name, "left")] + points[:, joint(name, "right")]) / 2)


# Feet of other people, see `without_foreign_feet`.

#: A foot moves at most `NOISE` plus `FASTEST` a second between two samples, trunk lengths. In lunges feet move at 2 (1 m/s) on
#: average and 4 at most; a planted one varies by 0.1. Gaps longer than `LONGEST_FOOT_STEP_S` allow no more movement.
NOISE, FASTEST, LONGEST_FOOT_STEP_S = 0.4, 4.0, 0.15
#: A foot that does not return within this time really moved, seconds.
RETURNS_WITHIN_S = 3.0


def without_foreign_feet(track: PoseTrack) -> PoseTrack:
    """Drop samples in which a foot jumps, in shots with more than one person: the model may give the lifter a bystander's leg.

    Such a foot jumps away and back faster than a person can step.
    """
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
        allowed = NOISE if away else NOISE + FASTEST * min(times[row] - times[own], LONGEST_FOOT_STEP_S)
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
