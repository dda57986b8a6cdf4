"""Options of an analysis as kept in `analysis.json`: writing, reading, and comparing them in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from formcheck.errors import UsageError, why
from formcheck.lifts.limits import changed_limits, limits_changed, load_limits
from formcheck.lifts.registry import exercise_named
from formcheck.options import AUTO, OPTIONS, Options
from formcheck.results.analysis import Analysis


def options_to_data(options: Options) -> dict[str, Any]:
    """The options as kept in `analysis.json`, with the values of changed limits."""
    values = options.values()
    data = {name: values[name] for name, option in OPTIONS.items() if option.remembered}
    if data["exercise"] != AUTO:
        data["exercise"] = exercise_named(data["exercise"]).name
    return {**data, "limits": limits_changed(load_limits(options.judging.limits))}


def options_from_data(data: dict[str, Any], origin: str) -> Options:
    """Inverse of `options_to_data`, without the model; unchanged limits are those of this version.

    Raises:
        UsageError: the data are invalid; `origin` names their source.
    """
    try:
        # Options that did not exist yet have their default.
        values = {name: data.get(name, option.default) for name, option in OPTIONS.items() if option.remembered}
        values["exercise"], limits = str(data["exercise"]), dict(data["limits"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{origin} does not say how the clip was analysed ({why(error)}); analyse the clip again.") from None
    if values["exercise"] != AUTO:
        exercise_named(values["exercise"])
    judged_by = changed_limits(load_limits(), limits, origin)
    try:
        return Options.of(**values, limits=judged_by)
    except UsageError as error:
        said = str(error).rstrip(".")
        raise UsageError(f"{origin} does not say how the clip was analysed ({said}); analyse the clip again.") from None


def kept_options(analysis: Analysis, origin: str) -> Options:
    """Options of a saved analysis; earlier versions kept only exercise and load.

    Raises:
        UsageError: as `options_from_data`.
    """
    if analysis.software.options:
        return options_from_data(analysis.software.options, origin)
    exercise = analysis.exercise.name if analysis.exercise.source == "user" else AUTO
    return Options.of(exercise=exercise, load_kg=analysis.exercise.load_kg)


@dataclass(frozen=True)
class Differences:
    """Options that two analyses share (other than defaults), and those that differ, each in a few words."""

    same: tuple[str, ...]
    changed: tuple[str, ...]


def differences(before: Options, after: Options) -> Differences:
    """Compare the judging options of two analyses, in the words of the command line."""
    old, new, usual = (_in_words(options) for options in (before, after, Options()))
    same, changed = [], []
    for name in dict.fromkeys((*old, *new)):
        was, now = (words.get(name, "as shipped") for words in (old, new))
        if was != now:
            changed.append(f"{name} {now} (was {was})")
        elif now != usual.get(name):
            same.append(f"{name} {now}")
    return Differences(tuple(same), tuple(changed))


def _in_words(options: Options) -> dict[str, str]:
    data = options_to_data(options)
    words = {"exercise": "recognised" if data["exercise"] == AUTO else data["exercise"].replace("_", " ")}
    words |= {option.called: option.in_words(data[name]) for name, option in OPTIONS.items() if option.called}
    for exercise, table in data["limits"].items():
        for name, limit in table.items():
            off = ", switched off" if limit.get("off") else ""
            words[f"limit {exercise}.{name}"] = f"{limit['value']:g} (band {limit['borderline']:g}){off}"
    return words
