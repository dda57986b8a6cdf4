"""Tables of a result as columns by name: frames with their angles, reps with their measures, keypoints frame by frame.

Units are in the names of the columns.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from formcheck.lifts.exercise import Shot
from formcheck.outputs.angles import angle_table, csv_cell
from formcheck.outputs.shown import rule_title
from formcheck.pose.skeleton import Joint
from formcheck.pose.track import PoseTrack
from formcheck.results.analysis import Analysis
from formcheck.results.rows import rep_rows
from formcheck.runtime.files import atomic_write
from formcheck.units import unit_of

Columns = dict[str, Any]

def angle_columns(shots: Sequence[Shot], track: PoseTrack) -> Columns:
    """One row for every frame of the clip's analysed part, as in `angles.csv`."""
    return {name: _clean(values) for name, values in angle_table(shots, track.frame_times).items()}


def rep_columns(analysis: Analysis) -> Columns:
    """One row a rep: times, tempo, range, verdict, and every measure and its standard deviation with the unit in the name."""
    rows = rep_rows(analysis)
    return {name: _clean(row.get(name) for row in rows) for name in dict.fromkeys(name for row in rows for name in row)}


def keypoint_columns(shots: Sequence[Shot]) -> Columns:
    """One row for every keypoint of every analysed frame: the cleaned joints that all angles are measured on.

    `x_px` right and `y_px` down in the clip's picture, `sd_px` their standard deviation, `seen` how far the keypoint was
    seen (0-1; below 0.5 the place is a guess), `shot` the number of the shot.
    """
    names = [joint.name.lower() for joint in Joint]
    bodies = [(shot.number, shot.motion.body) for shot in shots]
    return {
        "time_s": np.concatenate([np.repeat(body.times, len(names)) for _, body in bodies]),
        "shot": np.concatenate([np.full(len(body.times) * len(names), shot) for shot, body in bodies]),
        "keypoint": names * sum(len(body.times) for _, body in bodies),
        "x_px": np.concatenate([body.points[:, :, 0].ravel() for _, body in bodies]),
        "y_px": np.concatenate([body.points[:, :, 1].ravel() for _, body in bodies]),
        "sd_px": np.concatenate([body.sd.ravel() for _, body in bodies]),
        "seen": np.concatenate([body.visibility.ravel() for _, body in bodies]),
    }


def landmark_columns(track: PoseTrack) -> Columns:
    """One row for every keypoint of every picture that the pose model looked at, as the model gave it.

    `depth_px` from the hips, smaller is nearer; `world_x_m`, `world_y_m`, `world_z_m` metres from the middle of the hips:
    right, down, away from the camera. NaN where the lifter was not found or the model does not tell.
    """
    names = [joint.name.lower() for joint in Joint]
    columns: Columns = {
        "time_s": np.repeat(track.times, len(names)),
        "keypoint": names * len(track.samples),
        "x_px": track.points[:, :, 0].ravel(),
        "y_px": track.points[:, :, 1].ravel(),
        "visibility": track.visibility.ravel(),
        "depth_px": track.depth.ravel(),
    }
    for axis, name in enumerate("xyz"):
        columns[f"world_{name}_m"] = track.world[:, :, axis].ravel()
    return columns


def finding_columns(analysis: Analysis) -> Columns:
    """One row a finding, in order of time: `rep`, `rule`, `title`, `severity` ("fault", "borderline" or "note"), `time_s`,
    `value` and `limit` in `unit`, `confidence` (0-1), `message` and `cue`."""
    found = analysis.findings
    return {
        "rep": [finding.rep for finding in found],
        "rule": [finding.rule for finding in found],
        "title": [rule_title(analysis.exercise.name, finding.rule) for finding in found],
        "severity": ["note" if finding.severity == "info" else finding.severity for finding in found],
        **{
            name: [getattr(finding, name) for finding in found]
            for name in ("time_s", "value", "limit", "unit", "confidence", "message", "cue")
        },
    }


def _clean(values: Any) -> Any:
    """A column whose missing numbers are None or NaN as an array of numbers where it holds numbers."""
    plain = list(values)
    if any(isinstance(value, str) for value in plain):
        return [value or None for value in plain]
    whole = all(isinstance(value, (int, np.integer)) for value in plain)
    numbers = np.asarray([np.nan if value is None else value for value in plain], dtype=np.int64 if whole else np.float64)
    return numbers


# The three tables (angles, keypoints, reps) as CSV, and as Parquet with the unit of every column in its metadata.

def write_csv(columns: Columns, path: Path) -> None:
    """Write a table; what is missing is an empty cell."""
    with atomic_write(path) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*([csv_cell(value, 6) for value in values] for values in columns.values()), strict=True))


def write_parquet(columns: Columns, path: Path, facts: dict[str, Any]) -> None:
    """Write a table; `facts` go into the file's metadata under "formcheck", a column's unit into its field's under "unit"."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Texts are lists, numbers arrays; NaN becomes null.
    arrays = [pa.array(own, pa.string() if isinstance(own, list) else None, from_pandas=True) for own in columns.values()]
    fields = [
        pa.field(name, array.type, metadata={"unit": unit_of(name)} if unit_of(name) else None)
        for name, array in zip(columns, arrays, strict=True)
    ]
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields, metadata={"formcheck": json.dumps(facts)}))
    with atomic_write(path) as partial:
        pq.write_table(table, partial)
