"""The tables of an evaluation as plain data, printed in the terminal or written as Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from evaluation.archive import Comparison, aims
from evaluation.judging import CALLED_CLEAN, LOW_COVERAGE, UNWANTED, Evaluation, Judged
from evaluation.motion import ErrorStats
from evaluation.outcome import CRASHED
from evaluation.scores import REP_ANSWERS, RepCase, RuleScore, Share

#: Marks a cell that wants attention: red in the terminal, bold in Markdown.
BAD = "!"


@dataclass(frozen=True)
class Table:
    """A printed table: first column text, the others numbers already put into words. A cell that begins with `BAD` is
    shown marked. `note` says how to read it."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


def print_tables(tables: list[Table], console: Console) -> None:
    """Print the tables one after the other."""
    for table in tables:
        drawn = RichTable()
        for place, column in enumerate(table.columns):
            drawn.add_column(column, justify="left" if place == 0 else "right", no_wrap=place == 0)
        for row in table.rows:
            drawn.add_row(*(Text(cell.removeprefix(BAD), style="red" if cell.startswith(BAD) else "") for cell in row))
        # A title of the table itself would be broken at the table's width.
        console.print(Text(table.title, style="bold"), soft_wrap=True)
        console.print(drawn)
        console.print(Text(f"{table.note}\n", style="dim"), soft_wrap=True)


def markdown(table: Table, heading: str = "###") -> str:
    """The table as a Markdown section."""
    lines = [f"{heading} {table.title}", ""]
    lines.append("| " + " | ".join(table.columns) + " |")
    lines.append("|" + "---|" * len(table.columns))
    for row in table.rows:
        lines.append("| " + " | ".join(_marked(cell) for cell in row) + " |")
    if table.note:
        lines += ["", table.note]
    return "\n".join(lines) + "\n"


def _marked(cell: str) -> str:
    text = cell.removeprefix(BAD).replace("|", "\\|")
    return f"**{text}**" if cell.startswith(BAD) else text


def with_interval(share: Share) -> str:
    """Cases, percent and the 95 % interval in brackets; a dash without cases."""
    if not share.of:
        return "–"
    low, high = share.interval
    return f"{share.right}/{share.of} = {percent(share.value)} ({100 * low:.0f}–{100 * high:.0f})"


def percent(value: float) -> str:
    """A share (0-1) in percent, a dash for NaN."""
    return f"{100 * value:.0f} %" if np.isfinite(value) else "–"


def number(value: float, digits: int) -> str:
    """A number with so many digits, a dash for NaN."""
    return f"{value:.{digits}f}" if np.isfinite(value) else "–"


def signed(value: float, digits: int) -> str:
    """The same with its sign."""
    return f"{value:+.{digits}f}" if np.isfinite(value) else "–"


# Tables of what was said about the clips: recognised, reps, times, findings.

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


# Tables of the main figures on every set of clips, of reps one by one, of stated confidence and of what was left out.

def figure_table(evaluation: Evaluation) -> Table:
    """The main figures: all clips, both halves of the real ones, and the rendered ones."""
    sets = {name: score for name, score in evaluation.sets.items() if score.clips}
    names = list(next(iter(sets.values())).figures) if sets else []
    shown = [name for name in names if any(score.figures[name].of for score in sets.values())]
    rows = []
    for name in shown:
        cells = [(score.figures[name], with_interval(score.figures[name])) for score in sets.values()]
        marked = (f"{BAD}{cell}" if name == CALLED_CLEAN and part.right else cell for part, cell in cells)
        rows.append((f"{name} (less is better)" if name in UNWANTED else name, *marked))
    return Table(
        "Main figures by set of clips",
        ("figure", *(f"{name}, {score.clips} clips" for name, score in sets.items())),
        rows,
        "Cases, share, and in brackets the 95 % interval (Wilson; reps of one clip are not independent, so it is wider in"
        " truth). Certain labels: clips whose count is beyond doubt (tolerance 0). The halves are of the real clips. Faults"
        " found and clean reps accused are cases (a rule in a rep): found of all that are labelled, accused of those that"
        " were judged. Called clean is of the faulty reps that were found.",
    )


