"""The live strip: the main angle over time with its reps, the past bright, the future dim, a playhead in between."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formcheck.body.types import Array
from formcheck.report.overlay import draw
from formcheck.report.overlay.layout import Box
from formcheck.report.overlay.lettering import Lettering
from formcheck.report.overlay.palette import CARD, LINE, MUTED, PANEL, PHASE_COLOURS, SEVERITY_COLOURS, TEXT, mix
from formcheck.report.overlay.scene import Scene, phase_labels

#: At most so many seconds are seen at a time; a longer set scrolls.
WINDOW_S = 14.0
#: The playhead of a scrolling strip stands at this share of the width: more past than future.
PLAYHEAD = 0.66
#: Pages of the strip that are kept: the two in sight, and one to come back to.
_KEPT = 3
#: Pages are painted a little wider than they are shown: OpenCV's soft edges end before a picture's border.
_EDGE = 4


@dataclass(frozen=True)
class Line:
    """The main angle: (F,) `values` in degrees at `times` in seconds, and the part of the clip over which it is drawn."""

    times: Array
    values: Array
    first_s: float
    last_s: float


class Strip:
    """Drawn in pages as wide as what is seen at a time, each once bright and once dim, of which every frame copies parts.

    However long the clip, only the pages around the playhead are kept.
    """

    def __init__(self, box: Box, unit: int, line: Line, scene: Scene, letters: Lettering) -> None:
        self._box, self._unit, self._scene, self._letters = box, unit, scene, letters
        times, values = line.times, line.values
        seconds = max(line.last_s - line.first_s, 0.5)
        self._first, self._last = line.first_s, line.last_s
        window = min(seconds, WINDOW_S / scene.analysis.clip.slow_motion)
        self._rate = box.width / window
        self._times, self._values = times, values
        self._width = max(box.width, int(np.ceil(seconds * self._rate)))
        good = values[np.isfinite(values)]
        low, high = (np.percentile(good, [0.5, 99.5]) if len(good) else (0.0, 180.0))
        middle, half = (low + high) / 2, max((high - low) / 2, 15.0) * 1.1
        top, bottom = unit * 1.5, box.height - unit * 0.5
        self._base, self._slope = bottom + (middle - half) / (2 * half) * (bottom - top), (bottom - top) / (2 * half)
        labels = phase_labels(times, scene.reps)
        #: Where the phase changes: indices into the line, its first and the one after its last among them.
        self._changes = [i for i in range(len(labels) + 1) if i in (0, len(labels)) or labels[i] != labels[i - 1]]
        self._labels = labels
        self._pages: OrderedDict[int, tuple[NDArray[np.uint8], NDArray[np.uint8]]] = OrderedDict()

    def _x(self, times: Array | float) -> Array:
        return np.asarray((np.asarray(times) - self._first) * self._rate)

    def _level(self, degrees: Array) -> Array:
        """Height of an angle in the strip, pixels from its top."""
        return np.asarray(self._base - degrees * self._slope)

    def _page(self, number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """A page of the strip, bright and dim; the first is number 0."""
        if number not in self._pages:
            offset = number * self._box.width
            self._pages[number] = (self._paint(offset, 1.0), self._paint(offset, 0.3))
            if len(self._pages) > _KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(number)
        return self._pages[number]

    def _paint(self, offset: int, strength: float) -> NDArray[np.uint8]:
        """A page's width of the strip from its column `offset` on."""
        box, unit, scene = self._box, self._unit, self._scene
        offset -= _EDGE
        picture = np.empty((box.height, box.width + 2 * _EDGE, 3), dtype=np.uint8)
        picture[:] = CARD

        def columns(start_s: float, end_s: float) -> tuple[int, int]:
            left, right = np.round(self._x(np.asarray([start_s, end_s]))).astype(int).tolist()
            return max(left, 0) - offset, right - offset

        def seen(start_s: float, end_s: float) -> bool:
            left, right = columns(start_s, end_s)
            return right >= -unit and left <= picture.shape[1] + unit

        for start, end in scene.gaps:
            left, right = columns(start, end)
            picture[:, max(left, 0) : max(right, 0)] = PANEL
        for part in scene.analysis.not_counted:
            left, right = columns(part.start_s, part.end_s)
            area = picture[:, max(left, 0) : max(right, 0)]
            draw.hatch(area, mix(CARD, MUTED, 0.12 + 0.3 * strength), unit * 0.55, max(-left, 0))
        for rep in scene.reps:
            if not seen(rep.start_s, rep.end_s):
                continue
            first, last = (float(self._x(time_s)) - offset for time_s in (rep.start_s, rep.end_s))
            shade = mix(CARD, LINE, 0.55 * strength + 0.2)
            draw.box(picture, first + 1, 1, max(2.0, last - first - 2), box.height - 2, shade, radius=unit * 0.3)
            # A quarter of a pixel off, the number is rounded to the same column on every page that it lies on.
            middle = np.floor((first + last) / 2) + 0.25
            self._letters.draw(
                picture, str(rep.index), float(middle), unit * 0.8, max(10, round(unit * 0.85)),
                mix(shade, TEXT, 0.35 + 0.65 * strength), "bold", "middle",
            )
        self._curve(picture, offset, strength)
        # Faults come last, so that no note at the same moment hides them.
        graver_last = sorted(scene.analysis.findings, key=lambda f: list(SEVERITY_COLOURS).index(f.severity), reverse=True)
        for finding in graver_last if strength == 1.0 else ():
            if seen(finding.time_s, finding.time_s):
                value = np.asarray(np.interp(finding.time_s, self._times, self._values))
                place = np.asarray([float(self._x(finding.time_s)) - offset, self._level(value)])
                draw.dot(picture, place, unit * 0.24, SEVERITY_COLOURS[finding.severity], CARD)
        return picture[:, _EDGE:-_EDGE]

    def _curve(self, picture: NDArray[np.uint8], offset: int, strength: float) -> None:
        """The part of the line on a page, each phase in its colour, a little further than the page on either side."""
        edges = self._first + (np.asarray([-self._unit, picture.shape[1] + self._unit]) + offset) / self._rate
        first, last = np.searchsorted(self._times, edges).tolist()
        first, last = max(first - 1, 0), min(last + 1, len(self._times))
        x = self._x(self._times[first:last]) - offset
        points = np.stack([x, self._level(self._values[first:last])], axis=1)
        for start, end in pairwise(self._changes):
            if start < last and end + 1 > first:
                colour = mix(CARD, PHASE_COLOURS[self._labels[start]], 0.15 + 0.85 * strength)
                run = points[max(start - first, 0) : end + 1 - first]
                draw.polyline(picture, run, colour, max(2, round(self._unit * 0.13)))

    def show(self, target: NDArray[np.uint8], time_s: float) -> None:
        """Fill `target`, of the strip's size, with the part around a time."""
        box, unit = self._box, self._unit
        at = float(np.clip(self._x(time_s), 0, self._width - 1))
        left = round(float(np.clip(at - PLAYHEAD * box.width, 0, self._width - box.width)))
        here = round(at) - left
        for number in range(left // box.width, (left + box.width - 1) // box.width + 1):
            bright, dim = self._page(number)
            # Columns of the target that this page fills, cut at the playhead.
            start, end = max(number * box.width - left, 0), min((number + 1) * box.width - left, box.width)
            turn = min(max(here, start), end)
            shift = left - number * box.width
            target[:, start:turn] = bright[:, start + shift : turn + shift]
            target[:, turn:end] = dim[:, turn + shift : end + shift]
        top, bottom = np.asarray([here, unit * 0.2]), np.asarray([here, box.height - unit * 0.2])
        draw.line(target, top, bottom, TEXT, max(1, unit // 14))
        shown_s = float(np.clip(time_s, self._first, self._last))
        value = np.asarray(np.interp(shown_s, self._times, self._values, left=np.nan, right=np.nan))
        if np.isfinite(value):
            draw.dot(target, np.asarray([here, self._level(value)], dtype=np.float64), unit * 0.27, TEXT, PANEL)


def angle_text(times: Array, values: Array, time_s: float) -> str:
    """The value at a time as text; a dash where it is unknown."""
    after = int(np.clip(np.searchsorted(times, time_s), 1, max(len(times) - 1, 1)))
    nearest = after - 1 if len(times) < 2 or time_s - times[after - 1] <= times[after] - time_s else after
    return f"{values[nearest]:.0f}°" if np.isfinite(values[nearest]) else "–"
