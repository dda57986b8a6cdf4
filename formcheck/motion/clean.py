"""From the raw pose track to `Body`: swaps corrected, outliers and noise removed, model points moved to joint centres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import PLACED, VISIBLE, Array, Body, View
from formcheck.motion.shots import choose_stretch
from formcheck.motion.smoother import (
    CHAIN,
    FEET,
    ROBUST,
    Observations,
    Segment,
    SmoothChain,
    chain_rows,
    knee_ik_sd,
    length_trust,
    no_shorter,
    reference_segments,
    smooth_chain,
)
from formcheck.motion.swaps import (
    HIPS,
    LEGS,
    Framing,
    PlateCover,
    calibrated_visibility,
    free_of_plate,
    inside_picture,
    legs_known,
    repair_swaps,
    swap_sides,
)
from formcheck.motion.timeseries import covered, cubic, interpolated
from formcheck.motion.view import find_view
from formcheck.pose.geometry import trunk_scale, unit
from formcheck.pose.model import Calibration, Shift, part_of
from formcheck.pose.skeleton import ARM, ESSENTIAL, LEG, SIDES, Joint, Side, joint, other_side
from formcheck.pose.track import PoseTrack

# Model points to joint centres: the fixed shifts of the model's calibration.


def to_joint_centres(points: Array, shifts: Sequence[Shift], forward: int, trunk: float) -> Array:
    """Shift (F, J, 2) points of both sides; `forward` as in `View`, `trunk` in pixels.

    Points stay in place in frames in which the direction of their segment is unknown.
    """
    out: Array = points.copy()
    for side in SIDES:
        shoulder, hip, knee = (points[:, joint(name, side)] for name in ("shoulder", "hip", "knee"))
        up = {"trunk": _direction(shoulder - hip), "thigh": _direction(hip - knee)}
        for shift in shifts:
            along, across = up[shift.segment], _left_of(up[shift.segment]) * forward
            out[:, joint(shift.part, side)] += trunk * (shift.up * along + shift.back * across)
    return out


def _direction(vectors: Array) -> Array:
    """(F, 2) unit vectors; zero, so no shift, where the direction is unknown."""
    return np.nan_to_num(unit(vectors))


def _left_of(direction: Array) -> Array:
    """(F, 2) directions turned by 90 degrees so that "up" becomes "left": the back of a lifter facing right."""
    return np.stack([direction[:, 1], -direction[:, 0]], axis=1)


# A hip behind a plate: the bar in the hip crease locates the joint.

#: Position of the hip joint relative to the bar, trunk lengths: along the hip's axis and behind it, and its standard deviation
#: between people and pads. True values behind it in six rendered clips of two people: 0.32 and 0.38.
ALONG, BEHIND, PLACE_SPREAD = 0.02, 0.32, 0.06
#: Movement of the joint in that frame of reference, trunk lengths.
WANDER = 0.02


@dataclass(frozen=True)
class HipHint:
    """The tracked bar above the near hip, for a bar that rests in the hip crease.

    `points` (F, 2) and `sd` (F,) in pixels, on the frames of `Body.times`; NaN where the plate was not seen. The error comes
    from extrapolating from the plate to the middle of the bar, so it is taken as constant through the clip.
    """

    points: Array
    sd: Array


def hips_from_plate(
    shoulder: Array, hip: Array, knee: Array, plate: Array, sd: Array, forward: int, trunk: float, guess_sd: float
) -> tuple[Array, Array]:
    """(S, 2) hip joints from the bar above the hip, and their (S,) standard deviation in pixels.

    Two offsets are unknown: the joint's from the bar, with a prior from other people, and the bar's constant error. Both are
    estimated together from the model's average guess of the hip; the bar's movement gives the hip's.

    Args:
        shoulder, hip, knee: (S, 2) joint centres estimated without the plate.
        plate: (S, 2) the bar above the near hip, with its standard deviation `sd` (S,); NaN where not seen.
        forward: as in `View`. trunk: pixels.
        guess_sd: error of the model's guess of a hidden hip, averaged over a clip, trunk lengths.
    """
    axis = unit(unit(shoulder - hip) + unit(hip - knee))
    back = forward * np.stack([axis[:, 1], -axis[:, 0]], axis=1)
    # (S, 2, 4): effect on the joint of the offsets along and behind, and of the bar's error in x and y.
    effect = np.concatenate([np.stack([axis, back], axis=2), np.broadcast_to(np.eye(2), (len(axis), 2, 2))], axis=2)
    away = (hip - plate) / trunk
    known = np.isfinite(away).all(axis=1) & np.isfinite(effect).all(axis=(1, 2))
    if not known.any():
        return np.full_like(plate, np.nan), np.full(len(plate), np.nan)
    error = max(float(np.nanmedian(sd[known])) / trunk, 1e-3)
    prior = np.array([PLACE_SPREAD, PLACE_SPREAD, error, error]) ** -2.0
    usual = np.array([ALONG, BEHIND, 0.0, 0.0])
    # The model's guesses share one error through a clip: together they count as one.
    weight = 1 / (known.sum() * guess_sd**2)
    information = np.diag(prior) + weight * np.einsum("sij,sik->jk", effect[known], effect[known])
    pull = prior * usual + weight * np.einsum("sij,si->j", effect[known], away[known])
    place = np.linalg.solve(information, pull)
    spread = np.einsum("sij,jk,sik->s", effect, np.linalg.inv(information), effect) / 2
    return plate + trunk * (effect @ place), trunk * np.hypot(np.sqrt(spread), WANDER)


# Cleaning one shot.

#: Window over which a landmark's distance from the smoothed path is averaged, seconds.
MISFIT_WINDOW_S = 0.45
#: Weight of a sample that repeats the previous picture: the lifter has moved since.
REPEATED_TRUST = 0.01
#: Weight of the segment lengths in such a sample.
REPEATED_LENGTHS = 0.1
#: Weight of a landmark with visibility 0.
HIDDEN_TRUST = 0.3
#: Weight of a leg joint behind a plate; the segment lengths place it instead.
COVERED_TRUST = 0.2
LENGTHS_PLACE = np.isin(CHAIN, LEG)
#: A joint is beside a plate within this many radii of its centre.
BESIDE = 1.5
#: Error of placing a joint by the segment lengths, share of the trunk.
LENGTHS_SD = 0.04
#: Factor on the error of the far leg, whose hip and ankle are less visible too.
FAR_PLACED = 1.6
#: A hidden joint counts as placed where its standard deviation is at most this share of the trunk.
PLACED_SD = 0.11
#: The plate replaces the model's hip while its error is below this share of the trunk.
HIDDEN_HIP_SD = 0.08


#: Points outside the chains.
LOOSE = np.array(
    [Joint.NOSE, Joint.LEFT_EYE, Joint.RIGHT_EYE, *(joint(name, side) for name in ARM for side in SIDES)], dtype=np.int64
)
LOOSE_PARTS = tuple(part_of(Joint(point)) for point in LOOSE)


@dataclass(frozen=True)
class _Samples:
    """The analysed samples after left-right swap correction; S samples, J joints.

    `visibility` (S, J) is the model's, `in_view` (S, J) its calibrated value, 0 outside the picture; `free` (S, J) is how
    clear each point is of the plate, 0-1, and `beside_plate` (S, J) whether it is at or behind it.
    """

    times: Array
    points: Array
    visibility: Array
    repeated: NDArray[np.bool_]
    swapped: NDArray[np.bool_]
    view: View
    in_view: Array
    free: Array
    beside_plate: NDArray[np.bool_]
    calibration: Calibration

    @property
    def trunk(self) -> float:
        """Length of the trunk, pixels."""
        return trunk_scale(self.points)

    @property
    def sight(self) -> Array:
        """(S, J) how far each point was seen, 0-1."""
        return np.minimum(self.in_view, self.free)

    @property
    def robust(self) -> float:
        """Limit for outliers. With few new frames a second, a sample far from its neighbours is a quick movement."""
        return ROBUST / max(0.1, 1 - float(self.repeated.mean()))


@dataclass(frozen=True)
class _Hip:
    """(S, 2) positions of one hip, in pixels, with their (S,) standard deviation."""

    points: Array
    sd: Array


def build_body(
    track: PoseTrack,
    *,
    side: str | None = None,
    hip_hint: HipHint | None = None,
    cover: PlateCover | None = None,
    shot: int | None = None,
    legs_swapped: bool = False,
) -> Body:
    """Clean the landmarks of one shot.

    Args:
        track: the raw pose track.
        side: the lifter's side nearest the camera, if the user gives it.
        hip_hint: the near plate of a bar that rests in the hip crease, on the frames of the body built without it.
        cover: the near plate that hides the joints behind it, on the same frames.
        shot: number of the shot; by default the one in which the lifter is seen longest.
        legs_swapped: swap the names of the legs, because the user named the other one as the working leg.

    Raises:
        ClipError: the lifter is not seen in any shot.
    """
    stretch = choose_stretch(track, shot)
    samples, known = _corrected(track, stretch.rows, side, legs_swapped)
    if cover is not None:
        samples = _behind(samples, cover, stretch.frames, samples.points)
    smooth, sd = _smooth(samples, {})
    if cover is not None:
        # Where the model took the plate's rim for a joint, the segment lengths show that the joint is behind the plate too.
        samples = _behind(samples, cover, stretch.frames, smooth)
    if hip_hint is not None or cover is not None:
        smooth, sd = _smooth(samples, {} if hip_hint is None else _hinted(samples, smooth, hip_hint, stretch.frames))
    smooth = to_joint_centres(smooth, samples.calibration.shifts, samples.view.forward, samples.trunk)
    return replace(_on_frames(samples, smooth, sd, stretch.frames), legs_known=known, legs_swapped=legs_swapped)


def _corrected(
    track: PoseTrack, rows: NDArray[np.int64], side: str | None, legs_swapped: bool
) -> tuple[_Samples, bool]:
    """The samples `rows` with left-right swaps corrected, and whether it is known which leg is the left one."""
    points, visibility, times = track.points[rows], track.visibility[rows], track.times[rows]
    near: Side | None = None if side is None else ("left" if side == "left" else "right")
    view = find_view(points, visibility, track.world[rows], track.calibration, near)
    framing = Framing(view.yaw_deg, (track.width, track.height))
    corrected, swapped = repair_swaps(points, visibility, view.side, times, framing)
    known = legs_known(points, visibility, view.side, times, swapped, framing)
    if legs_swapped:
        swapped[:, [LEGS, HIPS]] ^= True
        corrected = swap_sides(points, swapped)
    visibility = swap_sides(visibility, swapped)
    in_view = calibrated_visibility(visibility, view.side, swapped, track.calibration)
    in_view = np.minimum(in_view, inside_picture(corrected, track.width, track.height))
    samples = _Samples(
        times=times,
        points=corrected,
        visibility=visibility,
        repeated=track.repeated[rows],
        swapped=swapped,
        view=view,
        in_view=in_view,
        free=np.ones_like(in_view),
        beside_plate=np.zeros(in_view.shape, dtype=bool),
        calibration=track.calibration,
    )
    return samples, known


def _on_frames(samples: _Samples, smooth: Array, sd: Array, frames: Array) -> Body:
    """The body on the clip's frames, from (S, J, 2) joint centres and their (S, J) standard deviation."""

    def interpolate(values: Array) -> Array:
        return np.where(inside[:, None], interpolated(frames, samples.times, values), 0.0)

    inside = covered(samples.times, frames)
    given = inside[:, None] & np.asarray(np.isfinite(samples.points[:, :, 0]).any(axis=0))  # a model may lack some points
    visibility = interpolate(np.where(sd <= PLACED_SD * samples.trunk, np.maximum(samples.sight, PLACED), samples.sight))
    near = [joint(name, samples.view.side) for name in ESSENTIAL]
    # Coverage is about the filming: joints that the lifter's own plate hides do not lower it.
    followed = np.asarray((np.maximum(interpolate(samples.in_view), visibility)[:, near] >= VISIBLE).all(axis=1))
    return Body(
        times=frames,
        points=np.where(given[:, :, None], cubic(frames, samples.times, smooth), np.nan),
        sd=np.where(given, interpolated(frames, samples.times, sd), np.nan),
        view=samples.view,
        repaired=np.interp(frames, samples.times, samples.swapped[:, 0].astype(float)) > 0.5,
        coverage=float(followed.mean()) if len(followed) else 0.0,
        visibility=visibility,
        foot_turn=samples.calibration.foot_turn,
    )


