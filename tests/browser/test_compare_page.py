"""The comparison's page in a real browser: video, chart and numbers move together on the common clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from formcheck.apps.compare.differences import compared
from formcheck.apps.compare.page import write_comparison_page
from formcheck.apps.compare.pairing import clocks_of, pairs_of_two
from formcheck.apps.compare.video import render_comparison
from formcheck.motion.motion import build_motion
from tests.apps.compare.sets import filmed
from tests.browser.opening import DESKTOP, KEEP, PHONE, fits, open_page, unnamed_controls
from tests.lifters import between, make_body


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sets of the same reps, the second with the trunk leaned over."""
    folder = tmp_path_factory.mktemp("a & b")
    a, b = filmed(folder, "set #1"), filmed(folder, "set #2")
    (shot,) = b.shots
    knee = shot.motion.near.knee.values
    share = (knee.max() - knee) / (knee.max() - knee.min())
    body = make_body(
        shot.motion.times, shin=between(share, 5, 18), thigh=between(share, 10, 88), trunk=between(share, 4, 45),
        rear_foot=(165.0, 70.0),
    )  # fmt: skip
    b = replace(b, shots=(replace(shot, motion=build_motion(None, body=body)),))
    pairs = pairs_of_two(a, b)
    clocks, found = clocks_of(pairs), compared(pairs)
    render_comparison(clocks, found, folder / "compare.mp4", pictures=folder / "pictures")
    return write_comparison_page(folder, found, clocks, video="compare.mp4")


@pytest.fixture
def page(browser: Any, comparison: Path) -> Iterator[Any]:
    opened = open_page(browser, comparison)
    yield opened
    assert opened.problems == [], "the console is not clean"
    opened.context.close()


def degrees(page: Any, which: str) -> float:
    return float(page.inner_text(f"#value-{which}").rstrip("°"))


def test_the_turn_shows_both_there_and_what_differs(page: Any) -> None:
    """Opened on the angle that differs most: the trunk leans 8 and 45 degrees at the bottom."""
    assert page.inner_text("#pick [aria-pressed=true]") == "Trunk from vertical"
    page.click("[data-time] >> nth=1")
    page.wait_for_timeout(150)
    assert page.inner_text("#now") == "rep 2, hold at the bottom"
    assert degrees(page, "a") == pytest.approx(8, abs=1)
    assert degrees(page, "b") == pytest.approx(45, abs=1)
    assert "B less A: 37°" in page.inner_text("#value-both")
    assert "beyond our error" in page.inner_text("#value-both")
    seconds = float(page.get_attribute("[data-time] >> nth=1", "data-time"))
    assert page.evaluate("document.getElementById('video').currentTime") == pytest.approx(seconds, abs=0.05)
    assert "Trunk from vertical at the bottom" in page.inner_text(".beyond")


def test_another_angle_can_be_chosen(page: Any) -> None:
    page.click("[data-time] >> nth=0")
    page.click("#pick button >> text='Front knee'")
    assert degrees(page, "a") == pytest.approx(degrees(page, "b"), abs=1)


def test_playing_moves_everything(page: Any) -> None:
    page.click("[data-do=play]")
    page.wait_for_function("document.getElementById('video').currentTime > 0.8")
    page.click("[data-do=play]")
    page.wait_for_timeout(150)
    shown = page.evaluate("document.getElementById('video').currentTime")
    assert float(page.get_attribute("#chart", "aria-valuenow")) == pytest.approx(shown, abs=0.1)
    assert "rep 1, lowering" in page.inner_text("#now")


def test_it_works_by_keyboard_and_every_control_has_a_name(page: Any) -> None:
    page.click("#ribbon button >> nth=1")
    page.evaluate("document.activeElement.blur()")
    before = float(page.get_attribute("#chart", "aria-valuenow"))
    page.keyboard.press("ArrowRight")
    assert float(page.get_attribute("#chart", "aria-valuenow")) == pytest.approx(before + 1 / 30, abs=0.011)
    assert unnamed_controls(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width", "height"), [PHONE, DESKTOP])
def test_it_fits(browser: Any, comparison: Path, tmp_path: Path, name: str, width: int, height: int, scheme: str) -> None:
    page = open_page(browser, comparison, width, height, scheme)
    fits(page, width, scheme, Path(KEEP or tmp_path) / f"compare-{name}-{scheme}.png")
    page.context.close()


def test_hostile_names_stay_text(browser: Any, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=document.title='broken'>"
    a, b = filmed(tmp_path, "set 1"), filmed(tmp_path, hostile)
    pairs = pairs_of_two(a, b)
    path = write_comparison_page(tmp_path, compared(pairs), clocks_of(pairs), video="gone.mp4")
    opened = open_page(browser, path, video=False)
    assert opened.title() != "broken"
    assert opened.locator("img[src=x]").count() == 0
    assert hostile in opened.inner_text("body")
    assert opened.problems == []
    opened.context.close()
