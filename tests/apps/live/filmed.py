"""A stick figure before the camera of a live session: its looks, and a pool that sees it in every picture."""

from __future__ import annotations

import io
from concurrent.futures import Future
from typing import Any

import numpy as np
from PIL import Image

from formcheck.apps.live.look import Look, decoded
from formcheck.pose.detection import Detection
from formcheck.pose.registry import find_model
from formcheck.video.sampling import THUMBNAIL
from tests.motion.figure import Array, bend, lifter, make_track

#: The figure is drawn for 640 pixels.
SCALE = 0.6
SIZE = 384
MODEL = find_model("full")


def squatting(times: Array, **changes: Any) -> list[Detection]:
    """Somebody squatting from the side, at `times` seconds; keywords as in `tests.motion.figure.lifter`."""
    track = make_track(times, lifter(times, **changes), rate=1, yaw_deg=changes.get("yaw_deg", 0.0))
    return [
        Detection(track.points[row] * SCALE, track.depth[row] * SCALE, track.visibility[row], track.world[row], ())
        for row in range(len(times))
    ]


def standing_then_squatting(times: Array, starts_s: float, reps: int, period_s: float = 2.5) -> list[Detection]:
    """Somebody who stands until `starts_s`, squats `reps` times with half a second between, and stands."""
    since = times - starts_s
    within = np.mod(since, period_s)
    down = np.where(within < period_s - 0.5, bend(within, period_s - 0.5), 0.0)
    return squatting(times, depth=np.where((since >= 0) & (since < reps * period_s), down, 0.0))


def look_of(time_s: float, people: list[Detection], light: float = 120.0, shift: int = 0) -> Look:
    """A look at a speckled room, which is `shift` pixels of the thumbnail further to the left."""
    room = np.random.default_rng(1).integers(20, 230, (THUMBNAIL, 2 * THUMBNAIL), dtype=np.uint8)
    thumbnail = room[:, shift : shift + THUMBNAIL].copy()
    thumbnail[0, 0] = int(1000 * time_s) % 251  # no camera takes the same picture twice
    return Look(time_s, SIZE, SIZE, people, True, light, thumbnail)


def jpeg(width: int = SIZE, height: int = SIZE) -> bytes:
    """A grey picture."""
    stream = io.BytesIO()
    Image.new("RGB", (width, height), (120, 120, 120)).save(stream, "JPEG")
    return stream.getvalue()


class MadeUpPool:
    """Stands in for a pose pool: looks at the figure instead of the picture."""

    model = MODEL

    def __init__(self, figure: Any) -> None:
        self._figure = figure
        self.closed = False

    def submit(self, function: Any, picture: bytes, time_s: float, part: Any, limit_s: float) -> Future[Look]:
        answer: Future[Look] = Future()
        try:
            decoded(picture)
            answer.set_result(look_of(time_s, self._figure(time_s)))
        except Exception as error:
            answer.set_exception(error)
        return answer

    def close(self) -> None:
        self.closed = True