def _behind(samples: _Samples, cover: PlateCover, frames: Array, points: Array) -> _Samples:
    """The samples with the joints at `points` (S, J, 2) marked as hidden where they are behind the plate."""
    if len(cover.center) != len(frames):
        raise ValueError(f"cover must have one place a frame ({len(frames)}) but has {len(cover.center)}")
    nearest = np.clip(np.searchsorted(frames, samples.times - 1e-6), 0, len(frames) - 1)
    center, radius = cover.center[nearest], cover.radius[nearest]
    free = free_of_plate(points, center, radius)
    beside = free_of_plate(points, center, BESIDE * radius) < VISIBLE
    return replace(samples, free=np.minimum(samples.free, free), beside_plate=samples.beside_plate | beside)


def _smooth(samples: _Samples, hips: dict[str, _Hip]) -> tuple[Array, Array]:
    """(S, J, 2) smoothed points and their (S, J) standard deviation; `hips` are better positions of some hips."""
    smooth = np.full_like(samples.points, np.nan)
    sd = np.full(samples.points.shape[:2], np.nan)
    chains = {side: _seen_chain(samples, side, hips.get(side)) for side in SIDES}
    for side, seen in chains.items():
        if side == samples.view.side:
            seen = replace(seen, segments=no_shorter(seen.segments, chains[other_side(side)].segments))
        rows = chain_rows(side)
        smooth[:, rows], sd[:, rows] = _smooth_side(samples, seen)
    smooth[:, LOOSE], sd[:, LOOSE] = _smooth_loose(samples)
    return smooth, sd


