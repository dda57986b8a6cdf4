"""The colours of the annotated video, RGB."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.video.writer import Picture

Colour = tuple[int, int, int]

PANEL: Colour = (15, 19, 25)
CARD: Colour = (28, 34, 43)
LINE: Colour = (52, 61, 73)
TEXT: Colour = (244, 247, 250)
MUTED: Colour = (152, 164, 178)
SHADOW: Colour = (10, 13, 17)
BONE: Colour = (250, 252, 253)
FAR_BONE: Colour = (158, 172, 186)
ACCENT: Colour = (66, 222, 200)
GOOD: Colour = (76, 217, 123)
WARN: Colour = (255, 196, 66)
BAD: Colour = (255, 92, 97)
INFO: Colour = (120, 180, 255)

#: Colours of the phases; blue and orange are distinguishable for colour-blind people too.
ECCENTRIC: Colour = (88, 172, 255)
CONCENTRIC: Colour = (255, 170, 72)
HOLD: Colour = (205, 170, 255)

PHASE_COLOURS: dict[str, Colour] = {"eccentric": ECCENTRIC, "concentric": CONCENTRIC, "hold": HOLD, "rest": MUTED}
SEVERITY_COLOURS: dict[str, Colour] = {"fault": BAD, "borderline": WARN, "info": INFO}
VERDICT_COLOURS: dict[str, Colour] = {"clean": GOOD, "fault": BAD, "borderline": WARN, "not_judged": MUTED}

#: Bend of the back against the rep's start, degrees: green up to the first, red from the second on. For drawing only; verdicts
#: come from the rules.
BEND_GREEN_DEG, BEND_RED_DEG = 8.0, 26.0


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend of two colours with `share` (0-1) of the second."""
    share = min(1.0, max(0.0, share))
    r, g, b = (round(a + (c - a) * share) for a, c in zip(first, second, strict=True))
    return (r, g, b)


def bend_colour(degrees: float, least: float = 0.0, most: float = 1.0) -> Colour:
    """Green to amber to red for the bend of the back, limited to a range of shares of that scale; grey if unknown."""
    if not np.isfinite(degrees):
        return FAR_BONE
    share = float(np.clip((abs(degrees) - BEND_GREEN_DEG) / (BEND_RED_DEG - BEND_GREEN_DEG), least, most))
    return mix(GOOD, WARN, 2 * share) if share < 0.5 else mix(WARN, BAD, 2 * share - 1)


# Anti-aliased strokes and shapes on RGB pictures.

Point = NDArray[np.float64]

#: Fractional bits of OpenCV's coordinates: with sixteenths of a pixel, slow movements are smooth.
_BITS = 4
_ONE = 1 << _BITS
#: Largest coordinate that is drawn, pixels; OpenCV's fixed-point numbers overflow much further out.
_FAR = 30_000


def _fixed(point: Point) -> tuple[int, int]:
    x, y = point.tolist()
    return round(x * _ONE), round(y * _ONE)


def known(*points: Point) -> bool:
    """Whether all points (single ones or arrays) are finite and not too large to draw."""
    for point in points:
        if point.ndim == 1:  # faster than NumPy for single points
            x, y = point.tolist()
            if not (-_FAR < x < _FAR and -_FAR < y < _FAR):
                return False
        elif not np.abs(point).max() < _FAR:
            return False
    return True


def line(picture: Picture, a: Point, b: Point, colour: Colour, width: int) -> None:
    """A stroke with round ends."""
    if known(a, b):
        cv2.line(picture, _fixed(a), _fixed(b), colour, max(1, width), cv2.LINE_AA, _BITS)


def lines(picture: Picture, ends: Sequence[tuple[Point, Point]], colour: Colour, width: int) -> None:
    """Strokes with round ends, each between two points; those with an unknown end are skipped."""
    paths = [np.asarray([_fixed(a), _fixed(b)], dtype=np.int32) for a, b in ends if known(a, b)]
    if paths:
        cv2.polylines(picture, paths, False, colour, max(1, width), cv2.LINE_AA, _BITS)


def polyline(picture: Picture, points: NDArray[np.float64], colour: Colour, width: int) -> None:
    """A stroke through (K, 2) points, interrupted at NaN."""
    if not len(points):
        return
    finite = np.isfinite(points)
    if finite.all():
        runs = [points]
    else:
        good = finite.all(axis=1)
        ends = np.flatnonzero(np.diff(good.astype(np.int8))) + 1
        runs = [run for run in np.split(points, ends) if np.isfinite(run[0]).all()]
    for run in runs:
        if len(run) > 1:
            path = np.rint(run.clip(-_FAR, _FAR) * _ONE).astype(np.int32).reshape(-1, 1, 2)
            cv2.polylines(picture, [path], False, colour, max(1, width), cv2.LINE_AA, _BITS)


def thinned(points: NDArray[np.float64], step: float) -> NDArray[np.float64]:
    """(K, 2) thinned from (F, 2) points: one every `step` along the path, its ends, and the edges of gaps (NaN)."""
    if len(points) < 3:
        return points
    steps = np.hypot(*np.diff(points, axis=0).T)
    gone = np.concatenate([[0.0], np.cumsum(np.nan_to_num(steps))])
    keep = np.diff(np.floor(gone / step), prepend=-1.0) > 0
    broken = ~np.isfinite(steps)
    keep[:-1] |= broken
    keep[1:] |= broken
    keep[-1] = True
    return np.asarray(points[keep])


