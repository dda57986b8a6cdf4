"""Older logs, from other apps, spreadsheets and paper: the sets of a file, row by row, and what was not read and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from formcheck.apps.logbook.dates import DateOrder, is_ambiguous, order_shown, parse_date
from formcheck.apps.logbook.entry import OTHER, Entry, Leg
from formcheck.apps.logbook.export import read_table
from formcheck.apps.logbook.names import ROLES, Column, Columns, NamedExercise, Role, columns_of, exercise_in_log, words_of
from formcheck.errors import UsageError
from formcheck.lifts.registry import exercise_named, exercises
from formcheck.units import MOST_KG, Load, Unit, load_from, load_of_kg

MOST_REPS, MOST_SETS = 200, 50
#: Longest cell that is read as a number, characters.
_LONGEST_CELL = 200


@dataclass(frozen=True)
class PaperRow:
    """A row: its number in the file and its sets; or why it is left out, or why it cannot be read.

    `remarks` are what was concluded and is not in the row itself.
    """

    number: int
    sets: tuple[Entry, ...] = ()
    left_out: str = ""
    problem: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaperLog:
    """A file: its rows, the columns that are used and those that are not, its exercises by their names, what was assumed."""

    rows: tuple[PaperRow, ...]
    columns: Columns
    names: dict[str, str]
    assumed: tuple[str, ...] = ()

    @property
    def sets(self) -> tuple[Entry, ...]:
        """All sets in the file's order."""
        return tuple(entry for row in self.rows for entry in row.sets)

    @property
    def problems(self) -> tuple[PaperRow, ...]:
        """The rows that cannot be read."""
        return tuple(row for row in self.rows if row.problem)

    @property
    def left_out(self) -> dict[str, int]:
        """How many rows hold no set, by reason."""
        return dict(Counter(row.left_out for row in self.rows if row.left_out))


def read_paper(
    path: Path,
    unit: Unit | None = None,
    order: DateOrder | None = None,
    *,
    columns: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
    who: str | None = None,
) -> PaperLog:
    """Read a log with one row a set, or several ("3x8", "10,10,8", a column `sets`, a column for each set).

    Date, exercise and reps are needed; load ("60kg", "2x20kg", or a number in a column that names the unit), RPE or RIR,
    warm-ups, leg, person and notes are read where there are columns of them.

    Args:
        unit: of loads without a unit.
        order: of day and month in ambiguous dates.
        columns: role (one of `columns.ROLES`) by name of a column, instead of what the name tells.
        names: exercise by its name in the file; "other" logs it under that name.
        who: the lifter, where no column names one.

    Raises:
        UsageError: the file cannot be read, a column is unclear, or dates contradict each other. Rows that cannot be read are
            `problems`.
    """
    for role in (columns or {}).values():
        if role not in ROLES:
            raise UsageError(f"--column expects one of {', '.join(ROLES)} before the = but got {role!r}.")
    table = read_table(path)
    known = columns_of(path.name, table.header, columns or {}, [row for _, row in table.rows])
    file = _File(path.name, known, unit, _order(path.name, known, table.rows, order), dict(names or {}), who)
    for said in file.names:
        if not any(said == _cell(row, column) for _, row in table.rows for column in known.of("exercise")):
            raise UsageError(f"{path.name} has no exercise {said!r}; --name expects one as it stands in the file.")
    _ask_unit(path.name, known, table.rows, unit)
    rows = tuple(file.read(number, row) for number, row in table.rows)
    return PaperLog(rows, known, file.met, table.assumed)


def _cell(row: Sequence[str], column: Column) -> str:
    return row[column.place] if column.place < len(row) else ""


