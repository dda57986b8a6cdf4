"""The app's files: nothing external, nothing against its own content security policy, text escaped."""

from __future__ import annotations

import json
import re

import pytest

from formcheck.apps.serve.pages import locked_page, page_files, page_policy
from formcheck.lifts.registry import exercises

#: Rules that only ever note something.
NOTES = {"no_hold", "rushed_lowering"}

#: An address names what XML means by a tag; nothing is loaded from it.
_NAMESPACE = "http://www.w3.org/2000/svg"


@pytest.mark.parametrize("path", sorted(page_files()))
def test_nothing_comes_from_outside_or_stands_in_the_page(path: str) -> None:
    found = page_files()[path]
    if found.media_type == "image/png":
        assert found.content.startswith(b"\x89PNG")
        return
    text = found.content.decode()
    assert "://" not in text.replace(_NAMESPACE, "")
    if "html" in found.media_type:
        assert not re.search(r"\son\w+=|\sstyle=|<style|<script(?![^>]*\ssrc=)|javascript:", text)
    if "javascript" in found.media_type:
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)


def test_every_file_that_a_page_names_is_there() -> None:
    files = page_files()
    for page in (files["/"].content.decode(), files["/live"].content.decode(), locked_page("No.").decode()):
        named = re.findall(r'(?:src|href)="(/(?:static/|app\.)[^"]+)"', page)
        assert named
        assert set(named) <= set(files)
    for path, file in files.items():
        if path.endswith(".js") and path.startswith("/static/"):
            for module in re.findall(r'from "\./([\w.]+)"', file.content.decode()):
                assert f"/static/{module}" in files, f"{path} imports {module}"
    for icon in json.loads(files["/app.webmanifest"].content)["icons"]:
        assert files[icon["src"]].media_type == icon["type"]


def test_the_service_worker_keeps_the_apps_own_files_alone() -> None:
    files = page_files()
    kept = json.loads(re.search(r"SHELL = (\[.*?\]);", files["/service.js"].content.decode()).group(1))  # type: ignore[union-attr]
    assert set(kept) == set(files) - {"/service.js"}
    assert all(path in ("/", "/live", "/app.webmanifest") or path.startswith("/static/") for path in kept)


def test_a_refusal_stays_text_and_only_a_stranger_is_asked_for_a_code() -> None:
    page = locked_page("<script>alert(1)</script>").decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "Let me in" in page
    assert "Let me in" not in locked_page("This clip is not here.", coming_in=False).decode()


def test_a_page_runs_its_own_scripts_alone() -> None:
    policy = page_policy('<script>a()</script><script type="application/json">{}</script><style>b{}</style>')
    assert policy.count("sha256-") == 2
    assert "'unsafe-inline'" not in re.search(r"script-src ([^;]*)", policy).group(1)  # type: ignore[union-attr]


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_the_coach_has_a_short_cue_for_every_fault_in_every_language(language: str) -> None:
    words = page_files()["/static/live_words.js"].content.decode()
    own = re.search(rf"^  {language}: {{(.*?)^  }},", words, re.DOTALL | re.MULTILINE).group(1)  # type: ignore[union-attr]
    rules = {rule.id for exercise in exercises() for rule in exercise.rules} - NOTES
    rules |= {'"short_range:up"', '"short_range:full"', '"back_rounding:floor"'}
    assert {rule for rule in rules if not re.search(rf"(?<!\w){rule}: \"[^\"]{{3,30}}\"", own)} == set()
