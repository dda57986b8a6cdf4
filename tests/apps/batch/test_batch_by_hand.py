"""What was judged again by hand in a batch's folder is kept and counted by the batch's next run."""

from __future__ import annotations

import csv
from dataclasses import replace

import pytest

from formcheck.apps.batch.command import note_by_hand
from formcheck.apps.batch.record import read_record
from formcheck.runtime.files import folder_lock
from tests.apps.batch.made_up_batch import batch_of, run, write
from tests.outputs.made_up import made_up_analysis, made_up_take


@pytest.fixture
def out(tmp_path):
    path = tmp_path / "out"
    path.mkdir()
    return path


def some_analysis():
    return made_up_analysis([rep for shot in made_up_take() for rep in shot.reps], 10.0)


def judge_again(folder, sha256=None):
    """What `render` leaves: other files, of other sizes, and the analysis that it returns."""
    analysis = some_analysis()
    analysis = replace(analysis, clip=replace(analysis.clip, sha256=sha256 or read_record(folder).sha256))
    (folder / "analysis.json").write_text("judged again, with other limits")
    (folder / "annotated.mp4").write_text("drawn again")
    (folder / "notes.txt").write_text("mine")
    return analysis


def summary(out):
    with (out / "summary.csv").open(newline="") as stream:
        return {row["clip"]: row for row in csv.DictReader(stream)}


def test_the_next_run_keeps_it_and_counts_it(folder, out, made_up):
    run(folder, out)
    analysis = judge_again(out / "a.formcheck")
    assert note_by_hand(out / "a.formcheck", analysis)
    (out / "a.formcheck" / "notes.txt").write_text("a longer note of mine")
    made_up.analysed.clear()
    batch = run(folder, out)
    assert made_up.analysed == []
    assert batch.by_hand == []
    assert (out / "a.formcheck" / "analysis.json").read_text() == "judged again, with other limits"
    assert summary(out)["a.mp4"]["exercise"] == analysis.exercise.name
    assert summary(out)["a.mp4"]["reps"] == str(analysis.summary.reps)
    assert summary(out)["b.mov"]["reps"] == "3"


def test_a_clip_whose_time_alone_changed_keeps_it_too(folder, out, made_up):
    run(folder, out)
    note_by_hand(out / "a.formcheck", judge_again(out / "a.formcheck"))
    (folder / "a.mp4").touch()
    made_up.analysed.clear()
    run(folder, out)
    assert made_up.analysed == []
    assert (out / "a.formcheck" / "annotated.mp4").read_text() == "drawn again"


def test_what_other_options_replace_is_named(folder, out, made_up):
    run(folder, out)
    note_by_hand(out / "a.formcheck", judge_again(out / "a.formcheck"))
    batch = batch_of(folder, out, exercise="split-squat")
    assert len(batch.scan()) == 3
    assert batch.by_hand == ["a.mp4"]
    run(folder, out, exercise="split-squat")
    assert not read_record(out / "a.formcheck").by_hand
    assert (out / "a.formcheck" / "notes.txt").read_text() == "mine"


def test_without_the_note_the_folder_is_not_what_the_record_says(folder, out, made_up):
    run(folder, out)
    judge_again(out / "a.formcheck")
    made_up.analysed.clear()
    run(folder, out)
    assert made_up.analysed == ["a.mp4"]


def test_another_clip_or_a_folder_of_no_batch_is_not_noted(folder, out, made_up, tmp_path):
    run(folder, out)
    assert not note_by_hand(out / "a.formcheck", judge_again(out / "a.formcheck", "0" * 64))
    assert not note_by_hand(tmp_path, some_analysis())
    assert list(tmp_path.glob("batch.json")) == []


def test_a_clip_that_failed_and_was_analysed_by_hand_counts_as_analysed(folder, out, made_up):
    write(folder / "a.mp4", "bad")
    run(folder, out)
    assert summary(out)["a.mp4"]["status"] == "failed"
    note_by_hand(out / "a.formcheck", judge_again(out / "a.formcheck"))
    run(folder, out)
    assert (summary(out)["a.mp4"]["status"], summary(out)["a.mp4"]["reason"]) == ("analysed", "")


def test_a_folder_in_which_somebody_works_is_not_taken_away(folder, out, made_up):
    run(folder, out)
    write(folder / "a.mp4", "good as new")
    with folder_lock(out / "a.formcheck"):
        run(folder, out)
        assert (out / "a.formcheck" / "analysis.json").read_text() == "goodauto"
        assert "another formcheck is working in" in summary(out)["a.mp4"]["reason"]
    run(folder, out)
    assert (out / "a.formcheck" / "analysis.json").read_text() == "good as newauto"
    assert summary(out)["a.mp4"]["status"] == "analysed"
