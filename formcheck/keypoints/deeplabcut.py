"""DeepLabCut's predictions: a table of x, y and likelihood for every body part, one row a frame, as .csv or .h5.

Its header has the levels "scorer", "individuals" (in projects with several animals), "bodyparts" and "coords". The .h5 is a
pandas table; its header is a pickle, of which only texts are read, as a pickle can run code.
"""

from __future__ import annotations

import csv
import pickletools
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


def _plain(stored: Any) -> list[tuple[str, ...]]:
    """The list of tuples of texts in a pickle, from its instructions: none but those that make lists, tuples and texts is
    followed, so that nothing in the file can run."""
    stack: list[Any] = []
    memo: dict[Any, Any] = {}
    mark = object()

    def since_mark() -> list[Any]:
        place = len(stack) - 1 - stack[::-1].index(mark)
        items = stack[place + 1 :]
        del stack[place:]
        return items

    for instruction, argument, _ in pickletools.genops(bytes(stored)):
        name = instruction.name
        if name in ("UNICODE", "BINUNICODE", "SHORT_BINUNICODE"):
            stack.append(argument)
        elif name == "MARK":
            stack.append(mark)
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name == "LIST":
            stack.append(since_mark())
        elif name == "TUPLE":
            stack.append(tuple(since_mark()))
        elif name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            size = int(name[-1])
            stack[-size:] = [tuple(stack[-size:])]
        elif name == "APPEND":
            item = stack.pop()
            stack[-1].append(item)
        elif name == "APPENDS":
            items = since_mark()
            stack[-1].extend(items)
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif name not in ("PROTO", "FRAME", "STOP"):
            raise ValueError(f"its header holds {name}, which makes no text; use the .csv beside it")
    columns: list[tuple[str, ...]] = stack[0]
    return columns
