"""What was done in a session, what is still to do today, and what changed since the last set of the same lift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from formcheck.apps.logbook.dates import date_text, day_text
from formcheck.apps.logbook.entry import Entry, reps_text, title_of
from formcheck.apps.logbook.people import by_person
from formcheck.apps.logbook.programme import Programme
from formcheck.outputs.shown import rule_title
from formcheck.outputs.words import listed
from formcheck.units import Load, Unit


def by_day_and_exercise(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The sets of each day, person, exercise and variant, in the order in which they were begun."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in entries:
        day = entry.filmed_at.astimezone().date()
        groups.setdefault((day, entry.who, entry.exercise, entry.variant or entry.exercise), []).append(entry)
    return list(groups.values())


def sets_text(entries: Sequence[Entry], unit: Unit | None = None) -> str:
    """Sets, reps and loads: "4 x 10 @ 60 kg", "3 x 8 @ 24 kg each leg"; sets at other loads after a comma."""
    alike: dict[tuple[Load | None, bool], dict[str, list[int]]] = {}
    for entry in entries:
        alike.setdefault((entry.load, entry.warm_up), {}).setdefault(entry.leg or "", []).append(entry.reps_done)
    parts = []
    for (load, warm_up), legs in alike.items():
        if set(legs) == {"left", "right"} and legs["left"] == legs["right"]:
            legs = {"each leg": legs["left"]}
        for leg, reps in legs.items():
            count = f"{len(reps)} x {reps[0]}" if len(set(reps)) == 1 else "+".join(map(str, reps))
            at = "" if load is None else f" @ {load.text(unit)}"
            parts.append(f"{count}{at}{f' {leg}' if leg else ''}{' warm-up' if warm_up else ''}")
    return ", ".join(parts)


def form_text(entries: Sequence[Entry]) -> str:
    """The form: "38 of 40 clean", "not filmed", "10 of 10 clean (1 of 3 sets filmed)"."""
    filmed = [entry for entry in entries if entry.filmed]
    if not filmed:
        return "not filmed"
    text = f"{sum(entry.clean_reps for entry in filmed)} of {sum(entry.reps_done for entry in filmed)} clean"
    return text if len(filmed) == len(entries) else f"{text} ({len(filmed)} of {len(entries)} sets filmed)"


@dataclass(frozen=True)
class ToDo:
    """An exercise of the programme today: its sets, those done already, and the seconds of rest between them."""

    exercise: str
    title: str
    sets: int
    done: int
    rest_s: float


@dataclass(frozen=True)
class Today:
    """A person's day: the last session before it, a line for each exercise, and what is to do."""

    who: str | None
    last_day: str | None
    last: tuple[str, ...]
    to_do: tuple[ToDo, ...]


def today_of(entries: Sequence[Entry], programme: Programme, now: datetime) -> tuple[Today, ...]:
    """Everybody's day. To do are the exercises of today and of the last session that are in the programme, with all their
    sets (of both legs, where each leg does all)."""
    return tuple(_today(who, own, programme, now) for who, own in by_person(entries).items())


def _today(who: str | None, entries: Sequence[Entry], programme: Programme, now: datetime) -> Today:
    day = now.astimezone().date()
    before = [entry for entry in entries if entry.filmed_at.astimezone().date() < day]
    today = [entry for entry in entries if entry.filmed_at.astimezone().date() == day and not entry.warm_up]
    last_day = max((entry.filmed_at.astimezone().date() for entry in before), default=None)
    last = [entry for entry in before if entry.filmed_at.astimezone().date() == last_day]
    lines = [
        f"{title_of(group[0].exercise, group[0].variant)}: {sets_text(group)}, {form_text(group)}"
        for group in by_day_and_exercise(last)
    ]
    names = [name for name in dict.fromkeys(entry.exercise for entry in (*today, *last)) if name in programme.targets]
    to_do = []
    for name in names:
        target = programme.targets[name]
        done = sum(entry.exercise == name for entry in today)
        asked = target.sets * (2 if target.each_leg else 1)
        to_do.append(ToDo(name, title_of(name), asked, done, programme.rest_s(name)))
    return Today(who, None if last_day is None else day_text(last_day), tuple(lines), tuple(to_do))


# What changed since the last set of the same lift.

def last_before(entry: Entry, entries: Sequence[Entry]) -> Entry | None:
    """The previous filmed set of the same lift and leg; None if this is the first."""
    own = None if entry.clip is None else entry.clip.sha256
    before = [
        other
        for other in entries
        if other.clip is not None and other.clip.sha256 != own and other.filmed_at < entry.filmed_at
        and (other.exercise, other.leg) == (entry.exercise, entry.leg)
    ]  # fmt: skip
    return max(before, key=lambda other: (other.filmed_at, other.id), default=None)


def since_last(entry: Entry, entries: Sequence[Entry]) -> tuple[str, ...]:
    """The set compared with the previous one, and which faults went, stayed or came; empty without a previous set."""
    before = last_before(entry, entries)
    if before is None:
        return ()
    first = f"Last time ({date_text(before.filmed_at)}): {_went(before)}. Now: {_went(entry)}."
    return (first, _faults(before, entry))


def _went(entry: Entry) -> str:
    return reps_text(entry) + (f" with {entry.load.text()}" if entry.load is not None else "")


def _faults(before: Entry, now: Entry) -> str:
    def titles(rules: Sequence[str]) -> str:
        return listed([rule_title(now.exercise, rule).lower() for rule in rules])

    old, new = before.fault_counts, now.fault_counts
    gone = [rule for rule in old if rule not in new and now.reps_judged(rule)]
    said = [
        f"{word}: {titles(rules)}"
        for word, rules in (
            ("Gone", gone),
            ("Still there", [rule for rule in old if rule in new]),
            ("New", [rule for rule in new if rule not in old]),
        )
        if rules
    ]
    return f"{'. '.join(said)}." if said else "No fault then, and none now."
