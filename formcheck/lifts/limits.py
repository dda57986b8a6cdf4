"""Limits of all rules, and the modules that define exercises.

Other packages register exercises in their `pyproject.toml`:

    [project.entry-points."formcheck.exercises"]
    calf_raise = "my_lifts.calf_raise"

The module defines `EXERCISES`; `limits.toml` beside it has their limits, in the same format as ours.
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
    """The modules of `lifts/exercises/`."""
    names = [module.name for module in pkgutil.iter_modules(lifts.__path__)]
    return tuple(importlib.import_module(f"{lifts.__name__}.{name}") for name in sorted(names))


@lru_cache(maxsize=1)
def plugin_modules() -> tuple[ModuleType, ...]:
    """Modules of other packages; invalid ones are skipped with a warning."""
    found = []
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            module = entry.load()
            if not isinstance(module, ModuleType) or not hasattr(module, "EXERCISES"):
                raise TypeError(f"{entry.value} is not a module that defines EXERCISES")
        except Exception as error:  # third-party code may raise anything
            warn_skipped(entry.name, error)
        else:
            found.append(module)
    return tuple(found)


def limit_tables(module: ModuleType) -> dict[str, Any]:
    """The tables of the `limits.toml` beside a module; empty without that file.

    Raises:
        OSError, ValueError: the file cannot be read.
    """
    path = Path(module.__file__ or "").with_name("limits.toml")
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def warn_skipped(name: str, error: Exception) -> None:
    """Warn that an exercise of another package is skipped."""
    warnings.warn(f"the exercise {name} of another package is left out: {error}", stacklevel=3)


# Limits: those of `limits.toml`, and the user's changes.

_CHANGEABLE = ("value", "borderline")


@dataclass(frozen=True)
class Limit:
    """One threshold of a rule.

    `value` in `unit`; `borderline` is the width of the band beyond it that is not a fault (our own error, same unit);
    `meaning` says what is compared with it, `source` where it comes from, `band` where the borderline band does. `off`: its
    rule is not judged.
    """

    value: float
    unit: str
    borderline: float
    meaning: str
    source: str
    band: str = ""
    off: bool = False


Limits = dict[str, dict[str, Limit]]


@lru_cache(maxsize=1)
def default_limits() -> Limits:
    """Limits of shipped exercises and other packages, by exercise and name; an exercise inherits those of its `parent`."""
    tables = tomllib.loads(files("formcheck.lifts").joinpath("limits.toml").read_text(encoding="utf-8"))
    limits = _with_tables({}, tables)
    for module in plugin_modules():
        try:
            limits = _with_tables(limits, limit_tables(module))
        except (OSError, TypeError, ValueError) as error:
            warn_skipped(module.__name__, error)
    return limits


def _with_tables(limits: Limits, tables: dict[str, Any]) -> Limits:
    """The limits with those of further exercises.

    Raises:
        TypeError, ValueError: an exercise is there already, or a limit lacks an entry or has an unknown one.
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
        changes: a TOML file or its content: by exercise and name a number, or a table with `value` and `borderline`; or by
            exercise and rule "off" (or false) and "on".

    Raises:
        UsageError: the file cannot be read, an exercise or limit does not exist, or a unit, value or band is invalid; with
            the line.
    """
    limits = default_limits()
    if changes is None:
        return limits
    if isinstance(changes, Mapping):
        return changed_limits(limits, changes, "limits")
    text = _text(changes)
    return changed_limits(limits, read_toml(text, f"the limits file {changes.name}"), changes.name, text)


def changed_limits(limits: Limits, changes: Mapping[str, Any], origin: str, text: str = "") -> Limits:
    """A copy of `limits` with `changes` by exercise and name; raises as `load_limits`.

    `text` is the TOML document of the changes, for line numbers in errors.
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
            if (switch := _switch(entry)) is not None:
                for limit in _limits_of_rule(exercise, name, at(exercise, name)):
                    result[exercise][limit] = replace(result[exercise][limit], off=switch)
                continue
            known = result[exercise].get(name)
            if known is None:
                allowed = ", ".join(sorted(result[exercise]))
                raise UsageError(f"{at(exercise, name)}: unknown limit [{exercise}.{name}]; expected one of {allowed}.")
            where = {key: f"{at(exercise, name, key)}: [{exercise}.{name}]" for key in ("", *_CHANGEABLE)}
            result[exercise][name] = _changed(known, entry, where)
    return result


