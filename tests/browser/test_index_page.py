"""The index in a real browser: sorting, filtering, offline, no script from names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from formcheck.apps.batch.summary import full_row, write_index
from tests.apps.batch.made_up_batch import ROW
from tests.browser.opening import DESKTOP, KEEP, PHONE, fits, open_page


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    base = {**full_row("x", "x", None), **ROW, "status": "analysed"}
    rows = [
        {**base, "clip": "b.mp4", "reps": 12, "folder": "b.formcheck"},
        {**base, "clip": "a.mp4", "reps": 3, "folder": "a.formcheck", "faults": "", "exercise": "romanian_deadlift"},
        {**base, "clip": "c.mp4", "reps": 4, "folder": "c.formcheck", "faults": "", "not_judged_reps": 2},
        {**base, "clip": "d.mp4", "reps": 2, "folder": "d.formcheck", "faults": "", "borderline": "lumbar_arch:1"},
        {**base, "clip": "<script>document.title='broken'</script>.mp4", "reps": 5, "folder": "s #1?.formcheck"},
        full_row("bad.mp4", "bad.formcheck", None, "bad.mp4 is bad."),
    ]
    (out / "s #1?.formcheck").mkdir()
    (out / "s #1?.formcheck" / "report.html").write_text("<title>the report</title>")
    write_index(out, "March", lambda: iter(rows))
    return out / "index.html"


@pytest.fixture
def page(browser: Any, page_file: Path) -> Iterator[Any]:
    opened = open_page(browser, page_file, *PHONE[1:], video=False)
    yield opened
    assert opened.problems == [], "the console is not clean"
    opened.context.close()


def shown(page: Any) -> list[str]:
    return [row.get_attribute("data-clip")[:7] for row in page.query_selector_all("tbody tr") if row.is_visible()]


def test_sorts_and_filters(page: Any) -> None:
    page.click("button[data-key=clip]")
    assert shown(page)[1:] == ["a.mp4", "b.mp4", "bad.mp4", "c.mp4", "d.mp4"]
    page.click("button[data-key=reps]")
    assert shown(page) == ["b.mp4", "<script", "c.mp4", "a.mp4", "d.mp4", "bad.mp4"]
    page.click("button[data-key=reps]")
    assert shown(page) == ["d.mp4", "a.mp4", "c.mp4", "<script", "b.mp4", "bad.mp4"]  # unknown stays at the end
    page.select_option("#rule", "lumbar_arch")
    assert shown(page) == ["<script", "b.mp4"]
    page.fill("#text", "B.")
    assert shown(page) == ["b.mp4"]
    page.fill("#text", "")
    page.select_option("#rule", "")
    page.select_option("#state", "failed")
    assert shown(page) == ["bad.mp4"]
    assert "bad.mp4 is bad." in page.inner_text("tbody")
    page.select_option("#state", "clean")
    assert shown(page) == ["a.mp4"], "a clip with possible faults, or not fully judged, counts as clean"
    page.select_option("#state", "unjudged")
    assert shown(page) == ["c.mp4"]
    assert "not judged: 2 reps" in page.inner_text("tbody")
    page.select_option("#state", "possible")
    assert shown(page) == ["d.mp4"]


def test_reps_that_are_not_judged_are_told_beside_the_clean_ones(page: Any) -> None:
    assert "23 reps, 8 clean, 2 not judged" in page.inner_text(".exercises")
    assert "1 not fully judged" in " ".join(page.inner_text(".score").split())


def test_is_safe_and_offline(page: Any) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert page.title() == "March – formcheck"
    assert asked
    assert all(url.startswith("file://") for url in asked)
    page.click("tbody a")
    assert page.title() == "the report"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("name", "width", "height"), [PHONE, DESKTOP])
def test_it_fits(browser: Any, page_file: Path, tmp_path: Path, name: str, width: int, height: int, scheme: str) -> None:
    page = open_page(browser, page_file, width, height, scheme, video=False)
    fits(page, width, scheme, Path(KEEP or tmp_path) / f"index-{name}-{scheme}.png")
    page.context.close()
