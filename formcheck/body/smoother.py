"""One smoother for a whole chain of landmarks: observations, smooth movement, constant lengths and planted feet at once.

The path of all points over the whole shot is the least-squares answer to four wishes:

* every point near where the model saw it, weighted by how far that sample is trusted, outliers losing their weight;
* smooth movement: the square of the acceleration is small. Alone with even trust this is a zero-phase low-pass of
  fourth order with the cut-off `CUTOFF_HZ`; where trust is low, the neighbours and the other wishes decide;
* segments keep their length;
* feet stand still or step, and do not creep (the speed of the foot's points, with a robust weight).

Chosen by measurement on ten rendered clips with known skeletons: mean absolute error of hip / knee / trunk in degrees with
the clip's constant offset removed, averaged over hip thrusts behind plates, hinges and split squats, and the worst clip's
hip and knee. "Fast" are the same clips played three times as fast (up and down in about half a second each). Swaps were
repaired and joint centres corrected in every row.

=====================  ==============  ==============  ==============  ==========  ===========================
method                 thrusts         hinges          split squats    worst       fast: thrusts, hinges, split
=====================  ==============  ==============  ==============  ==========  ===========================
no smoothing           4.8/3.2/2.5     3.0/5.0/1.1     2.0/2.0/0.8     10.7/11.6   (the same)
Butterworth 6 Hz       4.7/3.1/2.4     2.8/4.8/1.0     1.9/1.8/0.7     10.6/11.3   4.6  2.7  1.8 (hip)
Butterworth 3 Hz       4.7/3.0/2.4     2.8/4.6/1.0     1.8/1.7/0.7     10.5/11.0   4.8  2.4  1.9
this one, 1.5 Hz       2.8/1.6/1.5     2.6/2.1/1.1     1.7/1.6/0.7      4.6/3.0    9.1  9.6  18.0
this one, 2 Hz         2.7/1.6/1.5     2.7/2.2/1.0     1.6/1.6/0.7      4.7/3.4    5.5  5.7  6.3
**this one, 3 Hz**     2.7/1.7/1.5     2.9/2.5/1.0     1.7/1.6/0.7      4.8/4.1    3.2  2.4  2.0
this one, 4 Hz         2.8/1.7/1.5     3.1/3.3/1.1     1.7/1.7/0.8      5.1/6.5    2.9  2.5  1.7
this one, 6 Hz         2.8/1.8/1.5     3.2/3.8/1.1     1.8/1.8/0.8      5.5/7.7    2.7  2.7  1.6
=====================  ==============  ==============  ==============  ==========  ===========================

Lengths and trust bring the gain, not the cut-off; 3 Hz is the lowest that keeps the turning points of a fast repetition.

Solved by Gauss-Newton with re-weighting; the normal equations are banded, so the cost grows with the length of the shot
only. The inverse's diagonal is the uncertainty of each point.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from formcheck.body.lengths import Segment
from formcheck.body.types import Array

if TYPE_CHECKING:
    from scipy import sparse

#: Cut-off of the smoothing, Hz.
CUTOFF_HZ = 3.0
#: Spread of a well-seen landmark from sample to sample, share of the trunk: the unit of all weights.
NOISE = 0.02
#: A sample farther than this many `NOISE` from the path starts to lose its weight, by default.
ROBUST = 3.0
#: Weight of the length wish: samples of a landmark share their errors with their neighbours, lengths do not.
LENGTH_WEIGHT = 1.5
#: Speed at which a foot counts as standing, trunk lengths a second, and the weight of that wish.
STANDING_SPEED = 0.15
STANDING_WEIGHT = 2.0
STANDING_WINDOW_S = 0.4
#: Samples more often than this do not make a point surer.
INDEPENDENT_HZ = 15.0
#: Share of the samples in which both ends of a segment must be seen before its length makes anything surer.
LENGTH_SEEN = 0.1
ROUNDS = 12


@dataclass(frozen=True)
class SmoothChain:
    """(S, K, 2) smoothed pixels of the chain's K points and the (S, K) standard deviation of each in pixels."""

    points: Array
    sd: Array


