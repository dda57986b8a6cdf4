"""An evaluation as JSON, and what moved since an earlier one, both ways."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.judge import Evaluation
from evaluation.judged import Judged
from evaluation.metrics import metrics
from evaluation.score_each import RepCase

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
