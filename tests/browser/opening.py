"""A real browser for the pages' tests: pages are opened from disk, without a network, and their console must stay clean."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
#: Where to leave the screenshots; they are thrown away when it is not set.
KEEP = os.environ.get("FORMCHECK_SCREENSHOTS")
#: The accessibility checker; see vendor/README.md.
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
PHONE, DESKTOP = ("phone", 390, 844), ("desktop", 1440, 900)


def open_page(
    browser: Any, file: Path, width: int = 1280, height: int = 900, scheme: str = "light", *, video: bool = True
) -> Any:
    """The opened page; `problems` collects what its console says. With `video`, its video can be played."""
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, offline=True)
    page = context.new_page()
    page.problems = []
    page.on("console", lambda m: page.problems.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("dialog", lambda dialog: page.problems.append("a name ran as a script"))
    page.goto(file.as_uri())
    page.wait_for_function("document.documentElement.dataset.ready === '1'")
    if video:
        page.wait_for_function("document.getElementById('video').readyState >= 2")
    return page


def unnamed_controls(page: Any) -> list[str]:
    """What can be used or looked at and has no name for a screen reader."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('button, select, input, a, [role], video, img')].filter((e) =>
             !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.getAttribute('alt')
               || e.textContent.trim() || e.labels?.length)).map((e) => e.outerHTML.slice(0, 120))"""
    )
    return found


def inaccessible(page: Any) -> list[str]:
    """What axe calls serious or critical: the rule, what it asks for, and the elements."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [
        f"{one['id']}: {one['help']}: {' | '.join(node['html'][:160] for node in one['nodes'][:5])}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def fits(page: Any, width: int, scheme: str, picture: Path) -> None:
    """The page does not scroll sideways, has the scheme's colours, and axe finds nothing grave; leaves a picture of it."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 19, 25)"
    assert dark == (scheme == "dark")
    page.screenshot(path=str(picture), full_page=True)
    assert inaccessible(page) == []
    assert page.problems == []
