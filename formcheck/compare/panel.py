"""One lifter's panel: the clip's picture fitted to the stage, the lifter drawn on it, and the other's ghost over it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.body.types import Array
from formcheck.compare.pairing import Performed
from formcheck.compare.place import Fit, Ghost, Stage, nearest_frame, placed
from formcheck.exercises.focus import Region
from formcheck.report.overlay import draw
from formcheck.report.overlay.figure import Figure
from formcheck.report.overlay.lettering import Lettering
from formcheck.report.overlay.palette import CARD, SEVERITY_COLOURS, SHADOW, Colour
from formcheck.report.overlay.scene import moment_of
from formcheck.report.shown import drawn_side, regions_of
from formcheck.skeleton import LEG, SEGMENTS, joint
from formcheck.video import Canvas, Frame, Paintable, PlaneBuffer

Picture = NDArray[np.uint8]

#: The ghost: a colour that neither skeleton, phases nor findings have, and how much of what is below shows through.
GHOST: Colour = (255, 120, 230)
GHOST_ALPHA = 0.8
#: From this closeness to the turn on (see `Moment`) the parts of the body that a fault of the rep is about are marked.
MARKED_FROM = 0.5


class Backdrop:
    """The clip's pictures fitted to a stage, as RGB. One for each reader; it keeps the last picture."""

    def __init__(self, stage: Stage, size: tuple[int, int]) -> None:
        self._stage, self._size = stage, size
        self._buffer, self._paintable = PlaneBuffer(), Paintable()
        self._canvas: Canvas | None = None
        self._rgb: Picture = np.empty((0, 0, 3), dtype=np.uint8)
        self._last: tuple[float, Fit] | None = None
        self._picture: Picture = np.empty((stage.height, stage.width, 3), dtype=np.uint8)

    def picture(self, frame: Frame, fit: Fit) -> Picture:
        """The (height, width, 3) picture of the stage at a frame, dark where the clip shows nothing; to be copied."""
        if self._last != (frame.time_s, fit):
            # What is shrunk is shrunk by the decoder's scaler first, which averages; OpenCV's warp would skip pixels.
            share = min(1.0, abs(fit.down))
            width, height = (max(2, 2 * round(side * share / 2)) for side in self._size)
            if self._canvas is None or self._canvas.planes.size != (width, height):
                self._canvas = Canvas(width, height)
                self._rgb = np.empty((height, width, 3), dtype=np.uint8)
            self._buffer.put(frame, self._canvas.planes)
            self._paintable.to_rgb(self._canvas.planes, self._rgb)
            shrunk = np.diag([self._size[0] / width, self._size[1] / height, 1.0])
            cv2.warpAffine(
                self._rgb, fit.matrix @ shrunk, (self._stage.width, self._stage.height), dst=self._picture,
                flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=CARD,
            )  # fmt: skip
            self._last = (frame.time_s, fit)
        return self._picture


class Panel:
    """Draws one rep on its stage, with the ghost of the other over it where there is one."""

    def __init__(
        self, of: Performed, fit: Fit, stage: Stage, unit: int, letters: Lettering, ghost: Ghost | None = None
    ) -> None:
        self._of, self._ghost = of, ghost
        self._take = placed(of.take, fit)
        analysis = of.of.analysis
        self._figure = Figure(self._take, analysis, of.of.exercise.focus, 1.0, unit, letters)
        self._ghost_width = max(3, round(stage.trunk_px * 0.07))
        own = [f for f in analysis.findings if f.rep == of.rep.index and f.severity in ("fault", "borderline")]
        own.sort(key=lambda finding: ("fault", "borderline").index(finding.severity))
        self._mark = SEVERITY_COLOURS[own[0].severity if own else "info"]
        marks = [region for f in own if f.severity == own[0].severity for region in regions_of(analysis.exercise.name, f.rule)]
        self._marks: tuple[Region, ...] = tuple(dict.fromkeys(marks))

    def draw(self, picture: Picture, time_s: float, other_s: float) -> None:
        """Draw the lifter at a time of the clip onto a picture of the stage, while the other is at `other_s` of its own."""
        moment = moment_of(self._of.rep, time_s)
        marks = self._marks if moment.closeness >= MARKED_FROM else ()
        if self._ghost is not None:
            draw_ghost(picture, self._ghost, self._ghost.points(other_s, time_s), self._ghost_width)
        self._figure.draw(picture, nearest_frame(self._take.motion, time_s), moment, marks, self._mark)


def draw_ghost(picture: Picture, ghost: Ghost, points: Array, width: int) -> None:
    """Draw the bones of a ghost's near side and working leg at (J, 2) `points`, translucent."""
    near, working = ghost.of.take.motion.body.view.side, drawn_side(ghost.of.take)
    bones: list[tuple[Array, Array]] = []
    for first, second in SEGMENTS:
        side = working if second in LEG else near
        ends = points[joint(first, side)], points[joint(second, side)]
        if draw.known(*ends):
            bones.append(ends)
    if not bones:
        return

    def paint(copy: Picture, offset: Array) -> None:
        for a, b in bones:
            draw.line(copy, a - offset, b - offset, SHADOW, width + 4)
        for a, b in bones:
            draw.line(copy, a - offset, b - offset, GHOST, width)

    drawn = np.concatenate(bones).reshape(-1, 2)
    draw.translucent(picture, np.vstack([drawn - 2 * width, drawn + 2 * width]), paint, GHOST_ALPHA)
