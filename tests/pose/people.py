"""People in front of a pose model: detections made up from the stick figure of the motion tests."""

from __future__ import annotations

from typing import Any

import numpy as np

from formcheck.pose.detection import Detection
from formcheck.pose.skeleton import JOINT_COUNT
from tests.motion.figure import lifter

MIDDLE = np.array([320.0, 450.0])


def seen(points: Any, visibility: float = 0.95) -> Detection:
    return Detection(points, np.zeros(JOINT_COUNT), np.full(JOINT_COUNT, visibility), np.zeros((JOINT_COUNT, 3)), ())


def lifting(times: Any, *, at: float = 0.0, size: float = 1.0, mirrored: bool = False, **figure: Any) -> list[Detection]:
    """Somebody squatting, `at` pixels beside the middle."""
    points = (lifter(times, **figure) - MIDDLE) * size
    if mirrored:
        points[..., 0] *= -1
    return [seen(p) for p in points + MIDDLE + [at, 0.0]]


def standing(times: Any, *, at: float = 0.0, size: float = 1.0) -> list[Detection]:
    """Somebody who looks on."""
    return lifting(times, at=at, size=size, depth=np.zeros_like(times))


def together(*people: list[Detection]) -> list[list[Detection]]:
    """The detections of each picture."""
    return [list(ones) for ones in zip(*people, strict=True)]
