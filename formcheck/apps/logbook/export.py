"""The logbook as CSV, .xlsx and JSON, and tables of other programs as rows of text."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from formcheck.apps.logbook.entry import Entry, estimated_1rm
from formcheck.errors import UsageError, why
from formcheck.results.rows import counted
from formcheck.runtime.files import csv_cells, plain_text

_MARKS = ",;\t|"


@dataclass(frozen=True)
class Table:
    """A table: its column names, its rows by number (the header is row 1, as spreadsheets count), and what was assumed."""

    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    assumed: tuple[str, ...] = ()


def read_table(path: Path) -> Table:
    """Read a table; cells have single spaces and no line ends, empty rows are left out.

    Raises:
        UsageError: it cannot be read, or .xlsx without the library for it.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({why(error)}).") from None
    assumed: tuple[str, ...] = ()
    if content[:4] == b"PK\x03\x04":
        rows = _xlsx(path, content)
    elif content[:4] == b"\xd0\xcf\x11\xe0":
        raise UsageError(f"{path.name} is an old Excel file (.xls); save it as .xlsx or CSV.")
    else:
        text, assumed = _decoded(path, content)
        rows = _csv(path, text)
    header, *others = rows or [()]
    tidy = ((number, tuple(map(_tidy, row))) for number, row in enumerate(others, 2))
    return Table(tuple(map(_tidy, header)), tuple((number, row) for number, row in tidy if any(row)), assumed)


def _tidy(cell: str) -> str:
    return plain_text(" ".join(cell.split()))


def _decoded(path: Path, content: bytes) -> tuple[str, tuple[str, ...]]:
    """The text, and what was assumed of its encoding."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encodings = ["utf-16"]
    elif content[1:2] == b"\0":
        encodings = ["utf-16-le"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)  # text mode would change line ends within notes
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text, ("it is not UTF-8 and was read as Windows-1252",) if encoding == "cp1252" else ()
    raise UsageError(f"{path} cannot be read as a table; expected CSV in UTF-8, or .xlsx.")


def _csv(path: Path, text: str) -> list[tuple[str, ...]]:
    first, _, rest = text.partition("\n")
    if match := re.fullmatch(r'"?sep=([,;\t|])"?\s*', first):  # Excel's line above the header, which it does not count
        text, mark = rest, match[1]
    else:
        mark = max(_MARKS, key=re.sub(r'"[^"]*"', "", first).count)
    try:
        return [tuple(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark)]
    except csv.Error as error:  # a cell of more than 131,072 characters
        raise UsageError(f"{path} cannot be read as CSV ({error}); save it as CSV in UTF-8.") from None


def _xlsx(path: Path, content: bytes) -> list[tuple[str, ...]]:
    """The first sheet."""
    openpyxl = spreadsheets()
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        return [tuple(map(_text, row)) for row in book.worksheets[0].iter_rows(values_only=True)]
    except Exception as error:  # the library raises whatever the file's XML makes it stumble over
        raise UsageError(f"{path} cannot be read as .xlsx ({why(error)}); save it as CSV in UTF-8.") from None


def _text(value: Any) -> str:
    """A cell as CSV would hold it."""
    if isinstance(value, datetime):
        return str(value.date() if value.time() == time() else value.replace(microsecond=0))
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def spreadsheets() -> Any:
    """The library for .xlsx.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import openpyxl
    except ImportError:
        raise UsageError(".xlsx needs a library; install it with pip install 'formcheck[tables]', or use CSV.") from None
    return openpyxl


def xlsx_of(header: Iterable[str], rows: Iterable[Iterable[Any]], title: str) -> bytes:
    """A workbook with one sheet; numbers stay numbers, and no text is a formula.

    Raises:
        UsageError: the library for it is not installed.
    """
    book = spreadsheets().Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in ([*header], *rows):
        sheet.append([_cell(sheet, value) for value in row])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _cell(sheet: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", value))
    cell.data_type = "s"
    return cell


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
        writer.writerow(csv_cells(_row(entry)))
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