def smooth_chain(
    times: Array,
    seen: Array,
    trust: Array,
    segments: list[Segment],
    trunk: float,
    *,
    robust: float = ROBUST,
    standing: tuple[int, ...] = (),
    guessed: NDArray[np.bool_] | None = None,
    repeated: Array | None = None,
) -> SmoothChain:
    """Smooth one side's chain.

    Args:
        times: (S,) seconds, increasing.
        seen: (S, K, 2) pixels as the model saw them, NaN where missing.
        trust: (S, K) weight of each sample, 0-1.
        segments: lengths to keep.
        trunk: pixels, the unit of the noise.
        robust: a sample farther than this many `NOISE` from the path starts to lose its weight.
        standing: which of the K points belong to the feet.
        guessed: (S, K) samples that were not seen: they hold the path where nothing else does, but make it no surer (the
            errors of guesses are alike, so that many of them know no more than one).
        repeated: (S,) share of the length wish that each sample keeps: less where no new picture was seen.
    """
    from scipy import sparse  # slow to import: only where it is needed
    from scipy.linalg import solveh_banded

    count, size = seen.shape[:2]
    sigma = NOISE * trunk
    path = _joined(times, seen, trust)
    known = np.asarray(np.isfinite(seen).all(axis=2))
    target = np.where(known[:, :, None], seen, 0.0)
    base = np.where(known, np.clip(trust, 1e-3, 1.0), 0.0)
    share = np.ones(count) if repeated is None else np.sqrt(repeated)
    smooth = _smoothness(times, size)
    normal = None
    for _ in range(ROUNDS):
        distance = np.linalg.norm(np.where(known[:, :, None], path - target, 0.0), axis=2) / sigma
        weight = base / (1 + (distance / robust) ** 2)
        jacobian, residual = _length_rows(path, segments, sigma, share)
        speed = _standing(times, path, standing, sigma, trunk)
        observation = np.repeat(weight.ravel(), 2)
        normal = (
            sparse.diags(observation + 1e-6) + smooth + LENGTH_WEIGHT * (jacobian.T @ jacobian) + STANDING_WEIGHT * speed
        )
        flat = path.reshape(-1)
        gradient = (
            observation * (flat - target.reshape(-1))
            + smooth @ flat
            + LENGTH_WEIGHT * (jacobian.T @ residual)
            + STANDING_WEIGHT * (speed @ flat)
        )
        step = solveh_banded(_banded(normal, 3 * 2 * size), -gradient, lower=True)
        path = path + step.reshape(path.shape)
        if np.abs(step).max() < 0.02 * sigma:
            break
    assert normal is not None
    if guessed is not None:
        surely = np.repeat((weight * ~guessed).ravel(), 2) + 1e-5
        jacobian, _ = _length_rows(path, _ever_seen(segments, guessed), sigma, share)
        normal = sparse.diags(surely) + smooth + LENGTH_WEIGHT * (jacobian.T @ jacobian) + STANDING_WEIGHT * speed
    variance = _inverse_diagonal(normal, 2 * 2 * size).reshape(count, size, 2)
    # Neighbours share their errors: pictures looked at more often than that know no more.
    alike = max(1.0, 1 / (INDEPENDENT_HZ * float(np.median(np.diff(times)))))
    return SmoothChain(path, sigma * np.sqrt(alike * variance.mean(axis=2)))


def _ever_seen(segments: list[Segment], guessed: NDArray[np.bool_]) -> list[Segment]:
    """Segments whose length is not itself a guess: both ends are seen at once often enough."""
    return [s for s in segments if np.mean(~guessed[:, s.first] & ~guessed[:, s.second]) >= LENGTH_SEEN]


def _joined(times: Array, seen: Array, trust: Array) -> Array:
    """Start: each point's trusted samples joined by straight lines."""
    path = np.zeros_like(seen)
    for row in range(seen.shape[1]):
        known = np.isfinite(seen[:, row]).all(axis=1)
        good = known & (trust[:, row] > 0.5 * np.max(trust[known, row], initial=0.0))
        if not good.any():
            continue
        for axis in range(2):
            path[:, row, axis] = np.interp(times, times[good], seen[good, row, axis])
    return path


def _smoothness(times: Array, size: int) -> sparse.csr_matrix:
    """The quadratic form of the squared acceleration of every coordinate, in units of an observation."""
    from scipy import sparse  # slow to import: only where it is needed

    count = len(times)
    if count < 3:
        return sparse.csr_matrix((count * size * 2, count * size * 2))
    h1, h2 = np.diff(times)[:-1], np.diff(times)[1:]
    rate = 1 / float(np.median(np.diff(times)))
    factor = np.sqrt((h1 + h2) / 2 * rate) / (2 * np.pi * CUTOFF_HZ) ** 2
    columns = np.stack([2 / (h1 * (h1 + h2)), -2 / (h1 * h2), 2 / (h2 * (h1 + h2))], axis=1) * factor[:, None]
    rows = np.repeat(np.arange(count - 2), 3)
    places = (np.arange(count - 2)[:, None] + np.arange(3)).ravel()
    second = sparse.csr_matrix((columns.ravel(), (rows, places)), shape=(count - 2, count))
    return sparse.kron(second.T @ second, sparse.identity(size * 2)).tocsr()


