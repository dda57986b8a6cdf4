"""`Comparison`: the differences of two sets or reps, written as `compare.json` and shown on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import hypot, isfinite, sqrt
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from formcheck.apps.compare.pairing import Pair, Performed, Which
from formcheck.outputs.shown import exercise_title, rule_title, who_of
from formcheck.outputs.words import listed
from formcheck.pipeline import AnalysedClip
from formcheck.results.analysis import Count, NotNegative, Number, SideName, Text
from formcheck.results.catalogue import MEASURES, MeasureGroup, RepMeasure, RepMotion
from formcheck.results.quantity import LEAST_COVERAGE, Quantity
from formcheck.units import with_unit
from formcheck.version import __version__

SCHEMA: Literal["formcheck.comparison/2"] = "formcheck.comparison/2"


@dataclass(frozen=True)
class ComparedSet:
    """One of the two sets: its clip, exercise and compared reps; `who` lifts, if it was said."""

    name: str
    folder: str
    exercise: Text
    variant: str | None
    title: Text
    working_leg: SideName | None
    load_kg: NotNegative | None
    facing: SideName
    mirrored: bool
    #: View angle from side-on, degrees; None if unknown.
    yaw_deg: float | None
    #: Numbers of the compared reps.
    reps: Annotated[tuple[Number, ...], Meta(min_length=1)]
    of_reps: Number
    who: Text | None = None


@dataclass(frozen=True)
class Difference:
    """One quantity of both sets, averaged over the pairs of reps in which both are known.

    `difference` is b minus a; `error` is half its 95 % interval, from the standard deviations of the measurements and the
    scatter of the reps; `beyond`: the difference exceeds the error. `reps` is the number of pairs.
    """

    name: Text
    group: MeasureGroup
    label: Text
    unit: Text
    a: float
    b: float
    difference: float
    error: NotNegative
    beyond: bool
    reps: Number
    words: Text


@dataclass(frozen=True)
class NotComparable:
    """A quantity that cannot be compared, and why."""

    name: Text
    label: Text
    reason: Text


@dataclass(frozen=True)
class RuleCount:
    """Number of compared reps with a fault, borderline or not judged by a rule, in each set."""

    rule: Text
    title: Text
    faults: tuple[Count, Count]
    borderline: tuple[Count, Count]
    not_judged: tuple[Count, Count]


@dataclass(frozen=True)
class ComparisonSoftware:
    """Version of formcheck."""

    version: Text = __version__


@dataclass(frozen=True)
class Comparison:
    """The comparison of two sets, or of two reps of one set (`one_set`)."""

    schema: Literal["formcheck.comparison/2"] = field(default=SCHEMA, kw_only=True)
    a: ComparedSet
    b: ComparedSet
    one_set: bool
    differences: tuple[Difference, ...]
    not_comparable: tuple[NotComparable, ...]
    rules: tuple[RuleCount, ...]
    #: Remarks: reps without a partner, other variants, the other leg, a mirrored picture.
    notes: tuple[Text, ...]
    software: ComparisonSoftware = ComparisonSoftware()

    @property
    def beyond(self) -> tuple[Difference, ...]:
        """Differences beyond their error, the most certain first."""
        sure = [one for one in self.differences if one.beyond]
        return tuple(sorted(sure, key=lambda one: -abs(one.difference) / max(one.error, 1e-9)))


# Measures.

def measures_of(of: Performed) -> list[tuple[RepMeasure, str]]:
    """The catalogue's measures in which reps of this exercise are compared, with their labels."""
    exercise = of.of.exercise
    words = {"turn": of.rep.turn_place, "main": exercise.focus.label.lower()}
    return [
        (one, one.label.format(**words)) for one in MEASURES if one.compared and not (one.lying_only and exercise.on_feet)
    ]


def in_motion(of: Performed) -> RepMotion:
    """A rep as input of the catalogue's measures."""
    return of.of.exercise.in_motion(of.shot, of.rep, past_straight=True)


@dataclass(frozen=True)
class _Missing:
    """A measure that one rep does not have, with the reason: "the knee is hidden"."""

    reason: str


def _reading(measure: RepMeasure, of: Performed) -> Quantity | _Missing:
    """The measure of one rep."""
    found = measure.read(in_motion(of))
    if isinstance(found, str):
        return _Missing(found)
    return found if found.coverage >= LEAST_COVERAGE and isfinite(found.value) else _Missing(measure.hidden)


