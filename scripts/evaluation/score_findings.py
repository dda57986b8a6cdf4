"""Findings against labels: what was found, missed, accused wrongly or not judged, rule by rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from evaluation.labels import ClipLabel, family
from evaluation.outcome import Outcome
from evaluation.shares import Share

#: hit: the fault is there and was found. miss: there, judged, not found. false accusation: certainly not there, found.
#: clear: not there, judged, not found. not judged: formcheck gave no answer (or refused the clip).
Answer = Literal["hit", "miss", "false accusation", "clear", "not judged"]

#: A clip counts as having a fault when it is found in at least this share of its reps.
CLIP_SHARE = 0.5


@dataclass(frozen=True)
class RuleAnswer:
    """How one clip that is labelled for a rule came out.

    `accused` of `reps` found reps have the fault. `reason` says why a rule was not judged.
    """

    rule: str
    clip: str
    kind: str
    answer: Answer
    accused: int
    reps: int
    reason: str = ""


@dataclass(frozen=True)
class RuleScore:
    """Counts of clips by answer, with precision and recall (of no case when they have no denominator).

    Recall is hits over *all* clips that have the fault, those not judged included: what the user gets. `stray_reps` of
    `clean_reps` repetitions of clips without the fault were accused, whether or not they made half of their clip.
    """

    rule: str
    hits: int
    misses: int
    false_accusations: int
    clear: int
    not_judged_faulty: int
    not_judged_clean: int
    stray_reps: int
    clean_reps: int

    @property
    def precision(self) -> Share:
        return Share(self.hits, self.hits + self.false_accusations)

    @property
    def recall(self) -> Share:
        return Share(self.hits, self.hits + self.misses + self.not_judged_faulty)

    @property
    def false_accusation_rate(self) -> Share:
        """False accusations over the clean clips that were judged."""
        return Share(self.false_accusations, self.false_accusations + self.clear)


def rule_answers(label: ClipLabel, outcome: Outcome) -> list[RuleAnswer]:
    """How each rule that is labelled for the clip came out; a rule in neither column is not scored."""
    return [
        *(_answer(label, outcome, rule, faulty=True) for rule in label.faults),
        *(_answer(label, outcome, rule, faulty=False) for rule in label.clean_of),
    ]


def rule_scores(answers: Iterable[RuleAnswer], faulty: dict[str, set[str]]) -> list[RuleScore]:
    """Scores by rule, in alphabetical order. `faulty` has the names of the clips that have each rule's fault."""
    by_rule: dict[str, list[RuleAnswer]] = {}
    for answer in answers:
        by_rule.setdefault(answer.rule, []).append(answer)
    return [_score(rule, by_rule[rule], faulty.get(rule, set())) for rule in sorted(by_rule)]


def total_score(scores: Sequence[RuleScore]) -> RuleScore:
    """All rules together."""
    counts = ("hits", "misses", "false_accusations", "clear", "not_judged_faulty", "not_judged_clean", "stray_reps",
              "clean_reps")
    return RuleScore("all rules", *(sum(getattr(score, name) for score in scores) for name in counts))


def _answer(label: ClipLabel, outcome: Outcome, rule: str, *, faulty: bool) -> RuleAnswer:
    reps = len(outcome.reps)
    accused = len(outcome.accused(rule))
    if not outcome.analysed:
        answer, reason = "not judged", f"clip not analysed: {outcome.message}"
    elif reps and accused >= CLIP_SHARE * reps:
        answer, reason = ("hit" if faulty else "false accusation"), ""
    else:
        reason = _why_not_judged(label, outcome, rule, accused)
        answer = "not judged" if reason else ("miss" if faulty else "clear")
    return RuleAnswer(rule, label.name, label.kind, answer, accused, reps, reason)  # type: ignore[arg-type]


def _why_not_judged(label: ClipLabel, outcome: Outcome, rule: str, accused: int) -> str:
    """The reason when so few reps were judged that the fault could not have been found in half of them; else empty."""
    left_out = [item for item in outcome.not_judged if item.rule == rule]
    whole = [item for item in left_out if item.rep is None]
    reps = len(outcome.reps)
    if whole:
        return whole[0].reason or "no reason given"
    unjudged = {item.rep for item in left_out}
    if unjudged and reps - len(unjudged) < CLIP_SHARE * reps:
        return left_out[0].reason or "no reason given"
    if not reps:
        return "no repetition"
    return "" if accused else not_applied(label, outcome, rule)


def not_applied(label: ClipLabel, outcome: Outcome, rule: str) -> str:
    """Why the rule was not asked at all, where the analysis itself need not say so; empty when it was."""
    if outcome.exercise is not None and family_of(outcome) != label.family:
        return f"taken for another exercise ({outcome.exercise})"
    if outcome.limits is not None and not any(name.startswith(rule) for name in outcome.limits):
        return f"no such rule of {outcome.exercise}"
    return ""


def family_of(outcome: Outcome) -> str | None:
    """The family of the recognised exercise."""
    return None if outcome.exercise is None else family(outcome.exercise)


def _score(rule: str, answers: list[RuleAnswer], faulty: set[str]) -> RuleScore:
    def count(answer: Answer, *, among_faulty: bool | None = None) -> int:
        chosen = [a for a in answers if a.answer == answer]
        return len(chosen) if among_faulty is None else sum((a.clip in faulty) == among_faulty for a in chosen)

    clean = [a for a in answers if a.clip not in faulty]
    return RuleScore(
        rule,
        hits=count("hit"),
        misses=count("miss"),
        false_accusations=count("false accusation"),
        clear=count("clear"),
        not_judged_faulty=count("not judged", among_faulty=True),
        not_judged_clean=count("not judged", among_faulty=False),
        stray_reps=sum(a.accused for a in clean),
        clean_reps=sum(a.reps for a in clean),
    )
