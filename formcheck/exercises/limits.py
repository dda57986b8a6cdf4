"""Limits as data: `limits.toml`, its own commented file, and the user's changes to single values."""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from formcheck.errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

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
    """The shipped limits, by exercise and name. An exercise that names a `parent` starts from a copy of its limits."""
    tables = tomllib.loads(files("formcheck.exercises").joinpath("limits.toml").read_text(encoding="utf-8"))
    limits: Limits = {}
    for exercise, table in tables.items():
        own = {name: Limit(**entry) for name, entry in table.items() if isinstance(entry, dict)}
        limits[exercise] = {**limits.get(table.get("parent", ""), {}), **own}
    return limits


def load_limits(path: Path | None = None) -> Limits:
    """The limits in force: the shipped ones with the changes of a user's TOML file.

    Raises:
        UsageError: the file cannot be read, names an exercise or limit that does not exist, has another unit, or a value
            that is no number.
    """
    limits = default_limits()
    return limits if path is None else changed_limits(limits, _read(path), path.name)


def changed_limits(limits: Limits, changes: dict[str, Any], origin: str) -> Limits:
    """A copy of `limits` with the `changes` of a TOML document; see `load_limits` for what is refused."""
    result = {exercise: dict(table) for exercise, table in limits.items()}
    for exercise, table in changes.items():
        if exercise not in result:
            raise UsageError(f"{origin}: unknown exercise [{exercise}]; expected one of {', '.join(sorted(result))}.")
        if not isinstance(table, dict):
            raise UsageError(f"{origin}: {exercise} must be a table such as [{exercise}.short_range].")
        for name, entry in table.items():
            known = result[exercise].get(name)
            if known is None:
                allowed = ", ".join(sorted(result[exercise]))
                raise UsageError(f"{origin}: unknown limit [{exercise}.{name}]; expected one of {allowed}.")
            result[exercise][name] = _changed(known, entry, f"{origin}: [{exercise}.{name}]")
    return result


def _changed(limit: Limit, change: object, where: str) -> Limit:
    entry: dict[str, Any] = change if isinstance(change, dict) else {"value": change}
    unknown = set(entry) - set(_CHANGEABLE) - {"unit"}
    if unknown:
        allowed = ", ".join((*_CHANGEABLE, "unit"))
        raise UsageError(f"{where} has an unknown key {sorted(unknown)[0]!r}; expected {allowed}.")
    if entry.get("unit", limit.unit) != limit.unit:
        raise UsageError(f"{where} is in {limit.unit}, but got the unit {entry['unit']!r}; give the value in {limit.unit}.")
    numbers: dict[str, Any] = {key: entry[key] for key in _CHANGEABLE if key in entry}
    for key, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise UsageError(f"{where} expects a number for {key!r} but got {number!r}; write for example {key} = 20.")
    return replace(
        limit,
        value=float(numbers.get("value", limit.value)),
        borderline=float(numbers.get("borderline", limit.borderline)),
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return data
    except OSError as error:
        raise UsageError(f"the limits file {path} cannot be read ({error.strerror}); check the name.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"the limits file {path.name} is not valid TOML ({error}); see `formcheck rules`.") from None


def limits_as_data(limits: dict[str, Limit]) -> dict[str, Any]:
    """Limits as plain data for `analysis.json`."""
    return {name: {k: v for k, v in asdict(limit).items() if k != "meaning"} for name, limit in limits.items()}
