"""`summary.csv`, `summary.parquet` and `reps.csv`: written row by row under another name, then renamed."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from formcheck.batch.record import Record
from formcheck.batch.rows import CLIP_COLUMNS, REP_COLUMNS
from formcheck.text import csv_text, readable
from formcheck.version import __version__
from formcheck.whole import written_whole

#: Rows that are in memory at a time, and rows of one group of the Parquet file.
ROWS_AT_A_TIME = 1000

_UNKNOWN: dict[str, Any] = dict.fromkeys(CLIP_COLUMNS)


def full_row(name: str, out_name: str, record: Record | None, reason: str = "") -> dict[str, Any]:
    """The row of a clip: analysed, failed (with its reason), or waiting when there is neither record nor reason."""
    name, out_name = readable(name), readable(out_name)
    if record is None:
        return {**_UNKNOWN, "clip": name, "status": "failed" if reason else "waiting", "reason": reason}
    own = {"clip": name, "status": record.outcome, "reason": record.reason, "folder": out_name}
    return {**_UNKNOWN, **record.row, **own, "sha256": record.sha256, "version": __version__}


def write_summary(out: Path, rows: Callable[[], Iterator[dict[str, Any]]]) -> None:
    """Write both summaries; `rows` gives the rows of the clips from the first on, each time it is called."""
    with _replaced(out / "summary.csv") as stream:
        writer = csv.DictWriter(stream, list(CLIP_COLUMNS), extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for row in rows():
            writer.writerow(_cells(row))
    _write_parquet(out / "summary.parquet", rows())


def write_reps(out: Path, reps: Callable[[], Iterator[tuple[str, Mapping[str, Any]]]]) -> None:
    """Write `reps.csv` from (clip, row) pairs; measures that only some exercises have are empty for the others."""
    measures = sorted({column for _, row in reps() for column in row if column not in REP_COLUMNS})
    with _replaced(out / "reps.csv") as stream:
        writer = csv.DictWriter(stream, [*REP_COLUMNS, *measures], lineterminator="\n")
        writer.writeheader()
        for clip, row in reps():
            writer.writerow(_cells({"clip": readable(clip), **row}))


def _cells(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row for a CSV file: no text of it is taken for a formula."""
    return {column: csv_text(value) if isinstance(value, str) else value for column, value in row.items()}


def _write_parquet(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    import pyarrow
    import pyarrow.parquet

    kinds = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in CLIP_COLUMNS.items()])
    with written_whole(path) as partial, pyarrow.parquet.ParquetWriter(partial, schema) as writer:
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
    """A text file that takes the place of `path` when it is complete."""
    with written_whole(path) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
        yield stream
        stream.flush()
        os.fsync(stream.fileno())
