"""All tables of an evaluation, its aims, and what moved since an earlier one."""

from __future__ import annotations

from evaluation.aims import aims
from evaluation.archive import Comparison
from evaluation.judge import Evaluation
from evaluation.table import BAD, Table, number
from evaluation.tables_clips import (
    answer_table,
    clip_table,
    recognition_table,
    rep_table,
    rule_table,
    timing_table,
)
from evaluation.tables_motion import angle_clip_table, angle_table, bar_table, coverage_table, joint_table
from evaluation.tables_reps import case_table, confidence_table, each_table, figure_table, left_out_table


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
