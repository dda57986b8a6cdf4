"""Following the lifter's plate: the best path through the candidates of a set.

A plate on the bar keeps its size and its position relative to the hands (in a hip thrust, the hips). Other plates do not move
with them, and circles in clothes and machines come and go.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.bar.candidates import USUAL_STEP_S, BarCandidates, sample_step
from formcheck.motion.body import Array

#: (Lengths are trunk lengths.) Travel of the near plate relative to the hand's, since it is closer to the camera.
USUAL_GAIN = 1.15
#: Remaining variation of its position relative to the hand, and greatest deviation of a candidate.
PLACE_SD, PLACE_WINDOW = 0.2, 0.5
#: Cells of the vote for position and logarithmic size.
PLACE_CELL, SIZE_CELL = 0.1, 0.07
#: Greatest relative difference between radii of the same rim.
SAME_SIZE = 0.1
#: Standard deviation of the difference between steps of plate and hand over `USUAL_STEP_S`; it grows with the root of the gap.
STEP_SD = 0.07
#: Cost of restarting the path; a candidate scores at most 1 per `USUAL_STEP_S`.
NEW_START = 1.5
#: Longest gap in a path, and shortest time for which a plate must be seen, seconds.
LONGEST_BRIDGE_S, LEAST_SEEN_S = 0.54, 0.26
#: Number of hypotheses of position and size.
HYPOTHESES = 6
#: Least travel of the hands by which a resting plate is distinguished from the lifter's.
TRAVEL = 0.3
#: Limits on the plate's travel relative to the hand's (perspective makes it 1.1 to 1.4 times as far).
LEAST_SLOPE, MOST_SLOPE = 0.7, 1.8
#: Least visibility of the outer rim, relative to the plate's best rim.
OUTER_SHARE = 0.45
#: Weight of a path that moves with the hips against one that moves with the hands.
HIPS_SHARE = 0.75
#: Greatest distance between the centres of a plate's rims (the end of the sleeve is closer to the camera and appears beside
#: it), and its variation.
CONCENTRIC = 0.2
STEADY = 0.06
#: Positions of the hands closer than this count as the same.
SAME_PLACE = 0.1


@dataclass(frozen=True)
class Followed:
    """The lifter's plate on S samples: (S, 2) `center` pixels (NaN where not seen), `radius` pixels of its outer rim.

    `coverage` (S,) is how much of the rim was seen. `support` (0-1) is how well the path is explained between its first and
    last candidate: the share of the hands' positions at which the plate was seen where it belongs. `held` is the share of
    all the hands' positions in that span (a lifter may walk up to the bar and away from it). `slope` is the plate's travel
    per travel of the `anchor` ("hands" or "hips"), NaN when that did not move; `residual` the median distance from that
    relation, trunk lengths.
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
        for path in best_paths(candidates, place, hypotheses, trunk):
            followed = _judge(candidates, centers, path, anchor, weight, trunk, name)
            if followed is not None and (best is None or _score(followed) > _score(best)):
                best = followed
    return best


def _score(followed: Followed) -> float:
    """Score by which paths are compared: the body's own round outlines move with the hips, so hands count for more."""
    kind = 1.0 if followed.anchor == "hands" else HIPS_SHARE
    return followed.support * math.sqrt(followed.held) * kind


def rarity(anchor: Array, trunk: float) -> Array:
    """(S,) weights under which every position of the anchor counts the same, however long it stayed there."""
    known = np.isfinite(anchor[:, 0])
    weight = np.zeros(len(anchor))
    if not known.any():
        return weight
    points = anchor[known] / trunk
    weight[known] = [1 / np.count_nonzero(((points - point) ** 2).sum(axis=1) <= SAME_PLACE**2) for point in points]
    return np.asarray(weight / weight.sum())


@dataclass(frozen=True)
class Hypothesis:
    place: Array
    size: float


def _hypotheses(place: Array, size: Array, coverage: Array, weight: Array) -> list[Hypothesis]:
    """Positions beside the anchor and sizes at which candidates cluster, strongest first."""
    votes = np.nan_to_num(coverage) ** 2 * weight[:, None]
    known = np.isfinite(place[:, :, 0]) & np.isfinite(size) & (votes > 0)
    features = np.column_stack([place[known], size[known]])
    votes = votes[known]
    hypotheses: list[Hypothesis] = []
    cell, spread = np.array([PLACE_CELL, PLACE_CELL, SIZE_CELL]), np.array([PLACE_SD, PLACE_SD, SAME_SIZE])
    while len(features) and len(hypotheses) < HYPOTHESES:
        peak = densest(features, votes, cell, spread, 5)
        hypotheses.append(Hypothesis(peak[:2], float(peak[2])))
        left = (np.abs((features - peak) / spread) > 1.2).any(axis=1)
        features, votes = features[left], votes[left]
    return hypotheses


