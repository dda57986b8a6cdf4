"""`angles.csv`: the angles, the back and the bar on every frame of the clip."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.lifts.exercise import Shot
from formcheck.motion.body import Array
from formcheck.results.catalogue import signal_columns
from formcheck.results.rep import Rep
from formcheck.runtime.files import write_text


def write_angles(shots: Sequence[Shot], path: Path, frame_times: Array | None = None) -> None:
    """Write `angles.csv`: one row a frame, `time_s` first; empty cells are unknown values.

    The columns are the same for every clip; `left_...` and `right_...` are the lifter's. `near_side` is the side nearest the
    camera, `working_leg` the leg measured during a rep (the near one if both work; empty between reps). `bar_x_px`,
    `bar_y_px` are pixels of the picture (y down), corrected to the lifter's plane; `bar_x_m`, `bar_y_m` are metres forward and
    up from the bar's first position in its shot. `pose` is 1 where the lifter is seen, `repaired` where a left-right swap was
    corrected, `shot` the number of the analysed shot. `frame_times` (of the whole clip) adds rows for all other frames, empty
    except for their time.
    """
    columns = angle_table(shots, frame_times)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([csv_cell(value, 4) for value in row])
    write_text(path, stream.getvalue())


def angle_table(shots: Sequence[Shot], frame_times: Array | None = None) -> dict[str, Any]:
    """The columns of `angles.csv` by name, with one value for each frame of the shots, or of `frame_times` if given."""
    parts = [angle_columns(shot) for shot in shots]
    columns = {name: [value for part in parts for value in part[name]] for name in parts[0]}
    return columns if frame_times is None else _padded(columns, frame_times)


def angle_columns(shot: Shot) -> dict[str, Any]:
    """The columns of `angles.csv` by name, with one value for each frame of the shot; NaN if unknown."""
    motion, times = shot.motion, shot.motion.times
    numbers, phases = _phases(times, shot.reps)
    columns: dict[str, Any] = {"time_s": times}
    columns |= signal_columns(motion)
    columns["pose"] = np.isfinite(motion.trunk.values).astype(int)
    columns["repaired"] = motion.body.repaired.astype(int)
    columns["near_side"] = [motion.body.view.side] * len(times)
    columns["working_leg"] = ["" if number is None else shot.working[number] for number in numbers]
    columns["rep"], columns["phase"] = numbers, phases
    columns["shot"] = [shot.number] * len(times)
    return columns


def _padded(columns: dict[str, Any], frame_times: Array) -> dict[str, Any]:
    rows = np.searchsorted(frame_times, np.asarray(columns["time_s"]) - 1e-6)
    padded: dict[str, Any] = {}
    for name, values in columns.items():
        whole: list[Any] = [0 if name in ("pose", "repaired") else None] * len(frame_times)
        for row, value in zip(rows, values, strict=True):
            whole[row] = value
        padded[name] = whole
    padded["time_s"] = frame_times
    return padded


def _phases(times: Array, reps: Sequence[Rep]) -> tuple[list[int | None], list[str]]:
    numbers: list[int | None] = [None] * len(times)
    phases = [""] * len(times)
    for rep in reps:
        for row in np.flatnonzero(rep.during(times)):
            time = times[row]
            numbers[row] = rep.index
            before, after = time < rep.turn_start_s, time > rep.turn_end_s
            phases[row] = rep.first if before else rep.second if after else "pause"
    return numbers, phases


def csv_cell(value: Any, digits: int) -> Any:
    """A value as a cell of a CSV file, without trailing zeros; empty if unknown."""
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{value:.{digits}f}".rstrip("0").rstrip(".") if np.isfinite(value) else ""
    return value
