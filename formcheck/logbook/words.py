"""Words that the logbook's outputs share."""

from __future__ import annotations

from formcheck.errors import UsageError
from formcheck.exercises import exercise_named
from formcheck.logbook.entry import Entry


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