@dataclass(frozen=True)
class _SeenChain:
    """The chain of one `side` as it is seen: `points` (S, len(CHAIN), 2), how far each is seen (`sight`, S by len(CHAIN)), and
    its segments. `hip` is used in the samples `better` (S,).
    """

    side: str
    points: Array
    sight: Array
    segments: list[Segment]
    hip: _Hip | None
    better: NDArray[np.bool_]


def _seen_chain(samples: _Samples, side: str, hip: _Hip | None) -> _SeenChain:
    chain, at_hip = chain_rows(side), CHAIN.index("hip")
    points, sight = samples.points[:, chain].copy(), samples.sight[:, chain].copy()
    better = np.zeros(len(points), dtype=bool)
    if hip is not None:
        better = np.isfinite(hip.points).all(axis=1) & (hip.sd < HIDDEN_HIP_SD * samples.trunk)
        # The model's guesses have already been used in placing the joint (see `hips_from_plate`).
        points[better, at_hip] = hip.points[better]
        sight[better, at_hip] = 1.0
    segments = reference_segments(points, samples.visibility[:, chain] * sight, foreshortening(samples.view.yaw_deg))
    return _SeenChain(side, points, sight, segments, hip, better)


def _smooth_side(samples: _Samples, seen_chain: _SeenChain) -> tuple[Array, Array]:
    """(S, len(CHAIN), 2) smoothed points of one side and their (S, len(CHAIN)) standard deviation."""
    chain, at_hip = chain_rows(seen_chain.side), CHAIN.index("hip")
    points, sight, segments = seen_chain.points, seen_chain.sight, seen_chain.segments
    hip, better = seen_chain.hip, seen_chain.better
    visible = samples.visibility[:, chain]
    trust = length_trust(points, segments)
    trust *= HIDDEN_TRUST + (1 - HIDDEN_TRUST) * visible
    trust *= COVERED_TRUST + (1 - COVERED_TRUST) * np.where(LENGTHS_PLACE, samples.free[:, chain], 1.0)
    trust[better, at_hip] = 1.0
    trust[samples.repeated] *= REPEATED_TRUST
    guessed = (sight < VISIBLE) & LENGTHS_PLACE
    lengths = np.where(samples.repeated, REPEATED_LENGTHS, 1.0)
    seen = Observations(samples.times, points, trust, guessed, lengths, samples.beside_plate[:, chain])
    smoothed = smooth_chain(seen, segments, samples.trunk, robust=samples.robust, standing=FEET)
    misfit = _local_misfit(samples.times, sight * np.linalg.norm(points - smoothed.points, axis=2))
    sd = _chain_sd(samples, chain, sight, smoothed.sd**2 + misfit**2 / 2)
    placed = _placed_sd(smoothed, segments, sd, samples)
    sd = np.where(guessed, placed if seen_chain.side == samples.view.side else FAR_PLACED * placed, sd)
    if hip is not None:
        sd[better, at_hip] = np.maximum(sd[better, at_hip], hip.sd[better])
        lost = (sight[:, at_hip] < VISIBLE) & ~better
        sd[lost, at_hip] = np.maximum(sd[lost, at_hip], samples.calibration.lying_hip_sd * samples.trunk)
    return smoothed.points, sd


