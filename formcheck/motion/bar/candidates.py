"""Bar candidates: circles in every sampled frame that may be plates. The only stage of bar tracking that reads pixels.

`find_bar` reads the clip; `PlateSearch` (`formcheck.motion.bar.search`) uses the pictures of the pose pass.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.motion.bar.circles import Circle, find_circles
from formcheck.motion.body import Array
from formcheck.motion.timeseries import interpolated, running_median
from formcheck.pose.geometry import middle, trunk_length
from formcheck.pose.pool import PosePool, available_cores
from formcheck.pose.skeleton import SIDES, joint
from formcheck.pose.track import Keyed, PoseTrack, TrackKey, expect_arrays, load_keyed, save_keyed
from formcheck.runtime.files import BAR
from formcheck.runtime.messages import worker_task
from formcheck.runtime.workers import WorkerDiedError
from formcheck.video.frame import Box, Cutout
from formcheck.video.reader import ClipReader

#: Candidates kept per frame.
CANDIDATES = 14
#: Length of the trunk in searched pictures, pixels, and greatest enlargement.
TRUNK_PIXELS, MOST_ENLARGED = 90.0, 2.0
#: Radii, trunk lengths (shoulder to hip, about 0.5 m): from a distant 20 cm plate to a 45 cm plate close to a wide-angle lens.
RADII_TRUNKS = np.linspace(0.2, 1.1, 73)
#: Greatest distance of a plate's centre from a hand and from the hip, trunk lengths: the near plate is closer to the camera
#: than the lifter, which shifts it away from the picture's centre.
HAND_REACH, HIP_REACH = 0.9, 0.7
#: Typical time between samples, and window of the median of a hand's position, seconds.
USUAL_STEP_S, STEADY_S = 1 / 15, 0.33
#: Margin of the cut around the allowed centres, trunk lengths.
MARGIN = 1.1
#: Shortest trunk of a searched lifter, pixels.
SHORTEST_TRUNK = 8.0


@dataclass(frozen=True)
class BarCandidates:
    """Bar candidates on the samples of a track; S samples, C candidates (each of several concentric rims is one).

    Attributes:
        key: of the track it belongs to.
        times: (S,) seconds of the samples.
        trunk: (S,) length of the trunk used for the search, pixels; NaN if not searched.
        x, y, radius: (S, C) pixels of the clip's picture; NaN where there is no candidate.
        coverage: (S, C) share of the rim that was seen, 0-1.
        width, height: of the clip's picture, pixels.
    """

    key: TrackKey
    times: Array
    trunk: Array
    x: Array
    y: Array
    radius: Array
    coverage: Array
    width: int
    height: int


@dataclass(frozen=True)
class SearchArea:
    """Search area of one sample: the cut (left, top, right, bottom), hands, hips and trunk length in pixels."""

    row: int
    cut: Box
    hands: Array
    hips: Array
    trunk: float

    @property
    def scale(self) -> float:
        """Scale of the picture for the search."""
        return scale_for(self.trunk)


def scale_for(trunk: float) -> float:
    """Scale of a picture in which the trunk is `trunk` pixels long."""
    return min(MOST_ENLARGED, TRUNK_PIXELS / trunk)


def find_bar(
    reader: ClipReader,
    track: PoseTrack,
    progress: Callable[[float], None] | None = None,
    pool: PosePool | None = None,
    known: Mapping[int, list[Circle]] | None = None,
) -> BarCandidates:
    """Look for plates around the lifter's hands and hips in every sampled frame of the track.

    Reads the clip from the first to the last sample that is missing in `known` (circles of samples already searched), and
    searches in the pool's processes, or without a pool in one thread per core. `progress` is called with the progress, 0-1.
    """
    areas = {int(track.samples[area.row]): area for area in search_areas(track)}
    found = dict(known or {})
    missing = {frame: area for frame, area in areas.items() if area.row not in found}
    with ExitStack() as stack:
        if pool is None:
            workers = available_cores()
            submit: Callable[..., Future[list[Circle]]] = stack.enter_context(ThreadPoolExecutor(workers)).submit
        else:
            workers, submit = pool.workers, pool.submit
        waiting: deque[tuple[int, Future[list[Circle]]]] = deque()

        def finish(limit: int) -> None:
            while len(waiting) > limit:
                row, future = waiting.popleft()
                try:
                    found[row] = future.result()
                except WorkerDiedError:  # killed from outside: this sample has no plates
                    found[row] = []
                if progress is not None:
                    progress((row + 1) / len(track.samples))

        for area, part in _pictures(reader, track, missing):
            waiting.append((area.row, submit(search, area, part)))
            finish(2 * workers)
        finish(0)
    return _collect(track, areas, found)


def _pictures(reader: ClipReader, track: PoseTrack, areas: dict[int, SearchArea]) -> Iterator[tuple[SearchArea, Cutout]]:
    if not areas:
        return
    times = track.frame_times[sorted(areas)]
    skip_nonref = bool(reader.reference_frames(times).all())
    for frame in reader.frames(float(times[0]), float(times[-1]), skip_nonref=skip_nonref):
        area = areas.get(frame.index - track.first_index)
        if area is not None:
            yield area, frame.cut(area.cut, area.scale)


def search_areas(track: PoseTrack) -> list[SearchArea]:
    """Search areas of all samples, interpolated where the lifter was missed."""
    areas: list[SearchArea] = []
    for number in range(len(track.shots)):
        rows = np.nonzero(track.shot == number)[0]
        found = track.found[rows]
        if found.sum() < 3:
            continue
        points = track.points[rows]
        trunk = trunk_length(points[found])
        if not trunk > SHORTEST_TRUNK:
            continue
        width = steady_width(sample_step(track.times[rows]))
        hands, hips = anchors(points)
        hands = np.stack([_steady(hands[:, side], found, width) for side in range(len(SIDES))], axis=1)
        hips = _steady(hips[:, 0], found, width)[:, None]
        for i, row in enumerate(rows):
            cut = cut_around(np.concatenate([hands[i], hips[i]]), trunk, track.width, track.height)
            if cut is not None:
                areas.append(SearchArea(int(row), cut, hands[i], hips[i], trunk))
    return areas


def anchors(points: Array) -> tuple[Array, Array]:
    """(S, 2, 2) hands and (S, 1, 2) middle of the hips of (S, J, 2) points."""
    hands = np.stack([points[:, joint("hand", s)] for s in SIDES], axis=1)
    return hands, middle(*(points[:, joint("hip", s)] for s in SIDES))[:, None]


def steady_width(step_s: float) -> int:
    """Number of samples in the median of `STEADY_S`; odd."""
    return max(3, round(STEADY_S / step_s) // 2 * 2 + 1)


def sample_step(times: Array) -> float:
    """Usual time between samples, seconds."""
    return float(np.median(np.diff(times))) if len(times) > 1 else USUAL_STEP_S


def _steady(points: Array, found: NDArray[np.bool_], width: int) -> Array:
    """(S, 2) points with gaps filled, and a running median of `width` samples against single wrong frames."""
    rows, found = np.arange(len(points), dtype=np.float64), found & np.isfinite(points).all(axis=1)
    if not found.any():
        return np.full_like(points, np.nan)
    return running_median(interpolated(rows, rows[found], points[found]), width)


def cut_around(anchors: Array, trunk: float, width: int, height: int) -> Box | None:
    """The part of the picture to search around (N, 2) anchors; None if too small."""
    anchors = anchors[np.isfinite(anchors).all(axis=1)]  # keypoints of other tools may lack a hand
    if not len(anchors):
        return None
    reach = (max(HAND_REACH, HIP_REACH) + MARGIN) * trunk
    left, top = np.maximum(anchors.min(axis=0) - reach, 0).astype(int)
    right, bottom = np.minimum(anchors.max(axis=0) + reach, (width, height)).astype(int)
    if right - left < trunk or bottom - top < trunk:
        return None
    return int(left), int(top), int(right), int(bottom)


@worker_task
def search(area: SearchArea, part: Cutout) -> list[Circle]:
    """Candidates of one sample, in pixels of the clip's picture."""
    origin, scale = part.origin, part.scale
    unit = area.trunk * float(scale.mean())
    allowed = np.zeros(part.picture.shape[:2], np.uint8)
    for places, reach in ((area.hands, HAND_REACH), (area.hips, HIP_REACH)):
        for x, y in (places[np.isfinite(places).all(axis=1)] - origin) * scale:
            cv2.circle(allowed, (round(float(x)), round(float(y))), round(reach * unit), 1, -1)
    circles = find_circles(part.picture, RADII_TRUNKS * unit, allowed.astype(bool), CANDIDATES)
    # Pixel centres of the scaled picture are at (i + 0.5) / scale - 0.5 of the full one.
    return [
        Circle(
            (c.x + 0.5) / float(scale[0]) - 0.5 + float(origin[0]),
            (c.y + 0.5) / float(scale[1]) - 0.5 + float(origin[1]),
            c.radius / float(scale.mean()),
            c.coverage,
        )
        for c in circles
    ]


