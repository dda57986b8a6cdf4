"""A lifter bridging on the back, as outline and landmarks: hip extension and shape of the trunk's front are given."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from formcheck.motion.body import Array, Body
from formcheck.motion.motion import Motion, build_motion
from formcheck.motion.spine.contour import TrunkFrame
from formcheck.motion.spine.spine import CHEST_TAPER, FALL, FALLS_FROM, LOWER_TAPER, UPPER_TAPER, build_spine
from formcheck.pose.skeleton import SIDES, joint
from formcheck.pose.track import PoseTrack
from formcheck.results.rep import Rep
from tests.motion.spine.people import person

HIP, TRUNK, THIGH = np.array([400.0, 400.0]), 200.0, 170.0
#: A rep: lying, rising, at the top, sinking; samples at 15 Hz.
LYING, RISING, TOP = 12, 12, 15
SAMPLES = LYING + RISING + TOP + RISING
START_EXTENSION = -60.0
#: The belly rises from the ribs to the hip bones (tangent), so that a plain front is not bowed on the whole.
FLAT_BELLY = 0.17


@dataclass(frozen=True)
class Top:
    """A lockout: `extension` degrees past the straight line, `bow` degrees that the front is bowed more than lying."""

    extension: float
    bow: float = 0.0


def bridge(
    extension: Array, bow: Array, *, chest_taper: float = 0.0, belly: float = 0.0, hip_error: float = 0.0
) -> tuple[PoseTrack, Body]:
    """(S,) hip past straight and bow of the front. `chest_taper` degrees more than usual, `belly` degrees of bow in every
    sample, `hip_error` pixels by which the hip point is seen too high."""
    track, body = person(np.full(len(extension), -90.0), np.zeros(len(extension)))
    points, outlines = body.points.copy(), []
    for row, (past, bowed) in enumerate(zip(extension, bow + belly, strict=True)):
        lean, thigh_lean = np.radians(-90.0), np.radians(90.0 - past)
        trunk = _frame(np.array([np.sin(lean), -np.cos(lean)]), TRUNK, 1.0)
        thigh = _frame(np.array([np.sin(thigh_lean), np.cos(thigh_lean)]), THIGH, 1.0)
        s, t = np.linspace(0.2, 1.2, 80), np.linspace(0.2, 1.15, 60)
        front = -0.35 + np.tan(np.radians(CHEST_TAPER + chest_taper)) * s + FALL * np.maximum(0.0, s - FALLS_FROM)
        front = front - FLAT_BELLY * np.maximum(0.0, 0.55 - s) + np.radians(bowed) / 0.7 / 2 * (s - 0.55) ** 2
        upper = 0.42 - np.tan(np.radians(UPPER_TAPER)) * t
        lower = -0.30 + np.tan(np.radians(LOWER_TAPER)) * t
        parts = (
            trunk.out(np.stack([s[::-1], front[::-1]], axis=1)),
            thigh.out(np.stack([t, upper], axis=1)),
            thigh.out(np.stack([t[::-1], lower[::-1]], axis=1)),
            trunk.out(np.stack([s, np.full(len(s), 0.2)], axis=1)),
        )
        ring = np.concatenate([*parts, parts[0][:1]])
        outlines.append((ring.astype(np.float32),))
        for side in SIDES:
            points[row, joint("hip", side)] = HIP - [0.0, hip_error]
            points[row, joint("shoulder", side)] = HIP + TRUNK * trunk.along
            points[row, joint("knee", side)] = HIP + THIGH * thigh.along
            points[row, joint("ankle", side)] = points[row, joint("knee", side)] + [0.0, 160.0]
            for name in ("elbow", "wrist", "hand"):
                points[row, joint(name, side)] = np.nan
    nowhere = np.full_like(track.world, np.nan)
    return replace(track, outline=tuple(outlines), world=nowhere), replace(body, points=points)


def bridges(tops: list[Top], **build: float) -> tuple[PoseTrack, Body, tuple[Rep, ...]]:
    """A set of bridges, one for each top."""
    rise = np.linspace(0.0, 1.0, RISING)
    share = np.concatenate([np.zeros(LYING), rise, np.ones(TOP), rise[::-1]])
    extension = np.concatenate([START_EXTENSION + share * (top.extension - START_EXTENSION) for top in tops])
    bow = np.concatenate([share * top.bow for top in tops])
    track, body = bridge(extension, bow, **build)
    reps = []
    for number in range(len(tops)):
        moments = number * SAMPLES + np.array([LYING - 1, LYING + RISING, SAMPLES - RISING, SAMPLES - 1])
        start, top, down, end = body.times[moments].tolist()
        reps.append(Rep(number + 1, start, top, down, end, 60.0, "concentric"))
    return track, body, tuple(reps)


def filmed(tops: list[Top], **build: float) -> tuple[Motion, tuple[Rep, ...]]:
    """What the rules see of such a set."""
    track, body, reps = bridges(tops, **build)
    return build_motion(track, body=body, spine=build_spine(track, body)), reps


def _frame(along: Array, length: float, forward: float) -> TrunkFrame:
    return TrunkFrame(HIP, along, forward * np.array([along[1], -along[0]]), length)
