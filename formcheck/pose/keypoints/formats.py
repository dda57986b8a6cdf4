"""`Keypoints`, and the readers of DeepLabCut's and SLEAP's files."""

from __future__ import annotations

import csv
import json
import pickletools
from collections.abc import Callable, Sequence
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
        tool: that wrote the file.
        names: of the points.
        points: (N, K, 2) pixels, x right, y down; NaN where missing.
        confidence: (N, K) 0-1; None if the file has none.
        frames: (N,) frame numbers in the clip, from 0; None if `times` are given.
        times: (N,) seconds in the clip's playing time; None if `frames` are given.
        size: width and height of the pictures that the tool processed; None if the file has none.
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


# DeepLabCut's predictions: a table with x, y and likelihood of every body part, one row a frame, as .csv or .h5.

DEEPLABCUT = "DeepLabCut"
_COORDS = ("x", "y", "likelihood")
#: DeepLabCut's name for body parts of no individual (a box, a rack).
_SINGLE = "single"

#: Individual, body part and coordinate of a column.
Column = tuple[str, str, str]


def read_csv(path: Path) -> Keypoints:
    """Read DeepLabCut's .csv.

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
    """Read DeepLabCut's .h5, a pandas table in an open HDF5 file.

    Raises:
        ValueError: the table is stored in another way.
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
    people = [who for who in dict.fromkeys(who for who, _, _ in columns) if who != _SINGLE]
    names = tuple(dict.fromkeys(part for who, part, _ in columns if who != _SINGLE))
    expect_bounded(len(people) * len(frames) * len(names) * 3)
    found = np.full((len(people), len(frames), len(names), 3), np.nan)
    for i, who in enumerate(people):
        for k, name in enumerate(names):
            for c, coord in enumerate(_COORDS):
                if (who, name, coord) in place:
                    found[i, :, k, c] = values[:, place[who, name, coord]]
    own = follow_lifter(found)
    return Keypoints(DEEPLABCUT, names, own[..., :2], np.nan_to_num(own[..., 2]), frames=frames)


def _plain(stored: Any) -> list[tuple[str, ...]]:
    """The list of tuples of strings in a pickle, without unpickling it, which would allow code execution.

    Raises:
        ValueError: the pickle holds anything else.
    """
    machine = _PlainPickle()
    for instruction, argument, _ in pickletools.genops(bytes(stored)):
        step = _INSTRUCTIONS.get(instruction.name)
        if step is None:
            raise ValueError(f"its header holds {instruction.name}, which makes no text; use the .csv beside it")
        step(machine, argument)
    columns: list[tuple[str, ...]] = machine.stack[0]
    return columns


class _PlainPickle:
    """The part of a pickle's stack machine that builds strings, tuples and lists."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.mark = object()

    def since_mark(self) -> list[Any]:
        """Pop everything above the last mark, and the mark."""
        place = len(self.stack) - 1 - self.stack[::-1].index(self.mark)
        items = self.stack[place + 1 :]
        del self.stack[place:]
        return items

    def last(self, count: int) -> tuple[Any, ...]:
        """Pop `count` items."""
        items = tuple(self.stack[-count:])
        del self.stack[-count:]
        return items

    def append(self, items: Sequence[Any]) -> None:
        """Append to the list on top of the stack."""
        self.stack[-1].extend(items)

    def memoize(self, key: int | None = None) -> None:
        """Remember the top of the stack."""
        self.memo[len(self.memo) if key is None else key] = self.stack[-1]


#: The instructions that are followed, each with what it does with its argument; nothing else in a pickle is needed.
_INSTRUCTIONS: dict[str, Callable[[_PlainPickle, Any], None]] = {
    **dict.fromkeys(("PROTO", "FRAME", "STOP"), lambda machine, argument: None),
    **dict.fromkeys(("UNICODE", "BINUNICODE", "SHORT_BINUNICODE"), lambda machine, text: machine.stack.append(text)),
    "MARK": lambda machine, _: machine.stack.append(machine.mark),
    "EMPTY_LIST": lambda machine, _: machine.stack.append([]),
    "LIST": lambda machine, _: machine.stack.append(machine.since_mark()),
    "TUPLE": lambda machine, _: machine.stack.append(tuple(machine.since_mark())),
    "TUPLE1": lambda machine, _: machine.stack.append(machine.last(1)),
    "TUPLE2": lambda machine, _: machine.stack.append(machine.last(2)),
    "TUPLE3": lambda machine, _: machine.stack.append(machine.last(3)),
    "APPEND": lambda machine, _: machine.append(machine.last(1)),
    "APPENDS": lambda machine, _: machine.append(machine.since_mark()),
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), lambda machine, key: machine.memoize(key)),
    "MEMOIZE": lambda machine, _: machine.memoize(),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), lambda machine, key: machine.stack.append(machine.memo[key])),
}


# SLEAP's files: "Export Analysis HDF5", and .slp with the library `sleap_io`.

SLEAP = "SLEAP"
#: Axes of `tracks` in files that do not name them.
_AXES = ("track", "xy", "node", "frame")


def is_analysis(file: Any) -> bool:
    """Whether an open HDF5 file is SLEAP's analysis."""
    return "tracks" in file and "node_names" in file


def read_analysis(file: Any) -> Keypoints:
    """Read the lifter's track from an open analysis file."""
    expect_bounded(sum(file[name].size for name in ("tracks", "point_scores", "node_names") if name in file))
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
    """Read the lifter's track from SLEAP's .slp. Which track an instance belongs to is ignored.

    Raises:
        UsageError: `sleap_io` is not installed.
        ValueError: the file labels several videos.
    """
    labels = library("sleap_io", f"reading {path.name} (SLEAP exports .h5 without it)").load_slp(str(path), open_videos=False)
    shown = [frame for frame in labels.labeled_frames if len(frame.instances)]
    if len({id(frame.video) for frame in shown}) > 1:
        raise ValueError("it labels several videos, expected one")
    names = tuple(node.name for node in labels.skeletons[0].nodes)
    most = max((len(frame.instances) for frame in shown), default=0)
    expect_bounded(most * len(shown) * len(names) * 3)
    found = np.full((most, len(shown), len(names), 3), np.nan)
    for row, frame in enumerate(shown):
        for place, one in enumerate(frame.instances):
            found[place, row] = _scored(one)
    own = follow_lifter(found)
    frames = np.array([frame.frame_idx for frame in shown], dtype=np.int64)
    return Keypoints(SLEAP, names, own[..., :2], np.clip(np.nan_to_num(own[..., 2]), 0.0, 1.0), frames=frames)


def _scored(instance: Any) -> Array:
    """The (K, 3) points of an instance with scores (1 for manual labels)."""
    points = np.asarray(instance.numpy(), dtype=np.float64)[:, :2]
    scores = instance.points["score"] if "score" in instance.points.dtype.names else np.ones(len(points))
    return np.column_stack([points, scores])


def _ordered(dataset: Any, usual: tuple[str, ...], wanted: tuple[str, ...]) -> Array:
    """A dataset with its axes in the wanted order; newer files name their axes."""
    named = dataset.attrs.get("dims")
    axes = tuple(json.loads(named)) if named is not None else usual
    return np.transpose(np.asarray(dataset[:], dtype=np.float64), [axes.index(name) for name in wanted])
