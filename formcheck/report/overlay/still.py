"""One annotated picture of a clip: the lifter at the moment of a finding, or at the turn of a rep."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formcheck.analysis import Analysis, Finding
from formcheck.errors import ClipError
from formcheck.exercises import FilmedSet
from formcheck.report.overlay.painter import Painter
from formcheck.report.overlay.render import Canvases
from formcheck.report.shown import focus_of
from formcheck.video.reader import ClipReader


def key_finding(analysis: Analysis) -> Finding | None:
    """The finding that matters most: the surest fault, then the surest borderline one, then a note."""
    order = {"fault": 0, "borderline": 1, "info": 2}
    return min(analysis.findings, key=lambda f: (order[f.severity], -f.confidence), default=None)


def draw_still(
    reader: ClipReader, takes: Sequence[FilmedSet], analysis: Analysis, finding: Finding | None = None
) -> NDArray[np.uint8]:
    """(H, W, 3) RGB: the part of the clip around the lifter with what decides the exercise drawn on.

    Shows the moment of `finding` with what it is about; without one the turn of the first rep.

    Raises:
        ClipError: the clip has no picture there.
    """
    time_s = analysis.reps[0].turn_s if finding is None else finding.time_s
    painter = Painter((reader.info.width, reader.info.height), takes, analysis, focus_of(analysis.exercise.name), "full")
    for canvas, _ in Canvases(painter.layout).filled(reader.frames_near([time_s])):
        return np.array(painter.snapshot(canvas.planes, time_s, finding))
    raise ClipError(f"{reader.info.path.name} has no picture at {time_s:.1f} s; is it the clip that was analysed?")
