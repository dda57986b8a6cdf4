"""`find_bar`: the only look at the pixels. It keeps the likely plates of every sampled frame and decides nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from formcheck.bar.circles import Circle, find_circles
from formcheck.motion.types import Array
from formcheck.pose.keyed import Keyed, TrackKey, load_keyed, save_keyed
from formcheck.pose.track import PoseTrack
from formcheck.skeleton import SIDES, joint
from formcheck.video import ClipReader

#: Raised when the meaning of a stored array changes.
BAR_VERSION = 1
#: Candidates kept in a frame.
CANDIDATES = 14
#: Pictures are scaled so that the trunk is this long (pixels), but never enlarged more than twice.
TRUNK_PIXELS, MOST_ENLARGED = 90.0, 2.0
#: Radii looked for, in trunk lengths (shoulder to hip, about 0.5 m): a 20 cm plate far from the camera to a 45 cm plate
#: close to a wide-angle lens.
RADII_TRUNKS = np.linspace(0.2, 1.1, 73)
#: How far from a hand and from the hip a plate's centre may be, in trunk lengths: the near plate is about a trunk
#: length nearer to the camera than the lifter's middle, which shifts it away from the picture's centre.
HAND_REACH, HIP_REACH = 0.9, 0.7
#: Time between samples as usual, and the time over which a hand's place is the median: single wrong samples fall out.
USUAL_STEP_S, STEADY_S = 1 / 15, 0.33
#: The picture is cut this much wider than the allowed centres, trunk lengths.
MARGIN = 1.1


@dataclass(frozen=True)
class BarSightings:
    """Likely plates on the sampled frames of a track; S samples, C candidates (concentric rims are candidates
    of their own).

    Attributes:
        key: of the track it belongs to.
        times: (S,) seconds of the samples.
        trunk: (S,) length of the trunk in pixels with which each sample was looked at (NaN: not looked at).
        x, y, radius: (S, C) pixels of the clip's picture; NaN where there is no candidate.
        coverage: (S, C) share of the rim that was seen, 0-1.
        squash: (S, C) shorter over longer half axis.
        width, height: of the clip's picture, pixels.
    """

    key: TrackKey
    times: Array
    trunk: Array
    x: Array
    y: Array
    radius: Array
    coverage: Array
    squash: Array
    width: int
    height: int


@dataclass(frozen=True)
class _Look:
    """What to look at in one sample: the cut (left, top, right, bottom), hands and hips in pixels, the trunk length."""

    row: int
    cut: tuple[int, int, int, int]
    hands: Array
    hips: Array
    trunk: float


def find_bar(
    reader: ClipReader, track: PoseTrack, progress: Callable[[float], None] | None = None
) -> BarSightings:
    """Look for plates around the lifter's hands and hips in every sampled frame of the track.

    Reads the clip once more from its start and holds a few frames at a time. `progress` is called with the share done.
    """
    looks = {int(track.samples[look.row]): look for look in _plan(track)}
    samples = len(track.samples)
    found: dict[int, list[Circle]] = {}
    workers = max(1, min(2, os.cpu_count() or 1))
    with ThreadPoolExecutor(workers) as pool:
        waiting: list[tuple[_Look, object]] = []

        def finish(limit: int) -> None:
            while len(waiting) > limit:
                look, future = waiting.pop(0)
                found[look.row] = future.result()  # type: ignore[attr-defined]
                if progress is not None:
                    progress((look.row + 1) / samples)

        for look, picture in _pictures(reader, looks):
            waiting.append((look, pool.submit(_look_at, look, picture)))
            finish(2 * workers)
        finish(0)
    return _collect(track, looks, found)


def _pictures(reader: ClipReader, looks: dict[int, _Look]) -> Iterator[tuple[_Look, NDArray[np.uint8]]]:
    for number, frame in enumerate(reader.frames()):
        look = looks.get(number)
        if look is not None:
            left, top, right, bottom = look.cut
            yield look, frame.rgb()[top:bottom, left:right].copy()


def _plan(track: PoseTrack) -> list[_Look]:
    """Where to look in each sample; a lifter that was missed in a frame is taken to be between his neighbours."""
    looks: list[_Look] = []
    for number in range(len(track.shots)):
        rows = np.nonzero(track.shot == number)[0]
        found = track.found[rows]
        if found.sum() < 3:
            continue
        points = track.points[rows]
        trunks = np.concatenate(
            [
                np.linalg.norm(points[found, joint("shoulder", s)] - points[found, joint("hip", s)], axis=1)
                for s in SIDES
            ]
        )
        trunk = float(np.nanpercentile(trunks, 70))
        if not trunk > 8:
            continue
        width = max(3, round(STEADY_S / sample_step(track.times[rows])) // 2 * 2 + 1)
        hands = np.stack([_steady(points[:, joint("hand", s)], found, width) for s in SIDES], axis=1)
        hips = _steady(np.mean([points[:, joint("hip", s)] for s in SIDES], axis=0), found, width)[:, None]
        for i, row in enumerate(rows):
            cut = _cut(np.concatenate([hands[i], hips[i]]), trunk, track.width, track.height)
            if cut is not None:
                looks.append(_Look(int(row), cut, hands[i], hips[i], trunk))
    return looks


def sample_step(times: Array) -> float:
    """Usual time between samples, seconds."""
    return float(np.median(np.diff(times))) if len(times) > 1 else USUAL_STEP_S


def _steady(points: Array, found: NDArray[np.bool_], width: int) -> Array:
    """(S, 2) points with gaps filled and single wrong frames removed by the median of `width` samples."""
    rows = np.arange(len(points))
    filled = np.stack([np.interp(rows, rows[found], points[found, axis]) for axis in (0, 1)], axis=1)
    return np.asarray(median_filter(filled, size=(width, 1), mode="nearest"))


def _cut(anchors: Array, trunk: float, width: int, height: int) -> tuple[int, int, int, int] | None:
    reach = (max(HAND_REACH, HIP_REACH) + MARGIN) * trunk
    left, top = np.maximum(anchors.min(axis=0) - reach, 0).astype(int)
    right, bottom = np.minimum(anchors.max(axis=0) + reach, (width, height)).astype(int)
    if right - left < trunk or bottom - top < trunk:
        return None
    return int(left), int(top), int(right), int(bottom)


def _look_at(look: _Look, picture: NDArray[np.uint8]) -> list[Circle]:
    """Candidates of one sample, in pixels of the clip's picture."""
    scale = min(MOST_ENLARGED, TRUNK_PIXELS / look.trunk)
    size = (max(8, round(picture.shape[1] * scale)), max(8, round(picture.shape[0] * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    unit = look.trunk * scale
    origin = np.array(look.cut[:2], dtype=np.float64)
    allowed = np.zeros(size[::-1], np.uint8)
    for anchors, reach in ((look.hands, HAND_REACH), (look.hips, HIP_REACH)):
        for x, y in (anchors - origin) * scale:
            cv2.circle(allowed, (round(float(x)), round(float(y))), round(reach * unit), 1, -1)
    circles = find_circles(np.asarray(small, dtype=np.uint8), RADII_TRUNKS * unit, allowed.astype(bool), CANDIDATES)
    # Pixel centres of the scaled picture are at (i + 0.5) / scale - 0.5 of the full one.
    shift = 0.5 / scale - 0.5
    return [
        Circle(
            c.x / scale + shift + origin[0],
            c.y / scale + shift + origin[1],
            c.radius / scale,
            c.coverage,
            c.squash,
        )
        for c in circles
    ]


def _collect(track: PoseTrack, looks: dict[int, _Look], found: dict[int, list[Circle]]) -> BarSightings:
    shape = (len(track.samples), CANDIDATES)
    x, y, radius, coverage, squash = (np.full(shape, np.nan) for _ in range(5))
    trunk = np.full(len(track.samples), np.nan)
    for look in looks.values():
        trunk[look.row] = look.trunk
        for column, circle in enumerate(found.get(look.row, [])):
            cell = look.row, column
            x[cell], y[cell], radius[cell] = circle.x, circle.y, circle.radius
            coverage[cell], squash[cell] = circle.coverage, circle.squash
    return BarSightings(
        track.key, np.asarray(track.times), trunk, x, y, radius, coverage, squash, track.width, track.height
    )


_ARRAYS = ("trunk", "x", "y", "radius", "coverage", "squash")


def save_bar(sightings: BarSightings, path: Path) -> None:
    """Write the sightings to `path` (an npz file); it appears only when it is complete."""
    arrays = {name: getattr(sightings, name).astype(np.float32) for name in _ARRAYS}
    facts = {"width": sightings.width, "height": sightings.height}
    save_keyed(path, BAR_VERSION, Keyed(sightings.key, {"times": sightings.times, **arrays}, facts))


def load_bar(path: Path, key: TrackKey | None = None) -> BarSightings | None:
    """Read sightings back; with `key` given, None when the file is missing, damaged, older or of another clip or rate.

    Raises:
        UsageError: no `key` was given and the file cannot be used.
    """
    stored = load_keyed(path, BAR_VERSION, key)
    if stored is None:
        return None
    arrays = {name: stored.arrays[name].astype(np.float64) for name in ("times", *_ARRAYS)}
    return BarSightings(key=stored.key, width=stored.facts["width"], height=stored.facts["height"], **arrays)
