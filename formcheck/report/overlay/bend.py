"""How far the back has bent, as it is coloured: against the rep's own start, and never against the verdict."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formcheck.analysis import Analysis
from formcheck.body.types import Array
from formcheck.exercises.focus import Region
from formcheck.motion.types import Motion
from formcheck.report.shown import regions_of
from formcheck.reps.types import Rep

ABOUT_THE_BACK: set[Region] = {"upper_back", "lower_back"}


def bend_from_start(motion: Motion, reps: Sequence[Rep]) -> Array:
    """(F,) bend of the whole back against the start of the rep a frame belongs to, degrees; NaN where it is not known.

    What the back's own error could explain is taken off: a shaky outline must not look like a bent back.
    """
    bend = np.full(len(motion.times), np.nan)
    if motion.spine is None:
        return bend
    thoracic, lumbar = motion.spine.thoracic, motion.spine.lumbar
    values, sd = thoracic.values + lumbar.values, np.maximum(thoracic.sd, lumbar.sd)
    for rep in reps:
        start = values[rep.at_start(motion.times)]
        if np.isfinite(start).any():
            inside = rep.during(motion.times)
            change = values[inside] - np.nanmedian(start)
            bend[inside] = np.sign(change) * np.maximum(np.abs(change) - np.nan_to_num(sd[inside]), 0.0)
    return bend


def accused_shares(motion: Motion, reps: Sequence[Rep], analysis: Analysis) -> Array:
    """(F, 2) how far towards red the back goes at least and at most, 0-1: the drawing never contradicts the verdict."""
    spans = {"fault": (0.5, 1.0), "borderline": (0.3, 0.6), "": (0.0, 0.3)}
    result = np.tile(spans[""], (len(motion.times), 1))
    for rep in reps:
        own = [f for f in analysis.findings if f.rep == rep.index]
        about = {f.severity for f in own if ABOUT_THE_BACK & set(regions_of(analysis.exercise.name, f.rule))}
        grave = "fault" if "fault" in about else "borderline" if "borderline" in about else ""
        result[rep.during(motion.times)] = spans[grave]
    return result
