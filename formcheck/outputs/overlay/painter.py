"""Annotating one picture: the lifter on the clip's picture, and the panel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formcheck.lifts.exercise import Focus, Shot
from formcheck.options import PanelPlace, Style
from formcheck.outputs.overlay.draw import SEVERITY_COLOURS
from formcheck.outputs.overlay.figure import Figure
from formcheck.outputs.overlay.layout import plan
from formcheck.outputs.overlay.lettering import Lettering
from formcheck.outputs.overlay.panel import Line, Panel
from formcheck.outputs.overlay.scene import Card, Moment, Scene
from formcheck.outputs.shown import (
    Place,
    drawn_side,
    exercise_title,
    gaps_between,
    joined,
    joined_times,
    place_at,
    regions_of,
    reps_of,
    shown_span,
)
from formcheck.outputs.words import beside_limit
from formcheck.results.analysis import Analysis, Finding
from formcheck.results.catalogue import main_signal
from formcheck.video.writer import Paintable, Planes, even_aligned

Picture = NDArray[np.uint8]

#: So long before and after its moment the figure of a finding is shown, seconds of the lifter.
FIGURE_S = 0.6
#: Size of a snapshot relative to the lifter.
CLOSE_UP = 1.35


class Painter:
    """Draws lifter and panel onto pictures of the clip."""

    def __init__(
        self, size: tuple[int, int], shots: Sequence[Shot], analysis: Analysis, focus: Focus, style: Style,
        *, full_size: bool = False, panel: PanelPlace = "auto",
    ) -> None:  # fmt: skip
        self.layout = plan(*size, style, full_size=full_size, panel=panel)
        self.scene = Scene(analysis, reps_of(shots), gaps_between(shots))
        letters = Lettering()
        self._shots = shots
        self._figures = [Figure(shot, analysis, focus, self.layout.scale, self.layout.unit, letters) for shot in shots]
        values = joined(shots, lambda shot: main_signal(focus.series, shot.motion, drawn_side(shot)).values)
        line = Line(joined_times(shots), values, *shown_span(shots, analysis))
        self._panel = Panel(self.layout, self.scene, focus, _title(analysis), line, letters)
        self._area = np.zeros((self.layout.picture.height, self.layout.picture.width, 3), dtype=np.uint8)
        self._paintable = Paintable()

    def paint(
        self, planes: Planes, time_s: float, finding: Finding | None = None, *, replay: bool = False
    ) -> None:
        """Annotate a picture of the written video that already contains the clip's picture.

        Only the part around the lifter is converted to RGB. `finding` replaces the scheduled one (in a replay).
        """
        moment, card = self._now(time_s, finding)
        place = place_at(self._shots, time_s)
        picture = planes.part(*self.layout.picture.edges)
        said = bool(self._said(card, time_s))
        reach = self._figures[place.shot].reach(place.frame, moment, said=said) if place.shown else None
        if reach is not None:
            left, top, right, bottom = edges = even_aligned(*reach, picture.size)
            if right > left and bottom > top:
                self._paintable.to_rgb(picture.part(*edges), self._area[top:bottom, left:right])
                self._draw(place, moment, card, time_s)
                self._paintable.to_planes(self._area[top:bottom, left:right], picture.part(*edges))
        self._panel.draw(planes.part(*self.layout.panel.edges), time_s, moment, card, replay)

    def snapshot(self, planes: Planes, time_s: float, finding: Finding | None) -> Picture:
        """The part of the picture in `planes` around the lifter, annotated, in RGB; `planes` are not changed."""
        self._paintable.to_rgb(planes.part(*self.layout.picture.edges), self._area)
        moment, card = self._now(time_s, finding)
        place = place_at(self._shots, time_s)
        if place.shown:
            self._draw(place, moment, card, time_s)
        return self.close_up(self._area, time_s)

    def _now(self, time_s: float, finding: Finding | None) -> tuple[Moment, Card | None]:
        card = Card(finding, time_s, time_s) if finding else self.scene.card(time_s)
        return self.scene.moment(time_s), card

    @staticmethod
    def _said(card: Card | None, time_s: float) -> str:
        """What stands at the part of the body that the shown finding is about, around its moment."""
        if card is None or card.finding.severity == "info" or abs(time_s - card.finding.time_s) > FIGURE_S:
            return ""
        return beside_limit(card.finding)

    def _draw(self, place: Place, moment: Moment, card: Card | None, time_s: float) -> None:
        accused = card is not None and card.finding.severity != "info" and not card.is_past(moment)
        marks = regions_of(self.scene.analysis.exercise.name, card.finding.rule) if card and accused else ()
        colour = SEVERITY_COLOURS[card.finding.severity] if card else SEVERITY_COLOURS["info"]
        self._figures[place.shot].draw(self._area, place.frame, moment, marks, colour, self._said(card, time_s))

    def close_up(self, area: Picture, time_s: float) -> Picture:
        """View of the picture around the lifter at a time, 4:3 if there is room."""
        height, width = area.shape[:2]
        place = place_at(self._shots, time_s)
        points = self._shots[place.shot].motion.body.points[place.frame] * self.layout.scale
        points = points[np.isfinite(points).all(axis=1)]
        if not len(points):
            return area
        low, high = points.min(axis=0), points.max(axis=0)
        around = (high - low) + (CLOSE_UP - 1) * (high - low).max()
        tall = min(float(height), around[1])
        wide = min(float(width), max(around[0], tall * 4 / 3))
        tall = min(float(height), max(tall, wide * 3 / 4))
        left = float(np.clip((low[0] + high[0]) / 2 - wide / 2, 0, width - wide))
        top = float(np.clip((low[1] + high[1]) / 2 - tall / 2, 0, height - tall))
        return area[int(top) : int(top + tall), int(left) : int(left + wide)]


def _title(analysis: Analysis) -> str:
    """The exercise, and of a clip with several sets which one is drawn."""
    which = f" · set {analysis.set_number} of {len(analysis.sets)}" if analysis.sets else ""
    return exercise_title(analysis.exercise) + which
