"""`index.html`: every clip of the batch in one table, and which faults each exercise has. Works offline and on a phone."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from formcheck.batch.rows import counts
from formcheck.report.page.shell import asset
from formcheck.report.shown import rule_title
from formcheck.version import __version__
from formcheck.whole import written_whole

#: What a clip's name leads to: the first of these that its folder holds.
_PAGES = ("report.html", "annotated.mp4", "analysis.json")


@dataclass
class ExerciseTotals:
    """What the clips of one exercise add up to. `faults`: clips and repetitions a rule was found in."""

    name: str
    clips: int = 0
    reps: int = 0
    clean: int = 0
    not_judged: int = 0
    faults: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, row: dict[str, Any]) -> None:
        """Count one analysed clip."""
        self.clips += 1
        self.reps += row["reps"]
        self.clean += row["clean_reps"]
        self.not_judged += row["not_judged_reps"] or 0
        for rule, reps in counts(row["faults"]).items():
            clips, all_reps = self.faults.get(rule, (0, 0))
            self.faults[rule] = (clips + 1, all_reps + reps)

    @property
    def listed(self) -> list[tuple[str, str, int, int]]:
        """(rule, title, clips, reps), the most frequent first."""
        rows = [(rule, rule_title(self.name, rule), *numbers) for rule, numbers in self.faults.items()]
        return sorted(rows, key=lambda entry: (-entry[3], entry[0]))


@dataclass(frozen=True)
class Line:
    """One line of the table, ready to be shown."""

    row: dict[str, Any]
    link: str
    picture: str
    faults: list[tuple[str, str, int]]
    borderline: list[tuple[str, str, int]]
    state: str


def write_index(out: Path, title: str, rows: Callable[[], Iterator[dict[str, Any]]]) -> None:
    """Write `index.html`; `rows` gives the rows of the summary from the first on, each time it is called."""
    exercises: dict[str, ExerciseTotals] = {}
    states = {"clean": 0, "faults": 0, "unjudged": 0, "failed": 0, "waiting": 0}
    for row in rows():
        states[_state(row)] += 1
        if row["status"] == "analysed":
            exercises.setdefault(row["exercise"], ExerciseTotals(row["exercise"])).add(row)
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["words"] = lambda name: name.replace("_", " ").capitalize()
    template = environment.from_string(asset("index.html", package="formcheck.batch"))
    totals = [exercises[name] for name in sorted(exercises)]
    rules = sorted({(rule, name) for total in totals for rule, name, _, _ in total.listed}, key=lambda rule: rule[1])
    with written_whole(out / "index.html") as partial, partial.open("w", encoding="utf-8") as page:
        stream = template.stream(
            base=Markup(asset("base.css")), title=title, states=states, exercises=totals, rules=rules, version=__version__,
            lines=(_line(out, row) for row in rows()),
        )  # fmt: skip
        stream.enable_buffering(200)
        page.writelines(stream)


def _state(row: dict[str, Any]) -> str:
    """Status of a clip that is not analysed; "unjudged" where no fault was found and not every rep could be judged."""
    if row["status"] != "analysed":
        return str(row["status"])
    if row["faults"]:
        return "faults"
    return "unjudged" if row["not_judged_reps"] else "clean"


def _line(out: Path, row: dict[str, Any]) -> Line:
    folder = row.get("folder") or ""
    here = set(os.listdir(out / folder)) if folder and (out / folder).is_dir() else set()
    page = next((name for name in _PAGES if name in here), "") if row["status"] == "analysed" else ""
    return Line(
        row=row,
        link=quote(f"{folder}/{page}") if page else "",
        picture=quote(f"{folder}/thumbnail.jpg") if "thumbnail.jpg" in here else "",
        faults=_titled(row, "faults"),
        borderline=_titled(row, "borderline"),
        state=_state(row),
    )


def _titled(row: dict[str, Any], column: str) -> list[tuple[str, str, int]]:
    found = counts(row.get(column) or "")
    return [(rule, rule_title(row["exercise"], rule), number) for rule, number in found.items()]
