"""From the points that a pose model gives to the centres of the joints: the fixed shifts of its calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import SEEN, Array, Body, View
from formcheck.motion.shots import choose_stretch
from formcheck.motion.smoother import (
    CHAIN,
    FEET,
    ROBUST,
    Segment,
    SmoothChain,
    chain_rows,
    knee_ik_sd,
    length_trust,
    reference_segments,
    smooth_chain,
)
from formcheck.motion.swaps import (
    HIPS,
    LEGS,
    PlateCover,
    Seen,
    calibrated_visibility,
    free_of_plate,
    inside_picture,
    legs_told,
    repair_swaps,
    swap_sides,
)
from formcheck.motion.view import find_view
from formcheck.pose.geometry import trunk_scale, unit
from formcheck.pose.model import Calibration, Shift, part_of
from formcheck.pose.skeleton import ARM, ESSENTIAL, LEG, SIDES, Joint, Side, joint
from formcheck.pose.track import PoseTrack


def to_joint_centres(points: Array, shifts: Sequence[Shift], forward: int, trunk: float) -> Array:
    """Shift (F, J, 2) points of both sides; `forward` as in `View`, `trunk` in pixels.

    Points stay where they are in frames in which the direction of the segment that they move with is not known.
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
    """(F, 2) unit vectors; zero, which shifts nothing, where the direction is not known."""
    return np.nan_to_num(unit(vectors))


def _left_of(direction: Array) -> Array:
    """Turn a picture direction by 90 degrees so that "up" becomes "left": the back of a lifter facing right."""
    return np.stack([direction[:, 1], -direction[:, 0]], axis=1)


# A hip behind a plate: where the bar lies tells where the joint is.

#: Where the joint lies from the bar over it, trunk lengths: along the axis and behind it, and how far people and pads
#: differ from that (one standard deviation). True places in six rendered clips of two people (0.32 and 0.38 behind); rounded.
ALONG, BEHIND, PLACE_SPREAD = 0.02, 0.32, 0.06
#: How far the joint wanders in that frame, trunk lengths.
WANDER = 0.02


@dataclass(frozen=True)
class HipHint:
    """The bar over the near hip, as the bar tracker sees it, where the bar rests in the hip crease.

    `points` (F, 2) pixels and `sd` (F,) pixels on the frames of `Body.times`; NaN where the plate was not seen. The
    error is taken to be the same all through the clip: it is that of the way from the plate to the bar's middle.
    """

    points: Array
    sd: Array


def hips_from_plate(
    shoulder: Array, hip: Array, knee: Array, plate: Array, sd: Array, forward: int, trunk: float, guess_sd: float
) -> tuple[Array, Array]:
    """(S, 2) hip joints from the bar over the hip, and their (S,) standard deviation in pixels.

    Two places are unknown: the joint's in the crease's frame, known from other people, and the bar's own constant
    error `sd`. Both are estimated together from where the model guesses the hip on average; a bar whose place is known
    badly still tells how the hip moves.

    Args:
        shoulder, hip, knee: (S, 2) joint centres as known without the plate.
        plate: (S, 2) the bar over the near hip with its standard deviation `sd` (S,); NaN where it was not seen.
        forward: as in `View`. trunk: pixels.
        guess_sd: how far the model's guess of a hidden hip is off on average over a clip, trunk lengths.
    """
    axis = unit(unit(shoulder - hip) + unit(hip - knee))
    back = forward * np.stack([axis[:, 1], -axis[:, 0]], axis=1)
    # (S, 2, 4): what the place along and behind and the bar's error in x and y do to the joint.
    effect = np.concatenate([np.stack([axis, back], axis=2), np.broadcast_to(np.eye(2), (len(axis), 2, 2))], axis=2)
    away = (hip - plate) / trunk
    known = np.isfinite(away).all(axis=1) & np.isfinite(effect).all(axis=(1, 2))
    if not known.any():
        return np.full_like(plate, np.nan), np.full(len(plate), np.nan)
    error = max(float(np.nanmedian(sd[known])) / trunk, 1e-3)
    prior = np.array([PLACE_SPREAD, PLACE_SPREAD, error, error]) ** -2.0
    usual = np.array([ALONG, BEHIND, 0.0, 0.0])
    # The model's guesses err alike all through a clip: all of them together count as one.
    weight = 1 / (known.sum() * guess_sd**2)
    information = np.diag(prior) + weight * np.einsum("sij,sik->jk", effect[known], effect[known])
    pull = prior * usual + weight * np.einsum("sij,si->j", effect[known], away[known])
    place = np.linalg.solve(information, pull)
    spread = np.einsum("sij,jk,sik->s", effect, np.linalg.inv(information), effect) / 2
    return plate + trunk * (effect @ place), trunk * np.hypot(np.sqrt(spread), WANDER)


