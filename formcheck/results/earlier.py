"""Upgrading `analysis.json` of earlier versions."""

from __future__ import annotations

from typing import Any

from formcheck.results.analysis import SCHEMA

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
