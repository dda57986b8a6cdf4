"""Hip extension of a lying lifter from the outline alone: the line of the chest against the line of the thigh.

In a hip thrust the plate hides the hip, and a hip point that is guessed 4 cm too high reads as an arched back. Chest
and thigh can be seen on both sides of the plate, and neither line needs the hip.
"""

from __future__ import annotations

import numpy as np

from formcheck.bar.types import Bar
from formcheck.body.types import Array, Body, Series
from formcheck.pose.track import PoseTrack
from formcheck.skeleton import SIDES
from formcheck.spine.contour import (
    STATIONS,
    TrunkFrame,
    trunk_edges,
    trunk_frame,
    without_arms,
    without_plate,
    without_steps,
)
from formcheck.spine.sampling import body_frame, on_frames, steadied

#: The trunk leans back farther than this: the lifter lies (degrees from vertical).
LYING = -45.0
#: Where the lines are laid along trunk (hip 0, shoulder 1) and thigh (hip 0, knee 1), and stations each needs.
CHEST, THIGH = (0.55, 0.95), (0.30, 0.95)
LEAST_CHEST, LEAST_THIGH = 8, 5
#: The chest goes along with the line of the joints up to `FALLS_FROM`; from there its edge falls away to the root of the
#: neck, by `FALL` (tangent) more, give or take `FALL_SD` from person to person. Seven lockouts of four real and two
#: rendered people and a drawn one: 0.34 to 0.57.
FALLS_FROM, FALL, FALL_SD = 0.75, 0.46, 0.10
#: Chest and thigh taper, so their edges are tilted against the lines of the joints, degrees. Fitted on two rendered
#: bodies (lower chest -3 to 0; upper edge of the thigh 9 to 12, lower 2 to 4); in three real bridges -9, 0 and 3.
CHEST_TAPER, UPPER_TAPER, LOWER_TAPER = -1.5, 11.0, 3.0
#: Spread of both tapers together between people and clothes, degrees: outline and joints of real and rendered lockouts
#: differ by 7 (one standard deviation), about 5 for each.
TAPER_SD = 5.0
#: An edge tilted farther than this from its usual taper belongs to something else, a second plate for one (degrees).
STRANGEST_TAPER = 25.0


def hip_line(track: PoseTrack, body: Body, bar: Bar | None = None) -> Series:
    """Angle from the thigh round the front to the chest on the frames of `body`, degrees, above 180 = extended beyond
    straight, like `LegAngles.hip_signed`. NaN where the lifter does not lie on the back or an edge is hidden."""
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
    steady = steadied(np.array(times), np.array([values, sds]).T) if times else np.empty((0, 2))
    on, sd = (on_frames(np.array(times), column, body.times) for column in steady.T)
    return Series(on, np.where(np.isfinite(on), sd, np.nan))


def _thigh_frame(body: Body, number: int) -> TrunkFrame | None:
    """Hip to knee, middle of both sides; `back` of the frame points to the front of the thigh."""
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
    """Direction of the lower chest against the trunk, degrees, positive = away from the front towards the shoulder.

    With it comes what the usual fall towards the neck leaves unsure: hardly anything while the whole chest is seen, some
    degrees when a plate leaves only its upper end.
    """
    used = (CHEST[0] <= STATIONS) & (CHEST[1] >= STATIONS) & np.isfinite(edge)
    if used.sum() < LEAST_CHEST:
        return float("nan"), float("nan")
    s = STATIONS[used]
    fall = np.maximum(0.0, s - FALLS_FROM)
    slope = float(np.polyfit(s, edge[used] - FALL * fall, 1)[0])
    lever = abs(float(np.polyfit(s, fall, 1)[0]) - 0.5)  # 0.5: the whole chest, half of which falls away
    return float(np.degrees(np.arctan(slope))), float(np.degrees(FALL_SD * lever))


def _thigh_tilt(edge: Array) -> float:
    """Direction of an edge of the thigh against its line, degrees, positive = away from the front towards the knee."""
    used = (THIGH[0] <= STATIONS) & (THIGH[1] >= STATIONS) & np.isfinite(edge)
    if used.sum() < LEAST_THIGH:
        return float("nan")
    return float(np.degrees(np.arctan(np.polyfit(STATIONS[used], edge[used], 1)[0])))