# From the raw pose track to `Body`: one shot, sides put right, noise and outliers out, on the clip's own frames.

#: Longest gap that is filled, seconds; however few pictures were looked at, that many missed in a row are.
LONGEST_GAP_S = 0.35
ALWAYS_FILLED = 1
#: How far and how long a landmark is off is judged over this time, seconds.
MISFIT_WINDOW_S = 0.45
#: Trust of a sample that shows the picture of the sample before once more: the lifter has moved on meanwhile.
REPEATED_TRUST = 0.01
#: Share of the length wish that such a sample keeps: a pause must not be left to the lengths alone.
REPEATED_LENGTHS = 0.1
#: Trust of a landmark that the model says cannot be seen.
HIDDEN_TRUST = 0.3
#: Trust of a leg's joint that was not seen at all (a plate before it): the lengths of the body place it instead.
COVERED_TRUST = 0.2
LENGTHS_PLACE = np.isin(CHAIN, LEG)
#: What the lengths add to the errors of the joints they start from, share of the trunk.
LENGTHS_SD = 0.04
#: How much farther off the same is on the far leg, whose hip and ankle are seen worse themselves.
FAR_PLACED = 1.6
#: A joint that was not seen counts as known all the same, this well, where its place is this sure, share of the trunk.
KNOWN, KNOWN_SD = 0.7, 0.11
#: A plate says more about the hip than the model does while its place is known better than this share of the trunk.
HIDDEN_HIP_SD = 0.08


#: The points that belong to no chain.
LOOSE = np.array(
    [Joint.NOSE, Joint.LEFT_EYE, Joint.RIGHT_EYE, *(joint(name, side) for name in ARM for side in SIDES)], dtype=np.int64
)
LOOSE_PARTS = tuple(part_of(Joint(point)) for point in LOOSE)


@dataclass(frozen=True)
class _Samples:
    """The analysed samples after swaps have been repaired; S samples.

    `free` (S, J) is how far no plate lies before each point, 0-1, `sight` the least of that and of what network and
    picture tell.
    """

    times: Array
    points: Array
    visibility: Array
    repeated: NDArray[np.bool_]
    trunk: float
    sight: Array
    free: Array
    calibration: Calibration

    @property
    def robust(self) -> float:
        """Few new pictures a second: a sample far from its neighbours is then a quick movement, not an outlier."""
        return ROBUST / max(0.1, 1 - float(self.repeated.mean()))


