"""`Comparison`: what two sets or reps differ in, as frozen dataclasses. `compare.json` is this, and so is the page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from formcheck.report.files import checked, shipped_schema
from formcheck.version import __version__

SCHEMA = "formcheck.comparison/1"

Group = Literal["tempo", "turn", "start", "back", "bar"]


@dataclass(frozen=True)
class Side:
    """One of the two: its clip, exercise and the numbers of the compared reps."""

    name: str
    folder: str
    exercise: str
    variant: str | None
    title: str
    working_leg: Literal["left", "right"] | None
    load_kg: float | None
    facing: Literal["left", "right"]
    mirrored: bool
    yaw_deg: float | None
    reps: tuple[int, ...]
    of_reps: int


@dataclass(frozen=True)
class Difference:
    """One quantity of both, means over the compared reps that show it in both.

    `difference` is b less a; `error` is half the width of its 95 % interval, from each measurement's own standard
    deviation and from how much the reps spread. `beyond`: the difference exceeds it. `reps` is how many pairs tell.
    """

    name: str
    group: Group
    label: str
    unit: str
    a: float
    b: float
    difference: float
    error: float
    beyond: bool
    reps: int
    words: str


@dataclass(frozen=True)
class NotComparable:
    """A quantity that cannot be compared, and why."""

    name: str
    label: str
    reason: str


@dataclass(frozen=True)
class RuleCount:
    """How many of the compared reps a rule found wrong, nearly wrong, or could not judge, in each."""

    rule: str
    title: str
    faults: tuple[int, int]
    borderline: tuple[int, int]
    not_judged: tuple[int, int]


@dataclass(frozen=True)
class Comparison:
    """Everything that is said of two sets, or of two reps of one set (`one_set`)."""

    a: Side
    b: Side
    one_set: bool
    differences: tuple[Difference, ...]
    not_comparable: tuple[NotComparable, ...]
    rules: tuple[RuleCount, ...]
    #: What a viewer must know: reps left out, other variants, the other leg, a mirrored picture.
    notes: tuple[str, ...]

    @property
    def beyond(self) -> tuple[Difference, ...]:
        """What differs beyond our own error, the surest first."""
        sure = [one for one in self.differences if one.beyond]
        return tuple(sorted(sure, key=lambda one: -abs(one.difference) / max(one.error, 1e-9)))


def comparison_to_data(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain data for `compare.json`, checked against its schema (`compare/schema.json`)."""
    data = {"schema": SCHEMA, **asdict(comparison), "software": {"version": __version__}}
    return checked(data, shipped_schema("formcheck.compare"))