def _order(
    file: str, columns: Columns, rows: Sequence[tuple[int, Sequence[str]]], order: DateOrder | None
) -> DateOrder | None:
    """The order of day and month in the whole file, as its unambiguous dates show it.

    Raises:
        UsageError: they contradict each other, or all are ambiguous.
    """
    if order is not None:
        return order
    cells = [(number, _cell(row, column)) for number, row in rows for column in columns.of("date")]
    shown: dict[DateOrder, tuple[int, str]] = {}
    for number, text in cells:
        if (own := order_shown(text)) is not None:
            shown.setdefault(own, (number, text))
    if len(shown) == 2:
        (day, day_text), (month, month_text) = shown["dmy"], shown["mdy"]
        raise UsageError(
            f"{file}: {day_text!r} in row {day} has the day first, {month_text!r} in row {month} the month; write its"
            " dates in one way, such as 2026-03-02."
        )
    if shown:
        return next(iter(shown))
    unsure = next(((number, text) for number, text in cells if is_ambiguous(text)), None)
    if unsure is not None:
        raise UsageError(
            f"{file}, row {unsure[0]}: {unsure[1]!r} may be two dates, and no other row shows the order; give --dates dmy (day"
            " first) or --dates mdy."
        )
    return None


def _ask_unit(file: str, columns: Columns, rows: Sequence[tuple[int, Sequence[str]]], unit: Unit | None) -> None:
    """Ask for the unit where neither cells nor columns name one.

    Raises:
        UsageError: they do not, and nobody said.
    """
    if unit is not None or columns.of("unit"):
        return
    for number, row in rows:
        for column in columns.used:
            cell = _cell(row, column)
            if column.role == "load" and column.unit is None and re.fullmatch(r"[\d.,]*[1-9][\d.,]*", cell):
                raise UsageError(
                    f"{file}, row {number}: the load {cell!r} has no unit, nor has its column {column.header!r}; give --unit"
                    " kg or --unit lb."
                )


class _NoSetError(Exception):
    """The row holds no set; its text says why."""


