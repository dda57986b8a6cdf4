"""`Bar`, the load over a shot, and `Scale` in pixels per metre."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from formcheck.motion.bar.candidates import BarCandidates, sample_step
from formcheck.motion.bar.path import Followed, densest, follow_plate, rarity
from formcheck.motion.body import Array, Body
from formcheck.motion.swaps import PlateCover
from formcheck.motion.timeseries import interpolated, monotone
from formcheck.pose.skeleton import joint


@dataclass(frozen=True)
class Bar:
    """The load on the clip's frames.

    `source` is the near "plate", or the near "wrist" as a stand-in.
    `center` (F, 2) pixels of the near plate's or hand's centre as it appears; `radius` (F,) pixels (NaN without a plate);
    `quality` (F,) 0-1; `path` (F, 2) the bar in the lifter's sagittal plane in pixels (perspective corrected), with its
    standard deviation `path_sd` (F,).
    """

    source: Literal["plate", "wrist"]
    center: Array
    radius: Array
    quality: Array
    path: Array
    path_sd: Array


@dataclass(frozen=True)
class Scale:
    """Pixels per metre in the lifter's sagittal plane; NaN with source None if unknown."""

    px_per_m: float
    source: Literal["plate", "height"] | None


UNKNOWN_SCALE = Scale(float("nan"), None)


# The scale: from the plate when its size is plausible for the body, else from the lifter's height, else unknown.

#: Shoulder to hip to knee to ankle as a share of standing height: 0.288 + 0.245 + 0.246 (segment lengths of Drillis and
#: Contini 1966 as tabulated in Winter, Biomechanics and Motor Control of Human Movement).
CHAIN_PER_HEIGHT = 0.288 + 0.245 + 0.246
#: Plausible heights of a lifter implied by the plate, metres: adults from the 1st to the 99th percentile (1.45 to 1.98 m),
#: plus an error of about 7 % for the chain and perspective.
SHORTEST_M, TALLEST_M = 1.38, 2.10
#: Greatest relative difference between a given height and that implied by the plate.
SCALE_AGREEMENT = 0.15


def build_scale(
    bar: Bar | None, body: Body, plate_diameter_m: float = 0.45, height_m: float | None = None
) -> Scale:
    """Pixels per metre in the lifter's sagittal plane.

    The plate (corrected for its magnification) is checked against the body's proportions, or `height_m` if given. If it fails,
    the height is used; without one the scale is unknown.
    """
    chain = chain_length(body)
    by_height = chain / (CHAIN_PER_HEIGHT * height_m) if height_m is not None else float("nan")
    by_plate = _plate_scale(bar, plate_diameter_m)
    if np.isfinite(by_plate) and np.isfinite(chain):
        height = chain / by_plate / CHAIN_PER_HEIGHT
        expected = SHORTEST_M <= height <= TALLEST_M
        if height_m is not None:
            expected = abs(height / height_m - 1) < SCALE_AGREEMENT
        if expected:
            return Scale(by_plate, "plate")
    return Scale(by_height, "height") if np.isfinite(by_height) else UNKNOWN_SCALE


def chain_length(body: Body) -> float:
    """Length of shoulder-hip-knee-ankle of the near side in pixels; NaN if a segment was never seen.

    A high percentile of the lengths, since limbs that point at the camera look shorter.
    """
    names = ("shoulder", "hip", "knee", "ankle")
    total = 0.0
    for a, b in itertools.pairwise(names):
        length = np.linalg.norm(body.near(a) - body.near(b), axis=1)
        if not np.isfinite(length).any():
            return float("nan")
        total += float(np.nanpercentile(length, 75))
    return total


def magnification(bar: Bar) -> float:
    """Magnification of the plate's plane against the lifter's middle that `bar.path` was corrected for."""
    known = np.isfinite(bar.center[:, 0]) & np.isfinite(bar.path[:, 0])
    if known.sum() < 2:
        return float("nan")
    center, path = _spread(bar.center[known]), _spread(bar.path[known])
    return center / path if path > 1e-6 else float("nan")


