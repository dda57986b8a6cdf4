"""All scores of one evaluation: `judge(...)` over every clip's label and outcome, and the flat list of its metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from evaluation.labels import ClipLabel
from evaluation.outcome import CRASHED, Outcome
from evaluation.score_findings import RuleAnswer, RuleScore, family_of, rule_answers, rule_scores, total_score
from evaluation.score_motion import (
    ANGLES,
    ErrorStats,
    angle_errors,
    bar_errors,
    joint_errors,
    mean_stats,
    scale_error,
    within_two_sd,
)
from evaluation.score_reps import CountScore, RepCount, TimingScore, count_score, timing_score

#: A clip with a smaller share of usable frames is listed by name.
LOW_COVERAGE = 0.9

#: Which clips a line of a table is about.
GROUPS: dict[str, Callable[[ClipLabel], bool]] = {
    "all clips": lambda label: True,
    "side view": lambda label: label.side_view,
    "side view, real": lambda label: label.side_view and label.kind == "real",
    "oblique": lambda label: not label.side_view,
    "rendered": lambda label: label.kind == "rendered",
}

#: Rendered clips by how hard their geometry is: plates hide the hips of a hip thrust.
MOTION_GROUPS: dict[str, tuple[str, ...]] = {
    "all rendered": ("hip_thrust", "romanian_deadlift", "split_squat"),
    "hinges and split squats": ("romanian_deadlift", "split_squat"),
    "hip thrusts": ("hip_thrust",),
}


@dataclass(frozen=True)
class Metric:
    """One number that is held against an earlier evaluation. Changes up to `margin` are noise."""

    name: str
    value: float
    unit: str
    better: Literal["higher", "lower"]
    margin: float = 0.0


@dataclass(frozen=True)
class Judged:
    """A clip with its label, what formcheck said, and the scores that belong to it alone."""

    label: ClipLabel
    outcome: Outcome
    answers: list[RuleAnswer]
    angles: dict[str, ErrorStats]
    joints: dict[str, ErrorStats]
    bar: dict[str, ErrorStats]
    scale_percent: float = float("nan")
    within: dict[str, float] = field(default_factory=dict)

    @property
    def exercise_right(self) -> bool:
        return family_of(self.outcome) == self.label.family

    @property
    def side_right(self) -> bool:
        return self.outcome.side == self.label.near_side

    @property
    def crashed(self) -> bool:
        return self.outcome.exit_code == CRASHED


@dataclass(frozen=True)
class Share:
    """So many of so many clips."""

    right: int
    of: int

    @property
    def value(self) -> float:
        return self.right / self.of if self.of else float("nan")


@dataclass(frozen=True)
class Evaluation:
    """The scores of a whole set of clips; the field names are the topics of the tables."""

    clips: list[Judged]
    counts: dict[str, CountScore]
    timing: TimingScore
    exercise: dict[str, Share]
    near_side: Share
    facing: Share
    rules: list[RuleScore]
    rules_real: list[RuleScore]
    all_rules: RuleScore
    angles: dict[str, dict[str, ErrorStats]]
    joints: dict[str, ErrorStats]
    bar: dict[str, dict[str, ErrorStats]]
    scale_percent: float
    within: dict[str, float]
    coverage: dict[str, float]

    @property
    def rendered(self) -> list[Judged]:
        return [clip for clip in self.clips if clip.label.truth is not None]


def judge(results: Iterable[tuple[ClipLabel, Outcome]]) -> Evaluation:
    """Score every clip and all of them together."""
    clips = [_judged(label, outcome) for label, outcome in results]
    rendered = [clip for clip in clips if clip.label.truth is not None]
    seen = [clip for clip in rendered if clip.outcome.analysed]
    rules = _rules(clips)
    return Evaluation(
        clips=clips,
        counts={name: count_score([_count(c) for c in clips if chosen(c.label)]) for name, chosen in GROUPS.items()},
        timing=timing_score([(c.label.truth.reps, c.outcome.reps) for c in rendered if c.label.truth]),
        exercise={
            name: _share([c.exercise_right for c in clips if chosen(c.label)]) for name, chosen in GROUPS.items()
        },
        near_side=_share([c.side_right for c in clips if c.label.side_view and c.label.near_side]),
        facing=_share([c.outcome.facing == c.label.truth.facing for c in rendered if c.label.truth]),
        rules=rules,
        rules_real=_rules([clip for clip in clips if clip.label.kind == "real"]),
        all_rules=total_score(rules),
        angles={
            group: _together([c.angles for c in seen if c.label.exercise in members])
            for group, members in MOTION_GROUPS.items()
        },
        joints=_together([c.joints for c in seen]),
        bar={
            load: _together([c.bar for c in seen if c.label.truth and c.label.truth.load == load])
            for load in sorted({c.label.truth.load for c in rendered if c.label.truth})
        },
        scale_percent=_mean([abs(c.scale_percent) for c in seen if np.isfinite(c.scale_percent)]),
        within={
            spec.name: _mean([c.within[spec.name] for c in seen if spec.name in c.within]) for spec in ANGLES if spec.sd
        },
        coverage={
            kind: _mean([_coverage(c) for c in clips if c.label.kind == kind]) for kind in ("real", "rendered")
        },
    )


def metrics(evaluation: Evaluation) -> list[Metric]:
    """Every number that a later evaluation is compared with."""
    found: list[Metric] = []
    for group, count in evaluation.counts.items():
        if count.clips:
            found += [
                Metric(f"reps, exact, {group}", count.exact, "share", "higher"),
                Metric(f"reps, off by at most one, {group}", count.off_by_one, "share", "higher"),
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
    return [metric for metric in found if np.isfinite(metric.value)]


def _judged(label: ClipLabel, outcome: Outcome) -> Judged:
    truth = label.truth if outcome.analysed else None
    return Judged(
        label=label,
        outcome=outcome,
        answers=rule_answers(label, outcome),
        angles=angle_errors(outcome, truth) if truth else {},
        joints=joint_errors(outcome, truth) if truth else {},
        bar=bar_errors(outcome, truth) if truth else {},
        scale_percent=scale_error(outcome, truth) if truth else float("nan"),
        within=within_two_sd(outcome, truth) if truth else {},
    )


def _rules(clips: Sequence[Judged]) -> list[RuleScore]:
    faulty: dict[str, set[str]] = {}
    for clip in clips:
        for rule in clip.label.faults:
            faulty.setdefault(rule, set()).add(clip.label.name)
    return rule_scores((answer for clip in clips for answer in clip.answers), faulty)


def _count(clip: Judged) -> RepCount:
    return RepCount(clip.label.name, len(clip.outcome.reps), clip.label.reps, clip.label.reps_tolerance)


def _together(items: list[dict[str, ErrorStats]]) -> dict[str, ErrorStats]:
    names = list(dict.fromkeys(name for item in items for name in item))
    ordered = [spec.name for spec in ANGLES if spec.name in names] or names
    return {name: mean_stats([item[name] for item in items if name in item]) for name in ordered}


def _coverage(clip: Judged) -> float:
    return clip.outcome.coverage if clip.outcome.analysed else 0.0


def _share(values: Sequence[bool]) -> Share:
    return Share(sum(values), len(values))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
