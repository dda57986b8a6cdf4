"""JSON encoding, validation and schemas of the dataclasses that formcheck writes, and upgrading files of earlier versions.

The types are the contract. NaN is written as null, as JSON has no NaN. `python -m formcheck.results.encoding` prints the JSON
schema of `analysis.json`; that of `compare.json` is `schema_of(Comparison)`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import numpy as np

from formcheck.errors import UsageError, why
from formcheck.results.analysis import SCHEMA, Analysis
from formcheck.runtime.files import write_text

FIRST = "formcheck.analysis/1"
#: Schemas that `upgraded` accepts.
EARLIER = (FIRST,)

#: Names in the first schema and their current ones.
REP_FIELDS = {"lowering_s": "eccentric_s", "lifting_s": "concentric_s"}
MEASURES = {"lifting_velocity_mean": "concentric_velocity_mean", "lifting_velocity_peak": "concentric_velocity_peak"}
CONSISTENCY = {"lowering_cv_percent": "eccentric_cv_percent", "lifting_cv_percent": "concentric_cv_percent"}


def upgraded(data: dict[str, Any]) -> dict[str, Any]:
    """The data of an earlier version in the current schema.

    In the first schema `exercise.name` was the main exercise and `exercise.kind` the one whose rules were applied, and the
    phases were called lowering and lifting. Fields missing in old files get defaults.
    """
    exercise = dict(data["exercise"])
    main = exercise.pop("name")
    exercise |= {"name": exercise.pop("kind", main), "family": main}
    reps = [
        {**_renamed(rep, REP_FIELDS), "turn_end_s": rep.get("turn_end_s", rep["turn_s"]),
         "measures": _renamed(rep["measures"], MEASURES)}
        for rep in data["reps"]
    ]  # fmt: skip
    summary = {**data["summary"], "consistency": _renamed(data["summary"].get("consistency", {}), CONSISTENCY)}
    return {"repaired_frames": 0, **data, "schema": SCHEMA, "exercise": exercise, "reps": reps, "summary": summary}


def _renamed(data: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in data.items()}


T = TypeVar("T")


def json_of(value: Any) -> str:
    """A dataclass as JSON, indented.

    Raises:
        msgspec.ValidationError: a field does not match its type.
    """
    encoded = msgspec.json.encode(value, enc_hook=_plain)
    msgspec.json.decode(encoded, type=type(value))
    return msgspec.json.format(encoded, indent=2).decode() + "\n"


def data_of(value: Any) -> dict[str, Any]:
    """A dataclass as plain data, as in its file."""
    data: dict[str, Any] = msgspec.json.decode(json_of(value))
    return data


def schema_of(kind: type) -> dict[str, Any]:
    """The JSON schema of a dataclass, described by its docstring."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}


def analysis_from_data(data: Any) -> Analysis:
    """Read an analysis from the data of `analysis.json`, also of an earlier version.

    Raises:
        UsageError: the data is not a formcheck analysis, or of a newer version.
    """
    schema = data.get("schema") if isinstance(data, dict) else None
    try:
        if schema in EARLIER:
            data = upgraded(data)
        elif schema != SCHEMA:
            raise UsageError(_foreign(schema))
        return msgspec.convert(data, Analysis)
    except (KeyError, TypeError, AttributeError):  # of an earlier version, and not as that version wrote it
        raise UsageError("not a formcheck analysis (the file does not fit its schema); analyse the clip again.") from None
    except msgspec.ValidationError as error:
        found = re.search(r"at `\$\.?(.*?)`", str(error))
        place = re.sub(r"\[(\w+|\.\.\.)\]", r".\1", found.group(1)).replace("...", "*") if found else ""
        place = place or "the file"
        raise UsageError(f"not a formcheck analysis ({place} does not fit its schema); analyse the clip again.") from None


def write_analysis(analysis: Analysis, path: Path) -> None:
    """Write `analysis.json`."""
    write_text(path, json_of(analysis))


def read_analysis(path: Path) -> Analysis:
    """Read `analysis.json`, also that of an earlier version.

    Raises:
        UsageError: it is missing, or not a formcheck analysis.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path} cannot be read as a formcheck analysis ({why(error)}); analyse the clip again.") from None
    return analysis_from_data(data)


def _foreign(schema: Any) -> str:
    newer = re.fullmatch(r"formcheck\.analysis/(\d+)", schema) if isinstance(schema, str) else None
    if newer:
        return f"the analysis was written by a newer formcheck ({schema}; this one knows {SCHEMA}); update formcheck."
    return "not a formcheck analysis (the file does not fit its schema); analyse the clip again."


def _plain(value: Any) -> Any:
    """NumPy numbers as Python's, for the encoder."""
    if isinstance(value, np.generic):
        return value.item()
    raise NotImplementedError(f"{type(value).__name__} has no place in JSON")


if __name__ == "__main__":
    print(msgspec.json.format(msgspec.json.encode(schema_of(Analysis)), indent=2).decode())
