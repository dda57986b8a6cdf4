"""`formcheck next`: the advice for all exercises, in the terminal and as data."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from formcheck.apps.logbook.dates import date_text, day_text
from formcheck.apps.logbook.entry import Entry, title_of
from formcheck.apps.logbook.next_set import Advice, Decision, next_set
from formcheck.apps.logbook.programme import Programme
from formcheck.apps.logbook.trends import (
    Onset,
    earliest_next,
    fatigue_onsets,
    leg_difference,
    load_onsets,
    schedule_warnings,
    sessions_of,
    working_sets,
)
from formcheck.units import Load

#: Period in which faults are considered: a training block of twelve weeks.
RECENT = timedelta(weeks=12)
HEADS: dict[Decision, str] = {
    "add": "Add weight", "reps": "More reps", "repeat": "The same again", "less": "Less weight", "fix": "Fix the form first",
    "begin": "Begin",
}  # fmt: skip
_STYLES: dict[Decision, str] = {
    "add": "bold green", "reps": "bold green", "repeat": "bold yellow", "less": "bold yellow", "fix": "bold red",
    "begin": "bold",
}  # fmt: skip


@dataclass(frozen=True)
class ExerciseOutlook:
    """The advice for one exercise (or one variant of it), onsets of its faults, and differences between the legs."""

    advice: Advice
    variant: str | None
    onsets: tuple[Onset, ...]
    legs: str | None

    @property
    def head(self) -> str:
        """The advice in a few words."""
        return HEADS[self.advice.decision]

    @property
    def aim(self) -> str:
        """Weight and reps to aim at, or ""."""
        return aim_text(self.advice)

    @property
    def title(self) -> str:
        return title_of(self.advice.exercise, self.variant)


@dataclass(frozen=True)
class Outlook:
    """The next session: earliest time, advice by exercise, and warnings about the schedule."""

    exercises: tuple[ExerciseOutlook, ...]
    earliest: datetime | None
    warnings: tuple[str, ...]


def outlook(entries: Sequence[Entry], wanted: str | None, programme: Programme, now: datetime) -> Outlook:
    """The next session from the logbook: for one exercise, or all that are in the programme."""
    known = [entry for entry in entries if entry.exercise in programme.targets and entry.filmed_at <= now + timedelta(days=1)]
    lifts = [(name, variant) for name in programme.targets for variant in _variants(known, name, now)]
    if wanted is not None:
        lifts = [lift for lift in lifts if lift[0] == wanted] or [(wanted, None)]
    sessions = sessions_of(known)
    earliest = earliest_next(sessions, programme)
    warnings = schedule_warnings(sessions, programme, now)
    if earliest is not None and now < earliest - timedelta(hours=programme.week.rest_tolerance_hours):
        warnings.append(f"The last session was {_hours(now - sessions[-1].began)} ago: rest until {date_text(earliest)}.")
    parts = tuple(_of_lift(known, name, variant, programme, now) for name, variant in lifts)
    return Outlook(parts, earliest, tuple(warnings))


def _variants(entries: Sequence[Entry], exercise: str, now: datetime) -> list[str | None]:
    """The variants of an exercise that are trained, which are lifted with weights of their own: those of the last weeks, else
    the latest one."""
    own = [(variant_of(entry), entry.filmed_at) for entry in entries if entry.exercise == exercise]
    recent = [variant for variant, when in own if when >= now - RECENT]
    return list(dict.fromkeys(recent or [variant for variant, _ in own[-1:]]))


def variant_of(entry: Entry) -> str | None:
    """The variant if it is not the exercise itself."""
    return None if entry.variant == entry.exercise else entry.variant


def _of_lift(
    entries: Sequence[Entry], name: str, variant: str | None, programme: Programme, now: datetime
) -> ExerciseOutlook:
    own = [entry for entry in entries if entry.exercise == name and variant_of(entry) == variant]
    recent = sessions_of([entry for entry in own if entry.filmed_at >= now - RECENT])
    loads = load_onsets([entry for session in recent for entry in session.sets])
    tired = fatigue_onsets([entry for session in recent for entry in working_sets(session.sets)])
    advice = next_set(own, name, programme, loads, now)
    legs = leg_difference(advice.sets) if advice.target.each_leg else None
    return ExerciseOutlook(
        advice, variant, tuple(onset for onset in (*tired, *loads) if onset.text not in advice.notes), legs
    )


def print_outlook(console: Console, found: Outlook, who: str | None = None) -> None:
    """Print the outlook, exercise by exercise, under the person's name if there are several."""
    if who is not None:
        console.print(Text(f"\n{who}", style="bold underline"))
    if not found.exercises:
        console.print("The logbook has no set of the programme yet; begin with `formcheck analyze CLIP --load 60kg --log`.")
    for part in found.exercises:
        advice = part.advice
        console.print(Text.assemble((f"\n{part.title}", "bold"), (f"  {advice.target.text()}", "dim")))
        head = Text.assemble((part.head, _STYLES[advice.decision]), (f": {part.aim}" if part.aim else "", "bold"))
        lines = [head, Text(sentence(advice))]
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
    """The reason in a sentence with its figures, and in another what would change the advice."""
    when = f" ({day_text(advice.sets[0].filmed_at)})" if advice.sets else ""
    return f"Because {advice.why}{when}. {advice.change}".rstrip()


def aim_text(advice: Advice) -> str:
    """Weight and reps to aim at: "62.5 kg (137.8 lb), 8 reps or more"."""
    parts = [] if advice.load is None else [advice.load.both()]
    if advice.reps is not None:
        more = " or more" if advice.decision == "add" and advice.reps < advice.target.reps[1] else ""
        parts.append(f"{advice.reps} reps{more}")
    return ", ".join(parts)


def without_commands(text: str) -> str:
    """The sentences for a page, which has no command line."""
    return re.sub(r"; set it with `formcheck [^`]*`", "", text)


def as_data(found: Outlook) -> dict[str, Any]:
    """The outlook as plain data."""
    return {
        "earliest": None if found.earliest is None else found.earliest.isoformat(),
        "warnings": list(found.warnings),
        "exercises": [
            {
                "exercise": part.advice.exercise,
                "variant": part.variant,
                "title": part.title,
                "decision": part.advice.decision,
                "head": part.head,
                "aim": part.aim,
                "load_kg": _kg(part.advice.load),
                "load_lb": None if part.advice.load is None else round(part.advice.load.lb, 2),
                "sets": part.advice.target.sets,
                "reps": list(part.advice.target.reps),
                "aim_reps": part.advice.reps,
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