@dataclass
class _File:
    """A file that is being read: the user's settings for it, and what its earlier rows showed."""

    name: str
    columns: Columns
    unit: Unit | None
    order: DateOrder | None
    names: dict[str, str]
    who: str | None
    met: dict[str, str] = field(default_factory=dict)
    above: dict[Role, str] = field(default_factory=dict)
    seen_notes: set[tuple[str, str]] = field(default_factory=set)
    now: datetime = field(default_factory=lambda: datetime.now().astimezone().replace(microsecond=0))

    def read(self, number: int, row: Sequence[str]) -> PaperRow:
        """Read a row."""
        remarks: list[str] = []
        try:
            return PaperRow(number, tuple(self._sets(row, remarks)), remarks=tuple(remarks))
        except _NoSetError as reason:
            return PaperRow(number, left_out=str(reason))
        except UsageError as error:
            return PaperRow(number, problem=str(error))

    def _text(self, row: Sequence[str], role: Role, number: int = 0) -> str:
        return next((text for column in self.columns.of(role, number) if (text := _cell(row, column))), "")

    def _inherited(self, row: Sequence[str], role: Role, remarks: list[str]) -> str:
        """A cell, or the one above it: tables by hand name the day and the exercise once."""
        text = self._text(row, role)
        if not text and role in self.above:
            remarks.append(f"{role} of the row above")
        self.above[role] = text or self.above.get(role, "")
        return self.above[role]

    def _sets(self, row: Sequence[str], remarks: list[str]) -> list[Entry]:
        label, kind = self._text(row, "set"), self._kind_text(row)
        written = self._text(row, "exercise")
        if re.search("rest", label, re.IGNORECASE):
            raise _NoSetError("a rest")
        if re.fullmatch("note", label, re.IGNORECASE):
            raise _NoSetError("a note without a set")
        each = self.columns.sets()
        reps_text = self._text(row, "reps")
        if not each and not reps_text:
            raise _NoSetError("no reps (a timed set, a distance or a heading)")
        if not written and "exercise" not in self.above:
            raise UsageError("there is no exercise.")
        written = self._inherited(row, "exercise", remarks)
        named = self._exercise(written)
        if self.columns.of("variant") and (variant := self._text(row, "variant")):
            named = replace(named, variant=variant)
        when = self._when(row, remarks)
        warm_up, kind_note, to_failure = _kind(kind or (label if not label.isdecimal() else ""))
        rpe, rpe_note = _effort(self._text(row, "rpe"), self._text(row, "rir"), to_failure=to_failure)
        leg = _leg(self._text(row, "leg")) or named.leg
        common: dict[str, Any] = {
            "exercise": named.exercise, "variant": named.variant, "warm_up": warm_up, "rpe": rpe,
            "who": self._text(row, "who") or self.who, "filmed_at": when, "filmed_source": "user", "logged_at": self.now,
        }  # fmt: skip
        found: list[tuple[int, Leg | None, Load | None, str]] = []
        if each:
            for number in each:
                text = self._text(row, "reps", number)
                if not text or text in ("0", "0.0"):
                    continue
                count, note = _one_count(text)
                found.append((count, leg, self._load(row, number), note))
            if not found:
                raise _NoSetError("no reps")
        else:
            load = self._load(row)
            for count, own_leg, note in _counts(reps_text, self._text(row, "sets"), one_legged=_one_legged(named.exercise)):
                found.append((count, own_leg or leg, load, note))
            found = [one for one in found if one[0]]
            if not found:
                raise _NoSetError("0 reps")
        if len(found) > 1:
            remarks.append(f"{len(found)} sets")
        notes = self._notes(row, when)
        return [
            Entry(0, reps_done=count, load=load, leg=own_leg, notes=_joined(*notes, kind_note, rpe_note, note), **common)
            for count, own_leg, load, note in found
        ]

    def _kind_text(self, row: Sequence[str]) -> str:
        """What kind of set it is; a column that is called warm-up has 1 or 0."""
        for column in self.columns.of("kind"):
            text = _cell(row, column)
            if text:
                return {"1": "warm-up", "0": ""}.get(text, text) if "warm" in column.header.casefold() else text
        return ""

    def _exercise(self, written: str) -> NamedExercise:
        said = self.names.get(written)
        if said is None:
            named = exercise_in_log(written)
        elif said.casefold() == "other":
            named = NamedExercise(OTHER + written.casefold())
        else:
            named = NamedExercise(exercise_named(said).name)
        self.met[written] = named.exercise
        return named

    def _when(self, row: Sequence[str], remarks: list[str]) -> datetime:
        text = self._inherited(row, "date", remarks)
        clock = self._text(row, "time")
        if clock and re.fullmatch(r"[\d/.-]+", text):
            text = f"{text} {clock}"
        return parse_date(text, "the date", self.order)

    def _notes(self, row: Sequence[str], when: datetime) -> list[str]:
        """What is noted in a row; of a note on the whole workout or exercise, which apps repeat in each row, the first."""
        notes: list[str] = []
        for column in self.columns.of("notes"):
            text = _cell(row, column)
            whole = bool({"workout", "exercise", "description"} & set(words_of(column.header)))
            key = (f"{column.header} {when}", text)
            if text and text not in notes and not (whole and key in self.seen_notes):
                notes.append(text)
                self.seen_notes.add(key)
        return notes

    def _load(self, row: Sequence[str], number: int = 0) -> Load | None:
        """The load, in the unit of its cell, its column, its row, or the one said for the file.

        Raises:
            UsageError: it cannot be read, has no unit, or two columns have different ones.
        """
        unit_text = self._text(row, "unit")
        in_row = _unit(unit_text) if unit_text else None
        pieces_text = self._text(row, "pieces")
        loads: list[Load] = []
        for column in self.columns.of("load", number):
            unit = column.unit or in_row or self.unit
            # Our own export has the whole load of all pieces.
            own_pieces = int(pieces_text) if pieces_text in ("1", "2") else 0
            load = parse_cell(_cell(row, column), unit, 1 if own_pieces else column.pieces)
            if load is not None:
                loads.append(replace(load, pieces=own_pieces) if own_pieces else load)
        if len(loads) > 1 and abs(loads[0].kg - loads[1].kg) > max(0.3, 0.01 * loads[0].kg):
            raise UsageError(f"one load expected but got {loads[0].text()} and {loads[1].text()}.")
        same = [load for load in loads if load.unit == load_of_kg(loads[0].kg).unit]  # the unit that gives a round number
        return (same or loads)[0] if loads else None


