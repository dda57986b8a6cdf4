"""The trunk in a frame of the cleaned body, and values of the pose samples brought onto the frames of the clip."""

from __future__ import annotations

import numpy as np

from formcheck.body.types import Array, Body
from formcheck.geometry import known_median
from formcheck.spine.contour import TrunkFrame, trunk_frame

#: The edge is the median over this long, seconds: outlines flicker from frame to frame, a back bends slowly.
EDGE_WINDOW_S = 0.35
#: Gaps between samples up to this long are bridged, seconds.
LONGEST_GAP_S = 0.35


def body_frame(body: Body, number: int) -> TrunkFrame | None:
    """The trunk in frame `number`: middle of both hips to middle of both shoulders (the near ones where the far are
    missing). The middle is steadier, because near and far points err in different frames."""
    middle = []
    for name in ("hip", "shoulder"):
        near, far = body.near(name)[number], body.far(name)[number]
        middle.append((near + far) / 2 if np.isfinite(far).all() else near)
    return trunk_frame(middle[0], middle[1], body.view.forward)


def steadied(times: Array, edges: Array) -> Array:
    """Median over `EDGE_WINDOW_S` of (S, K) values, column by column; NaN where fewer than half of the samples in the
    window know it."""
    steady = np.full_like(edges, np.nan)
    for row, time in enumerate(times):
        window = edges[np.abs(times - time) <= EDGE_WINDOW_S / 2 + 1e-6]
        often = np.isfinite(window).mean(axis=0) >= 0.5
        if often.any():
            steady[row, often] = known_median(window[:, often])
    return steady


def on_frames(times: Array, values: Array, frames: Array) -> Array:
    """(S,) samples onto (F,) frames, linear between known samples that are close enough together, NaN elsewhere."""
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
