"""Tables of other programs as rows of text: CSV of any common separator and encoding, and .xlsx."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from formcheck.errors import UsageError, why
from formcheck.runtime.files import plain_text

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
