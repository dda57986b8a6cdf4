"""Everything that `formcheck next` says, put together from the logbook; and the same in the terminal and as data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from formcheck.logbook.dates import date_text
from formcheck.logbook.entry import Entry
from formcheck.logbook.legs import leg_difference
from formcheck.logbook.loads import Load
from formcheck.logbook.next_set import Advice, next_set
from formcheck.logbook.onset import Onset, fatigue_onsets, load_onsets
from formcheck.logbook.programme import Programme
from formcheck.logbook.sessions import earliest_next, schedule_warnings, sessions_of, working_sets
from formcheck.logbook.words import title_of

#: How far back faults are looked at: the twelve weeks of a training block.
RECENT = timedelta(weeks=12)
HEADS = {"add": "Add weight", "repeat": "The same again", "fix": "Fix the form first", "begin": "Begin"}
_STYLES = {"add": "bold green", "repeat": "bold yellow", "fix": "bold red", "begin": "bold"}


@dataclass(frozen=True)
class ExerciseOutlook:
    """The advice for one exercise, what its faults depend on, and how the legs differ."""

    advice: Advice
    onsets: tuple[Onset, ...]
    legs: str | None


@dataclass(frozen=True)
class Outlook:
    """The next session: from when on, with what, and what is amiss with the weeks before it."""

    exercises: tuple[ExerciseOutlook, ...]
    earliest: datetime | None
    warnings: tuple[str, ...]


def outlook(entries: Sequence[Entry], wanted: str | None, programme: Programme, now: datetime) -> Outlook:
    """What the logbook says about the next session: of one exercise, or of all that are in it and in the programme."""
    known = [entry for entry in entries if entry.exercise in programme.targets and entry.filmed_at <= now + timedelta(days=1)]
    names = [wanted] if wanted else [name for name in programme.targets if any(e.exercise == name for e in known)]
    sessions = sessions_of(known)
    earliest = earliest_next(sessions, programme)
    warnings = schedule_warnings(sessions, programme, now)
    if earliest is not None and now < earliest - timedelta(hours=programme.week.rest_tolerance_hours):
        warnings.append(f"The last session was {_hours(now - sessions[-1].began)} ago: rest until {date_text(earliest)}.")
    return Outlook(tuple(_of_exercise(known, name, programme, now) for name in names), earliest, tuple(warnings))


def _of_exercise(entries: Sequence[Entry], name: str, programme: Programme, now: datetime) -> ExerciseOutlook:
    own = [entry for entry in entries if entry.exercise == name]
    recent = sessions_of([entry for entry in own if entry.filmed_at >= now - RECENT])
    loads = load_onsets([entry for session in recent for entry in session.sets])
    tired = fatigue_onsets([entry for session in recent for entry in working_sets(session.sets)])
    advice = next_set(own, name, programme, loads)
    legs = leg_difference(advice.sets) if advice.target.each_leg else None
    return ExerciseOutlook(advice, tuple(onset for onset in (*tired, *loads) if onset.text not in advice.notes), legs)


def print_outlook(console: Console, found: Outlook) -> None:
    """Print the outlook, exercise by exercise."""
    if not found.exercises:
        console.print("Nothing of the programme is in the logbook yet; `formcheck analyze CLIP --load 60kg --log` begins it.")
    for part in found.exercises:
        advice = part.advice
        console.print(Text.assemble((f"\n{title_of(advice.exercise)}", "bold"), (f"  {advice.target.text()}", "dim")))
        load = "" if advice.load is None else f": {advice.load.both()}"
        lines = [Text.assemble((HEADS[advice.decision], _STYLES[advice.decision]), (load, "bold")), Text(sentence(advice))]
        lines += [Text(f"→ {advice.cue}", style="bold")] if advice.cue else []
        lines += [Text(note) for note in advice.notes]
        lines += [Text(part.legs)] if part.legs else []
        lines += [Text(onset.text, style="yellow") for onset in part.onsets]
        for line in lines:
            console.print(Padding(line, (0, 0, 0, 2)))
    console.print()
    if found.earliest is not None:
        console.print(Text(f"Next session from {date_text(found.earliest)} on.", style="dim"))
    for warning in found.warnings:
        console.print(Text(warning, style="yellow"))


def sentence(advice: Advice) -> str:
    """Why, as one sentence."""
    when = f" ({date_text(advice.sets[0].filmed_at)})" if advice.sets else ""
    return f"Because {advice.why}{when}."


def as_data(found: Outlook) -> dict[str, Any]:
    """The outlook as plain data."""
    return {
        "earliest": None if found.earliest is None else found.earliest.isoformat(),
        "warnings": list(found.warnings),
        "exercises": [
            {
                "exercise": part.advice.exercise,
                "decision": part.advice.decision,
                "load_kg": _kg(part.advice.load),
                "load_lb": None if part.advice.load is None else round(part.advice.load.lb, 2),
                "sets": part.advice.target.sets,
                "reps": list(part.advice.target.reps),
                "why": sentence(part.advice),
                "cue": part.advice.cue,
                "notes": list(part.advice.notes),
                "legs": part.legs,
                "decided_by": [entry.id for entry in part.advice.sets],
                "onsets": [
                    {
                        "rule": onset.rule, "kind": onset.kind, "at": onset.at, "first": onset.first, "last": onset.last,
                        "probability": round(onset.probability, 3), "text": onset.text,
                    }
                    for onset in part.onsets
                ],
            }
            for part in found.exercises
        ],
    }  # fmt: skip


def _kg(load: Load | None) -> float | None:
    return None if load is None else round(load.kg, 3)


def _hours(span: timedelta) -> str:
    return f"{max(0.0, span.total_seconds() / 3600):.0f} hours"
