"""`AnalyzeOptions`: what the user can say about an analysis, how its folder keeps it, and what differs between two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from formcheck.analysis import Analysis
from formcheck.errors import UsageError, why
from formcheck.exercises import AUTO, Limits, exercise_named, load_limits
from formcheck.exercises.limits import changed_limits, limits_changed
from formcheck.pose import PoseOptions


@dataclass(frozen=True)
class AnalyzeOptions:
    """What the user can say about an analysis; the defaults are those of the command line."""

    exercise: str = AUTO
    model: str = "heavy"
    #: A TOML file with changes, or the limits themselves (a folder of a batch has its own).
    limits: Path | Limits | None = None
    side: str | None = None
    load_kg: float | None = None
    height_m: float | None = None
    plate_diameter_m: float = 0.45
    #: Keypoints that another tool found in the clip: they are judged, and no pose is estimated.
    track: Path | None = None
    pose: PoseOptions = field(default_factory=PoseOptions)


#: What `AnalyzeOptions` says of the lifter and the load, kept as it is.
_KEPT = ("side", "load_kg", "height_m", "plate_diameter_m")


def limits_of(options: AnalyzeOptions) -> Limits:
    """The limits to judge with.

    Raises:
        UsageError: the limits cannot be used.
    """
    return options.limits if isinstance(options.limits, dict) else load_limits(options.limits)


def options_as_data(options: AnalyzeOptions) -> dict[str, Any]:
    """The options as `analysis.json` keeps them: changed limits by value, so that they outlive the file they came from."""
    exercise = AUTO if options.exercise == AUTO else exercise_named(options.exercise).name
    own = {name: getattr(options, name) for name in _KEPT}
    return {"exercise": exercise, **own, **asdict(options.pose), "limits": limits_changed(limits_of(options))}


def options_from_data(data: dict[str, Any], origin: str) -> AnalyzeOptions:
    """Read back what `options_as_data` made; the model is not among it. Limits that were not changed are this version's.

    Raises:
        UsageError: it is something else; `origin` names where it was read.
    """
    try:
        own = {name: data[name] for name in _KEPT}
        pose = PoseOptions(**{name: data[name] for name in asdict(PoseOptions())})
        exercise, limits = str(data["exercise"]), dict(data["limits"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{origin} does not say how the clip was analysed ({why(error)}); analyse the clip again.") from None
    if exercise != AUTO:
        exercise_named(exercise)
    return AnalyzeOptions(exercise, limits=changed_limits(load_limits(), limits, origin), pose=pose, **own)


def kept_options(analysis: Analysis, origin: str) -> AnalyzeOptions:
    """What the user said of a saved analysis; of an earlier version's, which kept no options, exercise and load.

    Raises:
        UsageError: as `options_from_data` does.
    """
    if analysis.software.options:
        return options_from_data(analysis.software.options, origin)
    exercise = analysis.exercise.name if analysis.exercise.source == "user" else AUTO
    return AnalyzeOptions(exercise, load_kg=analysis.exercise.load_kg)


@dataclass(frozen=True)
class Differences:
    """What two analyses were told alike (and not the default), and what differently, each as a few words."""

    same: tuple[str, ...]
    changed: tuple[str, ...]


def differences(before: AnalyzeOptions, after: AnalyzeOptions) -> Differences:
    """Compare the judging of two analyses in the words of the command line."""
    old, new, usual = (_in_words(options) for options in (before, after, AnalyzeOptions()))
    same, changed = [], []
    for name in dict.fromkeys((*old, *new)):
        was, now = (words.get(name, "as shipped") for words in (old, new))
        if was != now:
            changed.append(f"{name} {now} (was {was})")
        elif now != usual.get(name):
            same.append(f"{name} {now}")
    return Differences(tuple(same), tuple(changed))


def _in_words(options: AnalyzeOptions) -> dict[str, str]:
    def said(value: Any, words: Callable[[Any], str]) -> str:
        return "not given" if value is None else words(value)

    data = options_as_data(options)
    words = {
        "exercise": "recognised" if data["exercise"] == AUTO else data["exercise"].replace("_", " "),
        "side": said(options.side, str),
        "height": said(options.height_m, lambda metres: f"{100 * metres:.0f} cm"),
        "plates": f"{100 * options.plate_diameter_m:.4g} cm",
        "weight": said(options.load_kg, lambda kg: f"{kg:.4g} kg"),
    }
    for exercise, table in data["limits"].items():
        for name, limit in table.items():
            words[f"limit {exercise}.{name}"] = f"{limit['value']:g} (band {limit['borderline']:g})"
    return words