def _switch(entry: object) -> bool | None:
    """Whether an entry switches a rule off; None where it says something else."""
    if isinstance(entry, bool):
        return not entry
    return {"off": True, "on": False}.get(entry) if isinstance(entry, str) else None


def _limits_of_rule(exercise: str, rule: str, origin: str) -> tuple[str, ...]:
    """The limits of a rule, by which it is switched off.

    Raises:
        UsageError: the exercise has no such rule.
    """
    rules: dict[str, tuple[str, ...]] = {
        one.id: one.limit_names
        for module in (*own_modules(), *plugin_modules())
        for own in module.EXERCISES
        if own.name == exercise
        for one in own.rules
    }
    if rule not in rules:
        known = ", ".join(rules)
        raise UsageError(f"{origin}: there is no rule {rule} of [{exercise}] to switch off; expected one of {known}.")
    return rules[rule]


def line_of(text: str, *keys: str) -> int | None:
    """The first line of a TOML document, from 1, that matches most of `keys` (a table, a table in it, ...), or None."""
    table: list[str] = []
    wanted = [key for key in keys if key]
    best, found = 0, None
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line)
        entry = re.match(r"\s*([^=#\[\]]+?)\s*=", line)
        if header:
            table = _key_parts(header.group(1))
        found_keys = table if header else [*table, *_key_parts(entry.group(1))] if entry else []
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(found_keys, wanted, strict=False)))
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
    unknown = set(entry) - set(_CHANGEABLE) - {"unit", "off"}
    if unknown:
        allowed = ", ".join((*_CHANGEABLE, "unit"))
        raise UsageError(f"{here} has an unknown key {sorted(unknown)[0]!r}; expected {allowed}.")
    if entry.get("unit", limit.unit) != limit.unit:
        raise UsageError(f"{here} is in {limit.unit}, but got the unit {entry['unit']!r}; give the value in {limit.unit}.")
    numbers: dict[str, Any] = {key: entry[key] for key in _CHANGEABLE if key in entry}
    for key, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not _finite(number):
            raise UsageError(
                f"{where[key]} expects a number for {key!r} but got {_shortened(number)}; write for example {key} = 20,"
                ' or switch a rule off with RULE = "off" in the table of its exercise.'
            )
        if key == "borderline" and number < 0:
            raise UsageError(f"{where[key]} expects a band of 0 or more for 'borderline' but got {number:g}; 0 means none.")
    return replace(
        limit,
        value=float(numbers.get("value", limit.value)),
        borderline=float(numbers.get("borderline", limit.borderline)),
        off=bool(entry.get("off", limit.off)),
    )


def read_toml(text: str, what: str) -> dict[str, Any]:
    """Parse a TOML document; `what` names it in errors.

    Raises:
        UsageError: it is not valid TOML.
    """
    try:
        data: dict[str, Any] = tomllib.loads(text.removeprefix("\ufeff"))  # byte order mark of Windows editors
    except (ValueError, RecursionError) as error:  # RecursionError: deeply nested tables
        # Python's parser prints the name of a duplicate table as a tuple.
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
    """What differs from the shipped limits, by exercise and name, in the format of `changed_limits`."""
    changed: dict[str, Any] = {}
    for exercise, table in default_limits().items():
        for name, shipped in table.items():
            own = limits[exercise][name]
            if own != shipped:
                off = {"off": True} if own.off else {}
                changed.setdefault(exercise, {})[name] = {"value": own.value, "borderline": own.borderline, **off}
    return changed


def limits_as_data(limits: dict[str, Limit]) -> dict[str, Any]:
    """Limits as plain data for `analysis.json`."""
    left_out = ("meaning", "band")
    return {
        name: {key: value for key, value in asdict(limit).items() if key not in left_out and (key != "off" or value)}
        for name, limit in limits.items()
    }