def _chain_sd(samples: _Samples, chain: NDArray[np.int64], sight: Array, variance: Array) -> Array:
    """(S, len(CHAIN)) standard deviation of a chain's points: scatter (`variance`), the model's error and that of guesses."""
    model = samples.calibration
    seen = np.sqrt(variance + (model.sds(CHAIN) * samples.trunk) ** 2)
    guess = np.where(samples.free[:, chain] < VISIBLE, model.hidden_sds(CHAIN), model.outside_sd) * samples.trunk
    return np.where(sight < VISIBLE, np.hypot(seen, guess), seen)


def _smooth_loose(samples: _Samples) -> tuple[Array, Array]:
    """(S, len(LOOSE), 2) smoothed points outside the chains and their standard deviation."""
    model = samples.calibration
    trust = np.where(samples.repeated[:, None], REPEATED_TRUST, np.clip(samples.visibility[:, LOOSE], HIDDEN_TRUST, 1))
    seen = Observations(samples.times, samples.points[:, LOOSE], trust)
    smoothed = smooth_chain(seen, [], samples.trunk, robust=samples.robust)
    hidden = np.where(samples.sight[:, LOOSE] < VISIBLE, model.hidden_sds(LOOSE_PARTS), 0.0)
    sd = np.sqrt(smoothed.sd**2 + (model.sds(LOOSE_PARTS) * samples.trunk) ** 2 + (hidden * samples.trunk) ** 2)
    return smoothed.points, sd


