"""Back and front edge of the trunk in trunk coordinates.

`s` runs along the trunk from 0 (hip) to 1 (shoulder), `d` is perpendicular to it and positive towards the back, both in trunk
lengths. So the edges do not depend on posture and facing.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from formcheck.motion.body import Array, Body
from formcheck.pose.detection import Outline
from formcheck.pose.geometry import from_segment

#: Values of `s` at which the edges are measured: from the lower buttock to the base of the neck.
STATIONS: Array = np.linspace(-0.30, 1.10, 57)
#: Greatest distance of an edge from the line shoulder-hip, trunk lengths.
FARTHEST_EDGE = 0.60
#: Edge points closer than this to a forearm or hand belong to it, trunk lengths (half a forearm's width is about 0.08).
ARM_RADIUS = 0.12
#: Edge points closer than this to a plate's centre, in its radii, belong to the plate.
PLATE_MARGIN = 1.06
#: Clothing that stands off the neck, above this share of the trunk: the edge turns outwards by more than this within 0.15
#: trunk lengths, and rises by more than this towards the neck, degrees. Rendered bare backs in full extension turn by 12.
CLOTHING_KINK, CLOTHING_RISE, CLOTHING_FROM = 14.0, 5.0, 0.62
#: An edge steeper than this is a step between objects, such as back and plate (tangent of 72 degrees).
STEEPEST = 3.0
#: Shortest piece between two steps that may be the trunk, trunk lengths.
SHORTEST_PIECE = 0.15


@dataclass(frozen=True)
class TrunkFrame:
    """Position and direction of the trunk in one picture: `hip` (2,) pixels, `along` (2,) unit vector from hip to
    shoulder, `back` (2,) unit vector towards the lifter's back, `length` pixels."""

    hip: Array
    along: Array
    back: Array
    length: float

    def into(self, points: Array) -> Array:
        """(N, 2) pixels to (N, 2) trunk coordinates (s, d)."""
        offset = (points - self.hip) / self.length
        return np.stack([offset @ self.along, offset @ self.back], axis=1)

    def out(self, points: Array) -> Array:
        """(N, 2) trunk coordinates (s, d) to pixels."""
        return np.asarray(self.hip + self.length * (points[:, :1] * self.along + points[:, 1:] * self.back))


def trunk_frame(hip: Array, shoulder: Array, forward: int) -> TrunkFrame | None:
    """The trunk between two points (2,) pixels; `forward` is +1 when the lifter's front is to the right of the picture
    (standing; `View.forward`), else -1. None when a point is missing or the two coincide."""
    line = shoulder - hip
    length = float(np.hypot(*line))
    if not np.isfinite(length) or length < 2.0:
        return None
    along = line / length
    # A quarter turn to the left of "up" leads to the back of a lifter who faces right.
    back = forward * np.array([along[1], -along[0]])
    return TrunkFrame(hip, along, back, length)


def trunk_edges(outline: Outline, frame: TrunkFrame) -> tuple[Array, Array]:
    """Back and front edge of the trunk: two (K,) arrays of `d` at `STATIONS`, NaN where there is none.

    At every station they are the ends of the part inside the outline that contains the line shoulder-hip, or is nearest to it.
    """
    stations, crossings = [], []
    for curve in outline:
        s, d = frame.into(np.asarray(curve, dtype=float)).T
        beyond = s[:, None] <= STATIONS
        step, station = np.nonzero(beyond[:-1] != beyond[1:])
        share = (STATIONS[station] - s[step]) / (s[step + 1] - s[step])
        stations.append(station)
        crossings.append(d[step] + share * (d[step + 1] - d[step]))
    back, front = np.full((2, len(STATIONS)), np.nan)
    if crossings:
        station, crossing = np.concatenate(stations), np.concatenate(crossings)
        order = np.lexsort((crossing, station))
        station, crossing = station[order], crossing[order]
        # Counted from its front, a station's first and second crossing are the ends of a part inside, and so on.
        place = np.arange(len(station)) - np.searchsorted(station, station)
        ends = np.flatnonzero((place[:-1] % 2 == 0) & (station[:-1] == station[1:]))
        distance = np.maximum(np.maximum(crossing[ends], -crossing[ends + 1]), 0.0)
        nearest_last = ends[np.lexsort((-ends, -distance))]
        front[station[nearest_last]], back[station[nearest_last]] = crossing[nearest_last], crossing[nearest_last + 1]
    back[np.abs(back) > FARTHEST_EDGE] = np.nan
    front[np.abs(front) > FARTHEST_EDGE] = np.nan
    return back, front


