"""From the near plate to the middle of the bar: which way the bar's axis points in the picture, and how surely.

A plate sits at the bar's end, most of a metre nearer to the camera than the lifter's sagittal plane. What lies on a line
across the lifter appears shifted in proportion to its place on that line, so the middle of the bar is found from the
plate's own picture and one more thing on such a line: the plate at the far end, or the lifter's paired joints. With a
pinhole camera whose axis meets the picture in its middle `c`, a plate at `n` puts the bar's middle at

    c + (n - c) / magnification + shift

where the shift is that of half a bar seen from the camera's height and yaw; both stay the same over a set.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.bar.follow import rarity
from formcheck.bar.sightings import BarSightings
from formcheck.bar.types import Bar
from formcheck.body.sight import PlateCover
from formcheck.body.types import Array, Body

#: From the middle of the bar to the outer face of its plate, trunk lengths: 0.65 to 0.75 m (a standard bar's sleeves
#: begin 0.655 m from its middle) over a trunk of 0.5 m.
HALF_BAR, HALF_BAR_SD = 1.4, 0.12
#: Distance of the joints of a pair, trunk lengths, in the order they are asked. The feet stand somewhat wider than the hips;
#: the rest as the pose model draws it.
PAIR_WIDTHS = {"shoulder": 0.70, "hip": 0.45, "knee": 0.45, "ankle": 0.45}
#: The pairs agree on the direction (in trunk lengths a trunk length across) no better than this: the axis taken from them was
#: off by 0.03 to 0.05 in rendered clips whose camera is known.
PAIRS_SD = 0.035
#: Without any pair: cameras stand within about 9 degrees of side-on and of level.
DIRECTION_SD = 0.16
#: Where the near hip lies on the half bar, share of the way from the middle to the plate (0.085 of 0.7 m).
NEAR_HIP = 0.12

#: Radii of a far plate over the near one's: cameras stand between 1.2 and 8 m away. At 8 m nothing of it is behind anything.
LEAST_RATIO, MOST_RATIO = 0.45, 0.92
#: Part of it must stick out behind the near plate (near radii), else it cannot be seen.
STICKS_OUT = 1.06
#: ... and the two must not be farther apart than this (near radii): a view steeper or more oblique is not analysed.
FARTHEST = 2.4
#: Its place against the near plate (trunk lengths) and its size (share) vary by this much from sample to sample.
FAR_PLACE_SD, FAR_SIZE_SD = 0.05, 0.05
#: Share of the near plate's places in which the far one must be seen where it belongs, and how far the near plate must
#: have travelled meanwhile (trunk lengths): the body's and the room's outlines reach 0.5, a far plate in view 0.8.
LEAST_TOGETHER, LEAST_WAY = 0.62, 0.3
#: Errors of the bar's middle from both plates, trunk lengths: rims that are half hidden are fitted to about 0.03 of a trunk.
BOTH_PLATES_SD = 0.025
#: Both plates are believed while they agree with the body's pairs within this many standard deviations.
AGREEMENT = 3.5


@dataclass(frozen=True)
class BarAxis:
    """How the near plate's picture is brought to the bar's middle (see the module).

    `shift` (2,) pixels, `sd` pixels of the place it gives at `pivot` (2,) pixels: away from there the error of the
    `magnification`, `magnification_sd`, adds to it. `both` is whether both plates were seen.
    """

    magnification: float
    magnification_sd: float
    shift: Array
    sd: float
    pivot: Array
    both: bool

    def middle(self, plate: Array, centre: Array) -> Array:
        """(N, 2) the bar's middle for (N, 2) centres of the near plate; `centre` is the picture's."""
        return np.asarray(centre + (plate - centre) / self.magnification + self.shift)

    def middle_sd(self, plate: Array) -> Array:
        """(N,) standard deviation of `middle`, pixels, but for the plate's own."""
        away = np.linalg.norm(plate - self.pivot, axis=1)
        return np.asarray(np.hypot(self.sd, away * self.magnification_sd / self.magnification**2))


