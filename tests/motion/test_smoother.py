"""The smoother against the same least-squares problem written out in full."""

from __future__ import annotations

import numpy as np
import pytest

from formcheck.motion.smoother import CHAIN, CUTOFF_HZ, FEET, NOISE, Observations, reference_segments, smooth_chain

TRUNK = 120.0
STANDING = np.array([[0, 0], [0, 50], [0, 150], [10, 230], [0, 310], [-10, 315], [25, 318]], dtype=float)


def written_out(times: np.ndarray, seen: np.ndarray, trust: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(S,) path of one coordinate and its standard deviation, from observations and smoothness alone."""
    count, rate = len(times), 1 / np.median(np.diff(times))
    normal = np.diag(trust + 1e-6)
    for row in range(count - 2):
        h1, h2 = np.diff(times[row : row + 3])
        second = np.array([2 / (h1 * (h1 + h2)), -2 / (h1 * h2), 2 / (h2 * (h1 + h2))]) / (2 * np.pi * CUTOFF_HZ) ** 2
        normal[row : row + 3, row : row + 3] += np.outer(second, second) * (h1 + h2) / 2 * rate
    known = np.isfinite(seen)
    inverse = np.linalg.inv(normal)
    return inverse @ np.where(known, trust * np.nan_to_num(seen), 0), NOISE * TRUNK * np.sqrt(np.diag(inverse))


@pytest.mark.parametrize("count", [2, 3, 4, 9, 40, 41])
def test_without_lengths_it_is_a_smoothing_spline_of_every_point(count: int) -> None:
    random = np.random.default_rng(count)
    times = np.arange(count) / 10 + random.uniform(0, 0.03, count)
    points = STANDING[None, :3] + random.normal(0, 4, (count, 3, 2))
    trust = random.uniform(0.3, 1, (count, 3))
    found = smooth_chain(Observations(times, points, trust), [], TRUNK, robust=1e9)
    correlated = max(1.0, 1 / (15 * np.median(np.diff(times))))
    for point in range(3):
        for axis in range(2):
            path, sd = written_out(times, points[:, point, axis], trust[:, point])
            np.testing.assert_allclose(found.points[:, point, axis], path, atol=0.02)
            np.testing.assert_allclose(found.sd[:, point], sd * np.sqrt(correlated), rtol=1e-6)


def test_a_segment_length_places_a_point_that_is_not_seen() -> None:
    """A knee that is hidden for a second lies where thigh and shank reach it, and less certainly than one that is seen."""
    times = np.arange(30) / 10
    turn = 0.5 * np.sin(times)[:, None]
    down = np.stack([np.sin(turn), np.cos(turn)], axis=2)
    points = np.repeat(STANDING[None], 30, axis=0)
    knee, hip = CHAIN.index("knee"), CHAIN.index("hip")
    points[:, hip] = points[:, knee] - 80 * down[:, 0]
    points[:, CHAIN.index("shoulder")] = points[:, hip] + [0, -100]
    seen = points.copy()
    hidden = slice(10, 20)
    seen[hidden, knee] = np.nan
    trust = np.where(np.isfinite(seen[:, :, 0]), 1.0, 0.0)
    guessed = np.zeros(trust.shape, dtype=bool)
    guessed[hidden, knee] = True
    segments = reference_segments(points, np.ones_like(trust))
    found = smooth_chain(Observations(times, seen, trust, guessed), segments, TRUNK, standing=FEET)
    off = np.linalg.norm(found.points - points, axis=2)
    assert off[hidden, knee].max() < 0.03 * TRUNK
    assert found.sd[hidden, knee].min() > found.sd[:10, knee].max()
