"""The three tables (angles, keypoints, reps) as CSV, and as Parquet with the unit of every column in its metadata."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.formats.tables import Columns, unit_of
from formcheck.whole import written_whole


def write_csv(columns: Columns, path: Path) -> None:
    """Write a table; what is missing is an empty cell."""
    with written_whole(path) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*(map(_cell, values) for values in columns.values()), strict=True))


def write_parquet(columns: Columns, path: Path, facts: dict[str, Any]) -> None:
    """Write a table; `facts` go into the file's metadata under "formcheck", a column's unit into its field's under "unit"."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = [pa.array(values, from_pandas=True) for values in columns.values()]  # NaN becomes null
    fields = [
        pa.field(name, array.type, metadata={"unit": unit_of(name)} if unit_of(name) else None)
        for name, array in zip(columns, arrays, strict=True)
    ]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={"formcheck": json.dumps(facts)}))
    with written_whole(path) as partial:
        pq.write_table(table, partial)


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{value:.6f}".rstrip("0").rstrip(".") if np.isfinite(value) else ""
    return value
