"""What the pictures and the page take from an exercise: its focus, its titles, and the series and side that are drawn."""

from __future__ import annotations

import numpy as np

from formcheck.analysis import ExerciseFacts
from formcheck.bar.types import Bar
from formcheck.body.types import Array, LegAngles
from formcheck.errors import UsageError
from formcheck.exercises import FilmedSet, Rule, exercise_named
from formcheck.exercises.focus import Focus, Region
from formcheck.motion.types import Motion
from formcheck.skeleton import Side


def focus_of(exercise: str) -> Focus:
    """The focus of an exercise by its formcheck name.

    Raises:
        UsageError: there is no such exercise (the analysis was made by another version).
    """
    return exercise_named(exercise).focus


def regions_of(exercise: str, rule: str) -> tuple[Region, ...]:
    """The parts of the body a rule speaks about; none where the exercise does not know the rule."""
    own = _rule(exercise, rule)
    return own.regions if own is not None else ()


def drawn_side(take: FilmedSet) -> Side:
    """The side whose leg is drawn strongly and measured: the working one, or the near one where both work."""
    legs = set(take.working.values())
    return legs.pop() if len(legs) == 1 else take.motion.body.view.side


def main_series(motion: Motion, focus: Focus, side: Side) -> Array:
    """(F,) degrees of the focus' main angle; NaN where it is unknown."""
    leg: LegAngles = motion.legs[side]
    if focus.series == "trunk":
        return motion.trunk.values
    # An over-extended hip goes on past 180 where the eye expects it, instead of turning back.
    series = {"hip": leg.hip_signed, "knee": leg.knee, "thigh": leg.thigh}[focus.series]
    values = np.asarray(series.values, dtype=float)
    if focus.series == "hip":
        values = np.where(values > 300, values - 360, values)
    return np.asarray(values)


def shown_bar(motion: Motion, focus: Focus) -> Bar | None:
    """The load whose path is worth showing; None where there is none, or only hands that do not carry it."""
    if motion.bar is not None and motion.bar.source == "wrist" and not focus.hands_carry:
        return None
    return motion.bar


def exercise_title(facts: ExerciseFacts) -> str:
    """What was done, in plain words: the variant where it is a different one from the exercise itself."""
    if facts.variant is None or facts.variant == facts.name:
        return exercise_named(facts.name).title
    titles = exercise_named(facts.name).variant_titles
    return titles.get(facts.variant) or facts.variant.replace("_", " ").capitalize()


def rule_title(exercise: str, rule: str) -> str:
    """A rule's heading; its id in words where the exercise does not know it."""
    own = _rule(exercise, rule)
    return own.title if own is not None else rule.replace("_", " ").capitalize()


def _rule(exercise: str, rule: str) -> Rule | None:
    try:
        return next((r for r in exercise_named(exercise).rules if r.id == rule), None)
    except UsageError:
        return None
