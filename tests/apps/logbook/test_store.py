"""Storing sets: each once, complete, with the owner's edits."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from formcheck.apps.logbook.database import LogbookError
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import UsageError
from formcheck.results.analysis import Measure
from formcheck.units import parse_load
from tests.apps.logbook.histories import MONDAY, a_set, paper_set


@pytest.fixture
def book(tmp_path):
    with Logbook(tmp_path / "logbook.sqlite") as opened:
        yield opened


def test_a_set_comes_back_as_it_went_in(book):
    entry = a_set("ccfbn", "135lb", velocity=0.42)
    rep = replace(entry.reps[0], measures={"hip_at_turn": Measure(None, "deg"), "bar": Measure(0.4, "m")})
    entry = replace(entry, reps=(rep, *entry.reps[1:]), notes="belt", leg="left")

    logged = book.log(entry, (b"jpeg", 3.0))

    assert logged.outcome == "added"
    assert book.entries() == (replace(entry, id=logged.entry.id),)
    assert book.picture(logged.entry.id) == b"jpeg"
    assert book.entry(1).clean_reps == 2
    assert book.entry(1).fault_counts == {"lumbar_arch": 1}
    assert book.entry(1).reps_judged("lumbar_arch") == (1, 2, 3, 4)


def test_the_same_clip_is_never_counted_twice(book):
    book.log(a_set("ccc", clip="a"))
    again = book.log(a_set("ccc", clip="a"))
    other = book.log(a_set("ccc", clip="b"))
    assert (again.outcome, other.outcome) == ("unchanged", "added")
    assert [entry.id for entry in book.entries()] == [1, 2]


def test_a_clip_analysed_again_brings_the_judged_part_up_to_date_and_keeps_the_owners_edits(book):
    book.log(a_set("cccn", "60kg", clip="a"))
    book.edit(1, load=parse_load("65kg"), notes="felt easy", filmed_at=MONDAY - timedelta(days=1))

    again = book.log(a_set("cccf", "60kg", clip="a"))

    assert (again.outcome, again.kept) == ("updated", ("load",))
    (entry,) = book.entries()
    assert entry.fault_counts == {"lumbar_arch": 1}
    assert (entry.load.kg, entry.notes, entry.filmed_at) == (65, "felt easy", MONDAY - timedelta(days=1))
    assert entry.filmed_source == "user"


def test_a_load_once_known_is_not_lost_by_analysing_again_without_it(book):
    book.log(a_set("ccc", "60kg", clip="a"))
    book.log(a_set("ccf", None, clip="a"))
    assert book.entry(1).load.kg == 60
    book.log(a_set("ccf", "62.5kg", clip="a"))
    assert book.entry(1).load.kg == 62.5


def test_a_better_known_date_is_not_replaced_by_a_worse_one(book):
    book.log(a_set("ccc", clip="a"))
    book.log(a_set("ccf", clip="a", days=9, filmed_source="file"))
    assert (book.entry(1).filmed_at, book.entry(1).filmed_source) == (MONDAY, "metadata")


def part_of(entry, start_s, end_s, slow_motion=1.0):
    return replace(entry, clip=replace(entry.clip, start_s=start_s, end_s=end_s, slow_motion=slow_motion))


def test_two_stretches_of_one_clip_are_two_sets_unless_they_show_the_same_reps(book):
    first = part_of(a_set("ccc", clip="a"), 0.0, 30.0)
    later = tuple(replace(rep, start_s=rep.start_s + 40, end_s=rep.end_s + 40) for rep in first.reps)
    second = part_of(replace(first, reps=later), 28.0, None)
    assert [book.log(first).outcome, book.log(second).outcome] == ["added", "added"]

    cut_tighter = part_of(first, 3.0, 25.0)
    assert book.log(cut_tighter).outcome == "updated"
    in_slow_motion = part_of(
        replace(first, reps=tuple(replace(r, start_s=r.start_s / 4, end_s=r.end_s / 4) for r in first.reps)), 3.0, 25.0, 4.0
    )
    assert book.log(in_slow_motion).outcome == "updated"
    assert len(book.entries()) == 2


def test_a_whole_clip_that_was_logged_in_parts_is_not_logged_a_third_time(book):
    first = part_of(a_set("ccc", clip="a"), 0.0, 30.0)
    later = tuple(replace(rep, index=rep.index + 3, start_s=rep.start_s + 40, end_s=rep.end_s + 40) for rep in first.reps)
    book.log(first)
    book.log(part_of(replace(first, reps=later), 30.0, 90.0))
    with pytest.raises(LogbookError, match="sets 1 and 2"):
        book.log(part_of(replace(first, reps=(*first.reps, *later)), 0.0, None))
    assert len(book.entries()) == 2


def test_a_set_that_cannot_be_written_whole_leaves_nothing(book):
    entry = a_set("cf", clip="a")
    broken = replace(entry, findings=(replace(entry.findings[0], rep=99),))  # a finding without its rep
    with pytest.raises(sqlite3.IntegrityError):
        book.log(broken)
    assert book.entries() == ()
    book.log(entry)
    with pytest.raises(sqlite3.IntegrityError):
        book.log(broken)
    assert book.entries() == (replace(entry, id=1),)


def test_a_deleted_set_takes_everything_with_it_and_its_number_is_not_given_again(book, tmp_path):
    video = tmp_path / "logbook.sqlite.videos" / "kept.mp4"
    video.parent.mkdir()
    video.touch()
    entry = a_set("cf", clip="a")
    book.log(replace(entry, clip=replace(entry.clip, kept="logbook.sqlite.videos/kept.mp4")), (b"jpeg", 1.0))
    book.delete(1)
    assert book.entries() == ()
    assert not video.exists()
    with sqlite3.connect(book.path) as raw:
        tables = ("sets", "clips", "reps", "findings", "not_judged", "pictures")
        assert [raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables] == [0] * len(tables)
    assert book.log(a_set("c", clip="b")).entry.id == 2
    with pytest.raises(UsageError, match="no set 1"):
        book.entry(1)


def test_paper_sets_come_in_once_however_often_the_file_is_read(book):
    two_alike = [paper_set(8), paper_set(8), paper_set(8, "62.5kg")]
    assert len(book.add_unfilmed(two_alike)) == 3
    assert len(book.add_unfilmed(two_alike)) == 0
    assert len(book.add_unfilmed([*two_alike, paper_set(8)])) == 1
    assert [entry.not_judged_reps for entry in book.entries()] == [8] * 4


def test_sets_are_listed_by_time_whatever_their_time_zone(book):
    from datetime import timezone

    east = timezone(timedelta(hours=9))
    book.log(a_set("c", clip="late"))
    book.log(a_set("c", clip="early", filmed_at=(MONDAY - timedelta(hours=1)).astimezone(east)))
    book.log(a_set("c", exercise="goblet_squat", clip="other", days=7))
    assert [entry.clip.name for entry in book.entries()] == ["early.mp4", "late.mp4", "other.mp4"]
    assert [entry.clip.name for entry in book.entries("hip_thrust")] == ["early.mp4", "late.mp4"]
