"""Exercises as people and apps write them in logs: formcheck's own, or another under its own name.

A log's loads are compared and advised from, so a name stands for an exercise of formcheck only if the load means the same:
a hip thrust in a machine or a Romanian deadlift with dumbbells is another exercise in a log, however alike the form is.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from formcheck.apps.logbook.entry import OTHER, Leg
from formcheck.lifts.registry import canonical, exercises

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
