"""A lifter made of a trunk with an arched back edge and two legs, as outline and landmarks."""

from __future__ import annotations

import numpy as np

from formcheck.motion.body import Array, Body, View
from formcheck.motion.spine.contour import trunk_frame
from formcheck.options import ReadingOptions
from formcheck.pose.skeleton import JOINT_COUNT, SIDES, Side, joint
from formcheck.pose.track import PoseShot, PoseTrack, TrackKey

TRUNK = 200.0


def arc_edge(s: Array, bend_deg: float, depth: float = 0.2) -> Array:
    """`d` of a circular back that turns by `bend_deg` between s = 0 and 1 (positive = rounded outwards)."""
    if bend_deg == 0:
        return np.full_like(s, depth)
    radius = 0.5 / np.sin(np.radians(bend_deg) / 2)
    return np.asarray(depth + np.sign(radius) * (np.sqrt(radius**2 - (s - 0.5) ** 2) - np.sqrt(radius**2 - 0.25)))


def person(
    lean_deg: Array, bend_deg: Array, facing: Side = "right", lump: tuple[float, float, float] | None = None
) -> tuple[PoseTrack, Body]:
    """A track and a body at 15 Hz: trunk leaning by `lean_deg` (S,), back bent by `bend_deg` (S,).

    `lump` (from, to, height): a block standing on the back edge between two stations, trunk lengths.
    """
    count = len(lean_deg)
    times = np.arange(count) / 15.0
    points = np.full((count, JOINT_COUNT, 2), np.nan)
    outlines = []
    forward = 1 if facing == "right" else -1
    hip = np.array([400.0, 400.0])
    for row in range(count):
        lean = np.radians(lean_deg[row])
        shoulder = hip + TRUNK * np.array([forward * np.sin(lean), -np.cos(lean)])
        for side in SIDES:
            points[row, joint("hip", side)] = hip
            points[row, joint("shoulder", side)] = shoulder
            points[row, joint("knee", side)] = hip + np.array([0.0, 180.0])
            for name in ("elbow", "wrist", "hand"):
                points[row, joint(name, side)] = shoulder + forward * np.array([150.0, 0.0])
        frame = trunk_frame(hip, shoulder, forward)
        assert frame is not None
        s = np.linspace(-0.4, 1.25, 340)
        back = arc_edge(s, bend_deg[row])
        if lump is not None:
            back = back + np.where((s > lump[0]) & (s < lump[1]), lump[2], 0.0)
        ring = np.concatenate([np.stack([s, back], axis=1), np.stack([s[::-1], np.full(len(s), -0.2)], axis=1)])
        outlines.append((np.concatenate([frame.out(ring), frame.out(ring[:1])]).astype(np.float32),))
    track = PoseTrack(
        key=TrackKey("0", "none", "0", ReadingOptions(pose_rate_hz=15.0)),
        width=800,
        height=800,
        frame_times=times,
        first_index=0,
        samples=np.arange(count),
        shot=np.zeros(count, dtype=np.int64),
        repeated=np.zeros(count, dtype=bool),
        points=points,
        depth=np.zeros((count, JOINT_COUNT)),
        visibility=np.ones((count, JOINT_COUNT)),
        world=np.zeros((count, JOINT_COUNT, 3)),
        outline=tuple(outlines),
        shots=(PoseShot((0, 0, 800, 800), 0, 1),),
    )
    view = View(side=facing, facing=facing, yaw_deg=0.0, quality=1.0)
    return track, Body(times, points, np.ones((count, JOINT_COUNT)), view, np.zeros(count, dtype=bool), 1.0)
