"""What formcheck aims at, as data: an evaluation says of each aim whether it is met."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluation.judge import Evaluation
from evaluation.score_findings import RuleScore
from evaluation.score_sets import (
    ACCUSED,
    ALL,
    CALLED_CLEAN,
    CHECK,
    EXACT,
    EXACT_CERTAIN,
    FAULTS_IN_PLACE,
    NAMED_REFUSED,
    OFF_BY_ONE,
    RECOGNISED,
    REPS_FOUND_CERTAIN,
    TUNE,
    UNWANTED,
)

#: Degrees (mean absolute, constant offset removed, mean over clips) for hip, knee and trunk.
ANGLE_AIM_DEG = {"hinges and split squats": 3.0, "hip thrusts": 6.0}
#: No clip may be worse than this many times its group's aim.
WORST_CLIP = 2.0
#: Seconds, mean absolute error of a phase's duration.
TEMPO_AIM_S = 0.15
#: Degrees, mean absolute error of a bend's change.
BEND_AIM_DEG = 8.0
#: Centimetres, mean distance of the load from its true place: tracked plate, or the hand standing in for it.
LOAD_AIM_CM = {"barbell": 2.0, "dumbbells": 4.0}

#: What all clips together ought to reach, as shares: at least, or at most where less is better.
SHARE_AIMS = {
    RECOGNISED: 0.97,
    EXACT_CERTAIN: 0.95,
    EXACT: 0.95,
    OFF_BY_ONE: 1.0,
    REPS_FOUND_CERTAIN: 1.0,
    FAULTS_IN_PLACE: 0.9,
    CALLED_CLEAN: 0.0,
    ACCUSED: 0.03,
    NAMED_REFUSED: 0.0,
}
#: The check half may be worse than the half that was tuned on by so many percentage points, where both are measured.
HALVES_AIM_POINTS = 3.0


@dataclass(frozen=True)
class Aim:
    """`value` ought to be at least (`at_least`) or at most `wanted`; NaN when these clips cannot tell."""

    what: str
    value: float
    wanted: float
    at_least: bool
    unit: str

    @property
    def met(self) -> bool | None:
        """None when nothing was measured."""
        if not np.isfinite(self.value):
            return None
        return self.value >= self.wanted - 1e-9 if self.at_least else self.value <= self.wanted + 1e-9


def aims(evaluation: Evaluation) -> list[Aim]:
    """Every aim with the value that this evaluation found."""
    figures = evaluation.sets[ALL].figures
    listed = [
        Aim(name, figures[name].value, wanted, name not in UNWANTED, "share") for name, wanted in SHARE_AIMS.items()
    ]
    listed += [_halves_aim(evaluation, name) for name in (RECOGNISED, EXACT_CERTAIN, EXACT)]
    for event in ("first phase", "pause", "second phase"):
        listed.append(Aim(f"tempo, {event}", evaluation.timing.events[event].mae, TEMPO_AIM_S, False, "s"))
    listed += _angle_aims(evaluation)
    for bend in ("thoracic bend, change", "lumbar bend, change"):
        stats = evaluation.angles["all rendered"].get(bend)
        listed.append(Aim(bend, stats.mae if stats else float("nan"), BEND_AIM_DEG, False, "deg"))
    for load, limit in LOAD_AIM_CM.items():
        stats = evaluation.bar.get(load, {}).get("centre")
        listed.append(Aim(f"place of the load, {load}", stats.mae if stats else float("nan"), limit, False, "cm"))
    listed += _rounding_aims(evaluation.rules_real)
    listed.append(Aim("clips that end in a crash", sum(c.crashed for c in evaluation.clips), 0, False, "clips"))
    return listed


def _halves_aim(evaluation: Evaluation, name: str) -> Aim:
    tune, check = (evaluation.sets[half].figures[name].value for half in (TUNE, CHECK))
    return Aim(f"{name}: check half behind tune half", 100 * (tune - check), HALVES_AIM_POINTS, False, "points")


def _angle_aims(evaluation: Evaluation) -> list[Aim]:
    listed = []
    for group, limit in ANGLE_AIM_DEG.items():
        members = [c for c in evaluation.rendered if (c.label.exercise == "hip_thrust") == (group == "hip thrusts")]
        for name in ("hip", "knee", "trunk"):
            stats = evaluation.angles[group].get(name)
            listed.append(Aim(f"{name}, {group}", stats.mae_no_offset if stats else float("nan"), limit, False, "deg"))
            each = [c.angles[name].mae_no_offset for c in members if name in c.angles]
            worst = max(each, default=float("nan"))
            listed.append(Aim(f"{name}, {group}, worst clip", worst, WORST_CLIP * limit, False, "deg"))
    return listed


def _rounding_aims(rules: list[RuleScore]) -> list[Aim]:
    for rule in rules:
        if rule.rule == "back_rounding":
            return [
                Aim("back rounding found, real clips", rule.recall.value, 0.9, True, "share"),
                Aim("back rounding falsely accused, real clips", rule.false_accusation_rate.value, 0.1, False, "share"),
            ]
    return []
