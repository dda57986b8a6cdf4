"""A clip of a figure with coloured markers on the joints, for `marker_model`."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from marker_model import COCO_17, COLOURS

from formcheck.pose.skeleton import Joint, joint, joints_of
from formcheck.video.writer import VideoWriter
from tests.motion.figure import bend, lifter, times_at

RATE, SIZE, RADIUS = 15.0, 960, 9
#: How far the markers of the far side are beside those of the near one, pixels: none hides another.
FAR = (30.0, -18.0)


def film(path: Path, depth: float, seconds: float = 6.5) -> Path:
    """Squats of two seconds each, down to a share of the whole depth."""
    times = times_at(RATE, seconds)
    points = lifter(times, depth=depth * bend(times))
    for side in ("left", "right"):
        shoulder = points[:, joint("shoulder", side)]
        points[:, joint("wrist", side)] = shoulder + np.array([55.0, 25.0])
        points[:, joint("elbow", side)] = shoulder + np.array([30.0, 65.0])
    points *= SIZE / 640
    rows = {point: row for point, row in joints_of(COCO_17).items() if point not in (Joint.LEFT_HAND, Joint.RIGHT_HAND)}
    with VideoWriter(path, SIZE, SIZE, RATE) as writer:
        for number, pose in enumerate(points):
            picture = np.full((SIZE, SIZE, 3), 60, dtype=np.uint8)
            for point in sorted(rows, key=lambda point: point.name.startswith("RIGHT")):
                x, y = pose[point] + (FAR if point.name.startswith("LEFT") else (0.0, 0.0))
                cv2.circle(picture, (round(x), round(y)), RADIUS, COLOURS[rows[point]].tolist(), cv2.FILLED)
            writer.write(picture, number / RATE)
    return path
