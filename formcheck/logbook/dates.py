"""Dates as people and cameras write them, and as the logbook shows them."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import Literal

from formcheck.errors import UsageError

DateOrder = Literal["dmy", "mdy"]
#: The time of day where only the day is known.
NOON = 12
ZONE = r"(Z|UTC|[+-]\d\d:?\d\d)"


def zone_of(text: str) -> timezone:
    """A time zone written as Z, UTC, +01:00 or -0530."""
    if text.upper() in ("Z", "UTC"):
        return timezone.utc
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


def date_text(when: datetime) -> str:
    """A date with its time, in this computer's time zone: "2 March 2026 18:20"."""
    local = when.astimezone()
    return f"{local.day} {local:%B %Y %H:%M}"


def parse_date(text: str, option: str = "--date", order: DateOrder | None = None) -> datetime:
    """Read 2026-03-02, 2026-03-02 18:20 (with a time zone or without), 2.3.2026, and 3/2/2026 where the order is known.

    Without a time it is noon, without a time zone this computer's.

    Raises:
        UsageError: it is no date, or may be two.
    """
    day, _, clock = text.strip().replace("T", " ", 1).partition(" ")
    numbers = _day(day, text, option, order)
    match = re.fullmatch(rf"(\d{{1,2}}):(\d\d)(?::(\d\d)(?:\.\d+)?)?\s*{ZONE}?", clock.strip()) if clock.strip() else None
    if numbers is not None and (match is not None or not clock.strip()):
        with suppress(ValueError):
            if match is None:
                return datetime(*numbers, NOON).astimezone()
            when = datetime(*numbers, int(match[1]), int(match[2]), int(match[3] or 0))
            return when.replace(tzinfo=zone_of(match[4])) if match[4] else when.astimezone()
    raise UsageError(f"{option} expects a date such as 2026-03-02 or 2026-03-02 18:20 but got {text!r}.")


def _day(day: str, text: str, option: str, order: DateOrder | None) -> tuple[int, int, int] | None:
    """Year, month and day."""
    if match := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", day):
        return int(match[1]), int(match[2]), int(match[3])
    match = re.fullmatch(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4})", day)
    if match is None:
        return None
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    if order is None and match[2] != "." and max(first, second) <= 12 and first != second:
        raise UsageError(f"{option}: {text!r} may be two dates; write 2026-03-02, or say the order of day and month.")
    month_first = order == "mdy" or (order is None and match[2] != "." and second > 12)
    return (year, first, second) if month_first else (year, second, first)
