"""From sightings to `Bar`: the plate on every frame, or the near hand where no plate can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from formcheck.bar.axis import BarAxis, axis_from_pairs, axis_from_plates
from formcheck.bar.follow import Followed, follow_plate
from formcheck.bar.sightings import BarSightings, sample_step
from formcheck.bar.types import Bar
from formcheck.body.types import Array, Body
from formcheck.skeleton import joint

#: A path is believed from this support on (see `Followed`), with at least this much of the rim seen in the median
#: frame. Chosen between the clips with plates and those without (see tests and the evaluation).
LEAST_SUPPORT, LEAST_RIM = 0.3, 0.42
#: A path over a smaller share of the places that the hands were in is an accident.
LEAST_HELD = 0.4
#: Small rims are common in clothes, hands and machines: below the larger of these radii (trunk lengths) more support is
#: asked for, up to this much.
SMALL_LARGE, SMALL_SUPPORT = (0.3, 0.42), 0.5
#: Thighs and bellies are round too and move with the hips: beside those a rim must be nearly whole (and large, see
#: `LARGE_RADIUS`).
LEAST_SUPPORT_HIPS, LEAST_RIM_HIPS = 0.5, 0.65
#: A plate nearer than this to the lifter's own size of things is too small to be told from a round detail (trunks).
SMALLEST_RADIUS = 0.27
#: Hands that hardly move do not tell the lifter's plate from one that lies there: it must be large and seen throughout.
STILL_SUPPORT, LARGE_RADIUS = 0.7, 0.35
#: Sightings farther apart than this are not joined: what the bar did in between is not known.
LONGEST_GAP_S = 1.2
#: The plate's path is smoothed over this time; a lift's fastest phase takes about half a second.
SMOOTH_S = 0.12
#: How much of the rim is seen is averaged over this time.
RIM_S = 0.33
#: Hands that were seen for a shorter time tell nothing of the magnification.
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
#: The middle of both hands lies this far in front of or behind the bar that they hold (standard deviation, trunk lengths).
HAND_ASIDE = 0.15


@dataclass(frozen=True)
class _Magnified:
    value: float
    sd: float


def build_bar(sightings: BarSightings, body: Body) -> Bar | None:
    """The bar on the body's frames.

    A plate that moves with the lifter's hands or hips is followed; when none can be trusted the near hand stands in
    and `source` says "wrist". None when the hands were not seen either.
    """
    inside = (sightings.times >= body.times[0] - 1e-6) & (sightings.times <= body.times[-1] + 1e-6)
    trunk = float(np.nanmedian(sightings.trunk[inside])) if np.isfinite(sightings.trunk[inside]).any() else np.nan
    if not trunk > 0:
        return None
    part = _part(sightings, inside)
    anchors = {name: _at(part.times, body.times, path) for name, path in bar_anchors(body).items()}
    followed = follow_plate(part, anchors, trunk)
    middle = np.array([sightings.width / 2, sightings.height / 2])
    if followed is None or not trusted(followed, trunk):
        return _hand_bar(body, trunk, middle)
    return _plate_bar(part, body, followed, anchors, trunk, middle)


def trusted(followed: Followed, trunk: float) -> bool:
    """Whether the followed rim is a plate: a wrong plate is worse than a hand that stands in."""
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
    """(F, 2) points that a bar moves with: the middle of the hands, and of the hips (hip thrust)."""

    def middle(name: str) -> Array:
        return np.asarray((body.point(name, "left") + body.point(name, "right")) / 2)

    return {"hands": np.asarray((middle("wrist") + middle("hand")) / 2), "hips": middle("hip")}


def _part(s: BarSightings, rows: Array) -> BarSightings:
    return BarSightings(
        s.key, s.times[rows], s.trunk[rows], s.x[rows], s.y[rows], s.radius[rows], s.coverage[rows], s.squash[rows],
        s.width, s.height,
    )


def _at(times: Array, frames: Array, path: Array) -> Array:
    known = np.isfinite(path[:, 0])
    if known.sum() < 2:
        return np.full((len(times), 2), np.nan)
    return np.stack([np.interp(times, frames[known], path[known, axis]) for axis in (0, 1)], axis=1)


def _plate_bar(
    sightings: BarSightings, body: Body, followed: Followed, anchors: dict[str, Array], trunk: float, middle: Array
) -> Bar:
    from scipy.interpolate import PchipInterpolator  # slow to import: only where it is needed
    from scipy.spatial import cKDTree

    times, seen = sightings.times, np.isfinite(followed.center[:, 0])
    center = _smooth(times[seen], followed.center[seen], followed.coverage[seen], trunk)
    frames = body.times
    # Unlike a cubic spline this does not swing out in a gap.
    on_frames = np.asarray(PchipInterpolator(times[seen], center)(np.clip(frames, times[seen][0], times[seen][-1])))
    away = cKDTree(times[seen][:, None]).query(frames[:, None])[0]
    after = np.clip(np.searchsorted(times[seen], frames), 1, seen.sum() - 1)
    gap = np.where(away < 1e-6, 0, np.diff(times[seen])[after - 1])
    outside = (frames < times[seen][0]) | (frames > times[seen][-1])
    lost = np.where(outside, away > max(0.1, 1.05 * sample_step(times)), gap > LONGEST_GAP_S)
    axis = _axis(sightings, body, followed, center, anchors["hands"], trunk, middle)
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
    sightings: BarSightings, body: Body, followed: Followed, center: Array, hands: Array, trunk: float, middle: Array
) -> BarAxis:
    """From both plates where the far one is seen too, else from the lifter's pairs of joints and the hands."""
    seen = np.isfinite(followed.center[:, 0])
    magnified = _magnification(sightings.times, followed, hands, trunk)
    axis = axis_from_pairs(body, magnified.value, magnified.sd, middle, trunk)
    smooth = np.full_like(followed.center, np.nan)
    smooth[seen] = center
    both = axis_from_plates(sightings, smooth, followed.radius, middle, trunk, axis)
    if both is not None:
        return both
    if followed.anchor != "hands" or not np.isfinite(hands[seen]).all():
        return axis
    # The bar lies in the hands; they are above it or below, but hardly beside it.
    aside = float(np.median(hands[seen, 0] - axis.middle(center, middle)[:, 0]))
    share = axis.sd**2 / (axis.sd**2 + (HAND_ASIDE * trunk) ** 2)
    return replace(axis, shift=axis.shift + np.array([share * aside, 0.0]))