# Differences.

#: Half of a 95 % interval in standard deviations.
SURE = 1.96
_MORE = {"deg": ("more", "less"), "s": ("longer", "shorter"), "m/s": ("faster", "slower")}


def compared(pairs: Sequence[Pair]) -> Comparison:
    """Compare pairs of reps by the means over all pairs.

    A quantity is compared if at least half of the pairs have it in both reps, in the same unit.
    """
    first = pairs[0]
    one_set = first.a.of is first.b.of
    mirrored = _facing(first.a) != _facing(first.b)
    differences: list[Difference] = []
    missing: list[NotComparable] = []
    for measure, label in measures_of(first.a):
        found = _difference(measure, label, pairs)
        if isinstance(found, Difference):
            differences.append(found)
        else:
            missing.append(found)
    a = _side([pair.a for pair in pairs], mirrored=False)
    b = _side([pair.b for pair in pairs], mirrored=mirrored)
    return Comparison(a, b, one_set, tuple(differences), tuple(missing), _rules(pairs), tuple(_notes(pairs, a, b)))


def number(value: float, unit: str, *, sign: bool = False) -> str:
    """A value with its unit as people write it."""
    return with_unit(value, unit, 0 if unit == "deg" else 1 if unit == "s" else 2, sign=sign)


def _difference(measure: RepMeasure, label: str, pairs: Sequence[Pair]) -> Difference | NotComparable:
    """The difference of one measure over all pairs."""
    oblique = [reason for which in ("a", "b") if (reason := _oblique(pairs, which))] if measure.in_picture else []
    if oblique:
        return NotComparable(measure.name, label, oblique[0])
    readings = [(_reading(measure, pair.a), _reading(measure, pair.b)) for pair in pairs]
    both = [(a, b) for a, b in readings if isinstance(a, Quantity) and isinstance(b, Quantity)]
    if 2 * len(both) < len(pairs) or not both:
        return NotComparable(measure.name, label, _commonest_reasons(readings))
    units = {reading.unit for pair in both for reading in pair}
    if len(units) > 1:
        reason = "one has a length in metres, the other in trunk lengths, as only one clip has a scale"
        return NotComparable(measure.name, label, reason)
    values = np.asarray([[a.value, b.value] for a, b in both])
    sds = np.asarray([[a.sd, b.sd] for a, b in both])
    (mean_a, mean_b), (sd_a, sd_b) = values.mean(axis=0), np.nanmean(np.nan_to_num(sds), axis=0)
    # Errors of the pose are the same in every rep, so averaging does not reduce them; the scatter of the reps adds to them.
    spread = values.var(axis=0, ddof=1).sum() / len(both) if len(both) > 1 else 0.0
    error = SURE * sqrt(hypot(sd_a, sd_b) ** 2 + spread)
    unit = units.pop()
    digits = 1 if unit == "deg" else 2 if unit == "s" else 3
    difference = float(mean_b - mean_a)
    return Difference(
        name=measure.name, group=measure.group, label=label, unit=unit,
        a=round(float(mean_a), digits), b=round(float(mean_b), digits), difference=round(difference, digits),
        error=round(error, digits), beyond=abs(difference) > error, reps=len(both),
        words=_words(label, unit, float(mean_a), float(mean_b), error),
    )  # fmt: skip


def _words(label: str, unit: str, a: float, b: float, error: float) -> str:
    """In words: "Trunk from vertical at the bottom: 22° less in B (44° in A, 22° in B, ± 9°)"."""
    more, less = _MORE.get(unit, ("more", "less"))
    shown = [number(value, unit) for value in (abs(b - a), a, b, error)]
    return f"{label}: {shown[0]} {more if b > a else less} in B ({shown[1]} in A, {shown[2]} in B, ± {shown[3]})"


def _oblique(pairs: Sequence[Pair], which: Which) -> str | None:
    """Why angles in the picture cannot be compared, if most reps of a set were filmed obliquely."""
    views = [(getattr(pair, which).shot.motion.body.view) for pair in pairs]
    off = [view for view in views if not view.side_on]
    if 2 * len(off) < len(views) or not off:
        return None
    yaw = abs(off[0].yaw_deg)
    how = f"about {yaw:.0f} degrees off the side view" if isfinite(yaw) else "not side-on"
    return f"the camera is {how} in {which.upper()}: its angles and lengths are not the lifter's"


