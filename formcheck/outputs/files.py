"""`analysis.json` and `angles.csv`: written under a temporary name, then renamed, so that half a file is never seen."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np

from formcheck.errors import UsageError, why
from formcheck.lifts.exercise import FilmedSet
from formcheck.lifts.reps import Phase, Rep
from formcheck.motion.body import Array
from formcheck.motion.motion import Motion
from formcheck.pose.skeleton import SIDES
from formcheck.results.analysis import (
    NAN,
    SCHEMA,
    Analysis,
    ClipFacts,
    DamagedPart,
    ExerciseFacts,
    Finding,
    NotCounted,
    NotJudged,
    Quantity,
    RepFacts,
    ScaleFacts,
    ShotFacts,
    SoftwareFacts,
    Summary,
    ViewFacts,
)
from formcheck.runtime.files import write_text

#: The columns of `angles.csv` about each leg and about the bar.
LEG_ANGLES = ("hip", "hip_signed", "knee", "shin", "thigh")
#: What the column `phase` of `angles.csv` calls the phases of a rep.
PHASE_NAMES: dict[Phase, str] = {"eccentric": "lowering", "concentric": "lifting"}
BAR_COLUMNS = ("bar_x_px", "bar_y_px", "bar_x_m", "bar_y_m", "bar_quality")


@lru_cache
def shipped_schema(package: str) -> dict[str, Any]:
    """The JSON schema that a package ships for the file it writes."""
    schema: dict[str, Any] = json.loads(files(package).joinpath("schema.json").read_text(encoding="utf-8"))
    return schema


def analysis_schema() -> dict[str, Any]:
    """The JSON schema of `analysis.json`."""
    return shipped_schema("formcheck.outputs")


def analysis_to_data(analysis: Analysis) -> dict[str, Any]:
    """The analysis as plain data, checked against the schema. NaN becomes null: JSON has no NaN."""
    data = _without_nan({"schema": SCHEMA, **asdict(analysis)})
    data["exercise"] = _exercise(data["exercise"])
    for rep in data["reps"]:
        rep["measures"] = {name: _measure(quantity) for name, quantity in rep["measures"].items()}
    return checked(data, analysis_schema())


def checked(data: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The data as it will be read back; raises jsonschema's ValidationError where that is not what the schema says."""
    # jsonschema calls a tuple no array; going through JSON also proves that the data can be written.
    plain: dict[str, Any] = json.loads(json.dumps(data, allow_nan=False))
    jsonschema.validate(plain, schema)
    return plain


def analysis_from_data(data: dict[str, Any]) -> Analysis:
    """Read an analysis back from the data of `analysis.json`.

    Raises:
        UsageError: the data is not a formcheck analysis of this version.
    """
    try:
        jsonschema.validate(data, analysis_schema())
    except jsonschema.ValidationError as error:
        place = ".".join(map(str, error.absolute_path)) or "the file"
        raise UsageError(f"not a formcheck analysis ({place} does not fit its schema); analyse the clip again.") from None
    reps = [
        RepFacts(**{**rep, "measures": {name: _quantity(m) for name, m in rep["measures"].items()}})
        for rep in data["reps"]
    ]
    return Analysis(
        clip=ClipFacts(**{**data["clip"], "damaged": tuple(DamagedPart(**d) for d in data["clip"].get("damaged", ()))}),
        exercise=_exercise_facts(data["exercise"]),
        view=ViewFacts(**data["view"]),
        scale=ScaleFacts(**data["scale"]),
        coverage=data["coverage"],
        repaired_frames=data.get("repaired_frames", 0),  # not in files of earlier versions
        reps=tuple(reps),
        findings=tuple(Finding(**finding) for finding in data["findings"]),
        not_judged=tuple(NotJudged(**entry) for entry in data["not_judged"]),
        summary=Summary(**data["summary"]),
        software=SoftwareFacts(**data["software"]),
        not_counted=tuple(NotCounted(**entry) for entry in data.get("not_counted", ())),
        shots=tuple(ShotFacts(**{**shot, "view": ViewFacts(**shot["view"])}) for shot in data.get("shots", ())),
    )


def _exercise(facts: dict[str, Any]) -> dict[str, Any]:
    """As `analysis.json` has it: `name` is the main exercise of the family, which every reader of the file knows, `kind` the
    exercise whose rules were applied."""
    others = {key: value for key, value in facts.items() if key not in ("name", "main")}
    return {"name": facts["main"] or facts["name"], "kind": facts["name"], **others}


def _exercise_facts(data: dict[str, Any]) -> ExerciseFacts:
    own = {key: value for key, value in data.items() if key not in ("name", "kind")}
    kind = data.get("kind", data["name"])  # earlier versions named no kind
    return ExerciseFacts(name=kind, main=None if kind == data["name"] else data["name"], **own)


