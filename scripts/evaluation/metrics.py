"""The flat list of numbers by which two evaluations are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluation.judge import Evaluation
from evaluation.score_sets import UNWANTED, SetScore


@dataclass(frozen=True)
class Metric:
    """One number that is held against an earlier evaluation. Changes up to `margin` are noise."""

    name: str
    value: float
    unit: str
    better: Literal["higher", "lower"]
    margin: float = 0.0


def metrics(evaluation: Evaluation) -> list[Metric]:
    """Every number that a later evaluation is compared with."""
    found: list[Metric] = []
    for group, count in evaluation.counts.items():
        if count.clips:
            found += [
                Metric(f"reps, exact, {group}", count.exact.value, "share", "higher"),
                Metric(f"reps, off by at most one, {group}", count.off_by_one.value, "share", "higher"),
                Metric(f"reps, mean absolute error, {group}", count.mae, "reps", "lower"),
            ]
    for event, score in evaluation.timing.events.items():
        found.append(Metric(f"time of {event}", score.mae, "s", "lower", 0.005))
    for group, share in evaluation.exercise.items():
        found.append(Metric(f"exercise recognised, {group}", share.value, "share", "higher"))
    found.append(Metric("near side recognised", evaluation.near_side.value, "share", "higher"))
    found.append(Metric("facing recognised", evaluation.facing.value, "share", "higher"))
    for rule in [*evaluation.rules, evaluation.all_rules]:
        found += [
            Metric(f"{rule.rule}, found", rule.hits, "clips", "higher"),
            Metric(f"{rule.rule}, falsely accused", rule.false_accusations, "clips", "lower"),
            Metric(f"{rule.rule}, not judged", rule.not_judged_faulty + rule.not_judged_clean, "clips", "lower"),
        ]
    for group, angles in evaluation.angles.items():
        for name, stats in angles.items():
            found += [
                Metric(f"{name}, error, {group}", stats.mae, "deg", "lower", 0.05),
                Metric(f"{name}, error without offset, {group}", stats.mae_no_offset, "deg", "lower", 0.05),
                Metric(f"{name}, seen, {group}", stats.seen, "share", "higher", 0.005),
            ]
    for name, stats in evaluation.joints.items():
        found.append(Metric(f"joint {name.replace('_', ' ')}", stats.mae, "% trunk", "lower", 0.05))
    for load, parts in evaluation.bar.items():
        for name, stats in parts.items():
            found.append(Metric(f"bar {name}, {load}", stats.mae, "cm", "lower", 0.05))
            found.append(Metric(f"bar {name} seen, {load}", stats.seen, "share", "higher", 0.005))
    for name, value in evaluation.within.items():
        found.append(Metric(f"{name} within two stated sd", value, "share", "higher", 0.01))
    found.append(Metric("scale", evaluation.scale_percent, "percent", "lower", 0.1))
    for kind, value in evaluation.coverage.items():
        found.append(Metric(f"coverage, {kind}", value, "share", "higher", 0.002))
    for name, figures in evaluation.sets.items():
        found += _set_metrics(name, figures)
    for group, stated in evaluation.confidence.items():
        found.append(Metric(f"stated confidence, Brier score, {group}", stated.brier, "", "lower", 0.005))
    return [metric for metric in found if np.isfinite(metric.value)]


def _set_metrics(name: str, score: SetScore) -> list[Metric]:
    if not score.clips:
        return []
    found = [
        Metric(f"{figure}, {name}", part.value, "share", "lower" if figure in UNWANTED else "higher")
        for figure, part in score.figures.items()
    ]
    found.append(Metric(f"reps too many, {name}", score.each.extra, "reps", "lower"))
    found.append(Metric(f"faults in reps, judged and not found, {name}", score.each.faulty["passed"], "cases", "lower"))
    return found
