"""An evaluation as numbers: compared with an earlier one, held against the aims, kept as JSON."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from evaluation.judging import (
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
    Evaluation,
    Judged,
    SetScore,
)
from evaluation.scores import RepCase, RuleScore


@dataclass(frozen=True)
class Metric:
    """One number that is held against an earlier evaluation. Changes up to `margin` are noise."""

    name: str
    value: float
    unit: str
    better: Literal["higher", "lower"]
    margin: float = 0.0


def metrics(evaluation: Evaluation) -> list[Metric]:
    """Every number that a later evaluation is compared with."""
    found: list[Metric] = []
    for group, count in evaluation.counts.items():
        if count.clips:
            found += [
                Metric(f"reps, exact, {group}", count.exact.value, "share", "higher"),
                Metric(f"reps, off by at most one, {group}", count.off_by_one.value, "share", "higher"),
                Metric(f"reps, mean absolute error, {group}", count.mae, "reps", "lower"),
            ]
    for event, score in evaluation.timing.events.items():
        found.append(Metric(f"time of {event}", score.mae, "s", "lower", 0.005))
    for group, share in evaluation.exercise.items():
        found.append(Metric(f"exercise recognised, {group}", share.value, "share", "higher"))
    found.append(Metric("near side recognised", evaluation.near_side.value, "share", "higher"))
    found.append(Metric("facing recognised", evaluation.facing.value, "share", "higher"))
    for rule in [*evaluation.rules, evaluation.all_rules]:
        found += [
            Metric(f"{rule.rule}, found", rule.hits, "clips", "higher"),
            Metric(f"{rule.rule}, falsely accused", rule.false_accusations, "clips", "lower"),
            Metric(f"{rule.rule}, not judged", rule.not_judged_faulty + rule.not_judged_clean, "clips", "lower"),
        ]
    for group, angles in evaluation.angles.items():
        for name, stats in angles.items():
            found += [
                Metric(f"{name}, error, {group}", stats.mae, "deg", "lower", 0.05),
                Metric(f"{name}, error without offset, {group}", stats.mae_no_offset, "deg", "lower", 0.05),
                Metric(f"{name}, seen, {group}", stats.seen, "share", "higher", 0.005),
            ]
    for name, stats in evaluation.joints.items():
        found.append(Metric(f"joint {name.replace('_', ' ')}", stats.mae, "% trunk", "lower", 0.05))
    for load, parts in evaluation.bar.items():
        for name, stats in parts.items():
            found.append(Metric(f"bar {name}, {load}", stats.mae, "cm", "lower", 0.05))
            found.append(Metric(f"bar {name} seen, {load}", stats.seen, "share", "higher", 0.005))
    for name, value in evaluation.within.items():
        found.append(Metric(f"{name} within two stated sd", value, "share", "higher", 0.01))
    found.append(Metric("scale", evaluation.scale_percent, "percent", "lower", 0.1))
    for kind, value in evaluation.coverage.items():
        found.append(Metric(f"coverage, {kind}", value, "share", "higher", 0.002))
    for name, figures in evaluation.sets.items():
        found += _set_metrics(name, figures)
    for group, stated in evaluation.confidence.items():
        found.append(Metric(f"stated confidence, Brier score, {group}", stated.brier, "", "lower", 0.005))
    return [metric for metric in found if np.isfinite(metric.value)]


def _set_metrics(name: str, score: SetScore) -> list[Metric]:
    if not score.clips:
        return []
    found = [
        Metric(f"{figure}, {name}", part.value, "share", "lower" if figure in UNWANTED else "higher")
        for figure, part in score.figures.items()
    ]
    found.append(Metric(f"reps too many, {name}", score.each.extra, "reps", "lower"))
    found.append(Metric(f"faults in reps, judged and not found, {name}", score.each.faulty["passed"], "cases", "lower"))
    return found


# What formcheck aims at, as data: an evaluation says of each aim whether it is met.

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


# An evaluation as JSON, and what moved since an earlier one, both ways.

SCHEMA = "formcheck.evaluation/1"


@dataclass(frozen=True)
class Move:
    """A metric that changed by more than its margin."""

    name: str
    before: float
    after: float
    unit: str
    better: bool


@dataclass(frozen=True)
class ClipMove:
    """A clip that says something else than before: what, and both answers."""

    clip: str
    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Comparison:
    """What moved between two evaluations; `gone` and `new` are metrics that only one of them has."""

    moves: list[Move]
    clips: list[ClipMove]
    gone: list[str]
    new: list[str]

    @property
    def worse(self) -> list[Move]:
        return [move for move in self.moves if not move.better]


def to_json(evaluation: Evaluation, software: dict[str, Any]) -> dict[str, Any]:
    """Everything that was scored, as plain data; NaN becomes null."""
    return {
        "schema": SCHEMA,
        "software": software,
        "metrics": {m.name: _plain(asdict(m)) for m in metrics(evaluation)},
        "clips": {clip.label.file: _clip(clip) for clip in evaluation.clips},
    }


def write_json(data: dict[str, Any], path: Path) -> None:
    """Write the evaluation; the file appears only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(json.dumps(data, indent=1, allow_nan=False), encoding="utf-8")
    os.replace(partial, path)


