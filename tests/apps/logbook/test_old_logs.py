"""Older logs come in whole: what is read of each file, row by row, and what is asked instead of guessed."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

import formcheck
from formcheck.apps.cli import main
from formcheck.apps.logbook.export import as_csv, as_xlsx
from formcheck.apps.logbook.names import exercise_in_log
from formcheck.apps.logbook.paper import parse_cell, read_paper
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import UsageError
from formcheck.units import parse_load
from tests.apps.logbook.histories import a_set, paper_set
from tests.apps.logbook.old_logs import NAMES, TEXTS, write_logs
from tests.apps.logbook.test_log_command import run

__all__ = ["run"]
SHARED = Path(__file__).parents[4] / "shared" / "cases" / "logs.py"


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    return write_logs(tmp_path_factory.mktemp("logs"))


def as_text(entry):
    """A set in one line: day, exercise, leg, load × reps, and what else is known."""
    parts = [
        f"{entry.filmed_at:%d.%m.%y}", entry.exercise, entry.variant, entry.leg,
        f"{'-' if entry.load is None else entry.load.text()} × {entry.reps_done}",
        "warm-up" if entry.warm_up else None, None if entry.rpe is None else f"RPE {entry.rpe:g}", entry.notes or None,
    ]  # fmt: skip
    return " ".join(part for part in parts if part)


def rows_of(log):
    """What was read, by number of the row."""
    return {
        row.number: f"left out: {row.left_out}" if row.left_out else row.problem or [as_text(entry) for entry in row.sets]
        for row in log.rows
    }


THRUST = "02.03.26 hip_thrust 60 kg × 10"
HALF = "02.03.26 hip_thrust 62.5 kg × 10"
READ = {
    "strong_semicolon": {2: ["23.07.26 hip_thrust 60 kg × 10"], 3: ["23.07.26 hip_thrust 40 kg × 10 warm-up"]},
    "hevy": {2: ["28.03.26 hip_thrust 40 kg × 10 warm-up"], 3: ["28.03.26 hip_thrust 60 kg × 10 RPE 8"]},
    "fitnotes_old": {2: [THRUST], 3: ["02.03.26 romanian_deadlift 80 kg × 8 belt"]},
    "fitnotes_new": {2: ["02.03.26 hip_thrust 135 lb × 10"], 3: ["02.03.26 romanian_deadlift 80 kg × 8 belt"]},
    "fitnotes_ios_kg": {2: [THRUST]},
    "kgs": {2: [THRUST], 3: ["02.03.26 hip_thrust 62.5 kg × 9"]},
    "load_in_kg": {2: [THRUST]},
    "gewicht": {2: [THRUST]},
    "weight_used": {2: [THRUST]},
    "excel_sep": {2: [HALF]},
    "decimal_comma": {2: [HALF]},
    "utf16": {2: [HALF]},
    "cp1252": {2: [f"{THRUST} müde"]},
    "bom_crlf": {2: [THRUST]},
    "multiline": {
        2: [f"{THRUST} left knee hurt"], 3: ["03.03.26 hip_thrust 60 kg × 10 ok"],
        4: "the load expects something like 60, 60kg, 2x20kg or body weight but got 'x'.",
    },
    "ampm": {2: [THRUST]},
    "dash_mon": {2: [THRUST]},
    "mixed_order": {2: ["13.03.26 hip_thrust 60 kg × 10"], 3: ["03.04.26 hip_thrust 60 kg × 10"]},
    "warmup": {2: ["02.03.26 hip_thrust 20 kg × 15 warm-up"], 3: [f"{THRUST} RPE 8"], 4: [f"{THRUST} RPE 9"]},
    "zero_reps": {2: "left out: 0 reps", 3: [THRUST]},
    "dumbbells": {2: ["02.03.26 split_squat 2 × 20 kg × 10"]},
    "dumbbells2": {2: ["02.03.26 split_squat 2 × 20 kg × 10"]},
    "amrap": {
        2: ["02.03.26 hip_thrust 60 kg × 8 8+ reps"],
        3: "the reps expect what was done but got '10-12', which is a range.",
    },
    "split_lr": {2: ["02.03.26 split_squat left 20 kg × 10", "02.03.26 split_squat right 20 kg × 10"]},
    "same_twice": {2: [THRUST], 3: [THRUST], 4: [THRUST]},
    "thousands": {2: "the load expects at most 1000 kg but got '1.000,5'."},
    "stronglifts": {2: ["02.03.26 back_squat 100 kg × 5"] * 2},
    "bothunits": {2: [THRUST], 3: ["03.03.26 hip_thrust 135 lb × 10"]},
    "reps_col": {2: [THRUST] * 3, 3: [f"03.03.26 hip_thrust 60 kg × {reps}" for reps in (10, 10, 8)]},
    "future": {
        2: "the date: '2062-03-02' lies in the future; check the year.",
        3: "the date: '0026-03-02' is before 1950; check the year.",
    },
    "good_morning": {
        **{row: ["20.11.25 other:good morning 40 kg × 10"] for row in (2, 3, 4)},
        **{row: ["18.11.25 romanian_deadlift 100 kg × 10"] for row in (5, 6, 7)},
        8: ["20.11.25 back_squat 120 kg × 5"], 9: ["20.11.25 other:front squat 80 kg × 5"],
    },
}  # fmt: skip
#: What is asked of a file, the answer to it, and what is read then.
ASKED = {
    "strong": (
        "row 2: the load '60.0' has no unit, nor has its column 'Weight'; give --unit kg or --unit lb", {"unit": "kg"},
        {
            2: ["23.07.26 hip_thrust 60 kg × 10"], 3: ["23.07.26 hip_thrust 60 kg × 9 RPE 8.5"],
            4: ["23.07.26 romanian_deadlift 70 kg × 8"], 5: "left out: a rest",
        },
    ),
    "ddmmyy": ("'02/03/26' may be two dates", {"order": "dmy"}, {2: [THRUST]}),
    "two_dates": (
        "'25/12/2025' in row 2 has the day first, '12/25/2025' in row 3 the month", {"order": "dmy"},
        {
            2: ["25.12.25 hip_thrust 60 kg × 10"],
            3: "the date expects a date such as 2026-03-02 or 2026-03-02 18:20 but got '12/25/2025'.",
        },
    ),
}  # fmt: skip
#: The exercise that each name stands for.
NAMED = dict(
    zip(
        NAMES,
        [
            "back_squat", "back_squat", "other:front squat", "conventional_deadlift", "conventional_deadlift",
            "other:sumo deadlift", "romanian_deadlift", "other:romanian deadlift (dumbbell)", "other:stiff leg deadlift",
            "other:hip thrust (machine)", "hip_thrust", "hip_thrust", "hip_thrust", "split_squat", "split_squat", "lunge",
            "lunge", "goblet_squat", "glute_bridge", "split_squat", "hip_thrust", "split_squat", "other:good morning",
        ],
        strict=True,
    )
)  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_every_row_is_read_or_said(logs, name):
    assert rows_of(read_paper(logs[name])) == READ[name]


@pytest.mark.parametrize("name", ASKED)
def test_what_a_file_does_not_tell_is_asked_and_the_answer_used(logs, name):
    question, answer, rows = ASKED[name]
    with pytest.raises(UsageError) as asked:
        read_paper(logs[name])
    assert question in str(asked.value)
    assert rows_of(read_paper(logs[name], **answer)) == rows


def test_no_file_is_left_untested():
    assert {*READ, *ASKED, "names"} == set(TEXTS)


@pytest.mark.skipif(not SHARED.is_file(), reason="the shared script that these files were taken from is not here")
def test_the_files_are_those_of_the_shared_script(logs):
    text = SHARED.read_text(encoding="utf-8")
    assert {name for name in TEXTS if f'w("{name}.csv"' in text} == set(TEXTS)


@pytest.mark.parametrize(("written", "exercise"), NAMED.items())
def test_names_as_people_and_apps_write_them(written, exercise):
    assert exercise_in_log(written).exercise == exercise


@pytest.mark.parametrize(
    ("written", "exercise", "variant", "leg"),
    [
        ("Bulgarian Split Squats", "split_squat", "bulgarian", None), ("Split Squat (Left)", "split_squat", None, "left"),
        ("DB split squat - right leg", "split_squat", None, "right"), ("RDLs", "romanian_deadlift", None, None),
        ("Single-leg Romanian deadlift", "romanian_deadlift", "single_leg", None), ("hip_thrust", "hip_thrust", None, None),
        ("Smith Machine Squat", "other:smith machine squat", None, None), ("other:pull-up", "other:pull-up", None, None),
        ("Trap Bar Deadlift", "other:trap bar deadlift", None, None),
        ("Paused Hip Thrust", "other:paused hip thrust", None, None),
        ("Bulgarian Split Squat (Barbell)", "other:bulgarian split squat (barbell)", None, None),
        ("Goblet squat (Kettlebell)", "goblet_squat", None, None), ("スクワット", "other:スクワット", None, None),
    ],
)  # fmt: skip
def test_equipment_legs_and_variants_in_names(written, exercise, variant, leg):
    found = exercise_in_log(written)
    assert (found.exercise, found.variant, found.leg) == (exercise, variant, leg)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("60", "60 kg"), ("62,5", "62.5 kg"), ("1,000.5 lb", "1000.5 lb"), ("135lbs", "135 lb"), ("BW", "body weight"),
        ("bw + 10kg", "10 kg"), ("2 x 22.5", "2 × 22.5 kg"), ("20 kg per hand", "2 × 20 kg"), ("20kg/hand", "2 × 20 kg"),
        ("", None), ("-", None),
    ],
)  # fmt: skip
def test_loads_as_cells_have_them(cell, text):
    load = parse_cell(cell, "kg")
    assert (None if load is None else load.text()) == text


@pytest.mark.parametrize("cell", ["3x20kg", "20 kg per side", "-20", "1.000", "60 stone", "20/20", "1e3", "1001"])
def test_loads_that_may_be_something_else_are_not_guessed(cell):
    with pytest.raises(UsageError):
        parse_cell(cell, "kg")


def table(tmp_path, text):
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("header", "question"),
    [
        ("Date,Exercise,Total weight on bar (kg),Reps", "may be the load; give --column load='Total weight on bar (kg)'"),
        ("Date,Exercise,Gewicht,Reps", "is it 'Gewicht'? Give --column load='Gewicht'"),
        ("Date,Exercise,Weight (kg),Reps in tank", "may be the reps"),
        ("Datum,Exercise,Weight (kg),Reps", "no column date; its columns are 'Datum'"),
        ("Date,Exercise,Weight (kg),Weight lifted (kg),Reps", "may both be the load"),
    ],
)
def test_a_column_that_looks_like_a_load_or_reps_is_used_or_asked_about(tmp_path, header, question):
    cells = ["2026-03-02", "Hip Thrust", *["60"] * (header.count(",") - 2), "10"]
    with pytest.raises(UsageError) as asked:
        read_paper(table(tmp_path, f"{header}\n{','.join(cells)}\n"))
    assert question in str(asked.value)


def test_columns_can_be_named_and_names_explained(tmp_path):
    path = table(tmp_path, "Datum,Übung,Gewicht,Wdh\n02.03.2026,Hüftheben,62.5,10\n02.03.2026,Kreuzheben,80,5\n")
    columns = {"Datum": "date", "Übung": "exercise", "Gewicht": "load", "Wdh": "reps"}
    log = read_paper(path, "kg", columns=columns, names={"Hüftheben": "hip thrust", "Kreuzheben": "other"})
    assert [as_text(entry) for entry in log.sets] == [HALF, "02.03.26 other:kreuzheben 80 kg × 5"]
    with pytest.raises(UsageError, match="no column 'Weight'"):
        read_paper(path, "kg", columns={**columns, "Weight": "load"})
    with pytest.raises(UsageError, match="no exercise 'Rudern'"):
        read_paper(path, "kg", columns=columns, names={"Rudern": "rdl"})
    with pytest.raises(UsageError, match="expects one of date"):
        read_paper(path, "kg", columns={**columns, "Wdh": "repeats"})


def test_body_weight_and_totals_are_never_the_load(tmp_path):
    path = table(
        tmp_path,
        "Date,Exercise,Body Weight (kg),Weight (kg),Volume (kg),Estimated 1RM (kg),Reps,Target reps\n"
        "2026-03-02,Hip Thrust,80,60,600,80,10,12\n",
    )
    log = read_paper(path)
    assert [as_text(entry) for entry in log.sets] == [THRUST]
    assert log.columns.unused == ("Body Weight (kg)", "Volume (kg)", "Estimated 1RM (kg)", "Target reps")


def test_reps_in_reserve_kinds_of_sets_people_and_notes(tmp_path):
    path = table(
        tmp_path,
        "Date,Exercise,kg,Reps,RIR,Set Type,Athlete,Notes,Workout Notes\n"
        "2026-03-02,Hip Thrust,60,10,2,drop,Ann,easy,good day\n,,60,9,,failure,Ann,,good day\n2026-03-02,Plank,,,,,Ann,,\n"
        "2026-03-02,RDL,60,8,1-2,W,Bo,,\n",
    )
    log = read_paper(path)
    assert rows_of(log) == {
        2: [f"{THRUST} RPE 8 easy; good day; drop set"], 3: ["02.03.26 hip_thrust 60 kg × 9 RPE 10 to failure"],
        4: "left out: no reps (a timed set, a distance or a heading)",
        5: ["02.03.26 romanian_deadlift 60 kg × 8 warm-up RIR 1-2"],
    }  # fmt: skip
    assert log.rows[1].remarks == ("exercise of the row above", "date of the row above")
    assert [entry.who for entry in log.sets] == ["Ann", "Ann", "Bo"]


def test_our_own_export_comes_back_whole_as_csv_and_as_spreadsheet(tmp_path):
    pytest.importorskip("openpyxl")
    pair = replace(parse_load("40kg"), pieces=2)
    entries = [
        replace(paper_set(10, "135lb"), who="Ann", rpe=8.5, notes="=1+1"),
        replace(paper_set(8, exercise="split_squat", days=2), leg="left", variant="bulgarian", load=pair),
        replace(paper_set(12, None, "other:pull-up", days=3), warm_up=True),
    ]
    text, book = tmp_path / "own.csv", tmp_path / "own.xlsx"
    text.write_text(as_csv(entries), encoding="utf-8")
    book.write_bytes(as_xlsx(entries))
    for path in (text, book):
        log = read_paper(path)
        assert not log.problems
        for found, entry in zip(log.sets, entries, strict=True):
            kg = None if found.load is None else round(found.load.kg, 3)
            assert kg == (None if entry.load is None else round(entry.load.kg, 3))
            load = None if found.load is None else replace(found.load, kg=entry.load.kg)
            assert replace(found, load=load, logged_at=entry.logged_at) == entry


def test_check_shows_every_row_and_writes_nothing(run, logs):
    said = run("log", "import", logs["multiline"], "--check")
    assert "nothing is written" in said
    assert "left knee hurt" in said
    assert "4 cannot be read the load expects" in " ".join(said.split())
    assert "2 sets in 3 rows, 1 row cannot be read." in said
    assert not run.path.exists()


def test_a_file_with_unreadable_rows_is_refused_whole_unless_they_are_skipped(run, logs):
    with pytest.raises(UsageError, match=r"1 row that cannot be read, and nothing was imported. Row 4: the load"):
        run("log", "import", logs["multiline"])
    assert not run.path.exists()
    assert "1 row could not be read and was skipped" in run("log", "import", logs["multiline"], "--skip")


def test_an_import_is_taken_back_as_one_and_the_next_weight_is_not_advised_from_another_lift(run, logs):
    said = run("log", "import", logs["good_morning"])
    assert "8 sets read, 8 added (3 good morning, 3 romanian deadlift, 1 back squat, 1 front squat)" in said
    assert "Kept under their own names" in said
    advised = run("next")
    assert "100 kg" in advised
    assert "40 kg" not in advised
    assert "`formcheck log undo 1` takes this import back." in said
    assert "Undone: import of good_morning.csv" in run("log", "undo", 1)
    assert "No sets." in run("log")
    assert "(undone)" in run("log", "changes")


def test_a_set_that_was_filmed_is_not_imported_again_nor_kept_twice_when_filmed_later(tmp_path):
    with Logbook(tmp_path / "book.sqlite") as book:
        book.log(a_set("c" * 10, "60kg"))
        four = [paper_set(10, "60kg", days=0.05)] * 4
        assert len(book.add_unfilmed(four)) == 3
        assert book.add_unfilmed(four) == ()
        later = book.log(a_set("c" * 9 + "f", "60kg", clip="other", minutes=30))
        assert (later.outcome, len(book.entries())) == ("updated", 4)
        assert later.entry.filmed_source == "metadata"
        book.log(a_set("c" * 10, "62.5kg", clip="heavier"))
        book.log(a_set("c" * 10, "60kg", clip="next day", days=2))
        assert len(book.entries()) == 6
        book.undo()
        assert [entry.filmed for entry in book.entries()] == [True] * 4


def test_the_same_set_at_midnight_belongs_to_its_day(tmp_path):
    with Logbook(tmp_path / "book.sqlite") as book:
        book.log(a_set("ccc", "60kg"))
        assert len(book.add_unfilmed([paper_set(3, "60kg", days=1), paper_set(3, "60kg", days=0.1)])) == 1


@pytest.mark.parametrize("name", ["log.txt", "log", "log.xls"])
def test_a_format_that_is_not_written_is_refused(run, name):
    with Logbook(run.path) as book:
        book.log(a_set("ccc"))
    with pytest.raises(UsageError, match=r"\.csv, \.json or \.xlsx"):
        run("log", "export", "--out", run.path.with_name(name))
    with pytest.raises(UsageError, match="does not fit"):
        run("log", "export", "--out", run.path.with_name("log.json"), "--format", "csv")
    assert not run.path.with_name(name).exists()


def test_a_home_folder_is_a_home_folder_in_every_path_of_the_logbook(monkeypatch, tmp_path, capsys):
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("FORMCHECK_LOGBOOK", "~/gym.sqlite")
    monkeypatch.chdir(here)
    (home / "old.csv").write_text(TEXTS["kgs"], encoding="utf-8")
    for words in ("import ~/old.csv", "export --out=~/out.csv", "export -o~/out.json", "page --out ~/page.html"):
        monkeypatch.setattr(sys, "argv", ["formcheck", "log", *words.split()])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0, capsys.readouterr()
    assert {path.name for path in home.iterdir()} >= {"gym.sqlite", "out.csv", "out.json", "page.html"}
    assert not list(here.iterdir())
    assert len(formcheck.logbook("~/gym.sqlite")) == 2
