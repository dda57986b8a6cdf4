"""The main angle of a set over time as a Matplotlib chart, for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from formcheck.errors import library
from formcheck.lifts.exercise import Shot
from formcheck.outputs.shown import drawn_side, exercise_title, focus_of, joined, joined_times, reps_of, rule_title
from formcheck.outputs.words import grouped
from formcheck.results.analysis import Analysis
from formcheck.results.catalogue import main_signal

_COLOURS = {"fault": "#c62f38", "borderline": "#c98a00", "info": "#1f62b5"}


def plot_set(analysis: Analysis, shots: Sequence[Shot], axes: Any = None) -> Any:
    """The axes with the angle, each rep shaded and numbered, and a mark at the moment of each finding.

    Raises:
        UsageError: Matplotlib is not installed.
    """
    pyplot = library("matplotlib.pyplot", "a plot")
    axes = pyplot.subplots(figsize=(9, 3))[1] if axes is None else axes
    focus = focus_of(analysis)
    times = joined_times(shots)
    values = joined(shots, lambda shot: main_signal(focus.series, shot.motion, drawn_side(shot)).values)
    axes.plot(times, values, color="#0a7f70", linewidth=1.5)
    top = axes.get_ylim()[1]
    for rep in reps_of(shots):
        axes.axvspan(rep.start_s, rep.end_s, color="#5a6775", alpha=0.12, linewidth=0)
        axes.text((rep.start_s + rep.end_s) / 2, top, str(rep.index), ha="center", va="bottom", color="#5a6775")
    for group in grouped(analysis.findings):
        label = rule_title(analysis.exercise.name, group[0].rule)
        for place, finding in enumerate(group):
            axes.axvline(
                finding.time_s, color=_COLOURS[finding.severity], linestyle=":", linewidth=1.5, label=None if place else label
            )
    axes.set(xlabel="time (s)", ylabel=f"{focus.label} (degrees)")
    axes.set_title(exercise_title(analysis.exercise), loc="left", pad=16)
    if analysis.findings:
        axes.legend(loc="lower right", fontsize="small", frameon=False)
    return axes
