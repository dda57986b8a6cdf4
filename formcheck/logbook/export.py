"""The logbook for others: a table of sets as CSV, everything as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from formcheck.logbook.entry import Entry
from formcheck.logbook.strength import estimated_1rm

SCHEMA = "formcheck.logbook/1"
#: What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

COLUMNS = (
    "set", "date", "date_from", "exercise", "variant", "leg", "load_kg", "load_lb", "reps", "clean_reps", "not_judged_reps",
    "faults", "borderline", "range_deg", "lowering_s", "pause_s", "lifting_s", "velocity_m_s", "volume_kg",
    "estimated_1rm_kg", "notes", "clip", "clip_sha256", "start_s", "end_s", "software",
)  # fmt: skip


def as_csv(entries: Sequence[Entry]) -> str:
    """One row a set; empty cells are unknown values. Faults stand as `rule:reps`."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        writer.writerow({name: _cell(value) for name, value in _row(entry).items()})
    return stream.getvalue()


def as_json(entries: Sequence[Entry]) -> str:
    """Everything that is known of every set, rep and finding."""
    data = {"schema": SCHEMA, "sets": [_plain(asdict(entry)) for entry in entries]}
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain_text(cell: str) -> str:
    """A cell of such a table without the mark that keeps spreadsheets from calculating it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA else cell


def _row(entry: Entry) -> dict[str, Any]:
    filmed = entry.filmed
    borderline = sorted({finding.rule for finding in entry.findings if finding.severity == "borderline"})
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
        "borderline": " ".join(f"{rule}:{len(entry.reps_with(rule, 'borderline'))}" for rule in borderline),
        "range_deg": _rounded(entry.range_deg, 1),
        "lowering_s": _rounded(entry.lowering_s, 2),
        "pause_s": _rounded(entry.pause_s, 2),
        "lifting_s": _rounded(entry.lifting_s, 2),
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


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return "" if value is None else value


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
