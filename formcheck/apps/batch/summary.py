"""The summary of a batch: rows of clips and reps, CSV and Parquet files, and `index.html`."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import IO, Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from formcheck.apps.batch.record import Record
from formcheck.outputs.page.shell import asset
from formcheck.outputs.shown import rule_title, who_of
from formcheck.outputs.words import not_judged_reps
from formcheck.results.analysis import Analysis
from formcheck.results.rows import REP_COLUMNS, counted
from formcheck.runtime.files import ANALYSIS, REPORT, THUMBNAIL, VIDEO, atomic_write, csv_cells, readable
from formcheck.version import __version__

Read = Callable[[Analysis], Any]


def _spread(name: str) -> Read:
    return lambda analysis: analysis.summary.consistency.get(name)


def never_judged(analysis: Analysis) -> list[str]:
    """The rules that could be judged in none of the reps."""
    reps: dict[str, set[int | None]] = {}
    for entry in analysis.not_judged:
        reps.setdefault(entry.rule, set()).add(entry.rep)
    every = {rep.index for rep in analysis.reps}
    return sorted(rule for rule, unseen in reps.items() if None in unseen or unseen >= every)


def _rep_mean(name: str, digits: int) -> Read:
    """Mean of a field over the clip's reps; None if unknown."""

    def read(analysis: Analysis) -> float | None:
        known = [value for rep in analysis.reps if (value := getattr(rep, name)) is not None]
        return round(fmean(known), digits) if known else None

    return read


#: Columns of `summary.csv`: their type, and how they are read from the analysis. Empty means unknown, never 0. `set` numbers
#: the sets of a clip that shows several, each with a row of its own; `not_counted` is the number of rejected movements,
#: `shots` that of shots in which the lifter is seen.
_CLIP: dict[str, tuple[type, Read | None]] = {
    "clip": (str, None),
    "status": (str, None),
    "reason": (str, None),
    "set": (int, lambda a: a.set_number if a.sets else None),
    "who": (str, who_of),
    "exercise": (str, lambda a: a.exercise.name),
    "variant": (str, lambda a: a.exercise.variant),
    "exercise_source": (str, lambda a: a.exercise.source),
    "confidence": (float, lambda a: a.exercise.confidence),
    "runner_up": (str, lambda a: a.exercise.runner_up),
    "side": (str, lambda a: a.view.side),
    "reps": (int, lambda a: a.summary.reps),
    "clean_reps": (int, lambda a: a.summary.clean_reps),
    "not_judged_reps": (int, not_judged_reps),
    "not_counted": (int, lambda a: len(a.not_counted)),
    "shots": (int, lambda a: len(a.shots) or None),
    "analysed_shots": (int, lambda a: sum(shot.analysed for shot in a.shots) or None),
    "faults": (str, lambda a: counted(a.findings, "fault")),
    "borderline": (str, lambda a: counted(a.findings, "borderline")),
    "not_judged": (str, lambda a: " ".join(never_judged(a))),
    "coverage": (float, lambda a: a.coverage),
    "range_deg": (float, _rep_mean("range_deg", 1)),
    "eccentric_s": (float, _rep_mean("eccentric_s", 2)),
    "pause_s": (float, _rep_mean("pause_s", 2)),
    "concentric_s": (float, _rep_mean("concentric_s", 2)),
    "range_cv_percent": (float, _spread("range_cv_percent")),
    "eccentric_cv_percent": (float, _spread("eccentric_cv_percent")),
    "concentric_cv_percent": (float, _spread("concentric_cv_percent")),
    "load_kg": (float, lambda a: a.exercise.load_kg),
    "duration_s": (float, lambda a: a.clip.duration_s),
    "frames": (int, lambda a: a.clip.frames),
    "lost_frames": (int, lambda a: a.clip.lost_frames),
    "fps": (float, lambda a: a.clip.fps),
    "width": (int, lambda a: a.clip.width),
    "height": (int, lambda a: a.clip.height),
    "px_per_m": (float, lambda a: a.scale.px_per_m),
    "scale_source": (str, lambda a: a.scale.source),
    "folder": (str, None),
    "sha256": (str, None),
    "version": (str, None),
    "model": (str, lambda a: a.software.model),
}
CLIP_COLUMNS: dict[str, type] = {name: kind for name, (kind, _) in _CLIP.items()}

