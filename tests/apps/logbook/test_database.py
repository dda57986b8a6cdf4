"""Older, damaged, foreign, lost and busy logbooks; and their backups."""

from __future__ import annotations

import multiprocessing
import os
import random
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from formcheck.apps.logbook import database
from formcheck.apps.logbook.database import STEPS, VERSION, DamagedError, LogbookError, backup_folder, backups_of, restore
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import UsageError
from formcheck.results.analysis import Finding, JudgedRep, Measure
from tests.apps.logbook.histories import a_set


@pytest.fixture
def path(tmp_path):
    return tmp_path / "logbook.sqlite"


def logbook_of_version(path, version):
    """A logbook as the formcheck of that version left it, with a set in it."""
    with closing(sqlite3.connect(path)) as raw, raw:
        for step in STEPS[:version]:
            for statement in step:
                raw.execute(statement)
        raw.execute(f"PRAGMA user_version = {version}")
        raw.execute(f"PRAGMA application_id = {database.APPLICATION_ID}")
        raw.execute(
            "INSERT INTO sets (id, exercise, filmed_at, filmed_source, logged_at, load_kg, load_unit, reps_done)"
            " VALUES (7, 'hip_thrust', '2026-03-02T18:00:00+00:00', 'file', '2026-03-02T19:00:00+00:00', 60, 'kg', 1)"
        )
        raw.execute("INSERT INTO clips VALUES (7, 'abc', 0, -1, 'a.mp4', '/a.mp4', '/a.formcheck', 1, NULL)")
        if version < 3:
            raw.execute(
                "INSERT INTO reps VALUES (7, 1, 'fault', NULL, 1, 2, 2.5, 4, 1.5, 0.5, 1, 80, 0.4,"
                """ '{"lifting_velocity_mean": {"value": 0.4, "unit": "m/s"}}')"""
            )
        else:
            raw.execute(
                'INSERT INTO reps (set_id, "index", verdict, start_s, turn_s, turn_end_s, end_s, eccentric_s, pause_s,'
                " concentric_s, range_deg, measures) VALUES (7, 1, 'fault', 1, 2, 2.5, 4, 1.5, 0.5, 1, 80,"
                """ '{"concentric_velocity_mean": {"value": 0.4, "unit": "m/s"}}')"""
            )
        limit = "limit_value" if version < 3 else '"limit"'
        raw.execute(
            f"INSERT INTO findings (set_id, rep, rule, severity, time_s, value, {limit}, unit, confidence, message, cue)"
            " VALUES (7, 1, 'lumbar_arch', 'fault', 2, 12, 8, 'deg', 0.9, 'm', 'c')"
        )


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_a_logbook_of_every_older_version_is_brought_up_with_all_that_is_in_it(path, version):
    logbook_of_version(path, version)
    with Logbook(path) as book:
        (entry,) = book.entries()
        assert (entry.id, entry.load.kg, entry.fault_counts) == (7, 60, {"lumbar_arch": 1})
        assert entry.reps == (
            JudgedRep(
                1, 1, 2, 2.5, 4, 1.5, 0.5, 1, 80, {"concentric_velocity_mean": Measure(0.4, "m/s")}, "fault"
            ),
        )
        assert entry.findings == (Finding("lumbar_arch", "fault", 1, 2, 0, 12, 8, "deg", 0.9, "m", "c"),)
        assert entry.velocity_m_s == 0.4
        assert book.picture(7) is None
        book.log(a_set("cc"), (b"jpeg", 1.0))
        assert len(book.entries()) == 2
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    before = [file.name for file in backups_of(path) if file.name.startswith("before-version")]
    assert before == ([f"before-version-{version + 1}.sqlite"] if version < VERSION else [])