def _spread(points: Array) -> float:
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum()))


def _plate_scale(bar: Bar | None, diameter_m: float) -> float:
    if bar is None or bar.source != "plate" or not np.isfinite(bar.radius).any():
        return float("nan")
    return 2 * float(np.nanmedian(bar.radius)) / diameter_m / magnification(bar)


# From the near plate to the middle of the bar.

#: From the middle of the bar to the outer face of its plate, trunk lengths: 0.65 to 0.75 m (a standard bar's sleeves
#: begin 0.655 m from its middle) over a trunk of 0.5 m.
HALF_BAR, HALF_BAR_SD = 1.4, 0.12
#: Distance between the joints of a pair, trunk lengths, as the pose model draws them.
PAIR_WIDTHS = {"shoulder": 0.70, "hip": 0.45, "knee": 0.45, "ankle": 0.45}
#: Least error of the direction from pairs (trunk lengths per trunk length across): in rendered clips with a known camera the
#: axis was off by 0.03 to 0.05.
PAIRS_SD = 0.035
#: Its error without any pair: cameras stand within about 9 degrees of side-on and of level.
DIRECTION_SD = 0.16
#: Position of the near hip on the half bar, from its middle (0) to the plate (1): 0.085 of 0.7 m.
NEAR_HIP = 0.12

#: Limits on the far plate's radius relative to the near one's: cameras stand between 1.2 and 8 m away.
LEAST_RATIO, MOST_RATIO = 0.45, 0.92
#: The far plate is visible if it sticks out this far from the near one's centre, near radii.
STICKS_OUT = 1.06
#: Greatest distance between the two plates, near radii.
FARTHEST = 2.4
#: Its position relative to the near plate (trunk lengths) and its size (share) vary by this much from sample to sample.
FAR_PLACE_SD, FAR_SIZE_SD = 0.05, 0.05
#: Share of the near plate's positions at which the far one must be seen where it belongs (outlines of body and room reach 0.5,
#: a far plate in view 0.8), and how far the near plate must travel meanwhile (trunk lengths).
LEAST_TOGETHER, LEAST_TRAVEL = 0.62, 0.3
#: Error of the bar's middle from both plates, trunk lengths: half hidden rims are fitted to about 0.03 of a trunk.
BOTH_PLATES_SD = 0.025
#: Both plates are accepted when they agree with the body's pairs within this many standard deviations.
AXIS_AGREEMENT = 3.5


@dataclass(frozen=True)
class BarAxis:
    """Mapping from the near plate's centre to the middle of the bar.

    `shift` (2,) pixels. `sd` is the error in pixels at `pivot` (2,); away from there the error of the `magnification`,
    `magnification_sd`, adds to it. `both`: both plates were seen.
    """

    magnification: float
    magnification_sd: float
    shift: Array
    sd: float
    pivot: Array
    both: bool

    def middle(self, plate: Array, centre: Array) -> Array:
        """(N, 2) middle of the bar for (N, 2) centres of the near plate; `centre` is that of the picture."""
        return np.asarray(centre + (plate - centre) / self.magnification + self.shift)

    def middle_sd(self, plate: Array) -> Array:
        """(N,) standard deviation of `middle`, pixels, without the plate's own."""
        away = np.linalg.norm(plate - self.pivot, axis=1)
        return np.asarray(np.hypot(self.sd, away * self.magnification_sd / self.magnification**2))


