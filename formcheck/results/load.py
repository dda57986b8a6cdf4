"""Measures of the bar and the hips in one rep: functions of `Motion` and `Rep`; NaN if not measurable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import VISIBLE, Array, Body
from formcheck.motion.motion import Motion
from formcheck.motion.smoother import CUTOFF_HZ
from formcheck.pose.geometry import from_segment
from formcheck.pose.skeleton import SIDES, Side, joint
from formcheck.results.quantity import Quantity
from formcheck.results.rep import Rep

LengthUnit = Literal["m", "trunk"]
#: Smoothing window, seconds: shorter faults cannot be told from noise.
SMOOTH_S = 0.25
#: Share of a rep's frames in which the bar must be known, and its least usable quality.
LEAST_COVERAGE, LEAST_QUALITY = 0.6, 0.1
#: Error of the lean after the hips have stopped, degrees, besides that of the fit: made-up hinges from the side
#: (scripts/studio, seed 8600, train pool), whose reading is some 1.2 times the truth.
OVERDEPTH_SD = 6.0
#: Scatter of the hips from picture to picture, share of their standard deviation, most of which all pictures share.
HIP_SCATTER = 0.3
#: Share of the trunk's way down before which the hips do not stop.
EARLIEST_STOP = 0.15
#: A hand that hangs under a load is at least this share of its usual distance from the shoulder; usual is this percentile.
STRAIGHT_ARM, USUAL_ARM = 0.7, 75
#: If both feet slide the same way by more than this, the camera moves, trunk lengths.
MOST_SLIDING = 0.1
#: Error of the correction for perspective: share of the bar's way in the rep.
PERSPECTIVE_SHARE = 0.04


@dataclass(frozen=True)
class Overdepth:
    """`further` degrees of trunk inclination after the hips' backward extreme at `extreme_s`, largest at its `time_s`.

    `travel_deg`: how far the hips go back until then, degrees about the foot. `trunk_sd`: standard deviation of the trunk's
    inclination after it, degrees.
    """

    further: Quantity
    extreme_s: float
    travel_deg: float
    trunk_sd: float


def length_unit(motion: Motion) -> tuple[float, LengthUnit]:
    """Pixels per unit of length, and the unit: metres if the scale is known, else trunk lengths."""
    if np.isfinite(motion.scale.px_per_m):
        return motion.scale.px_per_m, "m"
    return motion.trunk_px, "trunk"


def leg_distance(motion: Motion, side: Side) -> Array:
    """(F,) distance of the bar in front of the line hip-knee-ankle of the leg of a side, pixels; negative behind it.

    The distance to the nearer one of thigh and shank, each taken as a segment. It contains half the leg's thickness and
    the bar's: compare it with the same rep's top.
    """
    bar = motion.bar
    if bar is None:
        return np.full(len(motion.times), np.nan)
    body, forward = motion.body, motion.body.view.forward
    hip, knee, ankle = (body.point(name, side) for name in ("hip", "knee", "ankle"))
    thigh, shank = _to_segment(bar.path, hip, knee, forward), _to_segment(bar.path, knee, ankle, forward)
    return np.where(np.abs(thigh) < np.abs(shank), thigh, shank)


def bar_drift(motion: Motion, rep: Rep, side: Side, *, placed: bool = False) -> Quantity | None:
    """Largest increase of the bar's distance from the leg of a side over that at the top of the rep.

    None when there is no bar, or bar and leg were not seen in most of the rep or at its top. With `placed`, a leg that is
    not seen counts where the lengths of its bones place it.
    """
    bar = motion.bar
    if bar is None:
        return None
    times = motion.times
    distance = leg_distance(motion, side)
    known = np.isfinite(distance) & (bar.quality >= LEAST_QUALITY)
    if bar.source != "plate":
        known &= _at_arms_length(motion)
    if not placed:
        known &= motion.body.visible(side, "hip", "knee", "ankle") >= VISIBLE
    inside = rep.during(times)
    top = (rep.at_start(times) if rep.first == "eccentric" else rep.at_turn(times)) & known
    if not top.any() or (inside & known).sum() < LEAST_COVERAGE * max(1, inside.sum()):
        return None
    rows = np.nonzero(inside & known)[0]
    smooth = _smoothed(times[rows], distance[rows])
    away = smooth - float(np.median(distance[top]))
    # A setting down or picking up within the rep counts, so does every moment in between.
    most = int(np.argmax(away))
    unit, name = length_unit(motion)
    travel = float(np.ptp(bar.path[rows, 1]))
    leg = _leg_sd(motion.body, side, rows)
    # Most of a point's error is the same at the top of the rep and falls out.
    sd = float(np.hypot(0.5 * leg, PERSPECTIVE_SHARE * travel))
    if bar.source != "plate":
        sd = float(np.hypot(sd, 0.5 * float(np.nanmedian(bar.path_sd[rows]))))
    return Quantity(float(away[most]) / unit, name, sd / unit, float(times[rows][most]))


def _at_arms_length(motion: Motion) -> NDArray[np.bool_]:
    """(F,) frames in which the near hand is as far from the shoulder as usual; elsewhere it is misplaced."""
    length = np.linalg.norm(motion.body.near("wrist") - motion.body.near("shoulder"), axis=1)
    usual = np.nanpercentile(length, USUAL_ARM) if np.isfinite(length).any() else np.nan
    return np.asarray(length >= STRAIGHT_ARM * usual)


def distance_at_top(motion: Motion, rep: Rep, side: Side) -> float:
    """Distance of the bar, or of the hands that stand in for it, in front of the leg at the top of a rep, in `length_unit`."""
    top = rep.at_top(motion.times)
    known = leg_distance(motion, side)[top]
    return float(np.nanmedian(known)) / length_unit(motion)[0] if np.isfinite(known).any() else float("nan")


def vertical_travel(motion: Motion, rep: Rep) -> Quantity | None:
    """Vertical range of the bar in the rep; None if it was not seen in most of it."""
    rows = _bar_rows(motion, rep)
    if rows is None or motion.bar is None:
        return None
    height = _smoothed(motion.times[rows], -motion.bar.path[rows, 1])
    unit, name = length_unit(motion)
    travel = float(np.ptp(height))
    noise = PERSPECTIVE_SHARE * travel + (0.02 if motion.bar.source == "plate" else 0.08) * motion.trunk_px
    return Quantity(travel / unit, name, noise / unit)


def concentric_velocity(motion: Motion, rep: Rep) -> tuple[Quantity, Quantity] | None:
    """Mean and greatest upward velocity of the bar in the concentric phase, m/s; None without a scale or a plate."""
    bar = motion.bar
    if bar is None or motion.scale.source is None or bar.source != "plate" or not np.isfinite(rep.concentric_s):
        return None
    start, end = rep.concentric
    phase = (motion.times >= start - 1e-6) & (motion.times <= end + 1e-6) & np.isfinite(bar.path[:, 1])
    rows = np.nonzero(phase)[0]
    if len(rows) < 4 or end - start < 0.15:
        return None
    times = motion.times[rows]
    height = _smoothed(times, -bar.path[rows, 1], 0.15) / motion.scale.px_per_m
    speed = np.gradient(height, times)
    share = 0.06  # the scale's own error
    noise = 0.02 / (end - start)
    mean = float(height[-1] - height[0]) / float(times[-1] - times[0])
    fastest = int(np.argmax(speed))
    return (
        Quantity(mean, "m/s", abs(mean) * share + noise),
        Quantity(float(speed[fastest]), "m/s", abs(float(speed[fastest])) * share + 2 * noise, float(times[fastest])),
    )


def velocity_loss(mean_velocities: list[float]) -> float:
    """Relative loss of mean velocity from the fastest rep to the last one, 0-1; NaN with fewer than two known."""
    known = [v for v in mean_velocities if np.isfinite(v) and v > 0]
    return float("nan") if len(known) < 2 else 1 - known[-1] / max(known)


def overdepth(motion: Motion, rep: Rep) -> Overdepth | None:
    """How far the trunk goes on down after the hips have stopped moving back.

    On the way down the hips go back as the trunk leans, and then no further: where the line bends is found by least squares,
    with the standard deviation that hips and line leave open. The hip is the near one, which the plate does not hide in a
    hinge.

    Only for reps that begin with the eccentric phase (a Romanian deadlift); None otherwise, when that is cut off, or hips or
    trunk are not seen.
    """
    if rep.first != "eccentric" or rep.cut_start:
        return None
    times, body = motion.times, motion.body
    hip = -body.view.forward * body.near("hip")[:, 0]
    trunk = motion.trunk.values
    phase = (times >= rep.start_s - 1e-6) & (times <= rep.turn_end_s + 1e-6)
    known = phase & np.isfinite(hip) & np.isfinite(trunk) & motion.trunk.known
    if known.sum() < max(6, LEAST_COVERAGE * phase.sum()):
        return None
    rows = np.nonzero(known)[0]
    rows = rows[: int(np.argmax(trunk[rows])) + 1]
    if len(rows) < 5:
        return None
    lean = trunk[rows]
    start = float(np.median(hip[rows[: max(1, len(rows) // 12)]]))
    back = np.degrees(np.arcsin(np.clip((hip[rows] - start) / body.leg_length, -1, 1)))
    hip_sd = np.degrees(float(np.nanmedian(body.sd[rows, joint("hip", body.view.side)])) / body.leg_length)
    independent = max(3.0, 2 * CUTOFF_HZ * float(times[rows[-1]] - times[rows[0]]))
    stops, likely, travel = _breakpoint(lean, back, HIP_SCATTER * hip_sd, independent)
    stop = float(likely @ stops)
    sd = np.hypot(OVERDEPTH_SD, np.sqrt(likely @ (stops - stop) ** 2))
    reached = int(np.argmax(lean >= stop))
    further = Quantity(float(lean[-1]) - stop, "deg", float(sd), float(times[rows[-1]]))
    return Overdepth(further, float(times[rows[reached]]), travel, float(np.nanmedian(motion.trunk.sd[rows[reached:]])))


def _breakpoint(lean: Array, back: Array, scatter: float, independent: float) -> tuple[Array, Array, float]:
    """Leans at which the hips may stop, how likely each is, and how far the hips go back until the most likely one, degrees.

    Args:
        lean, back: (N,) of trunk and hips, degrees. scatter: standard deviation of `back`, at least.
        independent: number of samples that do not share their errors.
    """
    low, high = float(lean.min()), float(lean.max())
    stops = np.linspace(low + EARLIEST_STOP * (high - low), high, 50)
    until = np.minimum(lean, stops[:, None])
    until -= until.mean(axis=1, keepdims=True)
    slope = np.maximum(until @ (back - back.mean()) / np.maximum((until**2).sum(axis=1), 1e-9), 0.0)
    misfit = ((back - back.mean() - slope[:, None] * until) ** 2).mean(axis=1)
    best = int(np.argmin(misfit))
    likely = np.exp(-independent * (misfit - misfit[best]) / (2 * max(misfit[best], scatter**2)))
    return stops, likely / likely.sum(), float(slope[best] * (stops[best] - low))


def picture_moves(motion: Motion, rep: Rep) -> bool:
    """Whether the camera moves on the way to the turn, judged by both feet.

    Occlusion or a lifted foot moves one foot alone; a moving camera moves both.
    """
    body = motion.body
    rows = (motion.times >= rep.start_s - 1e-6) & (motion.times <= rep.turn_end_s + 1e-6)
    for side in SIDES:
        rows &= body.visible(side, "ankle") >= VISIBLE
    if rows.sum() < 6:
        return False
    left, right = (_smoothed(motion.times[rows], body.point("ankle", side)[rows, 0]) for side in SIDES)
    moved = left - left[0], right - right[0]
    together = np.where(np.sign(moved[0]) == np.sign(moved[1]), np.minimum(np.abs(moved[0]), np.abs(moved[1])), 0.0)
    return bool(together.max() > MOST_SLIDING * motion.trunk_px)


def _bar_rows(motion: Motion, rep: Rep) -> NDArray[np.intp] | None:
    if motion.bar is None:
        return None
    inside = rep.during(motion.times)
    rows = np.nonzero(inside & np.isfinite(motion.bar.path[:, 1]) & (motion.bar.quality >= LEAST_QUALITY))[0]
    return rows if len(rows) >= max(4, LEAST_COVERAGE * inside.sum()) else None


def _to_segment(point: Array, a: Array, b: Array, forward: int) -> Array:
    """(F,) distance of `point` from the segment a-b, positive on the lifter's front side."""
    away = from_segment(point, a, b)
    return np.asarray(np.linalg.norm(away, axis=1) * np.where(away[:, 0] * forward >= 0, 1, -1))


def _leg_sd(body: Body, side: Side, rows: NDArray[np.intp]) -> float:
    points = [joint(name, side) for name in ("hip", "knee", "ankle")]
    return float(np.nanmedian(body.sd[rows][:, points]))


def _smoothed(times: Array, values: Array, seconds: float = SMOOTH_S) -> Array:
    if len(values) < 5:
        return values
    step = float(np.median(np.diff(times)))
    window = max(5, round(seconds / max(step, 1e-3)) // 2 * 2 + 1)
    window = min(window, (len(values) - 1) // 2 * 2 + 1)
    return quadratic_fits(values, window) if window >= 5 else values


def quadratic_fits(values: Array, window: int) -> Array:
    """(N,) values, each on the parabola that fits the (odd) `window` of values around it best, those at the ends on the
    first and the last one: Savitzky and Golay's filter. SciPy's takes longer to import than the rest of a rep's measures
    take together.
    """
    half = window // 2
    design = np.vander(np.arange(-half, half + 1.0), 3)
    fit = design @ np.linalg.pinv(design)
    middle = np.convolve(values, fit[half], mode="valid")  # the same from both sides
    return np.concatenate([(fit @ values[:window])[:half], middle, (fit @ values[-window:])[half + 1 :]])
