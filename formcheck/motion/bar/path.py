"""Which of the likely plates is the lifter's: one path through the whole set, chosen with all frames in view.

A plate on the bar keeps its size and its place beside the hands (or, in a hip thrust, the hips); plates that lie around
stay where they are while the hands move, and circles in clothes and machines come and go.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.bar.candidates import USUAL_STEP_S, BarCandidates, sample_step
from formcheck.motion.body import Array

#: Everything here is in trunk lengths. The near plate goes about this many times as far as the hand: it is nearer to
#: the camera.
USUAL_GAIN = 1.15
#: With that taken out, its place beside the hand changes by the hand's own error and the rest of perspective;
#: candidates farther than the window from the usual place are not considered.
PLACE_SD, PLACE_WINDOW = 0.2, 0.5
#: Cells of the vote for the usual place and size.
PLACE_CELL, SIZE_CELL = 0.1, 0.07
#: Same rim: radii that differ by less than this share.
SAME_SIZE = 0.1
#: Steps of the plate and of the hand agree within this over the usual time between samples; over longer gaps the root
#: of their length more.
STEP_SD = 0.07
#: Cost of a step that does not agree at all: the path starts anew. A candidate earns at most 1 for each `USUAL_STEP_S`.
NEW_START = 1.5
#: Time that may be bridged without a new start, and in which a plate must be seen at least.
LONGEST_BRIDGE_S, LEAST_SEEN_S = 0.54, 0.26
#: Guesses of place and size that are followed through the set.
HYPOTHESES = 6
#: The hands must travel at least this far before standing still tells a lying plate from the lifter's.
TRAVEL = 0.3
#: How many times the hand's way the plate may go (perspective makes it 1.1 to 1.4).
LEAST_SLOPE, MOST_SLOPE = 0.7, 1.8
#: An outer rim belongs to the plate when it is seen at least this often, as a share of its best rim.
OUTER_SHARE = 0.45
#: A path with the hips is worth this share of one with the hands.
HIPS_SHARE = 0.75
#: Centres of the rims of one plate: the end of the sleeve is nearer to the camera than the plate and sits beside it.
CONCENTRIC = 0.2
#: ... by an amount that hardly changes.
STEADY = 0.06
#: The hands count as being in the same place again within this.
SAME_PLACE = 0.1


@dataclass(frozen=True)
class Followed:
    """The lifter's plate on S samples: (S, 2) `center` pixels (NaN where not seen), `radius` pixels of its outer rim.

    `coverage` (S,) is how much of the rim was seen. `support` (0-1) is how well the path is explained between its first
    and last candidate: the share of the places the hands were in at which the plate was seen where it belongs. `held` is
    the share of all the hands' places that lie in between (a lifter may walk up to the bar and away from it). `slope` is
    how far the plate went for each way of the `anchor` ("hands" or "hips"), NaN when that did not move; `residual` the
    median distance from that relation, trunk lengths.
    """

    center: Array
    radius: float
    coverage: Array
    support: float
    held: float
    slope: float
    residual: float
    anchor: str


def follow_plate(candidates: BarCandidates, anchors: dict[str, Array], trunk: float) -> Followed | None:
    """The best path through the candidates.

    Args:
        anchors: (S, 2) pixels of the points the bar moves with, by name; NaN where not known.
        trunk: length of the trunk in pixels.

    Returns None when no candidate moves with any of the anchors.
    """
    centers = np.stack([candidates.x, candidates.y], axis=2)
    best: Followed | None = None
    for name, anchor in anchors.items():
        weight = rarity(anchor, trunk)
        if not weight.any():
            continue
        place = (centers - USUAL_GAIN * anchor[:, None]) / trunk
        hypotheses = _hypotheses(place, np.log(candidates.radius / trunk), candidates.coverage, weight)
        if not hypotheses:
            continue
        for path in _paths(candidates, place, hypotheses, trunk):
            followed = _judge(candidates, centers, path, anchor, weight, trunk, name)
            if followed is not None and (best is None or _score(followed) > _score(best)):
                best = followed
    return best


def _score(followed: Followed) -> float:
    """What paths are compared by: the body's own round outlines move with the hips, so hands count for more."""
    kind = 1.0 if followed.anchor == "hands" else HIPS_SHARE
    return followed.support * math.sqrt(followed.held) * kind


def rarity(anchor: Array, trunk: float) -> Array:
    """(S,) weight of each sample so that every place of the anchor counts alike, however long it stayed there."""
    known = np.isfinite(anchor[:, 0])
    weight = np.zeros(len(anchor))
    if not known.any():
        return weight
    points = anchor[known] / trunk
    from scipy.spatial import cKDTree  # slow to import: only where it is needed

    weight[known] = 1 / cKDTree(points).query_ball_point(points, SAME_PLACE, return_length=True)
    return np.asarray(weight / weight.sum())


@dataclass(frozen=True)
class _Hypothesis:
    place: Array
    size: float


