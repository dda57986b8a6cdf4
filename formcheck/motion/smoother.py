"""Smoothing of a chain of landmarks: one least-squares fit to observations, smoothness, segment lengths and planted feet.

Segment lengths are constant, so they also show which landmark of a frame is wrong.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import Array
from formcheck.pose.skeleton import JOINT_COUNT, joint

#: Points of one side that are smoothed together. Arms are excluded: they often point at the camera, and a constant length in
#: the picture would misplace a foreshortened arm.
CHAIN = ("ear", "shoulder", "hip", "knee", "ankle", "heel", "toe")

#: Indices in `CHAIN` of the points that do not move while the foot is planted.
FEET = tuple(CHAIN.index(name) for name in ("ankle", "heel", "toe"))

#: Segments of constant length, with the standard deviation of the length as a share of it. The trunk varies more than a bone,
#: since the spine bends and the shoulder blade slides; heel and toe are found less exactly.
SEGMENT_SPREAD: dict[tuple[str, str], float] = {
    ("shoulder", "hip"): 0.06,
    ("hip", "knee"): 0.03,
    ("knee", "ankle"): 0.03,
    ("ankle", "heel"): 0.15,
    ("ankle", "toe"): 0.15,
    ("heel", "toe"): 0.15,
}
#: Quantile of the observed lengths that is taken as the true one: hidden feet are mostly guessed too close, and a segment that
#: turns out of the picture's plane looks shorter, never longer.
LENGTH_QUANTILE = 0.7
#: The ends of thigh and shank. Those of the near leg are no shorter than this share of the far leg's: the nearer looks longer,
#: and a joint behind a plate is mostly guessed too close (made-up deadlifts: at the plate's rim, and called visible).
BONES, LEGS_ALIKE = tuple(CHAIN.index(name) for name in ("hip", "knee", "ankle")), 0.85
#: A segment whose length is off by more than this share makes its ends suspect.
SUSPECT = 0.1


@dataclass(frozen=True)
class Segment:
    """Two points by their index in `CHAIN`, their distance and its standard deviation in pixels."""

    first: int
    second: int
    length: float
    sd: float


def reference_segments(points: Array, visibility: Array, slack: float = 0.0) -> list[Segment]:
    """Segments of one side, with their length from the most reliable samples.

    Args:
        points: (S, len(CHAIN), 2) pixels and visibility: (S, len(CHAIN)) of one side.
        slack: extra spread as a share of the length, for views in which segments are foreshortened.

    Segments seen in fewer than three samples are left out.
    """
    segments = []
    for (first, second), spread in SEGMENT_SPREAD.items():
        a, b = CHAIN.index(first), CHAIN.index(second)
        lengths = np.linalg.norm(points[:, a] - points[:, b], axis=1)
        seen = np.minimum(visibility[:, a], visibility[:, b])
        usable = np.isfinite(lengths)
        if usable.sum() < 3:
            continue
        length = weighted_quantile(lengths[usable], 0.05 + np.clip(seen[usable], 0, 1), LENGTH_QUANTILE)
        sd = max(1.0, float(np.hypot(spread, slack)) * length)
        segments.append(Segment(a, b, length, sd))
    return segments


def no_shorter(near: list[Segment], far: list[Segment]) -> list[Segment]:
    """The segments of the near side, with thigh and shank hardly shorter than those of the far one."""
    least = {(one.first, one.second): LEGS_ALIKE * one.length for one in far if one.second in BONES and one.first in BONES}
    return [_lengthened(one, least.get((one.first, one.second), 0.0)) for one in near]


def _lengthened(segment: Segment, least: float) -> Segment:
    if segment.length >= least:
        return segment
    return replace(segment, length=least, sd=segment.sd * least / segment.length)


def length_trust(points: Array, segments: list[Segment]) -> Array:
    """(S, len(CHAIN)) how well the (S, len(CHAIN), 2) points of one side fit the segment lengths, 0-1.

    A point is suspect if *all* its segments have the wrong length: a bad ankle spoils the shin but not the thigh, so the knee
    keeps its weight. Heel and toe follow the ankle.
    """
    count = len(points)
    off: dict[int, list[Array]] = {}
    for segment in segments:
        lengths = np.linalg.norm(points[:, segment.first] - points[:, segment.second], axis=1)
        allowed = np.hypot(SUSPECT, segment.sd / segment.length)
        wrong = np.abs(lengths / segment.length - 1) / allowed
        for end in (segment.first, segment.second):
            off.setdefault(end, []).append(np.nan_to_num(wrong))
    ankle, heel, toe, ear = (CHAIN.index(name) for name in ("ankle", "heel", "toe", "ear"))
    shin = next((s for s in segments if (s.first, s.second) == (CHAIN.index("knee"), ankle)), None)
    trust = np.ones((count, len(CHAIN)))
    for end, wrongs in off.items():
        trust[:, end] = 1 / (1 + np.min(wrongs, axis=0) ** 4)
    if shin is not None:
        lengths = np.linalg.norm(points[:, shin.first] - points[:, shin.second], axis=1)
        wrong = np.nan_to_num(np.abs(lengths / shin.length - 1) / np.hypot(SUSPECT, shin.sd / shin.length))
        # A wrong shin is due to the ankle unless the knee, which also spoils the thigh, has lost its weight above.
        foot = 1 / (1 + wrong**4) / np.maximum(trust[:, CHAIN.index("knee")], 0.05)
        for end in (ankle, heel, toe):
            trust[:, end] = np.minimum(trust[:, end], np.minimum(foot, 1))
    trust[:, ear] = 1.0
    return trust


def knee_ik_sd(path: Array, sd: Array, segments: list[Segment]) -> Array:
    """(S,) standard deviation of a knee placed by inverse kinematics, from hip, ankle and the two segment lengths, pixels.

    Args:
        path: (S, len(CHAIN), 2) pixels of one side. sd: (S, len(CHAIN)) of the points; the hip's and the ankle's are used.

    On a nearly straight leg, a small error in the distance from hip to ankle moves the knee far. Infinite if a segment is
    missing.
    """
    hip, knee, ankle = (CHAIN.index(name) for name in ("hip", "knee", "ankle"))
    ends = {(s.first, s.second): s for s in segments}
    thigh, shin = ends.get((hip, knee)), ends.get((knee, ankle))
    if thigh is None or shin is None:
        return np.full(len(path), np.inf)
    error = np.sqrt(sd[:, hip] ** 2 + sd[:, ankle] ** 2 + thigh.sd**2 + shin.sd**2)
    up, down = path[:, hip] - path[:, knee], path[:, ankle] - path[:, knee]
    a, b = np.linalg.norm(up, axis=1), np.linalg.norm(down, axis=1)
    reach = np.maximum(np.linalg.norm(path[:, hip] - path[:, ankle], axis=1), 1e-6)
    aside = np.abs(up[:, 0] * down[:, 1] - up[:, 1] * down[:, 0]) / reach
    along = [np.maximum(np.sqrt(np.maximum(length**2 - aside**2, 0.0)), 1e-6) for length in (a, b)]
    # Change of the distance from hip to ankle for each pixel that the knee moves towards the line between them.
    gain = aside * (1 / along[0] + 1 / along[1])
    return np.asarray(np.maximum(error / np.maximum(gain, 1e-3), error / 2))


def chain_rows(side: str) -> NDArray[np.int64]:
    """(len(CHAIN),) rows of the chain's points in landmark arrays."""
    rows = np.array([int(joint(name, side)) for name in CHAIN], dtype=np.int64)
    assert rows.max() < JOINT_COUNT
    return rows