def parse_cell(text: str, unit: Unit | None, pieces: int = 1) -> Load | None:
    """A load as a cell has it: "60", "62,5", "60kg", "2x20kg", "20kg each", "BW", "BW+10kg"; None for an empty one.

    Raises:
        UsageError: it is something else, has no unit, or is too much.
    """
    plain = text[:_LONGEST_CELL].casefold().strip()
    if plain in ("", "-", "–", "n/a", "na", "none"):
        return None
    body = r"(?:bw|body ?weight)"
    if re.fullmatch(body, plain):
        return Load(0.0)
    match = re.fullmatch(
        rf"(?:{body}\s*\+\s*|\+\s*)?(?:(2)\s*[x×*]\s*)?([\d.,' ]*\d)\s*([a-z]+)?\s*"
        r"(each(?: hand)?|(?:/|per |a )(?:hand|dumbbell))?",
        plain,
    )
    own = match[3] if match else None
    if match is None or (own is not None and own not in _UNIT_NAMES):
        raise UsageError(f"the load expects something like 60, 60kg, 2x20kg or body weight but got {text!r}.")
    wanted = _UNIT_NAMES[own] if own else unit
    amount = _number(match[2], "the load", text)
    if wanted is None:
        if not amount:
            return Load(0.0)
        raise UsageError(f"the load {text!r} has no unit; write 60kg, or give --unit kg or --unit lb.")
    load = load_from(amount, wanted, 2 if match[1] or match[4] else pieces)
    if load.kg > MOST_KG:
        raise UsageError(f"the load expects at most {MOST_KG:.0f} kg but got {text!r}.")
    return load


_UNIT_NAMES: dict[str, Unit] = {
    **dict.fromkeys(("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "k"), "kg"),
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), "lb"),
}  # fmt: skip


def _unit(text: str) -> Unit:
    if text.casefold() not in _UNIT_NAMES:
        raise UsageError(f"the unit expects kg or lb but got {text!r}.")
    return _UNIT_NAMES[text.casefold()]


def _number(digits: str, what: str, text: str) -> float:
    """A number with a decimal point or comma, and perhaps separators of thousands.

    Raises:
        UsageError: it is none, or may be two.
    """
    digits = digits.replace(" ", "").replace("'", "")
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d+", digits):
        digits = digits.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+\.\d+", digits):
        digits = digits.replace(",", "")
    elif re.fullmatch(r"[1-9]\d{0,2}[.,]000", digits) and float(digits[:-4]) * 1000 <= MOST_KG:
        raise UsageError(f"{what} {text!r} may be {digits[:-4]} or {digits[:-4]}000; write it without a separator.")
    else:
        digits = digits.replace(",", ".")
    if not re.fullmatch(r"\d+(\.\d+)?", digits):
        raise UsageError(f"{what} expects a number but got {text!r}.")
    return float(digits)


_LEGS: dict[str, Literal["left", "right"]] = {"left": "left", "l": "left", "right": "right", "r": "right"}


def _leg(text: str) -> Leg | None:
    if text.casefold() in ("", "both"):
        return None
    if text.casefold() not in _LEGS:
        raise UsageError(f"the leg expects left or right but got {text!r}.")
    return _LEGS[text.casefold()]


def _one_legged(exercise: str) -> bool:
    return any(own.name == exercise and own.programme is not None and own.programme.each_leg for own in exercises())


def _joined(*notes: str) -> str:
    return "; ".join(filter(None, notes))


_USUAL = {
    "", "normal", "normalset", "n", "working", "workingset", "work", "workset", "regular", "standard", "false", "no",
}  # fmt: skip


