"""Circle search in one picture, with sub-pixel fits.

A weight plate from the side is a set of concentric circles. Edge pixels vote for centres along their gradient, for all radii
at once, so that concentric rims add up. Around the best centres rims are found in polar coordinates, and fitted.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import Array

#: Thresholds of edges in 3x3 Sobel units (four times the step in grey levels).
WEAKEST_EDGE, STRONG_EDGE = 24, 60
#: Most edge pixels that vote.
MOST_EDGES = 2600
#: Least ratio of the radial to the tangential gradient of a rim's edges (about 30 degrees).
RADIAL_RATIO = 1.7
#: Number of angles at which a rim is searched.
ANGLES = 64
#: Width of a cell of the voting grid, pixels.
CELL = 2
#: Least visible share of a rim.
LEAST_COVERAGE = 0.3
#: Search band of a fit, share of the radius (a plate 25 degrees off is narrower by a tenth), and number of steps.
FIT_BAND, FIT_STEPS = 0.13, 17
#: Most centres, and most rims fitted around each.
CENTRES, RIMS = 7, 4


@dataclass(frozen=True)
class Circle:
    """A rim, in pixels: `radius` is the longer half axis of the ellipse, `coverage` (0-1) the visible share of the rim."""

    x: float
    y: float
    radius: float
    coverage: float


@dataclass(frozen=True)
class _Edges:
    """Gradient of a picture: (H, W) horizontal and vertical."""

    gx: NDArray[np.int16]
    gy: NDArray[np.int16]


def find_circles(picture: NDArray[np.uint8], radii: Array, allowed: NDArray[np.bool_], most: int) -> list[Circle]:
    """The `most` most complete rims of a colour picture, best first; concentric rims are separate.

    Args:
        picture: (H, W, 3) uint8.
        radii: (R,) evenly spaced radii in pixels that a rim may have, ascending.
        allowed: (H, W) where a centre may be.
    """
    edges = _gradient(picture)
    centres = _peaks(_vote(edges, radii), allowed, CENTRES, apart=float(radii[0]))
    if not len(centres):
        return []
    steps = np.asarray(radii, dtype=np.float32)
    # Votes are coarse: refine the centre by the most complete rim, then search all rims.
    profile = _profile(edges, centres, steps)
    best = steps[np.argmax(_smooth(profile), axis=1)]
    shift = _fit(edges, centres, best).shift
    centres = centres + np.where(np.hypot(*shift.T)[:, None] < 0.5 * best[:, None], shift, 0)
    profile = _profile(edges, centres, steps)
    which, at = _rims(profile)
    if not len(which):
        return []
    x_y, size = centres[which], steps[at].astype(np.float64)
    for _ in range(2):
        fit = _fit(edges, x_y, size)
        ok = np.isfinite(fit.radius) & (np.hypot(*fit.shift.T) < 0.4 * size)
        x_y, size = x_y[ok] + fit.shift[ok], fit.radius[ok]
        if not len(size):
            return []
    kept: list[Circle] = []
    coverage = fit.coverage[ok]
    for i in np.argsort(-coverage):
        circle = Circle(float(x_y[i, 0]), float(x_y[i, 1]), float(size[i]), float(coverage[i]))
        usual = circle.coverage >= LEAST_COVERAGE and radii[0] * 0.9 <= circle.radius <= radii[-1] * 1.1
        if usual and not any(_same(circle, other) for other in kept):
            kept.append(circle)
    return kept[:most]


def _same(a: Circle, b: Circle) -> bool:
    away = float(np.hypot(a.x - b.x, a.y - b.y))
    return away < 0.1 * min(a.radius, b.radius) and abs(a.radius - b.radius) < 0.07 * max(a.radius, b.radius)


def _gradient(picture: NDArray[np.uint8]) -> _Edges:
    """Gradient of the colour channel with the strongest edge, since a red plate may be as dark as a wall."""
    smooth = cv2.GaussianBlur(picture, (0, 0), 1.0)
    gx = cv2.Sobel(smooth, cv2.CV_16S, 1, 0, ksize=3)
    gy = cv2.Sobel(smooth, cv2.CV_16S, 0, 1, ksize=3)
    size = np.abs(gx) + np.abs(gy)
    best_x, best_y, best = (np.ascontiguousarray(a[:, :, 0]) for a in (gx, gy, size))
    for channel in (1, 2):
        stronger = (size[:, :, channel] > best).astype(np.uint8)
        for kept, more in ((best_x, gx), (best_y, gy), (best, size)):
            cv2.copyTo(np.ascontiguousarray(more[:, :, channel]), stronger, kept)
    return _Edges(best_x, best_y)


def _vote(found: _Edges, radii: Array) -> NDArray[np.float32]:
    """Votes for centres on a grid of `CELL` pixels, smoothed over about a tenth of the smallest radius."""
    gx, gy = found.gx, found.gy
    height, width = gx.shape
    rows, columns = height // CELL + 1, width // CELL + 1
    y, x = np.nonzero(cv2.Canny(gx, gy, WEAKEST_EDGE, STRONG_EDGE, L2gradient=True))
    if len(x) > MOST_EDGES:
        keep = np.linspace(0, len(x) - 1, MOST_EDGES).astype(np.int64)
        y, x = y[keep], x[keep]
    slope = np.stack([gx[y, x], gy[y, x]]).astype(np.float32)
    ux, uy = slope / (np.linalg.norm(slope, axis=0) + np.float32(1e-6))
    steps = np.arange(radii[0], radii[-1] + 1, CELL, dtype=np.float32)
    # Small circles have fewer edge pixels: weight by the root of the radius.
    weights = (1 / np.sqrt(steps)).repeat(len(x))
    reach = (steps / CELL)[:, None]
    away_x, away_y = reach * ux, reach * uy
    middle_x, middle_y = (x / CELL).astype(np.float32), (y / CELL).astype(np.float32)
    # A border of one cell collects votes outside the grid.
    counted = np.zeros((rows + 2) * (columns + 2))
    for sign in (1, -1):
        column = np.clip(middle_x + sign * away_x, -1, columns).astype(np.int32)
        row = np.clip(middle_y + sign * away_y, -1, rows).astype(np.int32)
        cell = (row + 1) * (columns + 2) + column + 1
        counted += np.bincount(cell.ravel(), weights=weights, minlength=len(counted))
    grid = np.asarray(counted.reshape(rows + 2, columns + 2)[1:-1, 1:-1], dtype=np.float32)
    return np.asarray(cv2.GaussianBlur(grid, (0, 0), max(1.0, 0.1 * float(radii[0]))), dtype=np.float32)


def _peaks(votes: NDArray[np.float32], allowed: NDArray[np.bool_], most: int, apart: float) -> Array:
    """(N, 2) centres with the most votes, `apart` half a smallest radius or more from each other, best first."""
    rows, columns = votes.shape
    small = cv2.resize(allowed.astype(np.uint8), (columns, rows), interpolation=cv2.INTER_NEAREST).astype(bool)
    reach = max(1, round(0.5 * apart / CELL))
    highest = cv2.dilate(votes, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    row, column = np.nonzero((votes >= highest) & small & (votes > 0))
    order = np.argsort(-votes[row, column])[:most]
    # Cell k holds the pixels from k * CELL on.
    return np.stack([column[order], row[order]], axis=1).astype(np.float64) * CELL + (CELL - 1) / 2


_THETA = np.linspace(0, 2 * np.pi, ANGLES, endpoint=False)
_COS, _SIN = np.cos(_THETA).astype(np.float32), np.sin(_THETA).astype(np.float32)
#: Terms of a rim's radius over the angle: size, shift of the centre, and ellipse.
_DESIGN = np.stack([np.ones(ANGLES), np.cos(_THETA), np.sin(_THETA), np.cos(2 * _THETA), np.sin(2 * _THETA)], axis=1)


def _facing(edges: _Edges, centres: Array, radii: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, ANGLES, R) strength of edges towards each centre; 0 if weak or in other directions.

    `radii` is (R,) for all centres or (N, R).
    """
    radii = np.broadcast_to(radii, (len(centres), radii.shape[-1]))[:, None, :]
    cos, sin = _COS[None, :, None], _SIN[None, :, None]
    map_x = centres[:, 0].astype(np.float32)[:, None, None] + cos * radii
    map_y = centres[:, 1].astype(np.float32)[:, None, None] + sin * radii
    shape = map_x.shape
    flat = (shape[0] * shape[1], shape[2])
    map_x, map_y = map_x.reshape(flat), map_y.reshape(flat)
    sx = cv2.remap(edges.gx, map_x, map_y, cv2.INTER_LINEAR).reshape(shape).astype(np.float32)
    sy = cv2.remap(edges.gy, map_x, map_y, cv2.INTER_LINEAR).reshape(shape).astype(np.float32)
    radial, tangential = np.abs(sx * cos + sy * sin), np.abs(sy * cos - sx * sin)
    facing = (radial > WEAKEST_EDGE) & (radial > RADIAL_RATIO * tangential)
    return np.asarray(np.where(facing, radial, 0), dtype=np.float32)


