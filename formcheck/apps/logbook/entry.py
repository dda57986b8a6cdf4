"""A set in the logbook: what was judged from its clip, what its owner says of it, and the strength it estimates."""

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
    reps: tuple[JudgedRep, ...] = ()
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
        """Mean concentric velocity of the set's fastest rep: the figure that is compared between days at one load."""
        return max((known for rep in self.reps if (known := velocity_of(rep)) is not None), default=None)


def velocity_of(rep: JudgedRep) -> float | None:
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