def _collect(track: PoseTrack, areas: dict[int, SearchArea], found: Mapping[int, list[Circle]]) -> BarCandidates:
    shape = (len(track.samples), CANDIDATES)
    x, y, radius, coverage = (np.full(shape, np.nan) for _ in range(4))
    trunk = np.full(len(track.samples), np.nan)
    for area in areas.values():
        trunk[area.row] = area.trunk
        for column, circle in enumerate(found.get(area.row, [])):
            cell = area.row, column
            x[cell], y[cell], radius[cell] = circle.x, circle.y, circle.radius
            coverage[cell] = circle.coverage
    return BarCandidates(
        track.key, np.asarray(track.times), trunk, x, y, radius, coverage, track.width, track.height
    )


# `bar.npz`.

#: Incremented when the meaning of a stored array changes.
BAR_VERSION = 1
_ARRAYS = ("trunk", "x", "y", "radius", "coverage")


def save_bar(candidates: BarCandidates, path: Path) -> None:
    """Write the candidates to an npz file, atomically."""
    save_keyed(path, BAR_VERSION, _packed(candidates))


def rounded_candidates(candidates: BarCandidates) -> BarCandidates:
    """The candidates as `load_bar` would return them, so that a first run and one from the file give the same numbers."""
    return _unpacked(_packed(candidates))


