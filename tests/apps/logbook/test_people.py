"""One logbook, many people: whose sets are whose, and who needs a look first."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from typer.testing import CliRunner

from formcheck.apps.cli import app
from formcheck.apps.logbook.page import write_log_page
from formcheck.apps.logbook.people import by_person, looks, of_person, spelled
from formcheck.apps.logbook.programme import load_programme
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import UsageError
from tests.apps.logbook.histories import MONDAY, paper_set, sets
from tests.apps.logbook.weeks import a_picture

PROGRAMME, NOW = load_programme(), MONDAY + timedelta(days=20)


def of(who, *entries):
    return [replace(entry, who=who) for entry in entries]


def sessions(*days_and_reps, **given):
    return [entry for days, *reps in days_and_reps for entry in sets(*reps, days=days, **given)]


ANNA = of("Anna", *sessions((10, "c" * 10), (17, "ccccccfffc")))
BEN = of("Ben", *sessions((9, "c" * 9 + "f", "c" * 10), (12, "c" * 10), (16, "c" * 10, "cccccfffff")))
CLARA = of("Clara", *sessions((2, "c" * 10)))
DORA = of("Dora", *sessions((14, "c" * 10), (18, "c" * 9 + "f")))


def test_who_needs_a_look_first_and_with_which_cue():
    found = looks([*DORA, *CLARA, *BEN, *ANNA], PROGRAMME, NOW)
    assert [look.name for look in found] == ["Anna", "Ben", "Clara", "Dora"]
    anna, ben, clara, dora = found
    assert anna.reasons[0].text == (
        "New: “lower back arches” in 3 of 10 reps of the hip thrust on 19 Mar 2026, in none of 10 before."
    )
    assert anna.cue == "Ribs down: finish with the glutes, not the lower back."
    assert ben.reasons[0].text == (
        "Worse at 60 kg: “lower back arches” in 5 of 20 reps of the hip thrust on 18 Mar 2026,"
        " 1 of 30 before at this weight."
    )
    assert [reason.text for reason in clara.reasons] == ["No set for 18 days."]
    assert (dora.reasons, dora.cue) == ((), None), "one rep is a slip"


def test_a_fault_that_was_there_all_along_is_a_habit_and_not_new():
    (look,) = looks(of("Anna", *sessions((10, "ccccccffff"), (17, "ccccccffff"))), PROGRAMME, NOW)
    (reason,) = look.reasons
    assert reason.text == "“lower back arches” in 4 of 10 reps of the hip thrust on 19 Mar 2026."


def test_a_name_is_one_whatever_its_capitals():
    assert spelled("anna", ["Anna", "Ben"]) == "Anna"
    assert spelled("Eva", ["Anna"]) == "Eva"
    assert len(of_person([*ANNA, *BEN], "ANNA")) == len(ANNA)
    assert list(by_person([*of(None, paper_set(8)), *BEN, *ANNA])) == ["Anna", "Ben", None]
    with pytest.raises(UsageError, match=r"^nobody in the logbook is called Eva; expected one of Anna, Ben\.$"):
        of_person([*ANNA, *BEN], "Eva")


@pytest.fixture
def book(tmp_path):
    path = tmp_path / "book.sqlite"
    with Logbook(path) as opened:
        for entry in [*ANNA, *BEN]:
            opened.log(entry, (a_picture(1), 6.0))
    return path


def run(*words):
    result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "60"})
    assert result.exit_code == 0, result.output
    return result.output


def test_next_list_and_page_are_of_one_person_or_of_all(book, tmp_path):
    said = json.loads(run("next", "--json", "--logbook", book))
    assert [one["who"] for one in said["people"]] == ["Anna", "Ben"]
    said = json.loads(run("next", "--json", "--logbook", book, "--who", "anna"))
    assert (said["who"], said["exercises"][0]["decision"]) == ("Anna", "fix")
    assert "Ben" not in run("log", "list", "--logbook", book, "--who", "Anna")
    assert "Ben: Hip thrust" in run("log", "list", "--logbook", book)
    run("log", "page", "--logbook", book, "--out", tmp_path / "all.html")
    assert "Who needs a look first" in (tmp_path / "all.html").read_text(encoding="utf-8")
    run("log", "page", "--logbook", book, "--out", tmp_path / "anna.html", "--who", "Anna")
    text = (tmp_path / "anna.html").read_text(encoding="utf-8")
    assert "Who needs a look first" not in text
    assert "Next: fix the form first, 60 kg" in text


def test_a_line_for_each_day_and_exercise_at_sixty_columns(book, monkeypatch):
    output = run("log", "list", "--logbook", book, "--who", "Ben")
    assert max(len(line) for line in output.splitlines()) <= 60
    assert "2026-03-11  Hip thrust  2 x 10 @ 60 kg, 19 of 20 clean" in output
    assert "sets 3-4, lower back arches 1×" in output


def test_the_page_links_a_set_to_its_report(tmp_path):
    folder = tmp_path / "clips" / "set #1.formcheck"
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("x")
    entry = ANNA[0]
    entry = replace(entry, id=1, clip=replace(entry.clip, folder=str(folder)))
    text = write_log_page(tmp_path / "log.html", [entry], a_picture, now=NOW).read_text(encoding="utf-8")
    assert 'href="clips/set%20%231.formcheck/report.html"' in text


def test_a_default_name_stands_in_the_environment(book, monkeypatch):
    monkeypatch.setenv("FORMCHECK_WHO", "Ben")
    assert json.loads(run("next", "--json", "--logbook", book))["who"] == "Ben"
    assert json.loads(run("next", "--json", "--logbook", book, "--who", "Anna"))["who"] == "Anna"
