"""3D posture from the pose model's metric landmarks: coarser than angles in the picture, but from any camera.

Depth is inaccurate (about 10 degrees on a limb), so no rule is judged on 3D posture. It serves to recognise exercises, and to
count reps when the camera is too oblique.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from formcheck.motion.body import Array, Body, Posture3D
from formcheck.motion.swaps import HIPS, LEGS, Framing, repair_swaps, swap_sides
from formcheck.motion.timeseries import on_frames, steadied
from formcheck.pose.geometry import unit
from formcheck.pose.skeleton import SIDES, joint
from formcheck.pose.track import PoseTrack

#: Window of the median, seconds: depth is noisy from picture to picture.
STEADY_S = 0.3
#: The points that are needed.
NEEDED = [joint(name, side) for name in ("shoulder", "hip", "wrist", "knee", "ankle") for side in SIDES]
_UP = np.array([0.0, -1.0, 0.0])


def build_posture_3d(track: PoseTrack, body: Body) -> Posture3D:
    """3D posture on the frames of `body`, from the samples of its shot; NaN where the lifter was not found."""
    inside = (track.times >= body.times[0] - 1e-6) & (track.times <= body.times[-1] + 1e-6)
    rows = np.flatnonzero(inside & track.found & np.isfinite(track.world[:, NEEDED]).all(axis=(1, 2)))
    if len(rows) < 2:
        return _posture(lambda name: np.full(len(body.times), np.nan))
    times = track.times[rows]
    framing = Framing(body.view.yaw_deg, (track.width, track.height))
    _, swapped = repair_swaps(track.points[rows], track.visibility[rows], body.view.side, times, framing)
    if body.legs_swapped:
        swapped[:, [LEGS, HIPS]] ^= True
    values = _measured(_coherent(track.world[rows], swap_sides(track.world[rows], swapped)))
    steady = steadied(times, np.stack(list(values.values()), axis=1), STEADY_S)
    series = dict(zip(values, steady.T, strict=True))
    return _posture(lambda name: on_frames(times, series[name], body.times, hold_ends=True))


def _posture(series: Callable[[str], Array]) -> Posture3D:
    def both(name: str) -> dict[str, Array]:
        return {side: series(f"{name}_{side}") for side in SIDES}

    return Posture3D(
        lean=series("lean"),
        hip=both("hip"),
        knee=both("knee"),
        thigh=both("thigh"),
        stride=series("stride"),
        hands_up=series("hands_up"),
        hands_to_shoulder=series("hands_to_shoulder"),
        hands_above_shoulder=series("hands_above_shoulder"),
        arm_lean=series("arm_lean"),
        hands_apart=series("hands_apart"),
        hip_up=series("hip_up"),
    )


def _coherent(world: Array, repaired: Array) -> Array:
    """(S, J, 3) `repaired` landmarks, or those of the model (`world`) where the swap correction twisted the trunk.

    In an oblique view, the apparent sizes of near and far can mislead the correction: the left hip ends up below the right
    shoulder, while the model's own labels are consistent.
    """
    twisted = (_trunk_turn(repaired) < 0) & (_trunk_turn(world) > 0)
    return np.where(twisted[:, None, None], world, repaired)


def _trunk_turn(world: Array) -> Array:
    """(S,) cosine of the angle between the right-to-left lines of hips and shoulders, seen from above."""
    hips, shoulders = (
        _level(world[:, joint(name, "left")] - world[:, joint(name, "right")]) for name in ("hip", "shoulder")
    )
    return _dot(hips, shoulders)


def _measured(world: Array) -> dict[str, Array]:
    """The numbers of `Posture3D` on (S, J, 3) landmarks: x to the right, y down, z away from the camera, metres."""

    def point(name: str, side: str) -> Array:
        return np.asarray(world[:, joint(name, side)])

    def middle(name: str) -> Array:
        return (point(name, "left") + point(name, "right")) / 2

    hips, shoulders, wrists = middle("hip"), middle("shoulder"), middle("wrist")
    trunk, arm = shoulders - hips, wrists - shoulders
    to_left = _level(point("hip", "left") - point("hip", "right") + point("shoulder", "left") - point("shoulder", "right"))
    forward = np.cross(to_left, _UP)
    thighs = {side: point("knee", side) - point("hip", side) for side in SIDES}
    shanks = {side: point("ankle", side) - point("knee", side) for side in SIDES}
    if _knees_bend(thighs, shanks, forward) < 0:  # the model confused front and back
        forward = -forward
    leg = sum(float(np.median(np.linalg.norm(v[side], axis=1))) for v in (thighs, shanks) for side in SIDES) / 2
    apart = point("ankle", "left") - point("ankle", "right")
    floor = np.maximum(point("ankle", "left")[:, 1], point("ankle", "right")[:, 1])
    values = {
        "lean": np.degrees(np.arctan2(_dot(trunk, forward), -trunk[:, 1])),
        "stride": np.abs(_dot(apart, forward)) / leg,
        "hands_up": (floor - wrists[:, 1]) / leg,
        "hands_to_shoulder": np.linalg.norm(arm, axis=1) / leg,
        "hands_above_shoulder": _dot(arm, trunk) / np.linalg.norm(trunk, axis=1) / leg,
        "arm_lean": _between(arm, np.broadcast_to(-_UP, arm.shape)),
        "hands_apart": np.linalg.norm(point("wrist", "left") - point("wrist", "right"), axis=1) / leg,
        "hip_up": (floor - hips[:, 1]) / leg,
    }
    for side in SIDES:
        values[f"hip_{side}"] = _between(trunk, thighs[side])
        values[f"knee_{side}"] = _between(-thighs[side], shanks[side])
        values[f"thigh_{side}"] = np.degrees(np.arctan2(_dot(thighs[side], forward), thighs[side][:, 1]))
    return values


def _knees_bend(thighs: dict[str, Array], shanks: dict[str, Array], forward: Array) -> float:
    """How far the knees bend forward in all; negative if `forward` points to the lifter's back."""
    turns = [
        _dot(thighs[side], forward) * shanks[side][:, 1] - thighs[side][:, 1] * _dot(shanks[side], forward) for side in SIDES
    ]
    return float(np.sum(turns))


def _level(vectors: Array) -> Array:
    """(S, 3) unit vectors along the horizontal component of `vectors`."""
    return unit(vectors * np.array([1.0, 0.0, 1.0]))


def _dot(a: Array, b: Array) -> Array:
    return np.asarray((a * b).sum(axis=1))


def _between(a: Array, b: Array) -> Array:
    """Angle between (S, 3) vectors, degrees, 0-180."""
    return np.asarray(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b), axis=1), _dot(a, b))))
