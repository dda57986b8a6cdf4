"""One picture of the comparison: both panels under their names, and below them phases, tempo, angle and what differs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.body.types import Array
from formcheck.compare.clock import PairClock
from formcheck.compare.comparison import Comparison, Side
from formcheck.compare.pairing import Performed
from formcheck.compare.panel import GHOST
from formcheck.compare.place import Stage, nearest_frame
from formcheck.report.overlay import draw
from formcheck.report.overlay.lettering import Lettering, fit, text_width
from formcheck.report.overlay.palette import ACCENT, CARD, MUTED, PANEL, PHASE_COLOURS, TEXT, Colour, mix
from formcheck.report.overlay.scene import SHORTEST_HOLD_S
from formcheck.report.shown import main_series

Picture = NDArray[np.uint8]

#: The colours of A (whose ghost is drawn) and B.
COLOURS: tuple[Colour, Colour] = (GHOST, ACCENT)
_HEAD, _FOOT, _GAP = 3.5, 7.6, 0.4


@dataclass(frozen=True)
class Plan:
    """Where things go: two stages side by side between a head and a foot, all in multiples of `unit`."""

    stage: Stage
    unit: int

    @property
    def gap(self) -> int:
        return 2 * round(self.unit * _GAP / 2)

    @property
    def head(self) -> int:
        return 2 * round(self.unit * _HEAD / 2)

    @property
    def width(self) -> int:
        return 2 * self.stage.width + self.gap

    @property
    def height(self) -> int:
        return self.head + self.stage.height + 2 * round(self.unit * _FOOT / 2)

    def left(self, place: int) -> int:
        """Left edge of the panel of A (0) or B (1)."""
        return place * (self.stage.width + self.gap)


def plan_for(stage: Stage) -> Plan:
    """Text of a size that can be read on a phone held upright."""
    return Plan(stage, max(16, round((2 * stage.width) * 0.021)))


class Sheet:
    """Paints everything around the panels for one pair."""

    def __init__(self, plan: Plan, clock: PairClock, comparison: Comparison, letters: Lettering) -> None:
        self._plan, self._clock, self._letters = plan, clock, letters
        self._both = (clock.pair.a, clock.pair.b)
        focus = clock.pair.a.of.exercise.focus
        self._label = focus.label
        self._angles = [
            main_series(one.take.motion, focus, one.take.working[one.rep.index]) for one in self._both
        ]
        self._still = np.empty((plan.height, plan.width, 3), dtype=np.uint8)
        self._still[:] = PANEL
        for place, side in enumerate((comparison.a, comparison.b)):
            self._head(place, side)
            self._tempo(place)
        beyond = comparison.beyond
        words = [one.words for one in beyond[:2]] or ["Nothing differs beyond our own measuring error"]
        size = round(plan.unit * 0.92)
        for line, text in enumerate(words):
            y = self._foot + plan.unit * (3.75 + 1.35 * line)
            text = fit(text, plan.width - plan.unit, size)
            letters.draw(self._still, text, plan.unit * 0.6, y, size, TEXT if beyond else MUTED)

    @property
    def _foot(self) -> int:
        return self._plan.head + self._plan.stage.height

    def _head(self, place: int, side: Side) -> None:
        plan, unit, left = self._plan, self._plan.unit, self._plan.left(place)
        size = round(unit * 1.15)
        draw.box(self._still, left + unit * 0.5, unit * 0.5, unit * 1.7, unit * 1.7, COLOURS[place], radius=unit * 0.4)
        self._letters.draw(self._still, "AB"[place], left + unit * 1.35, unit * 1.35, size, PANEL, "bold", "middle")
        rep = self._both[place].rep.index
        lines = [(side.name, size, TEXT, 1.1), (f"rep {rep} of {side.of_reps}{_aside(side)}", round(unit * 0.9), MUTED, 2.55)]
        for text, own, colour, y in lines:
            shown = fit(text, round(plan.stage.width - unit * 3.2), own, "bold")
            self._letters.draw(self._still, shown, left + unit * 2.6, unit * y, own, colour, "bold")

    def _tempo(self, place: int) -> None:
        """The seconds that this one took for each phase, in the phases' colours."""
        unit, size = self._plan.unit, round(self._plan.unit * 0.92)
        x = self._plan.left(place) + unit * 0.6
        rep, words = self._both[place].rep, self._both[place].of.exercise.focus.phases
        spans = {"eccentric": rep.eccentric_s, "hold": rep.pause_s, "concentric": rep.concentric_s}
        order = (rep.first, "hold", rep.second)
        for name in order:
            if name == "hold" and spans[name] < SHORTEST_HOLD_S:
                continue
            value = f"{spans[name]:.1f} s" if np.isfinite(spans[name]) else "cut"
            y = self._foot + unit * 2.35
            draw.dot(self._still, np.asarray([x + unit * 0.3, y]), unit * 0.28, PHASE_COLOURS[name], None)
            x += unit * 0.85
            x += self._letters.draw(self._still, f"{words.of(name)} {value}", x, y, size, TEXT) + unit * 0.7

    def paint(self, picture: Picture, common_s: float, times_s: tuple[float, float]) -> tuple[Picture, Picture]:
        """Fill a picture of the plan's size with everything but the panels; return the two panels' places in it."""
        plan = self._plan
        picture[:] = self._still
        values = [_value(one, series, time_s) for one, series, time_s in zip(self._both, self._angles, times_s, strict=True)]
        for place, value in enumerate(values):
            self._angle(picture, place, value, values)
        self._track(picture, common_s)
        panels = [picture[plan.head : self._foot, plan.left(i) : plan.left(i) + plan.stage.width] for i in (0, 1)]
        return panels[0], panels[1]

    def _angle(self, picture: Picture, place: int, value: float, values: list[float]) -> None:
        unit, y = self._plan.unit, self._foot + self._plan.unit * 0.95
        x = self._plan.left(place) + unit * 0.6
        size = round(unit * 0.92)
        x += self._letters.draw(picture, self._label, x, y, size, MUTED) + unit * 0.5
        shown = f"{value:.0f}°" if np.isfinite(value) else "–"
        x += self._letters.draw(picture, shown, x, y, round(unit * 1.2), COLOURS[place], "bold") + unit * 0.5
        apart = values[1] - values[0]
        if place == 1 and np.isfinite(apart):
            text = f"{apart:+.0f}° against A"
            if x + text_width(text, size) < self._plan.width - unit * 0.4:
                self._letters.draw(picture, text, x, y, size, MUTED)

    def _track(self, picture: Picture, common_s: float) -> None:
        """The phases of the pair on the common clock, and where in them it is."""
        plan, unit, clock = self._plan, self._plan.unit, self._clock
        left, wide = unit * 0.6, plan.width - 1.2 * unit
        y, tall = self._foot + unit * 6.15, unit * 0.8
        rate = wide / (clock.end_s - clock.start_s)
        for part in clock.stretches:
            x, length = left + (part.start_s - clock.start_s) * rate, (part.end_s - part.start_s) * rate
            now = part.start_s <= common_s < part.end_s
            colour = mix(CARD, PHASE_COLOURS[part.phase], 0.25 if part.phase == "rest" else 1.0 if now else 0.5)
            if length >= 1:
                draw.box(picture, x, y, max(length - 2, 1.0), tall, colour, radius=unit * 0.2)
        x = left + (np.clip(common_s, clock.start_s, clock.end_s) - clock.start_s) * rate
        draw.line(picture, np.asarray([x, y - unit * 0.2]), np.asarray([x, y + tall + unit * 0.2]), TEXT, max(2, unit // 8))


def _aside(side: Side) -> str:
    parts = [f"{side.working_leg} leg works"] if side.working_leg else []
    parts += [f"{side.load_kg:g} kg"] if side.load_kg else []
    parts += ["mirrored"] if side.mirrored else []
    return "".join(f" · {part}" for part in parts)


def _value(one: Performed, series: Array, time_s: float) -> float:
    return float(series[nearest_frame(one.take.motion, time_s)])
