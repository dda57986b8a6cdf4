"""Parsing and formatting dates, and finding out when a clip was filmed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import av

from formcheck.apps.logbook.entry import DateSource
from formcheck.errors import UsageError
from formcheck.video.files import open_media

DateOrder = Literal["dmy", "mdy"]
#: Time of day if only the date is known.
NOON = 12
#: No log begins before this year.
FIRST_LOGGED = 1950


def date_text(when: datetime) -> str:
    """A date with its time, in this computer's time zone: "2 March 2026 18:20"."""
    local = when.astimezone()
    return f"{local.day} {local:%B %Y %H:%M}"


def day_text(day: date) -> str:
    """A day for people: "2 Mar 2026"; of a time, the day at its place."""
    return f"{day.day} {day:%b %Y}"


def parse_date(text: str, option: str = "--date", order: DateOrder | None = None) -> datetime:
    """Parse 2026-03-02, 2026-03-02 18:20 (with or without time zone), 2.3.2026, and 3/2/2026 if the order is given.

    The default time is noon, the default time zone this computer's.

    Raises:
        UsageError: it is not a date, or ambiguous.
    """
    day, _, clock = text.strip().replace("T", " ", 1).partition(" ")
    numbers = _day(day, text, option, order)
    if numbers is not None:
        with suppress(ValueError):
            when = datetime.combine(date(*numbers), _time(clock))
            when = when if when.tzinfo else when.astimezone()
            if when.year < FIRST_LOGGED or when > datetime.now(UTC) + AHEAD:
                asked = "lies in the future" if when.year > FIRST_LOGGED else f"is before {FIRST_LOGGED}"
                raise UsageError(f"{option}: {text!r} {asked}; check the year.")
            return when
    raise UsageError(f"{option} expects a date such as 2026-03-02 or 2026-03-02 18:20 but got {text!r}.")


def _time(text: str) -> time:
    """Parse a time of day: "8:05", "18:20:11.5 +0100", "17:20 UTC"; noon if empty.

    Raises:
        ValueError: it is not a time.
    """
    if not text.strip():
        return time(NOON)
    match = re.fullmatch(r"(\d?\d)(:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|UTC|[+-]\d\d:?\d\d)?", text.strip().upper())
    if match is None:
        raise ValueError(f"{text!r} is no time")
    hour, rest, zone = match.groups(default="")
    return time.fromisoformat(f"{hour:0>2}{rest}{zone.replace('UTC', 'Z')}").replace(microsecond=0)


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


# When a clip was filmed: from its metadata, else its name, else the file's modification time.

#: Metadata keys, the best first: Apple's has the local time zone, `creation_time` of MP4 is in UTC.
_KEYS = ("com.apple.quicktime.creationdate", "creation_time", "date")
#: First plausible year; clocks that were never set say 1904 or 1970.
FIRST_YEAR = 2000
#: Tolerance for clocks that are ahead.
AHEAD = timedelta(days=1)
#: Names by phones and messengers: 20260303_182011, VID-20260303-WA0001, 2026-03-03 18.20.11.
_IN_NAME = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?:[-_. T]+(?:at[-_. ])?(\d\d)[-_.:]?(\d\d)[-_.:]?(\d\d)(?:\d{3})?(?!\d)|(?!\d))"
)


def filmed_at(clip: Path) -> tuple[datetime, DateSource]:
    """The date of filming in the clip's time zone, by default this computer's, and its source.

    Raises:
        OSError: the file is missing.
    """
    found = date_in_metadata(_metadata(clip))
    if found is not None:
        return found, "metadata"
    named = date_in_name(clip.stem)
    if named is not None:
        return named, "name"
    return datetime.fromtimestamp(clip.stat().st_mtime).astimezone().replace(microsecond=0), "file"


def date_in_metadata(metadata: Mapping[str, str]) -> datetime | None:
    """The date of filming from a container's metadata; None without a plausible one."""
    for key in _KEYS:
        text = metadata.get(key, "").strip()
        if re.fullmatch(r"(\d{4})([-:.]?\d\d){0,2}", text) and key == "date":
            continue  # a year or a day only: from an encoder
        when = _parsed(text)
        if when is not None and when.tzinfo is not None and _clock_without_zone(metadata):
            when = _parsed_local(text) or when
        if when is not None and _possible(when):
            return when.replace(microsecond=0)
    return None


def date_in_name(stem: str) -> datetime | None:
    """The date in a file's name, at noon without a time."""
    for match in _IN_NAME.finditer(stem):
        numbers = [int(part) for part in match.groups() if part is not None]
        with suppress(ValueError):
            when = datetime(*(numbers if len(numbers) == 6 else [*numbers, NOON])).astimezone()  # type: ignore[arg-type]
            if _possible(when):
                return when
    return None


def _metadata(clip: Path) -> dict[str, str]:
    with suppress(av.error.FFmpegError, OSError, ValueError), open_media(clip) as container:
        own = dict(container.metadata)
        for stream in container.streams.video[:1]:
            own = {**stream.metadata, **own}
        return {key.lower(): value for key, value in own.items()}
    return {}


def _parsed(text: str) -> datetime | None:
    """Parse a camera's date and time: "2026-03-03T18:20:11+0100", "2026:03:03 17:20:11"; UTC by default."""
    day, clock = text[:10].replace(":", "-"), text[11:]
    if text[10:11].upper() not in ("T", " ") or not clock.strip():
        return None
    with suppress(ValueError):
        when = datetime.combine(date.fromisoformat(day), _time(clock))
        if when.tzinfo in (None, UTC):
            return when.replace(tzinfo=UTC).astimezone()
        return when
    return None


def _clock_without_zone(metadata: Mapping[str, str]) -> bool:
    """Whether a camera wrote it that has no time zone and calls its own clock's time UTC."""
    return any(text.strip().startswith("GoPro") for text in metadata.values())


def _parsed_local(text: str) -> datetime | None:
    """A date in UTC as one of this computer's time zone."""
    when = _parsed(text)
    return None if when is None else when.astimezone(UTC).replace(tzinfo=None).astimezone()


def _possible(when: datetime) -> bool:
    return when.year >= FIRST_YEAR and when <= datetime.now(UTC) + AHEAD