def dashed(picture: Picture, a: Point, b: Point, colour: Colour, width: int, dash: float) -> None:
    """A dashed stroke."""
    if not known(a, b):
        return
    length = float(np.linalg.norm(b - a))
    steps = max(1, round(length / (2 * dash)))
    shares = np.stack([np.arange(steps), np.arange(steps) + 0.55], axis=1) / steps
    paths = np.rint((a + (b - a) * shares[..., None]) * _ONE).astype(np.int32)
    cv2.polylines(picture, list(paths), False, colour, max(1, width), cv2.LINE_AA, _BITS)


def dot(picture: Picture, centre: Point, radius: float, colour: Colour, ring: Colour | None = SHADOW) -> None:
    """A filled disc, with a darker ring for contrast."""
    if not known(centre):
        return
    if ring is not None:
        cv2.circle(picture, _fixed(centre), round(radius * 1.45 * _ONE), ring, cv2.FILLED, cv2.LINE_AA, _BITS)
    cv2.circle(picture, _fixed(centre), round(radius * _ONE), colour, cv2.FILLED, cv2.LINE_AA, _BITS)


def ring(picture: Picture, centre: Point, radius: float, colour: Colour, width: int) -> None:
    """A circle's outline."""
    if known(centre) and np.isfinite(radius):
        cv2.circle(picture, _fixed(centre), round(radius * _ONE), colour, max(1, width), cv2.LINE_AA, _BITS)


def direction(vector: Point) -> float:
    """Direction of a vector in the picture, degrees (x right, y down, clockwise positive)."""
    return float(np.degrees(np.arctan2(vector[1], vector[0])))


def sector_points(centre: Point, radius: float, start_deg: float, sweep_deg: float) -> NDArray[np.float64]:
    """(K, 2) points along an arc; degrees as in `direction`."""
    count = max(3, int(abs(sweep_deg) / 4) + 2)
    turn = np.radians(start_deg) + np.arange(count) * (np.radians(sweep_deg) / (count - 1))
    points = np.empty((count, 2))
    points[:, 0] = centre[0] + radius * np.cos(turn)
    points[:, 1] = centre[1] + radius * np.sin(turn)
    return points


def translucent(
    picture: Picture, points: NDArray[np.float64], paint: Callable[[Picture, Point], None], alpha: float
) -> None:
    """Draw around (K, 2) points with opacity `alpha`.

    `paint` gets a copy of that part of the picture, and the offset to subtract from coordinates.
    """
    if not known(points) or alpha <= 0:
        return
    low = np.maximum(np.floor(points.min(axis=0)).astype(int) - 2, 0)
    high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + 3, [picture.shape[1], picture.shape[0]])
    if (high <= low).any():
        return
    region = picture[low[1] : high[1], low[0] : high[0]]
    copy = region.copy()
    paint(copy, low.astype(np.float64))
    if alpha < 1:
        cv2.addWeighted(copy, alpha, region, 1 - alpha, 0, copy)
    region[:] = copy


def fill(picture: Picture, points: NDArray[np.float64], colour: Colour, alpha: float = 1.0) -> None:
    """A filled polygon of (K, 2) points."""

    def paint(copy: Picture, offset: Point) -> None:
        path = np.round((points - offset) * _ONE).astype(np.int32).reshape(-1, 1, 2)
        cv2.fillPoly(copy, [path], colour, cv2.LINE_AA, _BITS)

    translucent(picture, points, paint, alpha)


def box(picture: Picture, x: float, y: float, width: float, height: float, colour: Colour, alpha: float = 1.0,
        radius: float | None = None) -> None:
    """A rectangle with rounded corners."""
    radius = min(width, height) * 0.5 if radius is None else min(radius, width / 2, height / 2)
    outline = _rounded(round(width, 1), round(height, 1), round(radius, 1))
    fill(picture, outline + np.asarray([x, y]), colour, alpha)


@lru_cache(maxsize=256)
def _rounded(width: float, height: float, radius: float) -> NDArray[np.float64]:
    """(K, 2) outline of a rounded rectangle with its corner at the origin."""
    corners = (
        ((width - radius, radius), -90),
        ((width - radius, height - radius), 0),
        ((radius, height - radius), 90),
        ((radius, radius), 180),
    )
    return np.concatenate([sector_points(np.asarray(c, dtype=np.float64), radius, start, 90) for c, start in corners])


def triangle(picture: Picture, x: float, y: float, size: float, up: bool, colour: Colour) -> None:
    """A small arrow head, pointing up or down, centred on (x, y)."""
    tip = -1 if up else 1
    shape: Sequence[tuple[float, float]] = ((-1, -0.62 * tip), (1, -0.62 * tip), (0, 0.78 * tip))
    fill(picture, np.asarray([(x + size * a, y + size * b) for a, b in shape], dtype=float), colour)


def hatch(picture: Picture, colour: Colour, step: float, cut: int = 0) -> None:
    """Hatch a picture with slanted lines `step` pixels apart; `cut` pixels of the hatched area are to the left of it."""
    height, width = picture.shape[:2]
    if not width:
        return
    step = max(step, 2.0)
    for x in np.arange(-height - cut % step, width, step):
        bottom, top = np.asarray([x, height]), np.asarray([x + height, 0.0])
        line(picture, bottom, top, colour, max(1, round(step / 8)))
