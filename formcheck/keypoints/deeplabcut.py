"""DeepLabCut's predictions: a table of x, y and likelihood for every body part, one row a frame, as .csv or .h5.

Its header has the levels "scorer", "individuals" (in projects with several animals), "bodyparts" and "coords". The .h5 is a
pandas table; it is read without unpickling anything but plain texts, as a pickle can run code.
"""

from __future__ import annotations

import csv
import io
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.keypoints.types import Array, Keypoints, lifter_among

TOOL = "DeepLabCut"
_COORDS = ("x", "y", "likelihood")
#: The part of a table for body parts that belong to nobody ("single" in DeepLabCut's words: a box, a rack).
_NOBODY = "single"

#: Individual, body part and coordinate of a column.
Column = tuple[str, str, str]


def read_csv(path: Path) -> Keypoints:
    """The .csv beside the .h5: the same table.

    Raises:
        ValueError: the header or the numbers are not those of DeepLabCut.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    header: dict[str, list[str]] = {}
    while rows and rows[0][0] in ("scorer", "individuals", "bodyparts", "coords"):
        name, *cells = rows.pop(0)
        header[name] = cells
    if "bodyparts" not in header or "coords" not in header:
        raise ValueError("its first rows are not scorer, bodyparts and coords")
    who = header.get("individuals", [""] * len(header["bodyparts"]))
    columns = list(zip(who, header["bodyparts"], header["coords"], strict=True))
    numbers = [[float(cell) if cell.strip() else np.nan for cell in row] for row in rows]
    table = np.array(numbers).reshape(-1, 1 + len(columns))
    return _keypoints(table[:, 0].astype(np.int64), columns, table[:, 1:])


def read_h5(file: Any) -> Keypoints:
    """The open HDF5 file of pandas' table.

    Raises:
        ValueError: it is stored in another way.
    """
    table = next((group["table"] for group in file.values() if "table" in group), None)
    if table is None:
        raise ValueError("the table is not stored as DeepLabCut stores predictions; use the .csv beside it")
    data = table[:]
    columns: list[Column] = []
    blocks: list[Array] = []
    for name in data.dtype.names:
        if name == "index":
            continue
        for column in _plain(table.attrs[f"{name}_kind"]):
            *_, part, coord = column
            columns.append((column[1] if len(column) == 4 else "", part, coord))
        blocks.append(np.reshape(data[name], (len(data), -1)).astype(np.float64))
    return _keypoints(data["index"].astype(np.int64), columns, np.concatenate(blocks, axis=1))


def _keypoints(frames: NDArray[np.int64], columns: Sequence[Column], values: Array) -> Keypoints:
    place = {column: number for number, column in enumerate(columns)}
    people = [who for who in dict.fromkeys(who for who, _, _ in columns) if who != _NOBODY]
    names = tuple(dict.fromkeys(part for who, part, _ in columns if who != _NOBODY))
    found = np.full((len(people), len(frames), len(names), 3), np.nan)
    for i, who in enumerate(people):
        for k, name in enumerate(names):
            for c, coord in enumerate(_COORDS):
                if (who, name, coord) in place:
                    found[i, :, k, c] = values[:, place[who, name, coord]]
    own = found[lifter_among(found[..., :2])]
    return Keypoints(TOOL, names, own[..., :2], np.nan_to_num(own[..., 2]), frames=frames)


class _Plain(pickle.Unpickler):
    """Reads lists, tuples and texts only."""

    def find_class(self, module: str, name: str) -> Any:
        raise ValueError(f"the header asks for {module}.{name}, which is no text")


def _plain(stored: Any) -> list[tuple[str, ...]]:
    data = bytes(stored)
    try:
        return [tuple(map(str, column)) for column in _Plain(io.BytesIO(data)).load()]
    except (pickle.UnpicklingError, EOFError, TypeError) as error:
        raise ValueError(f"its header cannot be read ({error})") from None