def _placed_sd(smoothed: SmoothChain, segments: list[Segment], seen_sd: Array, samples: _Samples) -> Array:
    """(S, len(CHAIN)) standard deviation of hidden leg points: segment lengths and the model's guess combined.

    `seen_sd` (S, len(CHAIN)) is that of points that were seen.
    """
    placed = np.hypot(smoothed.sd, LENGTHS_SD * samples.trunk)
    knee = CHAIN.index("knee")
    placed[:, knee] = np.maximum(placed[:, knee], knee_ik_sd(smoothed.points, np.maximum(seen_sd, smoothed.sd), segments))
    return np.asarray((1 / placed**2 + 1 / (samples.calibration.hidden_sds(CHAIN) * samples.trunk) ** 2) ** -0.5)


def _hinted(samples: _Samples, smooth: Array, hint: HipHint, frames: Array) -> dict[str, _Hip]:
    """Positions of both hips, as points of the model, from a plate in the hip crease."""
    if len(hint.points) != len(frames):
        raise ValueError(f"hip_hint must have one point a frame ({len(frames)}) but has {len(hint.points)}")
    calibration, view = samples.calibration, samples.view
    joints = to_joint_centres(smooth, calibration.shifts, view.forward, samples.trunk)
    plate = np.stack([np.interp(samples.times, frames, hint.points[:, k]) for k in (0, 1)], axis=1)
    sd = np.interp(samples.times, frames, hint.sd)
    shoulder, hip, knee = (joints[:, joint(name, view.side)] for name in ("shoulder", "hip", "knee"))
    place, place_sd = hips_from_plate(
        shoulder, hip, knee, plate, sd, view.forward, samples.trunk, calibration.hidden_hip_mean_sd
    )
    # The same plate hides the far hip, which was guessed in the same way: apply the same shift.
    shift = place - hip
    return {side: _Hip(smooth[:, joint("hip", side)] + shift, place_sd) for side in SIDES}


def foreshortening(yaw_deg: float) -> float:
    """Share by which a horizontal segment looks shorter from `yaw_deg` off side-on; 0 if the yaw is unknown."""
    return 0.0 if np.isnan(yaw_deg) else float(1 - np.cos(np.radians(min(abs(yaw_deg), 80.0))))


def _local_misfit(times: Array, distance: Array) -> Array:
    """(S, K) root mean square distance between observed and smoothed points within `MISFIT_WINDOW_S` around each."""
    total = np.concatenate([np.zeros((1, distance.shape[1])), np.cumsum(np.nan_to_num(distance) ** 2, axis=0)])
    first = np.searchsorted(times, times - MISFIT_WINDOW_S / 2)
    last = np.searchsorted(times, times + MISFIT_WINDOW_S / 2, side="right")
    return np.asarray(np.sqrt(np.maximum(total[last] - total[first], 0.0) / (last - first)[:, None]))