def densest(features: Array, votes: Array, cell: Array | float, spread: Array | float, rounds: int) -> Array:
    """(D,) where (N, D) features with (N,) votes are densest: mean shift of a Gaussian of `spread` from the fullest `cell`."""
    _, index = np.unique(np.round(features / cell), axis=0, return_inverse=True)
    peak = features[index.ravel() == np.bincount(index.ravel(), weights=votes).argmax()].mean(axis=0)
    for _ in range(rounds):
        near = votes * np.exp(-0.5 * (((features - peak) / spread) ** 2).sum(axis=1))
        peak = (features * near[:, None]).sum(axis=0) / max(near.sum(), 1e-12)
    return np.asarray(peak)


def best_paths(
    candidates: BarCandidates, place: Array, hypotheses: list[Hypothesis], trunk: float
) -> list[NDArray[np.int64]]:
    """For each hypothesis (S,) columns of the best path of candidates, -1 where it has none."""
    times = candidates.times
    rate = sample_step(times) / USUAL_STEP_S
    earliest = np.searchsorted(times, times - LONGEST_BRIDGE_S)
    steady = np.nan_to_num(place, nan=1e6)
    searches = [_Search(_scores(candidates, place, hypothesis, trunk, rate)) for hypothesis in hypotheses]
    for t in range(len(times)):
        first = min(int(earliest[t]), max(0, t - 1))
        # (earlier samples, their candidates, candidates of this sample), the same for all hypotheses.
        step = np.linalg.norm(steady[t][None, None] - steady[first:t][:, :, None], axis=3)
        # A higher sampling rate does not make samples more exact.
        gap = np.sqrt(np.maximum(1, (times[t] - times[first:t]) / USUAL_STEP_S))[:, None, None]
        cost = np.minimum(0.5 * (step / (STEP_SD * gap)) ** 2, 50)
        for search in searches:
            search.extend(t, first, cost)
    return [search.path() for search in searches]