def weighted_quantile(values: Array, weights: Array, share: float) -> float:
    """The value below which `share` of the total weight lies."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] * share)])


# The smoother: damped Gauss-Newton on a banded least-squares problem.

#: Cut-off of the smoothing, Hz.
CUTOFF_HZ = 3.0
#: Scatter of a clearly visible landmark from sample to sample, share of the trunk: the unit of all weights.
NOISE = 0.02
#: Distance from the path, in `NOISE`, beyond which a sample loses weight by default.
ROBUST = 3.0
#: Weight of the length residuals: unlike those of landmarks, errors of lengths are independent between samples.
LENGTH_WEIGHT = 1.5
#: A foot slower than this is planted (trunk lengths a second); weight of that term; window of the speed (seconds).
STANDING_SPEED = 0.15
STANDING_WEIGHT = 2.0
STANDING_WINDOW_S = 0.4
#: Factor on that weight for a foot beside a plate, where nobody steps but the model errs: behind plates of 45 cm (made-up
#: hinges, scripts/studio, train pool) it puts the ankle up to 16 % of the trunk too high.
BESIDE_PLATE = 10.0
#: Sampling rates above this add no certainty, since neighbouring samples share their errors.
INDEPENDENT_HZ = 15.0
#: A segment's length adds certainty only if both ends are seen in this share of the samples.
LENGTH_SEEN = 0.1
#: Most iterations.
ROUNDS = 12


@dataclass(frozen=True)
class SmoothChain:
    """(S, K, 2) smoothed pixels of the chain's K points and the (S, K) standard deviation of each in pixels."""

    points: Array
    sd: Array


