"""Loads in kilograms and pounds: read as people write them, kept exactly, shown in both."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Literal

from formcheck.errors import UsageError
from formcheck.lifts.registry import exercise_named
from formcheck.options import MOST_KG
from formcheck.results.analysis import Finding, NotJudged, RepFacts, Severity

Unit = Literal["kg", "lb"]

#: The international pound, by definition (1959 agreement).
KG_PER_LB = 0.45359237
_UNITS: dict[str, Unit] = {"kg": "kg", "kgs": "kg", "kilo": "kg", "kilos": "kg", "lb": "lb", "lbs": "lb"}
_NUMBER = r"(\d+(?:[.,]\d+)?)"
#: Loads are told apart to a tenth of a gram: what is left after changing units back and forth.
EXACT_KG = 1e-4


@dataclass(frozen=True)
class Load:
    """Everything that is lifted beside the lifter: `kg`, and the unit in which its owner counts."""

    kg: float
    unit: Unit = "kg"

    @property
    def lb(self) -> float:
        return self.kg / KG_PER_LB

    def amount(self, unit: Unit | None = None) -> float:
        """The number in `unit`, in the owner's own without one."""
        return self.lb if (unit or self.unit) == "lb" else self.kg

    def text(self, unit: Unit | None = None) -> str:
        """In one unit, e.g. "60 kg"; in the owner's own without one. Without any load: "body weight"."""
        if self.kg < EXACT_KG:
            return "body weight"
        return f"{plain(self.amount(unit))} {unit or self.unit}"

    def both(self) -> str:
        """In the owner's unit and the other one: "60 kg (132.3 lb)"."""
        if self.kg < EXACT_KG:
            return self.text()
        return f"{self.text()} ({self.text('kg' if self.unit == 'lb' else 'lb')})"


def plain(amount: float, digits: int = 1) -> str:
    """A number without needless zeros; quarters of a kilogram keep both their digits."""
    quarter = round(4 * amount) / 4
    value = quarter if abs(amount - quarter) < 1e-3 else round(amount, digits)
    return f"{value:.2f}".rstrip("0").rstrip(".")


def load_from(amount: float, unit: Unit) -> Load:
    """A load of so many kilograms or pounds."""
    return Load(amount * KG_PER_LB if unit == "lb" else amount, unit)


def load_of_kg(kg: float) -> Load:
    """A load of which only the kilograms are known: counted in pounds where only those give a plain number.

    Plates make whole quarters of a kilogram, or whole halves of a pound; 61.235 kg are 135 lb.
    """
    return Load(kg, "lb" if not _whole(4 * kg) and _whole(2 * kg / KG_PER_LB) else "kg")


