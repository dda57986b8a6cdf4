"""Recognising the columns of a log by their names in Strong, Hevy, FitNotes, StrongLifts, spreadsheets and our own export."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from formcheck.errors import UsageError
from formcheck.units import Unit

Role = Literal[
    "date", "time", "exercise", "variant", "load", "unit", "pieces", "reps", "sets", "set", "kind", "rpe", "rir", "leg", "who",
    "notes", "ignore",
]
ROLES: tuple[str, ...] = get_args(Role)
_UNITS: dict[str, Unit] = {
    **dict.fromkeys(("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "kilogramm"), "kg"),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), "lb"),
}  # fmt: skip
_LOADS = {"weight", "weights", "load", "loads"}
_REPS = {"reps", "rep", "repetitions"}
#: Words beside "load" or "reps" that do not change the meaning.
_FILL = {
    "in", "used", "lifted", "the", "of", "per", "set", "each", "hand", "dumbbell", "bar", "barbell", "working", "work",
    "actual", "done", "number", "no", "performed", "completed", "my", "x", "sets",
}  # fmt: skip
#: A column with one of these words is neither load nor reps.
_OTHER = {
    "body", "bodyweight", "volume", "e1rm", "1rm", "rm", "max", "top", "distance", "duration", "target", "planned", "goal",
    "clean", "judged", "height",
}  # fmt: skip
_NAMES: dict[str, Role] = {
    **dict.fromkeys(("date", "day", "when", "workout date", "start time", "starttime", "timestamp"), "date"),
    "date yyyy mm dd": "date",
    **dict.fromkeys(("exercise", "exercise name", "exercise title", "lift", "movement"), "exercise"),
    **dict.fromkeys(("set order", "set index", "set number", "set", "set no", "set nr", "set id"), "set"),
    **dict.fromkeys(("set type", "type", "warmup", "warm up", "is warmup", "iswarmup", "warm up set"), "kind"),
    **dict.fromkeys(("leg", "side"), "leg"),
    **dict.fromkeys(("who", "person", "athlete", "lifter", "client"), "who"),
    **dict.fromkeys(
        ("notes", "note", "comment", "comments", "remarks", "set notes", "exercise notes", "workout notes", "description"),
        "notes",
    ),
    **dict.fromkeys(("rir", "reps in reserve"), "rir"),
    "rpe": "rpe", "variant": "variant", "pieces": "pieces", "start time h mm": "time", "load kg": "load", "load lb": "load",
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column: its place from 0, its name in the file, what it is, its unit if its name tells one, and of how many pieces.

    `number` is that of the set, where each set has columns of its own (StrongLifts).
    """

    place: int
    header: str
    role: Role
    unit: Unit | None = None
    pieces: int = 1
    number: int = 0


@dataclass(frozen=True)
class Columns:
    """The columns of a file that are used, and the names of those that are not."""

    used: tuple[Column, ...]
    unused: tuple[str, ...]

    def of(self, role: Role, number: int = 0) -> list[Column]:
        """The columns with this role, in the file's order."""
        return [column for column in self.used if column.role == role and column.number == number]

    def sets(self) -> list[int]:
        """The numbers of the sets that have columns of their own."""
        return sorted({column.number for column in self.used if column.number})