@dataclass(frozen=True)
class Observations:
    """K points in S samples, as the model found them, with their weights.

    Attributes:
        times: (S,) seconds, increasing.
        points: (S, K, 2) pixels, NaN where missing.
        trust: (S, K) weight of each point, 0-1.
        guessed: (S, K) points that were not seen. They guide the path but add no certainty, since guesses share their errors.
        length_share: (S,) weight of the segment lengths in each sample; 1 by default.
        beside_plate: (S, K) points at or behind a plate.
    """

    times: Array
    points: Array
    trust: Array
    guessed: NDArray[np.bool_] | None = None
    length_share: Array | None = None
    beside_plate: NDArray[np.bool_] | None = None


def smooth_chain(
    seen: Observations, segments: list[Segment], trunk: float, *, robust: float = ROBUST, standing: tuple[int, ...] = ()
) -> SmoothChain:
    """Smooth one side's chain.

    Args:
        segments: lengths to keep.
        trunk: pixels, the unit of the noise.
        robust: distance from the path, in `NOISE`, beyond which a sample loses weight.
        standing: indices of the points of the feet.
    """
    from scipy.linalg import solveh_banded  # slow to import: only where it is needed

    count, size = seen.points.shape[:2]
    sigma = NOISE * trunk
    path = _joined(seen.times, seen.points, seen.trust)
    known = np.asarray(np.isfinite(seen.points).all(axis=2))
    target = np.where(known[:, :, None], seen.points, 0.0)
    base = np.where(known, np.clip(seen.trust, 1e-3, 1.0), 0.0)
    share = np.ones(count) if seen.length_share is None else np.sqrt(seen.length_share)
    smooth = _smoothness(seen.times)
    for _ in range(ROUNDS):
        distance = np.linalg.norm(np.where(known[:, :, None], path - target, 0.0), axis=2) / sigma
        weight = base / (1 + (distance / robust) ** 2)
        lengths, pull = _lengths(path, segments, sigma, share)
        links = smooth + _standing(seen, path, standing, sigma, trunk)
        normal = _Normal.of(weight + 1e-6, lengths, links)
        gradient = weight[:, :, None] * (path - target) + links.applied(path) + LENGTH_WEIGHT * pull
        step = solveh_banded(normal.banded(), -gradient.reshape(-1), lower=True).reshape(path.shape)
        path = path + step
        if np.abs(step).max() < 0.02 * sigma:
            break
    if seen.guessed is not None:
        lengths, _ = _lengths(path, _ever_seen(segments, seen.guessed), sigma, share)
        normal = _Normal.of(weight * ~seen.guessed + 1e-5, lengths, links)
    variance = normal.inverse_diagonal().reshape(count, size, 2)
    correlated = max(1.0, 1 / (INDEPENDENT_HZ * float(np.median(np.diff(seen.times)))))
    return SmoothChain(path, sigma * np.sqrt(correlated * variance.mean(axis=2)))