def clip_row(analysis: Analysis) -> dict[str, Any]:
    """The columns of a clip from its analysis."""
    return {name: read(analysis) for name, (_, read) in _CLIP.items() if read is not None}


def counts(text: str) -> dict[str, int]:
    """Inverse of `counted`."""
    return {rule: int(number) for rule, _, number in (entry.partition(":") for entry in text.split())}


# `summary.csv`, `summary.parquet` and `reps.csv`, written row by row and atomically.

#: Rows in memory at a time, and in one row group of the Parquet file.
ROWS_AT_A_TIME = 1000

_UNKNOWN: dict[str, Any] = dict.fromkeys(CLIP_COLUMNS)


def full_rows(name: str, out_name: str, record: Record | None, reason: str = "") -> list[dict[str, Any]]:
    """The rows of a clip: one, or where it shows several sets one for each."""
    first = full_row(name, out_name, record, reason)
    further = [] if record is None else record.further
    return [first, *({**first, **row, "folder": f"{first['folder']}/set-{row['set']}"} for row in further)]


def full_row(name: str, out_name: str, record: Record | None, reason: str = "") -> dict[str, Any]:
    """The row of a clip: analysed, failed (with the reason), or waiting without record and reason."""
    name, out_name = readable(name), readable(out_name)
    if record is None:
        return {**_UNKNOWN, "clip": name, "status": "failed" if reason else "waiting", "reason": reason}
    own = {"clip": name, "status": record.outcome, "reason": record.reason, "folder": out_name}
    return {**_UNKNOWN, **record.row, **own, "sha256": record.sha256, "version": __version__}


def write_summary(out: Path, rows: Callable[[], Iterator[dict[str, Any]]]) -> None:
    """Write both summaries; each call of `rows` yields all rows."""
    with _replaced(out / "summary.csv") as stream:
        writer = csv.DictWriter(stream, list(CLIP_COLUMNS), extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for row in rows():
            writer.writerow(csv_cells(row))
    _write_parquet(out / "summary.parquet", rows())


def write_reps(out: Path, reps: Callable[[], Iterator[tuple[str, Mapping[str, Any]]]]) -> None:
    """Write `reps.csv` from (clip, row) pairs; measures that an exercise lacks are empty."""
    measures = sorted({column for _, row in reps() for column in row if column not in REP_COLUMNS})
    with _replaced(out / "reps.csv") as stream:
        writer = csv.DictWriter(stream, ["clip", *REP_COLUMNS, *measures], lineterminator="\n")
        writer.writeheader()
        for clip, row in reps():
            writer.writerow(csv_cells({"clip": readable(clip), **row}))


def _write_parquet(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    import pyarrow
    import pyarrow.parquet

    kinds = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in CLIP_COLUMNS.items()])
    with atomic_write(path) as partial, pyarrow.parquet.ParquetWriter(partial, schema) as writer:
        for block in _blocks(rows):
            columns = {name: [_typed(row.get(name), kind) for row in block] for name, kind in CLIP_COLUMNS.items()}
            writer.write_table(pyarrow.table(columns, schema))


def _typed(value: Any, kind: type) -> Any:
    return None if value is None or value == "" else kind(value)


def _blocks(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    block: list[dict[str, Any]] = []
    for row in rows:
        block.append(row)
        if len(block) == ROWS_AT_A_TIME:
            yield block
            block = []
    if block:
        yield block


@contextmanager
def _replaced(path: Path) -> Iterator[IO[str]]:
    """A text file that replaces `path` atomically."""
    with atomic_write(path) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())


# `index.html`: a table of all clips, and the faults of each exercise.

#: Target of a clip's link: the first of these files that exists.
_PAGES = (REPORT, VIDEO, ANALYSIS)


