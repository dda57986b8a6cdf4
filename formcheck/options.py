"""`AnalyzeOptions`: what the user can say about an analysis, how its folder keeps it, and what differs between two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from math import inf, nan
from numbers import Real
from pathlib import Path
from typing import Any

from formcheck.errors import (
    END,
    EXERCISE,
    HEIGHT,
    LEG,
    LIFTER,
    LOAD,
    PLATE_DIAMETER,
    POSE_RATE,
    SIDE,
    SLOW_MOTION,
    START,
    Setting,
    UsageError,
    why,
)
from formcheck.lifts.limits import Limits, changed_limits, limits_changed, load_limits
from formcheck.lifts.registry import AUTO, exercise_named
from formcheck.pose.estimate import PoseOptions
from formcheck.pose.model import PoseModel
from formcheck.pose.registry import DEFAULT
from formcheck.pose.skeleton import SIDES, Side
from formcheck.results.analysis import Analysis
from formcheck.video.reader import check_part

#: As many pictures as a clip has to show (`video.plan.SLOWEST_HZ` lets its time stamps waver).
LEAST_RATE_HZ = 5.0
#: More than anybody has lifted in these exercises.
MOST_KG = 1000.0


@dataclass(frozen=True)
class AnalyzeOptions:
    """What the user can say about an analysis; the defaults are those of the command line."""

    exercise: str = AUTO
    #: What `formcheck.pose.find_model` finds by its name, or the model itself.
    model: str | PoseModel = DEFAULT
    #: A TOML file with changes, or the limits themselves (a folder of a batch has its own).
    limits: Path | Limits | None = None
    side: Side | None = None
    #: The working (front) leg, where one works at a time.
    leg: Side | None = None
    load_kg: float | None = None
    height_m: float | None = None
    plate_diameter_m: float = 0.45
    #: Keypoints that another tool found in the clip: they are judged, and no pose is estimated.
    track: Path | None = None
    pose: PoseOptions = field(default_factory=PoseOptions)

    def __post_init__(self) -> None:
        """Check what was said, however it was said.

        Raises:
            UsageError: something is of the wrong kind or out of its range.
        """
        if not isinstance(self.exercise, str):
            raise UsageError(f"{EXERCISE} expects a name but got {self.exercise!r}.")
        one_side(SIDE, self.side)
        one_side(LEG, self.leg)
        one_side(LIFTER, self.pose.lifter)
        _check_number(LOAD, self.load_kg, "kg", 0.0, MOST_KG)
        _check_number(HEIGHT, self.height_m, "m, the lifter's height", 1.0, 2.5)
        _check_number(PLATE_DIAMETER, self.plate_diameter_m, "m", 0.1, 0.7, optional=False)
        _check_number(POSE_RATE, self.pose.pose_rate_hz, "pictures a second", LEAST_RATE_HZ, 240.0)
        _check_number(START, self.pose.start_s, "seconds")
        _check_number(END, self.pose.end_s, "seconds")
        _check_number(SLOW_MOTION, self.pose.slow_motion, "times slower than life", optional=False)
        check_part(self.pose.slow_motion, self.pose.start_s, self.pose.end_s)


def one_side(setting: Setting, value: str | None) -> Side | None:
    """A side as somebody said it.

    Raises:
        UsageError: it is neither left nor right.
    """
    if value is None:
        return None
    if value in SIDES:
        return "left" if value == "left" else "right"
    raise UsageError(f"{setting} expects left or right but got {value!r}.")


def _check_number(
    setting: Setting, value: object, unit: str, low: float = -inf, high: float = inf, *, optional: bool = True
) -> None:
    if value is None and optional:
        return
    bounds = "" if low == -inf else f" from {low:g} to {high:g}"
    number = float(value) if isinstance(value, Real) and not isinstance(value, bool) else nan
    if not low <= number <= high:  # NaN is in no range
        raise UsageError(f"{setting} expects a number{bounds} ({unit}) but got {value!r}.")


#: What `AnalyzeOptions` says of the lifter and the load, kept as it is.
_KEPT = ("side", "leg", "load_kg", "height_m", "plate_diameter_m")


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
        own: dict[str, Any] = {name: data.get(name) if name == "leg" else data[name] for name in _KEPT}  # once no leg was kept
        pose = PoseOptions(**{name: data[name] for name in asdict(PoseOptions())})
        exercise, limits = str(data["exercise"]), dict(data["limits"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{origin} does not say how the clip was analysed ({why(error)}); analyse the clip again.") from None
    if exercise != AUTO:
        exercise_named(exercise)
    judged_by = changed_limits(load_limits(), limits, origin)
    try:
        return AnalyzeOptions(exercise, limits=judged_by, pose=pose, **own)
    except UsageError as error:
        said = str(error).rstrip(".")
        raise UsageError(f"{origin} does not say how the clip was analysed ({said}); analyse the clip again.") from None


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
        "working leg": said(options.leg, str),
        "height": said(options.height_m, lambda metres: f"{100 * metres:.0f} cm"),
        "plates": f"{100 * options.plate_diameter_m:.4g} cm",
        "weight": said(options.load_kg, lambda kg: f"{kg:.4g} kg"),
    }
    for exercise, table in data["limits"].items():
        for name, limit in table.items():
            words[f"limit {exercise}.{name}"] = f"{limit['value']:g} (band {limit['borderline']:g})"
    return words
