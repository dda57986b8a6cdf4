"""What is a fault, what is clean, and the grey zone between, decided on the true values of a rendered repetition.

A rule's severity is the quantity that its limit in formcheck/lifts/limits.toml is about, in the limit's unit, measured on
the skeleton. The two thresholds lie on both sides of that limit, about twice formcheck's own error (`borderline`) away: a rep
is listed as faulty or as clean only where nobody would argue. Bends of the spine are true degrees between the bones; the
limits on rounding and arching are about outlines, so their grey zones are wide (healthy backs flex some 10 to 25 degrees in a
good hinge).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from studio_lib.anatomy import Array


@dataclass(frozen=True)
class Rule:
    """Where a rule's severity is certainly clean and certainly a fault, and how far the studio makes it.

    `best` to `clean` is drawn for clean reps, `fault` to `worst` for faulty ones. Larger is worse where `fault` > `clean`.
    """

    unit: str
    best: float
    clean: float
    fault: float
    worst: float

    def verdict(self, severity: float) -> str:
        """ "fault", "clean" or "grey"."""
        sign = 1.0 if self.fault > self.clean else -1.0
        if sign * (severity - self.fault) >= 0:
            return "fault"
        return "clean" if sign * (severity - self.clean) <= 0 else "grey"


_SHORT_OF_SET = Rule("%set", 100, 85, 65, 35)
_THRUST = {
    "lumbar_arch": Rule("deg lumbar extension from start to top", 0, 6, 18, 38),
    "chin_not_tucked": Rule("deg ear line against trunk at the top", 26, 8, -9, -34),
    "shins_not_vertical": Rule("deg lean of the shin at the top, either way", 0, 10, 21, 36),
    "short_range": Rule("deg hip at the top", 179, 168, 151, 120),
    "no_hold": Rule("s at the top", 2.8, 2.3, 1.5, 0.1),
}
_HINGE = {
    "bar_drift": Rule("cm farther from the leg than at the top", 0, 4, 10, 22),
    "overdepth": Rule("deg lean after the hips stop", 0, 14, 28, 48),
    "back_rounding": Rule("deg flexion of the spine from top to bottom", 0, 12, 30, 66),
    "knees_bend_too_much": Rule("deg knee at the bottom", 155, 134, 117, 85),
    "knees_locked": Rule("deg knee at the bottom", 150, 167, 175, 179),
    "short_range": _SHORT_OF_SET,
    "rushed_lowering": Rule("s", 3.0, 2.3, 1.6, 0.7),
}
_DEADLIFT = {
    "lockout": Rule("deg hip at the top", 177, 165, 146, 128),
    "hips_shoot_up": Rule("deg the chest sinks after the hips rise", 0, 8, 24, 40),
    "back_rounding": _HINGE["back_rounding"],
    "knees_bend_too_much": Rule("deg lean at the bottom", 60, 45, 29, 20),
    "bar_drift": Rule("cm farther from the leg than at the top", 0, 6, 12, 22),
    "short_range": _SHORT_OF_SET,
}
_SPLIT = {
    "torso_upright": Rule("deg lean at the bottom", 44, 28, 13, 2),
    "torso_collapsed": Rule("deg lean at the bottom", 40, 57, 73, 88),
    "short_range": Rule("deg front thigh at the bottom", 88, 75, 55, 32),
    "stance_too_narrow": Rule("%leg front knee past the toes", -8, 5, 19, 27),
}
_LUNGE = _SPLIT | {
    "torso_upright": Rule("deg lean at the bottom", 34, 17, 3, -5),
    "torso_collapsed": Rule("deg lean at the bottom", 30, 46, 64, 80),
}
_SQUAT = {
    "short_range": Rule("deg thigh at the bottom", 98, 80, 59, 35),
    "torso_collapsed": Rule("deg lean at the bottom", 30, 46, 63, 80),
    "heels_lift": Rule("%leg rise of the heel", 0, 2, 13, 20),
    "back_rounding": _HINGE["back_rounding"],
}
_BACK_SQUAT = _SQUAT | {"torso_collapsed": Rule("deg lean at the bottom", 38, 56, 73, 86)}

#: Exercise -> rule -> thresholds. Rules that a movement does not have are not here; other exercises have none.
RULES: dict[str, dict[str, Rule]] = {
    "hip_thrust": _THRUST,
    "glute_bridge": {name: rule for name, rule in _THRUST.items() if name != "chin_not_tucked"},
    "romanian_deadlift": _HINGE,
    "good_morning": {name: rule for name, rule in _HINGE.items() if name != "bar_drift"},
    "single_leg_deadlift": {name: rule for name, rule in _HINGE.items() if name not in ("bar_drift", "knees_bend_too_much")},
    "conventional_deadlift": _DEADLIFT,
    "split_squat": _SPLIT,
    "bulgarian_split_squat": _SPLIT,
    "lunge": _LUNGE,
    "goblet_squat": _SQUAT,
    "back_squat": _BACK_SQUAT,
}

#: A bend of the spine that takes part in a rule without a severity of its own: clean to, fault from (degrees).
SPLIT_ROUNDED = (15.0, 40.0)
#: Share of the set's usual travel below which a rep is short whatever its depth, and above which it is not.
SHARE_SHORT, SHARE_FULL = 0.65, 0.85


def judge(
    exercise: str, severity: dict[str, float], share: float, rounded: float, past_line: float
) -> tuple[list[str], list[str]]:
    """Rules that a rep certainly breaks, and those it certainly keeps.

    `share` is the rep's travel against the set's usual one, `rounded` the flexion of the spine at the turn (degrees),
    `past_line` how far the hips are extended past a straight line at the top (degrees; negative: not at all).
    """
    faults, clean = [], []
    for name, rule in RULES.get(exercise, {}).items():
        verdict = rule.verdict(severity[name])
        if name == "short_range" and rule.unit != "%set":
            if share < SHARE_SHORT:
                verdict = "fault"
            elif share < SHARE_FULL and verdict == "clean":
                verdict = "grey"
        if name == "torso_collapsed" and verdict != "fault" and exercise in _SPLITS:
            verdict = "fault" if rounded > SPLIT_ROUNDED[1] else "grey" if rounded > SPLIT_ROUNDED[0] else verdict
        if name == "lumbar_arch" and verdict == "clean" and past_line > 3.0:
            verdict = "grey"
        if name == "chin_not_tucked" and share < SHARE_SHORT and verdict == "clean":
            verdict = "grey"
        if verdict == "fault":
            faults.append(name)
        elif verdict == "clean":
            clean.append(name)
    return faults, clean


_SPLITS = ("split_squat", "bulgarian_split_squat", "lunge")


# How bad each rep really is: the quantity of every rule, measured on the skeleton of the drawn pictures.

@dataclass(frozen=True)
class Track:
    """True values of a clip on its F pictures.

    Attributes:
        times: (F,) seconds.
        angles: name -> (F,) degrees, of the working side.
        hip: (F, 2) middle of the hips, metres forward and up.
        gap: (F,) free space between load and leg, metres; NaN without a load that runs along the legs.
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
