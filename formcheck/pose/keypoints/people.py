"""Following the lifter among the people of a keypoint file by place and size; the tool's names are ignored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Largest movement (share of the person's size) and change of size (log ratio) from one frame to the next.
STEP, GROWTH = 0.3, 0.3
#: The same between two sightings of one person, over a gap or under another name.
SAME_PLACE, SAME_SIZE = 0.7, 0.4
#: Longest gap within one sighting, frames.
LONGEST_GAP = 5
#: Points farther away than this come from damaged files and are ignored, pixels.
FARTHEST = 1e6
#: Most people in a frame; of larger groups the largest people are kept.
MOST_PEOPLE = 12


@dataclass
class _Sighted:
    """One person seen without a break: rows of frames and the individual of each, last place and size in pixels."""

    rows: list[int]
    people: list[int]
    where: Array
    size: float


def follow_lifter(people: Array) -> Array:
    """(N, K, C) the points of the lifter among I individuals, (I, N, K, C) with x and y first; NaN where there is none.

    The lifter is large and present for most of the clip. The tool's names are ignored, since they change within a set. A
    larger passer-by does not replace the lifter.

    Raises:
        ValueError: nobody has two keypoints in one frame.
    """
    if len(people) == 0:
        raise ValueError("it has no individuals")
    people = people.copy()
    people[~(np.abs(people[..., :2]) < FARTHEST).all(axis=-1), :2] = np.nan
    middles, sizes = _places(people[..., :2])
    seen = _sightings(middles, sizes)
    if not seen:
        raise ValueError("no individual has two keypoints in one frame")
    lifter = max(seen, key=lambda one: len(one.rows) * float(np.median(_own(sizes, one))))
    taken = [lifter]
    others = [one for one in seen if one is not lifter]
    while True:
        near = [(gap, one) for one in others if (gap := _continues(one, taken, middles, sizes)) is not None]
        if not near:
            break
        best = min(near, key=lambda entry: entry[0])[1]
        taken.append(best)
        others = [one for one in others if one is not best]
    found = np.full(people.shape[1:], np.nan)
    for one in taken:
        found[one.rows] = people[one.people, one.rows]
    return found


def _places(points: Array) -> tuple[Array, Array]:
    """(I, N, 2) centres and (I, N) sizes of the individuals, pixels; NaN where not seen."""
    known: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=3))[..., np.newaxis]
    low = np.where(known, points, np.inf).min(axis=2)
    high = np.where(known, points, -np.inf).max(axis=2)
    several = known[..., 0].sum(axis=2) >= 2
    spans = np.where(several[..., np.newaxis], high - low, np.nan)
    with np.errstate(invalid="ignore"):
        middles = np.where(several[..., np.newaxis], (low + high) / 2, np.nan)
    return middles, spans.max(axis=2)


def _sightings(middles: Array, sizes: Array) -> list[_Sighted]:
    """All sightings, linked from frame to frame by place and size."""
    ended: list[_Sighted] = []
    open_: list[_Sighted] = []
    for row in range(middles.shape[1]):
        here = np.flatnonzero(np.isfinite(sizes[:, row]) & (sizes[:, row] > 0))
        here = here[np.argsort(-sizes[here, row])][:MOST_PEOPLE]
        ended += [one for one in open_ if row - one.rows[-1] > LONGEST_GAP]
        open_ = [one for one in open_ if row - one.rows[-1] <= LONGEST_GAP]
        pairs = sorted(
            (apart, n, int(who))
            for n, one in enumerate(open_)
            for who in here
            if (apart := _apart(one.where, one.size, middles[who, row], sizes[who, row], row - one.rows[-1])) < 1
        )
        linked: set[int] = set()
        continued: set[int] = set()
        for _, n, who in pairs:
            if n not in continued and who not in linked:
                continued.add(n)
                linked.add(who)
                one = open_[n]
                one.rows.append(row)
                one.people.append(who)
                one.where, one.size = middles[who, row], float(sizes[who, row])
        new = [int(who) for who in here if who not in linked]
        open_ += [_Sighted([row], [who], middles[who, row], float(sizes[who, row])) for who in new]
    return ended + open_


def _apart(where: Array, size: float, there: Array, there_size: float, frames: int) -> float:
    """Distance of a detection from a person's last one; below 1 it may be the same person."""
    step = float(np.linalg.norm(there - where)) / (STEP * size * frames**0.5)
    growth = abs(float(np.log(there_size / size))) / (GROWTH * frames**0.5)
    return float(max(step, growth))


def _own(values: Array, one: _Sighted) -> Array:
    return np.asarray(values[one.people, one.rows])


def _continues(one: _Sighted, taken: list[_Sighted], middles: Array, sizes: Array) -> int | None:
    """Frames between a sighting and those of the lifter; None if it is not the lifter."""
    rows = np.concatenate([other.rows for other in taken])
    if np.isin(one.rows, rows).any():
        return None
    nearest = min(taken, key=lambda other: _gap(one, other))
    size = float(np.median(_own(sizes, nearest)))
    place = np.median(_own(middles, nearest), axis=0)
    away = float(np.linalg.norm(np.median(_own(middles, one), axis=0) - place)) / size
    larger = abs(float(np.log(np.median(_own(sizes, one)) / size)))
    return _gap(one, nearest) if away < SAME_PLACE and larger < SAME_SIZE else None


def _gap(one: _Sighted, other: _Sighted) -> int:
    return max(one.rows[0] - other.rows[-1], other.rows[0] - one.rows[-1])
