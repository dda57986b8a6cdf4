"""From the outline curves and the cleaned body to `Spine` on the clip's frames."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from formcheck.bar.types import Bar
from formcheck.body.types import Array, Body, Series
from formcheck.pose.track import PoseTrack
from formcheck.skeleton import SIDES
from formcheck.spine.bend import FIRST, LAST, fit_bend
from formcheck.spine.contour import (
    STATIONS,
    clothing_start,
    trunk_edges,
    without_arms,
    without_plate,
    without_steps,
)
from formcheck.spine.frontline import front_bow
from formcheck.spine.hipline import hip_line
from formcheck.spine.sampling import LONGEST_GAP_S, body_frame, on_frames, steadied
from formcheck.spine.types import Spine


@dataclass(frozen=True)
class TrunkOutline:
    """Edges of the trunk on S samples: `times` (S,) seconds, `back` and `front` (S, K) `d` at `STATIONS`, NaN hidden."""

    times: Array
    back: Array
    front: Array


def build_spine(track: PoseTrack, body: Body, bar: Bar | None = None) -> Spine:
    """Bend of the lifter's back on the frames of `body`, from the outline curves of `track`.

    With a `bar` whose plate was found, edge points at the plate are left out. Bends are NaN where the back is hidden.
    Seen from an oblique camera they are measured, like the angles, in the stretched picture.
    """
    stretch = body.view.stretch
    if stretch != 1.0:
        stretched = replace(body, points=body.points * [stretch, 1.0], view=replace(body.view, stretch=1.0))
        spine = build_spine(_stretched(track, stretch), stretched, None if bar is None else _stretched_bar(bar, stretch))
        return replace(spine, dorsal=spine.dorsal / [stretch, 1.0])
    outline = trunk_outline(track, body, bar)
    frames = body.times
    if len(outline.times) == 0:
        missing = Series(np.full(len(frames), np.nan), np.full(len(frames), np.nan))
        hidden = np.full((len(frames), len(STATIONS), 2), np.nan)
        return Spine(missing, missing, np.zeros(len(frames)), hidden, missing, missing)
    back = steadied(outline.times, outline.back)
    bends = [fit_bend(edge) for edge in back]

    bows = np.array([front_bow(edge) for edge in steadied(outline.times, outline.front)])

    def series(name: str) -> Array:
        return on_frames(outline.times, np.array([getattr(bend, name) for bend in bends]), frames)

    return Spine(
        thoracic=Series(series("thoracic"), series("thoracic_sd")),
        lumbar=Series(series("lumbar"), series("lumbar_sd")),
        visible=np.nan_to_num(series("visible")),
        dorsal=_back_line(outline.times, back, body),
        hip_line=hip_line(track, body, bar),
        front_bow=Series(*(on_frames(outline.times, column, frames) for column in bows.T)),
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


def _stretched(track: PoseTrack, stretch: float) -> PoseTrack:
    factors = np.array([stretch, 1.0], dtype=np.float32)
    return replace(track, outline=tuple(tuple(curve * factors for curve in outline) for outline in track.outline))


def _stretched_bar(bar: Bar, stretch: float) -> Bar:
    """Plates stay circles: seen obliquely they are narrower than high, and `radius` is half their height."""
    return replace(bar, center=bar.center * [stretch, 1.0])


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
