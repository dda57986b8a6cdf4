"""`Keypoints`: what every file of another tool is read as."""

from __future__ import annotations

import csv
import json
import pickletools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError, library
from formcheck.pose.keypoints.people import follow_lifter

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Keypoints:
    """N frames of K named points.

    Attributes:
        tool: what the file is, for the record.
        names: of the points.
        points: (N, K, 2) pixels, x right, y down; NaN where there is none.
        confidence: (N, K) 0-1; None where the file does not tell.
        frames: (N,) numbers of the frames in the clip, from 0; None: they follow from `times`.
        times: (N,) seconds of the file as it plays; None: they follow from `frames`.
        size: width and height of the pictures that the tool looked at, where it says so.
    """

    tool: str
    names: tuple[str, ...]
    points: Array
    confidence: Array | None = None
    frames: NDArray[np.int64] | None = None
    times: Array | None = None
    size: tuple[float, float] | None = None


#: Values of a table that unpacks to more than this (8 bytes each) were put there to fill the memory: an hour of twelve people
#: with 33 points has 150 million.
MOST_VALUES = 200_000_000


def expect_bounded(values: int) -> None:
    """Check how many values a table holds before it is unpacked.

    Raises:
        ValueError: more than keypoints of any clip.
    """
    if values > MOST_VALUES:
        raise ValueError(f"it unpacks to {values / 1e6:.0f} million numbers, more than any clip has keypoints")


# DeepLabCut's predictions: a table of x, y and likelihood for every body part, one row a frame, as .csv or .h5.

DEEPLABCUT = "DeepLabCut"
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
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    if rows and rows[0][0] == "scorer" and rows[0][1:3] == ["", ""]:
        raise UsageError(
            f"{path.name} holds the labels that somebody placed in single pictures (CollectedData), not a clip's keypoints;"
            " expected the file that DeepLabCut writes when it analyses the video."
        )
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
    expect_bounded(table.size * max(1, table.dtype.itemsize // 8))
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
    own = follow_lifter(found)
    return Keypoints(DEEPLABCUT, names, own[..., :2], np.nan_to_num(own[..., 2]), frames=frames)


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


# SLEAP's files: "Export Analysis HDF5", and its own .slp where `sleap_io` is installed.

SLEAP = "SLEAP"
#: The axes of `tracks` in files that do not name them (SLEAP writes for column-major readers).
_AXES = ("track", "xy", "node", "frame")


def is_analysis(file: Any) -> bool:
    """Whether an open HDF5 file is SLEAP's."""
    return "tracks" in file and "node_names" in file


def read_analysis(file: Any) -> Keypoints:
    """An open analysis file; of several tracks the lifter's."""
    expect_bounded(sum(file[name].size for name in ("tracks", "point_scores") if name in file))
    names = tuple(name.decode() if isinstance(name, bytes) else str(name) for name in file["node_names"][:])
    points = _ordered(file["tracks"], _AXES, ("track", "frame", "node", "xy"))
    known = "point_scores" in file and bool(file["point_scores"].size)
    scores = np.ones(points.shape[:3])
    if known:
        scores = _ordered(file["point_scores"], ("track", "node", "frame"), ("track", "frame", "node"))
    own = follow_lifter(np.concatenate([points, scores[..., np.newaxis]], axis=3))
    confidence = np.clip(np.nan_to_num(own[..., 2]), 0.0, 1.0) if known else None
    return Keypoints(SLEAP, names, own[..., :2], confidence, frames=np.arange(points.shape[1]))


def read_slp(path: Path) -> Keypoints:
    """SLEAP's own file. To which track its instances belong counts for nothing.

    Raises:
        UsageError: `sleap_io` is not installed.
        ValueError: the file is of several videos.
    """
    labels = library("sleap_io", f"reading {path.name} (SLEAP exports .h5 without it)").load_slp(str(path), open_videos=False)
    shown = [frame for frame in labels.labeled_frames if len(frame.instances)]
    if len({id(frame.video) for frame in shown}) > 1:
        raise ValueError("it labels several videos, expected one")
    names = tuple(node.name for node in labels.skeletons[0].nodes)
    most = max((len(frame.instances) for frame in shown), default=0)
    found = np.full((most, len(shown), len(names), 3), np.nan)
    for row, frame in enumerate(shown):
        for place, one in enumerate(frame.instances):
            found[place, row] = _scored(one)
    own = follow_lifter(found)
    frames = np.array([frame.frame_idx for frame in shown], dtype=np.int64)
    return Keypoints(SLEAP, names, own[..., :2], np.clip(np.nan_to_num(own[..., 2]), 0.0, 1.0), frames=frames)


def _scored(instance: Any) -> Array:
    """The (K, 3) points of an instance with their scores; those that a person placed are sure."""
    points = np.asarray(instance.numpy(), dtype=np.float64)[:, :2]
    scores = instance.points["score"] if "score" in instance.points.dtype.names else np.ones(len(points))
    return np.column_stack([points, scores])


def _ordered(dataset: Any, usual: tuple[str, ...], wanted: tuple[str, ...]) -> Array:
    """A dataset with its axes in the wanted order; newer files name theirs."""
    named = dataset.attrs.get("dims")
    axes = tuple(json.loads(named)) if named is not None else usual
    return np.transpose(np.asarray(dataset[:], dtype=np.float64), [axes.index(name) for name in wanted])
