"""`PlateSearch`: finds bar candidates in the pictures of the pose pass, which saves a second pass."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np

from formcheck.motion.bar.candidates import (
    SHORTEST_TRUNK,
    BarCandidates,
    SearchArea,
    anchors,
    cut_around,
    find_bar,
    scale_for,
    search,
    search_areas,
    steady_width,
)
from formcheck.motion.bar.circles import Circle
from formcheck.motion.body import Array
from formcheck.pose.detection import Detection
from formcheck.pose.estimate import RUN
from formcheck.pose.geometry import trunk_length
from formcheck.pose.locate import Located
from formcheck.pose.people import CoarsePath, body_box
from formcheck.pose.pool import PICTURE_LIMIT_S, PosePool
from formcheck.pose.track import PoseTrack
from formcheck.runtime.workers import WorkerDiedError
from formcheck.video.frame import Box, Cutout, Edges, Frame
from formcheck.video.reader import ClipReader

#: Additional margin, since the sparse pass has not seen every posture, trunk lengths.
LEEWAY = 0.4
#: A sample is searched again if the final hands or hips differ from the assumed ones by more than this (trunk lengths), the
#: trunk by this share, or if this much of the search area was outside the kept part of the picture (trunk lengths).
ANCHOR_OFF, TRUNK_OFF = 0.15, 0.12
CUT_OFF = 0.25
#: Most pictures kept while the lifter is not seen; others are searched in a second pass.
MOST_WAITING = 24


@dataclass(frozen=True)
class _SearchRegion:
    """Search region of a shot: the part of the picture kept, the lifter's trunk length and coarse path."""

    region: Box
    trunk: float
    coarse_path: CoarsePath


