"""What is a fault, what is clean, and the grey zone between, decided on the true values of a rendered repetition.

A rule's severity is the quantity that its limit in formcheck/exercises/limits.toml is about, in the limit's unit, measured on
the skeleton. The two thresholds lie on both sides of that limit, about twice formcheck's own error (`borderline`) away: a rep
is listed as faulty or as clean only where nobody would argue. Bends of the spine are true degrees between the bones; the
limits on rounding and arching are about outlines, so their grey zones are wide (healthy backs flex some 10 to 25 degrees in a
good hinge).
"""

from __future__ import annotations

from dataclasses import dataclass


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