@dataclass(frozen=True)
class _Links:
    """A quadratic form that links each of K points with itself in the next two samples, the same in x and y.

    Attributes:
        own: (S, K or 1) coefficients within a sample, `next` (S - 1, K or 1) with the sample after it, `over` (S - 2, K or 1)
            with the one after that.
    """

    own: Array
    next: Array
    over: Array

    def __add__(self, other: _Links) -> _Links:
        return _Links(self.own + other.own, self.next + other.next, self.over + other.over)

    def applied(self, path: Array) -> Array:
        """The form's matrix times a (S, K, 2) path."""
        own, following, over = (part[:, :, None] for part in (self.own, self.next, self.over))
        result = own * path
        result[:-1] += following * path[1:]
        result[1:] += following * path[:-1]
        result[:-2] += over * path[2:]
        result[2:] += over * path[:-2]
        return np.asarray(result)


@dataclass(frozen=True)
class _Normal:
    """Normal matrix of the least-squares problem, with M = 2 K rows a sample.

    Attributes:
        own: (S, M, M) within a sample.
        next: (S - 1, M) the diagonal between a sample and the next.
        over: (S - 2, M) the diagonal between a sample and the one after that.
    """

    own: Array
    next: Array
    over: Array

    @classmethod
    def of(cls, observation: Array, lengths: Array, links: _Links) -> _Normal:
        """The matrix of (S, K) observations' weights, (S, M, M) segment lengths, and links in time."""
        own = LENGTH_WEIGHT * lengths
        rows = np.arange(own.shape[1])
        own[:, rows, rows] += np.repeat(observation + links.own, 2, axis=1)
        following, over = (
            np.broadcast_to(part[:, :, None], (len(part), observation.shape[1], 2)).reshape(len(part), len(rows))
            for part in (links.next, links.over)
        )
        return cls(own, following, over)

    def banded(self) -> Array:
        """Lower banded form for `scipy.linalg.solveh_banded`."""
        count, size = self.own.shape[:2]
        band = np.zeros((2 * size + 1, count * size))
        by_sample = band.reshape(2 * size + 1, count, size)
        for below in range(size):
            by_sample[below, :, : size - below] = np.diagonal(self.own, -below, 1, 2)
        by_sample[size, : count - 1] = self.next
        by_sample[2 * size, : count - 2] = self.over
        return band

    def inverse_diagonal(self) -> Array:
        """(S * M,) diagonal of the inverse.

        Of two samples at a time, which makes the matrix block tridiagonal; an odd number gets one that is linked to nothing.
        """
        own, links = self._pairs()
        forward = [own[0]]
        for here, link in zip(own[1:], links, strict=True):
            forward.append(here - link @ np.linalg.solve(forward[-1], link.T))
        inverses = [np.linalg.inv(forward[-1])]
        for ahead, link in zip(forward[-2::-1], links[::-1], strict=True):
            gain = np.linalg.solve(ahead, link.T)
            inverses.append(np.linalg.inv(ahead) + gain @ inverses[-1] @ gain.T)
        diagonal = np.concatenate([np.diag(inverse) for inverse in inverses[::-1]])
        return np.asarray(np.maximum(diagonal[: len(self.own) * self.own.shape[1]], 0.0))

    def _pairs(self) -> tuple[Array, Array]:
        """(P, 2 M, 2 M) blocks of two samples each, and (P - 1, 2 M, 2 M) what links a block with the one before."""
        count, size = self.own.shape[:2]
        pairs = (count + 1) // 2
        single = np.broadcast_to(np.eye(size), (2 * pairs, size, size)).copy()
        single[:count] = self.own
        following, over = np.zeros((2, 2 * pairs, size))
        following[: count - 1], over[: count - 2] = self.next, self.over
        rows = np.arange(size)
        own, links = np.zeros((2, pairs, 2, size, 2, size))
        own[:, 0, :, 0], own[:, 1, :, 1] = single[::2], single[1::2]
        own[:, 0, rows, 1, rows] = own[:, 1, rows, 0, rows] = following[::2]
        links[1:, 0, rows, 0, rows] = over[:-2:2]
        links[1:, 1, rows, 1, rows] = over[1:-1:2]
        links[1:, 0, rows, 1, rows] = following[1:-1:2]
        shape = (pairs, 2 * size, 2 * size)
        return own.reshape(shape), links.reshape(shape)[1:]


def _ever_seen(segments: list[Segment], guessed: NDArray[np.bool_]) -> list[Segment]:
    """Segments whose ends were seen together often enough."""
    return [s for s in segments if np.mean(~guessed[:, s.first] & ~guessed[:, s.second]) >= LENGTH_SEEN]


