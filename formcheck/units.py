"""Units of measures, for people and in names of columns; parsing and formatting loads, lengths and times."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from formcheck.errors import UsageError

#: Units for people, and as suffix of a column's name.
MEASURED = {
    "deg": ("°", "deg"), "s": (" s", "s"), "px": (" px", "px"), "m": (" m", "m"), "m/s": (" m/s", "m_per_s"),
    "trunk": (" trunk lengths", "trunk_lengths"), "%leg": (" % of leg length", "percent_of_leg"),
    "%set": (" % of your other reps", "percent_of_set"),
}  # fmt: skip


def with_unit(value: float, unit: str, digits: int, *, sign: bool = False) -> str:
    """A number with its unit for people: "44°", "+0.3 s"."""
    return f"{value:{'+' if sign else ''}.{digits}f}{MEASURED[unit][0] if unit in MEASURED else ' ' + unit}"


def count_of(number: int, noun: str) -> str:
    """A number with its noun: "1 set", "3 sets"."""
    return f"{number} {noun}{'s' * (number != 1)}"


def unit_suffix(unit: str) -> str:
    """A unit as suffix of a column's name: "deg", "m_per_s", "trunk_lengths"."""
    return MEASURED[unit][1] if unit in MEASURED else unit.replace("%", "percent_").replace("/", "_per_").replace(" ", "_")


def unit_of(column: str) -> str:
    """The unit at the end of a column's name; "" without one."""
    fitting = [(len(suffix), unit) for unit, (_, suffix) in MEASURED.items() if column.endswith(f"_{suffix}")]
    return max(fitting)[1] if fitting else ""


# Loads.

Unit = Literal["kg", "lb"]

#: Greatest plausible load.
MOST_KG = 1000.0
#: The international pound, by definition (1959 agreement).
KG_PER_LB = 0.45359237
_UNITS: dict[str, Unit] = {"kg": "kg", "kgs": "kg", "kilo": "kg", "kilos": "kg", "lb": "lb", "lbs": "lb"}
_NUMBER = r"(\d+(?:[.,]\d+)?)"
#: Decimals of kilograms, beyond the error of converting units.
EXACT_KG = 1e-4


@dataclass(frozen=True)
class Load:
    """A load in `kg`, and its owner's unit; two dumbbells of the same weight are 2 `pieces`, and `kg` is what both weigh."""

    kg: float
    unit: Unit = "kg"
    pieces: int = 1

    @property
    def lb(self) -> float:
        return self.kg / KG_PER_LB

    def amount(self, unit: Unit | None = None) -> float:
        """The number in `unit`, by default the owner's."""
        return self.lb if (unit or self.unit) == "lb" else self.kg

    def text(self, unit: Unit | None = None) -> str:
        """Text in one unit, by default the owner's: "60 kg", "2 × 20 kg", or "body weight"."""
        if self.kg < EXACT_KG:
            return "body weight"
        times = f"{self.pieces} × " if self.pieces > 1 else ""
        return f"{times}{plain(self.amount(unit) / self.pieces)} {unit or self.unit}"

    def both(self) -> str:
        """Text in the owner's unit and the other one: "60 kg (132.3 lb)"."""
        if self.kg < EXACT_KG:
            return self.text()
        return f"{self.text()} ({self.text('kg' if self.unit == 'lb' else 'lb')})"


def plain(amount: float, digits: int = 1) -> str:
    """A number without trailing zeros, with two decimals for quarters of a kilogram."""
    quarter = round(4 * amount) / 4
    value = quarter if abs(amount - quarter) < 1e-3 else round(amount, digits)
    return f"{value:.2f}".rstrip("0").rstrip(".")


def load_from(amount: float, unit: Unit, pieces: int = 1) -> Load:
    """A load from kilograms or pounds of each piece."""
    return Load(pieces * amount * (KG_PER_LB if unit == "lb" else 1.0), unit, pieces)


def load_of_kg(kg: float) -> Load:
    """A load from kilograms, in pounds if only they give a round number: 61.235 kg are 135 lb."""
    return Load(kg, "lb" if not _whole(4 * kg) and _whole(2 * kg / KG_PER_LB) else "kg")


def parse_load(text: str, option: str = "--load") -> Load:
    """Parse "60kg", "135 lb", "62,5 kg" or "body weight".

    Raises:
        UsageError: it is invalid.
    """
    if re.fullmatch(r"\s*(bw|body[ -]?weight|no load)\s*", text, re.IGNORECASE):
        return Load(0.0)
    match = re.fullmatch(rf"\s*{_NUMBER}\s*([a-zA-Z]+)\s*", text)
    unit = _UNITS.get(match.group(2).lower()) if match else None
    if match is None or unit is None:
        raise UsageError(f'{option} expects a load such as 60kg, 135lb or "body weight" but got {text!r}.')
    load = load_from(float(match.group(1).replace(",", ".")), unit)
    if load.kg > MOST_KG:
        raise UsageError(f"{option} expects at most {MOST_KG:.0f} kg but got {text!r}.")
    return load


def load_in_name(name: str) -> Load | None:
    """The load in the name of a file or folder ("rdl 60kg", "thrust_135lb_2", "60kgx8"); None unless there is exactly one."""
    found = re.findall(rf"(?<![\d.,]){_NUMBER}[ _-]?(kgs?|lbs?)(?![a-wyz])", name.lower())
    loads = {load_from(float(number.replace(",", ".")), _UNITS[unit]) for number, unit in found}
    one = loads.pop() if len(loads) == 1 else None
    return one if one is not None and one.kg <= MOST_KG else None


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 4e-3


# Lengths.

#: Metres per unit.
METRES = {"m": 1.0, "cm": 0.01, "mm": 0.001, "in": 0.0254, '"': 0.0254, "ft": 0.3048}


def parse_seconds(text: str, option: str) -> float:
    """Parse a time: "5", "5.5" or "1:05" (minutes and seconds, optionally hours).

    Raises:
        UsageError: it is invalid.
    """
    match = re.fullmatch(r"\s*(?:(\d{1,3}):)?(?:(\d{1,3}):)?(\d{1,9}(?:\.\d{1,9})?)\s*", text)
    if match is None:
        raise UsageError(f"{option} expects seconds, or minutes and seconds such as 1:05, but got {text!r}.")
    first, second, seconds = match.groups()
    minutes = 60 * int(first) + int(second) if second else int(first or 0)
    return 60 * minutes + float(seconds)


def parse_metres(text: str, option: str, example: str) -> float:
    """Parse a length such as "45cm", in metres.

    Raises:
        UsageError: it is not a positive number with a unit of `METRES`.
    """
    match = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*([a-zA-Z\"]+)\s*", text)
    factor = METRES.get(match.group(2).lower()) if match else None
    if match is None or factor is None:
        names = ", ".join(unit for unit in METRES if unit.isalpha())
        raise UsageError(f"{option} expects a number with a unit ({names}) but got {text!r}; write for example {example}.")
    value = float(match.group(1).replace(",", ".")) * factor
    if value <= 0:
        raise UsageError(f"{option} expects a value above zero but got {text!r}.")
    return value