class _Search:
    """Dynamic programming over the candidates of one hypothesis; cells are numbered sample * candidates + candidate."""

    def __init__(self, scores: Array) -> None:
        """`scores` is (S, C): what each candidate adds to a path."""
        self._scores = scores
        self._total = np.full(scores.shape, -np.inf)
        self._origin = np.full(scores.shape, -1, dtype=np.int64)
        self._best, self._best_cell = -np.inf, -1  # best total so far: a path may start anew from there

    def extend(self, t: int, first: int, cost: Array) -> None:
        """Add sample `t`, reached from samples `first` up to it at (t - first, C, C) `cost`, or by starting anew."""
        columns = self._scores.shape[1]
        start = max(0.0, self._best - NEW_START)
        value = np.full(columns, start)
        came = np.full(columns, self._best_cell if start > 0 else -1)
        if t > first:
            reached = (self._total[first:t, :, None] - cost).reshape(-1, columns)
            where = reached.argmax(axis=0)
            farthest = reached[where, np.arange(columns)]
            better = farthest > value
            value = np.where(better, farthest, value)
            came = np.where(better, first * columns + where, came)
        self._total[t], self._origin[t] = value + self._scores[t], came
        best = int(self._total[t].argmax())
        if self._total[t, best] > self._best:
            self._best, self._best_cell = float(self._total[t, best]), t * columns + best

    def path(self) -> NDArray[np.int64]:
        """(S,) columns of the best path, traced back from its last cell; -1 where it has no candidate."""
        samples, columns = self._scores.shape
        chosen = np.full(samples, -1, dtype=np.int64)
        cell = self._best_cell
        while cell >= 0:
            chosen[cell // columns] = cell % columns
            cell = int(self._origin[cell // columns, cell % columns])
        return chosen


def _scores(candidates: BarCandidates, place: Array, hypothesis: Hypothesis, trunk: float, time: float) -> Array:
    """(S, C) what each candidate adds to a path; minus infinity where it does not fit the hypothesis."""
    away = np.linalg.norm(place - hypothesis.place, axis=2)
    same = np.abs(np.log(candidates.radius / trunk) - hypothesis.size) < 1.5 * SAME_SIZE
    usable = same & (away < PLACE_WINDOW)
    return np.where(usable, time * np.nan_to_num(candidates.coverage) * np.exp(-0.5 * (away / PLACE_SD) ** 2), -np.inf)


def _judge(
    candidates: BarCandidates,
    centers: Array,
    path: NDArray[np.int64],
    anchor: Array,
    weight: Array,
    trunk: float,
    name: str,
) -> Followed | None:
    """How well a path agrees with the lifter's movement; None if it does not move with the lifter."""
    rows = np.nonzero(path >= 0)[0]
    if len(rows) < max(3, LEAST_SEEN_S / sample_step(candidates.times)):
        return None
    chosen = centers[rows, path[rows]]
    along = _main_direction(anchor)
    slope = _slope(anchor[rows] @ along, chosen @ along, trunk)
    if np.isfinite(slope):
        if not LEAST_SLOPE < slope < MOST_SLOPE:
            return None
    elif _travel(anchor @ along) >= TRAVEL * trunk:
        return None  # seen only while the hands were at rest
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


def _main_direction(anchor: Array) -> Array:
    """Unit vector of the anchor's main direction of travel."""
    known = anchor[np.isfinite(anchor[:, 0])]
    return np.asarray(np.linalg.svd(known - known.mean(axis=0), full_matrices=False)[2][0])


def _travel(positions: Array) -> float:
    low, high = np.nanpercentile(positions, [5, 95])
    return float(high - low)


def _slope(anchor: Array, plate: Array, trunk: float) -> float:
    """Travel of the plate per travel of the anchor; NaN when the anchor hardly moves in the frames seen.

    Both have errors, so it is the ratio of their standard deviations (reduced major axis), with the sign of the correlation
    and halved where that is weak.
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
    """The plate's outermost rim from the followed one: (S, 2) centre, radius and (S,) coverage."""
    rows = np.nonzero(path >= 0)[0]
    chosen = centers[rows, path[rows]]
    beside = (centers[rows] - chosen[:, None]) / trunk
    near = np.linalg.norm(centers[rows] - chosen[:, None], axis=2) < CONCENTRIC * trunk
    size = np.where(near, np.log(candidates.radius[rows] / trunk), np.inf)
    coverage = np.where(near, np.nan_to_num(candidates.coverage[rows]), 0.0)
    fits = _outermost(size, coverage, beside)
    radius = float(np.median(candidates.radius[rows][fits]))
    rim = np.where(fits, coverage, -1).argmax(axis=1)
    has = fits[np.arange(len(rows)), rim]
    center = np.full((len(path), 2), np.nan)
    seen = np.full(len(path), 0.0)
    on_rim = centers[rows, rim]
    # If only an inner rim was seen, add the usual offset of the outer one.
    center[rows] = np.where(has[:, None], on_rim, chosen + np.median((on_rim - chosen)[has], axis=0))
    followed = candidates.coverage[rows, path[rows]]
    seen[rows] = np.where(has, coverage[np.arange(len(rows)), rim], 0.6 * followed)
    return center, radius, seen


def _outermost(size: Array, coverage: Array, beside: Array) -> NDArray[np.bool_]:
    """(N, C) which candidates belong to the outermost rim that is seen often enough.

    Args:
        size: (N, C) logarithm of the radius in trunk lengths, infinite for candidates that are not concentric.
        coverage: (N, C) share of the rim seen. beside: (N, C, 2) offset from the rim that was followed, trunk lengths.
    """
    grid = np.linspace(np.log(0.15), np.log(1.3), 150)
    strength = np.array([np.where(np.abs(size - rim) < 0.05, coverage, 0.0).max(axis=1).mean() for rim in grid])
    rims: list[tuple[float, NDArray[np.bool_]]] = []
    for k in range(len(grid)):
        if strength[k] > 0 and strength[k] >= strength[max(0, k - 6) : k + 7].max():
            fits = np.asarray(np.abs(size - grid[k]) < SAME_SIZE)
            # Rims of the same plate keep their offset from the followed one.
            steady = np.linalg.norm(beside - np.median(beside[fits], axis=0), axis=2) < STEADY
            rims.append((float(np.where(fits & steady, coverage, 0).max(axis=1).mean()), fits & steady))
    enough = OUTER_SHARE * max(share for share, _ in rims)
    return [fits for share, fits in rims if share >= enough][-1]