def _commonest_reasons(readings: Sequence[tuple[Quantity | _Missing, Quantity | _Missing]]) -> str:
    """The most frequent reason in each set: "the knee is hidden in A"."""
    parts = []
    for which, of_set in zip(("A", "B"), zip(*readings, strict=True), strict=True):
        reasons = [reading.reason for reading in of_set if isinstance(reading, _Missing)]
        if reasons:
            parts.append((max(set(reasons), key=reasons.count), which))
    if len(parts) == 2 and parts[0][0] == parts[1][0]:
        return f"{parts[0][0]} in A and in B"
    return ", ".join(f"{reason} in {which}" for reason, which in parts)


def _facing(of: Performed) -> str:
    return of.shot.motion.body.view.facing


def _side(performed: Sequence[Performed], *, mirrored: bool) -> ComparedSet:
    first = performed[0]
    analysis, view = first.of.analysis, first.shot.motion.body.view
    return ComparedSet(
        name=first.of.name, folder=first.of.folder.name, exercise=analysis.exercise.name,
        variant=analysis.exercise.variant, title=exercise_title(analysis.exercise),
        working_leg=first.shot.working[first.rep.index] if first.of.exercise.one_leg else None,
        load_kg=analysis.exercise.load_kg, facing=view.facing, mirrored=mirrored,
        yaw_deg=round(float(view.yaw_deg), 1) if isfinite(view.yaw_deg) else None,
        reps=tuple(one.rep.index for one in performed), of_reps=len(analysis.reps),
        who=who_of(analysis),
    )  # fmt: skip


def _rules(pairs: Sequence[Pair]) -> tuple[RuleCount, ...]:
    """The rules with findings, or that could not be judged, in any of the compared reps."""
    sides = [[pair.a for pair in pairs], [pair.b for pair in pairs]]
    counts: list[RuleCount] = []
    named = {rule.id: one.exercise for one in (pairs[0].a.of, pairs[0].b.of) for rule in one.exercise.rules}
    for rule, exercise in named.items():
        numbers = [_counted(performed[0].of, rule, {one.rep.index for one in performed}) for performed in sides]
        if any(any(found) for found in numbers):
            faults, borderline, unknown = zip(*numbers, strict=True)
            counts.append(RuleCount(rule, rule_title(exercise.name, rule), _two(faults), _two(borderline), _two(unknown)))
    return tuple(counts)


def _counted(of: AnalysedClip, rule: str, reps: set[int]) -> tuple[int, int, int]:
    """Number of reps with a fault, borderline and not judged by a rule."""
    own = [finding for finding in of.analysis.findings if finding.rule == rule and finding.rep in reps]
    faults = {finding.rep for finding in own if finding.severity == "fault"}
    near = {finding.rep for finding in own if finding.severity == "borderline"} - faults
    entries = [entry.rep for entry in of.analysis.not_judged if entry.rule == rule]
    unknown = reps if None in entries else reps & {rep for rep in entries if rep is not None}
    return len(faults), len(near), len(unknown)


def _two(values: Sequence[int]) -> tuple[int, int]:
    return values[0], values[1]


def _notes(pairs: Sequence[Pair], a: ComparedSet, b: ComparedSet) -> list[str]:
    notes: list[str] = []
    if a.exercise != b.exercise or a.variant != b.variant:
        notes.append(f"A is a {a.title.lower()}, B a {b.title.lower()}: some differences are those of the exercises")
    if a.working_leg != b.working_leg:
        notes.append(f"the {a.working_leg} leg is in front in A, the {b.working_leg} leg in B")
    if b.mirrored:
        notes.append(f"B is mirrored: A faces {a.facing}, B faced {b.facing}")
    for which, side in (("A", a), ("B", b)):
        left = sorted(set(range(1, side.of_reps + 1)) - set(side.reps))
        if left and len(pairs) > 1:
            many = "s" * (len(left) != 1)
            notes.append(f"rep{many} {listed([str(n) for n in left])} of {which} {'have' if many else 'has'} no partner")
    if any(one.cut for pair in pairs for one in (pair.a, pair.b)):
        notes.append("a clip begins or ends within a compared rep: that phase is shown in part and has no duration")
    return notes
