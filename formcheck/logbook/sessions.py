"""Sets to sessions, sessions to weeks: how often and with how much rest somebody trains."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from formcheck.logbook.entry import Entry
from formcheck.logbook.programme import Programme

#: Sets less than this apart belong to one session.
SAME_SESSION = timedelta(hours=4)


@dataclass(frozen=True)
class Session:
    """Sets that were done together, the earliest first."""

    sets: tuple[Entry, ...]

    @property
    def began(self) -> datetime:
        return self.sets[0].filmed_at

    def of(self, exercise: str) -> tuple[Entry, ...]:
        """The sets of one exercise."""
        return tuple(entry for entry in self.sets if entry.exercise == exercise)


def sessions_of(entries: Sequence[Entry]) -> tuple[Session, ...]:
    """The sessions, the earliest first."""
    groups: list[list[Entry]] = []
    for entry in sorted(entries, key=lambda entry: (entry.filmed_at, entry.id)):
        if groups and entry.filmed_at - groups[-1][-1].filmed_at < SAME_SESSION:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return tuple(Session(tuple(group)) for group in groups)


def working_sets(sets: Sequence[Entry]) -> tuple[Entry, ...]:
    """The sets that count: those at the load with the most of them, the heaviest of such; warming up is lighter.

    Sets without a known load count where none has one.
    """
    loads = Counter(round(entry.load.kg, 2) for entry in sets if entry.load is not None)
    if not loads:
        return tuple(sets)
    most = max(loads, key=lambda kg: (loads[kg], kg))
    return tuple(entry for entry in sets if entry.load is not None and round(entry.load.kg, 2) == most)


def earliest_next(sessions: Sequence[Session], programme: Programme) -> datetime | None:
    """When the rest after the latest session is over; None without a session."""
    return sessions[-1].began + timedelta(hours=programme.week.rest_hours) if sessions else None


def schedule_warnings(sessions: Sequence[Session], programme: Programme, now: datetime) -> list[str]:
    """What is amiss with the latest two weeks: too little rest, too many or too few sessions."""
    week, warnings = programme.week, []
    least = timedelta(hours=week.rest_hours - week.rest_tolerance_hours)
    recent = [session for session in sessions if now - timedelta(days=14) <= session.began <= now]
    for before, after in pairwise(recent):
        rest = after.began - before.began
        if rest < least:
            hours = rest.total_seconds() / 3600
            warnings.append(
                f"Only {hours:.0f} hours between the sessions of {_day(before.began)} and {_day(after.began)}; the programme"
                f" asks for {week.rest_hours:g}."
            )
    in_week = sum(now - timedelta(days=7) < session.began for session in recent)
    if in_week > week.sessions[1]:
        warnings.append(f"{in_week} sessions in the last seven days; the programme asks for at most {week.sessions[1]}.")
    elif sessions and in_week < week.sessions[0] and sessions[0].began <= now - timedelta(days=7):
        count = f"{in_week or 'No'} session{'s' * (in_week != 1)}"
        warnings.append(f"{count} in the last seven days; the programme asks for {week.sessions[0]}.")
    return warnings


def _day(when: datetime) -> str:
    local = when.astimezone()
    return f"{local:%A} {local.day} {local:%B}"
