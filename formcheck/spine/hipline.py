"""Hip extension of a lying lifter from the outline alone: the line of the chest against the line of the thigh.

In a hip thrust the plate hides the hip, and a hip point that is guessed 4 cm too high reads as an arched back. Chest
and thigh can be seen on both sides of the plate, and neither line needs the hip.
"""

from __future__ import annotations

import numpy as np

from formcheck.motion.types import Array, Bar, Body, Series
from formcheck.pose.track import PoseTrack
from formcheck.skeleton import SIDES
from formcheck.spine.contour import STATIONS, TrunkFrame, trunk_edges, trunk_frame, without_arms, without_plate
from formcheck.spine.sampling import body_frame, on_frames, steadied

#: The trunk leans back farther than this: the lifter lies (degrees from vertical).
LYING = -45.0
#: Where the lines are laid along trunk (hip 0, shoulder 1) and thigh (hip 0, knee 1), and stations each needs.
CHEST, THIGH = (0.55, 0.95), (0.30, 0.95)
LEAST_CHEST, LEAST_THIGH = 8, 5
#: Chest and thigh taper, so their edges are tilted against the lines of the joints, degrees. From two rendered bodies
#: in four clips (chest 10, 11, 12, 13; upper edge of the thigh 9, 12, 12, 12; lower edge 2, 2, 4, 4).
CHEST_TAPER, UPPER_TAPER, LOWER_TAPER = 11.5, 11.0, 3.0
#: Spread of the tapers between people, degrees (four real lifters' chests: 1 to 14).
TAPER_SD = 4.0


def hip_line(track: PoseTrack, body: Body, bar: Bar | None = None) -> Series:
    """Angle from the thigh round the front to the chest on the frames of `body`, degrees, above 180 = extended beyond
    straight, like `LegAngles.hip_signed`. NaN where the lifter does not lie on the back or an edge is hidden."""
    times, chests, thighs = [], [], []
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
            edges.append(bare)
        times.append(float(time))
        chests.append(_lean(trunk, body) - _tilt(edges[0], CHEST, LEAST_CHEST) + CHEST_TAPER)
        tilt = _tilt(edges[1], THIGH, LEAST_THIGH) + UPPER_TAPER
        if not np.isfinite(tilt):
            tilt = _tilt(edges[2], THIGH, LEAST_THIGH) - LOWER_TAPER
        thighs.append(_thigh_lean(thigh, body) + tilt)
    values = 180 - np.array(chests) - np.array(thighs)
    steady = steadied(np.array(times), values[:, None])[:, 0] if times else values
    on = on_frames(np.array(times), steady, body.times)
    return Series(on, np.where(np.isfinite(on), TAPER_SD, np.nan))


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


def _tilt(edge: Array, part: tuple[float, float], least: int) -> float:
    """Direction of an edge against its frame, degrees, positive = away from the front towards the end of the frame."""
    used = (part[0] <= STATIONS) & (part[1] >= STATIONS) & np.isfinite(edge)
    if used.sum() < least:
        return float("nan")
    return float(np.degrees(np.arctan(np.polyfit(STATIONS[used], edge[used], 1)[0])))
