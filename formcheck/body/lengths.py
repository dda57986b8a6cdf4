"""Lengths of body segments: they do not change, so they tell which landmark of a frame is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.body.types import Array
from formcheck.skeleton import JOINT_COUNT, joint

#: The chain of one side: the smoother moves these points together. Arms are not part of it: they point at the camera as
#: often as not, and a constant length in the picture would put a foreshortened arm somewhere else.
CHAIN = ("ear", "shoulder", "hip", "knee", "ankle", "heel", "toe")

#: Positions in `CHAIN` of the points that stand still while a foot is planted.
FEET = tuple(CHAIN.index(name) for name in ("ankle", "heel", "toe"))

#: Segments whose length is kept, with how much the length may vary as a share of itself (one standard deviation).
#: The spine bends and the shoulder blade slides, so the trunk varies more than a bone; ends of the foot are seen badly.
SEGMENT_SPREAD: dict[tuple[str, str], float] = {
    ("shoulder", "hip"): 0.06,
    ("hip", "knee"): 0.03,
    ("knee", "ankle"): 0.03,
    ("ankle", "heel"): 0.15,
    ("ankle", "toe"): 0.15,
    ("heel", "toe"): 0.15,
}
#: Which of the lengths seen is taken: a hidden foot is mostly guessed too near, and a segment that turns out of the
#: picture's plane looks shorter, never longer.
LENGTH_QUANTILE = 0.7
#: A segment off by more than this share of its length makes its ends suspect.
SUSPECT = 0.1


@dataclass(frozen=True)
class Segment:
    """Two points of `CHAIN` by position in it, their distance in pixels, and its standard deviation in pixels."""

    first: int
    second: int
    length: float
    sd: float


def reference_segments(points: Array, visibility: Array, slack: float = 0.0) -> list[Segment]:
    """Segments of one side with the length that most trustworthy samples agree on.

    Args:
        points: (S, len(CHAIN), 2) pixels and visibility: (S, len(CHAIN)) of one side.
        slack: extra spread as a share of the length, for views in which segments are foreshortened.

    Segments that are never seen are left out.
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


def length_trust(points: Array, segments: list[Segment]) -> Array:
    """(S, len(CHAIN)) how far each point of a chain fits the segment lengths, 0-1.

    Args:
        points: (S, len(CHAIN), 2) pixels of one side.

    A point is suspect when *all* the segments that end in it are wrong: a bad ankle spoils the shin but not the thigh,
    so the knee is spared. The foot hangs on the ankle and shares its fate.
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
        # Knee or ankle? The thigh says: a knee that spoils the thigh too has been dealt with above.
        foot = 1 / (1 + wrong**4) / np.maximum(trust[:, CHAIN.index("knee")], 0.05)
        for end in (ankle, heel, toe):
            trust[:, end] = np.minimum(trust[:, end], np.minimum(foot, 1))
    trust[:, ear] = 1.0
    return trust


def hinge_sd(path: Array, sd: Array, segments: list[Segment]) -> Array:
    """(S,) standard deviation of a knee that only its segments place, between a hip and an ankle that are known.

    Args:
        path: (S, len(CHAIN), 2) pixels of one side. sd: (S, len(CHAIN)) of the points, the hip's and the ankle's are used.

    Two circles meet sharply when the knee is bent and hardly at all when the leg is nearly straight: there a small error
    of the distance between hip and ankle moves the knee far. Infinite where a segment was never seen.
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
    # How much farther apart hip and ankle get for each pixel that the knee comes nearer to the line between them.
    gain = aside * (1 / along[0] + 1 / along[1])
    return np.asarray(np.maximum(error / np.maximum(gain, 1e-3), error / 2))


def chain_rows(side: str) -> NDArray[np.int64]:
    """(len(CHAIN),) rows of the chain's points in landmark arrays."""
    rows = np.array([int(joint(name, side)) for name in CHAIN], dtype=np.int64)
    assert rows.max() < JOINT_COUNT
    return rows


def weighted_quantile(values: Array, weights: Array, share: float) -> float:
    """The value below which that share of the weight lies."""
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] * share)])
