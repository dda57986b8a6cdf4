"""Names in the logs of people and apps: exercises, formcheck's own or another under its own name, and columns.

A log's loads are compared and advised from, so a name stands for an exercise of formcheck only if the load means the same:
a hip thrust in a machine or a Romanian deadlift with dumbbells is another exercise in a log, however alike the form is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from formcheck.apps.logbook.entry import OTHER, Leg
from formcheck.errors import UsageError
from formcheck.lifts.registry import canonical, exercises
from formcheck.units import Unit

#: Words for what is lifted; the longer ones first.
_EQUIPMENT = {
    **dict.fromkeys(("smith machine", "machine", "smith"), "machine"),
    **dict.fromkeys(("trap bar", "hex bar"), "trap bar"),
    **dict.fromkeys(("body weight", "bodyweight"), "body"),
    **dict.fromkeys(("barbell", "bb"), "barbell"),
    **dict.fromkeys(("dumbbells", "dumbbell", "dumbells", "dumbell", "dbs", "db"), "dumbbell"),
    **dict.fromkeys(("kettlebells", "kettlebell", "kb"), "kettlebell"),
    **dict.fromkeys(("safety bar", "cable", "banded", "band", "plate"), "other"),
}
_BARBELL = frozenset({"barbell"})
_HANDS = frozenset({"dumbbell", "kettlebell", "body"})
#: What each name (without equipment, in the singular) stands for: exercise, variant, and the equipment it may name.
_NAMES: dict[str, tuple[str, str | None, frozenset[str]]] = {
    **dict.fromkeys(("hip thrust", "hip thruster", "ht"), ("hip_thrust", None, _BARBELL)),
    **dict.fromkeys(("glute bridge", "hip bridge"), ("glute_bridge", None, frozenset({"barbell", "body"}))),
    **dict.fromkeys(("romanian deadlift", "rdl", "romanian dead lift"), ("romanian_deadlift", None, _BARBELL)),
    **dict.fromkeys(("deadlift", "conventional deadlift", "dead lift", "dl"), ("conventional_deadlift", None, _BARBELL)),
    **dict.fromkeys(("split squat", "static lunge"), ("split_squat", None, _HANDS)),
    **dict.fromkeys(
        ("bulgarian split squat", "bulgarian", "bss", "rfess", "rear foot elevated split squat", "bulgarian squat"),
        ("split_squat", "bulgarian", _HANDS),
    ),
    **dict.fromkeys(
        ("lunge", "forward lunge", "reverse lunge", "backward lunge", "walking lunge"), ("lunge", None, _HANDS | _BARBELL)
    ),
    **dict.fromkeys(("goblet squat", "goblet"), ("goblet_squat", None, frozenset({"dumbbell", "kettlebell"}))),
    # "Squat" alone is the one with a bar in every app.
    **dict.fromkeys(("squat", "back squat", "high bar squat", "low bar squat"), ("back_squat", None, _BARBELL)),
}


@dataclass(frozen=True)
class NamedExercise:
    """An exercise in a log: formcheck's name, or "other:" and its own; the variant, and the leg that the name tells."""

    exercise: str
    variant: str | None = None
    leg: Leg | None = None


def exercise_in_log(name: str) -> NamedExercise:
    """The exercise that a log calls `name`: "Hip Thrusts", "Hip Thrust (Barbell)", "RDL", "Front Squat"; "" stays empty."""
    name = " ".join(name.split())
    if name.startswith(OTHER):
        return NamedExercise(name)
    plain = "".join(letter for letter in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(letter))
    words = " ".join(re.findall(r"[^\W_]+", plain))
    sides: tuple[Leg, Leg] = ("left", "right")
    legs = [leg for leg in sides if re.search(rf"\b{leg}\b", words)]
    if len(legs) == 1:
        words = _without(words, rf"{legs[0]}( leg| side)?")
    bare, equipment = _bare(words)
    for known in (bare, _singular(bare)):
        exercise, variant, allowed = _NAMES.get(known, ("", None, frozenset()))
        if exercise and equipment <= allowed:
            return NamedExercise(exercise, variant, legs[0] if len(legs) == 1 else None)
    # Exercises of plug-ins, and names as formcheck writes them.
    asked = canonical(plain)
    for own in exercises():
        if asked in (own.name, canonical(own.title)):
            return NamedExercise(own.name)
        for variant, title in own.variant_titles.items():
            if asked == canonical(title):
                return NamedExercise(own.name, variant)
    return NamedExercise(OTHER + name.casefold() if name else "")


def _bare(words: str) -> tuple[str, frozenset[str]]:
    """The name without its equipment, and the equipment."""
    found = set()
    for said, kind in _EQUIPMENT.items():
        if re.search(rf"\b{said}\b", words):
            words = _without(words, said)
            found.add(kind)
    return words, frozenset(found)


def _without(words: str, pattern: str) -> str:
    return " ".join(re.sub(rf"\b{pattern}\b", " ", words).split())


def _singular(words: str) -> str:
    """The words in the singular: "romanian deadlifts", "split squats"."""
    return re.sub(r"\b(\w{2,}[^s\W])s\b", r"\1", words)


# Columns of a log: what each holds, by its header in Strong, Hevy, FitNotes, StrongLifts, spreadsheets and our own export.

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
_HEADERS: dict[str, Role] = {
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
                f"{file}: the column {name!r} may be the {role}; give --column {role}={name!r}, or --column"
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
                    f"{file}: {' and '.join(map(repr, names))} may both be the {role}; give --column"
                    f" ignore={names[1]!r} to leave one out."
                )
    if "load" not in roles:
        number = re.compile(r"\d+([.,]\d+)?\s*(kgs?|lbs?)?", re.IGNORECASE)
        for name in unused:
            cells = [row[header.index(name)] for row in rows if len(row) > header.index(name) and row[header.index(name)]]
            if cells and not _known_as_other(words_of(name)) and all(number.fullmatch(cell) for cell in cells):
                raise UsageError(
                    f"{file} has no column for the load; is it {name!r}? Give --column load={name!r}, or --column"
                    f" ignore={name!r} if it isn't."
                )
    dates = [column for column in found if column.role == "date"]
    later = {column.header for column in dates if column is not min(dates, key=lambda one: one.header.casefold() != "date")}
    unused += [column.header for column in dates if column.header in later]
    return Columns(tuple(column for column in found if column.header not in later), tuple(unused))


def _role(words: list[str]) -> Role | None:
    """The role that a name tells for certain; None for another one, "ignore" for one that is known and not needed."""
    name, said = " ".join(words), set(words)
    if name in _HEADERS:
        return _HEADERS[name]
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
