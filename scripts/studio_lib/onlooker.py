"""A second person in the gym: stands behind the lifter, or walks past."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from studio_lib.anatomy import about
from studio_lib.bodies import load_body
from studio_lib.figure import Figure
from studio_lib.lifts.standing import Standing
from studio_lib.scene import Stage
from studio_lib.wardrobe import Wardrobe

if TYPE_CHECKING:
    from studio_lib.plan import SetPlan


class Onlooker:
    """Somebody of the same pool of bodies, in other clothes."""

    def __init__(self, plan: SetPlan, bodies: Path) -> None:
        self._random = random = np.random.default_rng([*plan.seed, 23])
        self.figure = Figure(load_body(bodies, plan.pool, plan.onlooker))
        colours = random.uniform(0.05, 0.9, (2, 3))
        clothes = replace(
            plan.clothes,
            top="tight",
            looseness=0.0,
            top_colour=tuple(colours[0].tolist()),
            bottom_colour=tuple((0.6 * colours[1]).tolist()),
        )
        self.wardrobe = Wardrobe(self.figure, clothes)
        self.standing = Standing(self.figure, {"toes_out": 10.0})
        self.place = np.array([random.uniform(0.8, max(0.9, plan.room.wall_x - 0.4)), random.uniform(-1.6, 1.6), 0.0])
        self.turn = about(np.array([0, 0, 1.0]), float(random.uniform(0, 360)))
        self.walks = bool(random.random() < 0.35)
        self.phase = float(random.uniform(0, 6))

    def enter(self, stage: Stage) -> None:
        stage.add_person("onlooker", self.wardrobe)

    def move(self, stage: Stage, share: float) -> None:
        """Place the person at a share of the clip."""
        swayed = 3.0 * np.sin(self.phase + 6 * share)
        posture = {**self.standing.upright(), "lean": 2.0 + swayed, "neck": 8.0 * np.sin(self.phase + 9 * share)}
        if self.walks:
            posture["walk"] = 2.4 * (share - 0.5)
        pose = self.standing.body(posture)
        self.standing.arms_forward(pose, 0.0)
        skin = self.figure.body.skin(*self.figure.body.forward(pose.rotations, pose.root), self.wardrobe.rest)
        stage.put("onlooker", self.wardrobe, (skin @ self.turn.T + self.place).astype(np.float32))
