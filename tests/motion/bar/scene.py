"""A lifter made of numbers: hands go down and up, a plate goes with them; its body, track and candidates."""

from __future__ import annotations

import av
import numpy as np

from formcheck.motion.bar.bar import HALF_BAR, PAIR_WIDTHS, Bar, Scale
from formcheck.motion.bar.candidates import BarCandidates
from formcheck.motion.body import Body, View
from formcheck.motion.motion import Motion
from formcheck.motion.view import head_angle, leg_angles, trunk_inclination
from formcheck.options import ReadingOptions
from formcheck.pose.geometry import trunk_length
from formcheck.pose.skeleton import JOINT_COUNT, SIDES, joint
from formcheck.pose.track import PoseShot, PoseTrack, TrackKey
from formcheck.video.frame import Frame

TRUNK = 100.0
KEY = TrackKey("0" * 64, "heavy", "1" * 64, ReadingOptions(pose_rate_hz=15.0))


def depth(times):
    """0 at the top, 1 at the bottom: one rep of four seconds, three down."""
    down = np.clip((times - 0.5) / 2.0, 0, 1)
    up = np.clip((times - 3.0) / 1.0, 0, 1)
    return (1 - np.cos(np.pi * down)) / 2 - (1 - np.cos(np.pi * up)) / 2


def hinge(times, *, further_deg=0.0):
    """Points of a lifter who hinges 60 degrees, hips 40 px back, facing right; `further_deg` after the hips stopped."""
    d = depth(times)
    ankle = np.tile([200.0, 500.0], (len(times), 1))
    knee = np.add(ankle, [10.0, -90.0])
    hip = knee + np.stack([-10 - 40 * d, -90 + 8 * d], axis=1)
    late = np.clip((d - 0.9) / 0.1, 0, 1) if further_deg else 0.0
    # The hips have arrived where the trunk goes on: hold them.
    if further_deg:
        hip[:, 0] = knee[:, 0] - 10 - 40 * np.minimum(d / 0.9, 1)
    lean = np.radians(60 * d + further_deg * late)
    shoulder = hip + TRUNK * np.stack([np.sin(lean), -np.cos(lean)], axis=1)
    wrist = np.stack([np.full(len(times), 225.0), 330 + 90 * d], axis=1)
    return {"ankle": ankle, "knee": knee, "hip": hip, "shoulder": shoulder, "wrist": wrist, "hand": np.add(wrist, [2, 8]),
            "ear": np.add(shoulder, [10, -25]), "elbow": (shoulder + wrist) / 2}


def body_of(times, named, *, gain=1.0, centre=(240.0, 320.0)):
    """The right side is near; `gain` is how much larger perspective shows half a bar's length nearer to the camera."""
    points = np.full((len(times), JOINT_COUNT, 2), np.nan)
    for name, path in named.items():
        depth_px = (path - np.asarray(centre)) * PAIR_WIDTHS.get(name, 0.0) * (1 - 1 / gain) / HALF_BAR
        for side in SIDES:
            points[:, joint(name, side)] = path + (0.5 if side == "right" else -0.5) * depth_px
    sd = np.where(np.isfinite(points[:, :, 0]), 2.0, np.nan)
    view = View("right", "right", 0.0, 1.0)
    return Body(times, points, sd, view, np.zeros(len(times), bool), 1.0)


def motion_of(body, bar, scale=None):
    legs = {side: leg_angles(body, side) for side in SIDES}
    return Motion(body, legs, trunk_inclination(body), head_angle(body), trunk_length(body.points),
                  scale or Scale(float("nan"), None), None, bar)


def bar_at(path, radius=45.0, source="plate"):
    """A bar whose path is known and not magnified."""
    count = len(path)
    return Bar(source, path.copy(), np.full(count, radius), np.ones(count), path.copy(), np.full(count, 1.0))


def track_of(times, named, width=480, height=640):
    body = body_of(times, named)
    count = len(times)
    return PoseTrack(
        key=KEY, width=width, height=height, frame_times=times, first_index=0, samples=np.arange(count),
        shot=np.zeros(count, np.int64), repeated=np.zeros(count, bool), points=body.points,
        depth=np.zeros(body.points.shape[:2]), visibility=np.ones(body.points.shape[:2]),
        world=np.full((*body.points.shape[:2], 3), np.nan), outline=((),) * count,
        shots=(PoseShot((0, 0, width, height), 0, 1),),
    )


def candidates_of(times, circles, width=480, height=640):
    """Candidates from a list of (x, y, radius, coverage) arrays over time, one a column."""
    columns = [np.stack(np.broadcast_arrays(*c, times)[:4], axis=1) for c in circles]
    cells = np.stack(columns, axis=1)
    return BarCandidates(
        KEY, times, np.full(len(times), TRUNK), cells[:, :, 0], cells[:, :, 1], cells[:, :, 2], cells[:, :, 3],
        width, height,
    )


class Pictures:
    """Stands for a `ClipReader`: yields drawn pictures at some times, and keeps count of them."""

    def __init__(self, draw, times):
        self._draw, self._times, self.read = draw, times, []

    def reference_frames(self, times):
        return np.zeros(len(times), dtype=bool)

    def frames(self, from_s=-np.inf, to_s=np.inf, *, skip_nonref=False):
        for i, time_s in enumerate(self._times):
            if from_s <= time_s <= to_s:
                self.read.append(i)
                yield self.frame(i)

    def frame(self, i):
        picture = self._draw(i)
        source = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv444p")
        return Frame(i, float(self._times[i]), source, (picture.shape[1], picture.shape[0]))