def _length_rows(
    path: Array, segments: list[Segment], sigma: float, share: Array
) -> tuple[sparse.csr_matrix, Array]:
    """Jacobian and residual of "segments keep their length", in units of an observation; (S,) `share` of each sample."""
    from scipy import sparse  # slow to import: only where it is needed

    count, size = path.shape[:2]
    rows: list[Array] = []
    columns: list[Array] = []
    values: list[Array] = []
    residuals = []
    frames = np.arange(count)
    for number, segment in enumerate(segments):
        line = path[:, segment.first] - path[:, segment.second]
        length = np.maximum(np.linalg.norm(line, axis=1), 1e-6)
        weight = sigma / segment.sd
        # A wildly wrong length pulls no harder than a moderately wrong one.
        wrong = (length - segment.length) / segment.sd
        weight = share * weight / np.sqrt(1 + (wrong / 4) ** 2)
        residuals.append(weight * (length - segment.length))
        unit = line / length[:, None] * weight[:, None]
        row = number * count + frames
        for point, sign in ((segment.first, 1.0), (segment.second, -1.0)):
            for axis in range(2):
                rows.append(row)
                columns.append((frames * size + point) * 2 + axis)
                values.append(sign * unit[:, axis])
    total = count * size * 2
    if not segments:
        return sparse.csr_matrix((1, total)), np.zeros(1)
    shape = (len(segments) * count, total)
    jacobian = sparse.csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape=shape)
    return jacobian, np.concatenate(residuals)


def _standing(times: Array, path: Array, feet: tuple[int, ...], sigma: float, trunk: float) -> sparse.csr_matrix:
    """The quadratic form of "a foot that hardly moves does not move"."""
    from scipy import sparse  # slow to import: only where it is needed
    from scipy.ndimage import uniform_filter1d

    count, size = path.shape[:2]
    steps = np.diff(times)
    diagonal = np.zeros((count - 1, size))
    # A trembling foot stands: the speed is that of the place on average, not from sample to sample.
    width = min(count, max(1, round(STANDING_WINDOW_S / float(np.median(steps)))))
    for point in feet:
        place = uniform_filter1d(path[:, point], width, axis=0, mode="nearest")
        speed = np.linalg.norm(np.diff(place, axis=0), axis=1) / steps / (STANDING_SPEED * trunk)
        diagonal[:, point] = 1 / (1 + speed**2) ** 2
    # Steps are weighed as if one observation's noise were the standing speed over one step.
    scale = np.sqrt(diagonal) * (sigma / (STANDING_SPEED * trunk * np.median(steps)))
    width = size * 2
    ones = np.repeat(scale.reshape(-1), 2)
    total = count * width
    difference = sparse.diags([-ones, ones], [0, width], shape=((count - 1) * width, total), format="csr")
    return (difference.T @ difference).tocsr()


def _banded(matrix: sparse.spmatrix, width: int) -> Array:
    """Lower banded form for `scipy.linalg.solveh_banded`."""
    entries = matrix.tocoo()
    lower = entries.row >= entries.col
    band = np.zeros((width, matrix.shape[0]))
    band[entries.row[lower] - entries.col[lower], entries.col[lower]] = entries.data[lower]
    return band


def _inverse_diagonal(matrix: sparse.spmatrix, block: int) -> Array:
    """Diagonal of the inverse of a symmetric matrix that is block tridiagonal with blocks of `block` rows."""
    total = matrix.shape[0]
    compressed = matrix.tocsr()
    edges = [*range(0, total, block), total]
    if len(edges) > 2 and edges[-1] - edges[-2] < block // 2:
        edges.pop(-2)
    spans = [slice(a, b) for a, b in itertools.pairwise(edges)]
    forward: list[NDArray[np.float64]] = []
    for i, span in enumerate(spans):
        own = compressed[span, span].toarray()
        if i:
            link = compressed[span, spans[i - 1]].toarray()
            own = own - link @ np.linalg.solve(forward[-1], link.T)
        forward.append(own)
    out = np.zeros(total)
    inverse = np.linalg.inv(forward[-1])
    out[spans[-1]] = np.diag(inverse)
    for i in range(len(spans) - 2, -1, -1):
        link = compressed[spans[i + 1], spans[i]].toarray()
        gain = np.linalg.solve(forward[i], link.T)
        inverse = np.linalg.inv(forward[i]) + gain @ inverse @ gain.T
        out[spans[i]] = np.diag(inverse)
    return np.maximum(out, 0.0)
