"""Where exercises come from: the modules of `lifts/`, and those that other packages name in the group `formcheck.exercises`.

Such a package says in its `pyproject.toml`:

    [project.entry-points."formcheck.exercises"]
    calf_raise = "my_lifts.calf_raise"

The module defines `EXERCISES`, and `limits.toml` beside it has their tables, in the form of formcheck's own.
"""

from __future__ import annotations

import importlib
import math
import pkgutil
import re
import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.metadata import entry_points
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from types import ModuleType
from typing import Any

from formcheck.errors import UsageError, why
from formcheck.lifts import exercises as lifts

GROUP = "formcheck.exercises"


@lru_cache(maxsize=1)
def own_modules() -> tuple[ModuleType, ...]:
    """The modules of `lifts/`."""
    names = [module.name for module in pkgutil.iter_modules(lifts.__path__)]
    return tuple(importlib.import_module(f"{lifts.__name__}.{name}") for name in sorted(names))


@lru_cache(maxsize=1)
def plugin_modules() -> tuple[ModuleType, ...]:
    """The modules that installed packages name. One that cannot be used is left out with a warning that says why."""
    found = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            module = entry.load()
            if not isinstance(module, ModuleType) or not hasattr(module, "EXERCISES"):
                raise TypeError(f"{entry.value} is no module that defines EXERCISES")
        except Exception as error:  # whatever a stranger's module does wrong, formcheck's own exercises still work
            skipped(entry.name, error)
        else:
            found.append(module)
    return tuple(found)


def limit_tables(module: ModuleType) -> dict[str, Any]:
    """The tables of the `limits.toml` beside a module; none where there is no such file.

    Raises:
        OSError, ValueError: the file cannot be read.
    """
    path = Path(module.__file__ or "").with_name("limits.toml")
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def skipped(name: str, error: Exception) -> None:
    """Say that somebody's exercise is left out."""
    warnings.warn(f"the exercise {name} of another package is left out: {error}", stacklevel=3)


# Limits as data: `limits.toml`, its own commented file, and the user's changes to single values.

_CHANGEABLE = ("value", "borderline")


@dataclass(frozen=True)
class Limit:
    """One threshold of a rule.

    `value` in `unit`; `borderline` is the band beyond it in which formcheck does not accuse (our own error, same unit);
    `meaning` says what is compared with it, `source` where it comes from.
    """

    value: float
    unit: str
    borderline: float
    meaning: str
    source: str


Limits = dict[str, dict[str, Limit]]


@lru_cache(maxsize=1)
def default_limits() -> Limits:
    """The shipped limits and those of other packages, by exercise and name.

    An exercise that names a `parent` starts from a copy of its limits.
    """
    tables = tomllib.loads(files("formcheck.lifts").joinpath("limits.toml").read_text(encoding="utf-8"))
    limits = _with_tables({}, tables)
    for module in plugin_modules():
        try:
            limits = _with_tables(limits, limit_tables(module))
        except (OSError, TypeError, ValueError) as error:
            skipped(module.__name__, error)
    return limits


def _with_tables(limits: Limits, tables: dict[str, Any]) -> Limits:
    """The limits with those of further exercises; what is there already stays as it is.

    Raises:
        TypeError, ValueError: a limit lacks an entry or has an unknown one.
    """
    result = dict(limits)
    for exercise, table in tables.items():
        if exercise in limits:
            raise ValueError(f"there are limits of {exercise} already")
        own = {name: Limit(**entry) for name, entry in table.items() if isinstance(entry, dict)}
        result[exercise] = {**result.get(table.get("parent", ""), {}), **own}
    return result


def load_limits(changes: Path | Mapping[str, Any] | None = None) -> Limits:
    """The limits in force: the shipped ones with the user's changes.

    Args:
        changes: a TOML file, or its content: by exercise and name a number, or a table with `value` and `borderline`. A whole
            table of limits will do, too.

    Raises:
        UsageError: the file cannot be read, names an exercise or limit that does not exist, has another unit, a value that
            is no finite number, or a negative borderline band; the line is named.
    """
    limits = default_limits()
    if changes is None:
        return limits
    if isinstance(changes, Mapping):
        return changed_limits(limits, changes, "limits")
    text = _text(changes)
    return changed_limits(limits, read_toml(text, f"the limits file {changes.name}"), changes.name, text)