def each_table(evaluation: Evaluation) -> Table:
    """Reps one by one: what became of every labelled fault, and of every rule that a rep certainly keeps."""
    rows: list[tuple[str, ...]] = []
    for name, score in evaluation.sets.items():
        each = score.each
        if not each.labelled:
            continue
        rows.append((f"{name}: labelled reps", str(each.labelled), f"{each.met} found, {each.extra} too many", "", "", "", ""))
        for what, cases in (("faults in reps", each.faulty), ("clean cases", each.clean)):
            counts = [str(cases[answer]) for answer in REP_ANSWERS]
            if what == "clean cases" and cases["found"]:
                counts[0] = f"{BAD}{counts[0]}"
            rows.append((f"{name}: {what}", str(sum(cases.values())), *counts))
    return Table(
        "Rep by rep",
        ("what", "number", *REP_ANSWERS),
        rows,
        "A case is a rule in a rep whose label decides it. Reps are paired by time where the truth has times, by number where"
        " as many were found as labelled; elsewhere what holds for every labelled rep holds for every found one, and"
        " a fault of some reps only counts as not found. Passed: judged, and nothing said.",
    )


def case_table(evaluation: Evaluation) -> Table:
    """The reps behind faults not found, clean reps accused and faulty reps called clean."""
    rows = [row for clip in evaluation.clips for row in (*_case_rows(clip), *_clean_rows(clip))]
    return Table("Reps that went wrong", ("clip", "rule", "reps", "what"), rows)


def confidence_table(evaluation: Evaluation) -> Table:
    """Of findings stated with so much confidence, how many are right?"""
    rows = [
        (f"{group}: {percent(part.low)} to {percent(part.high)}", str(part.right.of), percent(part.mean_stated),
         with_interval(part.right))
        for group, stated in evaluation.confidence.items()
        for part in stated.bins
    ]
    brier = "; ".join(
        f"{group} {number(stated.brier, 3)}" for group, stated in evaluation.confidence.items() if stated.statements
    )
    return Table(
        "Reliability of the stated confidence",
        ("stated confidence", "findings", "mean stated", "right"),
        rows,
        "Faults and borderline findings in reps whose label decides the rule. Sound where the share that is right is as large"
        f" as the mean stated. Brier score (0 best): {brier or '–'}.",
    )


def left_out_table(evaluation: Evaluation) -> Table:
    """Movements that were seen and not counted."""
    clips = [clip for clip in evaluation.clips if clip.outcome.not_counted]
    rows = [
        (clip.label.name, str(len(clip.outcome.not_counted)),
         "; ".join(dict.fromkeys(left.reason for left in clip.outcome.not_counted)))
        for clip in clips
    ]
    return Table(
        "Movements not counted, and said so",
        ("clip", "number", "reasons"),
        rows,
        f"{len(clips)} of {len(evaluation.clips)} clips have such movements.",
    )


def _case_rows(clip: Judged) -> list[tuple[str, ...]]:
    wrong: dict[tuple[str, str], list[RepCase]] = {}
    for case in clip.cases:
        if case.faulty and case.answer != "found":
            wrong.setdefault((case.rule, f"fault: {case.answer}"), []).append(case)
        elif not case.faulty and case.answer == "found":
            wrong.setdefault((case.rule, f"{BAD}clean rep accused"), []).append(case)
    return [(clip.label.name, rule, _reps([case.rep for case in cases]), what) for (rule, what), cases in wrong.items()]


def _clean_rows(clip: Judged) -> list[tuple[str, ...]]:
    called = [(known, rep) for known, rep in clip.pairing.pairs if known.faulty and rep.verdict == "clean"]
    if not called:
        return []
    rules = sorted(frozenset[str]().union(*(known.faulty for known, _ in called)))
    reps = _reps([rep.index for _, rep in called])
    return [(clip.label.name, "; ".join(rules), reps, f"{BAD}faulty rep called clean")]


def _reps(numbers: list[int | None]) -> str:
    known = [str(number) for number in numbers if number is not None]
    lost = len(numbers) - len(known)
    return ", ".join([*known, *([f"{lost} not found"] if lost else [])])


# Tables of angles, joints, the load and coverage.

def angle_table(evaluation: Evaluation) -> Table:
    """Angles against rendered truth, mean over clips."""
    rows = [
        (f"{name}, {group}", number(s.mae, 1), number(s.mae_no_offset, 1), signed(s.bias, 1), number(s.p95, 1),
         percent(s.seen))
        for group, angles in evaluation.angles.items()
        for name, s in angles.items()
    ]
    return Table(
        "Angles against rendered truth, degrees, mean over clips",
        ("angle", "mean absolute error", "offset removed", "bias", "95th percentile", "frames seen"),
        rows,
        "Offset removed: the clip's own mean error taken off first (the model's hip point is not the femoral head)."
        f" Within two of formcheck's own stated standard deviations: {_within(evaluation)} of the frames.",
    )