def load_bar(path: Path, key: TrackKey | None = None) -> BarCandidates | None:
    """Read candidates; with a `key`, None if the file is missing, damaged, of another version or has another key.

    Raises:
        UsageError: no `key` was given and the file cannot be used.
    """
    return load_keyed(path, BAR_VERSION, key, _checked)


def _checked(stored: Keyed) -> BarCandidates:
    own = {name: ("f", ("S", "C")) for name in _ARRAYS[1:]}
    expect_arrays(stored.arrays, {"times": ("f", ("S",)), "trunk": ("f", ("S",)), **own})
    size = [stored.facts[name] for name in ("width", "height")]
    if any(type(side) is not int or side <= 0 for side in size):
        raise ValueError(f"its picture is {size[0]} by {size[1]}, expected whole numbers above 0")
    shares = stored.arrays["coverage"]
    shares = shares[~np.isnan(shares)]
    if len(shares) and not (shares.min() >= 0 and shares.max() <= 1 + 1e-6):
        raise ValueError(f"coverage goes from {shares.min():g} to {shares.max():g}, expected 0 to 1")
    return _unpacked(stored)


def _packed(candidates: BarCandidates) -> Keyed:
    arrays = {name: getattr(candidates, name).astype(np.float32) for name in _ARRAYS}
    facts = {"width": candidates.width, "height": candidates.height}
    return Keyed(candidates.key, {"times": candidates.times, **arrays}, facts)


def _unpacked(stored: Keyed) -> BarCandidates:
    arrays = {name: stored.arrays[name].astype(np.float64) for name in ("times", *_ARRAYS)}
    return BarCandidates(key=stored.key, width=stored.facts["width"], height=stored.facts["height"], **arrays)


def load_or_find_bar(
    reader: ClipReader,
    track: PoseTrack,
    out: Path | None,
    progress: Callable[[float], None] | None = None,
    pool: PosePool | None = None,
) -> BarCandidates:
    """The candidates of this track from the folder `out`, or found anew and saved there; `out` may be None.

    Raises:
        ClipError: the clip's file changed meanwhile.
    """
    saved = None if out is None else load_bar(out / BAR, track.key)
    if saved is not None and len(saved.times) == len(track.times) and np.allclose(saved.times, track.times):
        return saved
    with reader.unchanged():
        found = rounded_candidates(find_bar(reader, track, progress, pool))
    if out is not None:
        save_bar(found, out / BAR)
    return found
