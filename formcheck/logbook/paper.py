"""Older logs, kept on paper or in a spreadsheet, from CSV: what was lifted is known of them, of the form nothing."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from formcheck.errors import UsageError, why
from formcheck.exercises import exercise_named
from formcheck.logbook.dates import DateOrder, parse_date
from formcheck.logbook.entry import Entry, Leg
from formcheck.logbook.export import plain_text
from formcheck.logbook.loads import Load, Unit, load_from, parse_load
from formcheck.options import MOST_KG

#: What the columns may be called; the first name is ours.
_NAMES = {
    "date": ("date", "day", "when"),
    "exercise": ("exercise", "lift", "movement"),
    "load": ("load", "weight"),
    "load_kg": ("load_kg", "weight_kg", "kg"),
    "load_lb": ("load_lb", "weight_lb", "lb", "lbs", "weight_lbs", "load_lbs"),
    "reps": ("reps", "repetitions"),
    "sets": ("sets",),
    "leg": ("leg", "side"),
    "notes": ("notes", "note", "comment", "comments"),
}
MOST_REPS, MOST_SETS = 200, 50


@dataclass(frozen=True)
class PaperLog:
    """The sets of a file, and how many rows speak of exercises that formcheck does not know, by their name."""

    sets: tuple[Entry, ...]
    unknown: dict[str, int]


def read_paper(path: Path, unit: Unit | None = None, order: DateOrder | None = None) -> PaperLog:
    """Read a CSV file with one row a set, or several ("3x8", "10,10,8", a column `sets`).

    Needed are columns for date, exercise and reps; load ("60kg", or a number in a column that names the unit), leg and
    notes are taken where they are. Separated by commas, semicolons or tabs.

    Args:
        unit: of loads that say none.
        order: of day and month where a date could be read both ways.

    Raises:
        UsageError: the file cannot be read, or a row makes no sense; the row is named, and nothing is taken.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as CSV ({why(error)}); save it as CSV in UTF-8.") from None
    lines = text.splitlines()
    mark = max(",;\t", key=lines[0].count) if lines else ","
    rows = csv.reader(lines, delimiter=mark)
    columns = _columns(next(rows, []), path)
    sets: list[Entry] = []
    unknown: Counter[str] = Counter()
    now = datetime.now().astimezone().replace(microsecond=0)
    for number, row in enumerate(rows, 2):
        cells = {name: plain_text(row[place].strip()) for name, place in columns.items() if place < len(row)}
        if not any(cells.values()):
            continue
        try:
            exercise = exercise_named(re.sub(r"\s+", "_", cells.get("exercise", ""))).name
        except UsageError:
            unknown[cells.get("exercise", "")] += 1
            continue
        try:
            when = parse_date(cells.get("date", ""), "the date", order)
            load, leg = _load(cells, unit), _leg(cells.get("leg", ""))
            for reps in _reps(cells.get("reps", ""), cells.get("sets", "")):
                sets.append(Entry(0, exercise, when, "user", now, reps, load, leg=leg, notes=cells.get("notes", "")))
        except UsageError as error:
            raise UsageError(f"{path.name}, row {number}: {error} Nothing was taken.") from None
    return PaperLog(tuple(sets), dict(unknown))


def _columns(header: list[str], path: Path) -> dict[str, int]:
    tidy = [re.sub(r"[^a-z]+", "_", name.lower()).strip("_") for name in header]
    found = {
        own: place
        for own, names in _NAMES.items()
        for place in [next((tidy.index(name) for name in names if name in tidy), -1)]
        if place >= 0
    }
    missing = [name for name in ("date", "exercise", "reps") if name not in found]
    if missing:
        raise UsageError(
            f"{path.name} has no column {' and none '.join(missing)}; expected a first row such as date,exercise,load,reps."
        )
    return found


def _load(cells: dict[str, str], unit: Unit | None) -> Load | None:
    if text := cells.get("load", ""):
        if re.fullmatch(r"\d+([.,]\d+)?", text):
            if unit is None:
                raise UsageError(f"the load {text!r} has no unit; write 60kg, or say --unit kg or --unit lb.")
            return _amount(text, unit)
        return parse_load(text, "the load")
    for name, own in (("load_kg", "kg"), ("load_lb", "lb")):
        if text := cells.get(name, ""):
            return _amount(text, "kg" if own == "kg" else "lb")
    return None


def _amount(text: str, unit: Unit) -> Load:
    if not re.fullmatch(r"\d+([.,]\d+)?", text):
        raise UsageError(f"the load expects a number but got {text!r}.")
    load = load_from(float(text.replace(",", ".")), unit)
    if load.kg > MOST_KG:
        raise UsageError(f"the load expects at most {MOST_KG:.0f} kg but got {text} {unit}.")
    return load


def _leg(text: str) -> Leg | None:
    legs: dict[str, Literal["left", "right"]] = {"left": "left", "l": "left", "right": "right", "r": "right"}
    if text.lower() in ("", "both"):
        return None
    if text.lower() not in legs:
        raise UsageError(f"the leg expects left or right but got {text!r}.")
    return legs[text.lower()]


def _reps(text: str, sets: str) -> list[int]:
    """The reps of each set: "8", "3x8", "10,10,8" or "10/10/8", `sets` times."""
    times = re.fullmatch(r"(\d+)\s*[x×*]\s*(\d+)", text, re.IGNORECASE)
    listed = [part for part in re.split(r"[,;/+\s]+", text) if part]
    parts = [times[2]] * min(int(times[1]), MOST_SETS + 1) if times else listed
    repeat = sets or "1"
    if not parts or not all(part.isdecimal() for part in [*parts, repeat]):
        raise UsageError(f"the reps expect a number such as 8, 3x8 or 10/10/8 but got {text!r} in {sets or 'one'} sets.")
    reps = [int(part) for part in parts] * min(int(repeat), MOST_SETS + 1)
    if not 1 <= len(reps) <= MOST_SETS or max(reps) > MOST_REPS:
        raise UsageError(f"the reps expect at most {MOST_SETS} sets of at most {MOST_REPS} but got {text!r}.")
    return reps
