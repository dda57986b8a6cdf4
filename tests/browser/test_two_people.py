"""Two people in one logbook, on a phone and on their coach's page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from formcheck.apps.logbook.page import write_log_page
from formcheck.apps.logbook.store import Logbook
from tests.apps.logbook.histories import MONDAY, a_set, sets
from tests.apps.logbook.weeks import a_picture
from tests.browser.opening import KEEP, PHONE, fits, inaccessible, open_page
from tests.browser.serving import Server, entered, ready, running


def two_people(now: datetime) -> list[Any]:
    """Anna has begun today's session; Ben's last one has a new fault."""
    told = [
        *(("Anna", entry, 4) for entry in sets("c" * 10, "c" * 10, "c" * 10)), ("Anna", a_set("c" * 10, clip="today"), 0),
        *(("Ben", entry, 9) for entry in sets("c" * 10, clip="first")),
        *(("Ben", entry, 2) for entry in sets("ccccffffcc", clip="second")),
    ]  # fmt: skip
    return [
        replace(entry, who=who, filmed_at=now - timedelta(days=days) + (entry.filmed_at - MONDAY)) for who, entry, days in told
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    for needed in ("starlette", "uvicorn", "segno", "cryptography", "ifaddr"):
        pytest.importorskip(needed, reason="the extra `serve` is not installed")
    folder = tmp_path_factory.mktemp("two")
    with Logbook(folder / "logbook.sqlite") as book:
        for entry in two_people(datetime.now().astimezone()):
            book.log(entry, (a_picture(1) or b"", 6.0))
    with running(folder) as found:
        yield found


def test_the_phone_knows_who_lifts_what_is_left_and_the_rest(browser: Any, server: Server, tmp_path: Path) -> None:
    page = entered(browser, server.address, server.code, *PHONE[1:])
    page.click("#as")
    assert page.eval_on_selector_all("#people option", "(all) => all.map((one) => one.value)") == ["Anna", "Ben"]
    page.fill("#who", "Anna")
    assert inaccessible(page) == []
    page.click("#options-yes")
    assert page.inner_text("#as-words").startswith("Anna")
    page.wait_for_selector("#today >> text=1 of 4 sets done, 3 to go")
    page.click("#today summary")
    assert "3 x 10 @ 60 kg, 30 of 30 clean" in page.inner_text("#today")
    page.click("#today >> text=Rest 2:00")
    page.wait_for_selector("#rest >> text=Rest 1:58")
    fits(page, PHONE[1], "light", Path(KEEP or tmp_path) / "two-people-today.png")
    page.click("#rest >> text=Stop")
    assert not page.is_visible("#rest")
    page.reload()
    ready(page)
    assert page.inner_text("#as-words").startswith("Anna"), "the phone remembers who lifts"

    page.click("nav >> text=Next")
    page.wait_for_selector("#advice >> text=Ben: Hip thrust")
    assert "Anna: Hip thrust" in page.inner_text("#advice")
    page.click("nav >> text=Logbook")
    ready(page)
    assert page.locator(".look h3").all_inner_texts() == ["Ben", "Anna"]
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_coach_sees_who_needs_a_look_and_turns_to_them(browser: Any, tmp_path: Path, scheme: str) -> None:
    now = datetime.now().astimezone()
    entries = [replace(entry, id=number) for number, entry in enumerate(two_people(now), 1)]
    log = write_log_page(tmp_path / "log.html", entries, a_picture, now=now)
    page = open_page(browser, log, PHONE[1], PHONE[2], scheme, video=False)
    first = page.locator(".look").first
    assert "New: “lower back arches” in 4 of 10 reps" in first.inner_text()
    assert "Ribs down" in first.inner_text()
    assert page.is_visible("#p0")
    assert not page.is_visible("#p1")
    page.click(".look >> text=Ben")
    assert not page.is_visible("#p0")
    assert "Next: fix the form first" in page.inner_text("#p1")
    assert page.locator("#chart-p1-hip_thrust-clean canvas").count() == 1
    fits(page, PHONE[1], scheme, Path(KEEP or tmp_path) / f"two-people-{scheme}.png")
    assert page.problems == []
    page.context.close()