def axis_from_pairs(body: Body, magnification: float, magnification_sd: float, centre: Array, trunk: float) -> BarAxis:
    """The axis from the lifter's paired joints, for a bar across a lifter who stands square to it.

    Each pair gives the direction in the picture of one trunk length across the lifter, corrected for perspective. The median
    is taken; the less the pairs agree, the larger the error. Pairs longer than possible (a split stance) are ignored.
    """
    per_trunk = (1 - 1 / magnification) / HALF_BAR
    directions, places = [], []
    for name, width in PAIR_WIDTHS.items():
        near, far = body.near(name), body.far(name)
        across = (far - near) / (width * trunk)
        known = np.isfinite(across).all(axis=1)
        if not known.any():
            continue
        place = (near + far) / 2
        direction = np.median(across[known] + (place[known] - centre) * per_trunk / trunk, axis=0)
        if np.linalg.norm(direction) < 1:
            directions.append(direction)
            places.append(np.median(place[known], axis=0))
    if len(directions) < 2:
        return BarAxis(magnification, magnification_sd, np.zeros(2), DIRECTION_SD * HALF_BAR * trunk, centre, False)
    direction = np.median(directions, axis=0)
    scatter = 1.48 * np.median(np.abs(np.subtract(directions, direction)), axis=0) * 1.25 / np.sqrt(len(directions))
    sd = np.hypot(PAIRS_SD, scatter)
    # The less the pairs agree, the more the prior on cameras counts.
    share = DIRECTION_SD**2 / (DIRECTION_SD**2 + sd**2)
    direction, sd = share * direction, np.sqrt(share) * sd
    error = np.hypot(HALF_BAR * sd, HALF_BAR_SD * direction)
    pivot = np.mean(share) * np.median(places, axis=0) + (1 - np.mean(share)) * centre
    return BarAxis(
        magnification, magnification_sd, HALF_BAR * trunk * direction, float(np.sqrt(np.mean(error**2))) * trunk, pivot, False
    )


def axis_from_plates(
    candidates: BarCandidates, plate: Array, radius: float, centre: Array, trunk: float, usual: BarAxis
) -> BarAxis | None:
    """The axis through both plates; None if the far plate is not seen at most positions of the near one.

    Both have the same true size, so radii give depths: a far plate of `ratio` times the near radius moves `ratio` times as far
    in the picture, at a constant offset, and the middle of the two in space appears at (ratio * near + far) / (ratio + 1).

    Args:
        plate: (S, 2) centre of the near plate, NaN where it was not seen; radius: of its rim; both in pixels.
        usual: the axis without the far plate; a far plate that disagrees with it is rejected.
    """
    weight = rarity(plate, trunk)
    centers = np.stack([candidates.x, candidates.y], axis=2)
    ratio = candidates.radius / radius
    apart = np.linalg.norm(centers - plate[:, None], axis=2) / radius
    possible = (ratio > LEAST_RATIO) & (ratio < MOST_RATIO) & (apart + ratio > STICKS_OUT) & (apart < FARTHEST)
    rows, columns = np.nonzero(possible)
    if not len(rows):
        return None
    seen, sizes = centers[rows, columns], ratio[rows, columns]
    offset = (seen - centre - sizes[:, None] * (plate[rows] - centre)) / trunk
    features = np.column_stack([offset, np.log(sizes)]) / (FAR_PLACE_SD, FAR_PLACE_SD, FAR_SIZE_SD)
    votes = candidates.coverage[rows, columns] ** 2 * weight[rows]
    fits = (np.abs(features - densest(features, votes, 1.5, 1.0, 8)) < 2).all(axis=1)
    together = np.unique(rows[fits])
    if weight[together].sum() < LEAST_TOGETHER * weight.sum():
        return None
    travel = np.ptp(np.percentile(plate[together], [5, 95], axis=0), axis=0)
    if float(travel.max()) < LEAST_TRAVEL * trunk:
        return None
    both = float(np.median(sizes[fits]))
    away = np.median(seen[fits] - centre - both * (plate[rows[fits]] - centre), axis=0)
    axis = BarAxis(
        (1 + both) / (2 * both), 0.02, away / (1 + both), BOTH_PLATES_SD * trunk, np.nanmedian(plate, axis=0), both=True
    )
    there = axis.middle(axis.pivot[None], centre)
    difference = float(np.linalg.norm(there - usual.middle(axis.pivot[None], centre)))
    return axis if difference < AXIS_AGREEMENT * np.hypot(usual.middle_sd(axis.pivot[None])[0], axis.sd) else None


