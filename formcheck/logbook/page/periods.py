"""Sets by training day and by week, in the days of the place where they were filmed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone

from formcheck.logbook.entry import Entry


def by_day(entries: Sequence[Entry]) -> dict[date, list[Entry]]:
    """The sets of each training day, in order of time."""
    days: dict[date, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.filmed_at):
        days.setdefault(entry.filmed_at.date(), []).append(entry)
    return dict(sorted(days.items()))


def by_week(entries: Sequence[Entry]) -> dict[date, list[Entry]]:
    """The sets of each week by its Monday; weeks without a set between the first and the last are there and empty."""
    days = by_day(entries)
    if not days:
        return {}
    first, last = monday(min(days)), monday(max(days))
    weeks: dict[date, list[Entry]] = {first + timedelta(weeks=n): [] for n in range((last - first).days // 7 + 1)}
    for day, sets in days.items():
        weeks[monday(day)] += sets
    return weeks


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def seconds(day: date) -> int:
    """Where a day stands on the charts: its noon as if all the world had one time zone, seconds since 1970."""
    return int(datetime.combine(day, time(12), timezone.utc).timestamp())


def day_text(day: date) -> str:
    """A day as everybody reads it: 2 Mar 2026."""
    return f"{day.day} {day:%b %Y}"
