"""Citation, changelog, extras and example notebook agree with the code."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import formcheck
from formcheck.runtime.files import OUTPUT_FILES

ROOT = Path(__file__).parents[1]


def test_the_citation_names_this_version() -> None:
    told = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert told is not None
    assert told[1].strip('"') == formcheck.__version__


def test_the_changes_begin_with_this_version_or_what_comes_next() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert formcheck.__version__ == next(heading for heading in headings if heading != "Unreleased")
    assert "Unreleased" not in headings[1:]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))])
def test_every_extra_that_is_named_exists(name: str) -> None:
    extras = set(re.findall(r"^(\w+) = \[", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE))
    named = re.findall(r"formcheck\[([\w,]+)\]", (ROOT / name).read_text(encoding="utf-8"))
    assert {extra for one in named for extra in one.split(",")} <= extras


def test_the_example_notebook_is_stored_with_its_outputs_and_pictures() -> None:
    cells = json.loads((ROOT / "docs" / "examples" / "first_set.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [cell["outputs"] for cell in cells if cell["cell_type"] == "code"]
    assert all(outputs), "a cell was not run"
    shown = json.dumps(outputs)
    assert "image/png" in shown
    assert "data:image/jpeg;base64," in shown
    assert not any(output["output_type"] == "error" for cell in outputs for output in cell)


@pytest.mark.parametrize("paper", ["README.md", "scripts/demo"])
def test_the_files_of_the_demo_are_those_that_an_analysis_writes(paper: str) -> None:
    named = re.findall(r"demo\.formcheck/(\w[\w-]*\.\w+)", (ROOT / paper).read_text(encoding="utf-8"))
    assert named
    assert set(named) <= {file.name for file in OUTPUT_FILES}
