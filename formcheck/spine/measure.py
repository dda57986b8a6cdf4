"""From the outline curves and the cleaned body to `Spine` on the clip's frames."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.motion.types import Array, Bar, Body, Series, Spine
from formcheck.pose.track import PoseTrack
from formcheck.skeleton import SIDES
from formcheck.spine.bend import FIRST, LAST, fit_bend
from formcheck.spine.contour import (
    STATIONS,
    TrunkFrame,
    clothing_start,
    trunk_edges,
    trunk_frame,
    without_arms,
    without_plate,
    without_steps,
)

#: The edge is the median over this long, seconds: outlines flicker from frame to frame, a back bends slowly.
EDGE_WINDOW_S = 0.35
#: Gaps between samples up to this long are bridged, seconds.
LONGEST_GAP_S = 0.35


@dataclass(frozen=True)
class TrunkOutline:
    """Edges of the trunk on S samples: `times` (S,) seconds, `back` and `front` (S, K) `d` at `STATIONS`, NaN hidden."""

    times: Array
    back: Array
    front: Array


def measure_spine(track: PoseTrack, body: Body, bar: Bar | None = None) -> Spine:
    """Bend of the lifter's back on the frames of `body`, from the outline curves of `track`.

    With a `bar` whose plate was found, edge points at the plate are left out. Bends are NaN where the back is hidden.
    """
    outline = trunk_outline(track, body, bar)
    frames = body.times
    if len(outline.times) == 0:
        missing = Series(np.full(len(frames), np.nan), np.full(len(frames), np.nan))
        hidden = np.full((len(frames), len(STATIONS), 2), np.nan)
        return Spine(missing, missing, np.zeros(len(frames)), hidden)
    back = _steadied(outline.times, outline.back)
    bends = [fit_bend(edge) for edge in back]

    def series(name: str) -> Array:
        return _on_frames(outline.times, np.array([getattr(bend, name) for bend in bends]), frames)

    return Spine(
        thoracic=Series(series("thoracic"), series("thoracic_sd")),
        lumbar=Series(series("lumbar"), series("lumbar_sd")),
        visible=np.nan_to_num(series("visible")),
        dorsal=_back_line(outline.times, back, body),
    )


def trunk_outline(track: PoseTrack, body: Body, bar: Bar | None = None) -> TrunkOutline:
    """Back and front edge of the trunk in every sample of `track` within the frames of `body`.

    Removed from the back edge: forearms and hands, the near plate, what a jump separates from the trunk, hoods.
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


def body_frame(body: Body, number: int) -> TrunkFrame | None:
    """The trunk in frame `number`: middle of both hips to middle of both shoulders (the near ones where the far are
    missing). The middle is steadier, because near and far points err in different frames."""
    middle = []
    for name in ("hip", "shoulder"):
        near, far = body.near(name)[number], body.far(name)[number]
        middle.append((near + far) / 2 if np.isfinite(far).all() else near)
    return trunk_frame(middle[0], middle[1], body.view.forward)


def _steadied(times: Array, edges: Array) -> Array:
    """Median over time, station by station; NaN where fewer than half of the window's samples know the edge."""
    steady = np.full_like(edges, np.nan)
    for row, time in enumerate(times):
        window = edges[np.abs(times - time) <= EDGE_WINDOW_S / 2 + 1e-6]
        often = np.isfinite(window).mean(axis=0) >= 0.5
        if often.any():
            steady[row, often] = np.nanmedian(window[:, often], axis=0)
    return steady


def _on_frames(times: Array, values: Array, frames: Array) -> Array:
    """Samples onto frames, linear between known samples that are close enough together, NaN elsewhere."""
    known = np.isfinite(values)
    if not known.any():
        return np.full(len(frames), np.nan)
    at = times[known]
    result = np.interp(frames, at, values[known])
    after = np.clip(np.searchsorted(at, frames), 0, len(at) - 1)
    before = np.clip(after - 1, 0, len(at) - 1)
    inside = (frames >= at[before]) & (frames <= at[after]) & (at[after] - at[before] <= LONGEST_GAP_S)
    nearest = np.minimum(np.abs(frames - at[before]), np.abs(frames - at[after]))
    result[~(inside | (nearest <= LONGEST_GAP_S / 4))] = np.nan
    return np.asarray(result)


def _back_line(times: Array, edges: Array, body: Body) -> Array:
    """The back line in pixels on every frame: the nearest sample's edge, laid on the trunk of the frame itself."""
    line = np.full((len(body.times), len(STATIONS), 2), np.nan)
    drawn = (STATIONS >= FIRST - 0.1) & (STATIONS <= LAST + 0.1)
    for number, time in enumerate(body.times):
        row = int(np.argmin(np.abs(times - time)))
        frame = body_frame(body, number)
        if frame is None or abs(times[row] - time) > LONGEST_GAP_S / 2:
            continue
        line[number, drawn] = frame.out(np.stack([STATIONS, edges[row]], axis=1))[drawn]
    return line
