"""What the page's script needs, as plain data: thinned series, phases, findings and the words for a screen reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from formcheck.analysis import Analysis
from formcheck.exercises.focus import Focus
from formcheck.motion.types import Array, Bar, Motion
from formcheck.report.focus import drawn_side, main_series, shown_bar
from formcheck.report.overlay.scene import moment_of, phase_labels
from formcheck.reps.types import Rep

#: A chart never has more points than this: about two for every pixel of a wide screen.
MOST_POINTS = 3000


def page_data(
    analysis: Analysis, motion: Motion, reps: Sequence[Rep], focus: Focus, video_from_s: float
) -> dict[str, Any]:
    """Everything that moves on the page; times are the lifter's seconds, missing values None.

    `video_from_s` is the time of the video's first frame.
    """
    rows = np.arange(0, len(motion.times), max(1, -(-len(motion.times) // MOST_POINTS)))
    side = drawn_side(motion, analysis.exercise.working_leg)
    leg = motion.legs[side]
    angles = {"main": main_series(motion, focus, side), "trunk": motion.trunk.values}
    if focus.series != "knee":
        angles["knee"] = leg.knee.values
    if focus.series != "hip":
        angles["hip"] = leg.hip.values
    angles["shin"] = leg.shin.values
    labels = {"main": focus.label, "knee": "Knee", "hip": "Hip", "trunk": "Trunk from vertical", "shin": "Shin from vertical"}
    data: dict[str, Any] = {
        "slowMotion": analysis.clip.slow_motion,
        "videoFrom": round(video_from_s, 4),
        "frameStep": round(1 / analysis.clip.fps, 5) if analysis.clip.fps > 0 else 0.033,
        "times": _numbers(motion.times[rows], 3),
        "angles": [{"key": key, "label": labels[key], "values": _numbers(v[rows], 1)} for key, v in angles.items()],
        "reps": [_rep(rep, analysis) for rep in sorted(reps, key=lambda rep: rep.start_s)],
        "findings": [asdict(finding) for finding in analysis.findings],
        "turn": focus.turn,
    }
    if motion.spine is not None:
        upper, lower = (_against_start(motion, reps, v.values) for v in (motion.spine.thoracic, motion.spine.lumbar))
        # The halves share a border whose place is uncertain: their errors are opposed, the whole is the surer number.
        data["bend"] = [
            {"key": "whole", "label": "Whole back", "values": _numbers((upper + lower)[rows], 1)},
            {"key": "upper", "label": "Upper", "values": _numbers(upper[rows], 1), "off": True},
            {"key": "lower", "label": "Lower", "values": _numbers(lower[rows], 1), "off": True},
        ]
    bar = shown_bar(motion, focus)
    if bar is not None:
        data["bar"] = _bar(motion, bar, rows, reps)
    return data


def _against_start(motion: Motion, reps: Sequence[Rep], values: Array) -> Array:
    """(F,) the values less their typical one at the start of a rep, as far as that is known."""
    starts = np.zeros(len(values), dtype=bool)
    for rep in reps:
        starts |= rep.at_start(motion.times)
    known = values[starts & np.isfinite(values)]
    return values - np.median(known) if len(known) else values


def _rep(rep: Rep, analysis: Analysis) -> dict[str, Any]:
    phases: list[dict[str, Any]] = []
    edges = sorted({rep.start_s, rep.turn_start_s, rep.turn_end_s, rep.end_s})
    for start, end in pairwise(edges):
        phase = moment_of(rep, (start + end) / 2).phase
        if phases and phases[-1]["name"] == phase:
            phases[-1]["end"] = round(end, 3)
        else:
            phases.append({"name": phase, "start": round(start, 3), "end": round(end, 3)})
    verdict = next((facts.verdict for facts in analysis.reps if facts.index == rep.index), "not_judged")
    return {
        "index": rep.index, "start": round(rep.start_s, 3), "turn": round(rep.turn_s, 3), "end": round(rep.end_s, 3),
        "phases": phases, "verdict": verdict,
    }  # fmt: skip


def _bar(motion: Motion, bar: Bar, rows: Any, reps: Sequence[Rep]) -> dict[str, Any]:
    """The bar's path: forward of and above its typical place, centimetres with a scale and percent of the trunk without."""
    known = np.isfinite(motion.scale.px_per_m)
    per_px = 100 / (motion.scale.px_per_m if known else motion.trunk_px)
    path: Array = bar.path
    origin = np.nanmedian(path, axis=0) if np.isfinite(path).any() else np.zeros(2)
    forward = (path[:, 0] - origin[0]) * motion.body.view.forward * per_px
    up = -(path[:, 1] - origin[1]) * per_px
    phases = phase_labels(motion.times, reps)
    return {
        "x": _numbers(forward[rows], 2), "y": _numbers(up[rows], 2), "unit": "cm" if known else "% of trunk",
        "phases": [phases[int(i)] for i in rows], "source": bar.source, "facing": motion.body.view.facing,
    }  # fmt: skip


def _numbers(values: Array, digits: int) -> list[float | None]:
    return [round(float(v), digits) if np.isfinite(v) else None for v in values]
