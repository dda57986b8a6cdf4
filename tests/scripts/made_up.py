"""Made-up clips with known answers: a truth file, and what a formcheck that is wrong by a known amount would say."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.labels import TRUE_JOINTS, Array, ClipLabel, TrueRep, Truth
from evaluation.outcome import Outcome
from formcheck.results.analysis import Finding, JudgedRep, NotJudged, Severity

FPS = 24
TIMES = np.arange(0, 8, 1 / FPS)
REPS = (TrueRep(0.7, 2.0, 2.5, 3.5), TrueRep(4.0, 5.5, 6.0, 7.0))


def swing() -> Array:
    """(F,) 0 at rest, 1 at the turn of each rep."""
    level = np.zeros(len(TIMES))
    for rep in REPS:
        going = np.clip((TIMES - rep.start_s) / (rep.turn_s - rep.start_s), 0, 1)
        coming = np.clip((TIMES - rep.turn_end_s) / (rep.end_s - rep.turn_end_s), 0, 1)
        level += going - coming
    return level


def true_angles() -> dict[str, Array]:
    level = swing()
    return {
        "hip": 180 - 90 * level,
        "knee": 180 - 20 * level,
        "far_hip": 170 - 60 * level,
        "far_knee": 175 - 70 * level,
        "trunk_inclination": 80 * level,
        "shin_inclination": 5 * level,
        "head_to_trunk": 10 + 0 * level,
        "thoracic_bend": 0 * level,
        "lumbar_bend": 25 * level,
    }


def true_points() -> dict[str, Array]:
    level = swing()
    places = {"ear": (220, 60), "shoulder": (200, 100), "elbow": (205, 160), "wrist": (210, 220), "hip": (200, 250),
              "knee": (210, 380), "ankle": (200, 500), "heel": (190, 520), "toe": (250, 520)}
    points = {}
    for name in TRUE_JOINTS:
        x, y = places[name]
        moved = np.column_stack([x + 30 * level, np.full(len(TIMES), float(y))])
        points[f"near_{name}"] = moved
        points[f"far_{name}"] = moved + np.array([15.0, -9.0])
    return points


def truth(exercise: str = "romanian_deadlift", faults: tuple[str, ...] = ("bar_drift",), **changed: Any) -> Truth:
    level = swing()
    facts: dict[str, Any] = {
        "name": "made_up",
        "exercise": exercise,
        "faults": faults,
        "near_side": "right",
        "facing": "right",
        "yaw_deg": 0.0,
        "reps": REPS,
        "times": TIMES,
        "angles": true_angles(),
        "points": true_points(),
        "load": "barbell",
        "load_px": np.column_stack([220 + 10 * level, 240 + 120 * level]),
        "load_px_per_m": 300.0,
        "bar_px": np.column_stack([215 + 8 * level, 235 + 100 * level]),
        "px_per_m": 250.0,
        "front_leg": None,
    }
    return Truth(**{**facts, **changed})


def columns(**changed: Array) -> dict[str, Array]:
    """Columns of an angles.csv that is exactly right, but for those that are given."""
    angles, level = true_angles(), swing()
    right = {
        "time_s": TIMES,
        "hip_deg": angles["hip"],
        "knee_deg": angles["knee"],
        "trunk_deg": angles["trunk_inclination"],
        "shin_deg": angles["shin_inclination"],
        "head_deg": angles["head_to_trunk"],
        "thoracic_bend_deg": angles["thoracic_bend"] + 12,
        "lumbar_bend_deg": angles["lumbar_bend"] - 30,
        "bar_x_px": 200 + 8 * level,
        "bar_y_px": 300 + 100 * level,
    }
    return {**right, **changed}


def label(
    faults: tuple[str, ...] = ("bar_drift",), clean_of: tuple[str, ...] = ("overdepth",), **changed: Any
) -> ClipLabel:
    facts: dict[str, Any] = {
        "file": "rendered/made_up.mp4",
        "path": Path("made_up.mp4"),
        "kind": "rendered",
        "exercise": "romanian_deadlift",
        "variant": "barbell",
        "reps": 2,
        "reps_tolerance": 0,
        "view": "side",
        "near_side": "right",
        "faults": faults,
        "clean_of": clean_of,
        "truth": truth(faults=faults),
    }
    return ClipLabel(**{**facts, **changed})


def found_rep(index: int, start_s: float, turn_s: float, turn_end_s: float, end_s: float) -> JudgedRep:
    return JudgedRep(index, start_s, turn_s, turn_end_s, end_s, None, None, None, 80.0, {}, "not_judged")


def finding(rule: str, severity: Severity, rep: int, confidence: float = float("nan")) -> Finding:
    return Finding(rule, severity, rep, 0.0, 0, 5.0, 10.0, "deg", confidence, "", "")


def outcome(
    *,
    late_s: float = 0.0,
    stretch: float = 1.0,
    reps: int | None = None,
    accused: dict[str, tuple[int, ...]] | None = None,
    not_judged: tuple[NotJudged, ...] = (),
    **changed: Any,
) -> Outcome:
    """An analysis that is right but for what is said: reps `late_s` late, times `stretch`ed, rules `accused`."""
    found = tuple(
        found_rep(n + 1, *(stretch * t + late_s for t in (r.start_s, r.turn_s, r.turn_end_s, r.end_s)))
        for n, r in enumerate(REPS)
    )
    facts: dict[str, Any] = {
        "exit_code": 0,
        "exercise": "romanian_deadlift",
        "side": "right",
        "facing": "right",
        "coverage": 1.0,
        "duration_s": 8.0,
        "reps": found if reps is None else tuple(found_rep(n + 1, n, n + 0.4, n + 0.5, n + 0.9) for n in range(reps)),
        "findings": tuple(finding(rule, "fault", rep) for rule, where in (accused or {}).items() for rep in where),
        "not_judged": not_judged,
        "columns": columns(time_s=TIMES * stretch),
        "px_per_m": 255.0,
        "points": {**true_points(), "load": truth().load_px},
        "point_times": TIMES * stretch,
        "seconds": 1.0,
    }
    return Outcome(**{**facts, **changed})


def write_truth(folder: Path, name: str = "made_up", **changed: Any) -> Path:
    """A truth file of two frames a second, in the renderer's format, and an empty clip beside it."""
    angles, points = true_angles(), true_points()
    frames = [
        {
            "time_s": float(TIMES[k]),
            "near_plate_px": [220.0, 240.0],
            "bar_px": [221.0, 238.0],
            "angles": {key: float(values[k]) for key, values in angles.items()},
            **{key: [float(v) for v in values[k]] for key, values in points.items()},
        }
        for k in range(0, len(TIMES), 12)
    ]
    raw = {
        "exercise": "romanian_deadlift",
        "faults": ["bar_drift"],
        "near_side": "right",
        "facing": "right",
        "camera_yaw_deg": 0,
        "px_per_m": 260.0,
        "px_per_m_near_plate": 300.0,
        "load": "barbell",
        "front_leg": None,
        "reps": [asdict(rep) for rep in REPS],
        "frames": frames,
    }
    path = folder / f"{name}.truth.json"
    path.write_text(json.dumps({**raw, **changed}), encoding="utf-8")
    (folder / f"{name}.mp4").touch()
    return path
