"""Angles, joint positions and the bar against rendered truth."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from evaluation.labels import TRUE_JOINTS, Array, Truth, at_times
from evaluation.outcome import Outcome


@dataclass(frozen=True)
class AngleSpec:
    """An angle that is scored: its column in angles.csv and its name in the truth file.

    `far` is its truth during a rep when the working leg is the far one. With `change` both sides are compared as change
    against the still start of the clip: a bend has no zero that two definitions share. `sd` is the column with its own
    uncertainty.
    """

    name: str
    column: str
    truth: str
    far: str | None = None
    change: bool = False
    sd: str | None = None


ANGLES = (
    AngleSpec("hip", "hip_deg", "hip", far="far_hip", sd="hip_sd_deg"),
    AngleSpec("knee", "knee_deg", "knee", far="far_knee", sd="knee_sd_deg"),
    AngleSpec("trunk", "trunk_deg", "trunk_inclination", sd="trunk_sd_deg"),
    AngleSpec("shin", "shin_deg", "shin_inclination"),
    AngleSpec("head", "head_deg", "head_to_trunk"),
    AngleSpec("thoracic bend, change", "thoracic_bend_deg", "thoracic_bend", change=True),
    AngleSpec("lumbar bend, change", "lumbar_bend_deg", "lumbar_bend", change=True),
)

#: Seconds at the start of a clip that serve as the baseline of a change when the truth does not say when a rep begins.
_BASELINE_S = 0.5


@dataclass(frozen=True)
class ErrorStats:
    """Errors of one quantity in one clip, in its own unit; NaN when it was never measured.

    `mae` mean absolute error, `mae_no_offset` the same after the clip's mean error is taken off, `bias` that mean error
    (positive = too large), `p95` 95th percentile of the absolute error, `seen` share of frames with a value.
    """

    mae: float
    mae_no_offset: float
    bias: float
    p95: float
    seen: float


def error_stats(errors: Array) -> ErrorStats:
    """Sum up (F,) errors, NaN where nothing was measured."""
    known = errors[np.isfinite(errors)]
    seen = len(known) / len(errors) if len(errors) else 0.0
    if not len(known):
        nan = float("nan")
        return ErrorStats(nan, nan, nan, nan, seen)
    bias = float(known.mean())
    return ErrorStats(
        mae=float(np.abs(known).mean()),
        mae_no_offset=float(np.abs(known - bias).mean()),
        bias=bias,
        p95=float(np.percentile(np.abs(known), 95)),
        seen=seen,
    )


def mean_stats(stats: Iterable[ErrorStats]) -> ErrorStats:
    """Mean over clips, each counting the same; clips without a value only lower `seen`."""
    table = pd.DataFrame([asdict(one) for one in stats], columns=[known.name for known in fields(ErrorStats)])
    return ErrorStats(*map(float, table.mean()))


def angle_errors(outcome: Outcome, truth: Truth) -> dict[str, ErrorStats]:
    """Error of every angle of `ANGLES` in one clip, by name, degrees."""
    return {spec.name: error_stats(errors) for spec, errors in _angle_errors(outcome, truth)}


def within_two_sd(outcome: Outcome, truth: Truth) -> dict[str, float]:
    """Share of frames in which an angle's error is at most twice the uncertainty that formcheck states, by name.

    A sound uncertainty holds about 0.95 of the frames; fewer means that formcheck is surer than it may be.
    """
    shares = {}
    for spec, errors in _angle_errors(outcome, truth):
        stated = outcome.column(spec.sd) if spec.sd else np.full(len(errors), np.nan)
        known = np.isfinite(errors) & np.isfinite(stated)
        if known.any():
            shares[spec.name] = float((np.abs(errors[known]) <= 2 * stated[known]).mean())
    return shares


def _angle_errors(outcome: Outcome, truth: Truth) -> Iterator[tuple[AngleSpec, Array]]:
    times = outcome.column("time_s")
    far = outcome.working_leg is not None and outcome.working_leg != outcome.side
    for spec in ANGLES:
        known = truth.angles.get(spec.truth)
        if known is None:
            continue
        wanted = at_times(truth.times, known, times)
        if far and spec.far:
            lifting = np.isfinite(outcome.column("rep"))
            wanted = np.where(lifting, at_times(truth.times, truth.angles[spec.far], times), wanted)
        got = outcome.column(spec.column)
        if spec.change:
            start = truth.reps[0].start_s if truth.reps else _BASELINE_S
            errors = _change(times, got, start) - _change(times, wanted, start)
        else:
            errors = (got - wanted + 180.0) % 360.0 - 180.0
        yield spec, errors


def joint_errors(outcome: Outcome, truth: Truth) -> dict[str, ErrorStats]:
    """Distance of each cleaned joint ("near_hip", ...) from its true place, percent of the trunk's length."""
    stats = {}
    for side in ("near", "far"):
        for joint in TRUE_JOINTS:
            name = f"{side}_{joint}"
            if name not in outcome.points:
                continue
            wanted = at_times(truth.times, truth.points[name], outcome.point_times)
            distance = np.linalg.norm(outcome.points[name] - wanted, axis=1)
            stats[name] = error_stats(100.0 * distance / truth.trunk_px)
    return stats


def bar_errors(outcome: Outcome, truth: Truth) -> dict[str, ErrorStats]:
    """Error of the tracked load in one clip, centimetres; empty when the clip has no load that is known.

    "centre" is the distance in the picture from the near plate (or dumbbell), by its own pixels a metre. "path" is the
    error of the displacement since the start (`bar_x_px`, `bar_y_px`) along the picture's axes: of the bar in the
    lifter's plane, or of the dumbbell where it hangs.
    """
    if not np.isfinite(truth.load_px).any():
        return {}
    found = outcome.points.get("load", np.full((len(outcome.point_times), 2), np.nan))
    distance = np.linalg.norm(found - at_times(truth.times, truth.load_px, outcome.point_times), axis=1)
    stats = {"centre": error_stats(100.0 * distance / truth.load_px_per_m)}
    times = outcome.column("time_s")
    start = truth.reps[0].start_s if truth.reps else _BASELINE_S
    known = at_times(truth.times, truth.bar_px if np.isfinite(truth.bar_px).any() else truth.load_px, times)
    for name, column, axis in (("path, level", "bar_x_px", 0), ("path, upright", "bar_y_px", 1)):
        moved = _change(times, outcome.column(column), start)
        stats[name] = error_stats(100.0 * (moved - _change(times, known[:, axis], start)) / truth.px_per_m)
    return stats


def scale_error(outcome: Outcome, truth: Truth) -> float:
    """By how many percent formcheck's pixels a metre are too large; NaN when it knows no scale."""
    return 100.0 * (outcome.px_per_m / truth.px_per_m - 1.0)


def _change(times: Array, values: Array, start_s: float) -> Array:
    """`values` minus their median over the still start (or over the first frames that have a value)."""
    known = np.isfinite(values)
    if not known.any():
        return values
    still = known & (times <= start_s)
    if not still.any():
        still = known & (times <= times[known][0] + _BASELINE_S)
    return values - float(np.median(values[still]))