def _joined(times: Array, seen: Array, trust: Array) -> Array:
    """Initial path: linear interpolation between each point's trusted samples."""
    path = np.zeros_like(seen)
    for row in range(seen.shape[1]):
        known = np.isfinite(seen[:, row]).all(axis=1)
        good = known & (trust[:, row] > 0.5 * np.max(trust[known, row], initial=0.0))
        if not good.any():
            continue
        for axis in range(2):
            path[:, row, axis] = np.interp(times, times[good], seen[good, row, axis])
    return path


def _smoothness(times: Array) -> _Links:
    """Quadratic form of the squared accelerations, in units of an observation."""
    count = len(times)
    own, following, over = (np.zeros((max(count - ahead, 0), 1)) for ahead in range(3))
    if count >= 3:
        h1, h2 = np.diff(times)[:-1], np.diff(times)[1:]
        rate = 1 / float(np.median(np.diff(times)))
        factor = np.sqrt((h1 + h2) / 2 * rate) / (2 * np.pi * CUTOFF_HZ) ** 2
        a, b, c = (factor * part for part in (2 / (h1 * (h1 + h2)), -2 / (h1 * h2), 2 / (h2 * (h1 + h2))))
        for first, part in enumerate((a, b, c)):
            own[first : first + count - 2, 0] += part**2
        following[:-1, 0] += a * b
        following[1:, 0] += b * c
        over[:, 0] = a * c
    return _Links(own, following, over)


def _lengths(path: Array, segments: list[Segment], sigma: float, share: Array) -> tuple[Array, Array]:
    """(S, M, M) normal matrix of the segment lengths, in units of an observation, and their (S, K, 2) gradient.

    `share` (S,) weights each sample.
    """
    count, size = path.shape[:2]
    matrix = np.zeros((count, size, 2, size, 2))
    gradient = np.zeros_like(path)
    for segment in segments:
        a, b = segment.first, segment.second
        line = path[:, a] - path[:, b]
        length = np.maximum(np.linalg.norm(line, axis=1), 1e-6)
        # Beyond a few standard deviations the pull of a wrong length grows no more.
        wrong = (length - segment.length) / segment.sd
        weight = share * sigma / segment.sd / np.sqrt(1 + (wrong / 4) ** 2)
        unit = line / length[:, None] * weight[:, None]
        square = unit[:, :, None] * unit[:, None, :]
        matrix[:, a, :, a] += square
        matrix[:, b, :, b] += square
        matrix[:, a, :, b] -= square
        matrix[:, b, :, a] -= square
        pull = unit * (weight * (length - segment.length))[:, None]
        gradient[:, a] += pull
        gradient[:, b] -= pull
    return matrix.reshape(count, 2 * size, 2 * size), gradient


def _standing(seen: Observations, path: Array, feet: tuple[int, ...], sigma: float, trunk: float) -> _Links:
    """Quadratic form that holds planted feet still, those beside a plate more."""
    count, size = path.shape[:2]
    steps = np.diff(seen.times)
    planted = np.zeros((count - 1, size))
    # Speed of the averaged position, since a planted foot's landmark jitters.
    width = min(count, max(1, round(STANDING_WINDOW_S / float(np.median(steps)))))
    for point in feet:
        padded = np.pad(path[:, point], ((width // 2, width - 1 - width // 2), (0, 0)), mode="edge")
        place = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0).mean(axis=-1)
        speed = np.linalg.norm(np.diff(place, axis=0), axis=1) / steps / (STANDING_SPEED * trunk)
        planted[:, point] = 1 / (1 + speed**2) ** 2
        if seen.beside_plate is not None:
            beside = seen.beside_plate[1:, point] | seen.beside_plate[:-1, point]
            planted[beside, point] *= BESIDE_PLATE
    # Scaled so that the noise of one observation equals the standing speed over one step.
    weight = STANDING_WEIGHT * planted * (sigma / (STANDING_SPEED * trunk * np.median(steps))) ** 2
    own = np.zeros((count, size))
    own[:-1] += weight
    own[1:] += weight
    return _Links(own, -weight, np.zeros((max(count - 2, 0), 1)))