@dataclass
class ExerciseTotals:
    """Totals of one exercise. `possible`: clips with possible faults; `faults`: number of clips and reps by rule."""

    name: str
    clips: int = 0
    reps: int = 0
    clean: int = 0
    not_judged: int = 0
    possible: int = 0
    faults: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, row: dict[str, Any]) -> None:
        """Count one analysed clip."""
        self.clips += 1
        self.reps += row["reps"]
        self.clean += row["clean_reps"]
        self.not_judged += row["not_judged_reps"] or 0
        self.possible += bool(row["borderline"])
        for rule, reps in counts(row["faults"]).items():
            clips, all_reps = self.faults.get(rule, (0, 0))
            self.faults[rule] = (clips + 1, all_reps + reps)

    @property
    def listed(self) -> list[tuple[str, str, int, int]]:
        """(rule, title, clips, reps), most frequent first."""
        rows = [(rule, rule_title(self.name, rule), *numbers) for rule, numbers in self.faults.items()]
        return sorted(rows, key=lambda entry: (-entry[3], entry[0]))


@dataclass(frozen=True)
class Line:
    """One line of the table."""

    row: dict[str, Any]
    link: str
    picture: str
    faults: list[tuple[str, str, int]]
    borderline: list[tuple[str, str, int]]
    state: str


def write_index(out: Path, title: str, rows: Callable[[], Iterator[dict[str, Any]]]) -> None:
    """Write `index.html`; each call of `rows` yields all rows of the summary."""
    exercises: dict[str, ExerciseTotals] = {}
    states = {"clean": 0, "faults": 0, "possible": 0, "unjudged": 0, "failed": 0, "waiting": 0}
    noun, people = "clips", set()
    for row in rows():
        people |= {row["who"]} - {None, ""}
        states[_state(row)] += 1
        noun = "sets" if row["set"] else noun
        if row["status"] == "analysed":
            exercises.setdefault(row["exercise"], ExerciseTotals(row["exercise"])).add(row)
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    environment.filters["words"] = lambda name: name.replace("_", " ").capitalize()
    template = environment.from_string(asset("index.html", package="formcheck.apps.batch"))
    totals = [exercises[name] for name in sorted(exercises)]
    rules = sorted({(rule, name) for total in totals for rule, name, _, _ in total.listed}, key=lambda rule: rule[1])
    with atomic_write(out / "index.html") as partial, partial.open("w", encoding="utf-8") as page:
        stream = template.stream(
            base=Markup(asset("base.css")), title=title, noun=noun, states=states, exercises=totals, rules=rules,
            people=sorted(people, key=str.casefold),
            version=__version__, lines=(_line(out, row) for row in rows()),
        )  # fmt: skip
        stream.enable_buffering(200)
        page.writelines(stream)


def _state(row: dict[str, Any]) -> str:
    """Status of a clip without analysis; else what was found, or "unjudged" if nothing was and reps could not be judged."""
    if row["status"] != "analysed":
        return str(row["status"])
    if row["faults"]:
        return "faults"
    if row["borderline"]:
        return "possible"
    return "unjudged" if row["not_judged_reps"] else "clean"


def _line(out: Path, row: dict[str, Any]) -> Line:
    folder = row.get("folder") or ""
    here = set(os.listdir(out / folder)) if folder and (out / folder).is_dir() else set()
    page = next((name for name in _PAGES if name in here), "") if row["status"] == "analysed" else ""
    return Line(
        row=row,
        link=quote(f"{folder}/{page}") if page else "",
        picture=quote(f"{folder}/{THUMBNAIL}") if THUMBNAIL in here else "",
        faults=_titled(row, "faults"),
        borderline=_titled(row, "borderline"),
        state=_state(row),
    )


def _titled(row: dict[str, Any], column: str) -> list[tuple[str, str, int]]:
    found = counts(row.get(column) or "")
    return [(rule, rule_title(row["exercise"], rule), number) for rule, number in found.items()]
