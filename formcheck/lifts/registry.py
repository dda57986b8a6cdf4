"""The exercises there are, by their names and by what people call them."""

from __future__ import annotations

import re
from functools import lru_cache

from formcheck.errors import UsageError
from formcheck.lifts.exercise import Exercise
from formcheck.lifts.limits import default_limits, own_modules, plugin_modules, skipped
from formcheck.options import AUTO


@lru_cache(maxsize=1)
def exercises() -> tuple[Exercise, ...]:
    """Every exercise, in the order of their names: formcheck's own, then those of other packages."""
    found: dict[str, Exercise] = {exercise.name: exercise for module in own_modules() for exercise in module.EXERCISES}
    for module in plugin_modules():
        for exercise in module.EXERCISES:
            try:
                found[exercise.name] = _checked(exercise, found)
            except (AttributeError, TypeError, ValueError) as error:
                skipped(f"{module.__name__}.{getattr(exercise, 'name', exercise)}", error)
    return tuple(sorted(found.values(), key=lambda exercise: exercise.name))


def _checked(exercise: Exercise, known: dict[str, Exercise]) -> Exercise:
    """An exercise of another package that can be used.

    Raises:
        TypeError, ValueError: it is no exercise, its name is taken, or a limit of its rules is missing.
    """
    if not isinstance(exercise, Exercise):
        raise TypeError(f"expected a formcheck Exercise but got {type(exercise).__name__}")
    if exercise.name in known:
        raise ValueError("there is an exercise of that name already")
    if exercise.kind_of is not None and exercise.kind_of not in known:
        raise ValueError(f"it is a kind of {exercise.kind_of}, which does not exist")
    limits = default_limits().get(exercise.name, {})
    missing = [name for rule in exercise.rules for name in rule.limit_names if name not in limits]
    if missing:
        raise ValueError(f"limits.toml beside it lacks [{exercise.name}.{missing[0]}]")
    return exercise


def kinds_of(main: Exercise) -> tuple[Exercise, ...]:
    """The exercises that are told apart from `main` once it was recognised."""
    return tuple(exercise for exercise in exercises() if exercise.kind_of == main.name)


@lru_cache(maxsize=1)
def spoken_names() -> dict[str, Exercise]:
    """Names and aliases, lower case with underscores, longest first; a name comes before an alias, ours before others'."""
    named = {exercise.name: exercise for exercise in exercises()}
    for exercise in exercises():
        for alias in exercise.aliases:
            named.setdefault(alias, exercise)
    return dict(sorted(named.items(), key=lambda entry: -len(entry[0])))


def typed_names() -> list[str]:
    """What `--exercise` is told, as people type it."""
    return [exercise.name.replace("_", "-") for exercise in exercises()]


def canonical(text: str) -> str:
    """Words in lower case with underscores between them."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def exercise_named(name: str) -> Exercise:
    """The exercise called `name`: "hip_thrust", "Hip thrust", or an alias such as "rdl".

    Raises:
        UsageError: there is none of that name.
    """
    found = spoken_names().get(canonical(name))
    if found is None:
        raise UsageError(f"unknown exercise {name!r}; expected {AUTO} or one of {', '.join(typed_names())}.")
    return found


def exercise_in(text: str) -> Exercise | None:
    """The exercise that a folder's or file's name speaks of; the longest name wins ("split squat" over "squat")."""
    words = f"_{canonical(text)}_"
    return next((found for name, found in spoken_names().items() if re.search(f"_{name}e?s?_", words)), None)
