"""The programme: sets, reps and tempo of the exercises, rest and plates; single values can be changed."""

from __future__ import annotations

import math
import tomllib
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from formcheck.errors import UsageError, why
from formcheck.lifts.exercise import Prescription
from formcheck.lifts.registry import exercises
from formcheck.units import Load, Unit, load_from

FILE = "programme.toml"
#: Earlier names of the phases.
_EARLIER = {"lowering_s": "eccentric_s", "hold_s": "pause_s", "lifting_s": "concentric_s"}


@dataclass(frozen=True)
class Week:
    """Schedule: least and most `sessions` a week, and `rest_hours` between them, less a tolerance."""

    sessions: tuple[int, int]
    rest_hours: float
    rest_tolerance_hours: float
    source: str


@dataclass(frozen=True)
class Progress:
    """When weight is added; see `programme.toml`."""

    fix_first_share: float
    slip_share: float
    borderline_counts: float
    judged_share: float
    film_lasts_days: float
    tempo_tolerance_s: float
    off_tempo_share: float
    hardest_rpe: float
    steady_sessions: int
    short_sessions: int
    break_days: float
    large_step_share: float
    source: str


@dataclass(frozen=True)
class Attention:
    """When somebody needs a coach's look; see `programme.toml`."""

    fault_reps: int
    quiet_days: float
    source: str


@dataclass(frozen=True)
class Plates:
    """Available weights: pairs of plates on a bar, or dumbbells in steps."""

    kg: tuple[float, ...]
    lb: tuple[float, ...]
    bar_kg: float
    bar_lb: float
    step_kg: float
    step_lb: float
    source: str

    def next_load(self, load: Load, loaded: str) -> Load:
        """The smallest possible load above this one, in its own unit."""
        amount = load.amount()
        if loaded != "barbell" or load.pieces > 1:
            step = self._in(load.unit)[2]
            return load_from((math.floor(amount / load.pieces / step + 1e-6) + 1) * step, load.unit, load.pieces)
        pairs, bar, _ = self._in(load.unit)
        if amount < bar - 1e-6:
            return load_from(bar, load.unit)
        smallest = 2 * min(pairs)
        steps = math.floor((amount - bar) / smallest + 1e-6) + 1
        # In usual sets every plate is a multiple of the smallest one.
        return load_from(bar + steps * smallest, load.unit)

    def _in(self, unit: Unit) -> tuple[tuple[float, ...], float, float]:
        return (self.lb, self.bar_lb, self.step_lb) if unit == "lb" else (self.kg, self.bar_kg, self.step_kg)


@dataclass(frozen=True)
class Programme:
    """The whole programme; `targets` by name of the exercise, `rest` in seconds by name or "other"."""

    week: Week
    progress: Progress
    attention: Attention
    plates: Plates
    rest: dict[str, float]
    targets: dict[str, Prescription]

    def rest_s(self, exercise: str) -> float:
        """Seconds of rest between sets of an exercise."""
        return self.rest.get(exercise, self.rest["other"])


def load_programme(*changes: Path) -> Programme:
    """The shipped programme with the changes of the given TOML files, in order.

    Raises:
        UsageError: a file cannot be read, or has an unknown or invalid entry.
    """
    tables: dict[str, Any] = tomllib.loads(files("formcheck.apps.logbook").joinpath(FILE).read_text(encoding="utf-8"))
    tables["exercise"] = _prescriptions()
    tables["rest"] = {**dict.fromkeys(tables["exercise"], tables["rest"]["other"]), **tables["rest"]}
    for path in changes:
        try:
            own = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            raise UsageError(f"{path} cannot be read as a programme ({why(error)}); expected TOML such as sets = 4.") from None
        tables = _changed(tables, own, path.name, "")
    targets = {
        name: Prescription(**{**table, "reps": tuple(table["reps"])}) for name, table in tables["exercise"].items()
    }
    for name, target in targets.items():
        if target.reps[0] > target.reps[1] or target.sets < 1 or target.reps[0] < 1:
            raise UsageError(f"the programme's {name} expects sets from 1 on and reps such as [8, 10].")
        if target.loaded not in ("barbell", "dumbbell"):
            raise UsageError(f"{name}: loaded expects barbell or dumbbell but got {target.loaded!r}.")
    week, plates = tables["week"], tables["plates"]
    if not plates["kg"] or not plates["lb"]:
        raise UsageError("the programme's plates expect at least one pair in kg and in lb.")
    return Programme(
        Week(**{**week, "sessions": tuple(week["sessions"])}),
        Progress(**tables["progress"]),
        Attention(**tables["attention"]),
        Plates(**{**plates, "kg": tuple(plates["kg"]), "lb": tuple(plates["lb"])}),
        {name: seconds for name, seconds in tables["rest"].items() if name != "source"},
        targets,
    )


def _prescriptions() -> dict[str, dict[str, Any]]:
    """Targets of the exercises as tables that a user may change; a kind of another exercise has those of its own class."""
    own = [exercise for exercise in exercises() if exercise.kind_of is None or "programme" in vars(type(exercise))]
    asked = {exercise.name: exercise.programme for exercise in own}
    return {name: {**asdict(one), "reps": list(one.reps)} for name, one in asked.items() if one is not None}


def _changed(tables: dict[str, Any], own: dict[str, Any], file: str, where: str) -> dict[str, Any]:
    result = dict(tables)
    for name, value in own.items():
        place = f"{where}{name}"
        name = _EARLIER.get(name, name) if where.startswith("exercise.") else name
        if name not in tables:
            raise UsageError(f"{file}: the programme has no {place}; expected one of {', '.join(tables)}.")
        usual = tables[name]
        if isinstance(usual, dict):
            if not isinstance(value, dict):
                raise UsageError(f"{file}: {place} expects a table but got {value!r}.")
            result[name] = _changed(usual, value, file, f"{place}.")
        elif not _like(value, usual, name):
            raise UsageError(f"{file}: {place} expects something like {usual!r} but got {value!r}.")
        else:
            result[name] = value
    return result


def _like(value: Any, usual: Any, name: str) -> bool:
    """Whether a value can replace the default: of the same type, and not negative."""
    if isinstance(usual, list):
        same_length = name in ("kg", "lb") or (isinstance(value, list) and len(value) == len(usual))
        return isinstance(value, list) and same_length and all(_like(item, usual[0], name) and item > 0 for item in value)
    if isinstance(usual, (bool, str)):
        return isinstance(value, type(usual))
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    whole = name in ("sets", "judged_sets", "reps", "sessions", "steady_sessions", "short_sessions", "fault_reps")
    return math.isfinite(value) and value >= 0 and (not whole or isinstance(value, int))