def parse_load(text: str, option: str = "--load") -> Load:
    """Read "60kg", "135 lb", "62,5 kg" or "body weight".

    Raises:
        UsageError: it is none of these.
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
    """The load that the name of a file or folder speaks of ("rdl 60kg", "thrust_135lb_2", "60kgx8"); None unless just one."""
    found = re.findall(rf"(?<![\d.,]){_NUMBER}[ _-]?(kgs?|lbs?)(?![a-wyz])", name.lower())
    loads = {load_from(float(number.replace(",", ".")), _UNITS[unit]) for number, unit in found}
    one = loads.pop() if len(loads) == 1 else None
    return one if one is not None and one.kg <= MOST_KG else None


def _whole(value: float) -> bool:
    return abs(value - round(value)) < 4e-3


# Estimated strength: what a set says of the load that could be lifted once.

#: With more reps the formulas part company: LeSuer et al. 1997, J Strength Cond Res 11(4):211-213, tested them to 10 reps,
#: and a set of 12 is the programme's longest. Beyond, nothing is estimated.
MOST_REPS = 12
FORMULA = "Epley (1985): load × (1 + reps / 30)"


def estimated_1rm(load_kg: float | None, reps: int) -> float | None:
    """The estimated one-repetition maximum, kilograms, by Epley's formula; None where it says nothing.

    Epley B. Poundage Chart. Boyd Epley Workout. Lincoln, NE: Body Enterprises; 1985. A single is its own maximum. The set
    is taken as a hard one: with reps left in reserve it is too low. Not estimated for body weight alone, without reps, and
    above `MOST_REPS`.
    """
    if load_kg is None or load_kg <= 0 or not 1 <= reps <= MOST_REPS:
        return None
    return load_kg if reps == 1 else load_kg * (1 + reps / 30)


# A set in the logbook, as frozen dataclasses: what was judged from its clip, and what its owner says of it.

Leg = Literal["left", "right"]
#: Where the date of a set comes from, the most trustworthy first: typed by the owner, the clip's own metadata, its name,
#: the time of last change of its file.
DateSource = Literal["user", "metadata", "name", "file"]
DATE_SOURCES: tuple[DateSource, ...] = ("user", "metadata", "name", "file")
#: What the owner may change of a set; such a change outlives analysing the clip again.
EDITABLE = ("load", "filmed_at", "leg", "notes")


@dataclass(frozen=True)
class LoggedClip:
    """Where a set was filmed.

    `start_s` and `end_s` are the stretch of the file that was looked at, in the file's own seconds (None: to the clip's
    end). `path` and `folder` (of the outputs) are where they were when the set was logged: they may have moved since.
    `kept` is the copy beside the logbook, if one was made. `slow_motion` is how much slower than life the file plays.
    """

    sha256: str
    name: str
    path: str
    folder: str
    start_s: float = 0.0
    end_s: float | None = None
    slow_motion: float = 1.0
    kept: str | None = None


@dataclass(frozen=True)
class Entry:
    """One set.

    Attributes:
        id: its number in the logbook, 0 before it has one.
        exercise, variant: formcheck's names; `leg` the working one where one leg works at a time.
        filmed_at: when it was done, with a time zone; `filmed_source` tells how that is known.
        logged_at: when it came into the logbook.
        load: None where nobody said it; a load of 0 kg is body weight.
        reps_done: how many reps were done. In a set that was filmed, `reps` has one entry for each.
        clip: None for a set that was not filmed (a paper log).
        side: the lifter's side nearest the camera.
        software: version of formcheck and pose model that judged it, "" for a set not filmed.
        edited: the fields that the owner changed.
    """

    id: int
    exercise: str
    filmed_at: datetime
    filmed_source: DateSource
    logged_at: datetime
    reps_done: int
    load: Load | None = None
    variant: str | None = None
    leg: Leg | None = None
    notes: str = ""
    reps: tuple[RepFacts, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    clip: LoggedClip | None = None
    side: Leg | None = None
    software: str = ""
    edited: frozenset[str] = frozenset()

    @property
    def filmed(self) -> bool:
        """Whether the set was judged from a clip; without one, nothing is known of its form."""
        return self.clip is not None

    @property
    def clean_reps(self) -> int:
        return sum(rep.verdict == "clean" for rep in self.reps)

    @property
    def not_judged_reps(self) -> int:
        """Reps of which nothing is known for sure: those the film did not show well enough, or all without a film."""
        return sum(rep.verdict == "not_judged" for rep in self.reps) if self.filmed else self.reps_done

    @property
    def volume_kg(self) -> float | None:
        """Load times reps, kilograms; None without a known load."""
        return None if self.load is None else self.load.kg * self.reps_done

    def reps_with(self, rule: str, severity: Severity = "fault") -> tuple[int, ...]:
        """The numbers of the reps in which a rule found something of this severity."""
        return tuple(sorted({f.rep for f in self.findings if f.rule == rule and f.severity == severity}))

    def reps_judged(self, rule: str) -> tuple[int, ...]:
        """The numbers of the reps in which a rule could be judged at all."""
        gaps = {gap.rep for gap in self.not_judged if gap.rule == rule}
        return () if None in gaps else tuple(rep.index for rep in self.reps if rep.index not in gaps)

    @property
    def fault_counts(self) -> dict[str, int]:
        """Reps with a fault, by rule; the most frequent first."""
        rules = {f.rule for f in self.findings if f.severity == "fault"}
        counts = {rule: len(self.reps_with(rule)) for rule in rules}
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

    @property
    def range_deg(self) -> float | None:
        """Mean travel of the main angle, degrees."""
        return mean(rep.range_deg for rep in self.reps)

    @property
    def eccentric_s(self) -> float | None:
        return mean(rep.eccentric_s for rep in self.reps)

    @property
    def pause_s(self) -> float | None:
        return mean(rep.pause_s for rep in self.reps)

    @property
    def concentric_s(self) -> float | None:
        return mean(rep.concentric_s for rep in self.reps)

    @property
    def velocity_m_s(self) -> float | None:
        """Mean concentric velocity of the set's fastest rep: the figure that is compared between days at one load."""
        return max((known for rep in self.reps if (known := velocity_of(rep)) is not None), default=None)


def velocity_of(rep: RepFacts) -> float | None:
    """The bar's mean velocity on the way up, m/s; None without a scale or a plate."""
    measure = rep.measures.get("concentric_velocity_mean")
    return None if measure is None else measure.value


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of the known values; None without any."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


# Words that the logbook's outputs share.

def title_of(exercise: str, variant: str | None = None) -> str:
    """An exercise in plain words, its variant where that is a different one."""
    try:
        known = exercise_named(exercise)
    except UsageError:  # of another version
        return exercise.replace("_", " ").capitalize()
    if variant is None or variant == exercise:
        return known.title
    return known.variant_titles.get(variant) or variant.replace("_", " ").capitalize()


def listed_title(entry: Entry) -> str:
    """What was done: "Split squat, left leg"."""
    leg = f", {entry.leg} leg" if entry.leg else ""
    return title_of(entry.exercise, entry.variant) + leg


def reps_text(entry: Entry) -> str:
    """How the reps went: "7 of 8 clean", "8, not filmed"."""
    if not entry.filmed:
        return f"{entry.reps_done}, not filmed"
    text = f"{entry.clean_reps} of {entry.reps_done} clean"
    return f"{text}, {entry.not_judged_reps} not judged" if entry.not_judged_reps else text