def test_three_thousand_sets_of_an_older_logbook_are_brought_up_without_loss(path):
    """Counts and sums of every number that was there are equal afterwards."""
    chance = random.Random(7)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for step in STEPS[:3]:
            for statement in step:
                raw.execute(statement)
        raw.execute("PRAGMA user_version = 3")
        raw.execute(f"PRAGMA application_id = {database.APPLICATION_ID}")
        raw.execute("BEGIN")
        for number in range(1, 3001):
            filmed = number % 3 == 0
            day = f"2025-{1 + number % 12:02d}-{1 + number % 28:02d}T18:00:00+00:00"
            kg, unit = (None, None) if number % 11 == 0 else (chance.randrange(0, 400) / 2, chance.choice(["kg", "lb"]))
            raw.execute(
                "INSERT INTO sets (exercise, leg, filmed_at, filmed_source, logged_at, load_kg, load_unit, reps_done, notes)"
                " VALUES (?, ?, ?, 'user', ?, ?, ?, ?, ?)",
                (chance.choice(["hip_thrust", "split_squat"]), chance.choice([None, "left"]), day, day, kg, unit, 8, "note"),
            )
            if not filmed:
                continue
            raw.execute("INSERT INTO clips VALUES (?, ?, 0, -1, 'a.mp4', '/a.mp4', '/a', 1, NULL)", (number, f"{number:064x}"))
            raw.execute("INSERT INTO pictures VALUES (?, ?, 1.5)", (number, chance.randbytes(50)))
            for rep in range(1, 9):
                row = (number, rep, "fault" if rep == 8 else "clean", 4 * rep, 4 * rep + 1, 4 * rep + 2, 4 * rep + 3)
                raw.execute(
                    'INSERT INTO reps (set_id, "index", verdict, start_s, turn_s, turn_end_s, end_s, range_deg, measures)'
                    " VALUES (?, ?, ?, ?, ?, ?, ?, 80, '{}')", row,
                )  # fmt: skip
            raw.execute(
                "INSERT INTO findings (set_id, rep, rule, severity, time_s, value, \"limit\", unit, confidence, message, cue)"
                " VALUES (?, 8, 'lumbar_arch', 'fault', 33, 12, 8, 'deg', 0.9, 'm', 'c')", (number,),
            )  # fmt: skip
            raw.execute("INSERT INTO not_judged VALUES (?, 'chin_not_tucked', NULL, 'hidden', NULL)", (number,))
        raw.execute("COMMIT")
        before = sums_of(raw)
    with Logbook(path) as book:
        entries = book.entries()
        assert len(entries) == 3000
        assert sum(entry.filmed for entry in entries) == 1000
        assert all((entry.who, entry.rpe, entry.warm_up) == (None, None, False) for entry in entries)
        assert all(entry.load is None or entry.load.pieces == 1 for entry in entries)
    with closing(sqlite3.connect(path)) as raw:
        after = sums_of(raw)
    assert {name: after[name] for name in before} == before
    assert before["sets", "id"][0] == 3000
    assert before["reps", "index"] == (8000, 36_000.0, 8000)


def sums_of(raw):
    """Count, sum and number of texts of every column that there is, by table and column."""
    tables = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
    columns = [(table, row[1]) for table in tables for row in raw.execute(f"PRAGMA table_info({table})")]
    return {
        (table, column): raw.execute(
            f'SELECT count("{column}"), round(total("{column}"), 6), count(length("{column}")) FROM {table}'
        ).fetchone()
        for table, column in columns
    }


def test_a_step_that_fails_leaves_the_older_logbook_as_it_was(path, monkeypatch):
    logbook_of_version(path, 1)
    monkeypatch.setattr(database, "STEPS", (STEPS[0], ("CREATE TABLE half (a)", "NONSENSE")))
    with pytest.raises(LogbookError):
        Logbook(path)
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (1,)
        assert raw.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)


def test_a_newer_formchecks_logbook_is_left_alone(path):
    Logbook(path).close()
    with closing(sqlite3.connect(path)) as raw:
        raw.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(LogbookError, match="newer formcheck"):
        Logbook(path)


def test_another_programs_database_is_left_alone(path):
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE theirs (a)")
    before = path.read_bytes()
    with pytest.raises(LogbookError, match="another program"):
        Logbook(path)
    assert path.read_bytes() == before


def filled(path, sets=30):
    with Logbook(path) as book:
        for number in range(sets):
            book.log(a_set("ccfbn" * 2, clip=f"clip {number}"))


def damage_header(path):
    path.write_bytes(b"no database" * 500)