def words_of(header: str) -> list[str]:
    """The words of a column's name in lower case."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", header.casefold()) if not unicodedata.combining(one))
    return re.findall(r"[^\W_]+", plain.replace("×", " x "))


def columns_of(file: str, header: Sequence[str], told: Mapping[str, str], rows: Sequence[Sequence[str]]) -> Columns:
    """Recognise the columns.

    Args:
        file: its name, for errors.
        told: role by the name of a column, as its owner said.
        rows: the cells, to see which unknown columns hold numbers.

    Raises:
        UsageError: a needed one is missing, or one may be the load or the reps; the sentence asks.
    """
    unknown = [name for name in told if name not in header]
    if unknown:
        raise UsageError(f"{file} has no column {unknown[0]!r}; expected one of {', '.join(map(repr, header))}.")
    found: list[Column] = []
    unsure: dict[str, Role] = {}
    unused: list[str] = []
    for place, name in enumerate(header):
        words = words_of(name)
        unit = next((_UNITS[word] for word in words if word in _UNITS), None)
        pieces = 2 if {"each", "hand"} & set(words) or "per dumbbell" in " ".join(words) else 1
        number = 0
        role: Role | None
        if name in told:
            role = told[name]  # type: ignore[assignment]  # checked by the caller
        elif match := re.fullmatch(r"set (\d+) (\w+)", " ".join(words)):
            number = int(match[1])
            role = "reps" if match[2] in _REPS else "load" if match[2] in _UNITS or match[2] in _LOADS else None
        else:
            role = _role(words)
            if role is None and (like := _like(words)) is not None:
                unsure[name] = like
                continue
        if role is None or role == "ignore":
            unused += [name] if name else []
        else:
            found.append(Column(place, name, role, unit, pieces, number))
    return _settled(file, header, found, unsure, unused, rows)


def _settled(
    file: str,
    header: Sequence[str],
    found: list[Column],
    unsure: Mapping[str, Role],
    unused: list[str],
    rows: Sequence[Sequence[str]],
) -> Columns:
    roles = {column.role for column in found}
    each = [column for column in found if column.number and column.role == "reps"]
    if each:  # what else tells reps is their sum
        unused += [column.header for column in found if column.role in ("reps", "sets") and not column.number]
        found = [column for column in found if column.number or column.role not in ("reps", "sets")]
    missing = [role for role in ("date", "exercise", "reps") if role not in roles and role not in unsure.values()]
    if missing:
        have = f"; its columns are {', '.join(map(repr, header))}" if any(header) else ""
        raise UsageError(
            f"{file} has no column {' and none '.join(missing)}{have}. Name them with --column, such as"
            f" --column {missing[0]}='NAME OF THE COLUMN'."
        )
    for name, role in unsure.items():
        if role not in roles:
            raise UsageError(
                f"{file}: the column {name!r} may be the {role}; say --column {role}={name!r}, or --column"
                f" ignore={name!r} to leave it out."
            )
        unused.append(name)
    for role, unit_matters in (("exercise", False), ("reps", False), ("load", True)):
        same: dict[object, list[str]] = {}
        for column in found:
            if column.role == role and not column.number:
                same.setdefault(column.unit if unit_matters else None, []).append(column.header)
        for names in same.values():
            if len(names) > 1:
                raise UsageError(
                    f"{file}: {' and '.join(map(repr, names))} may both be the {role}; say --column"
                    f" ignore={names[1]!r} to leave one out."
                )
    if "load" not in roles:
        number = re.compile(r"\d+([.,]\d+)?\s*(kgs?|lbs?)?", re.IGNORECASE)
        for name in unused:
            cells = [row[header.index(name)] for row in rows if len(row) > header.index(name) and row[header.index(name)]]
            if cells and not _known_as_other(words_of(name)) and all(number.fullmatch(cell) for cell in cells):
                raise UsageError(
                    f"{file} has no column for the load; is it {name!r}? Say --column load={name!r}, or --column"
                    f" ignore={name!r} if it isn't."
                )
    dates = [column for column in found if column.role == "date"]
    later = {column.header for column in dates if column is not min(dates, key=lambda one: one.header.casefold() != "date")}
    unused += [column.header for column in dates if column.header in later]
    return Columns(tuple(column for column in found if column.header not in later), tuple(unused))


def _role(words: list[str]) -> Role | None:
    """The role that a name tells for certain; None for another one, "ignore" for one that is known and not needed."""
    name, said = " ".join(words), set(words)
    if name in _NAMES:
        return _NAMES[name]
    if said & _OTHER:
        return "ignore"
    if said & {"unit", "units"}:
        return "unit" if said <= {"unit", "units", *_LOADS} else "ignore"
    if said & (_LOADS | set(_UNITS)):
        return "load" if said <= _LOADS | set(_UNITS) | _FILL else None
    if said & _REPS:
        return "reps" if said <= _REPS | _FILL else None
    if "sets" in said:
        return "sets" if said <= {"sets"} | _FILL else None
    return None


def _like(words: list[str]) -> Role | None:
    """The role that a name may have."""
    said = set(words)
    if said & {"unit", "units"}:
        return None
    return "load" if said & (_LOADS | set(_UNITS)) else "reps" if said & _REPS else None


#: Columns of numbers in those apps' files that are not loads.
_NUMBERS = {
    "seconds", "superset", "id", "workout", "minutes", "calories", "rest", "heart", "rate", "age", "year", "week", "session",
    "time", "hours", "category", "index",
}  # fmt: skip


def _known_as_other(words: list[str]) -> bool:
    return bool(set(words) & (_OTHER | _NUMBERS))
