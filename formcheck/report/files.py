"""`analysis.json` and `angles.csv`: written under a temporary name, then renamed, so that half a file is never seen."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np

from formcheck.analysis import (
    SCHEMA,
    Analysis,
    ClipFacts,
    ExerciseFacts,
    Finding,
    Measure,
    NotJudged,
    RepFacts,
    ScaleFacts,
    SoftwareFacts,
    Summary,
    ViewFacts,
)
from formcheck.errors import UsageError
from formcheck.motion.types import Array, Motion
from formcheck.reps import Rep


@lru_cache(maxsize=1)
def analysis_schema() -> dict[str, Any]:
    """The JSON schema of `analysis.json` that the package ships."""
    schema: dict[str, Any] = json.loads(files("formcheck.report").joinpath("schema.json").read_text(encoding="utf-8"))
    return schema


def analysis_to_data(analysis: Analysis) -> dict[str, Any]:
    """The analysis as plain data, checked against the schema. NaN becomes null: JSON has no NaN."""
    data = _without_nan({"schema": SCHEMA, **asdict(analysis)})
    # jsonschema calls a tuple no array; going through JSON also proves that the data can be written.
    plain: dict[str, Any] = json.loads(json.dumps(data, allow_nan=False))
    jsonschema.validate(plain, analysis_schema())
    return plain


def analysis_from_data(data: dict[str, Any]) -> Analysis:
    """Read an analysis back from the data of `analysis.json`.

    Raises:
        UsageError: the data is not a formcheck analysis of this version.
    """
    try:
        jsonschema.validate(data, analysis_schema())
    except jsonschema.ValidationError as error:
        raise UsageError(f"not a formcheck analysis ({error.message[:120]}); analyse the clip again.") from None
    reps = [
        RepFacts(**{**rep, "measures": {name: Measure(**m) for name, m in rep["measures"].items()}})
        for rep in data["reps"]
    ]
    return Analysis(
        clip=ClipFacts(**data["clip"]),
        exercise=ExerciseFacts(**data["exercise"]),
        view=ViewFacts(**data["view"]),
        scale=ScaleFacts(**data["scale"]),
        coverage=data["coverage"],
        repaired_frames=data.get("repaired_frames", 0),  # not in files of earlier versions
        reps=tuple(reps),
        findings=tuple(Finding(**finding) for finding in data["findings"]),
        not_judged=tuple(NotJudged(**entry) for entry in data["not_judged"]),
        summary=Summary(**data["summary"]),
        software=SoftwareFacts(**data["software"]),
    )


def write_analysis(analysis: Analysis, path: Path) -> None:
    """Write `analysis.json`."""
    write_text(path, json.dumps(analysis_to_data(analysis), indent=2, ensure_ascii=False) + "\n")


def read_analysis(path: Path) -> Analysis:
    """Read `analysis.json`.

    Raises:
        UsageError: it is missing or no formcheck analysis.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read as a formcheck analysis ({error}); analyse the clip again.") from None
    return analysis_from_data(data)


def write_angles(
    motion: Motion, reps: list[Rep], working: dict[int, Any], path: Path, frame_times: Array | None = None
) -> None:
    """Write `angles.csv`: one row a frame, `time_s` first; empty cells are unknown values.

    Leg angles are those of the working leg during a rep and of the near leg elsewhere. `bar_x_px`, `bar_y_px` are pixels
    of the picture (y down), corrected to the lifter's plane; `bar_x_m`, `bar_y_m` metres forward and up from the bar's
    first place. `pose` is 1 where the lifter is seen, `repaired` where left and right were put back. With `frame_times`
    (of the whole clip), frames outside the analysed shot get a row as well, empty but for their time.
    """
    columns = angle_columns(motion, reps, working)
    if frame_times is not None:
        columns = _padded(columns, frame_times)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([_cell(value) for value in row])
    write_text(path, stream.getvalue())


def angle_columns(motion: Motion, reps: list[Rep], working: dict[int, Any]) -> dict[str, Any]:
    """The columns of `angles.csv` by name, each with one value a frame."""
    times = motion.times
    numbers, phases = _phases(times, reps)
    columns: dict[str, Any] = {"time_s": times}
    for name in ("hip", "hip_signed", "knee", "shin", "thigh"):
        values = getattr(motion.near, name).values.copy()
        for rep in reps:
            during = rep.during(times)
            values[during] = getattr(motion.legs[working[rep.index]], name).values[during]
        columns[f"{name}_deg"] = values
    columns["far_hip_deg"] = motion.far.hip.values
    columns["far_knee_deg"] = motion.far.knee.values
    columns["trunk_deg"] = motion.trunk.values
    columns["head_deg"] = motion.head.values
    if motion.spine is not None:
        columns["thoracic_bend_deg"] = motion.spine.thoracic.values
        columns["lumbar_bend_deg"] = motion.spine.lumbar.values
    if motion.bar is not None:
        path, scale = motion.bar.path, motion.scale.px_per_m
        known = np.flatnonzero(np.isfinite(path[:, 0]))
        first = path[known[0]] if len(known) else np.zeros(2)
        columns["bar_x_px"], columns["bar_y_px"] = path[:, 0], path[:, 1]
        columns["bar_x_m"] = motion.body.view.forward * (path[:, 0] - first[0]) / scale
        columns["bar_y_m"] = -(path[:, 1] - first[1]) / scale
        columns["bar_quality"] = motion.bar.quality
    columns["hip_sd_deg"] = motion.near.hip.sd
    columns["knee_sd_deg"] = motion.near.knee.sd
    columns["trunk_sd_deg"] = motion.trunk.sd
    columns["pose"] = np.isfinite(motion.trunk.values).astype(int)
    columns["repaired"] = motion.body.repaired.astype(int)
    columns["rep"], columns["phase"] = numbers, phases
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


def write_text(path: Path, text: str) -> None:
    """Write a text file so that it is either complete or not there."""
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def _phases(times: Array, reps: list[Rep]) -> tuple[list[int | None], list[str]]:
    numbers: list[int | None] = [None] * len(times)
    phases = [""] * len(times)
    for rep in reps:
        second = "lifting" if rep.first == "lowering" else "lowering"
        for row in np.flatnonzero(rep.during(times)):
            time = times[row]
            numbers[row] = rep.index
            phases[row] = rep.first if time < rep.turn_start_s else second if time > rep.turn_end_s else "pause"
    return numbers, phases


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, (float, np.floating)):
        return f"{value:.4f}".rstrip("0").rstrip(".") if np.isfinite(value) else ""
    return value


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, np.integer):
        return int(value)
    return value