def plate_cover(bar: Bar | None) -> PlateCover | None:
    """The plate of a bar as a cover of joints; None when no plate was followed."""
    return PlateCover(bar.center, bar.radius) if bar is not None and bar.source == "plate" else None


def over_near_hip(bar: Bar) -> Array:
    """(F, 2) point of the bar over the near hip, between its middle and the near plate."""
    return np.asarray(bar.path + NEAR_HIP * (bar.center - bar.path))


# From candidates to `Bar`: the plate on every frame, or the near hand if no plate is reliable.

#: A path is accepted from this support on (see `Followed`), with at least this much of the rim seen in the median frame.
#: Chosen between clips with plates and clips without (see tests and the evaluation).
LEAST_SUPPORT, LEAST_RIM = 0.3, 0.42
#: Least share of the hands' positions that a path covers.
LEAST_HELD = 0.4
#: Small rims are common in clothes, hands and machines: below the larger of these radii (trunk lengths) more support is
#: required, up to this much.
SMALL_LARGE, SMALL_SUPPORT = (0.3, 0.42), 0.5
#: Thighs and bellies are round as well and move with the hips: a rim beside those must be nearly complete (and large, see
#: `LARGE_RADIUS`).
LEAST_SUPPORT_HIPS, LEAST_RIM_HIPS = 0.5, 0.65
#: Smallest plate distinguishable from round details, trunk lengths.
SMALLEST_RADIUS = 0.27
#: While the hands hardly move, the lifter's plate looks like one lying there: it must be large and seen throughout.
STILL_SUPPORT, LARGE_RADIUS = 0.7, 0.35
#: Longest gap between candidates that is interpolated, seconds.
LONGEST_GAP_S = 1.2
#: Smoothing time of the plate's path; the fastest phase of a lift takes about half a second.
SMOOTH_S = 0.12
#: The share of the rim seen is averaged over this time.
RIM_S = 0.33
#: The magnification is measured only from hands seen for at least this time.
LEAST_HANDS_S = 0.5
#: Magnification of the near plate against the lifter's middle, and its spread: the plate's outer face is about 0.7 m
#: nearer to a camera that stands 2.5 to 6 m away.
USUAL_MAGNIFICATION, MAGNIFICATION_SD = 1.18, 0.06
#: The same of the near hand, 0.25 m from the middle.
HAND_MAGNIFICATION = 1.06
#: The middle of a fist beyond the centre of the wrist, trunk lengths: about 8.5 cm. The hand's landmark alone lies too
#: near the wrist when the fingers are closed.
GRIP_TRUNKS = 0.17
#: Errors of a plate's centre and of the hand as a stand-in for the bar, in trunk lengths (a trunk is about 0.5 m).
PLATE_SD, HAND_SD = 0.015, 0.08
#: Distance of the middle of both hands in front of or behind the bar they hold (standard deviation, trunk lengths).
HAND_ASIDE = 0.15


@dataclass(frozen=True)
class _Magnified:
    value: float
    sd: float


def build_bar(candidates: BarCandidates, body: Body) -> Bar | None:
    """The bar on the body's frames.

    A plate that moves with the lifter's hands or hips is followed. When none is reliable, the near hand stands in and `source`
    is "wrist". None when the hands were not seen either.
    """
    inside = (candidates.times >= body.times[0] - 1e-6) & (candidates.times <= body.times[-1] + 1e-6)
    trunk = float(np.nanmedian(candidates.trunk[inside])) if np.isfinite(candidates.trunk[inside]).any() else np.nan
    if not trunk > 0:
        return None
    part = _part(candidates, inside)
    anchors = {name: interpolated(part.times, body.times, path, least=2) for name, path in bar_anchors(body).items()}
    followed = follow_plate(part, anchors, trunk)
    middle = np.array([candidates.width / 2, candidates.height / 2])
    if followed is None or not trusted(followed, trunk):
        return _hand_bar(body, trunk, middle)
    return _plate_bar(part, body, followed, anchors, trunk, middle)


