"""`formcheck log` and what goes into the logbook: from the outputs of an analysis to lists, edits and files."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from formcheck.apps.cli import app
from formcheck.apps.logbook.database import LogbookError
from formcheck.apps.logbook.dates import parse_date
from formcheck.apps.logbook.export import as_csv
from formcheck.apps.logbook.paper import PaperRow, read_paper
from formcheck.apps.logbook.recording import Finished, log_finished
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import OutputError, UsageError
from formcheck.options import LoggingOptions
from formcheck.results.analysis import ClipSet
from formcheck.results.encoding import write_analysis
from tests.apps.logbook.histories import MONDAY, a_set, sets
from tests.outputs.made_up import FPS, made_up_analysis, made_up_take, write_clip


@pytest.fixture(scope="module")
def filmed(tmp_path_factory):
    """A clip with its finished outputs."""
    folder = tmp_path_factory.mktemp("filmed")
    shots = made_up_take()
    clip = write_clip(folder / "20260302_182011.mp4", shots)
    analysis = made_up_analysis(list(shots[0].reps), len(shots[0].motion.times) / FPS)
    analysis = replace(analysis, clip=replace(analysis.clip, path=clip.name))
    out = folder / "20260302_182011.formcheck"
    out.mkdir()
    write_analysis(analysis, out / "analysis.json")
    return Finished(analysis, clip, out)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("FORMCHECK_LOGBOOK", str(tmp_path / "book.sqlite"))

    def call(*words, code=0, answer=None):
        result = CliRunner().invoke(app, [str(word) for word in words], input=answer, env={"COLUMNS": "200"})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    call.path = tmp_path / "book.sqlite"
    return call


def book_of(path):
    return Logbook(path, reading=True)


def test_an_analysis_becomes_an_entry_with_date_picture_and_everything_judged(run, filmed):
    said = run("log", "add", filmed.folder, "--load", "16kg", "--keep")
    assert "Logged as set 1: Bulgarian split squat, right leg, 2 reps with 16 kg, 2 March 2026 18:20" in said
    assert "from the clip's name" in said
    with book_of(run.path) as book:
        (entry,) = book.entries()
        picture = book.picture(1)
    assert picture[:2] == b"\xff\xd8"
    assert (entry.exercise, entry.variant, entry.leg, entry.side) == ("split_squat", "bulgarian", "right", "right")
    assert entry.filmed_at == datetime(2026, 3, 2, 18, 20, 11).astimezone()
    assert [rep.verdict for rep in entry.reps] == ["fault", "borderline"]
    assert entry.fault_counts == {"torso_upright": 1}
    assert {gap.rule for gap in entry.not_judged} == {"bar_drift", "heels_lift"}
    assert entry.reps[0].measures["trunk_at_turn"].value == 8.0
    assert (run.path.parent / entry.clip.kept).read_bytes() == filmed.clip.read_bytes()
    assert "has this clip already, as set 1" in run("log", "add", filmed.folder)
    run("log", "delete", 1, "--yes")
    assert not (run.path.parent / entry.clip.kept).exists()


def test_a_set_is_listed_shown_edited_and_deleted(run, filmed):
    run("log", "add", filmed.folder)
    listed = run("log")
    assert "2026-03-02" in listed
    assert "0 of 2" in listed
    assert "trunk too upright 1×" in listed
    changes = ("--load", "35lb", "--notes", "[b]slow[/b] :fire:", "--date", "2026-03-01 08:00", "--leg", "left")
    shown = run("log", "edit", 1, *changes)
    assert "35 lb (15.9 kg)" in shown
    assert "“[b]slow[/b] :fire:”" in shown
    assert "your own word: date, leg, load" in shown
    assert "1 March 2026 08:00" in run("log", "show", 1)
    assert "15.9 kg" in run("log", "list", "--unit", "kg")
    assert run("log", "list", "-e", "hip-thrust").strip() == "No sets."
    run("log", "delete", 1, answer="n\n")
    assert "0 of 2" in run("log")
    with pytest.raises(UsageError, match="nobody is there to answer; expected y or n; give --yes"):
        run("log", "delete", 1, answer="")
    assert "0 of 2" in run("log")
    run("log", "delete", 1, answer="y\n")
    assert "No sets." in run("log")


def test_every_set_of_a_clip_is_logged(run, filmed, tmp_path):
    """A second set half a minute later, with a folder of its own, and who lifted."""
    spans = ((None, 20.0), (20.0, None))
    parts = tuple(ClipSet(n, *span, 0.0, 1.0, "split_squat", None, 2, 0, {}) for n, span in enumerate(spans, 1))
    out = tmp_path / "two.formcheck"
    (out / "set-2").mkdir(parents=True)
    for number, folder, later in ((1, out, 0.0), (2, out / "set-2", 30.0)):
        reps = tuple(
            replace(rep, **{name: getattr(rep, name) + later for name in ("start_s", "turn_s", "turn_end_s", "end_s")})
            for rep in filmed.analysis.reps
        )
        one = replace(filmed.analysis, reps=reps, findings=(), sets=parts, set_number=number)
        write_analysis(one, folder / "analysis.json")
    run("log", "add", out, "--clip", filmed.clip, "--who", "Anna", "--load", "20kg")
    run("log", "add", out, "--clip", filmed.clip)
    with book_of(run.path) as book:
        found = book.entries()
    assert [(entry.clip.folder, entry.who, entry.load.kg) for entry in found] == [
        (str(out), "Anna", 20), (str(out / "set-2"), "Anna", 20)
    ]  # fmt: skip
    assert "2 x 2 @ 20 kg" in run("log")


@pytest.mark.parametrize(
    "words",
    [
        ("show", 9), ("edit", 1), ("edit", 1, "--leg", "third"), ("edit", 1, "--load", "much"), ("edit", 1, "--date", "soon"),
        ("delete", 9), ("add", "nowhere"), ("list", "-e", "swimming"), ("restore", "nowhere.sqlite"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_and_changes_nothing(run, words):
    with Logbook(run.path) as book:
        book.log(a_set("ccf"))
        before = book.entries()
    with pytest.raises(UsageError):
        run("log", *words)
    with book_of(run.path) as book:
        assert book.entries() == before


def test_what_cannot_be_logged_names_the_way_to_log_it_later(filmed, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LogbookError, match="formcheck log add"):
        log_finished(filmed, LoggingOptions(log=True, logbook=tmp_path / "file" / "book.sqlite"))


def test_a_clip_that_is_gone_is_logged_without_a_picture_by_the_time_of_its_analysis(filmed, tmp_path):
    gone = replace(filmed, clip=tmp_path / "gone.mp4")
    os.utime(filmed.folder / "analysis.json", (1_700_000_000, 1_700_000_000))
    logged = log_finished(gone, LoggingOptions(log=True, logbook=tmp_path / "book.sqlite"))
    assert "taken from the file; the video has none" in logged.line
    with book_of(tmp_path / "book.sqlite") as book:
        assert book.picture(1) is None
        assert book.entry(1).filmed_at.timestamp() == 1_700_000_000


def test_export_gives_a_table_and_everything(run):
    with Logbook(run.path) as book:
        for entry in sets("ccf", "cbn", load="135lb", notes="=1+1"):
            book.log(entry)
    rows = list(csv.DictReader(io.StringIO(run("log", "export"))))
    assert [(row["set"], row["load_lb"], row["reps"], row["clean_reps"], row["faults"]) for row in rows] == [
        ("1", "135.0", "3", "2", "lumbar_arch:1"), ("2", "135.0", "3", "1", ""),
    ]  # fmt: skip
    assert rows[1]["borderline"] == "lumbar_arch:1"
    assert rows[0]["notes"] == "'=1+1"  # no formula
    out = run.path.with_name("all.json")
    run("log", "export", "--out", out)
    data = json.loads(out.read_text())
    assert data["schema"] == "formcheck.logbook/2"
    assert data["sets"][0]["findings"][0]["cue"].startswith("Ribs down")
    with pytest.raises(OutputError, match="gone or cannot be reached"):
        run("log", "export", "--out", run.path.parent / "no" / "such" / "folder.csv")


PAPER = """\
Date;Exercise;Weight (lb);Reps;Sets;Side;Comment
2026-01-05;Hip Thrust;100;10;4;;first day
5.1.2026;romanian deadlift;;3x12;;;
01/25/2026;hip-thrust;105;10/10/9;;;
2026-01-26;Split squat;20;8;;L;
2026-01-26;Bench press;60;8;;;
;;;;;;
"""


def test_a_paper_log_comes_in_once_with_what_it_says(run, tmp_path):
    file = tmp_path / "paper.csv"
    file.write_text(PAPER, encoding="utf-8-sig")
    said = run("log", "import", file)
    assert "12 sets read, 12 added (7 hip thrust, 3 romanian deadlift, 1 split squat, 1 bench press)" in said
    assert "own names, and never advised as another lift: Bench press" in said
    assert "0 added" in run("log", "import", file)
    with book_of(run.path) as book:
        entries = book.entries()
    assert [entry.reps_done for entry in entries] == [10, 10, 10, 10, 12, 12, 12, 10, 10, 9, 8, 8]
    assert (round(entries[0].load.lb, 6), entries[0].notes, entries[4].load) == (100, "first day", None)
    assert (entries[-1].exercise, run("log").count("Bench press")) == ("other:bench press", 1)
    assert (entries[-2].leg, entries[7].filmed_at.date().isoformat()) == ("left", "2026-01-25")
    assert not any(entry.filmed for entry in entries)
    assert "not filmed" in run("log")


def test_our_own_table_can_be_read_back_as_a_paper_log(run, tmp_path):
    file = tmp_path / "own.csv"
    file.write_text(as_csv(sets("ccf", "ccc", notes="-easy")))
    (first, _) = read_paper(file).sets
    assert (first.exercise, first.load.kg, first.reps_done, first.notes) == ("hip_thrust", 60, 3, "-easy")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("day,lift\n", "no column reps"), ("", "no column date"),
        ("date,exercise,reps\n2026-02-30,hip thrust,8\n", "Row 2: the date"),
        ("date,exercise,reps\n3/4/2026,hip thrust,8\n", "two dates"),
        ("date,exercise,reps\n2026-01-01,hip thrust,many\n", "reps"),
        ("date,exercise,reps\n2026-01-01,hip thrust,999999x9\n", "at most"),
        ("date,exercise,reps,load\n2026-01-01,hip thrust,8,60\n", "no unit"),
        ("date,exercise,reps,leg\n2026-01-01,split squat,8,third\n", "left or right"),
    ],
)  # fmt: skip
def test_a_paper_log_that_makes_no_sense_is_refused_whole(run, tmp_path, text, words):
    file = tmp_path / "paper.csv"
    good = "2026-01-05,hip thrust,8\n" if text.startswith("date,exercise,reps\n") else ""
    file.write_text(text.replace("reps\n", "reps\n" + good, 1) if "Row" not in words else text)
    with pytest.raises(UsageError, match=words):
        run("log", "import", file)
    assert not run.path.exists()


def test_the_order_of_day_and_month_and_the_unit_can_be_said(run, tmp_path):
    file = tmp_path / "paper.csv"
    file.write_text("date,exercise,reps,load\n3/4/2026,hip thrust,8,60\n")
    run("log", "import", file, "--dates", "dmy", "--unit", "kg")
    with book_of(run.path) as book:
        (entry,) = book.entries()
    assert (entry.filmed_at.month, entry.filmed_at.day, entry.load.kg) == (4, 3, 60)


@pytest.mark.parametrize("text", ["2026-03-02T18:20:11+01:00", "2026-03-02 18:20", "2.3.2026", "2026-3-2"])
def test_dates_as_people_write_them(text):
    when = parse_date(text)
    assert (when.year, when.month, when.day) == (2026, 3, 2)
    assert when.tzinfo is not None


@pytest.mark.parametrize(("text", "said"), [("0026-03-02", "before 1950"), ("2062-03-02", "in the future")])
def test_years_of_a_slip_of_the_finger_are_said(text, said):
    with pytest.raises(UsageError, match=said):
        parse_date(text)


def test_next_says_what_to_do_and_why_and_from_when_on(run):
    then = datetime.now().astimezone() - timedelta(days=1)
    with Logbook(run.path) as book:
        for entry in sets(*["c" * 10] * 4):
            book.log(replace(entry, filmed_at=then + (entry.filmed_at - MONDAY)))
    said = run("next")
    assert "Add weight: 62.5 kg (137.8 lb), 8 reps or more" in said
    assert "40 of 40 reps of 4 sets at 60 kg were clean" in said
    earliest = then + timedelta(hours=48)
    assert f"Next session from {earliest.day} {earliest:%B %Y}" in said
    data = json.loads(run("next", "hip-thrust", "--json"))
    assert (data["exercises"][0]["decision"], data["exercises"][0]["load_kg"]) == ("add", 62.5)
    Path(run.path.with_name("programme.toml")).write_text("[plates]\nkg = [10, 5]\n")
    assert "Add weight: 70 kg" in run("next")
    with pytest.raises(UsageError):
        run("next", "swimming")


def test_keeping_without_logging_is_a_mistake(run):
    with pytest.raises(UsageError, match="--log"):
        run("analyze", "clip.mp4", "--keep")


def test_a_damaged_logbook_is_restored_from_the_command_line(run):
    with Logbook(run.path) as book:
        book.log(a_set("ccc"))
    run.path.write_bytes(b"rubbish" * 1000)
    with pytest.raises(LogbookError, match="formcheck log restore"):
        run("log")
    assert "with 1 set." in run("log", "restore")
    assert "3 of 3" in run("log")


def _rows(file):
    try:
        return read_paper(file).rows
    except UsageError as error:  # of the file as a whole
        return [PaperRow(2, problem=str(error))]


@pytest.mark.parametrize(
    "text",
    [
        f"date,exercise,reps\n2026-01-01,hip thrust,{'9' * 4400}\n",
        f"date,exercise,reps\n2026-01-01,hip thrust,{'9' * 4400}x8\n",
        f"date,exercise,reps,sets\n2026-01-01,hip thrust,8,{'9' * 4400}\n",
        f"date,exercise,reps,notes\n2026-01-01,hip thrust,8,{'n' * 131_073}\n",
    ],
    ids=["reps", "sets and reps", "sets", "cell"],
)
def test_endless_numbers_and_cells_are_one_sentence(text, tmp_path):
    file = tmp_path / "paper.csv"
    file.write_text(text)
    (row,) = [row for row in _rows(file) if row.number == 2]
    assert row.problem
    assert len(row.problem) < 200


def test_notes_of_several_lines_and_the_separator_line_of_excel_are_read(tmp_path):
    file = tmp_path / "paper.csv"
    file.write_bytes('sep=;\r\nDate;Exercise;Reps;Notes\r\n2026-01-01;Hip Thrust;10;"left knee\nhurt\u2028a lot"\r\n'.encode())
    (entry,) = read_paper(file).sets
    assert (entry.reps_done, entry.notes) == (10, "left knee hurt a lot")