def without_arms(edge: Array, arms: list[Array], frame: TrunkFrame) -> Array:
    """Remove edge points on an arm; `arms` are (N, 2) chains (elbow, wrist, hand) in pixels, with NaN for hidden points."""
    kept: Array = edge.copy()
    points = np.stack([STATIONS, edge], axis=1)
    for arm in arms:
        chain = frame.into(arm)
        for a, b in pairwise(chain):
            if np.isfinite(a).all() and np.isfinite(b).all():
                kept[np.linalg.norm(from_segment(points, a, b), axis=1) < ARM_RADIUS] = np.nan
    return kept


def without_plate(edge: Array, center: Array, radius: float, frame: TrunkFrame) -> Array:
    """Remove edge points on or in front of a plate at `center` (2,) pixels with `radius` pixels."""
    kept: Array = edge.copy()
    if np.isfinite(center).all() and np.isfinite(radius):
        pixels = frame.out(np.stack([STATIONS, edge], axis=1))
        kept[np.linalg.norm(pixels - center, axis=1) < PLATE_MARGIN * radius] = np.nan
    return kept


def without_steps(edge: Array) -> Array:
    """Remove pieces separated from the longest one by a step (plates, benches, hanging clothes)."""
    spacing = STATIONS[1] - STATIONS[0]
    known = np.flatnonzero(np.isfinite(edge))
    if len(known) < 2:
        return np.full_like(edge, np.nan)
    slope = np.abs(np.diff(edge[known])) / (np.diff(known) * spacing)
    pieces = np.split(known, np.flatnonzero(slope > STEEPEST) + 1)
    longest = max(pieces, key=len)
    kept = np.full_like(edge, np.nan)
    for piece in pieces:
        level = abs(float(np.median(edge[piece]) - np.median(edge[longest])))
        if piece is longest or (len(piece) * spacing >= SHORTEST_PIECE and level < 0.15):
            kept[piece] = edge[piece]
    return kept


def clothing_start(edges: Array) -> float:
    """Where along the trunk a hood, collar or plait begins in most of the (S, K) back edges; infinite without one.

    Clothing rises with a kink where the upper back falls away towards the neck. A single frame may show a kink by chance.
    """
    spacing = STATIONS[1] - STATIONS[0]
    slope = np.full(edges.shape, np.nan)
    slope[:, 2:-2] = np.degrees(np.arctan((edges[:, 4:] - edges[:, :-4]) / (4 * spacing)))
    kink = np.full(edges.shape, np.nan)
    kink[:, 3:-3] = slope[:, 6:] - slope[:, :-6]
    after = np.full(edges.shape, np.nan)
    after[:, :-3] = slope[:, 3:]
    rising = (kink > CLOTHING_KINK) & (after > CLOTHING_RISE) & (CLOTHING_FROM <= STATIONS)
    seen = np.flatnonzero(np.isfinite(edges).any(axis=1))
    shown = np.flatnonzero(rising.any(axis=1))
    if len(shown) < max(1.0, 0.5 * len(seen)):
        return float("inf")
    return float(np.percentile(STATIONS[rising[shown].argmax(axis=1)], 25) - spacing)


def body_frame(body: Body, number: int) -> TrunkFrame | None:
    """The trunk in frame `number`, from the middle of the hips to that of the shoulders (near ones if the far are missing)."""
    middle = []
    for name in ("hip", "shoulder"):
        near, far = body.near(name)[number], body.far(name)[number]
        middle.append((near + far) / 2 if np.isfinite(far).all() else near)
    return trunk_frame(middle[0], middle[1], body.view.forward)
