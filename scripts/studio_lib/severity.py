"""How bad each rep really is: the quantity of every rule, measured on the skeleton of the drawn pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from studio_lib.anatomy import Array
from studio_lib.faults import RULES, judge


@dataclass(frozen=True)
class Track:
    """True values of a clip on its F pictures.

    Attributes:
        times: (F,) seconds.
        angles: name -> (F,) degrees, of the working side.
        hip: (F, 2) middle of the hips, metres forward and up.
        gap: (F,) free space between bar and leg, metres; NaN without a bar that runs along the legs.
        past_toes: (F,) front knee past the toes, metres. heel: (F,) height of the heel over the toe, metres.
        leg: length of thigh and shank, metres.
    """

    times: Array
    angles: dict[str, Array]
    hip: Array
    gap: Array
    past_toes: Array
    heel: Array
    leg: float


def rep_truth(exercise: str, track: Track, marks: list[tuple[float, float, float, float]]) -> list[dict[str, Any]]:
    """Entries `faults`, `clean_of`, `severity` and more of each rep; `marks`: start, turn, its end and end (seconds)."""
    measured = [_measure(exercise, track, mark) for mark in marks]
    usual = float(np.median([entry["travel"] for entry in measured])) if measured else 0.0
    result = []
    for entry in measured:
        share = entry["travel"] / usual if usual > 1 else 1.0
        severity = dict(entry["severity"])
        if "short_range" in RULES.get(exercise, {}) and RULES[exercise]["short_range"].unit == "%set":
            severity["short_range"] = 100 * share
        severity = {name: severity[name] for name in RULES.get(exercise, {})}
        faults, clean = judge(exercise, severity, share, entry["rounded"], entry["past_line"])
        result.append(
            {
                "faults": faults,
                "clean_of": clean,
                "severity": {name: round(float(value), 2) for name, value in severity.items()},
                "share_of_set": round(share, 3),
                "lumbar_change_deg": round(entry["lumbar"], 2),
                "thoracic_change_deg": round(entry["thoracic"], 2),
                "hip_past_line_deg": round(entry["past_line"], 2),
            }
        )
    return result


def _measure(exercise: str, track: Track, mark: tuple[float, float, float, float]) -> dict[str, Any]:
    start, turn, turn_end, end = mark
    angle = track.angles
    first = _around(track.times, start, start)
    there = _around(track.times, turn, turn_end)
    down = (track.times >= start - 1e-6) & (track.times <= turn_end + 1e-6)
    whole = (track.times >= start - 1e-6) & (track.times <= end + 1e-6)

    def at(name: str, when: Array) -> float:
        return float(np.median(angle[name][when]))

    lumbar = at("lumbar_bend", there) - at("lumbar_bend", first)
    thoracic = at("thoracic_bend", there) - at("thoracic_bend", first)
    gap = track.gap[whole] - float(np.median(track.gap[first]))
    severity: dict[str, float] = {}
    hip_change = abs(at("hip_signed", there) - at("hip_signed", first))
    travel, past_line = hip_change, at("hip_signed", there) - 180.0
    rounded = max(0.0, lumbar + thoracic)
    if exercise in ("hip_thrust", "glute_bridge"):
        severity = {
            "lumbar_arch": -lumbar,
            "chin_not_tucked": at("head_to_trunk", there),
            "shins_not_vertical": abs(at("shin_inclination", there)),
            "short_range": at("hip_signed", there),
            "no_hold": turn_end - turn,
        }
    elif exercise == "conventional_deadlift":
        rounded = max(0.0, -lumbar - thoracic)
        rise = track.hip[down, 1]
        lean = angle["trunk_inclination"][down]
        begun = int(np.argmax(rise > rise[0] + 0.02 * max(np.ptp(rise), 1e-3)))
        top_gap = float(np.median(track.gap[there]))
        severity = {
            "lockout": max(at("hip_signed", there), 0.0),
            "hips_shoot_up": float(lean[begun:].max() - lean[begun]),
            "back_rounding": rounded,
            "knees_bend_too_much": at("trunk_inclination", first),
            "bar_drift": 100 * float(np.nanmax(np.append(track.gap[whole] - top_gap, 0.0))),
        }
    elif exercise in ("romanian_deadlift", "good_morning", "single_leg_deadlift"):
        forward, lean = track.hip[down, 0], angle["trunk_inclination"][down]
        stopped = int(np.argmax(forward <= forward.min() + 0.01 * np.ptp(forward)))
        travel = hip_change + abs(at("trunk_inclination", there) - at("trunk_inclination", first))
        severity = {
            "bar_drift": 100 * float(np.nanmax(np.append(gap, 0.0))),
            "overdepth": float(lean.max() - lean[stopped]),
            "back_rounding": rounded,
            "knees_bend_too_much": at("knee", there),
            "knees_locked": at("knee", there),
            "rushed_lowering": turn - start,
        }
    elif exercise in RULES:
        travel = abs(at("knee", there) - at("knee", first))
        heel = float(np.median(track.heel[there]) - np.median(track.heel[first]))
        severity = {
            "short_range": at("thigh_inclination", there),
            "torso_upright": at("trunk_inclination", there),
            "torso_collapsed": at("trunk_inclination", there),
            "stance_too_narrow": 100 * float(np.median(track.past_toes[there])) / track.leg,
            "heels_lift": 100 * heel / track.leg,
            "back_rounding": rounded,
        }
    return dict(severity=severity, travel=travel, rounded=rounded, past_line=past_line, lumbar=lumbar, thoracic=thoracic)


def _around(times: Array, start: float, end: float) -> Array:
    inside = (times >= start - 1e-6) & (times <= end + 1e-6)
    if not inside.any():
        inside = np.zeros(len(times), bool)
        inside[int(np.argmin(abs(times - (start + end) / 2)))] = True
    return inside
