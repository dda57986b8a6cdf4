"""Lifters of the studio, cut out, with the true bend of their backs: what the networks that read backs learn from.

    python scripts/learn_back/shoot.py lying OUT --setups 600 --seed 501 [--pool test] [--bodies DIR]
    python scripts/learn_back/shoot.py leaning OUT --setups 600 --seed 601 [--pool test] [--bodies DIR]

Needs the extra `studio`. Every setup is a body with its clothes, load, light and camera, drawn in four postures without
anything around it: lying, at the top of hip thrusts and bridges, with lumbar bend and hip angle drawn independently; or
leaning, in hinges and squats, with bend, lean and legs drawn independently. `compose.py` puts walls, benches and plates around
them, as often and as differently as wanted. One `.npz` a setup; about a second each.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from studio_lib.bodies import load_body, make_bodies
from studio_lib.camera import View, views
from studio_lib.figure import Figure, angles_of
from studio_lib.kinds import KINDS
from studio_lib.lifts.base import Lift, Posture
from studio_lib.lifts.standing import Squat, Standing
from studio_lib.lifts.thrust import HipThrust
from studio_lib.plan import SetPlan, plan_set
from studio_lib.props import Props
from studio_lib.scene import Plates, Stage
from studio_lib.wardrobe import Wardrobe

#: By what is learned: exercises, and width and height of the pictures.
LYING, LEANING = "lying", "leaning"
KINDS_OF = {
    LYING: ("hip_thrust", "glute_bridge"),
    LEANING: (
        "romanian_deadlift", "conventional_deadlift", "good_morning", "single_leg_deadlift", "goblet_squat", "back_squat"
    ),
}  # fmt: skip
SIZES = {LYING: (400, 300), LEANING: (400, 400)}
#: Postures a setup.
POSTURES = 4
#: Share of the Romanian deadlifts without a load.
UNLOADED = 0.12
#: The camera is at most so far off the side, degrees.
MOST_YAW = 28.0
POINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "toe", "ear")


class Cutout(Stage):
    """A stage with nothing on it but people and what they hold."""

    def _furnish(self) -> None:
        pass

    def _add(self, mesh, **how):
        return super()._add(mesh, **how) if how.get("lighting", True) else None

    def cut(self, view: View) -> np.ndarray:
        """(height, width, 4) blue, green, red, opacity."""
        return self._drawn(view, transparent=True)


def postures(lift: Lift, random: np.random.Generator) -> list[Posture]:
    """The postures of a setup."""
    if isinstance(lift, HipThrust):
        return _lying(lift, random)
    assert isinstance(lift, Standing)
    return _leaning(lift, random)


def _lying(lift: HipThrust, random: np.random.Generator) -> list[Posture]:
    """Tops of reps."""
    found = []
    shin, usual_hip, neck = random.uniform(-12, 12), random.uniform(166, 186), random.uniform(0, 40)
    for _ in range(POSTURES):
        kind = random.random()
        arch = random.uniform(-9, 7) if kind < 0.45 else random.uniform(16, 40) if kind < 0.88 else random.uniform(7, 16)
        lumbar, thoracic = -arch, -0.25 * arch + random.normal(0, 4)
        hip = float(np.clip(usual_hip + random.normal(0, 6), 160, 196))
        ankle = lift._top(177.0, shin, 0.0, 0.0)[1]
        trunk = lift._trunk_for(hip, ankle, lumbar, thoracic, 130.0 if lift.bench else 142.0)
        found.append(dict(trunk=trunk, lumbar=lumbar, thoracic=thoracic, neck=neck + random.normal(0, 5), ankle=ankle))
    return found


def _leaning(lift: Standing, random: np.random.Generator) -> list[Posture]:
    """Bent-over postures."""
    found: list[Posture] = []
    squat = isinstance(lift, Squat)
    neck, share = random.uniform(-40, 8), random.uniform(0.25, 0.8)
    for _ in range(POSTURES):
        lean = random.uniform(25, 78 if squat else 100)
        bend = random.uniform(-15, 15) if random.random() < 0.35 else random.uniform(10, 70)
        of_lumbar = float(np.clip(share + random.normal(0, 0.1), 0.15, 0.9))
        if squat:
            shin, thigh = random.uniform(10, 36), random.uniform(35, 100)
        elif lift.exercise == "conventional_deadlift" and random.random() < 0.6:
            shin, thigh = random.uniform(3, 26), random.uniform(30, 85)
        else:
            shin = random.uniform(-8, 14)
            thigh = 180 - random.uniform(122, 177) - shin
        found.append(
            lift.upright()
            | dict(shin=shin, thigh=max(thigh, 2.0), lean=lean, lumbar=of_lumbar * bend, thoracic=(1 - of_lumbar) * bend,
                   neck=neck + random.normal(0, 8), drift=random.uniform(0, 0.2) if random.random() < 0.2 else 0.0)
        )  # fmt: skip
    return found


def shoot(plan: SetPlan, bodies: Path) -> dict[str, np.ndarray]:
    """The cut-outs of a setup and what is true in them."""
    random = np.random.default_rng([*plan.seed, 30])
    figure = Figure(load_body(bodies, plan.pool, plan.body))
    setup = plan.setup
    if plan.kind == "romanian_deadlift" and random.random() < UNLOADED:
        setup = setup | {"load": "none"}
    lift = KINDS[plan.kind].lift(figure, setup)
    lift.prepare([])
    width, height = SIZES[LYING if isinstance(lift, HipThrust) else LEANING]
    camera = replace(plan.camera, yaw=random.uniform(-MOST_YAW, MOST_YAW), width=width, height_px=height, shake=0.0, pan=0.0)
    bare = replace(plan, setup=setup, plates=Plates((), plan.plates.first, plan.plates.length))
    props, wardrobe = Props(bare, figure), Wardrobe(figure, plan.clothes)
    poses = [lift.pose(posture) for posture in postures(lift, random)]
    placed = [figure.body.forward(pose.rotations, pose.root) for pose in poses]
    joints = [figure.joints(*one) for one in placed]
    places = np.array([list(one.values()) for one in joints]).reshape(-1, 3)
    low, high = places.min(0) - [0.1, 0.12, 0.05], places.max(0) + np.array([0.1, 0.12, 0.2])
    view = views(camera, (low, high), 1, 15.0, random)[0]
    stage = Cutout(replace(plan.room, mirror=None, things=()), width, height)
    stage.add_person("lifter", wardrobe)
    props.add(stage, poses[0])
    rows = []
    for pose, (turned, where), own in zip(poses, placed, joints, strict=True):
        stage.put("lifter", wardrobe, figure.body.skin(turned, where, wardrobe.rest))
        props.move(stage, pose, turned, where)
        angles = angles_of(own, pose)
        points = np.array([[view.project(own[f"{side}_{name}"]) for name in POINTS] for side in ("right", "left")])
        load = next(iter(pose.props.values()), np.full(3, np.nan))
        rows.append((stage.cut(view), pose.lumbar, pose.thoracic, angles["hip_signed"], angles["shin_inclination"],
                     angles["trunk_inclination"], points, load))  # fmt: skip
    stage.close()
    names = ("cut", "lumbar", "thoracic", "hip", "shin", "trunk", "points", "load")
    made = {name: np.array(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    return made | {
        "body": np.array(plan.body), "kind": np.array(plan.kind), "held": np.array(setup["load"]),
        "bench": np.array(float(getattr(lift, "bench", 0.0))), "yaw": np.array(camera.yaw), "top": np.array(plan.clothes.top),
        "view": np.array([*view.place, *view.target, *view.up, view.opening]),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=tuple(KINDS_OF))
    parser.add_argument("out", type=Path)
    parser.add_argument("--setups", type=int, default=600)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, default=501)
    parser.add_argument("--pool", choices=("train", "test"), default="train")
    parser.add_argument("--bodies", type=Path, default=Path(__file__).resolve().parents[2] / ".cache" / "studio" / "bodies")
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.setups)
    plans = [plan_set(options.seed, n, options.pool, KINDS_OF[options.what], ("side",)) for n in numbers]
    make_bodies(options.bodies, options.pool, [plan.body for plan in plans])
    options.out.mkdir(parents=True, exist_ok=True)
    began, made = time.time(), 0
    for number, plan in zip(numbers, plans, strict=True):
        file = options.out / f"{options.pool}_{number:05d}.npz"
        if not file.exists():
            np.savez_compressed(file.with_suffix(".tmp.npz"), **shoot(plan, options.bodies))
            file.with_suffix(".tmp.npz").replace(file)
            made += 1
            if made % 50 == 0:
                print(f"{made} setups, {(time.time() - began) / made:.2f} s each", flush=True)


if __name__ == "__main__":
    main()
