"""What formcheck said about a clip, read back from the files it wrote: the published contract, not its internals."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evaluation.truth import Array
from formcheck.lifts.registry import exercise_named
from formcheck.results.earlier import EARLIER, upgraded

#: Exit codes as `formcheck analyze` gives them; CRASHED is ours for an exception that is no formcheck error.
ANALYSED, REFUSED, CRASHED = 0, 3, 70


@dataclass(frozen=True)
class FoundRep:
    """A repetition as formcheck reports it, seconds and degrees; NaN where it says it does not know.

    `verdict` is "clean", "fault", "borderline" or "not_judged"; `shot` the shot of an edited clip that it was found in.
    """

    index: int
    start_s: float
    turn_s: float
    turn_end_s: float
    end_s: float
    eccentric_s: float = float("nan")
    pause_s: float = float("nan")
    concentric_s: float = float("nan")
    range_deg: float = float("nan")
    verdict: str = "not_judged"
    shot: int | None = None


@dataclass(frozen=True)
class RejectedMovement:
    """A movement that formcheck saw and did not count as a repetition, seconds; `reason` says why not."""

    start_s: float
    end_s: float
    reason: str = ""
    shot: int | None = None


@dataclass(frozen=True)
class Said:
    """One finding: a rule, how bad, in which rep, the number it rests on, and how sure formcheck says it is (0-1)."""

    rule: str
    severity: str
    rep: int
    value: float = float("nan")
    limit: float = float("nan")
    unit: str = ""
    confidence: float = float("nan")


@dataclass(frozen=True)
class Unsaid:
    """A rule that was not judged: in one rep, or (`rep` None) in the whole clip."""

    rule: str
    rep: int | None
    reason: str = ""


@dataclass(frozen=True)
class RuleValue:
    """What a rule measured in a rep, with its stated standard deviation and the limit's borderline band, all in `unit`."""

    value: float
    sd: float
    unit: str
    band: float


@dataclass(frozen=True)
class Outcome:
    """Everything the scores need about one analysed (or refused) clip.

    `columns` are the numeric columns of angles.csv, (F,) each. `points` are the cleaned joints by name ("near_hip") and
    the tracked "load", (F, 2) pixels on the times `point_times` (F,). All are empty when the clip was not analysed.
    `limits` names the rules that formcheck has for the recognised exercise (None when it does not say). `measured` is what
    its rules measured, by rule and rep, whether or not they found anything; empty for real clips.
    """

    exit_code: int
    message: str = ""
    exercise: str | None = None
    variant: str | None = None
    confidence: float = float("nan")
    working_leg: str | None = None
    side: str | None = None
    facing: str | None = None
    px_per_m: float = float("nan")
    coverage: float = float("nan")
    duration_s: float = float("nan")
    reps: tuple[FoundRep, ...] = ()
    findings: tuple[Said, ...] = ()
    not_judged: tuple[Unsaid, ...] = ()
    not_counted: tuple[RejectedMovement, ...] = ()
    limits: frozenset[str] | None = None
    columns: Mapping[str, Array] = field(default_factory=dict)
    points: Mapping[str, Array] = field(default_factory=dict)
    point_times: Array = field(default_factory=lambda: np.zeros(0))
    measured: Mapping[tuple[str, int], RuleValue] = field(default_factory=dict)
    seconds: float = float("nan")

    @property
    def analysed(self) -> bool:
        return self.exit_code in (ANALYSED, 1)

    def column(self, name: str) -> Array:
        """(F,) a column of angles.csv, all NaN when formcheck did not write it."""
        count = len(self.columns.get("time_s", np.zeros(0)))
        return self.columns.get(name, np.full(count, np.nan))

    def accused(self, rule: str) -> set[int]:
        """Reps in which the rule was found broken (severity fault)."""
        return {said.rep for said in self.findings if said.rule == rule and said.severity == "fault"}

    def severities(self, rule: str, rep: int) -> set[str]:
        """How bad the rule's findings in a rep are, empty where it found nothing."""
        return {said.severity for said in self.findings if said.rule == rule and said.rep == rep}