def damage_middle(path):
    with path.open("r+b") as stream:
        stream.seek(path.stat().st_size // 2)
        stream.write(os.urandom(path.stat().st_size // 3))


def cut_off(path):
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size // 2)


def emptied(path):
    path.write_bytes(b"")


@pytest.mark.parametrize("harm", [damage_header, damage_middle, cut_off, emptied])
def test_a_damaged_logbook_is_said_left_as_it_is_and_restored_from_its_backup(path, harm):
    filled(path)
    harm(path)
    harmed = path.read_bytes()
    with pytest.raises(DamagedError, match="formcheck log restore"):
        Logbook(path)
    assert path.read_bytes() == harmed

    backup, aside = restore(path)

    assert backup.parent == backup_folder(path)
    assert aside.read_bytes() == harmed
    with Logbook(path) as book:
        assert len(book.entries()) == 30


def test_a_logbook_that_vanished_is_not_begun_anew_in_silence(path):
    filled(path, 2)
    path.unlink()
    with pytest.raises(DamagedError, match="is gone"):
        Logbook(path)
    restore(path)
    with Logbook(path) as book:
        assert len(book.entries()) == 2


def test_restoring_passes_over_a_damaged_backup_and_refuses_without_a_sound_one(path):
    filled(path, 3)
    (today,) = backups_of(path)
    newer = today.with_name("2199-01-01.sqlite")
    newer.write_bytes(b"rubbish")
    assert restore(path)[0] == today
    today.unlink()
    with pytest.raises(UsageError, match="no intact backup"):
        restore(path)


def test_the_days_backup_holds_every_set_and_old_days_are_thinned(path):
    filled(path, 2)
    folder = backup_folder(path)
    for day in range(1, 29):
        (folder / f"2025-01-{day:02d}.sqlite").touch()
    (folder / "before-version-2.sqlite").touch()
    filled(path, 3)
    names = sorted(file.name for file in backups_of(path))
    assert len(names) == 8
    assert "before-version-2.sqlite" in names
    assert "2025-01-01.sqlite" not in names
    with closing(sqlite3.connect(backups_of(path)[0])) as copy:
        assert copy.execute("SELECT count(*) FROM sets").fetchone() == (3,)


def test_a_set_is_logged_even_where_no_backup_can_be_written(path):
    Logbook(path).close()
    backup_folder(path).write_text("in the way")
    with Logbook(path) as book:
        book.log(a_set("cc"))
        assert "backup" in book.warnings[0]
        assert len(book.entries()) == 1


def test_reading_without_a_logbook_is_an_error_and_creates_no_file(path):
    with pytest.raises(UsageError, match="no logbook"):
        Logbook(path, reading=True)
    assert not path.exists()


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LogbookError, match="--logbook"):
        Logbook(tmp_path / "file" / "logbook.sqlite")


def test_waiting_too_long_for_another_writer_is_an_error(path, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE_S", 0.05)
    with Logbook(path) as one, Logbook(path) as other:
        one._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(LogbookError, match="another program has been writing"):
            other.log(a_set("cc"))
        assert other.entries() == ()  # readers go on


def test_who_waits_goes_on_waiting_while_others_write_one_after_the_other(path, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE_S", 0.4)
    Logbook(path).close()
    begun = threading.Event()

    def write_on():
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            for number in range(5):  # longer than the patience, with gaps of no time
                other.execute("BEGIN IMMEDIATE")
                begun.set()
                other.execute("INSERT INTO changes (at, what) VALUES ('', ?)", (str(number),))
                time.sleep(0.25)
                other.execute("COMMIT")

    with Logbook(path) as book:
        thread = threading.Thread(target=write_on)
        thread.start()
        begun.wait()
        logged = book.log(a_set("cc"))
        thread.join()
    assert logged.outcome == "added"


def _log_many(path, names):
    with Logbook(path) as book:
        for name in names:
            book.log(a_set("ccf", clip=name))


def test_two_processes_begin_and_fill_a_logbook_at_once(path):
    spawn = multiprocessing.get_context("spawn")
    shares = ([f"a{n}" for n in range(15)] + ["both"], ["both"] + [f"b{n}" for n in range(15)])
    workers = [spawn.Process(target=_log_many, args=(path, names)) for names in shares]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    with Logbook(path) as book:
        names = [entry.clip.name for entry in book.entries()]
    assert len(names) == len(set(names)) == 31