def read_json(path: Path) -> dict[str, Any]:
    """Read an earlier evaluation.

    Raises:
        ValueError: the file is not an evaluation of this schema.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} cannot be read ({error}); expected a file written with --json.") from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise ValueError(f"{path} is no evaluation of schema {SCHEMA}; expected a file written with --json.")
    return data


def compare(before: dict[str, Any], after: dict[str, Any]) -> Comparison:
    """What moved from one evaluation (as `to_json` gives it) to the next."""
    old, new = before["metrics"], after["metrics"]
    moves = []
    for name in (name for name in new if name in old):
        change = new[name]["value"] - old[name]["value"]
        if abs(change) > new[name]["margin"] + 1e-9:
            improved = (change > 0) == (new[name]["better"] == "higher")
            moves.append(Move(name, old[name]["value"], new[name]["value"], new[name]["unit"], improved))
    return Comparison(
        moves=moves,
        clips=_clip_moves(before["clips"], after["clips"]),
        gone=sorted(set(old) - set(new)),
        new=sorted(set(new) - set(old)),
    )


def _clip_moves(before: dict[str, Any], after: dict[str, Any]) -> list[ClipMove]:
    moves = []
    for clip in (clip for clip in after if clip in before):
        for what in ("answered", "exercise", "side", "reps", "faults", "verdicts", "named"):
            if what not in before[clip]:  # written before it was scored
                continue
            old, new = before[clip][what], after[clip][what]
            if old != new and not (what == "named" and None in (old, new)):
                moves.append(ClipMove(clip, what, _words(old), _words(new)))
        rules = {**before[clip]["rules"], **after[clip]["rules"]}
        for rule in rules:
            old, new = before[clip]["rules"].get(rule), after[clip]["rules"].get(rule)
            if old != new:
                moves.append(ClipMove(clip, rule, _words(old), _words(new)))
    return moves


def _clip(clip: Judged) -> dict[str, Any]:
    outcome = clip.outcome
    stats = {"angles": clip.angles, "joints": clip.joints, "bar": clip.bar}
    return {
        "answered": outcome.message or "analysed",
        "exit_code": outcome.exit_code,
        "exercise": outcome.exercise,
        "variant": outcome.variant,
        "side": outcome.side,
        "facing": outcome.facing,
        "working_leg": outcome.working_leg,
        "reps": len(outcome.reps),
        "reps_labelled": clip.label.reps,
        "verdicts": [rep.verdict for rep in outcome.reps],
        "not_counted": [_plain(asdict(left)) for left in outcome.not_counted],
        "set": clip.label.half or "rendered",
        "named": _named(clip),
        "cases": [f"{case.rule} in rep {case.rep or '?'}: {_case(case)}" for case in clip.cases],
        "rep_times_s": [[_plain(t) for t in (r.start_s, r.turn_s, r.turn_end_s, r.end_s)] for r in outcome.reps],
        "coverage": _plain(outcome.coverage),
        "faults": sorted({said.rule for said in outcome.findings if said.severity == "fault"}),
        "rules": {answer.rule: answer.answer for answer in clip.answers},
        "reasons": {answer.rule: answer.reason for answer in clip.answers if answer.reason},
        "seconds": _plain(outcome.seconds),
        **{topic: {name: _plain(asdict(s)) for name, s in parts.items()} for topic, parts in stats.items()},
    }


def _named(clip: Judged) -> str | None:
    """What was said with the exercise named: so many reps, or why not; None where it was not tried."""
    if clip.named is None:
        return None
    return f"{len(clip.named.reps)} reps" if clip.named.analysed else clip.named.message


def _case(case: RepCase) -> str:
    return f"{'faulty' if case.faulty else 'clean'}, {case.answer}"


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, float | np.floating):
        return round(float(value), 5) if np.isfinite(value) else None
    return value


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(str(item) for item in value) or "none"
    return "none" if value is None else str(value)