def _hypotheses(place: Array, size: Array, coverage: Array, weight: Array) -> list[_Hypothesis]:
    """Places beside the anchor and sizes at which candidates pile up, strongest first."""
    votes = np.nan_to_num(coverage) ** 2 * weight[:, None]
    known = np.isfinite(place[:, :, 0]) & np.isfinite(size) & (votes > 0)
    features = np.column_stack([place[known], size[known]])
    votes = votes[known]
    hypotheses: list[_Hypothesis] = []
    cells = np.round(features / (PLACE_CELL, PLACE_CELL, SIZE_CELL)).astype(int)
    while len(features) and len(hypotheses) < HYPOTHESES:
        _, index = np.unique(cells, axis=0, return_inverse=True)
        counted = np.bincount(index.ravel(), weights=votes)
        peak = features[index.ravel() == counted.argmax()].mean(axis=0)
        for _ in range(5):
            away = (features - peak) / (PLACE_SD, PLACE_SD, SAME_SIZE)
            near = votes * np.exp(-0.5 * (away**2).sum(axis=1))
            peak = (features * near[:, None]).sum(axis=0) / max(near.sum(), 1e-12)
        hypotheses.append(_Hypothesis(peak[:2], float(peak[2])))
        left = (np.abs((features - peak) / (PLACE_SD, PLACE_SD, SAME_SIZE)) > 1.2).any(axis=1)
        features, votes, cells = features[left], votes[left], cells[left]
    return hypotheses


def _paths(
    candidates: BarCandidates, place: Array, hypotheses: list[_Hypothesis], trunk: float
) -> list[NDArray[np.int64]]:
    """For each guess (S,) columns of the chosen candidates, -1 where none: the path with the most well-placed, well-moving
    candidates. All are followed at once, as how far each step goes is the same."""
    samples, columns = candidates.x.shape
    every = np.arange(len(hypotheses))
    time = sample_step(candidates.times) / USUAL_STEP_S
    earned = np.stack([_earned(candidates, place, hypothesis, trunk, time) for hypothesis in hypotheses])
    earliest = np.searchsorted(candidates.times, candidates.times - LONGEST_BRIDGE_S)
    steady = np.nan_to_num(place, nan=1e6)
    total = np.full(earned.shape, -np.inf)
    origin = np.full(earned.shape, -1, dtype=np.int64)
    ahead = np.full(len(hypotheses), -np.inf)  # best total of any sample so far: where a new start begins
    ahead_at = np.full(len(hypotheses), -1, dtype=np.int64)
    for t in range(samples):
        start = np.maximum(0.0, ahead - NEW_START)
        value = np.repeat(start[:, None], columns, axis=1)
        came = np.repeat(np.where(start > 0, ahead_at, -1)[:, None], columns, axis=1)
        first = min(int(earliest[t]), max(0, t - 1))
        if t > first:
            step = np.linalg.norm(steady[t][None, None] - steady[first:t][:, :, None], axis=3)
            # More pictures a second do not make each of them more exact.
            gap = np.sqrt(np.maximum(1, (candidates.times[t] - candidates.times[first:t]) / USUAL_STEP_S))[:, None, None]
            reached = total[:, first:t, :, None] - np.minimum(0.5 * (step / (STEP_SD * gap)) ** 2, 50)
            flat = reached.reshape(len(hypotheses), -1, columns)
            where = flat.argmax(axis=1)
            farthest = np.take_along_axis(flat, where[:, None], axis=1)[:, 0]
            better = farthest > value
            value = np.where(better, farthest, value)
            came = np.where(better, first * columns + where, came)
        total[:, t], origin[:, t] = value + earned[:, t], came
        best = total[:, t].argmax(axis=1)
        farther = total[every, t, best] > ahead
        ahead = np.where(farther, total[every, t, best], ahead)
        ahead_at = np.where(farther, t * columns + best, ahead_at)
    return [_traced(came, int(cell)) for came, cell in zip(origin, ahead_at, strict=True)]


def _earned(candidates: BarCandidates, place: Array, hypothesis: _Hypothesis, trunk: float, time: float) -> Array:
    """(S, C) what each candidate adds to a path that follows a guess; minus infinity where it does not fit the guess."""
    away = np.linalg.norm(place - hypothesis.place, axis=2)
    same = np.abs(np.log(candidates.radius / trunk) - hypothesis.size) < 1.5 * SAME_SIZE
    usable = same & (away < PLACE_WINDOW)
    return np.where(usable, time * np.nan_to_num(candidates.coverage) * np.exp(-0.5 * (away / PLACE_SD) ** 2), -np.inf)


