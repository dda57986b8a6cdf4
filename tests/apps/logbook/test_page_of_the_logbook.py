"""What the logbook's page says: counts, rates and choices checked by hand on made-up sets."""

from __future__ import annotations

import base64
import io
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from formcheck.apps.logbook.command import app
from formcheck.apps.logbook.entry import Entry
from formcheck.apps.logbook.page import (
    best_set,
    by_day,
    by_week,
    charts_of,
    seconds,
    section_of,
    usual_unit,
    write_log_page,
)
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import FormcheckError
from tests.apps.logbook.histories import MONDAY, a_set, paper_set, sets
from tests.apps.logbook.weeks import a_picture, twelve_weeks


def chart(entries: list[Entry], key: str, unit: str = "kg") -> dict[str, Any] | None:
    return next((one for one in charts_of(entries, unit) if one["key"] == key), None)  # type: ignore[arg-type]


def values(entries: list[Entry], key: str, unit: str = "kg") -> dict[str, list[float | None]]:
    found = chart(entries, key, unit)
    assert found is not None
    return {line["label"]: line["values"] for line in found["lines"]}


def test_a_day_is_that_of_the_place_where_it_was_filmed() -> None:
    east = timezone(timedelta(hours=10))
    late = a_set("ccc", filmed_at=datetime(2026, 3, 3, 1, 0, tzinfo=east))  # still the second in Greenwich
    assert [day.isoformat() for day in by_day([late])] == ["2026-03-03"]
    assert seconds(MONDAY.date()) == int(MONDAY.replace(hour=12).timestamp())


def test_weeks_without_training_are_there_and_empty() -> None:
    weeks = by_week([a_set("ccc", days=0), a_set("ccc", days=20)])
    assert [len(found) for found in weeks.values()] == [1, 0, 1]


def test_load_and_strength_are_those_of_the_heaviest_set_of_the_day() -> None:
    found = values([*sets("cccccccccc", load="50kg"), *sets("cccccc", load="60kg"), a_set("ccc", "55kg", days=2)], "strength")
    assert found["Load"] == [60, 55]
    # Epley: 50 kg x 10 is 66.7, 60 kg x 6 is 72; 55 kg x 3 is 60.5.
    assert found["Estimated strength (1 rep)"] == [72.0, 60.5]
    assert values([a_set("cccccc", "60kg")], "strength", "lb")["Load"] == [pytest.approx(132.3)]


def test_reps_are_counted_by_verdict_and_not_judged_is_not_clean() -> None:
    found = values([*sets("ccfb", "ccnn"), paper_set(8)], "clean")
    assert found == {"Clean": [4.0], "Possible fault": [1.0], "Fault": [1.0], "Not judged": [2.0]}


def test_a_faults_rate_leaves_out_what_was_not_judged() -> None:
    entries = [a_set("ffcn", days=0), a_set("cccc", days=8), a_set("nnnn", days=15), a_set("fccc", days=22)]
    found = chart(entries, "faults")
    assert found is not None
    (line,) = found["lines"]
    assert line["values"] == [pytest.approx(66.7), 0.0, None, 25.0]
    assert line["words"] == ["2 of 3 reps", "0 of 4 reps", "not judged", "1 of 4 reps"]


def test_both_legs_have_a_line_of_their_own() -> None:
    entries = [
        a_set("ccc", "20kg", "split_squat", leg="left", range_deg=90.0),
        a_set("ccc", "20kg", "split_squat", leg="right", range_deg=80.0, minutes=5),
        a_set("ccc", "20kg", "split_squat", leg="left", range_deg=94.0, days=3),
    ]
    assert values(entries, "range") == {"Left leg": [90.0, 94.0], "Right leg": [80.0, None]}


def test_tempo_is_the_mean_of_the_days_sets() -> None:
    found = values(sets("cc", "tt", exercise="romanian_deadlift"), "tempo")
    assert found == {"Lowering": [1.95], "Hold": [0.3], "Lifting": [1.0]}


def test_velocity_is_compared_at_one_load_on_several_days_only() -> None:
    entries = [
        a_set("cc", "60kg", velocity=0.30), a_set("cc", "60kg", velocity=0.35, days=3),
        a_set("cc", "80kg", velocity=0.20, days=3),
    ]  # fmt: skip
    assert values(entries, "velocity") == {"60 kg": [0.30, 0.35]}
    assert chart(entries[2:], "velocity") is None


