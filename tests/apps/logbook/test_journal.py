"""Edits, deletions and imports are taken back as they were made: whole, and not over a later change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formcheck.apps.logbook.journal import KEPT_CHANGES
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import UsageError
from formcheck.units import parse_load
from tests.apps.logbook.histories import a_set, paper_set


@pytest.fixture
def book(tmp_path):
    with Logbook(tmp_path / "logbook.sqlite") as opened:
        yield opened


def test_an_edit_is_undone_and_what_was_analysed_since_stays(book):
    book.log(a_set("ccc", "60kg", clip="a"))
    book.edit(1, load=parse_load("65kg"), notes="belt")
    book.log(a_set("ccf", "60kg", clip="a"))
    assert book.undo().what == "edit of set 1: load, notes"
    entry = book.entry(1)
    assert (entry.load.kg, entry.notes, entry.edited, entry.clean_reps) == (60, "", frozenset(), 2)
    assert book.changes()[0].undone_at is not None
    with pytest.raises(UsageError, match="no change to undo"):
        book.undo()


def test_a_deleted_set_comes_back_with_everything_and_under_its_number(book):
    entry = book.log(a_set("ccfbn", velocity=0.4), (b"\xff\xd8jpeg", 3.0)).entry
    book.delete(1)
    assert book.entries() == ()
    book.undo()
    assert book.entries() == (entry,)
    assert book.picture(1) == b"\xff\xd8jpeg"


def test_a_deleted_clip_that_was_logged_again_is_not_there_twice(book):
    book.log(a_set("ccf", clip="a"))
    book.delete(1)
    book.log(a_set("ccf", clip="a"))
    with pytest.raises(UsageError, match="logged again as set 2"):
        book.undo()
    assert [entry.id for entry in book.entries()] == [2]


def test_an_import_is_undone_as_one_and_only_what_it_added(book):
    book.add_unfilmed([paper_set(10), paper_set(9)], "import of a.csv")
    book.add_unfilmed([paper_set(10), paper_set(9), paper_set(8), paper_set(7)], "import of b.csv")
    assert [(change.what, change.sets) for change in book.changes()] == [
        ("import of b.csv", (3, 4)), ("import of a.csv", (1, 2)),
    ]  # fmt: skip
    assert book.undo().what == "import of b.csv"
    assert [entry.reps_done for entry in book.entries()] == [10, 9]


def test_an_import_whose_sets_were_changed_later_is_not_undone_over_that(book):
    book.add_unfilmed([paper_set(10), paper_set(9)], "import of a.csv")
    book.edit(2, notes="easy")
    with pytest.raises(UsageError, match=r"change 2 .* came later and is about set 2"):
        book.undo(1)
    assert len(book.entries()) == 2
    book.undo(2)
    book.undo(1)
    assert book.entries() == ()
    with pytest.raises(UsageError, match="undone already"):
        book.undo(1)
    with pytest.raises(UsageError, match="no change 9"):
        book.undo(9)


def test_an_edit_that_changes_nothing_is_no_change(book):
    book.log(a_set("ccc"))
    book.edit(1, notes="belt")
    book.edit(1, notes="belt")
    assert len(book.changes()) == 1


def test_old_changes_are_forgotten(book):
    book.log(a_set("ccc"))
    for number in range(KEPT_CHANGES + 5):
        book.edit(1, notes=str(number))
    known = book.changes(1000)
    assert (len(known), known[-1].id) == (KEPT_CHANGES, 6)


def test_who_how_hard_warm_up_and_both_hands_come_back_as_they_went_in(book):
    entry = replace(
        paper_set(10), who="Ann", rpe=8.5, warm_up=True, load=replace(parse_load("40kg"), pieces=2), exercise="other:pull-up"
    )
    book.add_unfilmed([entry])
    (found,) = book.entries()
    assert found == replace(entry, id=1)
    assert found.load.text() == "2 × 20 kg"
    assert found.volume_kg == 400
