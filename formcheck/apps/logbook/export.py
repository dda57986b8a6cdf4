"""The logbook as a table (CSV or .xlsx) or as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from formcheck.apps.logbook.entry import Entry, estimated_1rm
from formcheck.apps.logbook.table import xlsx_of
from formcheck.errors import UsageError
from formcheck.results.rows import counted
from formcheck.runtime.files import csv_text

SCHEMA = "formcheck.logbook/2"

COLUMNS = (
    "set", "who", "date", "date_from", "exercise", "variant", "leg", "load_kg", "load_lb", "pieces", "warm_up", "rpe", "reps",
    "clean_reps", "not_judged_reps", "faults", "borderline", "range_deg", "eccentric_s", "pause_s", "concentric_s",
    "velocity_m_s", "volume_kg", "estimated_1rm_kg", "notes", "clip", "clip_sha256", "start_s", "end_s", "software",
)  # fmt: skip


#: Formats by the ending of a file's name.
_ENDINGS = {".csv": "csv", ".json": "json", ".xlsx": "xlsx"}


def format_of(out: Path | None, said: str | None) -> str:
    """The format that `--format` or the file's name asks for.

    Raises:
        UsageError: the name asks for another one, or for none that there is.
    """
    if out is None:
        if said == "xlsx":
            raise UsageError("--format xlsx needs a file; name it with --out log.xlsx.")
        return said or "csv"
    named = _ENDINGS.get(out.suffix.lower())
    if named is None and (said is None or said == "xlsx" or out.suffix):
        raise UsageError(f"--out expects a file that ends in .csv, .json or .xlsx but got {out.name!r}.")
    if said is not None and named not in (None, "csv" if said == "labels" else said):
        raise UsageError(f"--format {said} does not fit the file's name {out.name!r}; change one of them.")
    return said or named or "csv"


def as_csv(entries: Sequence[Entry]) -> str:
    """CSV with one row per set; empty cells are unknown values, faults are `rule:reps`."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        writer.writerow({name: csv_text(value) if isinstance(value, str) else value for name, value in _row(entry).items()})
    return stream.getvalue()


def as_xlsx(entries: Sequence[Entry]) -> bytes:
    """A workbook with the same rows; numbers are numbers.

    Raises:
        UsageError: the library for it is not installed.
    """
    return xlsx_of(COLUMNS, (_row(entry).values() for entry in entries), "logbook")


def as_json(entries: Sequence[Entry]) -> str:
    """JSON with all sets, reps and findings."""
    data = {"schema": SCHEMA, "sets": [_plain(asdict(entry)) for entry in entries]}
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _row(entry: Entry) -> dict[str, Any]:
    filmed = entry.filmed
    clip = entry.clip
    return {
        "set": entry.id,
        "who": entry.who,
        "date": entry.filmed_at.isoformat(sep=" "),
        "date_from": entry.filmed_source,
        "exercise": entry.exercise,
        "variant": entry.variant,
        "leg": entry.leg,
        "load_kg": None if entry.load is None else round(entry.load.kg, 3),
        "load_lb": None if entry.load is None else round(entry.load.lb, 2),
        "pieces": None if entry.load is None else entry.load.pieces,
        "warm_up": "yes" if entry.warm_up else None,
        "rpe": entry.rpe,
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