def _kind(text: str) -> tuple[bool, str, bool]:
    """Whether a set is a warm-up; a note of any other kind; and whether it went to failure."""
    plain = "".join(words_of(text))
    if plain in ("w", "warmup", "warmupset", "true", "yes"):
        return True, "", False
    if plain in _USUAL:
        return False, "", False
    if plain in ("f", "failure", "failureset", "tofailure"):
        return False, "to failure", True
    return False, "drop set" if plain in ("d", "drop", "dropset") else text.casefold(), False


def _effort(rpe: str, rir: str, *, to_failure: bool) -> tuple[float | None, str]:
    """The RPE, which is 10 less the reps in reserve; anything else becomes a note."""
    for text, what, turned in ((rpe, "RPE", False), (rir, "RIR", True)):
        if not text:
            continue
        match = re.fullmatch(r"@?\s*(\d{1,2}(?:[.,]\d+)?)", text)
        value = float(match[1].replace(",", ".")) if match else -1.0
        if not 0 <= value <= 10:
            return None, f"{what} {text}"
        if turned or value:  # apps write 0 where nobody said how hard it was
            return 10 - value if turned else value, ""
    return (10.0 if to_failure else None), ""


def _one_count(text: str) -> tuple[int, str]:
    """The reps of one set, and a note of what was written otherwise: "10", "10.0", "8+".

    Raises:
        UsageError: it is something else.
    """
    match = re.fullmatch(r"(\d{1,4})(?:[.,]0+)?(\+)?", text.strip())
    if match is None or int(match[1]) > MOST_REPS:
        raise UsageError(_reps_sentence(text))
    return int(match[1]), f"{match[1]}+ reps" if match[2] else ""


def _reps_sentence(text: str) -> str:
    if re.fullmatch(r"\d+\s*(-|–|to|bis)\s*\d+", text.strip()):
        return f"the reps expect what was done but got {text!r}, which is a range."
    return (
        f"the reps expect a number such as 8, 3x8 or 10/10/8, at most {MOST_SETS} sets of at most {MOST_REPS}, but got"
        f" {text[:40]!r}."
    )


def _counts(text: str, sets: str, *, one_legged: bool) -> list[tuple[int, Leg | None, str]]:
    """Reps, leg and note of each set: "8", "3x8", "10,10,8", "10/10/8", each `sets` times; "10/10" of one leg each.

    Raises:
        UsageError: it is something else, or the numbers contradict the sets.
    """
    text, said = text[:_LONGEST_CELL], sets[:40]
    if said and not re.fullmatch(r"\d{1,3}(\.0+)?", said):
        raise UsageError(f"the sets expect a number but got {said!r}.")
    repeat = int(float(said)) if said else 1
    times = re.fullmatch(r"(\d{1,4})\s*[x×*]\s*(\d{1,4})", text, re.IGNORECASE)
    if re.fullmatch(r"\d{1,4}[.,]0", text) or "-" in text or "–" in text:
        parts = [text]
    elif times:
        parts = [times[2]] * min(int(times[1]), MOST_SETS + 1)
    else:
        parts = [part for part in re.split(r"[,;/\s]+", text) if part]
    if not parts or repeat > MOST_SETS or len(parts) * max(1, repeat) > MOST_SETS * 4:
        raise UsageError(_reps_sentence(text if repeat <= MOST_SETS else f"{said} sets of {text}"))
    counts = [_one_count(part) for part in parts]
    found: list[tuple[int, Leg | None, str]]
    if one_legged and re.fullmatch(r"\d+\s*/\s*\d+", text) and (not said or repeat != 2):
        (left, left_note), (right, right_note) = counts
        found = [(left, "left", left_note), (right, "right", right_note)]
    else:
        found = [(count, None, note) for count, note in counts]
        if said and len(counts) > 1:  # a number for each set
            if len(counts) != repeat:
                raise UsageError(f"there are {repeat} sets but reps of {len(counts)}: {text!r}.")
            repeat = 1
    found *= repeat
    if not 1 <= len(found) <= MOST_SETS:
        raise UsageError(_reps_sentence(text if found else f"{said} sets of {text}"))
    return found