def build_body(
    track: PoseTrack,
    *,
    side: str | None = None,
    hip_hint: HipHint | None = None,
    cover: PlateCover | None = None,
    shot: int | None = None,
    other_legs: bool = False,
) -> Body:
    """Clean the landmarks of one shot.

    Args:
        track: what the pose stage saw.
        side: the lifter's side nearest the camera where the user knows better.
        hip_hint: the near plate of a bar that rests in the hip crease, on the frames of the body built without it.
        cover: the near plate as what hides the joints behind it, on the same frames.
        shot: number of the shot; the one in which the lifter is seen longest when it is not given.
        other_legs: the user says which leg works, and it is the other one: left and right legs change their names.

    Raises:
        ClipError: the lifter is not seen in any shot.
    """
    stretch = choose_stretch(track, shot)
    rows, frames = stretch.rows, stretch.frames
    wanted: Side | None = None if side is None else ("left" if side == "left" else "right")
    calibration = track.calibration
    view = find_view(track.points[rows], track.visibility[rows], track.world[rows], calibration, wanted)
    how = (track.points[rows], track.visibility[rows], view.side, track.times[rows])
    shown = Seen(view.yaw_deg, (track.width, track.height))
    points, swapped = repair_swaps(*how, shown)
    told = legs_told(*how, swapped, shown)
    if other_legs:
        swapped[:, [LEGS, HIPS]] ^= True
        points = swap_sides(track.points[rows], swapped)
    visibility = swap_sides(track.visibility[rows], swapped)
    said = calibrated_visibility(visibility, view.side, swapped, calibration)
    sight = np.minimum(said, inside_picture(points, track.width, track.height))
    samples = _Samples(
        track.times[rows], points, visibility, track.repeated[rows], trunk_scale(points), sight, np.ones_like(sight),
        calibration,
    )  # fmt: skip
    if cover is not None:
        samples = _behind(samples, cover, frames, points)
    smooth, sd = _smooth(samples, view)
    if cover is not None:
        # A joint that the network took for the plate's rim is where the lengths put it: behind the plate too.
        samples = _behind(samples, cover, frames, smooth)
    if hip_hint is not None or cover is not None:
        hips = None
        if hip_hint is not None:
            joints = to_joint_centres(smooth, calibration.shifts, view.forward, samples.trunk)
            hips = _hinted(samples, joints, smooth, hip_hint, frames, view)
        smooth, sd = _smooth(samples, view, hips)
    smooth = to_joint_centres(smooth, calibration.shifts, view.forward, samples.trunk)
    known = covered(samples.times, frames)
    given = known[:, None] & np.asarray(np.isfinite(points[:, :, 0]).any(axis=0))  # a model need not have every point
    placed = np.where(given[:, :, None], _curve(samples.times, smooth, frames), np.nan)
    spread = np.where(given, _at(frames, samples.times, sd), np.nan)
    seen = np.where(sd <= KNOWN_SD * samples.trunk, np.maximum(samples.sight, KNOWN), samples.sight)
    seen = np.where(known[:, None], _at(frames, samples.times, seen), 0.0)
    repaired = np.interp(frames, samples.times, swapped[:, 0].astype(float)) > 0.5
    # What the lifter's own plate hides would be hidden wherever the camera stood: rules that need it are not judged.
    visible = np.where(known[:, None], _at(frames, samples.times, sight), 0.0)
    near = [joint(name, view.side) for name in ESSENTIAL]
    followed = np.asarray((np.maximum(visible, seen)[:, near] >= SEEN).all(axis=1))
    coverage = float(followed.mean()) if len(followed) else 0.0
    return Body(frames, placed, spread, view, repaired, coverage, seen, told, other_legs)


def _behind(samples: _Samples, cover: PlateCover, frames: Array, points: Array) -> _Samples:
    """The samples with a lower sight of what lies behind the plate, were the joints at `points` (S, J, 2)."""
    if len(cover.center) != len(frames):
        raise ValueError(f"cover must have one place a frame ({len(frames)}) but has {len(cover.center)}")
    nearest = np.clip(np.searchsorted(frames, samples.times - 1e-6), 0, len(frames) - 1)
    free = free_of_plate(points, cover.center[nearest], cover.radius[nearest])
    free = np.minimum(samples.free, free)
    return replace(samples, free=free, sight=np.minimum(samples.sight, free))


