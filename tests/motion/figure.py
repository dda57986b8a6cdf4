"""A stick figure as a `PoseTrack` with known points, and ways to corrupt it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formcheck.options import ReadingOptions
from formcheck.pose.blazepose.bundle import CALIBRATION as HEAVY
from formcheck.pose.skeleton import JOINT_COUNT, SYMMETRY, Joint, joint, other_side
from formcheck.pose.track import PoseShot, PoseTrack, TrackKey

Array = NDArray[np.float64]
TRUNK, THIGH, SHANK = 150.0, 130.0, 120.0
#: The far leg looks this much smaller.
FAR = 0.93


def lean(degrees: Array) -> Array:
    """(S, 2) unit vectors that lean from straight up, positive to the right."""
    angle = np.radians(degrees)
    return np.stack([np.sin(angle), -np.cos(angle)], axis=1)


def times_at(rate_hz: float = 15.0, seconds: float = 8.0) -> Array:
    return np.arange(round(rate_hz * seconds)) / rate_hz


def bend(times: Array, period_s: float = 2.0) -> Array:
    """0 at the start of every repetition, 1 in its middle."""
    return np.asarray((1 - np.cos(2 * np.pi * times / period_s)) / 2)


def lifter(
    times: Array,
    *,
    split: bool = False,
    facing: str = "right",
    noise: float = 0.0,
    depth: Array | None = None,
    yaw_deg: float = 0.0,
) -> Array:
    """(S, J, 2) points of somebody squatting (or split squatting, the near leg in front).

    `depth` is how deep the lifter is, 0-1; by default a repetition takes two seconds. With `yaw_deg` the camera is moved
    that far towards the lifter's front (without perspective).
    """
    down = bend(times) if depth is None else depth
    near = facing
    ankle = np.tile([330.0, 560.0], (len(times), 1))
    knee = ankle + SHANK * lean(5 + 20 * down)
    hip = knee + THIGH * lean(-5 - 75 * down)
    shoulder = hip + TRUNK * lean(5 + 35 * down)
    far_ankle = ankle - (np.array([120.0, 65.0]) if split else np.array([-6.0, 10.0]))
    far_knee = _knee(hip, far_ankle)
    points = np.zeros((len(times), JOINT_COUNT, 2))
    up = (shoulder - hip) / TRUNK
    front = np.stack([-up[:, 1], up[:, 0]], axis=1)
    head = shoulder + 45 * up
    wrist = shoulder + np.array([6.0, 140.0])
    points[:, Joint.NOSE] = head + 25 * front
    foot = {"heel": (-18.0, 12.0), "toe": (48.0, 14.0)}
    sides = ((near, knee, ankle, 1.0), (other_side(near), far_knee, far_ankle, FAR))
    for number, (side, k, a, size) in enumerate(sides):
        shoulder_offset, hip_offset, offset = (
            number * np.array([2.0 + TRUNK * width * np.tan(np.radians(yaw_deg)), -2.0])
            for width in (HEAVY.shoulder_width, HEAVY.hip_width, 0.5)
        )
        points[:, joint("shoulder", side)] = shoulder + shoulder_offset
        points[:, joint("hip", side)] = hip + hip_offset
        points[:, joint("ear", side)] = head + offset
        points[:, joint("eye", side)] = head + 18 * front + offset
        points[:, joint("elbow", side)] = (shoulder + wrist) / 2 + offset
        points[:, joint("wrist", side)] = wrist + offset
        points[:, joint("hand", side)] = wrist + np.array([0.0, 15.0]) + offset
        points[:, joint("knee", side)] = k
        points[:, joint("ankle", side)] = a
        for name, step in foot.items():
            points[:, joint(name, side)] = a + size * np.array(step)
    points[:, :, 0] = 320 + (points[:, :, 0] - 320) * np.cos(np.radians(yaw_deg))
    if facing == "left":
        points[:, :, 0] = 640 - points[:, :, 0]
    if noise:
        points += np.random.default_rng(1).normal(0, noise, points.shape)
    return points


def _knee(hip: Array, ankle: Array) -> Array:
    """Where the far knee is, its two segments having their (smaller) lengths: it bends forward."""
    a, b = FAR * THIGH, FAR * SHANK
    line = ankle - hip
    reach = np.clip(np.linalg.norm(line, axis=1, keepdims=True), abs(a - b) + 1, a + b - 1)
    unit = line / np.linalg.norm(line, axis=1, keepdims=True)
    along = (reach**2 + a**2 - b**2) / (2 * reach)
    out = np.sqrt(np.maximum(a**2 - along**2, 0))
    return np.asarray(hip + along * unit + out * np.stack([unit[:, 1], -unit[:, 0]], axis=1))


def make_track(
    times: Array,
    points: Array,
    *,
    shot: NDArray[np.int64] | None = None,
    rate: int = 2,
    near: str = "right",
    yaw_deg: float = 0.0,
) -> PoseTrack:
    """A track whose samples are every `rate`-th frame of the clip, everything well visible."""
    count = len(times)
    step = times[1] - times[0]
    frame_times = np.arange(rate * (count - 1) + 1) * step / rate + times[0]
    number = np.zeros(count, dtype=np.int64) if shot is None else shot
    world = _world(points, near, yaw_deg)
    return PoseTrack(
        key=TrackKey("0" * 64, "heavy", "1" * 64, ReadingOptions(pose_rate_hz=15.0)),
        width=640,
        height=640,
        frame_times=frame_times,
        first_index=0,
        samples=np.arange(count, dtype=np.int64) * rate,
        shot=number,
        repeated=np.zeros(count, dtype=bool),
        points=points.copy(),
        depth=np.zeros((count, JOINT_COUNT)),
        visibility=np.ones((count, JOINT_COUNT)),
        world=world,
        outline=((),) * count,
        shots=tuple(PoseShot((0, 0, 640, 640), 0, 1) for _ in range(int(number.max()) + 1)),
        calibration=HEAVY,
    )


def _world(points: Array, near: str, yaw_deg: float) -> Array:
    """(S, J, 3) metric landmarks: the picture in metres about the hips, both sides 0.3 m apart across the lifter."""
    angle = np.radians(yaw_deg)
    metres = 0.5 / TRUNK
    world = np.zeros((*points.shape[:2], 3))
    middle = (points[:, Joint.LEFT_HIP] + points[:, Joint.RIGHT_HIP]) / 2
    level = (points[:, :, 0] - middle[:, None, 0]) * metres / np.cos(angle)
    for name in ("shoulder", "hip"):  # what the yaw sets apart in the picture lies across the lifter
        both = [joint(name, "left"), joint(name, "right")]
        level[:, both] = level[:, both].mean(axis=1, keepdims=True)
    world[:, :, 1] = (points[:, :, 1] - middle[:, None, 1]) * metres
    turned = 1 if near == "right" else -1
    world[:, :, 0] = level * np.cos(angle)
    world[:, :, 2] = -turned * level * np.sin(angle)
    for pair in SYMMETRY:
        for point in pair:
            sign = -0.15 if point.name.startswith(near.upper()) else 0.15
            world[:, point, 0] += sign * np.sin(angle) * turned
            world[:, point, 2] += sign * np.cos(angle)
    return world


def exchanged(track: PoseTrack, rows: NDArray[np.bool_], names: tuple[str, ...] | None = None) -> PoseTrack:
    """Left and right exchanged in some samples: those points, or all of them."""
    points = track.points.copy()
    for left, right in SYMMETRY:
        if names is None or left.name.removeprefix("LEFT_").lower() in names:
            points[rows, left], points[rows, right] = track.points[rows, right], track.points[rows, left]
    return replace(track, points=points)
