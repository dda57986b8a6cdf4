"""The camera: where it stands, how it shakes and pans, and where it puts a point of the world in the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from studio_lib.anatomy import Array, unit


@dataclass(frozen=True)
class View:
    """A camera at one moment: `place` and `target` (3,) metres, `up` (3,), `opening` of the picture's height, degrees."""

    place: Array
    target: Array
    up: Array
    opening: float
    width: int
    height: int

    def project(self, points: Array) -> Array:
        """Pixels (..., 2), x right and y down, of points (..., 3)."""
        forward = unit(self.target - self.place)
        right = unit(np.cross(forward, self.up))
        upward = np.cross(right, forward)
        relative = np.asarray(points, float) - self.place
        depth = relative @ forward
        focal = 0.5 * self.height / np.tan(np.radians(self.opening) / 2)
        x = 0.5 * self.width + focal * (relative @ right) / depth
        y = 0.5 * self.height - focal * (relative @ upward) / depth
        return np.stack([x, y], -1)


@dataclass(frozen=True)
class CameraPlan:
    """How a set is filmed. Degrees and metres; `fill` is the share of the picture that the lifter's box takes.

    `yaw` 0 is from the side, positive towards the lifter's front. `shake` is the size of a hand's tremble in degrees, `pan`
    how far the camera swings during the clip.
    """

    yaw: float
    height: float
    distance: float
    roll: float
    fill: float
    width: int
    height_px: int
    shake: float = 0.0
    pan: float = 0.0
    off_centre: tuple[float, float] = (0.0, 0.0)


def views(plan: CameraPlan, box: tuple[Array, Array], count: int, fps: float, random: Generator) -> list[View]:
    """The camera at each of `count` pictures, for what happens within `box` (lowest and highest corner, metres)."""
    low, high = box
    middle = (low + high) / 2
    yaw = np.radians(plan.yaw)
    place = middle + plan.distance * np.array([-np.cos(yaw), -np.sin(yaw), 0.0])
    place[2] = plan.height
    straight = View(place, middle, np.array([0, 0, 1.0]), 40.0, plan.width, plan.height_px)
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    pixels = straight.project(corners) - [plan.width / 2, plan.height_px / 2]
    needed = max(np.abs(pixels[:, 0]).max() / (plan.width / 2), np.abs(pixels[:, 1]).max() / (plan.height_px / 2)) / plan.fill
    opening = float(np.degrees(2 * np.arctan(np.tan(np.radians(20.0)) * needed)))
    shake = np.stack([_tremble(random, count, fps) for _ in range(3)], 1) * plan.shake
    swing = np.linspace(-0.5, 0.5, max(count, 2)) * plan.pan
    result = []
    for k in range(count):
        aim = unit(middle - place)
        right = unit(np.cross(aim, [0, 0, 1.0]))
        up = np.cross(right, aim)
        half = np.tan(np.radians(opening) / 2)
        side = np.tan(np.radians(shake[k, 0] + swing[k])) + plan.off_centre[0] * half * plan.width / plan.height_px
        rise = np.tan(np.radians(shake[k, 1])) + plan.off_centre[1] * half
        target = place + aim + side * right + rise * up
        roll = np.radians(plan.roll + 0.5 * shake[k, 2])
        result.append(View(place, target, np.cos(roll) * up + np.sin(roll) * right, opening, plan.width, plan.height_px))
    return result


def _tremble(random: Generator, count: int, fps: float) -> Array:
    """A hand's tremble (count,): slow wandering and a little of some 4 to 8 a second."""
    time = np.arange(count) / fps
    total = np.zeros(count)
    for low, high, size in ((0.1, 0.4, 1.0), (0.5, 1.5, 0.5), (4.0, 8.0, 0.12)):
        total += size * np.sin(2 * np.pi * (random.uniform(low, high) * time + random.uniform()))
    return total