def test_volume_is_that_of_the_week_with_paper_sets() -> None:
    entries = [a_set("c" * 10, "50kg"), paper_set(8, "60kg", days=2), a_set("c" * 5, "40kg", days=14)]
    assert values(entries, "volume")["Volume"] == [980.0, 0.0, 200.0]


def test_without_a_film_nothing_is_said_of_form() -> None:
    assert [one["key"] for one in charts_of([paper_set(8), paper_set(8, days=3)], "kg")] == ["strength", "volume"]


def test_the_best_set_counts_clean_reps_alone() -> None:
    heavy_and_ugly, clean = a_set("cfffffffff", "70kg"), a_set("cccccccccc", "60kg", days=2)
    unknown = a_set("nnnnnnnnnn", "90kg", days=3)
    assert best_set([heavy_and_ugly, clean, unknown, paper_set(10, "100kg", days=4)]) is clean
    assert best_set([unknown, paper_set(10)]) is None
    long_set = a_set("c" * 20, "60kg", days=5)
    assert best_set([clean, long_set]) is long_set, "more reps than the formula knows count for less than few"


def test_best_and_latest_are_shown_with_their_pictures() -> None:
    entries = twelve_weeks()
    section = section_of([entry for entry in entries if entry.exercise == "hip_thrust"], a_picture)
    assert [card.heading for card in section.cards] == ["Best set", "Latest set"]
    assert section.picture is not None
    with Image.open(io.BytesIO(base64.b64decode(section.picture.partition(",")[2]))) as picture:
        assert picture.size == (2 * 640 + 4, 480), "one picture of both"
    one = section_of([a_set("ccc", id=3)], a_picture)
    assert ([card.heading for card in one.cards], one.picture) == (["Latest set, and the best"], None)
    better = section_of([a_set("ccf", id=1), a_set("ccc", id=2, days=2)], a_picture)
    assert [card.heading for card in better.cards] == ["Best set before", "Latest set, and the best"]


def test_loads_are_shown_in_the_owners_unit() -> None:
    pounds = [a_set("ccc", "135lb"), a_set("ccc", "145lb", days=2), a_set("ccc", "60kg", days=4)]
    assert usual_unit(pounds) == "lb"
    assert section_of(pounds, lambda number: None).rows[1]["load"] == "145 lb"
    assert section_of(pounds, lambda number: None, "kg").rows[0]["load"] == "60 kg"


def test_the_page_holds_everything_and_names_stay_text(tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)></script>"
    entries = [a_set("ccf", notes=hostile, id=1), *twelve_weeks()]
    text = write_log_page(tmp_path / "log.html", entries, a_picture, note="these sets are made up").read_text(encoding="utf-8")
    assert hostile not in text
    assert "These sets are made up." in text
    assert "@@" not in text

    class Links(HTMLParser):
        found: list[str] = []  # noqa: RUF012

        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            self.found += [value or "" for name, value in attributes if name in ("src", "href")]

    page = Links()
    page.feed(text)
    assert page.found
    assert all(link.startswith("data:") for link in page.found), "something lies outside the one file"


def test_the_command_writes_the_page_and_says_what_it_cannot(tmp_path: Path) -> None:
    with Logbook(tmp_path / "log.sqlite3") as book:
        book.log(a_set("ccf"), (a_picture(1) or b"", 6.0))
        book.add_unfilmed([paper_set(8, exercise="goblet_squat")])
    where = ["--logbook", str(tmp_path / "log.sqlite3")]
    result = CliRunner().invoke(app, ["page", *where, "--out", str(tmp_path / "log.html"), "--exercise", "hip-thrust"])
    assert result.exit_code == 0, result.output
    text = (tmp_path / "log.html").read_text(encoding="utf-8")
    assert "data:image/jpeg" in text
    assert "Goblet" not in text
    result = CliRunner().invoke(app, ["page", *where, "--out", str(tmp_path / "nowhere" / "log.html")])
    assert isinstance(result.exception, FormcheckError)
    assert "log.html was not written" in str(result.exception)


def test_an_empty_logbook_is_said(tmp_path: Path) -> None:
    text = write_log_page(tmp_path / "log.html", [], a_picture).read_text(encoding="utf-8")
    assert "nothing logged yet" in text
