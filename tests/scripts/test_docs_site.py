"""The documentation's site: built strictly, nothing of the README left out, every rule and name on it, nothing outside."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import formcheck
from docs_site.outside import outside_addresses
from docs_site.pages import OPENING, PAGES, README, REST, ROOT, TOLD_IN_FULL, page_text, sections_of, target_of


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("mkdocs") is None or find_spec("material") is None or find_spec("mkdocstrings") is None:
        pytest.skip("mkdocs is not installed (pip install 'formcheck[docs]')")
    folder = tmp_path_factory.mktemp("docs") / "site"
    made = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr
    return folder


def test_every_page_is_built_and_nothing_is_outside(site: Path) -> None:
    assert {path.name for path in site.glob("*.html")} == {name.replace(".md", ".html") for name in PAGES} | {"404.html"}
    assert list(outside_addresses(site)) == []
    scripts = (site / "index.html").read_text(encoding="utf-8")
    assert "search/search_index.js" in {str(path.relative_to(site)) for path in site.rglob("*.js")}
    assert "assets/iframe-worker.js" in scripts  # the search works without a server


def test_every_rule_limit_and_name_is_on_it(site: Path) -> None:
    rules, python = ((site / name).read_text(encoding="utf-8") for name in ("rules.html", "python.html"))
    for facts in formcheck.rules():
        assert facts.rule in rules
        assert all(f"<code>{name}</code>" in rules for name in facts.limits)
    for name in set(formcheck.__all__) - {"__version__"}:
        assert re.search(rf"<h3[^>]*>\s*(<[^>]*>\s*)*formcheck\.{name}\s*<", python), name
    assert "--slow-motion" in (site / "commands.html").read_text(encoding="utf-8")


def test_every_section_of_the_readme_is_on_a_page() -> None:
    found = set(sections_of((ROOT / README).read_text(encoding="utf-8")))
    named = {section for page in PAGES.values() for section in page.sections} - {REST}
    assert named | set(TOLD_IN_FULL) <= found | {OPENING}
    index = page_text("index.md", set())
    for section in found - named - set(TOLD_IN_FULL):
        assert f"## {section}" in index


def test_links_lead_to_pages_sections_and_copied_files() -> None:
    copied: set[str] = set()
    assert target_of("docs/LOGBOOK.md#next", README, copied) == "logbook.md#next"
    assert target_of("../README.md#how-to-film", "docs/BATCH.md", copied) == "filming.md"
    assert target_of("../README.md", "docs/BATCH.md", copied) == "index.md"
    assert target_of("#next", "docs/BATCH.md", copied) == "#next"
    assert copied == set()
    assert target_of("compare.png", "docs/COMPARE.md", copied) == "files/docs/compare.png"
    assert copied == {"docs/compare.png"}
    assert "](formcheck/" not in page_text("contributing.md", set())  # folders are not on the site
    with pytest.raises(FileNotFoundError, match=r"docs/GONE\.md"):
        target_of("docs/GONE.md", README, copied)


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example/a.js"></script>', '<img src="//cdn.example/a.png">',
        '<link href="HTTP://fonts.example/css">', "<style>@import 'https://fonts.example/css'</style>",
        '<style>a { background: url("https://cdn.example/a.png") }</style>', '<a href="https://example.org">out</a>',
    ],
)  # fmt: skip
def test_an_address_outside_is_found(text: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(f'<svg xmlns="http://www.w3.org/2000/svg"></svg>{text}')
    assert len(list(outside_addresses(tmp_path))) == 1


def test_the_site_has_no_path_of_the_machine_it_was_built_on(site: Path) -> None:
    for path in (*site.rglob("*.html"), site / "search" / "search_index.json"):
        assert str(ROOT) not in path.read_text(encoding="utf-8")
