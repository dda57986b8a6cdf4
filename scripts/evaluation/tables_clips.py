"""Tables of what was said about the clips: recognised, reps, times, findings."""

from __future__ import annotations

import re

from evaluation.judge import Evaluation
from evaluation.judged import Judged
from evaluation.outcome import CRASHED
from evaluation.score_findings import RuleScore
from evaluation.table import BAD, Table, number, signed, with_interval


def clip_table(evaluation: Evaluation) -> Table:
    """Every clip: recognised, reps, faults."""
    return Table(
        "Clip by clip",
        ("clip", "exercise recognised", "reps found", "labelled", "faults found", "labelled", "certainly clean of"),
        [_clip_row(clip) for clip in evaluation.clips],
        "Faults found: in at least half of the clip's reps (fewer in brackets). ± is the label's own tolerance.",
    )


def rep_table(evaluation: Evaluation) -> Table:
    """Rep counts by group of clips."""
    rows = [
        (group, str(s.clips), *(with_interval(part) for part in (s.exact, s.off_by_one, s.within)), number(s.mae, 2))
        for group, s in evaluation.counts.items()
        if s.clips
    ]
    return Table(
        "Repetitions counted",
        ("clips", "number", "exact", "off by at most one", "within label's tolerance", "mean absolute error"),
        rows,
        "A clip that formcheck refuses counts as no repetition found.",
    )


def timing_table(evaluation: Evaluation) -> Table:
    """When reps start, turn and end against rendered truth."""
    timing = evaluation.timing
    rows = [
        (name, str(s.reps), number(s.mae, 3), signed(s.bias, 3), number(s.worst, 3))
        for name, s in timing.events.items()
        if s.reps
    ]
    return Table(
        "Times of repetitions against rendered truth, seconds",
        ("moment or duration", "reps", "mean absolute error", "bias (+ late)", "worst"),
        rows,
        f"{timing.matched} reps matched, {timing.missed} missed, {timing.extra} too many.",
    )


def recognition_table(evaluation: Evaluation) -> Table:
    """Exercise family, near side and facing direction."""
    rows = [(f"exercise, {group}", with_interval(share)) for group, share in evaluation.exercise.items() if share.of]
    if evaluation.near_side.of:
        rows.append(("near side, side view", with_interval(evaluation.near_side)))
    if evaluation.facing.of:
        rows.append(("facing, rendered", with_interval(evaluation.facing)))
    wrong = [f"{c.label.name} ({c.outcome.exercise or 'refused'})" for c in evaluation.clips if not c.exercise_right]
    return Table(
        "Recognised", ("what", "right"), rows, f"Other exercise: {', '.join(wrong)}." if wrong else ""
    )


def rule_table(evaluation: Evaluation) -> Table:
    """Findings by rule, on clips labelled for the rule."""
    scores = [*evaluation.rules, evaluation.all_rules] if evaluation.rules else []
    return Table(
        "Findings by rule, on clips labelled for it",
        ("rule", "found", "missed", "not judged (faulty)", "falsely accused", "clear", "not judged (clean)",
         "precision", "recall", "clean reps accused"),
        [_rule_row(score) for score in scores],
        "Recall is over all clips with the fault, those not judged included. Not judged is an answer, never a pass.",
    )


def answer_table(evaluation: Evaluation) -> Table:
    """The clips behind misses, false accusations and not judged."""
    rows = [
        (clip.label.name, answer.rule, f"{BAD if answer.answer == 'false accusation' else ''}{answer.answer}",
         f"{answer.accused} of {answer.reps}", answer.reason or _values(clip, answer.rule))
        for clip in evaluation.clips
        for answer in clip.answers
        if answer.answer in ("miss", "false accusation", "not judged")
    ]
    return Table("Misses, false accusations and not judged", ("clip", "rule", "answer", "reps accused", "why"), rows)


def _clip_row(clip: Judged) -> tuple[str, ...]:
    label, outcome = clip.label, clip.outcome
    labelled = f"{label.reps}±{label.reps_tolerance}" if label.reps_tolerance else str(label.reps)
    clean = "; ".join(label.clean_of)
    if not outcome.analysed:
        crashed = outcome.exit_code == CRASHED
        said = f"{BAD}crashed: {outcome.message}" if crashed else f"refused: {_first_clause(outcome.message)}"
        return (label.name, said, "0", labelled, "", "; ".join(label.faults), clean)
    found = len(outcome.reps)
    exercise = outcome.exercise or ""
    return (
        label.name,
        exercise if clip.exercise_right else f"{BAD}{exercise} (is {label.exercise})",
        str(found) if abs(found - label.reps) <= label.reps_tolerance else f"{BAD}{found}",
        labelled,
        _found_faults(clip),
        "; ".join(label.faults),
        clean,
    )


def _first_clause(sentence: str) -> str:
    """What a refusal says, without its advice."""
    return re.split(r"[;:(]", sentence)[0].strip()


def _found_faults(clip: Judged) -> str:
    reps = len(clip.outcome.reps)
    parts = []
    for rule in dict.fromkeys(said.rule for said in clip.outcome.findings if said.severity == "fault"):
        accused = len(clip.outcome.accused(rule))
        parts.append(rule if accused * 2 >= reps else f"({rule} {accused}/{reps})")
    return "; ".join(parts)


def _values(clip: Judged, rule: str) -> str:
    said = [s for s in clip.outcome.findings if s.rule == rule]
    if not said:
        return ""
    numbers = ", ".join(number(s.value, 1) for s in said[:6])
    return f"{said[0].severity}: {numbers} {said[0].unit}, limit {number(said[0].limit, 1)}"


def _rule_row(score: RuleScore) -> tuple[str, ...]:
    accused = f"{BAD}{score.false_accusations}" if score.false_accusations else "0"
    return (
        score.rule, str(score.hits), str(score.misses), str(score.not_judged_faulty), accused, str(score.clear),
        str(score.not_judged_clean), with_interval(score.precision), with_interval(score.recall),
        f"{score.stray_reps} of {score.clean_reps}",
    )