def _smooth(times: Array, center: Array, weight: Array, trunk: float) -> Array:
    """Local straight lines over a short time, single wrong sightings weighed down."""
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
    """How much larger the plate's plane appears than the lifter's middle.

    A bar in the hands goes as far as the hands do: what it goes farther is perspective. The hands' own error, larger
    when they move little or unlike the plate (behind which they may be hidden), is weighed against what is usual.
    """
    seen = np.isfinite(followed.center[:, 0]) & np.isfinite(hands[:, 0])
    usual = _Magnified(USUAL_MAGNIFICATION, MAGNIFICATION_SD)
    least = max(4, LEAST_HANDS_S / sample_step(times))
    if followed.anchor != "hands" or not np.isfinite(followed.slope) or seen.sum() < least:
        return usual
    way = float(np.ptp(np.percentile(hands[seen], [5, 95], axis=0), axis=0).max()) / trunk
    measured_sd = (0.05 + 1.5 * followed.residual) / max(way, 0.1)
    weight = (1 / measured_sd**2, 1 / usual.sd**2)
    value = (followed.slope * weight[0] + usual.value * weight[1]) / sum(weight)
    return _Magnified(float(np.clip(value, 1.03, 1.45)), float(sum(weight) ** -0.5))


def _hand_bar(body: Body, trunk: float, middle: Array) -> Bar | None:
    """The near hand stands in: the middle of the fist, along the hand from the wrist."""
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
