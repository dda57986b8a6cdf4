"""All scores of one evaluation: `judge(...)` over every clip's label and outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.judged import Judged, judge_clip
from evaluation.labels import ClipLabel
from evaluation.outcome import Outcome
from evaluation.score_confidence import Reliability, reliability, statements
from evaluation.score_findings import RuleScore, rule_scores, total_score
from evaluation.score_motion import ANGLES, ErrorStats, mean_stats
from evaluation.score_reps import CountScore, RepCount, TimingScore, count_score, timing_score
from evaluation.score_sets import SetScore, set_scores
from evaluation.shares import Share, share

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
class Evaluation:
    """The scores of a whole set of clips; the field names are the topics of the tables."""

    clips: list[Judged]
    sets: dict[str, SetScore]
    confidence: dict[str, Reliability]
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


def judge(
    results: Iterable[tuple[ClipLabel, Outcome]], named: Mapping[str, Outcome] | None = None
) -> Evaluation:
    """Score every clip and all of them together. `named` has what was said with the exercise named, by the clip's file."""
    clips = [judge_clip(label, outcome, (named or {}).get(label.file)) for label, outcome in results]
    rendered = [clip for clip in clips if clip.label.truth is not None]
    seen = [clip for clip in rendered if clip.outcome.analysed]
    rules = _rules(clips)
    return Evaluation(
        clips=clips,
        sets=set_scores(clips),
        confidence={
            "all clips": _reliability(clips),
            "real clips": _reliability([clip for clip in clips if clip.label.kind != "rendered"]),
        },
        counts={name: count_score([_count(c) for c in clips if chosen(c.label)]) for name, chosen in GROUPS.items()},
        timing=timing_score([(c.label.truth.reps, c.outcome.reps) for c in rendered if c.label.truth]),
        exercise={
            name: share([c.exercise_right for c in clips if chosen(c.label)]) for name, chosen in GROUPS.items()
        },
        near_side=share([c.side_right for c in clips if c.label.side_view and c.label.near_side]),
        facing=share([c.outcome.facing == c.label.truth.facing for c in rendered if c.label.truth]),
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


def _reliability(clips: Sequence[Judged]) -> Reliability:
    return reliability(said for clip in clips for said in statements(clip.outcome, clip.pairing))


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


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else float("nan")