def trusted(followed: Followed, trunk: float) -> bool:
    """Whether the followed rim is a plate; a wrong plate is worse than the hand as a stand-in."""
    seen = followed.coverage[followed.coverage > 0]
    hands = followed.anchor == "hands"
    if not np.isfinite(followed.slope):
        return (
            min(followed.support, followed.held) >= STILL_SUPPORT
            and float(np.median(seen)) >= LEAST_RIM_HIPS
            and followed.radius >= LARGE_RADIUS * trunk
        )
    if followed.held < LEAST_HELD:
        return False
    large = np.interp(followed.radius / trunk, SMALL_LARGE, (SMALL_SUPPORT, LEAST_SUPPORT))
    return (
        followed.support >= (large if hands else LEAST_SUPPORT_HIPS)
        and float(np.median(seen)) >= (LEAST_RIM if hands else LEAST_RIM_HIPS)
        and followed.radius >= (SMALLEST_RADIUS if hands else LARGE_RADIUS) * trunk
    )


def bar_anchors(body: Body) -> dict[str, Array]:
    """(F, 2) points with which a bar moves: the middle of the hands, and of the hips (hip thrust)."""

    def middle(name: str) -> Array:
        return np.asarray((body.point(name, "left") + body.point(name, "right")) / 2)

    return {"hands": np.asarray((middle("wrist") + middle("hand")) / 2), "hips": middle("hip")}


def _part(s: BarCandidates, rows: Array) -> BarCandidates:
    return BarCandidates(
        s.key, s.times[rows], s.trunk[rows], s.x[rows], s.y[rows], s.radius[rows], s.coverage[rows], s.width, s.height
    )