def changed_limits(limits: Limits, changes: Mapping[str, Any], origin: str, text: str = "") -> Limits:
    """A copy of `limits` with `changes` by exercise and name; see `load_limits` for what is refused.

    With the `text` that they were read from, what is refused is named with its line.
    """

    def at(*keys: str) -> str:
        line = line_of(text, *keys)
        return origin if line is None else f"{origin}, line {line}"

    result = {exercise: dict(table) for exercise, table in limits.items()}
    for exercise, table in changes.items():
        if exercise not in result:
            raise UsageError(f"{at(exercise)}: unknown exercise [{exercise}]; expected one of {', '.join(sorted(result))}.")
        if not isinstance(table, Mapping):
            raise UsageError(f"{at(exercise)}: {exercise} must be a table such as [{exercise}.short_range].")
        for name, entry in table.items():
            known = result[exercise].get(name)
            if known is None:
                allowed = ", ".join(sorted(result[exercise]))
                raise UsageError(f"{at(exercise, name)}: unknown limit [{exercise}.{name}]; expected one of {allowed}.")
            where = {key: f"{at(exercise, name, key)}: [{exercise}.{name}]" for key in ("", *_CHANGEABLE)}
            result[exercise][name] = _changed(known, entry, where)
    return result


def line_of(text: str, *keys: str) -> int | None:
    """The first line of a TOML document, from 1, that says the most of `keys` (a table, a table in it, ...), or None."""
    table: list[str] = []
    wanted = [key for key in keys if key]
    best, found = 0, None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line)
        entry = re.match(r"\s*([^=#\[\]]+?)\s*=", line)
        if header:
            table = _key_parts(header.group(1))
        said = table if header else [*table, *_key_parts(entry.group(1))] if entry else []
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(said, wanted, strict=False)))
        if alike > best:
            best, found = alike, number
    return found


def _key_parts(text: str) -> list[str]:
    return [part.strip().strip("\"'") for part in text.split(".")]


def _changed(limit: Limit, change: object, where: dict[str, str]) -> Limit:
    if isinstance(change, Limit):
        return change
    entry: Mapping[str, Any] = change if isinstance(change, Mapping) else {"value": change}
    here = where[""]
    unknown = set(entry) - set(_CHANGEABLE) - {"unit"}
    if unknown:
        allowed = ", ".join((*_CHANGEABLE, "unit"))
        raise UsageError(f"{here} has an unknown key {sorted(unknown)[0]!r}; expected {allowed}.")
    if entry.get("unit", limit.unit) != limit.unit:
        raise UsageError(f"{here} is in {limit.unit}, but got the unit {entry['unit']!r}; give the value in {limit.unit}.")
    numbers: dict[str, Any] = {key: entry[key] for key in _CHANGEABLE if key in entry}
    for key, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not _finite(number):
            raise UsageError(
                f"{where[key]} expects a number for {key!r} but got {_shortened(number)}; write for example {key} = 20."
            )
        if key == "borderline" and number < 0:
            raise UsageError(f"{where[key]} expects a band of 0 or more for 'borderline' but got {number:g}; 0 means none.")
    return replace(
        limit,
        value=float(numbers.get("value", limit.value)),
        borderline=float(numbers.get("borderline", limit.borderline)),
    )


def read_toml(text: str, what: str) -> dict[str, Any]:
    """The data of a TOML document; `what` names it in the sentence.

    Raises:
        UsageError: it is none.
    """
    try:
        data: dict[str, Any] = tomllib.loads(text.removeprefix("\ufeff"))  # Windows' editors begin with a mark
    except (ValueError, RecursionError) as error:  # broken; a number of thousands of digits; tables without end
        # Of a table that is there twice Python's reader gives the name as a tuple.
        said = re.sub(r"\('([^()]*)'(?:, ?)?\)", lambda name: name.group(1).replace("', '", "."), str(error))
        raise UsageError(f"{what} is not valid TOML ({said}); see `formcheck rules` for its tables.") from None
    return data


def _finite(number: int | float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # more digits than a float can hold
        return False


def _shortened(value: object) -> str:
    said = repr(value) if not isinstance(value, int) or abs(value) < 10**20 else "a number of too many digits"
    return said if len(said) <= 60 else f"{said[:60]}…"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the limits file {path} cannot be read ({error.strerror}); check the name.") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"the limits file {path.name} is not valid TOML ({why(error)}); save it as UTF-8.") from None


def limits_changed(limits: Limits) -> dict[str, Any]:
    """Value and band of the limits that differ from the shipped ones, by exercise and name; `changed_limits` reads it."""
    changed: dict[str, Any] = {}
    for exercise, table in default_limits().items():
        for name, shipped in table.items():
            own = limits[exercise][name]
            if (own.value, own.borderline) != (shipped.value, shipped.borderline):
                changed.setdefault(exercise, {})[name] = {"value": own.value, "borderline": own.borderline}
    return changed


def limits_as_data(limits: dict[str, Limit]) -> dict[str, Any]:
    """Limits as plain data for `analysis.json`."""
    return {name: {k: v for k, v in asdict(limit).items() if k != "meaning"} for name, limit in limits.items()}
