"""The text beside or below the clip: rep, phase, tempo, the live strip and the finding of the moment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from formcheck.exercises.focus import Focus
from formcheck.report.overlay import draw
from formcheck.report.overlay.layout import Box, Layout
from formcheck.report.overlay.lettering import Lettering, Weight, columns, fit, text_width, wrap
from formcheck.report.overlay.palette import (
    CARD,
    LINE,
    MUTED,
    PANEL,
    PHASE_COLOURS,
    SEVERITY_COLOURS,
    TEXT,
    VERDICT_COLOURS,
    Colour,
    mix,
)
from formcheck.report.overlay.scene import Card, Moment, PhaseName, Scene
from formcheck.report.overlay.strip import Line, Strip, angle_text
from formcheck.report.shown import rule_title
from formcheck.report.words import outcome
from formcheck.video.pictures import Canvas, Paintable, Planes, evened

Picture = NDArray[np.uint8]

_HEADINGS = {"fault": "", "borderline": ", borderline", "info": ", note"}
_TEMPO: tuple[PhaseName, ...] = ("eccentric", "hold", "concentric")
#: Sizes in units of small text.
_BIG, _MIDDLE = 3.0, 1.6
_CUE_SIZES = (1.24, 1.1, 0.98, 0.88)
#: Distance of lines in sizes of their text.
LEADING = 1.22
_QUIET_LEADING = 1.32


class Panel:
    """Keeps the panel as planes of the written video; only parts that changed since the last frame are painted again."""

    def __init__(
        self, layout: Layout, scene: Scene, focus: Focus, title: str, line: Line, letters: Lettering
    ) -> None:
        self._layout, self._scene, self._focus, self._title = layout, scene, focus, title
        self._line, self._letters = line, letters
        self._unit = layout.unit
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
        """The panel as it was last drawn, (height, width, 3) RGB."""
        return self._base

    def draw(self, target: Planes, time_s: float, moment: Moment, card: Card | None, replay: bool = False) -> None:
        """Fill `target`, planes of the panel's size, for a time."""
        reps = (moment.rep.index if moment.rep else 0, self._scene.done(time_s), replay)
        self._part("rep", reps, lambda area: self._rep(area, moment, time_s, replay))
        elapsed = round(moment.elapsed_s, 1) if moment.phase != "rest" else 0.0
        aside = self._scene.aside(time_s) if moment.phase == "rest" else None
        state = (moment.phase, elapsed, bool(moment.rep), replay, aside)
        self._part("phase", state, lambda area: self._phase(area, moment, replay, aside))
        tempo = tuple(_seconds(moment.tempo.get(name)) for name in _TEMPO)
        self._part("tempo", tempo, lambda area: self._tempo(area, moment, tempo))
        text = angle_text(self._line.times, self._line.values, time_s)
        self._part("angle", text, lambda area: self._angle(area, text))
        ended = bool(self._scene.reps) and self._scene.done(time_s) == len(self._scene.reps)
        self._part("card", (card, ended, aside), lambda area: self._card(area, card, ended, aside))
        if self._strip is not None:
            strip = self._strip
            self._part("strip", time_s, lambda area: strip.show(area, time_s))
        target.put(self._planes)

    def _part(self, name: str, state: object, paint: Callable[[Picture], None]) -> None:
        """Paint one part of the panel again when its state changed."""
        part = self._parts.get(name)
        if part is None or self._shown.get(name) == (state,):
            return
        self._shown[name] = (state,)
        area = self._base[part.y : part.bottom, part.x : part.right]
        if name != "strip":  # which fills its part
            area[:] = PANEL
        paint(area)
        edges = evened(part.x, part.y, part.right, part.bottom, self._planes.size)
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
        """One dot a rep: hollow before it, coloured by its verdict once it has ended."""
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
            name = f"{name} at {moment.rep.turn_place}"
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
            name = name.partition(":")[0]  # the card has the reason
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

    def _angle(self, area: Picture, text: str) -> None:
        u = self._unit
        height, width = area.shape[:2]
        self._letters.draw(area, self._focus.label, 0, height / 2, u, MUTED)
        self._letters.draw(area, text, width, height / 2, round(u * _MIDDLE), TEXT, "bold", "right")

    def _card(self, area: Picture, card: Card | None, ended: bool, aside: str | None) -> None:
        u, letters = self._unit, self._letters
        height, width = area.shape[:2]
        if card is None:
            self._quiet(area, ended, aside)
            return
        finding = card.finding
        colour = SEVERITY_COLOURS[finding.severity]
        draw.box(area, 0, 0, width, height, mix(PANEL, colour, 0.17), radius=u * 0.5)
        draw.box(area, 0, 0, u * 0.34, height, colour, radius=u * 0.17)
        left, room = u * 1.0, int(width - u * 1.7)
        rule = rule_title(self._scene.analysis.exercise.name, finding.rule)
        head = f"Rep {finding.rep}{_HEADINGS[finding.severity]}: {rule[:1].lower()}{rule[1:]}"
        head_size = round(u * 0.95)
        y = u * 0.9
        for text in wrap(head, room, head_size, "bold", 2 if self._layout.dock == "side" else 1):
            letters.draw(area, text, left, y, head_size, colour, "bold")
            y += heading_height(u)
        y -= u * 0.35
        size, lines = fitted(finding.cue, u, width, height - y)
        for text in lines:
            letters.draw(area, text, left, y + size * 0.62, size, TEXT, "bold")
            y += size * LEADING
        small = round(u * 0.88)
        y += u * 0.35
        lines = wrap(finding.message, room, small)
        # The message is left out rather than cut: the cue is what counts here, the page has both.
        if len(lines) * small * 1.3 <= height - y - u * 0.2:
            for text in lines:
                letters.draw(area, text, left, y + small * 0.6, small, mix(PANEL, TEXT, 0.72))
                y += small * 1.3

    def _quiet(self, area: Picture, ended: bool, aside: str | None) -> None:
        """What to watch while there is nothing to say, or why this is not counted, and the outcome at the end."""
        u = self._unit
        height, width = area.shape[:2]
        draw.box(area, 0, 0, width, height, CARD, radius=u * 0.5)
        said: list[tuple[str, int, Weight, Colour]] = []
        if ended:
            said.append((outcome(self._scene.analysis), round(u * 1.2), "bold", TEXT))
        if aside is not None:
            said.append((aside[:1].upper() + aside[1:], u, "medium", MUTED))
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