def angle_clip_table(evaluation: Evaluation) -> Table:
    """Angles clip by clip: error and, in brackets, with the offset removed."""
    clips = [clip for clip in evaluation.rendered if clip.angles]
    names = list(dict.fromkeys(name for clip in clips for name in clip.angles))
    rows = [
        (clip.label.name, *(_pair(clip.angles[name]) if name in clip.angles else "" for name in names))
        for clip in clips
    ]
    return Table(
        "Angles clip by clip, mean absolute error in degrees (offset removed)", ("rendered clip", *names), rows
    )


def joint_table(evaluation: Evaluation) -> Table:
    """Joint positions in percent of the trunk's length."""
    rows = [
        (name.replace("_", " "), number(s.mae, 1), number(s.p95, 1), percent(s.seen))
        for name, s in evaluation.joints.items()
    ]
    return Table(
        "Joints against rendered truth, percent of the trunk's length, mean over clips",
        ("joint", "mean distance", "95th percentile", "frames seen"),
        rows,
    )


def bar_table(evaluation: Evaluation) -> Table:
    """The load in centimetres, by kind and clip by clip."""
    rows = [
        (f"{name}, {load}", number(s.mae, 1), number(s.p95, 1), percent(s.seen))
        for load, parts in evaluation.bar.items()
        for name, s in parts.items()
    ]
    rows += [
        (f"{clip.label.name}: centre", number(s.mae, 1), number(s.p95, 1), percent(s.seen))
        for clip in evaluation.rendered
        for name, s in clip.bar.items()
        if name == "centre"
    ]
    return Table(
        "Load against rendered truth, centimetres",
        ("what", "mean error", "95th percentile", "frames seen"),
        rows,
        "Path: displacement since the start in the lifter's plane, level and upright. Pixels a metre, where known, are off"
        f" by {number(evaluation.scale_percent, 1)} percent.",
    )


def coverage_table(evaluation: Evaluation) -> Table:
    """Share of frames with a usable pose."""
    rows = [(f"{kind}, mean", percent(value)) for kind, value in evaluation.coverage.items() if np.isfinite(value)]
    rows += [
        (clip.label.name, percent(clip.outcome.coverage))
        for clip in evaluation.clips
        if clip.outcome.analysed and clip.outcome.coverage < LOW_COVERAGE
    ]
    return Table("Frames with a usable pose", ("clips", "share"), rows)


def _within(evaluation: Evaluation) -> str:
    return ", ".join(f"{name} {percent(share)}" for name, share in evaluation.within.items())


def _pair(stats: ErrorStats) -> str:
    if not np.isfinite(stats.mae):
        return "–"
    return f"{stats.mae:.1f} ({stats.mae_no_offset:.1f})"


# All tables of an evaluation, its aims, and what moved since an earlier one.

def all_tables(evaluation: Evaluation) -> list[Table]:
    """One table a topic, in reading order; topics without data are left out."""
    makers = (
        clip_table, figure_table, each_table, case_table, confidence_table, rep_table, timing_table, recognition_table,
        left_out_table, rule_table, answer_table, angle_table, angle_clip_table, joint_table, bar_table, coverage_table,
        aim_table,
    )
    tables = [make(evaluation) for make in makers]
    return [table for table in tables if table.rows]


def aim_table(evaluation: Evaluation) -> Table:
    """What was aimed at, and whether it is met."""
    words = {True: "met", False: f"{BAD}not met", None: "not measured"}
    rows = [
        (aim.what, number(aim.value, 3), f"{'≥' if aim.at_least else '≤'} {aim.wanted:g} {aim.unit}", words[aim.met])
        for aim in aims(evaluation)
    ]
    return Table("Aims", ("what", "value", "aim", ""), rows)


def comparison_tables(comparison: Comparison) -> list[Table]:
    """What moved since an earlier evaluation: better, worse, and clip by clip."""
    tables = []
    for title, better in (("Better than before", True), ("Worse than before", False)):
        rows = [
            (move.name, f"{move.before:.3f}", f"{move.after:.3f}" if better else f"{BAD}{move.after:.3f}", move.unit)
            for move in comparison.moves
            if move.better == better
        ]
        tables.append(Table(title, ("what", "before", "now", "unit"), rows or [("nothing", "", "", "")]))
    changed = [(move.clip, move.what, move.before, move.after) for move in comparison.clips]
    if changed:
        tables.append(Table("Clips that answer differently", ("clip", "what", "before", "now"), changed))
    if comparison.gone or comparison.new:
        gone = [(name, "no longer measured") for name in comparison.gone]
        new = [(name, "newly measured") for name in comparison.new]
        tables.append(Table("Measured on one side only", ("what", ""), gone + new))
    return tables