def axis_from_pairs(body: Body, magnification: float, magnification_sd: float, centre: Array, trunk: float) -> BarAxis:
    """The axis as the lifter's paired joints show it, for a bar across a lifter who stands square to it.

    Each pair gives the picture's way for a trunk length across the lifter, freed of what perspective adds to it where the
    pair is seen. Their median is taken, and the less they agree, the larger the error. A pair that would be longer than
    it can be (a split stance) does not count.
    """
    per_trunk = (1 - 1 / magnification) / HALF_BAR
    ways, places = [], []
    for name, width in PAIR_WIDTHS.items():
        near, far = body.near(name), body.far(name)
        across = (far - near) / (width * trunk)
        known = np.isfinite(across).all(axis=1)
        if not known.any():
            continue
        place = (near + far) / 2
        way = np.median(across[known] + (place[known] - centre) * per_trunk / trunk, axis=0)
        if np.linalg.norm(way) < 1:
            ways.append(way)
            places.append(np.median(place[known], axis=0))
    if len(ways) < 2:
        return BarAxis(magnification, magnification_sd, np.zeros(2), DIRECTION_SD * HALF_BAR * trunk, centre, False)
    way = np.median(ways, axis=0)
    scatter = 1.48 * np.median(np.abs(np.subtract(ways, way)), axis=0) * 1.25 / np.sqrt(len(ways))
    sd = np.hypot(PAIRS_SD, scatter)
    # What is known beforehand of cameras counts the more, the less the pairs agree.
    share = DIRECTION_SD**2 / (DIRECTION_SD**2 + sd**2)
    way, sd = share * way, np.sqrt(share) * sd
    error = np.hypot(HALF_BAR * sd, HALF_BAR_SD * way)
    pivot = np.mean(share) * np.median(places, axis=0) + (1 - np.mean(share)) * centre
    return BarAxis(
        magnification, magnification_sd, HALF_BAR * trunk * way, float(np.sqrt(np.mean(error**2))) * trunk, pivot, False
    )


def axis_from_plates(
    sightings: BarSightings, plate: Array, radius: float, centre: Array, trunk: float, usual: BarAxis
) -> BarAxis | None:
    """The axis through both plates; None where no far plate is seen in most of the near one's places.

    Both have the same true size, so radii tell depths: a far plate of `ratio` times the near radius goes `ratio` times as far
    in the picture, at a constant offset, and the middle of the two in space is seen at (ratio * near + far) / (ratio + 1).

    Args:
        plate: (S, 2) centre of the near plate, NaN where it was not seen; radius: of its rim; both in pixels.
        usual: the axis without the far plate; a "far plate" that disagrees with it is something else.
    """
    weight = rarity(plate, trunk)
    candidates = np.stack([sightings.x, sightings.y], axis=2)
    ratio = sightings.radius / radius
    apart = np.linalg.norm(candidates - plate[:, None], axis=2) / radius
    possible = (ratio > LEAST_RATIO) & (ratio < MOST_RATIO) & (apart + ratio > STICKS_OUT) & (apart < FARTHEST)
    rows, columns = np.nonzero(possible)
    if not len(rows):
        return None
    seen, sizes = candidates[rows, columns], ratio[rows, columns]
    offset = (seen - centre - sizes[:, None] * (plate[rows] - centre)) / trunk
    features = np.column_stack([offset, np.log(sizes)]) / (FAR_PLACE_SD, FAR_PLACE_SD, FAR_SIZE_SD)
    votes = sightings.coverage[rows, columns] ** 2 * weight[rows]
    fits = (np.abs(features - _densest(features, votes)) < 2).all(axis=1)
    together = np.unique(rows[fits])
    if weight[together].sum() < LEAST_TOGETHER * weight.sum():
        return None
    way = np.ptp(np.percentile(plate[together], [5, 95], axis=0), axis=0)
    if float(way.max()) < LEAST_WAY * trunk:
        return None
    both = float(np.median(sizes[fits]))
    away = np.median(seen[fits] - centre - both * (plate[rows[fits]] - centre), axis=0)
    axis = BarAxis(
        (1 + both) / (2 * both), 0.02, away / (1 + both), BOTH_PLATES_SD * trunk, np.nanmedian(plate, axis=0), both=True
    )
    there = axis.middle(axis.pivot[None], centre)
    difference = float(np.linalg.norm(there - usual.middle(axis.pivot[None], centre)))
    return axis if difference < AGREEMENT * np.hypot(usual.middle_sd(axis.pivot[None])[0], axis.sd) else None


def plate_cover(bar: Bar | None) -> PlateCover | None:
    """The plate of a bar as what it hides; None when no plate was followed."""
    return PlateCover(bar.center, bar.radius) if bar is not None and bar.source == "plate" else None


def over_near_hip(bar: Bar) -> Array:
    """(F, 2) where the bar passes over the near hip: between its middle and the near plate."""
    return np.asarray(bar.path + NEAR_HIP * (bar.center - bar.path))


def _densest(features: Array, votes: Array) -> Array:
    """(3,) where votes pile up, in standard deviations of the features."""
    _, cells = np.unique(np.round(features / 1.5), axis=0, return_inverse=True)
    index: NDArray[np.int64] = cells.ravel()
    peak = features[index == np.bincount(index, weights=votes).argmax()].mean(axis=0)
    for _ in range(8):
        near = votes * np.exp(-0.5 * ((features - peak) ** 2).sum(axis=1))
        peak = (features * near[:, None]).sum(axis=0) / max(near.sum(), 1e-12)
    return np.asarray(peak)
