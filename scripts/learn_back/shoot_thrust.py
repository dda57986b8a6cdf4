"""Pictures of the tops of hip thrusts and glute bridges with the true bend of the lower back; see `shoot_hinge.py`.

    python scripts/learn_back/shoot_thrust.py STUDIO OUT --seed 1 --setups 18

Every setup is one body on a bench or on the floor, bare or under a load, and is shot twice with another bend of the back.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pyvista as pv
from shoot_hinge import Stage, polygons


class Thrust(Stage):
    """One lifter at the top of a thrust."""

    def __init__(self, rng, solver, groups, faces):
        super().__init__(rng, solver, groups, faces)
        self.floor, self.looks_at = 0.0, (0.2, 0.5)
        self.things = self._things()
        self.kind = str(rng.choice(["bench", "floor"], p=[0.6, 0.4]))
        self.load = str(rng.choice(["none", "small", "big", "dumbbell"], p=[0.5, 0.12, 0.26, 0.12]))
        self.bench = rng.uniform(0.34, 0.5) if self.kind == "bench" else 0.0
        self.bench_to, self.bench_colour = rng.uniform(0.28, 0.5), rng.uniform(0.05, 0.4, 3)
        self.distance, self.half = rng.uniform(2.2, 4.5), rng.uniform(0.75, 1.2)
        self.height = rng.uniform(0.15, 1.4)
        self.hands = rng.integers(3)

    def pose(self, upright, M, align, X):  # noqa: N803
        """A posture at the top: rotations, root, true bends and the hip's extension."""
        rng, b, s = self.rng, self.b, self.s
        # What bears the weight: the back below the shoulder blades on a bench, between the shoulders on the floor.
        level = b.H("upperarm01.R")[2] - (0.17 if self.kind == "bench" else -0.01)
        bone = "spine02" if self.kind == "bench" else "spine01"
        skin = (abs(b.rest[:, 0]) < 0.1) & (abs(b.rest[:, 2] - level) < 0.03)
        contact = np.array([0, b.rest[skin, 1].max() - 0.006, level])
        edge = np.array([0, 0.015, self.bench])

        def put(turn, lumbar, thoracic, neck, feet):
            rot = M.spine_R(-turn - lumbar - thoracic, lumbar, thoracic, neck)
            ra, pa = b.fk(rot, np.zeros(3))
            i = b.ix[bone]
            root = edge - (pa[i] + ra[i] @ (contact - b.h[i]))
            ankles = {side: np.array([x, feet, s.ank_h]) for side, x in (("L", 0.15), ("R", -0.15))}
            clipped = s.legs(rot, root, ankles, {"L": np.eye(3), "R": np.eye(3)})
            return rot, root, clipped

        while True:
            lumbar = rng.uniform(-38, -14) if rng.random() < 0.45 else rng.uniform(-14, 10)
            thoracic = 0.25 * lumbar + rng.uniform(-5, 5)
            hip, shin = rng.uniform(158, 196), rng.uniform(-18, 16) - (10 if self.kind == "floor" else 0)

            def off(x, lumbar=lumbar, thoracic=thoracic, hip=hip, shin=shin):
                rot, root, _ = put(x[0], lumbar, thoracic, 30, x[1])
                t = M.truth(s.joints(*b.fk(rot, root)), (0, 0, 0, 0))
                return np.array([t["hip_signed"] - hip, t["shin_inclination"] - shin])

            start = (88 + lumbar * 0.3, -0.8) if self.kind == "bench" else (122 + lumbar * 0.3, -0.65)
            x, error = M.newton(off, start, it=12, step=[1, 0.02])
            if error < 0.8:
                break
        neck = rng.uniform(-10, 40) if self.kind == "bench" else x[0] - 90 + rng.uniform(0, 25)
        rot, root, _ = put(x[0], lumbar, thoracic, neck, x[1])
        self._arms(rot, root, M, align, X)
        self.hip = float(hip)
        return rot, root, lumbar, thoracic, 0.0

    def _arms(self, rot, root, M, align, X):  # noqa: N803
        """Hands at the load, beside the body, or folded before the chest."""
        b, s, rng = self.b, self.s, self.rng
        ra, pa = b.fk(rot, root)
        joints = s.joints(ra, pa)
        hips, shoulders = ((joints[f"left_{n}"] + joints[f"right_{n}"]) / 2 for n in ("hip", "shoulder"))
        along = (shoulders - hips) / np.linalg.norm(shoulders - hips)
        front = np.array([0, -along[2], along[1]])
        front = front if front[2] > 0 else -front
        self.bar = hips + front * rng.uniform(0.12, 0.17) + along * rng.uniform(-0.03, 0.05)
        for side in "LR":
            sign = -1 if side == "R" else 1
            shoulder = pa[b.ix["upperarm01." + side]]
            if self.load != "none" or self.hands == 0:
                way = self.bar - shoulder
                hand = np.array([0, way[1], way[2]]) / np.linalg.norm(way[1:]) + np.array([0, 0, -0.25])
                M.grip(b, side, rot, shoulder, self.bar, 0.37 if self.load in ("big", "small") else 0.2,
                       hand_d=hand, elbow_dir=np.array([sign * 0.6, 0.2, -0.6]))  # fmt: skip
                continue
            u, lower, w = b.H("upperarm01." + side), b.H("lowerarm01." + side), b.H("wrist." + side)
            if self.hands == 1 and self.kind == "floor":
                first = second = np.array([0, -1.0, 0.0])
            else:
                first, second = -0.8 * along + 0.35 * front, 0.3 * along + 0.6 * front + np.array([-sign * 0.6, 0, 0])
            first, second = align(lower - u, X, first, X), align(w - lower, X, second, X)
            rot.update({"upperarm01." + side: first, "upperarm02." + side: first,
                        "lowerarm01." + side: second, "lowerarm02." + side: second, "wrist." + side: second})  # fmt: skip

    def _carry(self, plotter, joints):
        """Bench and load; centre and radius of the near plate, or None."""
        if self.kind == "bench":
            box = pv.Box(bounds=(-0.55, 0.55, 0.0, self.bench_to, 0.0, self.bench - 0.01))
            plotter.add_mesh(box, color=list(self.bench_colour))
        bar, colour = self.bar, list(self.loads_colour)
        if self.load in ("small", "big"):
            radius = 0.225 if self.load == "big" else 0.16
            for x in (-0.72, 0.72):
                plotter.add_mesh(
                    pv.Cylinder(center=(x, bar[1], bar[2]), direction=(1, 0, 0), radius=radius, height=0.06, resolution=60),
                    color=colour,
                )
            plotter.add_mesh(pv.Cylinder(center=tuple(bar), direction=(1, 0, 0), radius=0.014, height=2.1), color="#aaaaaa")
            return np.array([-0.75, bar[1], bar[2]]), radius
        if self.load == "dumbbell":
            plotter.add_mesh(pv.Cylinder(center=tuple(bar), direction=(1, 0, 0), radius=0.08, height=0.34), color=colour)
        return None, 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("studio", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--setups", type=int, default=18, help="setups a body")
    options = parser.parse_args()
    sys.path.insert(0, str(options.studio))
    import motion
    from body import X, align, load_groups

    pv.OFF_SCREEN = True
    groups, _ = load_groups(str(options.studio / "base.obj"))
    hair = [key for key in groups if "hair" in key]
    faces = {"body": polygons(groups, ["body"]), "tights": polygons(groups, ["helper-tights"])}
    if hair:
        faces["hair"] = polygons(groups, hair[:1])
    options.out.mkdir(parents=True, exist_ok=True)
    began, made, solvers = time.time(), 0, {}
    for setup in range(options.setups):
        for file in sorted((options.studio / "bodies").glob("*.npz")):
            rng = np.random.default_rng([options.seed, setup, int(file.stem[1:]), 77])
            if file not in solvers:
                solvers[file] = motion.Solver(str(file), 0.225)
            stage = Thrust(rng, solvers[file], groups, faces)
            for number in range(2):
                picture, truth = stage.shoot(False, motion, align, X)
                name = f"{options.seed}_{file.stem}_{setup:03d}_{number}"
                cv2.imwrite(str(options.out / f"{name}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, stage.quality])
                truth |= {"body": file.stem, "setup": setup, "hip": stage.hip, "bench": float(stage.bench)}
                (options.out / f"{name}.json").write_text(json.dumps(truth))
                made += 1
        print(f"setup {setup}: {made} pictures, {made / (time.time() - began):.1f} a second", flush=True)


if __name__ == "__main__":
    main()
