"""Editing sets: everything that is known of them, and back again."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from formcheck.apps.cli import app
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import UsageError
from formcheck.units import parse_load
from tests.apps.logbook.histories import a_set, paper_set


@pytest.fixture
def edit(tmp_path):
    path = tmp_path / "book.sqlite"
    with Logbook(path) as book:
        book.add_unfilmed([paper_set(10)])
        book.log(a_set("ccc"))

    def call(*words):
        result = CliRunner().invoke(app, ["log", *map(str, words), "--logbook", str(path)], env={"COLUMNS": "100"})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        with Logbook(path, reading=True) as book:
            return book.entry(1), book.entry(2), result.output

    return call


def test_everything_of_a_paper_set_can_be_edited_and_undone(edit):
    entry, _, said = edit(
        "edit", 1, "--exercise", "rdl", "--reps", 8, "--load", "80kg", "--who", "Anna", "--rpe", "8,5", "--warm-up", "--date",
        "2026-03-01",
    )  # fmt: skip
    assert (entry.exercise, entry.reps_done, entry.load, entry.who) == ("romanian_deadlift", 8, parse_load("80kg"), "Anna")
    assert (entry.rpe, entry.warm_up, entry.filmed_at.day) == (8.5, True, 1)
    assert "by Anna, warm-up, RPE 8.5" in said
    entry, _, said = edit("undo")
    assert (entry.exercise, entry.reps_done, entry.who, entry.rpe, entry.warm_up) == ("hip_thrust", 10, None, None, False)


def test_reps_in_reserve_are_the_other_scale(edit):
    assert edit("edit", 1, "--rir", "1.5")[0].rpe == 8.5
    assert edit("edit", 1, "--rpe", "")[0].rpe is None


def test_a_person_can_be_taken_back_and_keeps_their_spelling(edit):
    assert edit("edit", 1, "--who", "Anna")[0].who == "Anna"
    assert edit("edit", 2, "--who", "anna")[1].who == "Anna"
    assert edit("edit", 1, "--who", "")[0].who is None


def test_the_reps_of_a_filmed_set_are_those_that_were_judged(edit):
    with pytest.raises(UsageError, match=r"^set 2 was filmed, and its exercise and reps are those that were judged"):
        edit("edit", 2, "--reps", "5")
    entry = edit("edit", 2, "--who", "Anna", "--rpe", "9")[1]
    assert (entry.who, entry.rpe, entry.reps_done) == ("Anna", 9.0, 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rpe", "11"], "--rpe expects a number from 0 to 10"), (["--rpe", "hard"], "--rpe expects a number from 0 to 10"),
        (["--rpe", "8", "--rir", "2"], "two scales"), (["--reps", "0"], "--reps expects a number from 1 to"),
        (["--who", "x" * 61], "--who expects a name of at most 60 characters"), ([], "nothing to change"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(edit, words, said):
    with pytest.raises(UsageError, match=said):
        edit("edit", 1, *words)


def test_another_exercise_of_a_filmed_set_is_judged_again(edit, monkeypatch):
    asked = []

    def correct(context, which, **said):
        asked.append((str(which), said))

    monkeypatch.setattr("formcheck.apps.logbook.command.correct", correct)
    edit("edit", 2, "--exercise", "rdl")
    ((which, said),) = asked
    assert (which, said["exercise"]) == ("2", "rdl")