def _traced(origin: NDArray[np.int64], cell: int) -> NDArray[np.int64]:
    """(S,) columns of the path that ends in a cell, back along (S, C) where each cell was reached from; -1 where none."""
    samples, columns = origin.shape
    chosen = np.full(samples, -1, dtype=np.int64)
    while cell >= 0:
        chosen[cell // columns] = cell % columns
        cell = int(origin[cell // columns, cell % columns])
    return chosen


def _judge(
    candidates: BarCandidates,
    centers: Array,
    path: NDArray[np.int64],
    anchor: Array,
    weight: Array,
    trunk: float,
    name: str,
) -> Followed | None:
    """Measure how well a path agrees with the lifter; None when it stands still while the lifter moves."""
    rows = np.nonzero(path >= 0)[0]
    if len(rows) < max(3, LEAST_SEEN_S / sample_step(candidates.times)):
        return None
    chosen = centers[rows, path[rows]]
    along = _main_way(anchor)
    slope = _slope(anchor[rows] @ along, chosen @ along, trunk)
    if np.isfinite(slope):
        if not LEAST_SLOPE < slope < MOST_SLOPE:
            return None
    elif _travel(anchor @ along) >= TRAVEL * trunk:
        return None  # seen only while the hands rested, which says nothing
    gain = slope if np.isfinite(slope) else 1.0
    offset = (chosen - gain * anchor[rows]) / trunk
    residual = np.linalg.norm(offset - np.median(offset, axis=0), axis=1)
    good = np.exp(-0.5 * (residual / PLACE_SD) ** 2) * candidates.coverage[rows, path[rows]]
    center, radius, coverage = _outer_rim(candidates, centers, path, trunk)
    held = float(weight[rows[0] : rows[-1] + 1].sum())
    return Followed(
        center=center,
        radius=radius,
        coverage=coverage,
        support=float((weight[rows] * good).sum() / max(held, 1e-9)),
        held=held,
        slope=slope,
        residual=float(np.median(residual)),
        anchor=name,
    )


def _main_way(anchor: Array) -> Array:
    """Unit vector of the direction in which the anchor travels most."""
    known = anchor[np.isfinite(anchor[:, 0])]
    return np.asarray(np.linalg.svd(known - known.mean(axis=0), full_matrices=False)[2][0])


def _travel(way: Array) -> float:
    low, high = np.nanpercentile(way, [5, 95])
    return float(high - low)


def _slope(anchor: Array, plate: Array, trunk: float) -> float:
    """How far the plate goes for each way of the anchor; NaN when the anchor hardly moves in the seen frames.

    Both are measured with errors: the ratio of their spreads, with the sign and strength of their correlation.
    """
    if _travel(anchor) < TRAVEL * trunk:
        return float("nan")
    correlation = float(np.corrcoef(anchor, plate)[0, 1]) if plate.std() > 1e-6 else 0.0
    if correlation < 0.7:
        return correlation * float(plate.std() / anchor.std()) * 0.5
    return float(plate.std() / anchor.std())


def _outer_rim(
    candidates: BarCandidates, centers: Array, path: NDArray[np.int64], trunk: float
) -> tuple[Array, float, Array]:
    """Move from the rim that was followed to the plate's outermost rim: (S, 2) centre, radius, (S,) coverage."""
    rows = np.nonzero(path >= 0)[0]
    chosen = centers[rows, path[rows]]
    near = np.linalg.norm(centers[rows] - chosen[:, None], axis=2) < CONCENTRIC * trunk
    size = np.log(candidates.radius[rows] / trunk)
    coverage = np.where(near, np.nan_to_num(candidates.coverage[rows]), 0.0)
    grid = np.linspace(np.log(0.15), np.log(1.3), 150)
    size = np.where(near, size, np.inf)
    strength = np.array([np.where(np.abs(size - rim) < 0.05, coverage, 0.0).max(axis=1).mean() for rim in grid])
    beside = (centers[rows] - chosen[:, None]) / trunk
    rims = []
    for k in range(len(grid)):
        if strength[k] > 0 and strength[k] >= strength[max(0, k - 6) : k + 7].max():
            fits = np.abs(size - grid[k]) < SAME_SIZE
            # A rim of the same plate keeps its place beside the one that was followed; others only pass by.
            steady = np.linalg.norm(beside - np.median(beside[fits], axis=0), axis=2) < STEADY
            rims.append((float(np.where(fits & steady, coverage, 0).max(axis=1).mean()), fits & steady))
    enough = OUTER_SHARE * max(share for share, _ in rims)
    fits = [fits for share, fits in rims if share >= enough][-1]
    radius = float(np.median(candidates.radius[rows][fits]))
    rim = np.where(fits, coverage, -1).argmax(axis=1)
    has = fits[np.arange(len(rows)), rim]
    center = np.full((len(path), 2), np.nan)
    seen = np.full(len(path), 0.0)
    on_rim = centers[rows, rim]
    # Where only an inner ring was seen, it sits beside the rim by as much as elsewhere.
    center[rows] = np.where(has[:, None], on_rim, chosen + np.median((on_rim - chosen)[has], axis=0))
    followed = candidates.coverage[rows, path[rows]]
    seen[rows] = np.where(has, coverage[np.arange(len(rows)), rim], 0.6 * followed)
    return center, radius, seen