class PlateSearch:
    """An observer of the pose pass (`formcheck.pose.estimate.PassObserver`).

    Positions of hands are medians over samples, so a small part of each picture is kept until they are known. Samples searched
    in the wrong place, according to the finished track, are searched again.
    """

    def __init__(self, pool: PosePool) -> None:
        self._pool = pool
        self._size, self._half = (0, 0), 1
        self._shots: dict[int, _SearchRegion] = {}
        self._pictures: dict[int, Callable[[], Cutout]] = {}
        self._pending: deque[tuple[float, SearchArea, Future[list[Circle]]]] = deque()
        self._answers: dict[float, tuple[SearchArea, Array]] = {}
        self._line = _Line()

    def begin(self, located: list[Located], size: tuple[int, int], step_s: float) -> None:
        """Start a pass and discard earlier results."""
        self._size, self._half = size, steady_width(step_s) // 2
        self._shots = {n: shot for n, item in enumerate(located) if (shot := self._where(item)) is not None}
        self._pictures, self._answers, self._line = {}, {}, _Line()
        self._pending.clear()

    def frame(self, row: int, shot: int, frame: Frame, part: Cutout) -> None:
        """Keep the search region of a sampled frame, from `part` if its scale suffices."""
        if shot not in self._shots:
            return
        where = self._shots[shot]
        scale = scale_for(where.trunk)
        if float(part.scale.min()) >= scale and _holds(part.box, where.region):
            longest = scale * max(where.region[2] - where.region[0], where.region[3] - where.region[1])
            # Cut later: the part is kept for the model anyway, and every second sample is skipped.
            self._pictures[row] = partial(part.part, where.region, max(1, round(longest)))
        else:
            cutout = frame.cut(where.region, scale)
            self._pictures[row] = lambda: cutout
        if len(self._pictures) > MOST_WAITING + RUN * (self._pool.workers + 3):
            del self._pictures[min(self._pictures)]

    def people(self, row: int, shot: int, time_s: float, detections: list[Detection] | None) -> None:
        """Receive the people in a sample, in pixels of the whole picture (None: skipped); samples come in order."""
        if shot not in self._shots:
            return
        if detections is None:
            self._pictures.pop(row, None)
            return
        if shot != self._line.shot:
            self._finish_shot()
            self._line = _Line(shot)
        center, _ = self._shots[shot].coarse_path.at(time_s)
        lifter = min(detections, key=lambda d: float(np.linalg.norm(body_box(d).center - center)), default=None)
        self._line.rows.append((row, time_s))
        if lifter is not None:
            hands, hips = anchors(lifter.points[None])
            self._line.fill(np.concatenate([hands[0], hips[0]]))
        self._search(len(self._line.places) - self._half)

    def candidates(
        self, reader: ClipReader, track: PoseTrack, progress: Callable[[float], None] | None = None
    ) -> BarCandidates:
        """The candidates for the finished track; samples searched in the wrong place are searched again."""
        self._finish_shot()
        while self._pending:
            self._store_answer()
        known: dict[int, list[Circle]] = {}
        for area in search_areas(track):
            time_s = float(track.times[area.row])
            if time_s not in self._answers:
                continue
            used, circles = self._answers[time_s]
            if _alike(used, area):
                known[area.row] = [Circle(*numbers) for numbers in circles.tolist()]
        return find_bar(reader, track, progress, self._pool, known)

    def _where(self, located: Located) -> _SearchRegion | None:
        if located.lifter is None:
            return None
        points = np.array([d.points for d in located.lifter.detections])
        trunk = trunk_length(points)
        if not trunk > SHORTEST_TRUNK:
            return None
        places = np.concatenate(anchors(points), axis=1).reshape(-1, 2)
        region = cut_around(np.concatenate([places - LEEWAY * trunk, places + LEEWAY * trunk]), trunk, *self._size)
        if region is None:
            return None
        if located.shot.crop is not None:  # the lifter hardly leaves it
            left, top, right, bottom = np.array([region, located.shot.crop]).T
            region = int(left.min()), int(top.min()), int(right.max()), int(bottom.max())
        return _SearchRegion(region, trunk, CoarsePath(located.lifter))

    def _finish_shot(self) -> None:
        """Search the remaining samples of the shot."""
        if self._line.places:
            self._line.fill(self._line.places[-1])
            self._search(len(self._line.rows))

    def _search(self, end: int) -> None:
        """Submit the samples before index `end` of the line."""
        line = self._line
        for place in range(line.next, end):
            line.next = place + 1
            row, time_s = line.rows[place]
            cut_out = self._pictures.pop(row, None)
            if cut_out is None:
                continue
            picture = cut_out()
            where = self._shots[line.shot]
            around = np.clip(np.arange(place - self._half, place + self._half + 1), 0, len(line.places) - 1)
            places = np.median([line.places[i] for i in around], axis=0)
            cut = cut_around(places, where.trunk, *self._size)
            if cut is None:
                continue
            part = picture.part(cut, max(picture.picture.shape))
            if np.abs(np.array(part.box) - cut).max() < CUT_OFF * where.trunk:
                area = SearchArea(row, cut, places[:-1], places[-1:], where.trunk)
                self._pending.append((time_s, area, self._pool.submit(search, area, part, limit_s=PICTURE_LIMIT_S)))
        while self._pending and self._pending[0][2].done():
            self._store_answer()

    def _store_answer(self) -> None:
        """Store the oldest answer compactly; a long clip has tens of thousands."""
        time_s, area, answer = self._pending.popleft()
        with suppress(WorkerDiedError):  # the sample is searched again
            circles = [(c.x, c.y, c.radius, c.coverage) for c in answer.result()]
            self._answers[time_s] = area, np.array(circles).reshape(-1, 4)


class _Line:
    """The samples of a shot in order, with hands and hips (3, 2) up to the last one in which the lifter was seen."""

    def __init__(self, shot: int = -1) -> None:
        self.shot = shot
        self.rows: list[tuple[int, float]] = []  # row and seconds
        self.places: list[Array] = []
        self.next = 0

    def fill(self, places: Array) -> None:
        """Add the position in the newest sample, and interpolate over samples without the lifter."""
        gap = len(self.rows) - len(self.places)
        before = self.places[-1] if self.places else places
        self.places += [before + (places - before) * (step / gap) for step in range(1, gap + 1)]


def _holds(outer: Edges, inner: Box) -> bool:
    """Whether a part of the picture contains another, to a pixel."""
    low, high = np.array(inner[:2]) - outer[:2], np.array(outer[2:]) - inner[2:]
    return bool(low.min() >= -1 and high.min() >= -1)


def _alike(used: SearchArea, wanted: SearchArea) -> bool:
    """Whether a sample was searched close enough to the wanted area."""
    off = np.concatenate([used.hands - wanted.hands, used.hips - wanted.hips])
    near = float(np.linalg.norm(off, axis=1).max()) < ANCHOR_OFF * wanted.trunk
    return near and abs(used.trunk / wanted.trunk - 1) < TRUNK_OFF
