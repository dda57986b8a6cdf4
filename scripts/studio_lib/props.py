"""What a lifter holds or wears besides clothes: bars, dumbbells, kettlebells, a tail of hair; drawing them and their truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from studio_lib.anatomy import Array
from studio_lib.figure import Figure, Pose
from studio_lib.scene import Stage

if TYPE_CHECKING:
    from studio_lib.plan import SetPlan


class Props:
    """The loose things of a set.

    Attributes:
        radius: of the largest plate (or of the dumbbell), metres.
        along_legs: whether the load runs along the legs, so that its distance from them means something.
    """

    def __init__(self, plan: SetPlan, figure: Figure) -> None:
        self.plan, self.figure = plan, figure
        load = plan.setup["load"]
        self.has_bar = load == "barbell"
        discs = plan.plates.discs
        self.radius = max((disc[0] for disc in discs), default=0.03) if self.has_bar else 0.08
        loads = {"romanian_deadlift": ("barbell", "dumbbells", "kettlebell"), "conventional_deadlift": ("barbell",)}
        self.along_legs = load in loads.get(plan.kind, ())
        self.near_plate = np.array([-plan.plates.first - 0.04, 0, 0])
        self.tail = plan.clothes.hair in ("tail", "long", "bun")

    def in_hands(self, pose: Pose) -> Array:
        """(3,) middle of the load that runs along the legs, metres."""
        return np.asarray(np.mean(list(pose.props.values()), axis=0))

    def add(self, stage: Stage, pose: Pose) -> None:
        plan = self.plan
        random = np.random.default_rng([*plan.seed, 22])
        shade = tuple(random.uniform(0.03, 0.35, 3).tolist())
        for name in pose.props:
            if name == "bar":
                stage.add_bar(
                    name, plan.plates, pad=plan.kind in ("hip_thrust", "glute_bridge") and bool(random.random() < 0.7)
                )
            elif name == "sled":
                stage.add_board(name, (0.6, 0.05, 0.45), -0.61, shade)
            elif name == "kettlebell":
                stage.add_kettlebell(name, float(random.uniform(0.08, 0.12)), shade)
            else:
                axis = "Y" if name.startswith("dumbbell_") and plan.kind not in ("romanian_deadlift",) else "X"
                axis = "Z" if plan.kind == "goblet_squat" else axis
                stage.add_dumbbell(name, float(random.uniform(0.26, 0.36)), float(random.uniform(0.05, 0.075)), axis, shade)
        if self.tail:
            thick = {"tail": 0.022, "long": 0.055, "bun": 0.04}[plan.clothes.hair]
            for part in range(1 if plan.clothes.hair == "bun" else 3):
                stage.add_rod(f"hair{part}", thick * (1 - 0.15 * part), plan.clothes.hair_colour)

    def move(self, stage: Stage, pose: Pose, turned: Array, placed: Array) -> None:
        for name, place in pose.props.items():
            stage.hold(name, place)
        if self.tail:
            self._move_hair(stage, turned, placed)

    def truth(self, pose: Pose, pixels: Callable[[Array], list[float]]) -> dict[str, Any]:
        """Entries of a frame: places of bar, plate and dumbbell in pixels and metres."""
        if not self.has_bar:
            entry: dict[str, Any] = dict.fromkeys(("near_plate_px", "near_plate_m", "bar_px", "bar_m"))
            held = pose.props.get("dumbbell_R", pose.props.get("dumbbell", pose.props.get("kettlebell")))
            if held is not None:
                entry["near_dumbbell_px"] = pixels(held)
            return entry
        bar = pose.props["bar"]
        metres = [round(float(-bar[1]), 4), round(float(bar[2]), 4)]
        return {"near_plate_px": pixels(bar + self.near_plate), "near_plate_m": metres, "bar_px": pixels(bar), "bar_m": metres}

    def _move_hair(self, stage: Stage, turned: Array, placed: Array) -> None:
        """Hair hangs from the back of the head, kept off the neck and the back."""
        body = self.figure.body
        bone = body.index["head"]
        skull = np.char.startswith(self.figure.bone_of_vertex, "head")
        back = body.rest[skull]
        root = np.array([0, back[:, 1].max() - 0.01, body.head("head")[2] + 0.10])
        head, chest = turned[bone], turned[body.index["spine01"]]
        at = placed[bone] + head @ (root - body.heads[bone])
        out = head @ np.array([0, 1.0, 0])
        if self.plan.clothes.hair == "bun":
            stage.move_rod("hair0", at - 0.01 * out, at + 0.055 * out)
            return
        down = np.array([0, 0, -1.0])
        spine = chest @ np.array([0, 1.0, 0])
        way = 0.6 * out + 0.6 * down
        for part in range(3):
            way = way / np.linalg.norm(way)
            end = at + 0.085 * way
            stage.move_rod(f"hair{part}", at, end)
            at = end
            way = way + 1.1 * down
            if np.dot(way, spine) < 0:
                way = way - np.dot(way, spine) * spine + 0.05 * spine
