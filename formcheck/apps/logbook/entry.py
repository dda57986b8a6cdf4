"""`Entry`, a set in the logbook, and its estimated one-repetition maximum."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Literal

from formcheck.errors import UsageError
from formcheck.lifts.registry import exercise_named
from formcheck.results.analysis import Finding, JudgedRep, NotJudged, Severity
from formcheck.results.rows import reps_by_rule
from formcheck.units import Load

# Estimated one-repetition maximum.

#: Most reps for an estimate: LeSuer et al. 1997, J Strength Cond Res 11(4):211-213, tested the formulas up to 10 reps, and the
#: programme's longest sets have 12.
MOST_REPS = 12
FORMULA = "Epley (1985): load × (1 + reps / 30)"


def estimated_1rm(load_kg: float | None, reps: int) -> float | None:
    """The estimated one-repetition maximum by Epley's formula, kilograms; None for body weight, no or too many reps.

    Epley B. Poundage Chart. Boyd Epley Workout. Lincoln, NE: Body Enterprises; 1985. A single rep is its own maximum. With
    reps in reserve the estimate is too low.
    """
    if load_kg is None or load_kg <= 0 or not 1 <= reps <= MOST_REPS:
        return None
    return load_kg if reps == 1 else load_kg * (1 + reps / 30)


# The types.

Leg = Literal["left", "right"]
#: Source of a set's date, the most reliable first: the owner, the clip's metadata, its name, the file's modification time.
DateSource = Literal["user", "metadata", "name", "file"]
DATE_SOURCES: tuple[DateSource, ...] = ("user", "metadata", "name", "file")
#: Fields that the owner may edit; edits survive another analysis of the clip.
EDITABLE = ("load", "filmed_at", "leg", "notes", "who", "rpe", "warm_up", "exercise", "variant", "reps_done")
#: Those that follow from the reps of a filmed set; there reps are struck, and the set is judged as another exercise.
NOT_IF_FILMED = ("exercise", "variant", "reps_done")


@dataclass(frozen=True)
class LoggedClip:
    """The clip of a set.

    `start_s` and `end_s` are the analysed part in the file's seconds (None: to its end). `path` and `folder` (of the outputs)
    are those at the time of logging. `kept` is the copy beside the logbook, if any. `slow_motion` is the factor by which the
    file plays slower than life.
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
        id: number in the logbook, 0 for a new set.
        exercise, variant: formcheck's names; an exercise that formcheck does not judge is "other:" and its name in lower case.
        leg: the working one in exercises with one leg.
        filmed_at: date and time with a time zone; `filmed_source` is their source.
        logged_at: when it was logged.
        load: None if unknown; 0 kg is body weight.
        reps_done: number of reps. In a filmed set, `reps` has one entry for each.
        clip: None for a set that was not filmed (a paper log).
        side: the lifter's side nearest the camera.
        software: versions of formcheck and pose model; "" if not filmed.
        edited: fields edited by the owner.
        who: the lifter's name; None where nobody was named.
        rpe: rating of perceived exertion, 0 to 10; None if not said. Reps in reserve are 10 - RPE.
        warm_up: a set that prepares for others.
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
    reps: tuple[JudgedRep, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    clip: LoggedClip | None = None
    side: Leg | None = None
    software: str = ""
    edited: frozenset[str] = frozenset()
    who: str | None = None
    rpe: float | None = None
    warm_up: bool = False

    @property
    def filmed(self) -> bool:
        """Whether the set was judged from a clip."""
        return self.clip is not None

    @property
    def clean_reps(self) -> int:
        return sum(rep.verdict == "clean" for rep in self.reps)

    @property
    def not_judged_reps(self) -> int:
        """Number of reps that were not judged."""
        return sum(rep.verdict == "not_judged" for rep in self.reps) if self.filmed else self.reps_done

    @property
    def volume_kg(self) -> float | None:
        """Load times reps, kilograms; None without a known load."""
        return None if self.load is None else self.load.kg * self.reps_done

    def reps_with(self, rule: str, severity: Severity = "fault") -> tuple[int, ...]:
        """The numbers of the reps in which a rule found something of this severity."""
        return tuple(reps_by_rule(self.findings, severity).get(rule, ()))

    def reps_judged(self, rule: str) -> tuple[int, ...]:
        """The numbers of the reps in which a rule could be judged at all."""
        gaps = {gap.rep for gap in self.not_judged if gap.rule == rule}
        return () if None in gaps else tuple(rep.index for rep in self.reps if rep.index not in gaps)

    @property
    def fault_counts(self) -> dict[str, int]:
        """Reps with a fault, by rule; the most frequent first."""
        counts = {rule: len(reps) for rule, reps in reps_by_rule(self.findings).items()}
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

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
        """Mean concentric velocity of the set's fastest rep, which is compared between days at the same load."""
        return max((known for rep in self.reps if (known := velocity_of(rep)) is not None), default=None)


def velocity_of(rep: JudgedRep) -> float | None:
    """The bar's mean velocity on the way up, m/s; None without a scale or a plate."""
    measure = rep.measures.get("concentric_velocity_mean")
    return None if measure is None else measure.value


def mean(values: Iterable[float | None]) -> float | None:
    """Mean of the known values; None without any."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


# Words shared by the logbook's outputs.

#: What the exercises begin with that formcheck does not judge. No name or alias of an exercise has a colon.
OTHER = "other:"


def title_of(exercise: str, variant: str | None = None) -> str:
    """Title of an exercise, or of its variant if that differs."""
    if exercise.startswith(OTHER):
        name = exercise.removeprefix(OTHER)
        return name[:1].upper() + name[1:]
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
