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
    """Parse a date with or without a time, as people and apps write it.

    2026-03-02, 2026-03-02 18:20 (with or without time zone), 2.3.2026, 2 Mar 2026, Mar 2, 2026, 2-Mar-2026, 6:30 PM as time;
    and 3/2/2026 or 3/2/26 if the order is given or one number is above 12. The default time is noon, the default time zone
    this computer's.

    Raises:
        UsageError: it is not a date, or ambiguous.
    """
    found = _day(" ".join(text.split()), text, option, order)
    if found is not None:
        (year, month, day), clock = found
        with suppress(ValueError):
            when = datetime.combine(date(year, month, day), _time(clock))
            when = when if when.tzinfo else when.astimezone()
            if when.year < FIRST_LOGGED or when > datetime.now(UTC) + AHEAD:
                asked = "lies in the future" if when.year > FIRST_LOGGED else f"is before {FIRST_LOGGED}"
                raise UsageError(f"{option}: {text!r} {asked}; check the year.")
            return when
    raise UsageError(f"{option} expects a date such as 2026-03-02 or 2026-03-02 18:20 but got {text!r}.")


def order_shown(text: str) -> DateOrder | None:
    """The order of day and month that a date such as 25/12/2025 shows by a number above 12; None if it shows none."""
    match = _NUMBERS.match(text.strip())
    if match is None or match[2] == ".":
        return None
    first, second = int(match[1]), int(match[3])
    return "dmy" if first > 12 >= second else "mdy" if second > 12 >= first else None


def is_ambiguous(text: str) -> bool:
    """Whether a date may be two, as 3/4/2026 may."""
    match = _NUMBERS.match(text.strip())
    return match is not None and match[2] != "." and match[1].lstrip("0") != match[3].lstrip("0") and order_shown(text) is None


def _time(text: str) -> time:
    """Parse a time of day: "8:05", "18:20:11.5 +0100", "17:20 UTC", "6:30 PM"; noon if empty.

    Raises:
        ValueError: it is not a time.
    """
    if not text.strip():
        return time(NOON)
    match = re.fullmatch(
        r"(\d?\d)(:\d\d(?::\d\d(?:\.\d+)?)?)\s*([AP])?(?:\.?M\.?)?\s*(Z|UTC|[+-]\d\d:?\d\d)?", text.strip().upper()
    )
    if match is None:
        raise ValueError(f"{text!r} is not a time")
    hour, rest, half, zone = match.groups(default="")
    if half:
        if not 1 <= int(hour) <= 12:
            raise ValueError(f"{text!r} is not a time")
        hour = str(int(hour) % 12 + 12 * (half == "P"))
    return time.fromisoformat(f"{hour:0>2}{rest}{zone.replace('UTC', 'Z')}").replace(microsecond=0)


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december",
)  # fmt: skip
#: A day and what follows it, which is a time or nothing.
_CLOCK = r"(?:(?:,|T| at)?\s*(\S.*))?"
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + r"(?!\d)" + _CLOCK, re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,2})([-./])(\d{1,2})\2(\d{4}|\d{2})" + r"(?!\d)" + _CLOCK, re.IGNORECASE)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_DAY_FIRST = re.compile(
    _WEEKDAY + r"(\d{1,2})(?:st|nd|rd|th)?\.?[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4}|\d{2})" + r"(?!\d)" + _CLOCK, re.IGNORECASE
)
_MONTH_FIRST = re.compile(
    _WEEKDAY + r"([a-z]{3,9})\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?,?[\s-]+(\d{4})" + r"(?!\d)" + _CLOCK, re.IGNORECASE
)


