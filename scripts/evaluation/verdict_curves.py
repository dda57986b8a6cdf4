"""Pictures of how often a rep is accused against how bad it truly is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.scores import Statement, reliability
from evaluation.verdicts import HINTS, Verdict, by, curve, said

if TYPE_CHECKING:
    from studio_lib.faults import Rule

#: Panels beside each other.
COLUMNS = 4
#: A rule with fewer reps than this has no curve.
LEAST = 12


def draw_curves(listed: Sequence[Verdict], folder: Path) -> list[Path]:
    """A picture a family of exercises, and one of stated confidence. Needs matplotlib (it comes with the extra `studio`)."""
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    made = []
    plain = [v for v in listed if v.plain and v.rule not in HINTS]
    for name, group in by(plain, lambda v: _PICTURES.get(v.kind, "split-squats")).items():
        panels = {rule: own for rule, own in by(group, _panel).items() if len(own) >= LEAST}
        if not panels:
            continue
        rows = -(-len(panels) // COLUMNS)
        figure = Figure(figsize=(3.4 * COLUMNS, 2.6 * rows), layout="constrained")
        axes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
        for place, (title, own) in zip(axes, panels.items(), strict=False):
            _curve(place, title, own)
        for place in axes[len(panels) :]:
            place.set_axis_off()
        made.append(folder / f"verdicts-{name}.png")
        figure.savefig(made[-1], dpi=80)
    statements = said(listed)
    if statements:
        made.append(folder / "verdicts-confidence.png")
        _confidence(statements, made[-1])
    return made


#: Which picture an exercise is in; those that are not here are split stances.
_PICTURES = {"glute_bridge": "thrusts", "hip_thrust": "thrusts", "good_morning": "hinges", "romanian_deadlift": "hinges",
             "single_leg_deadlift": "hinges", "conventional_deadlift": "deadlifts", "goblet_squat": "squats",
             "back_squat": "squats"}  # fmt: skip


def _panel(verdict: Verdict) -> str:
    """Exercises with other thresholds for a rule have a panel of their own."""
    lunge = verdict.kind == "lunge" and verdict.rule.startswith("torso")
    shouldered = verdict.kind == "back_squat" and verdict.rule == "torso_collapsed"
    return f"{verdict.rule}, {verdict.kind.replace('_', ' ')}" if lunge or shouldered else verdict.rule


def _curve(axes: Any, title: str, group: Sequence[Verdict]) -> None:
    rule = _rule(group[0])
    points = curve(group)
    at = [point.severity for point in points]
    shaded = [point for point in points if point.accused.of]
    values = [point.accused.value for point in shaded]
    low = [value - point.accused.interval[0] for value, point in zip(values, shaded, strict=True)]
    high = [point.accused.interval[1] - value for value, point in zip(values, shaded, strict=True)]
    for one, other, colour in ((rule.best, rule.clean, "#d8efd8"), (rule.fault, rule.worst, "#f4d8d4")):
        axes.axvspan(min(one, other), max(one, other), color=colour, lw=0)
    judged_at = [point.severity for point in shaded]
    axes.errorbar(judged_at, values, [low, high], fmt="o-", color="#1f3a5f", ms=4, lw=1.2, capsize=2)
    axes.plot(at, [point.unjudged.value for point in points], "x", color="#8a6d00", ms=5)
    axes.set_ylim(-0.04, 1.04)
    if rule.fault < rule.clean:
        axes.invert_xaxis()
    axes.set_title(f"{title} ({len(group)} reps)", fontsize=9)
    axes.set_xlabel(rule.unit, fontsize=7)
    axes.tick_params(labelsize=7)


def _rule(verdict: Verdict) -> Rule:
    from studio_lib.faults import RULES

    return RULES[verdict.kind][verdict.rule]


def _confidence(statements: Sequence[Statement], file: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4, 3.6), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#999999", lw=1, ls="--")
    bins = reliability(statements).bins
    values = [part.right.value for part in bins]
    low = [value - part.right.interval[0] for value, part in zip(values, bins, strict=True)]
    high = [part.right.interval[1] - value for value, part in zip(values, bins, strict=True)]
    axes.errorbar([part.mean_stated for part in bins], values, [low, high], fmt="o", color="#1f3a5f", capsize=3)
    axes.set(xlim=(0.3, 1.02), ylim=(0, 1.02), xlabel="stated confidence", ylabel="share that is right")
    axes.set_title(f"{len(statements)} findings", fontsize=9)
    figure.savefig(file, dpi=80)
