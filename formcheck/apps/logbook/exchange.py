"""Exporting the logbook as CSV or JSON, and importing older logs from CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from formcheck.apps.logbook.dates import DateOrder, parse_date
from formcheck.apps.logbook.entry import Entry, Leg, estimated_1rm
from formcheck.errors import UsageError, why
from formcheck.lifts.registry import exercise_named
from formcheck.results.rows import counted
from formcheck.runtime.files import csv_text, plain_text
from formcheck.units import MOST_KG, Load, Unit, load_from, parse_load

SCHEMA = "formcheck.logbook/2"

COLUMNS = (
    "set", "date", "date_from", "exercise", "variant", "leg", "load_kg", "load_lb", "reps", "clean_reps", "not_judged_reps",
    "faults", "borderline", "range_deg", "eccentric_s", "pause_s", "concentric_s", "velocity_m_s", "volume_kg",
    "estimated_1rm_kg", "notes", "clip", "clip_sha256", "start_s", "end_s", "software",
)  # fmt: skip


def as_csv(entries: Sequence[Entry]) -> str:
    """CSV with one row per set; empty cells are unknown values, faults are `rule:reps`."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        writer.writerow({name: csv_text(value) if isinstance(value, str) else value for name, value in _row(entry).items()})
    return stream.getvalue()


def as_json(entries: Sequence[Entry]) -> str:
    """JSON with all sets, reps and findings."""
    data = {"schema": SCHEMA, "sets": [_plain(asdict(entry)) for entry in entries]}
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _row(entry: Entry) -> dict[str, Any]:
    filmed = entry.filmed
    clip = entry.clip
    return {
        "set": entry.id,
        "date": entry.filmed_at.isoformat(sep=" "),
        "date_from": entry.filmed_source,
        "exercise": entry.exercise,
        "variant": entry.variant,
        "leg": entry.leg,
        "load_kg": None if entry.load is None else round(entry.load.kg, 3),
        "load_lb": None if entry.load is None else round(entry.load.lb, 2),
        "reps": entry.reps_done,
        "clean_reps": entry.clean_reps if filmed else None,
        "not_judged_reps": entry.not_judged_reps,
        "faults": " ".join(f"{rule}:{number}" for rule, number in entry.fault_counts.items()),
        "borderline": counted(entry.findings, "borderline"),
        "range_deg": _rounded(entry.range_deg, 1),
        "eccentric_s": _rounded(entry.eccentric_s, 2),
        "pause_s": _rounded(entry.pause_s, 2),
        "concentric_s": _rounded(entry.concentric_s, 2),
        "velocity_m_s": _rounded(entry.velocity_m_s, 3),
        "volume_kg": _rounded(entry.volume_kg, 1),
        "estimated_1rm_kg": _rounded(estimated_1rm(entry.load.kg if entry.load else None, entry.reps_done), 1),
        "notes": entry.notes,
        "clip": None if clip is None else clip.name,
        "clip_sha256": None if clip is None else clip.sha256,
        "start_s": None if clip is None else clip.start_s,
        "end_s": None if clip is None else clip.end_s,
        "software": entry.software,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return value.isoformat() if isinstance(value, datetime) else value


# Importing paper logs and spreadsheets.

#: Names of columns; the first is ours.
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
#: Longest cell that is read as a number, characters.
_LONGEST_CELL = 200


@dataclass(frozen=True)
class PaperLog:
    """The sets of a file, and the number of rows with unknown exercises, by name."""

    sets: tuple[Entry, ...]
    unknown: dict[str, int]


def read_paper(path: Path, unit: Unit | None = None, order: DateOrder | None = None) -> PaperLog:
    """Read a CSV file with one row a set, or several ("3x8", "10,10,8", a column `sets`).

    Required columns are date, exercise and reps; optional ones load ("60kg", or a number in a column that names the unit), leg
    and notes. Separators are commas, semicolons or tabs.

    Args:
        unit: of loads without a unit.
        order: of day and month in ambiguous dates.

    Raises:
        UsageError: the file or a row cannot be read; with the row's number.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")  # text mode would change line ends within notes
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read as CSV ({why(error)}); save it as CSV in UTF-8.") from None
    first, _, rest = text.partition("\n")
    if match := re.fullmatch(r'"?sep=([,;\t])"?\s*', first):  # Excel
        text, mark = rest, match[1]
    else:
        mark = max(",;\t", key=first.count)
    try:
        header, *rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark) if text else [[]]
    except csv.Error as error:  # a cell of more than 131,072 characters
        raise UsageError(f"{path} cannot be read as CSV ({error}); save it as CSV in UTF-8.") from None
    columns = _columns(header, path)
    sets: list[Entry] = []
    unknown: Counter[str] = Counter()
    now = datetime.now().astimezone().replace(microsecond=0)
    for number, row in enumerate(rows, 2):
        cells = {name: plain_text(" ".join(row[place].split())) for name, place in columns.items() if place < len(row)}
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
            raise UsageError(f"{path.name}, row {number}: {error} Nothing was imported.") from None
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
    text, said = text[:_LONGEST_CELL], sets[:_LONGEST_CELL]
    times = re.fullmatch(r"(\d+)\s*[x×*]\s*(\d+)", text, re.IGNORECASE)
    listed = [part for part in re.split(r"[,;/+\s]+", text) if part]
    parts = [times[2]] * min(int(times[1]), MOST_SETS + 1) if times else listed
    repeat = said or "1"
    if not parts or not all(part.isdecimal() for part in [*parts, repeat]):
        raise UsageError(f"the reps expect a number such as 8, 3x8 or 10/10/8 but got {text!r} in {said or 'one'} sets.")
    reps = [int(part) for part in parts] * min(int(repeat), MOST_SETS + 1)
    if not 1 <= len(reps) <= MOST_SETS or max(reps) > MOST_REPS:
        raise UsageError(f"the reps expect at most {MOST_SETS} sets of at most {MOST_REPS} but got {text!r}.")
    return reps