def _day(day: str, text: str, option: str, order: DateOrder | None) -> tuple[tuple[int, int, int], str] | None:
    """Year, month and day, and the text of the time after them."""
    if match := _YEAR_FIRST.fullmatch(day):
        return (int(match[1]), int(match[2]), int(match[3])), match[4] or ""
    if match := _DAY_FIRST.fullmatch(day):
        return (_year(match[3]), _month(match[2]), int(match[1])), match[4] or ""
    if match := _MONTH_FIRST.fullmatch(day):
        return (_year(match[3]), _month(match[1]), int(match[2])), match[4] or ""
    match = _NUMBERS.fullmatch(day)
    if match is None:
        return None
    first, second, year, clock = int(match[1]), int(match[3]), _year(match[4]), match[5] or ""
    if order is None and is_ambiguous(day):
        raise UsageError(f"{option}: {text!r} may be two dates; write 2026-03-02, or give the order of day and month.")
    own = "dmy" if match[2] == "." else order or order_shown(day)
    return ((year, first, second) if own == "mdy" else (year, second, first)), clock


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _month(name: str) -> int:
    """The number of a month's English name, or its beginning; 0 of another word."""
    name = name.casefold()
    known = name[:3] in _MONTHS and (len(name) == 3 or _NAMES[_MONTHS.index(name[:3])].startswith(name) or name == "sept")
    return _MONTHS.index(name[:3]) + 1 if known else 0


# When a clip was filmed: from its metadata, else its name, else the file's modification time.

#: Metadata keys, the best first: Apple's has the local time zone, `creation_time` of MP4 is in UTC.
_KEYS = ("com.apple.quicktime.creationdate", "creation_time", "date")
#: First plausible year; clocks that were never set say 1904 or 1970.
FIRST_YEAR = 2000
#: A name has the time at which a clip begins, its metadata often that at which it ends.
SAME_CLOCK = timedelta(minutes=10)
#: Tolerance for clocks that are ahead.
AHEAD = timedelta(days=1)
#: Names by phones, messengers and drones: 20260303_182011, VID-20260303-WA0001, 2026-03-03 18.20.11, DJI_20260303182011.
_IN_NAME = re.compile(
    r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)"
    r"(?:(?:[-_. T]+(?:at[-_. ])?|(?=\d{6}(?!\d)))(\d\d)[-_.:]?(\d\d)[-_.:]?(\d\d)(?:\d{3})?(?!\d)|(?!\d))"
)


def filmed_at(clip: Path) -> tuple[datetime, DateSource]:
    """The date of filming in the clip's time zone, by default this computer's, and its source.

    Raises:
        OSError: the file is missing.
    """
    found = date_in_metadata(_metadata(clip))
    named = date_in_name(clip.stem)
    if found is not None:
        return named if named is not None and _is_clock_of(named, found, clip.stem) else found, "metadata"
    if named is not None:
        return named, "name"
    return datetime.fromtimestamp(clip.stat().st_mtime).astimezone().replace(microsecond=0), "file"


def clock_note(clip: Path) -> str:
    """A sentence where a camera's clock and time zone decide on which day a clip was filmed; "" where they do not."""
    metadata = _metadata(clip)
    found = date_in_metadata(metadata)
    text = next((metadata[key].strip() for key in _KEYS if _parsed(metadata.get(key, "").strip()) is not None), "")
    written, here = _parsed_local(text), _parsed(text)
    if found is None or written is None or here is None or _KEYS[0] in metadata or written.date() == here.date():
        return ""
    clock = f"{written.day} {written:%B %H:%M}"
    if found.date() == written.date():
        return f"The camera's clock says {clock} and has no time zone: that is taken as the time here."
    return (
        f"The clip says {clock} UTC, which is {here.day} {here:%B %H:%M} here; if the camera's clock shows the time here, give"
        f" --date '{written:%Y-%m-%d %H:%M}'."
    )


def _is_clock_of(named: datetime, found: datetime, stem: str) -> bool:
    """Whether a name in local time shows that the metadata's UTC is the camera's clock, as drones and some cameras write it.

    Pixel phones have UTC in their names.
    """
    if stem.upper().startswith("PXL"):
        return False
    clock = found.astimezone(UTC).replace(tzinfo=None)
    return abs(named.replace(tzinfo=None) - clock) < SAME_CLOCK and abs(named - found) > 2 * SAME_CLOCK


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
