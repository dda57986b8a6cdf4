"""The rows of a made-up analysis in the summaries."""

from __future__ import annotations

from dataclasses import replace

from formcheck.apps.batch.record import Record
from formcheck.apps.batch.run import _line
from formcheck.apps.batch.summary import CLIP_COLUMNS, clip_row, full_rows
from formcheck.results.analysis import ClipSet
from formcheck.results.rows import REP_COLUMNS, rep_rows
from tests.outputs.made_up import HOSTILE_REASON, edited_analysis, two_shots


def test_a_clips_row_tells_what_was_not_judged_and_not_counted():
    row = clip_row(edited_analysis(two_shots()))
    assert (row["reps"], row["clean_reps"], row["not_judged_reps"]) == (4, 1, 2)
    assert (row["not_counted"], row["shots"], row["analysed_shots"]) == (2, 3, 2)
    assert row["runner_up"] == "goblet_squat"
    assert set(row) <= set(CLIP_COLUMNS)


def test_an_analysis_of_an_earlier_version_knows_of_no_shots():
    row = clip_row(replace(edited_analysis(two_shots()), shots=()))
    assert row["shots"] is row["analysed_shots"] is None


def test_a_reps_row_says_why_it_is_not_judged_and_which_shot_shows_it():
    rows = rep_rows(edited_analysis(two_shots()))
    assert [row["not_judged_because"] for row in rows] == ["", "", *2 * (f"{HOSTILE_REASON} is hidden",)]
    assert [row["shot"] for row in rows] == [1, 1, 3, 3]
    assert set(rows[0]) == {*REP_COLUMNS, "trunk_at_turn_deg", "trunk_at_turn_sd_deg"}


def test_the_line_of_a_finished_clip_keeps_clean_and_not_judged_apart():
    row = clip_row(edited_analysis(two_shots()))
    record = Record("set.mp4", "", "", "", "analysed", row=row)
    assert "Split squat, 1 of 4 reps clean, 2 not judged  trunk too upright 1×" in _line(record).plain


def test_a_clip_of_two_sets_has_a_row_for_each_and_names_their_folders():
    one = edited_analysis(two_shots())
    facts = tuple(ClipSet(n, None, None, 0.0, 9.0, one.exercise.name, None, 2, 1, {}) for n in (1, 2))
    first, second = (replace(one, sets=facts, set_number=number) for number in (1, 2))
    record = Record(
        "a.mp4", "", "0" * 64, "key", "analysed", row=clip_row(first), further=[clip_row(second)], reps=rep_rows(second)
    )
    rows = full_rows("a.mp4", "a.formcheck", record)
    assert [(row["clip"], row["set"], row["folder"]) for row in rows] == [
        ("a.mp4", 1, "a.formcheck"), ("a.mp4", 2, "a.formcheck/set-2")
    ]  # fmt: skip
    assert {row["set"] for row in record.reps} == {2}
    assert "set 2" in _line(record).plain
