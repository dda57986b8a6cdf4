"""`Spine`: the back over a shot, measured on the outline."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.bar.bar import Bar
from formcheck.motion.body import Array, Body, Series
from formcheck.motion.spine.contour import (
    STATIONS,
    TrunkFrame,
    body_frame,
    clothing_start,
    trunk_edges,
    trunk_frame,
    without_arms,
    without_plate,
    without_steps,
)
from formcheck.motion.spine.learned import back_table
from formcheck.motion.timeseries import LONGEST_GAP_S, on_frames, steadied
from formcheck.pose.skeleton import SIDES
from formcheck.pose.track import PoseTrack


@dataclass(frozen=True)
class Spine:
    """Bend of the back from the body's outline, degrees; positive = flexion (rounding), negative = extension (arch).

    `visible` (F,) is the visible share of the back edge, 0-1. `dorsal` (F, K, 2) is the back line from buttock to neck in
    pixels, NaN where hidden. `hip_line` is the angle between chest and thigh of a lying lifter, degrees, above 180 beyond
    straight: like `hip_signed`, but without the hip point, which a plate hides. `front_bow` is how far the trunk's front edge
    bows outwards between hip crease and chest, degrees. `flexion` is the learned bend of the whole back relative to
    relaxed standing (see `formcheck.motion.spine.learned`); its sd is that of hidden parts. `arch` is how far a network sees a
    lying lifter's lower back extended, `bend` how far another sees the whole back of one who bends over flexed (see
    `formcheck.pose.back`). None: not measured.
    """

    thoracic: Series
    lumbar: Series
    visible: Array
    dorsal: Array
    hip_line: Series | None = None
    front_bow: Series | None = None
    flexion: Series | None = None
    arch: Series | None = None
    bend: Series | None = None


# Median of a quantity over some frames.

Mask = NDArray[np.bool_]

#: Least share of the frames in which a quantity must be known.
LEAST_KNOWN = 0.5


def median_at(series: Series, mask: Mask) -> tuple[float, float]:
    """Median and standard deviation over the marked frames; NaN if known in too few of them."""
    values = series.values[mask]
    known = np.isfinite(values) & series.known[mask]
    if not mask.any() or known.mean() < LEAST_KNOWN:
        return float("nan"), float("nan")
    middle = float(np.median(values[known]))
    # Errors of an outline persist, so averaging does not reduce them; the scatter adds to them.
    scatter = float(np.median(np.abs(values[known] - middle)))
    return middle, float(np.hypot(np.median(series.sd[mask][known]), scatter))


# Bend of the back: two arcs, lumbar and thoracic, fitted to the back edge.

#: Part of the edge that is fitted: below it is the buttock, which turns with the thigh, above it the neck.
BACK_FIRST, BACK_LAST = 0.05, 0.95
#: Junction of the arcs. Values of 0.40 to 0.55 differ by less than 2 degrees on rendered people with known bend; the
#: thoraco-lumbar junction is slightly below the middle of the back.
JUNCTION = 0.50
#: Least visible share of each arc.
LEAST_ARC = 0.4
#: Error of the edge, trunk lengths (masks have about 60 pixels per trunk), and number of neighbouring stations that share it.
BACK_EDGE_SD, BACK_EDGE_RUN = 0.006, 4.0
#: Residual error on rendered truth, degrees: skin and muscle slide over the spine.
MODEL_SD = 3.0

_USED = (STATIONS >= BACK_FIRST - 1e-9) & (STATIONS <= BACK_LAST + 1e-9)


@dataclass(frozen=True)
class Bend:
    """Bend of the visible part, degrees, positive = flexion; `visible` is its share, 0-1."""

    lumbar: float
    lumbar_sd: float
    thoracic: float
    thoracic_sd: float
    visible: float


def fit_bend(edge: Array) -> Bend:
    """Fit two arcs with a common tangent at the junction to a (K,) back edge `d`, NaN where hidden.

    Outliers are weighted down (Huber). NaN if an arc is hardly visible.
    """
    known = _USED & np.isfinite(edge)
    visible = float(known.sum() / _USED.sum())
    lower = STATIONS < JUNCTION
    shares = [(known & part).sum() / (_USED & part).sum() for part in (lower, ~lower)]
    if min(shares) < LEAST_ARC:
        return Bend(np.nan, np.nan, np.nan, np.nan, visible)
    s, d = STATIONS[known], edge[known]
    x = s - JUNCTION
    terms = np.stack([np.ones_like(x), x, np.where(x < 0, x**2 / 2, 0), np.where(x >= 0, x**2 / 2, 0)], axis=1)
    weight = np.ones_like(x)
    for _ in range(4):
        root = np.sqrt(weight)
        solution = np.linalg.lstsq(terms * root[:, None], d * root, rcond=None)[0]
        residual = np.abs(terms @ solution - d)
        knee = max(BACK_EDGE_SD, 1.5 * float(np.median(residual)))
        weight = np.minimum(1.0, knee / np.maximum(residual, 1e-12))
    noise = max(BACK_EDGE_SD, float(np.sqrt(np.average(residual**2, weights=weight))))
    covariance = np.linalg.inv((terms * weight[:, None]).T @ terms) * noise**2 * BACK_EDGE_RUN
    slope, low, high = solution[1:]
    # Only the visible part: extrapolating under a hood or plate may be off by the whole bend.
    down, up = JUNCTION - max(0.0, s[0] - BACK_FIRST), min(1.0, s[-1] + 1 - BACK_LAST) - JUNCTION
    at_hip, at_junction = np.arctan(slope - low * down), np.arctan(slope)
    at_shoulder = np.arctan(slope + high * up)
    low_sd = np.degrees(np.sqrt(covariance[2, 2])) * down
    high_sd = np.degrees(np.sqrt(covariance[3, 3])) * up
    return Bend(
        lumbar=float(np.degrees(at_hip - at_junction)),
        lumbar_sd=float(np.hypot(low_sd, MODEL_SD)),
        thoracic=float(np.degrees(at_junction - at_shoulder)),
        thoracic_sd=float(np.hypot(high_sd, MODEL_SD)),
        visible=visible,
    )


# Bow of the front edge of the trunk between hip crease and chest.

#: Part of the edge that is fitted: above the hip crease, below the base of the neck.
FRONT_FIRST, FRONT_LAST = 0.20, 0.90
#: Least visible share of belly and chest.
BELLY, FRONT_CHEST, LEAST_PART = (0.20, 0.45), (0.60, 0.90), 0.5
#: Error of the edge, as for the back.
FRONT_EDGE_SD, FRONT_EDGE_RUN = 0.006, 4.0
#: Greatest plausible bow, degrees.
FARTHEST_BOW = 90.0


def front_bow(edge: Array) -> tuple[float, float]:
    """Bow of a (K,) front edge `d` and its error, degrees; positive = outwards, NaN if too little is visible."""
    nothing = (float("nan"), float("nan"))
    known = np.isfinite(edge)
    for first, last in (BELLY, FRONT_CHEST):
        if known[_within(first, last)].mean() < LEAST_PART:
            return nothing
    used = known & _within(FRONT_FIRST, FRONT_LAST)
    x = STATIONS[used] - (FRONT_FIRST + FRONT_LAST) / 2
    terms = np.stack([np.ones_like(x), x, x**2 / 2], axis=1)
    solution = np.linalg.lstsq(terms, edge[used], rcond=None)[0]
    noise = max(FRONT_EDGE_SD, float(np.sqrt(np.mean((terms @ solution - edge[used]) ** 2))))
    curvature_sd = float(np.sqrt(np.linalg.inv(terms.T @ terms)[2, 2] * FRONT_EDGE_RUN)) * noise
    bow = float(np.degrees(solution[2] * (FRONT_LAST - FRONT_FIRST)))
    if abs(bow) > FARTHEST_BOW:
        return nothing
    return bow, float(np.degrees(curvature_sd * (FRONT_LAST - FRONT_FIRST)))


def _within(first: float, last: float) -> Array:
    return np.asarray((first - 1e-9 <= STATIONS) & (last + 1e-9 >= STATIONS))


# Hip extension of a lying lifter from the outline: the angle between chest and thigh.

#: A lifter whose trunk leans back further than this lies, degrees from vertical.
LYING = -45.0
#: Parts of trunk (hip 0, shoulder 1) and thigh (hip 0, knee 1) that are fitted, and fewest stations.
CHEST, THIGH = (0.55, 0.95), (0.30, 0.95)
LEAST_CHEST, LEAST_THIGH = 8, 5
#: From `FALLS_FROM` on the chest's edge falls away to the neck with this additional slope (tangent) and spread between people.
#: Seven lockouts of four real, two rendered people and a drawn one: 0.34 to 0.57.
FALLS_FROM, FALL, FALL_SD = 0.75, 0.46, 0.10
#: Chest and thigh taper, so their edges are tilted against the lines of the joints, degrees. From two rendered bodies (lower
#: chest -3 to 0; upper edge of the thigh 9 to 12, lower 2 to 4); in three real bridges -9, 0 and 3.
CHEST_TAPER, UPPER_TAPER, LOWER_TAPER = -1.5, 11.0, 3.0
#: Spread of both tapers between people and clothes, degrees: outline and joints of real and rendered lockouts differ by 7 (one
#: standard deviation), about 5 each.
TAPER_SD = 5.0
#: Edges tilted further than this from their taper belong to something else, such as a second plate, degrees.
STRANGEST_TAPER = 25.0


def hip_line(track: PoseTrack, body: Body, bar: Bar | None = None) -> Series:
    """Angle between thigh and chest on the frames of `body`, degrees, above 180 beyond straight, like `LegAngles.hip_signed`.

    NaN where the lifter does not lie on the back or an edge is hidden.
    """
    times, values, sds = [], [], []
    for row, time in enumerate(track.times):
        if not track.outline[row] or not body.times[0] - 1e-6 <= time <= body.times[-1] + 1e-6:
            continue
        number = int(np.argmin(np.abs(body.times - time)))
        trunk, thigh = body_frame(body, number), _thigh_frame(body, number)
        if trunk is None or thigh is None or _lean(trunk, body) > LYING:
            continue
        arms = [np.array([body.point(name, side)[number] for name in ("elbow", "wrist", "hand")]) for side in SIDES]
        _, chest = trunk_edges(track.outline[row], trunk)
        upper, lower = trunk_edges(track.outline[row], thigh)
        edges = []
        for edge, frame in ((chest, trunk), (upper, thigh), (lower, thigh)):
            bare = without_arms(edge, arms, frame)
            if bar is not None and bar.source == "plate":
                bare = without_plate(bare, bar.center[number], float(bar.radius[number]), frame)
            edges.append(without_steps(bare))
        chest_tilt, chest_sd = _chest_tilt(edges[0])
        tilt = _thigh_tilt(edges[1]) + UPPER_TAPER
        if not abs(tilt) <= STRANGEST_TAPER:
            tilt = _thigh_tilt(edges[2]) - LOWER_TAPER
        if not abs(tilt) <= STRANGEST_TAPER or not abs(chest_tilt - CHEST_TAPER) <= STRANGEST_TAPER:
            tilt = float("nan")
        times.append(float(time))
        values.append(180 - (_lean(trunk, body) - chest_tilt + CHEST_TAPER) - (_thigh_lean(thigh, body) + tilt))
        sds.append(float(np.hypot(TAPER_SD, chest_sd)))
    steady = steadied(np.array(times), np.array([values, sds]).T, EDGE_WINDOW_S) if times else np.empty((0, 2))
    on, sd = (on_frames(np.array(times), column, body.times) for column in steady.T)
    return Series(on, np.where(np.isfinite(on), sd, np.nan))


def _thigh_frame(body: Body, number: int) -> TrunkFrame | None:
    """The thigh as a frame of reference, averaged over both sides; its `back` is the front of the thigh."""
    hip = (body.near("hip")[number] + body.far("hip")[number]) / 2
    knee = (body.near("knee")[number] + body.far("knee")[number]) / 2
    return trunk_frame(hip, knee, body.view.forward)


def _lean(trunk: TrunkFrame, body: Body) -> float:
    """Trunk from vertical, forward positive, degrees."""
    return float(np.degrees(np.arctan2(body.view.forward * trunk.along[0], -trunk.along[1])))


def _thigh_lean(thigh: TrunkFrame, body: Body) -> float:
    """0 standing, 90 horizontal with the knee in front, degrees."""
    return float(np.degrees(np.arctan2(body.view.forward * thigh.along[0], thigh.along[1])))


def _chest_tilt(edge: Array) -> tuple[float, float]:
    """Tilt of the lower chest against the trunk and its error, degrees, positive = away from the front towards the shoulder.

    The error is due to the fall towards the neck, and grows if a plate leaves only the upper chest visible.
    """
    used = (CHEST[0] <= STATIONS) & (CHEST[1] >= STATIONS) & np.isfinite(edge)
    if used.sum() < LEAST_CHEST:
        return float("nan"), float("nan")
    s = STATIONS[used]
    fall = np.maximum(0.0, s - FALLS_FROM)
    slope = float(np.polyfit(s, edge[used] - FALL * fall, 1)[0])
    lever = abs(float(np.polyfit(s, fall, 1)[0]) - 0.5)  # 0.5 for the whole chest
    return float(np.degrees(np.arctan(slope))), float(np.degrees(FALL_SD * lever))


def _thigh_tilt(edge: Array) -> float:
    """Tilt of an edge of the thigh against its line, degrees, positive = away from the front towards the knee."""
    used = (THIGH[0] <= STATIONS) & (THIGH[1] >= STATIONS) & np.isfinite(edge)
    if used.sum() < LEAST_THIGH:
        return float("nan")
    return float(np.degrees(np.arctan(np.polyfit(STATIONS[used], edge[used], 1)[0])))


# Building `Spine`.

#: Window of the median of the edges, seconds: outlines flicker, but a back bends slowly.
EDGE_WINDOW_S = 0.35


@dataclass(frozen=True)
class TrunkOutline:
    """Edges of the trunk on S samples: `times` (S,) seconds, `back` and `front` (S, K) `d` at `STATIONS`, NaN hidden."""

    times: Array
    back: Array
    front: Array


def build_spine(track: PoseTrack, body: Body, bar: Bar | None = None) -> Spine:
    """The back on the frames of `body`, from the outlines of `track` without the plate of `bar`.

    NaN where the back is hidden. From an oblique camera it is measured in the stretched picture, like the angles.
    """
    stretch = body.view.stretch
    if stretch != 1.0:
        stretched = replace(body, points=body.points * [stretch, 1.0], view=replace(body.view, stretch=1.0))
        spine = build_spine(_stretched(track, stretch), stretched, None if bar is None else _stretched_bar(bar, stretch))
        return replace(spine, dorsal=spine.dorsal / [stretch, 1.0])
    outline = trunk_outline(track, body, bar)
    frames = body.times
    arch, bend = (_read(readings, track, body) for readings in (track.arch, track.bend))
    if len(outline.times) == 0:
        missing = Series(np.full(len(frames), np.nan), np.full(len(frames), np.nan))
        hidden = np.full((len(frames), len(STATIONS), 2), np.nan)
        return Spine(missing, missing, np.zeros(len(frames)), hidden, missing, missing, missing, arch, bend)
    back = steadied(outline.times, outline.back, EDGE_WINDOW_S)
    bends = [fit_bend(edge) for edge in back]
    table = back_table()
    flexion = np.array([table.bend(edge) for edge in back])
    bows = np.array([front_bow(edge) for edge in steadied(outline.times, outline.front, EDGE_WINDOW_S)])

    def series(name: str) -> Array:
        return on_frames(outline.times, np.array([getattr(bend, name) for bend in bends]), frames)

    return Spine(
        thoracic=Series(series("thoracic"), series("thoracic_sd")),
        lumbar=Series(series("lumbar"), series("lumbar_sd")),
        visible=np.nan_to_num(series("visible")),
        dorsal=_back_line(outline.times, back, body),
        hip_line=hip_line(track, body, bar),
        front_bow=Series(*(on_frames(outline.times, column, frames) for column in bows.T)),
        flexion=Series(*(on_frames(outline.times, column, frames) for column in flexion.T)),
        arch=arch,
        bend=bend,
    )


def _read(readings: Array, track: PoseTrack, body: Body) -> Series | None:
    """What a network read (S, 2) in the samples within the frames of `body`; None if it was not asked."""
    own = (track.times >= body.times[0] - 1e-6) & (track.times <= body.times[-1] + 1e-6)
    if np.isnan(readings[own, 1]).all():
        return None
    return Series(*(on_frames(track.times[own], column, body.times) for column in readings[own].T))


def trunk_outline(track: PoseTrack, body: Body, bar: Bar | None = None) -> TrunkOutline:
    """Back and front edge of the trunk in every sample of `track` within the frames of `body`.

    Forearms, hands, the near plate, separate pieces and hoods are removed.
    """
    times, backs, fronts = [], [], []
    for row, time in enumerate(track.times):
        if not track.outline[row] or not body.times[0] - 1e-6 <= time <= body.times[-1] + 1e-6:
            continue
        number = int(np.argmin(np.abs(body.times - time)))
        frame = body_frame(body, number)
        if frame is None:
            continue
        back, front = trunk_edges(track.outline[row], frame)
        arms = [np.array([body.point(name, side)[number] for name in ("elbow", "wrist", "hand")]) for side in SIDES]
        back = without_arms(back, arms, frame)
        if bar is not None and bar.source == "plate":
            back = without_plate(back, bar.center[number], float(bar.radius[number]), frame)
            front = without_plate(front, bar.center[number], float(bar.radius[number]), frame)
        times.append(float(time))
        backs.append(without_steps(back))
        fronts.append(without_steps(without_arms(front, arms, frame)))
    shape = (len(times), len(STATIONS))
    edges = np.array(backs).reshape(shape)
    edges[:, clothing_start(edges) <= STATIONS] = np.nan
    return TrunkOutline(np.array(times), edges, np.array(fronts).reshape(shape))


def _stretched(track: PoseTrack, stretch: float) -> PoseTrack:
    factors = np.array([stretch, 1.0], dtype=np.float32)
    return replace(track, outline=tuple(tuple(curve * factors for curve in outline) for outline in track.outline))


def _stretched_bar(bar: Bar, stretch: float) -> Bar:
    """The bar in the stretched picture; `radius` is half the height of the plate and does not change."""
    return replace(bar, center=bar.center * [stretch, 1.0])


def _back_line(times: Array, edges: Array, body: Body) -> Array:
    """(F, K, 2) back line in pixels: the nearest sample's edge in the trunk frame of each frame."""
    line = np.full((len(body.times), len(STATIONS), 2), np.nan)
    drawn = (STATIONS >= BACK_FIRST - 0.1) & (STATIONS <= BACK_LAST + 0.1)
    for number, time in enumerate(body.times):
        row = int(np.argmin(np.abs(times - time)))
        frame = body_frame(body, number)
        if frame is None or abs(times[row] - time) > LONGEST_GAP_S / 2:
            continue
        line[number, drawn] = frame.out(np.stack([STATIONS, edges[row]], axis=1))[drawn]
    return line
