"""Every clip judged, and all of them together: `judge(...)` over every clip's label and outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from evaluation.labels import ClipLabel
from evaluation.motion import (
    ANGLES,
    ErrorStats,
    angle_errors,
    bar_errors,
    joint_errors,
    mean_stats,
    scale_error,
    within_two_sd,
)
from evaluation.outcome import CRASHED, REFUSED, Outcome
from evaluation.scores import (
    CountScore,
    EachScore,
    Pairing,
    Reliability,
    RepCase,
    RepCount,
    RuleAnswer,
    RuleScore,
    Share,
    TimingScore,
    count_score,
    each_score,
    family_of,
    pair_reps,
    reliability,
    rep_cases,
    rule_answers,
    rule_score,
    rule_scores,
    share,
    statements,
    timing_score,
)


@dataclass(frozen=True)
class Judged:
    """A clip with its label, what formcheck said, and the scores that belong to it alone.

    `named` is what formcheck said when it was told the exercise; None when that was not tried.
    """

    label: ClipLabel
    outcome: Outcome
    answers: list[RuleAnswer]
    pairing: Pairing
    cases: list[RepCase]
    angles: dict[str, ErrorStats]
    joints: dict[str, ErrorStats]
    bar: dict[str, ErrorStats]
    scale_percent: float = float("nan")
    within: dict[str, float] = field(default_factory=dict)
    named: Outcome | None = None

    @property
    def exercise_right(self) -> bool:
        return family_of(self.outcome) == self.label.family

    @property
    def side_right(self) -> bool:
        return self.outcome.side == self.label.near_side

    @property
    def crashed(self) -> bool:
        """In either run, as it is or with the exercise named."""
        return CRASHED in (self.outcome.exit_code, self.named.exit_code if self.named else None)

    @property
    def refused_by_name(self) -> bool:
        """The exercise was named, and the clip refused all the same."""
        return self.named is not None and self.named.exit_code == REFUSED


def judge_clip(label: ClipLabel, outcome: Outcome, named: Outcome | None = None) -> Judged:
    """Every score of one clip; those of motion only where there is truth."""
    truth = label.truth if outcome.analysed else None
    pairing = pair_reps(label, outcome)
    return Judged(
        label=label,
        outcome=outcome,
        answers=rule_answers(label, outcome),
        pairing=pairing,
        cases=rep_cases(label, outcome, pairing),
        angles=angle_errors(outcome, truth) if truth else {},
        joints=joint_errors(outcome, truth) if truth else {},
        bar=bar_errors(outcome, truth) if truth else {},
        scale_percent=scale_error(outcome, truth) if truth else float("nan"),
        within=within_two_sd(outcome, truth) if truth else {},
        named=named,
    )


# The main figures on every set of clips: all, the half of the real ones that is tuned on, the one that checks, rendered.

ALL, TUNE, CHECK, RENDERED = "all", "tune half", "check half", "rendered"

#: Which clips belong to a set.
SETS: dict[str, Callable[[ClipLabel], bool]] = {
    ALL: lambda label: True,
    TUNE: lambda label: label.half == "tune",
    CHECK: lambda label: label.half == "check",
    RENDERED: lambda label: label.kind == "rendered",
}

RECOGNISED = "exercise recognised, side view"
RECOGNISED_ANY = "exercise recognised, any view"
EXACT_CERTAIN = "reps exact, side view, certain labels"
EXACT = "reps exact, side view"
OFF_BY_ONE = "reps off by at most one, side view"
EXACT_ANY = "reps exact, any view"
OFF_BY_ONE_ANY = "reps off by at most one, any view"
REPS_FOUND_CERTAIN = "labelled reps found, certain labels"
REPS_FOUND = "labelled reps found"
FAULTS_IN_PLACE = "faults found in the right rep"
CALLED_CLEAN = "faulty reps called clean"
ACCUSED = "clean reps accused"
NAMED_REFUSED = "named exercise refused (exit 3)"
NAMED_EXACT_CERTAIN = "named exercise, reps exact, side view, certain labels"
NAMED_EXACT = "named exercise, reps exact, side view"
NAMED_OFF_BY_ONE = "named exercise, reps off by at most one, side view"

#: Figures of which less is better.
UNWANTED = (CALLED_CLEAN, ACCUSED, NAMED_REFUSED)


@dataclass(frozen=True)
class SetScore:
    """The main figures of a set, by name in reading order, and its reps one by one."""

    clips: int
    figures: dict[str, Share]
    each: EachScore


def set_scores(clips: Sequence[Judged]) -> dict[str, SetScore]:
    """The main figures of every set; one without clips has shares of nothing."""
    return {name: set_score([clip for clip in clips if inside(clip.label)]) for name, inside in SETS.items()}


def set_score(clips: Sequence[Judged]) -> SetScore:
    """The main figures of some clips."""
    side = [clip for clip in clips if clip.label.side_view]
    certain = [clip for clip in clips if clip.label.certain]
    each = _each(clips)
    figures = {
        RECOGNISED: share(clip.exercise_right for clip in side),
        RECOGNISED_ANY: share(clip.exercise_right for clip in clips),
        EXACT_CERTAIN: _within(0, [clip for clip in side if clip.label.certain]),
        EXACT: _within(0, side),
        OFF_BY_ONE: _within(1, side),
        EXACT_ANY: _within(0, clips),
        OFF_BY_ONE_ANY: _within(1, clips),
        REPS_FOUND_CERTAIN: _each(certain).reps_found,
        REPS_FOUND: each.reps_found,
        FAULTS_IN_PLACE: each.faults_in_place,
        CALLED_CLEAN: each.called_clean,
        ACCUSED: each.accused,
        **_named_figures([clip for clip in clips if clip.named is not None]),
    }
    return SetScore(len(clips), figures, each)


def _named_figures(clips: Sequence[Judged]) -> dict[str, Share]:
    side = [clip for clip in clips if clip.label.side_view]
    return {
        NAMED_REFUSED: share(clip.refused_by_name for clip in clips),
        NAMED_EXACT_CERTAIN: _within(0, [clip for clip in side if clip.label.certain], named=True),
        NAMED_EXACT: _within(0, side, named=True),
        NAMED_OFF_BY_ONE: _within(1, side, named=True),
    }


def _within(reps: int, clips: Sequence[Judged], *, named: bool = False) -> Share:
    """Clips whose count is off by at most so many reps."""
    said: list[tuple[ClipLabel, Outcome | None]] = [(c.label, c.named if named else c.outcome) for c in clips]
    return share(abs(len(outcome.reps) - label.reps) <= reps for label, outcome in said if outcome is not None)


def _each(clips: Sequence[Judged]) -> EachScore:
    return each_score((clip.pairing, clip.cases) for clip in clips)


# All scores of one evaluation: `judge(...)` over every clip's label and outcome.

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
    answers = [answer for clip in clips for answer in clip.answers]
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
        rules=rule_scores(answers),
        rules_real=rule_scores(answer for clip in clips if clip.label.kind == "real" for answer in clip.answers),
        all_rules=rule_score("all rules", answers),
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
