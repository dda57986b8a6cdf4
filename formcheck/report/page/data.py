"""What the page's script needs, as plain data: thinned series, phases, findings and the words for a screen reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import numpy as np

from formcheck.analysis import Analysis
from formcheck.body.types import Array, LegAngles
from formcheck.exercises import FilmedSet
from formcheck.exercises.focus import Focus, PhaseWords
from formcheck.motion.types import Motion
from formcheck.report.overlay.scene import moment_of, phase_labels
from formcheck.report.shown import drawn_side, main_series, shown_bar
from formcheck.report.takes import gaps_between, joined, joined_times, reps_of, shown_span
from formcheck.reps.types import Rep

#: A chart never has more points than this: about two for every pixel of a wide screen.
MOST_POINTS = 3000


def page_data(
    analysis: Analysis, takes: Sequence[FilmedSet], focus: Focus, video_from_s: float
) -> dict[str, Any]:
    """Everything that moves on the page; times are the lifter's seconds, missing values None.

    `video_from_s` is the time of the video's first frame. Between two takes all values are missing.
    """
    every = max(1, -(-sum(len(take.motion.times) for take in takes) // MOST_POINTS))
    times = joined_times(takes, every)
    first, last = shown_span(takes, analysis)
    angles: dict[str, Callable[[FilmedSet], Array]] = {
        "main": lambda take: main_series(take.motion, focus, drawn_side(take)),
        "trunk": lambda take: take.motion.trunk.values,
    }
    if focus.series != "knee":
        angles["knee"] = lambda take: _leg(take).knee.values
    if focus.series != "hip":
        angles["hip"] = lambda take: _leg(take).hip.values
    angles["shin"] = lambda take: _leg(take).shin.values
    labels = {"main": focus.label, "knee": "Knee", "hip": "Hip", "trunk": "Trunk from vertical", "shin": "Shin from vertical"}
    reps = reps_of(takes)
    data: dict[str, Any] = {
        "slowMotion": analysis.clip.slow_motion,
        "videoFrom": round(video_from_s, 4),
        "frameStep": round(1 / analysis.clip.fps, 5) if analysis.clip.fps > 0 else 0.033,
        "first": round(first, 3),
        "last": round(last, 3),
        "times": _numbers(times, 3),
        "angles": [
            {"key": key, "label": labels[key], "values": _numbers(joined(takes, values, every), 1)}
            for key, values in angles.items()
        ],
        "reps": [_rep(rep, analysis, focus.phases) for rep in reps],
        "findings": [asdict(finding) for finding in analysis.findings],
        "notCounted": [
            {"start": round(part.start_s, 3), "end": round(part.end_s, 3), "reason": part.reason}
            for part in analysis.not_counted
        ],
        "gaps": [[round(start, 3), round(end, 3)] for start, end in gaps_between(takes)],
        "cuts": [round(float(take.motion.times[0]), 3) for take in takes[1:]],
        "turn": reps[0].turn_place if reps else "",
    }
    if any(take.motion.spine is not None for take in takes):
        upper, lower = (joined(takes, bend, every) for bend in (_upper_bend, _lower_bend))
        # The halves share a border whose place is uncertain: their errors are opposed, the whole is the surer number.
        data["bend"] = [
            {"key": "whole", "label": "Whole back", "values": _numbers(upper + lower, 1)},
            {"key": "upper", "label": "Upper", "values": _numbers(upper, 1), "off": True},
            {"key": "lower", "label": "Lower", "values": _numbers(lower, 1), "off": True},
        ]
    bars = [(take, bar) for take in takes if (bar := shown_bar(take.motion, focus)) is not None]
    if bars:
        phases = phase_labels(times, reps)
        data["bar"] = {**_bar(takes, focus, every), "phases": phases, "source": bars[0][1].source,
                       "facing": bars[0][0].motion.body.view.facing}  # fmt: skip
    return data


def _leg(take: FilmedSet) -> LegAngles:
    return take.motion.legs[drawn_side(take)]


def _upper_bend(take: FilmedSet) -> Array | None:
    return None if take.motion.spine is None else _against_start(take.motion, take.reps, take.motion.spine.thoracic.values)


def _lower_bend(take: FilmedSet) -> Array | None:
    return None if take.motion.spine is None else _against_start(take.motion, take.reps, take.motion.spine.lumbar.values)


def _against_start(motion: Motion, reps: Sequence[Rep], values: Array) -> Array:
    """(F,) the values less their typical one at the start of a rep, as far as that is known."""
    starts = np.zeros(len(values), dtype=bool)
    for rep in reps:
        starts |= rep.at_start(motion.times)
    known = values[starts & np.isfinite(values)]
    return values - np.median(known) if len(known) else values


def _rep(rep: Rep, analysis: Analysis, words: PhaseWords) -> dict[str, Any]:
    phases: list[dict[str, Any]] = []
    edges = sorted({rep.start_s, rep.turn_start_s, rep.turn_end_s, rep.end_s})
    for start, end in pairwise(edges):
        phase = moment_of(rep, (start + end) / 2).phase
        if phases and phases[-1]["name"] == phase:
            phases[-1]["end"] = round(end, 3)
        else:
            phases.append({"name": phase, "word": words.of(phase), "start": round(start, 3), "end": round(end, 3)})
    verdict = next((facts.verdict for facts in analysis.reps if facts.index == rep.index), "not_judged")
    return {
        "index": rep.index, "start": round(rep.start_s, 3), "turn": round(rep.turn_s, 3), "end": round(rep.end_s, 3),
        "phases": phases, "verdict": verdict,
    }  # fmt: skip


def _bar(takes: Sequence[FilmedSet], focus: Focus, every: int) -> dict[str, Any]:
    """The bar's path: forward of and above its typical place in its take.

    Centimetres where all takes that show it have a scale, percent of the trunk otherwise.
    """
    scaled = all(
        np.isfinite(take.motion.scale.px_per_m) for take in takes if shown_bar(take.motion, focus) is not None
    )

    def path(take: FilmedSet) -> Array | None:
        motion, bar = take.motion, shown_bar(take.motion, focus)
        if bar is None:
            return None
        per_px = 100 / (motion.scale.px_per_m if scaled else motion.trunk_px)
        origin = np.nanmedian(bar.path, axis=0) if np.isfinite(bar.path).any() else np.zeros(2)
        return (bar.path - origin) * [motion.body.view.forward * per_px, -per_px]

    whole = joined(takes, path, every)
    return {"x": _numbers(whole[:, 0], 2), "y": _numbers(whole[:, 1], 2), "unit": "cm" if scaled else "% of trunk"}


def _numbers(values: Array, digits: int) -> list[float | None]:
    return [round(float(v), digits) if np.isfinite(v) else None for v in values]