def fitted(cue: str, unit: int, width: float, height: float) -> tuple[int, list[str]]:
    """Size and lines of a cue in a card of that width with that height left: as large as fits, cut only when none does."""
    room = int(width - unit * 1.7)
    sizes = [round(unit * share) for share in _CUE_SIZES]
    for size in sizes:
        lines = wrap(cue, room, size, "bold")
        if len(lines) * size * LEADING <= height - unit * 0.3:
            return size, lines
    return sizes[-1], wrap(cue, room, sizes[-1], "bold", max(1, int((height - unit * 0.3) // (sizes[-1] * LEADING))))


def _seconds(value: float | None) -> str:
    return "–" if value is None or value < 0.05 else f"{value:.1f} s"


def _parts(layout: Layout) -> dict[str, Box]:
    """Where each part of the panel is, relative to the panel."""
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
            "phase": at(u * 6.2, u * 0.8, u * 11.2, u * 1.9),
            "tempo": at(u * 18.1, u * 0.7, width - u * 18.1, u * 2.1),
            "angle": at(u * 6.2, u * 3.0, width - u * 6.2, u * 1.6),
            "strip": at(0, u * 5.0, width, u * 3.8),
            "card": at(0, u * 9.3, width, box.height - u * 10.1),
        }
    return {
        "rep": at(0, u * 0.8, width, u * 6.4),
        "phase": at(0, u * 7.6, width, u * 1.9),
        "tempo": at(0, u * 9.9, width, u * 2.4),
        "angle": at(0, u * 12.6, width, u * 1.9),
        "strip": at(0, u * 14.6, width, u * 4.6),
        "card": at(0, u * 19.7, width, box.height - u * 20.5),
    }
