"""Rooms, plates and furniture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator

from studio_lib.conditions import Choices
from studio_lib.scene import Colour, Plates, Room, Thing

_BUMPERS: tuple[Colour, ...] = (
    (0.03, 0.03, 0.035),
    (0.03, 0.03, 0.035),
    (0.45, 0.05, 0.05),
    (0.05, 0.12, 0.42),
    (0.6, 0.5, 0.06),
    (0.05, 0.3, 0.1),
)


def draw_room(kind: str, setup: dict[str, Any], choices: Choices, random: Generator) -> Room:
    def colour(low: float, high: float) -> Colour:
        return tuple(np.clip(random.uniform(low, high) + random.uniform(-0.08, 0.08, 3), 0, 1).tolist())  # type: ignore[return-value]

    wall_x = float(random.uniform(1.3, 3.5))
    things = list(_clutter(random, wall_x, choices.clutter)) if not choices.mirror else []
    things += _furniture(kind, setup, random)
    mirror = wall_x if choices.mirror else None
    light = float(random.uniform(0.55, 1.0))
    place = tuple(np.array([random.uniform(-5, 0), random.uniform(-4, 4), random.uniform(2.5, 5)]).tolist())
    return Room(
        floor=colour(0.15, 0.65),
        wall=colour(0.2, 0.9),
        wall_x=wall_x,
        pattern=int(random.integers(2**31)),
        lights=((place, light), ((-2.0, float(random.uniform(-3, 3)), 4.0), 0.3)),  # type: ignore[arg-type]
        headlight=float(random.uniform(0.1, 0.5)),
        things=tuple(things),
        mirror=mirror,
        shadow=float(random.uniform(0.4, 0.85)),
    )


def _clutter(random: Generator, wall_x: float, amount: float) -> list[Thing]:
    """Machines, racks and plates along the wall, behind the lifter."""
    things = []
    for _ in range(int(amount * 9)):
        x, y = wall_x - random.uniform(0.15, 0.45), random.uniform(-4, 4)
        shade: Colour = tuple(random.uniform(0.05, 0.6, 3).tolist())  # type: ignore[assignment]
        if random.random() < 0.4:
            radius = float(random.choice([0.11, 0.16, 0.225]))
            things.append(Thing("cylinder", (x, y, radius + random.choice([0.0, 0.5])), (radius, 0.06, 0), shade))
        else:
            size = random.uniform([0.1, 0.1, 0.3], [0.4, 1.2, 1.8])
            things.append(Thing("box", (x, y, size[2] / 2), tuple(size.tolist()), shade))
    if random.random() < 0.3:
        things.append(
            Thing(
                "box",
                (wall_x - 0.02, float(random.uniform(-1.5, 1.5)), 1.8),
                (0.02, 1.0, 0.7),
                tuple(random.uniform(0.1, 0.9, 3).tolist()),
            )
        )
    return things


def _furniture(kind: str, setup: dict[str, Any], random: Generator) -> list[Thing]:
    if kind == "leg_press":
        seat: Colour = (0.1, 0.1, 0.12)
        return [Thing("box", (0, 0.02, 0.16), (0.5, 0.45, 0.3), seat), Thing("box", (0, 0.42, 0.42), (0.45, 0.25, 0.84), seat)]
    if kind != "hip_thrust":
        return []
    top, depth = float(setup["bench_height"]) - 0.01, float(random.uniform(0.3, 0.45))
    wide = float(random.uniform(0.5, 1.2))
    dark: Colour = tuple(random.uniform(0.03, 0.3, 3).tolist())  # type: ignore[assignment]
    if random.random() < 0.4:
        return [Thing("box", (0, depth / 2 + 0.01, top / 2), (wide, depth, top), dark)]
    legs = [
        Thing("box", (sx * wide * 0.4, depth / 2 + 0.01, (top - 0.1) / 2), (0.06, depth * 0.7, top - 0.1), (0.15, 0.15, 0.16))
        for sx in (-1, 1)
    ]
    return [Thing("box", (0, depth / 2 + 0.01, top - 0.05), (wide, depth, 0.1), dark), *legs]


def draw_plates(setup: dict[str, Any], random: Generator) -> Plates:
    """Plates that fit the load's largest radius (0: an empty bar)."""
    radius = float(setup.get("plate", 0.0))
    length = float(random.choice([2.1, 2.1, 1.6]))
    if radius <= 0:
        return Plates((), 0.6, length)
    shade = _BUMPERS[random.integers(len(_BUMPERS))]
    thick = float(random.choice([0.025, 0.045, 0.08]))
    discs = [(radius, thick, shade)]
    for _ in range(int(random.integers(0, 3))):
        discs.append(
            (
                radius * float(random.choice([1.0, 0.75, 0.5])),
                float(random.uniform(0.02, 0.05)),
                _BUMPERS[random.integers(len(_BUMPERS))],
            )
        )
    return Plates(tuple(discs), 0.655, length)
