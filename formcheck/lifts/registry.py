"""All exercises, by name and alias."""

from __future__ import annotations

import re
from functools import lru_cache

from formcheck.errors import UsageError
from formcheck.lifts.exercise import Exercise
from formcheck.lifts.limits import default_limits, own_modules, plugin_modules, warn_skipped
from formcheck.options import AUTO


@lru_cache(maxsize=1)
def exercises() -> tuple[Exercise, ...]:
    """All exercises, including those of other packages, by name."""
    found: dict[str, Exercise] = {exercise.name: exercise for module in own_modules() for exercise in module.EXERCISES}
    for module in plugin_modules():
        for exercise in module.EXERCISES:
            try:
                found[exercise.name] = _checked(exercise, found)
            except (AttributeError, TypeError, ValueError) as error:
                warn_skipped(f"{module.__name__}.{getattr(exercise, 'name', exercise)}", error)
    return tuple(sorted(found.values(), key=lambda exercise: exercise.name))


def _checked(exercise: Exercise, known: dict[str, Exercise]) -> Exercise:
    """A validated exercise of another package.

    Raises:
        TypeError, ValueError: it is not an `Exercise`, its name is taken, or a limit of its rules is missing.
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
    """The exercises that are kinds of `main`."""
    return tuple(exercise for exercise in exercises() if exercise.kind_of == main.name)


@lru_cache(maxsize=1)
def names_and_aliases() -> dict[str, Exercise]:
    """Exercises by name and alias (lower case with underscores), longest first; names take precedence over aliases."""
    named = {exercise.name: exercise for exercise in exercises()}
    for exercise in exercises():
        for alias in exercise.aliases:
            named.setdefault(alias, exercise)
    return dict(sorted(named.items(), key=lambda entry: -len(entry[0])))


def option_names() -> list[str]:
    """Values of `--exercise`."""
    return [exercise.name.replace("_", "-") for exercise in exercises()]


def canonical(text: str) -> str:
    """Text in lower case with underscores between words."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def exercise_named(name: str) -> Exercise:
    """The exercise called `name`: "hip_thrust", "Hip thrust", or an alias such as "rdl".

    Raises:
        UsageError: there is no such exercise.
    """
    found = names_and_aliases().get(canonical(name))
    if found is None:
        raise UsageError(f"unknown exercise {name!r}; expected {AUTO} or one of {', '.join(option_names())}.")
    return found


def exercise_in(text: str) -> Exercise | None:
    """The exercise in the name of a folder or file; the longest match wins ("split squat" over "squat")."""
    words = f"_{canonical(text)}_"
    return next((found for name, found in names_and_aliases().items() if re.search(f"_{name}e?s?_", words)), None)
