"""The live strip: the main angle over time with its reps, the past bright, the future dim, a playhead in between."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.types import Array
from formcheck.report.overlay import draw
from formcheck.report.overlay.layout import Box
from formcheck.report.overlay.lettering import Lettering
from formcheck.report.overlay.palette import CARD, LINE, MUTED, PANEL, PHASE_COLOURS, SEVERITY_COLOURS, TEXT, mix
from formcheck.report.overlay.scene import Scene, phase_labels

#: At most so many seconds are seen at a time; a longer set scrolls.
WINDOW_S = 14.0
#: The playhead of a scrolling strip stands at this share of the width: more past than future.
PLAYHEAD = 0.66


@dataclass(frozen=True)
class Line:
    """The main angle: (F,) `values` in degrees at `times` in seconds, and the part of the clip over which it is drawn."""

    times: Array
    values: Array
    first_s: float
    last_s: float


class Strip:
    """Drawn once as two long pictures (bright and dim), of which every frame only copies a part."""

    def __init__(self, box: Box, unit: int, line: Line, scene: Scene, letters: Lettering) -> None:
        self._box = box
        self._unit = unit
        times, values = line.times, line.values
        seconds = max(line.last_s - line.first_s, 0.5)
        self._first, self._last = line.first_s, line.last_s
        window = min(seconds, WINDOW_S / scene.analysis.clip.slow_motion)
        self._rate = box.width / window
        self._times, self._values = times, values
        width = max(box.width, int(np.ceil(seconds * self._rate)))
        good = values[np.isfinite(values)]
        low, high = (np.percentile(good, [0.5, 99.5]) if len(good) else (0.0, 180.0))
        middle, half = (low + high) / 2, max((high - low) / 2, 15.0) * 1.1
        top, bottom = unit * 1.5, box.height - unit * 0.5
        self._base, self._slope = bottom + (middle - half) / (2 * half) * (bottom - top), (bottom - top) / (2 * half)
        self._bright = self._paint(width, scene, letters, 1.0)
        self._dim = self._paint(width, scene, letters, 0.3)

    def _x(self, times: Array | float) -> Array:
        return np.asarray((np.asarray(times) - self._first) * self._rate)

    def _columns(self, start_s: float, end_s: float) -> slice:
        """The columns of the whole strip that show a stretch of time."""
        left, right = np.maximum(np.round(self._x(np.asarray([start_s, end_s]))), 0).astype(int).tolist()
        return slice(left, right)

    def _level(self, degrees: Array) -> Array:
        """Height of an angle in the strip, pixels from its top."""
        return np.asarray(self._base - degrees * self._slope)

    def _paint(self, width: int, scene: Scene, letters: Lettering, strength: float) -> NDArray[np.uint8]:
        box, unit = self._box, self._unit
        picture = np.empty((box.height, width, 3), dtype=np.uint8)
        picture[:] = CARD
        for start, end in scene.gaps:
            picture[:, self._columns(start, end)] = PANEL
        for part in scene.analysis.not_counted:
            area = picture[:, self._columns(part.start_s, part.end_s)]
            draw.hatch(area, mix(CARD, MUTED, 0.12 + 0.3 * strength), unit * 0.55)
        for rep in scene.reps:
            left, right = self._x(rep.start_s), self._x(rep.end_s)
            shade = mix(CARD, LINE, 0.55 * strength + 0.2)
            draw.box(picture, float(left) + 1, 1, max(2.0, float(right - left) - 2), box.height - 2, shade, radius=unit * 0.3)
            letters.draw(
                picture, str(rep.index), float(left + right) / 2, unit * 0.8, max(10, round(unit * 0.85)),
                mix(shade, TEXT, 0.35 + 0.65 * strength), "bold", "middle",
            )
        labels = phase_labels(self._times, scene.reps)
        points = np.stack([self._x(self._times), self._level(self._values)], axis=1)
        start = 0
        for i in range(1, len(labels) + 1):
            if i == len(labels) or labels[i] != labels[start]:
                colour = mix(CARD, PHASE_COLOURS[labels[start]], 0.15 + 0.85 * strength)
                draw.polyline(picture, points[start : i + 1], colour, max(2, round(unit * 0.13)))
                start = i
        # Faults come last, so that no note at the same moment hides them.
        graver_last = sorted(scene.analysis.findings, key=lambda f: list(SEVERITY_COLOURS).index(f.severity), reverse=True)
        for finding in graver_last if strength == 1.0 else ():
            x = float(self._x(finding.time_s))
            value = np.asarray(np.interp(finding.time_s, self._times, self._values))
            place = np.asarray([x, self._level(value)])
            draw.dot(picture, place, unit * 0.24, SEVERITY_COLOURS[finding.severity], CARD)
        return picture

    def show(self, picture: NDArray[np.uint8], time_s: float) -> None:
        """Copy the part around a time into the frame."""
        box, unit = self._box, self._unit
        at = float(np.clip(self._x(time_s), 0, self._bright.shape[1] - 1))
        left = round(float(np.clip(at - PLAYHEAD * box.width, 0, self._bright.shape[1] - box.width)))
        here = round(at) - left
        target = picture[box.y : box.bottom, box.x : box.right]
        target[:, :here] = self._bright[:, left : left + here]
        target[:, here:] = self._dim[:, left + here : left + box.width]
        top, bottom = np.asarray([here, unit * 0.2]), np.asarray([here, box.height - unit * 0.2])
        draw.line(target, top, bottom, TEXT, max(1, unit // 14))
        shown_s = float(np.clip(time_s, self._first, self._last))
        value = np.asarray(np.interp(shown_s, self._times, self._values, left=np.nan, right=np.nan))
        if np.isfinite(value):
            draw.dot(target, np.asarray([here, self._level(value)], dtype=np.float64), unit * 0.27, TEXT, PANEL)


def angle_text(times: Array, values: Array, time_s: float) -> str:
    """The value at a time as text; a dash where it is unknown."""
    value = values[int(np.argmin(np.abs(times - time_s)))]
    return f"{value:.0f}°" if np.isfinite(value) else "–"


