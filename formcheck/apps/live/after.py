"""After a live set: what was said beside what the analysis of the recording says, with every difference."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formcheck.errors import UsageError
from formcheck.lifts.registry import exercise_named
from formcheck.outputs.shown import rule_title
from formcheck.outputs.words import rep_numbers
from formcheck.results.analysis import Analysis, JudgedRep
from formcheck.runtime.files import atomic_write

#: The file beside a clip that keeps what was said.
LIVE_FILE = "live.json"
#: Most reps and cues of a set.
MOST_REPS = 500
#: Reps that share this much of the shorter one are the same.
SAME_REP = 0.5
#: Longest name of a model, exercise or rule.
_LONGEST_NAME = 64


@dataclass(frozen=True)
class SaidLive:
    """What was said of a set while it was filmed.

    Attributes:
        clip_starts_at_s: the camera's clock when the recording began, seconds.
        count: the reps that were counted; `reps` are their (start, end), seconds on the camera's clock.
        cues: (number of the rep, rule).
        exercise: its name; None where it was not recognised.
    """

    clip_starts_at_s: float
    count: int
    reps: tuple[tuple[float, float], ...]
    cues: tuple[tuple[int, str], ...]
    exercise: str | None
    begun_s: float
    model: str

    @classmethod
    def of(cls, data: object) -> SaidLive:
        """Check what a page sends.

        Raises:
            ValueError: it is something else.
        """
        if not isinstance(data, dict):
            raise ValueError("expected an object")
        wanted = {"clip_starts_at_s", "count", "reps", "cues", "exercise", "begun_s", "model"}
        if set(data) != wanted:
            raise ValueError(f"expected {', '.join(sorted(wanted))}")
        reps, cues, count = data["reps"], data["cues"], data["count"]
        if not isinstance(reps, list) or not isinstance(cues, list) or max(len(reps), len(cues)) > MOST_REPS:
            raise ValueError(f"expected lists of at most {MOST_REPS} reps and cues")
        if type(count) is not int or not 0 <= count <= MOST_REPS:
            raise ValueError("expected a number of reps as count")
        exercise = None if data["exercise"] is None else _name(data["exercise"])
        return cls(
            clip_starts_at_s=_number(data["clip_starts_at_s"]),
            count=count,
            reps=tuple(_pair(rep) for rep in reps),
            cues=tuple(_cue(cue, exercise) for cue in cues),
            exercise=exercise,
            begun_s=_number(data["begun_s"]),
            model=_name(data["model"]),
        )

    def as_data(self) -> dict[str, Any]:
        """Inverse of `of`."""
        cues = [{"rep": rep, "rule": rule} for rep, rule in self.cues]
        return {**vars(self), "reps": [list(rep) for rep in self.reps], "cues": cues}


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e12:
        raise ValueError("expected seconds")
    return float(value)


def _name(value: object) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_NAME or not value.isprintable():
        raise ValueError("expected a name")
    return value


def _pair(value: object) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise ValueError("expected start and end of a rep")
    return _number(value[0]), _number(value[1])


def _cue(value: object, exercise: str | None) -> tuple[int, str]:
    if not isinstance(value, dict) or set(value) != {"rep", "rule"} or type(value["rep"]) is not int:
        raise ValueError("expected rep and rule of a cue")
    rule = _name(value["rule"])
    try:
        known = set() if exercise is None else {own.id for own in exercise_named(exercise).rules}
    except UsageError:
        known = set()
    if rule not in known:
        raise ValueError("expected a rule of the exercise")
    return value["rep"], rule


def write_said(said: SaidLive, path: Path) -> None:
    """Keep what was said, atomically."""
    with atomic_write(path) as partial:
        partial.write_text(json.dumps(said.as_data()), encoding="utf-8")


def read_said(path: Path) -> SaidLive | None:
    """What was said of a clip; None where nothing was kept, or something else."""
    try:
        return SaidLive.of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError):
        return None


def beside(said: SaidLive, analyses: Sequence[Analysis]) -> dict[str, Any]:
    """What was said live beside the analyses of the recording's sets, as sentences for the page."""
    cues = len(said.cues)
    spoken = f"Said live: {said.count} rep{'s' * (said.count != 1)} and {cues or 'no'} cue{'s' * (cues != 1)}."
    differences = [*_exercise(said, analyses), *_count(said, analyses), *_cues(said, analyses)]
    return {"said": spoken, "differences": differences, "agrees": not differences}


def _exercise(said: SaidLive, analyses: Sequence[Analysis]) -> list[str]:
    names = list(dict.fromkeys(analysis.exercise.name for analysis in analyses))
    if said.exercise is None or said.exercise in names:
        return []
    live, final = exercise_named(said.exercise).noun, " and ".join(exercise_named(name).noun for name in names)
    return [f"Live, it was taken for a {live}; the analysis says {final}."]


def _count(said: SaidLive, analyses: Sequence[Analysis]) -> list[str]:
    final = sum(len(analysis.reps) for analysis in analyses)
    if final == said.count:
        return []
    return [f"The analysis counts {final} rep{'s' * (final != 1)}; live it was {said.count}."]


def _cues(said: SaidLive, analyses: Sequence[Analysis]) -> list[str]:
    """Cues that the analysis does not confirm, and faults of which nothing was said; by number of the rep in the analysis."""
    sentences, heard = [], set()
    for number, rule in said.cues:
        found = _rep(said, number, analyses)
        title = _title(said.exercise, rule)
        if found is None:
            sentences.append(f"Rep {number}: live it said “{title}”; the analysis does not count that rep.")
            continue
        place, analysis, rep = found
        own = {finding.rule: finding.severity for finding in analysis.findings if finding.rep == rep.index}
        heard.add((place, rep.index, rule))
        if own.get(rule) == "borderline":
            sentences.append(f"Rep {rep.index}: live it said “{title}”; the analysis calls it a possible fault.")
        elif rule not in own:
            sentences.append(f"Rep {rep.index}: live it said “{title}”; the analysis does not confirm it.")
    missed: dict[tuple[str, str], list[int]] = {}
    for place, analysis in enumerate(analyses):
        for finding in analysis.findings:
            if finding.severity == "fault" and (place, finding.rep, finding.rule) not in heard:
                missed.setdefault((analysis.exercise.name, finding.rule), []).append(finding.rep)
    sentences += [
        f"The analysis finds “{rule_title(exercise, rule)}” in {rep_numbers(reps)}; live, nothing was said about it."
        for (exercise, rule), reps in missed.items()
    ]
    return sentences


def _rep(said: SaidLive, number: int, analyses: Sequence[Analysis]) -> tuple[int, Analysis, JudgedRep] | None:
    """The rep of the analysis that was the live set's rep `number`, with its set's place and analysis."""
    if not 1 <= number <= len(said.reps):
        return None
    start, end = (seconds - said.clip_starts_at_s for seconds in said.reps[number - 1])
    for place, analysis in enumerate(analyses):
        for rep in analysis.reps:
            if min(end, rep.end_s) - max(start, rep.start_s) > SAME_REP * min(end - start, rep.end_s - rep.start_s):
                return place, analysis, rep
    return None


def _title(exercise: str | None, rule: str) -> str:
    return rule_title(exercise or "", rule)