def _smooth(samples: _Samples, view: View, hips: dict[str, tuple[Array, Array]] | None = None) -> tuple[Array, Array]:
    """(S, J, 2) smoothed points and their (S, J) standard deviation.

    `hips` holds better places (S, 2) of the hips of some sides with their standard deviation (S,), in pixels.
    """
    smooth = np.full_like(samples.points, np.nan)
    sd = np.full(samples.points.shape[:2], np.nan)
    hip, model = CHAIN.index("hip"), samples.calibration
    for side in SIDES:
        chain = chain_rows(side)
        seen = samples.points[:, chain].copy()
        sight = samples.sight[:, chain].copy()
        better = np.zeros(len(seen), dtype=bool)
        if hips and side in hips:
            place, place_sd = hips[side]
            better = np.isfinite(place).all(axis=1) & (place_sd < HIDDEN_HIP_SD * samples.trunk)
            # The model's guesses have had their say in where the hint puts the joint (see `hips_from_plate`).
            seen[better, hip] = place[better]
            sight[better, hip] = 1.0
        visible = samples.visibility[:, chain]
        segments = reference_segments(seen, visible * sight, foreshortening(view.yaw_deg))
        guessed = (sight < SEEN) & LENGTHS_PLACE
        trust = length_trust(seen, segments)
        trust *= HIDDEN_TRUST + (1 - HIDDEN_TRUST) * visible
        trust *= COVERED_TRUST + (1 - COVERED_TRUST) * np.where(LENGTHS_PLACE, samples.free[:, chain], 1.0)
        trust[better, hip] = 1.0
        trust[samples.repeated] *= REPEATED_TRUST
        smoothed = smooth_chain(
            samples.times, seen, trust, segments, samples.trunk, robust=samples.robust, standing=FEET, guessed=guessed,
            repeated=np.where(samples.repeated, REPEATED_LENGTHS, 1.0),
        )
        misfit = _local_misfit(samples.times, sight * np.linalg.norm(seen - smoothed.points, axis=2))
        smooth[:, chain] = smoothed.points
        open_sd = np.sqrt(smoothed.sd**2 + misfit**2 / 2 + (model.sds(CHAIN) * samples.trunk) ** 2)
        guess = np.where(samples.free[:, chain] < SEEN, model.hidden_sds(CHAIN), model.outside_sd) * samples.trunk
        open_sd = np.where(sight < SEEN, np.hypot(open_sd, guess), open_sd)
        placed_sd = _placed_sd(smoothed, segments, open_sd, samples) * (1.0 if side == view.side else FAR_PLACED)
        sd[:, chain] = np.where(guessed, placed_sd, open_sd)
        if hips and side in hips:
            row = joint("hip", side)
            sd[better, row] = np.maximum(sd[better, row], hips[side][1][better])
            lost = (sight[:, hip] < SEEN) & ~better
            sd[lost, row] = np.maximum(sd[lost, row], model.lying_hip_sd * samples.trunk)
    trust = np.where(samples.repeated[:, None], REPEATED_TRUST, np.clip(samples.visibility[:, LOOSE], HIDDEN_TRUST, 1))
    loose = smooth_chain(samples.times, samples.points[:, LOOSE], trust, [], samples.trunk, robust=samples.robust)
    hidden = np.where(samples.sight[:, LOOSE] < SEEN, model.hidden_sds(LOOSE_PARTS), 0.0)
    smooth[:, LOOSE] = loose.points
    sd[:, LOOSE] = np.sqrt(loose.sd**2 + (model.sds(LOOSE_PARTS) * samples.trunk) ** 2 + (hidden * samples.trunk) ** 2)
    return smooth, sd