def _measure(quantity: dict[str, Any]) -> dict[str, Any]:
    """A quantity as `analysis.json` has it: rounded, without what only the rules need."""
    numbers = {name: quantity[name] for name in ("value", "sd")}
    return {"unit": quantity["unit"], **{name: None if n is None else round(n, 3) for name, n in numbers.items()}}


def _quantity(measure: dict[str, Any]) -> Quantity:
    value, sd = (NAN if (number := measure.get(name)) is None else number for name in ("value", "sd"))
    return Quantity(value, measure["unit"], sd)  # files of earlier versions have no sd


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
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as a formcheck analysis ({why(error)}); analyse the clip again.") from None
    return analysis_from_data(data)


def write_angles(takes: Sequence[FilmedSet], path: Path, frame_times: Array | None = None) -> None:
    """Write `angles.csv`: one row a frame, `time_s` first; empty cells are unknown values.

    The columns are the same for every clip, and each leg keeps its own: `left_...` and `right_...` are the
    lifter's. `near_side` says which is nearer to the camera, `working_leg` which one the rules measure during a rep (the
    near one where both work alike; empty between reps). `bar_x_px`, `bar_y_px` are pixels of the picture (y down),
    corrected to the lifter's plane; `bar_x_m`, `bar_y_m` metres forward and up from the bar's first place in its shot.
    `pose` is 1 where the lifter is seen, `repaired` where left and right were put back, `shot` the number of the shot
    that was analysed. With `frame_times` (of the whole clip), frames outside the takes get a row as well, empty but for
    their time.
    """
    columns = angle_table(takes, frame_times)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(columns)
    for row in zip(*columns.values(), strict=True):
        writer.writerow([_cell(value) for value in row])
    write_text(path, stream.getvalue())


def angle_table(takes: Sequence[FilmedSet], frame_times: Array | None = None) -> dict[str, Any]:
    """The columns of `angles.csv` by name, each with one value a frame of the takes, or of `frame_times` where given."""
    parts = [angle_columns(take) for take in takes]
    columns = {name: [value for part in parts for value in part[name]] for name in parts[0]}
    return columns if frame_times is None else _padded(columns, frame_times)


def angle_columns(take: FilmedSet) -> dict[str, Any]:
    """The columns of `angles.csv` by name, each with one value a frame of the take; NaN for what the take does not show."""
    motion, times = take.motion, take.motion.times
    numbers, phases = _phases(times, take.reps)
    columns: dict[str, Any] = {"time_s": times}
    for side in SIDES:
        for name in LEG_ANGLES:
            columns[f"{side}_{name}_deg"] = getattr(motion.legs[side], name).values
    columns["trunk_deg"] = motion.trunk.values
    columns["head_deg"] = motion.head.values
    unknown = np.full(len(times), np.nan)
    columns["thoracic_bend_deg"] = motion.spine.thoracic.values if motion.spine is not None else unknown
    columns["lumbar_bend_deg"] = motion.spine.lumbar.values if motion.spine is not None else unknown
    columns |= _bar_columns(motion) or dict.fromkeys(BAR_COLUMNS, unknown)
    for side in SIDES:
        columns[f"{side}_hip_sd_deg"] = motion.legs[side].hip.sd
        columns[f"{side}_knee_sd_deg"] = motion.legs[side].knee.sd
    columns["trunk_sd_deg"] = motion.trunk.sd
    columns["pose"] = np.isfinite(motion.trunk.values).astype(int)
    columns["repaired"] = motion.body.repaired.astype(int)
    columns["near_side"] = [motion.body.view.side] * len(times)
    columns["working_leg"] = ["" if number is None else take.working[number] for number in numbers]
    columns["rep"], columns["phase"] = numbers, phases
    columns["shot"] = [take.shot] * len(times)
    return columns


def _bar_columns(motion: Motion) -> dict[str, Any]:
    if motion.bar is None:
        return {}
    path, scale = motion.bar.path, motion.scale.px_per_m
    known = np.flatnonzero(np.isfinite(path[:, 0]))
    first = path[known[0]] if len(known) else np.zeros(2)
    forward, up = motion.body.view.forward * (path[:, 0] - first[0]), -(path[:, 1] - first[1])
    values = (path[:, 0], path[:, 1], forward / scale, up / scale, motion.bar.quality)
    return dict(zip(BAR_COLUMNS, values, strict=True))


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
            phases[row] = PHASE_NAMES[rep.first] if before else PHASE_NAMES[rep.second] if after else "pause"
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
