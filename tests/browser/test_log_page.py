"""The logbook's page in a real browser: every chart is drawn, exercises can be chosen, and it fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from formcheck.apps.logbook.page import write_log_page
from tests.apps.logbook.histories import a_set
from tests.apps.logbook.weeks import a_picture, twelve_weeks
from tests.browser.opening import DESKTOP, KEEP, PHONE, fits, open_page, unnamed_controls


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_log_page(tmp_path_factory.mktemp("my log & more") / "log.html", twelve_weeks(), a_picture)


@pytest.fixture
def page(browser: Any, log: Path) -> Iterator[Any]:
    opened = open_page(browser, log, video=False)
    yield opened
    assert opened.problems == [], "the console is not clean"
    opened.context.close()


def ink(page: Any, chart: str) -> dict[str, bool]:
    """Which of a chart's colours are really on its canvas."""
    found: dict[str, bool] = page.evaluate(
        """(id) => {
          const canvas = document.querySelector(`#chart-${id} canvas`), context = canvas.getContext('2d');
          const data = context.getImageData(0, 0, canvas.width, canvas.height).data, seen = new Set();
          for (let i = 0; i < data.length; i += 4) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]}`);
          const style = getComputedStyle(document.documentElement), colours = {};
          const names = 'one two three good bad muted eccentric hold concentric'.split(' ').map((name) => `--${name}`);
          for (const name of names) {
            const hex = style.getPropertyValue(name).trim();
            colours[name] = seen.has([1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)).join(','));
          }
          return colours;
        }""",
        chart,
    )
    return found


@pytest.mark.parametrize(
    ("chart", "colours"),
    [
        ("strength", {"--one", "--two"}), ("clean", {"--good", "--bad"}), ("faults", {"--one"}), ("range", {"--one"}),
        ("tempo", {"--eccentric", "--hold", "--concentric"}), ("velocity", {"--one", "--two"}), ("volume", {"--three"}),
    ],
)  # fmt: skip
def test_every_chart_is_drawn(page: Any, chart: str, colours: set[str]) -> None:
    drawn = ink(page, f"hip_thrust-{chart}")
    assert all(drawn[colour] for colour in colours), drawn


def test_a_chart_tells_the_day_under_the_pointer_and_the_latest_otherwise(page: Any) -> None:
    key = page.locator("#key-hip_thrust-strength")
    assert "21 May 2026" in key.inner_text()
    assert "Load 85kg" in key.inner_text().replace(" kg", "kg")
    page.locator("#chart-hip_thrust-strength").scroll_into_view_if_needed()
    box = page.locator("#chart-hip_thrust-strength .u-over").bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 40)
    assert "2 Mar 2026" in key.inner_text()
    assert "60" in key.inner_text()
    page.mouse.move(box["x"] + 4, box["y"] - 120)
    assert "21 May 2026" in key.inner_text()


def test_another_exercise_can_be_chosen(page: Any) -> None:
    assert page.is_visible("#hip_thrust")
    page.click("[data-choose=split_squat]")
    assert not page.is_visible("#hip_thrust")
    assert "Left leg" in page.inner_text("#key-split_squat-range")
    drawn = ink(page, "split_squat-range")
    assert drawn["--one"]
    assert drawn["--two"]
    page.click("[data-choose=goblet_squat]")
    assert "their form is unknown" in page.inner_text("#goblet_squat")


def test_everything_has_a_name(page: Any) -> None:
    assert unnamed_controls(page) == []
    assert "latest: Load 85 kg" in page.get_attribute("#chart-hip_thrust-strength", "aria-label")


def test_the_theme_changes_the_charts(page: Any) -> None:
    page.click("#theme")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 25)"
    assert ink(page, "hip_thrust-strength")["--one"]


def test_a_single_set_has_charts_too(browser: Any, tmp_path: Path) -> None:
    page = open_page(browser, write_log_page(tmp_path / "log.html", [a_set("ccf", id=1)], a_picture), video=False)
    assert ink(page, "hip_thrust-strength")["--one"]
    assert page.problems == []
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width", "height"), [PHONE, DESKTOP])
def test_it_fits(browser: Any, log: Path, tmp_path: Path, name: str, width: int, height: int, scheme: str) -> None:
    page = open_page(browser, log, width, height, scheme, video=False)
    fits(page, width, scheme, Path(KEEP or tmp_path) / f"log-{name}-{scheme}.png")
    page.context.close()
