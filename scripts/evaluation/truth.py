"""Exact truth of a rendered clip: its `NAME.truth.json` as arrays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Joints whose true pixel positions are compared, as named in the truth files (near and far side alike).
TRUE_JOINTS = ("ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "toe")


@dataclass(frozen=True)
class TrueRep:
    """When a rendered repetition really happened, seconds; `turn_s` to `turn_end_s` is the pause at the turn.

    `faults` are those of this rep, None in a truth whose reps are all alike. `clean_of` are rules it certainly keeps; None
    where every rule that is not a fault is kept. `severity` is the true value behind each rule, in a clip of the studio.
    """

    start_s: float
    turn_s: float
    turn_end_s: float
    end_s: float
    faults: tuple[str, ...] | None = None
    clean_of: tuple[str, ...] | None = None
    severity: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Studio:
    """How the studio filmed a clip: its own name of the exercise, the body, the plates (metres, None without any), the unit
    of each rule's severity, and the conditions by name."""

    kind: str
    body: str
    plate_m: float | None
    units: Mapping[str, str]
    conditions: Mapping[str, Any]


@dataclass(frozen=True)
class Truth:
    """The truth of a rendered clip on its F frames.

    Attributes:
        times: (F,) seconds from the clip's first frame.
        angles: name -> (F,) degrees, named as in the truth file; NaN where it has none.
        points: "near_hip", "far_ankle", ... -> (F, 2) pixels, x right, y down.
        load_px: (F, 2) pixels of the near plate's centre or of the near dumbbell; NaN without either.
        load_px_per_m: pixels a metre where the load is (nearer to the camera than the lifter's middle).
        bar_px: (F, 2) pixels of the bar in the lifter's sagittal plane; NaN without a bar.
        px_per_m: pixels a metre in that plane.
        front_leg: "near" or "far" in a split squat, None elsewhere.
        clean_of: rules that every rep certainly keeps; None where every rule that is not a fault is kept.
        studio: how it was filmed, for clips of the studio.
    """

    name: str
    exercise: str
    faults: tuple[str, ...]
    near_side: str
    facing: str
    yaw_deg: float
    reps: tuple[TrueRep, ...]
    times: Array
    angles: dict[str, Array]
    points: dict[str, Array]
    load: str
    load_px: Array
    load_px_per_m: float
    bar_px: Array
    px_per_m: float
    front_leg: str | None
    clean_of: tuple[str, ...] | None = None
    studio: Studio | None = None

    @property
    def duration_s(self) -> float:
        """Seconds from the first frame to the end of the last one."""
        return float(self.times[-1] + np.median(np.diff(self.times)))

    @property
    def trunk_px(self) -> float:
        """Median length of the near shoulder-hip line, pixels: the unit of joint errors."""
        return float(np.median(np.linalg.norm(self.points["near_shoulder"] - self.points["near_hip"], axis=1)))


def read_truth(path: Path) -> Truth:
    """Read `NAME.truth.json`.

    Raises:
        ValueError: the file is not a truth file; says which key is missing.
    """
    raw = json.loads(path.read_text(encoding="utf-8"))
    frames = raw.get("frames")
    if not frames:
        raise ValueError(f"{path.name} has no `frames`; expected the truth file of a rendered clip.")
    try:
        plates = raw["px_per_m_near_plate"] is not None
        return Truth(
            name=path.name.removesuffix(".truth.json"),
            exercise=raw["exercise"],
            faults=tuple(raw["faults"]),
            near_side=raw["near_side"],
            facing=raw["facing"],
            yaw_deg=float(raw["camera_yaw_deg"]),
            reps=tuple(_rep(rep) for rep in raw["reps"]),
            times=np.array([frame["time_s"] for frame in frames], dtype=np.float64),
            angles=_angles(frames),
            points={
                f"{side}_{name}": _pairs([frame.get(f"{side}_{name}") for frame in frames])
                for side in ("near", "far")
                for name in TRUE_JOINTS
            },
            load=raw["load"],
            load_px=_pairs([frame.get("near_plate_px" if plates else "near_dumbbell_px") for frame in frames]),
            load_px_per_m=float(raw["px_per_m_near_plate"] if plates else raw["px_per_m"]),
            bar_px=_pairs([frame.get("bar_px") for frame in frames]),
            px_per_m=float(raw["px_per_m"]),
            front_leg=raw.get("front_leg"),
            clean_of=None if raw.get("clean_of") is None else tuple(raw["clean_of"]),
            studio=_studio(raw) if "kind" in raw else None,
        )
    except KeyError as missing:
        raise ValueError(f"{path.name} lacks {missing}; expected the truth file of a rendered clip.") from None


def at_times(times: Array, values: Array, wanted: Array) -> Array:
    """The true `values` (F,) or (F, 2) at other times, linear between frames, NaN more than a frame outside them."""
    columns = values[:, None] if values.ndim == 1 else values
    result = np.column_stack([np.interp(wanted, times, columns[:, k]) for k in range(columns.shape[1])])
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    result[(wanted < times[0] - step) | (wanted > times[-1] + step)] = np.nan
    return result[:, 0] if values.ndim == 1 else result


def _rep(raw: dict[str, Any]) -> TrueRep:
    start, turn, turn_end, end = (float(raw[name]) for name in ("start_s", "turn_s", "turn_end_s", "end_s"))
    faults, clean = (None if raw.get(name) is None else tuple(raw[name]) for name in ("faults", "clean_of"))
    return TrueRep(start, turn, turn_end, end, faults, clean, raw.get("severity") or {})


def _studio(raw: dict[str, Any]) -> Studio:
    return Studio(raw["kind"], raw["body"], raw["plate_diameter_m"], raw["severity_units"], raw["conditions"])


def _angles(frames: list[dict[str, Any]]) -> dict[str, Array]:
    names = {name for frame in frames for name in frame["angles"]}
    return {
        name: np.array([_number(frame["angles"].get(name)) for frame in frames], dtype=np.float64)
        for name in sorted(names)
    }


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _pairs(values: list[list[float] | None]) -> Array:
    return np.array([[np.nan, np.nan] if value is None else value for value in values], dtype=np.float64)