def read_outcome(folder: Path, exit_code: int = ANALYSED) -> Outcome:
    """Read `analysis.json` and `angles.csv` of an output folder (without joint positions).

    Raises:
        ValueError: analysis.json does not follow the contract; says what is missing.
    """
    raw = json.loads((folder / "analysis.json").read_text(encoding="utf-8"))
    if raw.get("schema") in EARLIER:
        raw = upgraded(raw)
    try:
        return Outcome(
            exit_code=exit_code,
            exercise=raw["exercise"]["family"],
            variant=raw["exercise"].get("variant"),
            confidence=_number(raw["exercise"]["confidence"]),
            working_leg=raw["exercise"].get("working_leg"),
            side=raw["view"]["side"],
            facing=raw["view"]["facing"],
            px_per_m=_number(raw["scale"]["px_per_m"]),
            coverage=_number(raw["coverage"]),
            duration_s=_number(raw["clip"]["duration_s"]),
            reps=tuple(_rep(rep) for rep in raw["reps"]),
            findings=tuple(
                Said(f["rule"], f["severity"], int(f["rep"]), _number(f["value"]), _number(f["limit"]), f["unit"],
                     _number(f.get("confidence")))
                for f in raw["findings"]
            ),
            not_judged=tuple(Unsaid(n["rule"], n["rep"], n["reason"]) for n in raw["not_judged"]),
            not_counted=tuple(_left_out(entry) for entry in raw.get("not_counted") or ()),
            limits=frozenset(raw["software"]["limits"]) | _rules(raw["exercise"]["name"]),
            columns=read_columns(folder / "angles.csv"),
        )
    except KeyError as missing:
        raise ValueError(f"{folder / 'analysis.json'} lacks {missing}; expected schema formcheck.analysis/2.") from None


def read_columns(path: Path) -> dict[str, Array]:
    """The numeric columns of `angles.csv`, empty cells as NaN; columns with words (the phase) are left out.

    Columns such as `hip_deg` are added: of the leg that formcheck measures, the working one in a rep and the near one
    elsewhere.
    """
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    if not rows:
        return {}
    header, body = rows[0], rows[1:]
    columns = {}
    for place, name in enumerate(header):
        try:
            columns[name] = np.array([_cell(row[place]) for row in body], dtype=np.float64)
        except ValueError:
            continue
    return {**columns, **_measured_leg(header, body, columns)}


def _measured_leg(header: list[str], body: list[list[str]], columns: dict[str, Array]) -> dict[str, Array]:
    if "working_leg" not in header:
        return {}
    working, near = header.index("working_leg"), header.index("near_side")
    left = np.array([(row[working] or row[near]) == "left" for row in body], dtype=bool)
    names = [name.removeprefix("left_") for name in columns if name.startswith("left_")]
    return {name: np.where(left, columns[f"left_{name}"], columns[f"right_{name}"]) for name in names}


def _cell(text: str) -> float:
    return float(text) if text.strip() else float("nan")


def _rules(exercise: str) -> frozenset[str]:
    """Rules of the exercise: the limit of one may have another name than the rule itself."""
    return frozenset(rule.id for rule in exercise_named(exercise).rules)


def _rep(raw: dict[str, Any]) -> FoundRep:
    moments = ("start_s", "turn_s", "turn_end_s", "end_s")
    amounts = ("eccentric_s", "pause_s", "concentric_s", "range_deg")
    start, turn, turn_end, end = (_number(raw.get(name)) for name in moments)
    eccentric, pause, concentric, degrees = (_number(raw.get(name)) for name in amounts)
    verdict, shot = raw.get("verdict") or "not_judged", raw.get("shot")
    return FoundRep(int(raw["index"]), start, turn, turn_end, end, eccentric, pause, concentric, degrees, verdict, shot)


def _left_out(raw: dict[str, Any]) -> RejectedMovement:
    reason, shot = raw.get("reason") or "", raw.get("shot")
    return RejectedMovement(_number(raw.get("start_s")), _number(raw.get("end_s")), reason, shot)


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
