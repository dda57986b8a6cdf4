"""`Detection`: one person that a pose model found in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from formcheck.pose.skeleton import JOINT_COUNT, joints_of

#: Closed curves, each (K, 2) in pixels.
Outline = Sequence[NDArray[np.float32]]


@dataclass(frozen=True)
class Detection:
    """One person in one picture. Missing points are NaN with visibility 0; a missing outline is empty.

    Attributes:
        points: (J, 2) pixels of the picture given to the model, x right, y down; rows are `Joint`.
        depth: (J,) pixels, smaller is nearer to the camera, relative to the hips.
        visibility: (J,) 0-1, the model's own estimate that the point is visible.
        world: (J, 3) metres relative to the middle of the hips: right, down, away from the camera.
        outline: closed curves around the person, each (K, 2) in pixels.
        arch: (2,) extension of a lying person's lower back and its error, degrees (`formcheck.pose.back`); NaN: not asked.
        bend: (2,) the same for the flexion of the whole back of a person who bends over.
        clothes: (3, 3) colours of the clothes (`formcheck.pose.people`); NaN: unknown.
    """

    points: NDArray[np.float64]
    depth: NDArray[np.float64]
    visibility: NDArray[np.float64]
    world: NDArray[np.float64]
    outline: Outline
    arch: NDArray[np.float64] = field(default_factory=lambda: np.full(2, np.nan))
    bend: NDArray[np.float64] = field(default_factory=lambda: np.full(2, np.nan))
    clothes: NDArray[np.float64] = field(default_factory=lambda: np.full((3, 3), np.nan))

    @property
    def known(self) -> NDArray[np.bool_]:
        """(J,) which points the model found."""
        return np.asarray(np.isfinite(self.points).all(axis=1))

    @property
    def score(self) -> float:
        """Mean visibility of the points that the model found, 0-1."""
        return float(self.visibility[self.known].mean())

    @classmethod
    def named(
        cls,
        names: Sequence[str],
        points: ArrayLike,
        visibility: ArrayLike,
        *,
        depth: ArrayLike | None = None,
        world: ArrayLike | None = None,
        outline: Sequence[ArrayLike] = (),
    ) -> Detection:
        """A detection from K named points, in the units of the attributes.

        Args:
            names: K names such as "right_knee" or "RKnee"; unknown ones are ignored. A missing hand is placed at the wrist.
            points: (K, 2); NaN where missing.
            visibility: (K,) 0-1; a confidence, if the model has no visibility.
            depth: (K,). world: (K, 3).
            outline: closed curves, each (N, 2).

        Raises:
            ValueError: an array has the wrong shape, or no name is known.
        """
        rows, columns = _rows(tuple(names))
        if not len(rows):
            raise ValueError(f"no point has a name that formcheck knows, such as right_knee; got {', '.join(names[:5])}")
        places = _filled("points", points, len(names), columns, rows, (2,))
        seen = _filled("visibility", visibility, len(names), columns, rows, ())
        known = np.isfinite(places).all(axis=1) & np.isfinite(seen)
        curves = tuple(np.asarray(curve, dtype=np.float32) for curve in outline)
        if any(curve.ndim != 2 or curve.shape[1] != 2 for curve in curves):
            raise ValueError(f"expected an outline of (N, 2) curves but got {[curve.shape for curve in curves]}")
        return cls(
            points=np.where(known[:, None], places, np.nan),
            depth=_filled("depth", depth, len(names), columns, rows, ()),
            visibility=np.where(known, np.clip(seen, 0.0, 1.0), 0.0),
            world=_filled("world", world, len(names), columns, rows, (3,)),
            outline=curves,
        )


@lru_cache(maxsize=32)
def _rows(names: tuple[str, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Our rows for the known names, and their indices among the names."""
    found = joints_of(names)
    return np.array(list(found), dtype=np.int64), np.array(list(found.values()), dtype=np.int64)


def _filled(
    what: str,
    values: ArrayLike | None,
    count: int,
    columns: NDArray[np.int64],
    rows: NDArray[np.int64],
    axes: tuple[int, ...],
) -> NDArray[np.float64]:
    out = np.full((JOINT_COUNT, *axes), np.nan)
    if values is not None:
        given = np.asarray(values, dtype=np.float64)
        if given.shape != (count, *axes):
            raise ValueError(f"expected {what} of shape {(count, *axes)} for {count} names but got {given.shape}")
        out[rows] = given[columns]
    return out


def checked_detections(found: object) -> list[Detection]:
    """Validate the result of `Detector.detect`, and drop persons without any point.

    Raises:
        TypeError: it is not a list of `Detection`.
    """
    if not isinstance(found, (list, tuple)) or not all(isinstance(one, Detection) for one in found):
        kinds = sorted({type(one).__name__ for one in found}) if isinstance(found, (list, tuple)) else type(found).__name__
        raise TypeError(f"expected a list of Detection but got {kinds}")
    return [one for one in found if one.known.any()]


def unturned(detection: Detection, turns: int, size: tuple[float, float]) -> Detection:
    """Map a detection in `np.rot90(picture, k=turns)` back to the picture of `size` (width, height)."""
    if turns % 4 == 0:
        return detection
    world = detection.world.copy()
    world[:, :2] = turn_back(world[:, :2], turns, (0.0, 0.0))
    return replace(
        detection,
        points=turn_back(detection.points, turns, size),
        world=world,
        outline=tuple(turn_back(curve.astype(np.float64), turns, size).astype(np.float32) for curve in detection.outline),
    )


def turn_back(points: NDArray[np.float64], turns: int, size: tuple[float, float]) -> NDArray[np.float64]:
    """Undo `np.rot90(picture, k=turns)` for (N, 2) points; `size` is (width, height) of the picture before turning."""
    x, y = points[:, 0], points[:, 1]
    width, height = size
    turned = {0: (x, y), 1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[turns % 4]
    return np.stack(turned, axis=1)
