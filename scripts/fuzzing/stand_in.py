"""A stand-in for the pose model: reads from a picture's brightness how deep a squatting stick figure is.

Everything else of formcheck runs as it is, in one process: `installed` puts the stand-in where the worker processes were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import StoppedError
from formcheck.pose import worker
from formcheck.pose.detection import Detection
from formcheck.pose.pool import PosePool
from formcheck.pose.skeleton import JOINT_COUNT, Joint, joint

#: Mean brightness (0-255) of a picture of somebody who stands, and of one at the bottom; below `DARK` nobody is there.
STANDING, BOTTOM, DARK = 70.0, 190.0, 30.0
#: Lengths as shares of the picture's shorter side.
TRUNK, THIGH, SHANK = 0.22, 0.19, 0.18


def grey_of(share: float) -> int:
    """How bright a picture is of somebody who has gone down by a share (0-1) of the way."""
    return round(STANDING + (BOTTOM - STANDING) * share)


def detect(picture: NDArray[np.uint8], turns: int, people: int, outline: bool) -> list[Detection]:
    """The stick figure in a picture, in place of `worker.detect`."""
    grey = float(picture.mean())
    if grey < DARK:
        return []
    points = figure(float(np.clip((grey - STANDING) / (BOTTOM - STANDING), 0, 1)), picture.shape[1], picture.shape[0])
    low, high = points.min(axis=0) - 2, points.max(axis=0) + 2
    box = np.array([low, [high[0], low[1]], high, [low[0], high[1]], low], dtype=np.float32)
    metres = np.column_stack([(points - points.mean(axis=0)) / max(picture.shape[:2]), np.zeros(JOINT_COUNT)])
    return [Detection(points, np.zeros(JOINT_COUNT), np.full(JOINT_COUNT, 0.95), metres, (box,) if outline else ())]


def figure(share: float, width: int, height: int) -> NDArray[np.float64]:
    """(J, 2) points of somebody in a squat, seen from the right."""
    size = min(width, height)

    def lean(degrees: float) -> NDArray[np.float64]:
        return np.array([np.sin(np.radians(degrees)), -np.cos(np.radians(degrees))])

    ankle = np.array([0.5 * width, 0.9 * height])
    knee = ankle + SHANK * size * lean(5 + 20 * share)
    hip = knee + THIGH * size * lean(-5 - 75 * share)
    shoulder = hip + TRUNK * size * lean(5 + 35 * share)
    head = shoulder + 0.06 * size * lean(5 + 35 * share)
    wrist = shoulder + 0.1 * size * lean(120)
    places = {
        "eye": head + 0.02 * size, "ear": head, "shoulder": shoulder, "elbow": (shoulder + wrist) / 2, "wrist": wrist,
        "hand": wrist, "hip": hip, "knee": knee, "ankle": ankle,
        "heel": ankle + size * np.array([-0.03, 0.02]), "toe": ankle + size * np.array([0.07, 0.02]),
    }  # fmt: skip
    points = np.zeros((JOINT_COUNT, 2))
    points[Joint.NOSE] = head + size * np.array([0.03, 0.0])
    for name, place in places.items():
        points[joint(name, "right")] = place
        points[joint(name, "left")] = place + size * np.array([0.004, -0.004])
    return points


class StandInPool(PosePool):
    """A pool without processes: tasks are done at once, where they are submitted."""

    _closed = False

    def submit(self, function: Callable[..., Any], *arguments: Any, limit_s: float = 3600.0) -> Future[Any]:
        answer: Future[Any] = Future()
        if self._closed:
            raise StoppedError("stopped.")
        try:
            answer.set_result(function(*arguments))
        except Exception as error:
            answer.set_exception(error)
        return answer


@contextmanager
def installed() -> Iterator[None]:
    """Everything that is analysed in here is looked at by the stand-in."""
    with ExitStack() as changes:
        changes.enter_context(mock.patch.object(worker, "detect", detect))
        for module in ("formcheck.pipeline", "formcheck.apps.batch.command"):
            changes.enter_context(mock.patch(f"{module}.PosePool", StandInPool))
        yield