def _profile(edges: _Edges, centres: Array, radii: NDArray[np.float32]) -> Array:
    """(N, R) share of angles with an edge towards the centre within one step of each radius."""
    hit = _facing(edges, centres, radii) > 0
    hit[:, :, 1:-1] |= hit[:, :, 2:] | hit[:, :, :-2]
    return np.asarray(hit.mean(axis=1), dtype=np.float64)


def _smooth(profile: Array) -> Array:
    padded = np.pad(profile, ((0, 0), (1, 1)), mode="edge")
    return np.asarray((padded[:, :-2] + padded[:, 1:-1] + padded[:, 2:]) / 3)


def _rims(profile: Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Centre and radius indices of the most complete rims around each centre."""
    # A rim is a plateau of a few radii; more smoothing finds its middle.
    smooth = 0.8 * _smooth(profile) + 0.2 * _smooth(_smooth(_smooth(profile)))
    padded = np.pad(smooth, ((0, 0), (3, 3)))
    highest = np.max([padded[:, k : k + smooth.shape[1]] for k in range(7)], axis=0)
    peak = np.where((smooth >= highest) & (smooth > 0.8 * LEAST_COVERAGE), smooth, 0)
    order = np.argsort(-peak, axis=1)[:, :RIMS]
    which = np.repeat(np.arange(len(profile)), order.shape[1])
    at = order.ravel()
    real = peak[which, at] > 0
    return which[real], at[real]


@dataclass(frozen=True)
class _Fit:
    """(N, 2) shift of the centre, (N,) radius (NaN: no fit) and (N,) visible share of the rim."""

    shift: Array
    radius: Array
    coverage: Array


def _fit(edges: _Edges, centres: Array, sizes: Array) -> _Fit:
    """Fit rims near the given sizes, by a linear least-squares fit with outliers weighted down.

    A centre off by (dx, dy) changes the radius by dx cos + dy sin; an ellipse adds a second harmonic.
    """
    sizes = np.asarray(sizes, dtype=np.float64)
    reach = np.maximum(2.5, FIT_BAND * sizes)
    offsets = np.linspace(-1, 1, FIT_STEPS)
    radii = (sizes[:, None] + reach[:, None] * offsets).astype(np.float32)
    strength = _facing(edges, centres, radii)
    where = strength.argmax(axis=2)
    seen = np.take_along_axis(strength, where[:, :, None], axis=2)[:, :, 0] > 0
    step = reach * (offsets[1] - offsets[0])
    r = np.take_along_axis(radii, where, axis=1).astype(np.float64) + _sub_step(strength, where) * step[:, None]
    many = seen.mean(axis=1) > 0.25
    weight = seen.astype(np.float64)
    # With little of the rim an ellipse looks like a shift: keep the second harmonic near zero.
    hold = np.where(seen.mean(axis=1) > 0.6, 1e-3, 1e3)
    hold = np.stack([np.full_like(hold, 1e-6)] * 3 + [hold] * 2, axis=1)
    for _ in range(4):
        normal = np.einsum("na,ai,aj->nij", weight, _DESIGN, _DESIGN) + hold[:, :, None] * np.eye(5)
        right = np.einsum("na,na,ai->ni", weight, r, _DESIGN)
        solution = np.linalg.solve(normal, right[:, :, None])[:, :, 0]
        miss = np.abs(r - solution @ _DESIGN.T)
        ordered = np.sort(np.where(seen, miss, np.inf), axis=1)
        spread = ordered[np.arange(len(ordered)), seen.sum(axis=1) // 2]
        limit = np.clip(2.0 * spread, 0.8, 1e3)[:, None]
        weight = seen * np.minimum(1.0, (limit / np.maximum(miss, 1e-6)) ** 3)
    bulge = np.hypot(solution[:, 3], solution[:, 4])
    # A disc turned away from the camera is narrower: its radius is the longer half axis.
    radius = np.where(many, solution[:, 0] + bulge, np.nan)
    near = np.maximum(1.5, 0.035 * sizes)[:, None]
    coverage = (seen & (miss < near)).mean(axis=1)
    return _Fit(solution[:, 1:3], radius, coverage)


def _sub_step(strength: NDArray[np.float32], where: NDArray[np.intp]) -> Array:
    """Sub-step offset (-0.5..0.5) of each peak, by a parabola through three values."""
    last = strength.shape[2] - 1
    at = [np.clip(where + k, 0, last)[:, :, None] for k in (-1, 0, 1)]
    a, b, c = (np.take_along_axis(strength, index, axis=2)[:, :, 0].astype(np.float64) for index in at)
    bend = a - 2 * b + c
    offset = np.where(bend < 0, 0.5 * (a - c) / np.minimum(bend, -1e-9), 0.0)
    return np.asarray(np.clip(offset, -0.5, 0.5))
