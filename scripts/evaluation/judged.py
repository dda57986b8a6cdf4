"""One clip judged: its label, what formcheck said, and the scores that belong to it alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from evaluation.labels import ClipLabel
from evaluation.outcome import CRASHED, REFUSED, Outcome
from evaluation.score_each import Pairing, RepCase, pair_reps, rep_cases
from evaluation.score_findings import RuleAnswer, family_of, rule_answers
from evaluation.score_motion import (
    ErrorStats,
    angle_errors,
    bar_errors,
    joint_errors,
    scale_error,
    within_two_sd,
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
