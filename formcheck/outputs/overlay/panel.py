"""The panel beside or below the clip: rep, phase, tempo, finding, and the strip with the main angle over time."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formcheck.lifts.exercise import Focus
from formcheck.motion.body import Array
from formcheck.outputs.overlay import draw
from formcheck.outputs.overlay.draw import (
    CARD,
    LINE,
    MUTED,
    PANEL,
    PHASE_COLOURS,
    SEVERITY_COLOURS,
    TEXT,
    VERDICT_COLOURS,
    WARN,
    Colour,
    mix,
)
from formcheck.outputs.overlay.layout import Box, Layout
from formcheck.outputs.overlay.lettering import Lettering, Weight, columns, fit, text_width, wrap
from formcheck.outputs.overlay.scene import Card, Moment, PhaseName, Scene, phase_labels
from formcheck.outputs.shown import rule_title
from formcheck.outputs.words import FILM_FROM_THE_SIDE, SEVERITIES, as_sentence, beside_limit, oblique, outcome, seconds
from formcheck.video.writer import Canvas, Paintable, Picture, Planes, even_aligned

#: Greatest time span of the strip, seconds; longer sets scroll.
WINDOW_S = 14.0
#: Position of the playhead in a scrolling strip, share of its width.
PLAYHEAD = 0.66
#: Cached pages of the strip: the two visible ones, and one more.
_KEPT = 3
#: Extra width of pages, since OpenCV's anti-aliasing ends before a picture's border.
_EDGE = 4


@dataclass(frozen=True)
class Line:
    """The main angle: (F,) `values` in degrees at `times` in seconds, and the time span in which it is drawn."""

    times: Array
    values: Array
    first_s: float
    last_s: float


class Strip:
    """The strip: past bright, future dim, with a playhead.

    It is painted in pages as wide as the strip, bright and dim, from which each frame is copied; only pages around the
    playhead are kept.
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
        #: Indices of the line at which the phase changes, including its first and the one after its last.
        self._changes = [i for i in range(len(labels) + 1) if i in (0, len(labels)) or labels[i] != labels[i - 1]]
        self._labels = labels
        self._pages: OrderedDict[int, tuple[NDArray[np.uint8], NDArray[np.uint8]]] = OrderedDict()

    def _x(self, times: Array | float) -> Array:
        return np.asarray((np.asarray(times) - self._first) * self._rate)

    def _level(self, degrees: Array) -> Array:
        """Height of an angle in the strip, pixels from its top."""
        return np.asarray(self._base - degrees * self._slope)

    def _page(self, number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Page `number` of the strip (from 0), bright and dim."""
        if number not in self._pages:
            offset = number * self._box.width
            self._pages[number] = (self._paint(offset, 1.0), self._paint(offset, 0.3))
            if len(self._pages) > _KEPT:
                self._pages.popitem(last=False)
        self._pages.move_to_end(number)
        return self._pages[number]

    def _paint(self, offset: int, strength: float) -> NDArray[np.uint8]:
        """One page of the strip, from column `offset` on."""
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
            # A quarter of a pixel off, so that it is rounded to the same column on every page.
            middle = np.floor((first + last) / 2) + 0.25
            self._letters.draw(
                picture, str(rep.index), float(middle), unit * 0.8, max(10, round(unit * 0.85)),
                mix(shade, TEXT, 0.35 + 0.65 * strength), "bold", "middle",
            )
        self._curve(picture, offset, strength)
        # Faults last, on top of notes.
        graver_last = sorted(scene.analysis.findings, key=lambda f: list(SEVERITY_COLOURS).index(f.severity), reverse=True)
        for finding in graver_last if strength == 1.0 else ():
            if seen(finding.time_s, finding.time_s):
                value = np.asarray(np.interp(finding.time_s, self._times, self._values))
                place = np.asarray([float(self._x(finding.time_s)) - offset, self._level(value)])
                draw.dot(picture, place, unit * 0.24, SEVERITY_COLOURS[finding.severity], CARD)
        return picture[:, _EDGE:-_EDGE]

    def _curve(self, picture: NDArray[np.uint8], offset: int, strength: float) -> None:
        """The line on a page and slightly beyond, each phase in its colour."""
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
        """Fill `target` with the strip at a time."""
        box, unit = self._box, self._unit
        at = float(np.clip(self._x(time_s), 0, self._width - 1))
        left = round(float(np.clip(at - PLAYHEAD * box.width, 0, self._width - box.width)))
        here = round(at) - left
        for number in range(left // box.width, (left + box.width - 1) // box.width + 1):
            bright, dim = self._page(number)
            # Columns of the target from this page, split at the playhead.
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
    """The value at a time as text; a dash if unknown."""
    after = int(np.clip(np.searchsorted(times, time_s), 1, max(len(times) - 1, 1)))
    nearest = after - 1 if len(times) < 2 or time_s - times[after - 1] <= times[after] - time_s else after
    return f"{values[nearest]:.0f}°" if np.isfinite(values[nearest]) else "–"


# The panel.


_TEMPO: tuple[PhaseName, ...] = ("eccentric", "hold", "concentric")
#: Sizes in units of small text.
_BIG, _MIDDLE = 3.0, 1.6
_CUE_SIZES = (1.24, 1.1, 0.98, 0.88)
#: Line spacing, relative to the text size.
LEADING = 1.22
_QUIET_LEADING, _SMALL_LEADING = 1.32, 1.3


class Panel:
    """The panel as planes of the written video; only changed parts are painted again."""

    def __init__(
        self, layout: Layout, scene: Scene, focus: Focus, title: str, line: Line, letters: Lettering
    ) -> None:
        self._layout, self._scene, self._focus, self._title = layout, scene, focus, title
        self._line, self._letters = line, letters
        self._unit = layout.unit
        self._oblique = oblique(scene.analysis)
        box = layout.panel
        self._base = np.empty((box.height, box.width, 3), dtype=np.uint8)
        self._base[:] = PANEL
        self._paintable = Paintable()
        self._planes = Canvas(box.width, box.height).planes
        self._paintable.to_planes(self._base, self._planes)
        self._shown: dict[str, object] = {}
        self._parts = _parts(layout)
        strip = self._parts.get("strip")
        self._strip = Strip(strip, layout.unit, line, scene, letters) if strip else None

    @property
    def picture(self) -> Picture:
        """The panel as last painted, (height, width, 3) RGB."""
        return self._base

    def draw(self, target: Planes, time_s: float, moment: Moment, card: Card | None, replay: bool = False) -> None:
        """Copy the panel at a time into `target`, planes of its size."""
        reps = (moment.rep.index if moment.rep else 0, self._scene.done(time_s), replay)
        self._part("rep", reps, lambda area: self._rep(area, moment, time_s, replay))
        elapsed = round(moment.elapsed_s, 1) if moment.phase != "rest" else 0.0
        aside = self._scene.aside(time_s) if moment.phase == "rest" else None
        state = (moment.phase, elapsed, bool(moment.rep), replay, aside)
        self._part("phase", state, lambda area: self._phase(area, moment, replay, aside))
        tempo = tuple(_seconds(moment.tempo.get(name)) for name in _TEMPO)
        self._part("tempo", tempo, lambda area: self._tempo(area, moment, tempo))
        text = "~" * self._oblique + angle_text(self._line.times, self._line.values, time_s)
        self._part("angle", text, lambda area: self._angle(area, text, sure=not self._oblique))
        ended = bool(self._scene.reps) and self._scene.done(time_s) == len(self._scene.reps)
        past = card is not None and card.is_past(moment)
        self._part("card", (card, ended, aside, past), lambda area: self._card(area, card, ended, aside, past=past))
        if self._strip is not None:
            strip = self._strip
            self._part("strip", time_s, lambda area: strip.show(area, time_s))
        target.put(self._planes)

    def _part(self, name: str, state: object, paint: Callable[[Picture], None]) -> None:
        """Paint one part of the panel if its state changed."""
        part = self._parts.get(name)
        if part is None or self._shown.get(name) == (state,):
            return
        self._shown[name] = (state,)
        area = self._base[part.y : part.bottom, part.x : part.right]
        if name != "strip":  # which fills its part
            area[:] = PANEL
        paint(area)
        edges = even_aligned(part.x, part.y, part.right, part.bottom, self._planes.size)
        left, top, right, bottom = edges
        self._paintable.to_planes(self._base[top:bottom, left:right], self._planes.part(*edges))

    def _rep(self, area: Picture, moment: Moment, time_s: float, replay: bool) -> None:
        u, letters = self._unit, self._letters
        height, width = area.shape[:2]
        total = len(self._scene.reps)
        slim = self._layout.dock == "slim"
        size = round(u * (2.2 if slim else _BIG))
        middle = {"side": u * 3.6, "below": u * 1.6, "slim": height / 2}[self._layout.dock]
        if self._layout.dock == "side":
            letters.draw(area, fit(self._title, width, u), 0, u * 0.8, u, MUTED)
        x = letters.draw(area, str(moment.rep.index if moment.rep else 0), 0, middle, size, TEXT, "bold")
        letters.draw(area, f" / {total}", x, middle + size * 0.18, round(size * 0.5), MUTED, "bold")
        if self._layout.dock == "side":
            label = "rep" if total == 1 else "reps"
            x += text_width(f" / {total} ", round(size * 0.5), "bold")
            letters.draw(area, label, x, middle + size * 0.18, u, MUTED)
        if not slim:
            self._dots(area, time_s, height - u * 0.55)

    def _dots(self, area: Picture, time_s: float, y: float) -> None:
        """A dot for each rep: hollow until it ends, then coloured by its verdict."""
        reps, u = self._scene.reps, self._unit
        step = min(u * 0.95, area.shape[1] / max(len(reps), 1))
        for i, rep in enumerate(reps):
            verdict = self._scene.verdicts.get(rep.index, "not_judged")
            colour = VERDICT_COLOURS[verdict] if rep.end_s <= time_s else LINE
            draw.dot(area, np.asarray([step * (i + 0.5), y]), min(u * 0.28, step * 0.36), colour, None)

    def _phase(self, area: Picture, moment: Moment, replay: bool, aside: str | None) -> None:
        u = self._unit
        height, width = area.shape[:2]
        name = self._focus.phases.of(moment.phase)
        if moment.phase == "hold" and self._layout.dock == "side" and moment.rep is not None:
            name = f"{name} at the {moment.rep.turn_place}"
        if moment.phase == "rest":
            name = "ready" if moment.rep is None else "between reps"
        if moment.phase == "rest" and moment.rep is not None and moment.rep is self._scene.reps[-1]:
            name = "set done"
        if aside is not None:
            name = aside
        if replay:
            name = f"replay ¼ · {name}"
        colour = PHASE_COLOURS[moment.phase]
        draw.box(area, 0, 0, width, height, mix(PANEL, colour, 0.2), radius=u * 0.5)
        size = round(u * 1.12)
        inner = u * 0.75
        if moment.phase in ("eccentric", "concentric"):
            draw.triangle(area, inner + u * 0.35, height / 2, u * 0.42, moment.phase == "concentric", colour)
            inner += u * 1.2
        room = width - inner - u * 0.7 - (text_width("00.0 s", size) if moment.phase != "rest" else 0)
        if aside is not None and text_width(name, size, "bold") > room:
            name = name.partition(":")[0]  # without the reason, which the card shows
        self._letters.draw(area, fit(name.capitalize(), int(room), size, "bold"), inner, height / 2, size, colour, "bold")
        if moment.phase != "rest":
            self._letters.draw(
                area, f"{moment.elapsed_s:.1f} s", width - u * 0.7, height / 2, size, TEXT, "medium", "right"
            )

    def _tempo(self, area: Picture, moment: Moment, tempo: tuple[str, ...]) -> None:
        u = self._unit
        height, width = area.shape[:2]
        parts = list(zip(_TEMPO, tempo, strict=True))
        if self._scene.reps and self._scene.reps[0].first == "concentric":
            parts.reverse()
        words = [self._focus.phases.of(name) for name, _ in parts]
        size, places = columns(words, width, u)
        for word, x, (name, text) in zip(words, places, parts, strict=True):
            live = moment.phase == name
            colour = PHASE_COLOURS[name] if live or text != "–" else MUTED
            self._letters.draw(area, word, x, height * 0.26, size, MUTED)
            self._letters.draw(area, text, x, height * 0.74, round(size * 1.12), colour, "bold")

    def _angle(self, area: Picture, text: str, *, sure: bool) -> None:
        u = self._unit
        height, width = area.shape[:2]
        colour = TEXT if sure else MUTED
        if self._layout.dock == "below":  # beside the tempo, as a fourth column
            self._letters.draw(area, fit(self._focus.label, width, u), width, height * 0.26, u, MUTED, "medium", "right")
            self._letters.draw(area, text, width, height * 0.74, round(u * 1.12), colour, "bold", "right")
            return
        self._letters.draw(area, self._focus.label, 0, height / 2, u, MUTED)
        self._letters.draw(area, text, width, height / 2, round(u * _MIDDLE), colour, "bold", "right")

    def _card(self, area: Picture, card: Card | None, ended: bool, aside: str | None, *, past: bool) -> None:
        """The finding, grey once the next rep has begun."""
        u, letters = self._unit, self._letters
        height, width = area.shape[:2]
        if card is None:
            self._quiet(area, ended, aside)
            return
        finding = card.finding
        colour, ink = (MUTED, MUTED) if past else (SEVERITY_COLOURS[finding.severity], TEXT)
        draw.box(area, 0, 0, width, height, CARD if past else mix(PANEL, colour, 0.17), radius=u * 0.5)
        draw.box(area, 0, 0, u * 0.34, height, colour, radius=u * 0.17)
        left, room = u * 1.0, int(width - u * 1.7)
        rule = rule_title(self._scene.analysis.exercise.name, finding.rule)
        kind = "" if finding.severity == "fault" else f", {SEVERITIES[finding.severity]}"
        head = f"Rep {finding.rep}{kind}: {rule[:1].lower()}{rule[1:]}"
        head_size = round(u * 0.95)
        y = u * 0.9
        for text in wrap(head, room, head_size, "bold", 2 if self._layout.dock == "side" else 1):
            letters.draw(area, text, left, y, head_size, colour, "bold")
            y += heading_height(u)
        y -= u * 0.35
        small = round(u * 0.88)
        said = as_sentence(finding.message), beside_limit(finding)
        size, lines, more = fitted_with(finding.cue, said, u, width, height - y)
        for text in lines:
            letters.draw(area, text, left, y + size * 0.62, size, ink, "bold")
            y += size * LEADING
        y += u * 0.35
        for text in more:
            letters.draw(area, text, left, y + small * 0.6, small, mix(PANEL, ink, 0.72))
            y += small * _SMALL_LEADING

    def _quiet(self, area: Picture, ended: bool, aside: str | None) -> None:
        """The hint, or why a movement is not counted, or the outcome at the end."""
        u = self._unit
        height, width = area.shape[:2]
        draw.box(area, 0, 0, width, height, CARD, radius=u * 0.5)
        said: list[tuple[str, int, Weight, Colour]] = []
        if ended:
            said.append((outcome(self._scene.analysis), round(u * 1.2), "bold", TEXT))
        if aside is not None:
            said.append((aside[:1].upper() + aside[1:], u, "medium", MUTED))
        if self._oblique:
            said.append((f"{FILM_FROM_THE_SIDE}.", u, "bold", WARN))
        said = said or [(self._focus.hint, u, "medium", MUTED)]
        lines = [
            (line, size, weight, colour)
            for text, size, weight, colour in said
            for line in wrap(text, int(width - u * 1.6), size, weight, max(1, int(height / len(said) // (size * 1.3))))
        ]
        y = height / 2 - sum(size * _QUIET_LEADING for _, size, _, _ in lines[1:]) / 2
        for i, (line, size, weight, colour) in enumerate(lines):
            y += size * _QUIET_LEADING if i else 0.0
            self._letters.draw(area, line, u * 0.8, y, size, colour, weight)


def heading_height(unit: int) -> float:
    """Height of a line of a card's heading, pixels."""
    return unit * 1.1


def fitted_with(
    cue: str, sentences: Sequence[str], unit: int, width: float, height: float
) -> tuple[int, list[str], list[str]]:
    """Size and lines of a cue, and the lines below it of the first sentence for which there is room; none where there is
    room for no sentence."""
    room, small = int(width - unit * 1.7), round(unit * 0.88)
    for sentence in sentences:
        more = wrap(sentence, room, small)
        left = height - unit * 0.55 - len(more) * small * _SMALL_LEADING
        for size in (round(unit * share) for share in _CUE_SIZES):
            lines = wrap(cue, room, size, "bold")
            if len(lines) * size * LEADING <= left:
                return size, lines, more
    return *fitted(cue, unit, width, height), []


def fitted(cue: str, unit: int, width: float, height: float) -> tuple[int, list[str]]:
    """Text size and lines of a cue in a card: as large as fits, cut only if nothing fits."""
    room = int(width - unit * 1.7)
    sizes = [round(unit * share) for share in _CUE_SIZES]
    for size in sizes:
        lines = wrap(cue, room, size, "bold")
        if len(lines) * size * LEADING <= height - unit * 0.3:
            return size, lines
    return sizes[-1], wrap(cue, room, sizes[-1], "bold", max(1, int((height - unit * 0.3) // (sizes[-1] * LEADING))))


def _seconds(value: float | None) -> str:
    """Duration of a phase as text; a dash if it is too short to show."""
    return seconds(None if value is None or value < 0.05 else value)


def _parts(layout: Layout) -> dict[str, Box]:
    """Position of each part within the panel."""
    u, box = layout.unit, layout.panel
    edge = round(u * 0.9)
    width = box.width - 2 * edge

    def at(x: float, y: float, w: float, h: float) -> Box:
        return Box(edge + round(x), round(y), round(w), round(h))

    if layout.dock == "slim":
        return {"rep": at(0, u * 0.5, u * 4.6, u * 3.2), "card": at(u * 4.9, u * 0.35, width - u * 4.9, u * 3.5)}
    if layout.dock == "below":
        return {
            "rep": at(0, u * 0.6, u * 5.8, u * 4.0),
            "phase": at(u * 6.2, u * 0.6, width - u * 6.2, u * 1.9),
            "tempo": at(u * 6.2, u * 2.7, width - u * 11.6, u * 2.1),
            "angle": at(width - u * 5.2, u * 2.7, u * 5.2, u * 2.1),
            "strip": at(0, u * 5.0, width, u * 3.2),
            "card": at(0, u * 8.6, width, box.height - u * 9.2),
        }
    return {
        "rep": at(0, u * 0.8, width, u * 6.4),
        "phase": at(0, u * 7.6, width, u * 1.9),
        "tempo": at(0, u * 9.9, width, u * 2.4),
        "angle": at(0, u * 12.6, width, u * 1.9),
        "strip": at(0, u * 14.6, width, u * 4.6),
        "card": at(0, u * 19.7, width, box.height - u * 20.5),
    }