def _plate_bar(
    candidates: BarCandidates, body: Body, followed: Followed, anchors: dict[str, Array], trunk: float, middle: Array
) -> Bar:
    times, seen = candidates.times, np.isfinite(followed.center[:, 0])
    center = _smooth(times[seen], followed.center[seen], followed.coverage[seen], trunk)
    frames = body.times
    on_frames = monotone(frames, times[seen], center)  # a cubic spline would overshoot in a gap
    after = np.clip(np.searchsorted(times[seen], frames), 1, seen.sum() - 1)
    away = np.minimum(np.abs(frames - times[seen][after - 1]), np.abs(frames - times[seen][after]))
    gap = np.where(away < 1e-6, 0, np.diff(times[seen])[after - 1])
    outside = (frames < times[seen][0]) | (frames > times[seen][-1])
    lost = np.where(outside, away > max(0.1, 1.05 * sample_step(times)), gap > LONGEST_GAP_S)
    axis = _axis(candidates, body, followed, center, anchors["hands"], trunk, middle)
    path = axis.middle(on_frames, middle)
    sd = np.hypot(PLATE_SD * trunk * (1 + away / 0.1), axis.middle_sd(on_frames))
    width = max(1, round(RIM_S / sample_step(times)) // 2 * 2 + 1)
    around = np.pad(followed.coverage[seen], width // 2, "edge")
    rim = np.interp(frames, times[seen], np.convolve(around, np.ones(width) / width, "valid"))
    quality = np.clip(rim, 0, 1) * np.exp(-away / 0.5) * min(1.0, followed.support / (2 * LEAST_SUPPORT))
    hidden = lost[:, None]
    return Bar(
        source="plate",
        center=np.where(hidden, np.nan, on_frames),
        radius=np.where(lost, np.nan, followed.radius),
        quality=np.where(lost, 0.0, quality),
        path=np.where(hidden, np.nan, path),
        path_sd=np.where(lost, np.nan, sd),
    )


def _axis(
    candidates: BarCandidates, body: Body, followed: Followed, center: Array, hands: Array, trunk: float, middle: Array
) -> BarAxis:
    """The axis from both plates where the far one is seen, else from the lifter's paired joints and the hands."""
    seen = np.isfinite(followed.center[:, 0])
    magnified = _magnification(candidates.times, followed, hands, trunk)
    axis = axis_from_pairs(body, magnified.value, magnified.sd, middle, trunk)
    smooth = np.full_like(followed.center, np.nan)
    smooth[seen] = center
    both = axis_from_plates(candidates, smooth, followed.radius, middle, trunk, axis)
    if both is not None:
        return both
    if followed.anchor != "hands" or not np.isfinite(hands[seen]).all():
        return axis
    # The bar lies in the hands, which may be above or below it but hardly beside it.
    aside = float(np.median(hands[seen, 0] - axis.middle(center, middle)[:, 0]))
    share = axis.sd**2 / (axis.sd**2 + (HAND_ASIDE * trunk) ** 2)
    return replace(axis, shift=axis.shift + np.array([share * aside, 0.0]))


def _smooth(times: Array, center: Array, weight: Array, trunk: float) -> Array:
    """Local quadratic fits over a short time, with outliers weighted down."""
    smooth = np.empty_like(center)
    for i, now in enumerate(times):
        dt = times - now
        near = np.abs(dt) < 3 * SMOOTH_S
        w = weight[near] * np.exp(-0.5 * (dt[near] / SMOOTH_S) ** 2)
        design = np.stack([np.ones(near.sum()), dt[near], dt[near] ** 2], axis=1)[:, : min(3, int(near.sum()))]
        value = center[i]
        for _ in range(3):
            root = np.sqrt(w)[:, None]
            value = np.linalg.lstsq(design * root, center[near] * root, rcond=None)[0]
            miss = np.linalg.norm(center[near] - design @ value, axis=1)
            w = weight[near] * np.exp(-0.5 * (dt[near] / SMOOTH_S) ** 2) / (1 + (miss / (0.02 * trunk)) ** 2) ** 2
            value = value[0]
        smooth[i] = value
    return smooth


def _magnification(times: Array, followed: Followed, hands: Array, trunk: float) -> _Magnified:
    """Magnification of the plate's plane against the lifter's middle.

    A bar in the hands travels as far as the hands do; the excess is perspective. It is combined with the usual magnification
    by the hands' error, which is larger when they move little or unlike the plate that may hide them.
    """
    seen = np.isfinite(followed.center[:, 0]) & np.isfinite(hands[:, 0])
    usual = _Magnified(USUAL_MAGNIFICATION, MAGNIFICATION_SD)
    least = max(4, LEAST_HANDS_S / sample_step(times))
    if followed.anchor != "hands" or not np.isfinite(followed.slope) or seen.sum() < least:
        return usual
    travel = float(np.ptp(np.percentile(hands[seen], [5, 95], axis=0), axis=0).max()) / trunk
    measured_sd = (0.05 + 1.5 * followed.residual) / max(travel, 0.1)
    weight = (1 / measured_sd**2, 1 / usual.sd**2)
    value = (followed.slope * weight[0] + usual.value * weight[1]) / sum(weight)
    return _Magnified(float(np.clip(value, 1.03, 1.45)), float(sum(weight) ** -0.5))


def _hand_bar(body: Body, trunk: float, middle: Array) -> Bar | None:
    """The near hand as a stand-in for the bar: the middle of the fist, along the hand from the wrist."""
    wrist, hand = body.near("wrist"), body.near("hand")
    along = (hand - wrist) / np.maximum(np.linalg.norm(hand - wrist, axis=1), 1e-6)[:, None]
    center = np.where(np.isfinite(hand), wrist + GRIP_TRUNKS * trunk * along, wrist)
    if not np.isfinite(center).any():
        return None
    known = np.isfinite(center[:, 0])
    sd = body.sd[:, joint("wrist", body.view.side)]
    sd = np.hypot(np.where(np.isfinite(sd), sd, HAND_SD * trunk), HAND_SD * trunk)
    return Bar(
        source="wrist",
        center=center,
        radius=np.full(len(center), np.nan),
        quality=np.where(known, np.clip(1 - sd / (0.3 * trunk), 0, 1), 0.0),
        path=middle + (center - middle) / HAND_MAGNIFICATION,
        path_sd=np.where(known, sd, np.nan),
    )
