"""The exercises there are: every module of `lifts/` lists its own."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from formcheck.errors import UsageError
from formcheck.exercises import lifts
from formcheck.exercises.base import Exercise

#: What the user says to have the exercise recognised.
AUTO = "auto"


@lru_cache(maxsize=1)
def exercises() -> tuple[Exercise, ...]:
    """Every exercise, in the order of their names."""
    found: list[Exercise] = []
    for module in pkgutil.iter_modules(lifts.__path__):
        found += importlib.import_module(f"{lifts.__name__}.{module.name}").EXERCISES
    return tuple(sorted(found, key=lambda exercise: exercise.name))


def exercise_named(name: str) -> Exercise:
    """The exercise called `name` ("hip_thrust" or "hip-thrust").

    Raises:
        UsageError: there is none of that name.
    """
    wanted = name.replace("-", "_").lower()
    for exercise in exercises():
        if exercise.name == wanted:
            return exercise
    names = ", ".join(exercise.name.replace("_", "-") for exercise in exercises())
    raise UsageError(f"unknown exercise {name!r}; expected auto or one of {names}.")
