"""Which page of the site is made of what, and where the links between its sources lead on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import typer
from typer.cli import get_docs_for_click

import formcheck
from formcheck.apps.cli import app
from formcheck.lifts.registry import exercises


def commands_page() -> str:
    """Every command with its options, as `--help` has them."""
    command = typer.main.get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command, info_name="formcheck"), name="formcheck")
    return text.replace("# `formcheck`", "# Commands", 1)


def rules_tables() -> str:
    """Every rule of every exercise: its meaning, cue, limits and where each limit comes from."""
    lines = ["## Every rule with its limits", ""]
    for exercise in exercises():
        lines += [f"### {exercise.title}", ""]
        for facts in formcheck.rules(exercise.name):
            kind = "informational" if facts.informational else "core" if facts.core else "not core"
            lines += [f"**`{facts.rule}`** ({kind}): {facts.meaning}  ", f"*Cue:* {facts.cue}", ""]
            if facts.limits:
                lines += ["| limit | value | borderline | meaning | source |", "|---|---|---|---|---|"]
            for name, limit in facts.limits.items():
                cells = (f"`{name}`", f"{limit.value:g} {limit.unit}", f"{limit.borderline:g}", limit.meaning, limit.source)
                lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
            lines.append("")
    return "\n".join(lines)


def api_page() -> str:
    """The stable names, each from its docstring."""
    lines = ["## The names", "", formcheck.__doc__.strip().splitlines()[-1], ""]
    for name in ("analyze", "load", "rules", *sorted(set(formcheck.__all__) - {"analyze", "load", "rules", "__version__"})):
        home = getattr(formcheck, name).__module__
        lines += [f"::: {home}.{name}", "    options:", f"      heading: formcheck.{name}", "      heading_level: 3", ""]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


ROOT = Path(__file__).resolve().parents[2]
README = "README.md"
#: What stands before the first heading of the second level, and the sections that have no page of their own.
OPENING, REST = "", "*"


@dataclass(frozen=True)
class Page:
    """A page of the site.

    Attributes:
        source: the file of the checkout that it is, or whose sections it is.
        sections: the headings of the sections that are taken, in this order; none: the whole file. `REST` is all that no
            other page takes.
        added: what the package says beside.
    """

    source: str
    sections: tuple[str, ...] = ()
    added: Callable[[], str] | None = None


_PAGES: Mapping[str, Page] = {
    "index.md": Page(README, (OPENING, REST)),
    "filming.md": Page(README, ("How to film", "What counts as a rep")),
    "rules.md": Page(README, ("What is checked",), rules_tables),
    "commands.md": Page("", added=commands_page),
    "folder.md": Page("docs/FOLDER.md"),
    "logbook.md": Page("docs/LOGBOOK.md"),
    "compare.md": Page("docs/COMPARE.md"),
    "batch.md": Page("docs/BATCH.md"),
    "serve.md": Page("docs/SERVE.md"),
    "python.md": Page(README, ("From Python",), api_page),
    "formats.md": Page("docs/FORMATS.md"),
    "accuracy.md": Page("docs/ACCURACY.md"),
    "contributing.md": Page("CONTRIBUTING.md"),
    "house.md": Page(README, ("How it is built",)),
    "changes.md": Page("CHANGELOG.md"),
}
#: Sections of the README that a page of docs/ tells in full.
TOLD_IN_FULL = {
    "A folder of clips": "batch.md",
    "From the phone": "serve.md",
    "The logbook": "logbook.md",
    "Two sets side by side": "compare.md",
    "How accurate it is": "accuracy.md",
}
#: The pages above, and one for every other file of docs/.
PAGES: Mapping[str, Page] = {
    **_PAGES,
    **{
        f"{path.stem.lower()}.md": Page(f"docs/{path.name}")
        for path in sorted((ROOT / "docs").glob("*.md"))
        if f"docs/{path.name}" not in {page.source for page in _PAGES.values()}
    },
}
_LINK = re.compile(r"(!?\[[^\]]*\])\(([^)\s]+)\)")
_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


def sections_of(text: str) -> dict[str, str]:
    """The text before the first heading of the second level, and each such section with its heading."""
    parts = re.split(r"(?m)^(?=## )", text)
    return {OPENING: parts[0], **{part.partition("\n")[0].removeprefix("## ").strip(): part for part in parts[1:]}}


def page_text(name: str, copied: set[str]) -> str:
    """The Markdown of a page; files of the checkout that it shows or links are added to `copied`.

    Raises:
        KeyError: the README has no such section.
        FileNotFoundError: a link leads nowhere.
    """
    page = PAGES[name]
    text = (ROOT / page.source).read_text(encoding="utf-8") if page.source else ""
    if page.sections:
        found = sections_of(text)
        taken = {*TOLD_IN_FULL, *(section for other in PAGES.values() for section in other.sections)}
        rest = [section for section in found if section not in taken]
        wanted = [name for section in page.sections for name in (rest if section == REST else [section])]
        text = "\n".join(found[section] for section in wanted)
        if page.sections[0] != OPENING:
            text = text.removeprefix("#")  # the section is the page
    parts = _FENCED.split(text)
    parts[::2] = [_LINK.sub(lambda found: _linked(found, page.source, copied), part) for part in parts[::2]]
    return "".join(parts) + ("\n\n" + page.added() if page.added else "")


def _linked(found: re.Match[str], source: str, copied: set[str]) -> str:
    """A link as the site has it; a folder of the checkout, which is not on it, is only named."""
    text, link = found.groups()
    if not link.startswith("#") and (ROOT / source).parent.joinpath(link).is_dir():
        return text[1:-1]
    return f"{text}({target_of(link, source, copied)})"


def target_of(link: str, source: str, copied: set[str]) -> str:
    """Where a link of a source file leads on the site: to a page, a heading, or a file that is copied beside the pages."""
    path, _, anchor = link.partition("#")
    if not path or re.match(r"[a-z]+:", path):
        return link
    wanted = _normal(PurePosixPath(source).parent / path)
    for name, page in PAGES.items():
        if page.source == wanted and not page.sections:
            return f"{name}#{anchor}" if anchor else name
    if wanted == README:
        return _section_page(anchor)
    if not (ROOT / wanted).is_file():
        raise FileNotFoundError(f"{source} links {link}, but there is no file {wanted}")
    copied.add(wanted)
    return f"files/{wanted}"


def _section_page(anchor: str) -> str:
    headings = {section: name for name, page in PAGES.items() if page.source == README for section in page.sections}
    for section, name in {**TOLD_IN_FULL, **headings}.items():
        if section and re.sub(r"[^a-z0-9]+", "-", section.lower()).strip("-") == anchor:
            return name
    return "index.md"


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