def _placed_sd(smoothed: SmoothChain, segments: list[Segment], open_sd: Array, samples: _Samples) -> Array:
    """(S, len(CHAIN)) standard deviation of leg points that were not seen: what the lengths know and the network guesses.

    `open_sd` is that of the points had they been seen as they seemed to be.
    """
    placed = np.hypot(smoothed.sd, LENGTHS_SD * samples.trunk)
    knee = CHAIN.index("knee")
    placed[:, knee] = np.maximum(placed[:, knee], knee_ik_sd(smoothed.points, np.maximum(open_sd, smoothed.sd), segments))
    return np.asarray((1 / placed**2 + 1 / (samples.calibration.hidden_sds(CHAIN) * samples.trunk) ** 2) ** -0.5)


def _hinted(
    samples: _Samples, joints: Array, smooth: Array, hint: HipHint, frames: Array, view: View
) -> dict[str, tuple[Array, Array]]:
    """Places of both hips, in the model's own terms, that a plate in the hip crease gives."""
    if len(hint.points) != len(frames):
        raise ValueError(f"hip_hint must have one point a frame ({len(frames)}) but has {len(hint.points)}")
    plate = np.stack([np.interp(samples.times, frames, hint.points[:, k]) for k in (0, 1)], axis=1)
    sd = np.interp(samples.times, frames, hint.sd)
    rows = [joint(name, view.side) for name in ("shoulder", "hip", "knee")]
    shoulder, hip, knee = (joints[:, row] for row in rows)
    place, place_sd = hips_from_plate(
        shoulder, hip, knee, plate, sd, view.forward, samples.trunk, samples.calibration.hidden_hip_mean_sd
    )  # fmt: skip
    # The far hip is hidden by the same plate and was guessed in the same way: it moves along.
    shift = place - hip
    return {side: (smooth[:, joint("hip", side)] + shift, place_sd) for side in SIDES}


def foreshortening(yaw_deg: float) -> float:
    """Share by which a level segment looks shorter in a view `yaw_deg` from side-on (0 when the yaw is not known)."""
    return 0.0 if np.isnan(yaw_deg) else float(1 - np.cos(np.radians(min(abs(yaw_deg), 80.0))))


def covered(times: Array, frames: Array) -> Array:
    """(F,) whether a frame lies between two samples no farther apart than a gap that is filled.

    The last sample also stands for the frames up to where the next one would have been.
    """
    step = float(np.median(np.diff(times)))
    longest = max(LONGEST_GAP_S, 1.05 * (1 + ALWAYS_FILLED) * step)
    times = np.append(times, times[-1] + min(1.05 * step, longest))
    after = np.searchsorted(times, frames - 1e-6)
    before = np.searchsorted(times, frames + 1e-6) - 1
    inside = (before >= 0) & (after < len(times))
    gap = times[np.clip(after, 0, len(times) - 1)] - times[np.clip(before, 0, len(times) - 1)]
    return np.asarray(inside & (gap <= longest))


def _at(frames: Array, times: Array, values: Array) -> Array:
    """(F, K) linear interpolation of (S, K) values."""
    return np.stack([np.interp(frames, times, values[:, k]) for k in range(values.shape[1])], axis=1)


def _local_misfit(times: Array, distance: Array) -> Array:
    """(S, K) root mean square of the distance between seen and smoothed points within `MISFIT_WINDOW_S` around each."""
    total = np.concatenate([np.zeros((1, distance.shape[1])), np.cumsum(np.nan_to_num(distance) ** 2, axis=0)])
    first = np.searchsorted(times, times - MISFIT_WINDOW_S / 2)
    last = np.searchsorted(times, times + MISFIT_WINDOW_S / 2, side="right")
    return np.asarray(np.sqrt(np.maximum(total[last] - total[first], 0.0) / (last - first)[:, None]))


def _curve(times: Array, values: Array, wanted: Array) -> Array:
    """Cubic interpolation in time along the first axis; the ends are held."""
    from scipy.interpolate import CubicSpline  # slow to import: only where it is needed

    return np.asarray(CubicSpline(times, values)(np.clip(wanted, times[0], times[-1])))
