"""Make one planned set: postures, truth, pictures, perhaps a second person, film. Both files appear whole or not at all."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from studio_lib.anatomy import Array, X, about
from studio_lib.bodies import load_body
from studio_lib.camera import View, views
from studio_lib.faults import RULES, Track, rep_truth
from studio_lib.figure import Figure, Pose, angles_of
from studio_lib.film import Film
from studio_lib.kinds import KINDS
from studio_lib.lifts.base import Lift
from studio_lib.lifts.standing import Standing
from studio_lib.plan import SetPlan
from studio_lib.props import Props
from studio_lib.scene import Stage, Thing
from studio_lib.timeline import Timeline, make_timeline
from studio_lib.wardrobe import Wardrobe


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


_POINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "heel", "toe", "ear", "eye")


@dataclass
class Moment:
    """One drawn picture before it is drawn."""

    pose: Pose
    turned: Array
    placed: Array
    joints: dict[str, Array]
    angles: dict[str, float]


def make_set(plan: SetPlan, out: Path, bodies: Path) -> str:
    """Write NAME.mp4 and NAME.truth.json into `out`; returns a line about it. Skips a set that is there already."""
    film_file, truth_file = out / f"{plan.name}.mp4", out / f"{plan.name}.truth.json"
    if film_file.exists() and truth_file.exists():
        return f"{plan.name}: there already"
    begun = time.monotonic()
    figure = Figure(load_body(bodies, plan.pool, plan.body))
    lift = KINDS[plan.kind].lift(figure, plan.setup)
    lift.prepare([rep.wanted for rep in plan.reps])
    random = np.random.default_rng([*plan.seed, 20])
    drawn_fps = plan.film.drawn_fps
    line = make_timeline(lift, list(plan.reps), drawn_fps, random, plan.lead_s, plan.tail_s, plan.sway, plan.choices.around)
    moments = [_moment(figure, lift, posture) for posture in line.postures]
    props = Props(plan, figure)
    box = _box(moments, props)
    shots = views(plan.camera, box, len(moments), drawn_fps, random)
    track_gap = np.full(len(moments), np.nan)
    temporary = out / f".{plan.name}.tmp.mp4"
    _draw(plan, figure, lift, moments, shots, props, track_gap, temporary, bodies)
    truth = _truth(plan, figure, line, moments, shots, props, track_gap)
    temporary_truth = out / f".{plan.name}.tmp.json"
    temporary_truth.write_text(json.dumps(truth, separators=(",", ":")), encoding="utf-8")
    temporary_truth.replace(truth_file)
    temporary.replace(film_file)
    took = time.monotonic() - begun
    return f"{plan.name}: {len(moments)} pictures in {took:.1f} s, {len(moments) / took:.1f} a second"


def _moment(figure: Figure, lift: Lift, posture: dict[str, float]) -> Moment:
    pose = lift.pose(posture)
    turned, placed = figure.body.forward(pose.rotations, pose.root)
    joints = figure.joints(turned, placed)
    return Moment(pose, turned, placed, joints, angles_of(joints, pose))


def _box(moments: list[Moment], props: Props) -> tuple[Array, Array]:
    """Lowest and highest corner (3,) of everything that should be in the picture."""
    places = np.array([list(moment.joints.values()) for moment in moments]).reshape(-1, 3)
    low, high = places.min(0) - [0.1, 0.08, 0.02], places.max(0) + np.array([0.1, 0.08, 0.16])
    low[2] = min(low[2], 0.0)
    radius = props.radius
    for moment in moments:
        for place in moment.pose.props.values():
            low[1:] = np.minimum(low[1:], place[1:] - radius)
            high[1:] = np.maximum(high[1:], place[1:] + radius)
    low[0], high[0] = max(low[0], -0.45), min(high[0], 0.45)
    return low, high


def _draw(
    plan: SetPlan,
    figure: Figure,
    lift: Lift,
    moments: list[Moment],
    shots: list[View],
    props: Props,
    gap: NDArray[np.float64],
    file: Path,
    bodies: Path,
) -> None:
    room = replace(plan.room, things=plan.room.things + tuple(_with_bench(lift)) + tuple(_before_lens(plan, moments)))
    stage = Stage(room, plan.camera.width, plan.camera.height_px)
    wardrobe = Wardrobe(figure, plan.clothes)
    stage.add_person("lifter", wardrobe)
    onlooker = Onlooker(plan, bodies) if plan.choices.second else None
    if onlooker:
        onlooker.enter(stage)
    props.add(stage, moments[0].pose)
    legs = np.unique(figure.body.topology.faces["body"])
    legs = legs[[figure.bone_of_vertex[i].startswith(("upperleg", "lowerleg")) for i in legs]]
    with Film(file, plan.camera.width, plan.camera.height_px, plan.film) as film:
        shown = 0
        for k, moment in enumerate(moments):
            skin = figure.body.skin(moment.turned, moment.placed, wardrobe.rest)
            if props.along_legs:
                gap[k] = np.linalg.norm(skin[legs, 1:] - props.in_hands(moment.pose)[1:], axis=1).min() - 0.014
            stage.put("lifter", wardrobe, skin)
            if onlooker:
                onlooker.move(stage, k / len(moments))
            props.move(stage, moment.pose, moment.turned, moment.placed)
            picture = stage.shoot(shots[k])
            if plan.mirrored:
                picture = np.ascontiguousarray(picture[:, ::-1])
            while shown < _frames_until(plan, k + 1):
                film.add(picture)
                shown += 1
    stage.close()


def _frames_until(plan: SetPlan, pictures: int) -> int:
    return round(pictures * plan.film.fps / plan.film.drawn_fps)


def _with_bench(lift: Lift) -> list[Thing]:
    if getattr(lift, "rear", None) is None or not getattr(lift, "bench", 0.0):
        return []
    top, y = lift.bench - 0.005, lift.rear_y + 0.05  # type: ignore[attr-defined]
    return [
        Thing("box", (0, y, top - 0.06), (0.9, 0.33, 0.12), (0.1, 0.1, 0.11)),
        *[Thing("box", (sx * 0.35, y, (top - 0.12) / 2), (0.06, 0.25, top - 0.12), (0.16, 0.16, 0.17)) for sx in (-1, 1)],
    ]


def _before_lens(plan: SetPlan, moments: list[Moment]) -> list[Thing]:
    """A rack's post between camera and lifter."""
    if plan.choices.front != "rack":
        return []
    random = np.random.default_rng([*plan.seed, 21])
    middle = float(np.mean([moment.placed[0, 1] for moment in moments]))
    y = middle + float(random.uniform(0.15, 0.7)) * float(random.choice([-1, 1]))
    return [Thing("box", (-1.0, y, 1.1), (0.07, 0.07, 2.2), (0.12, 0.12, 0.13))]


def _truth(
    plan: SetPlan, figure: Figure, line: Timeline, moments: list[Moment], shots: list[View], props: Props, gap: Array
) -> dict[str, Any]:
    near, far = "right", "left"
    camera = plan.camera
    facing = "left" if plan.mirrored else "right"

    def pixels(place: Array, view: View) -> list[float]:
        x, y = view.project(place)
        return [round(float(camera.width - x if plan.mirrored else x), 2), round(float(y), 2)]

    frames = []
    for number in range(_frames_until(plan, len(moments))):
        k = next_picture(plan, number)
        moment, view = moments[k], shots[k]
        frame: dict[str, Any] = {"time_s": round(number / plan.film.fps, 4), "pose": k}
        for name in _POINTS:
            frame[f"near_{name}"] = pixels(moment.joints[f"{near}_{name}"], view)
            frame[f"far_{name}"] = pixels(moment.joints[f"{far}_{name}"], view)
        frame |= props.truth(moment.pose, lambda place, view=view: pixels(place, view))
        frame["angles"] = {name: round(value, 2) for name, value in moment.angles.items()}
        if np.isfinite(gap[k]):
            frame["bar_leg_gap_m"] = round(float(gap[k]), 4)
        hips = (moment.joints["left_hip"] + moment.joints["right_hip"]) / 2
        frame["hip_m"] = [round(float(-hips[1]), 4), round(float(hips[2]), 4)]
        frames.append(frame)
    working = "far_" if plan.setup.get("front") == "L" and KINDS[plan.kind].lift.exercise in ("split_squat", "lunge") else ""
    side = "left" if working else "right"
    names = moments[0].angles
    track = Track(
        times=np.array(line.times),
        angles={name: np.array([m.angles.get(working + name, m.angles[name]) for m in moments]) for name in names},
        hip=np.array([[-(m.joints["left_hip"] + m.joints["right_hip"])[1] / 2, m.joints["right_hip"][2]] for m in moments]),
        gap=gap,
        past_toes=np.array([m.joints[f"{side}_toe"][1] - m.joints[f"{side}_knee"][1] for m in moments]),
        heel=np.array([m.joints["right_heel"][2] - m.joints["right_toe"][2] for m in moments]),
        leg=figure.leg_length,
    )
    judged = rep_truth(plan.kind, track, line.reps)
    reps = [
        {"start_s": round(a, 3), "turn_s": round(b, 3), "turn_end_s": round(c, 3), "end_s": round(d, 3), **entry}
        for (a, b, c, d), entry in zip(line.reps, judged, strict=True)
    ]
    everywhere = [name for name in RULES.get(plan.kind, {}) if reps and all(name in rep["faults"] for rep in reps)]
    kept = [name for name in RULES.get(plan.kind, {}) if reps and all(name in rep["clean_of"] for rep in reps)]
    middle = shots[0]
    hips = (moments[0].joints["left_hip"] + moments[0].joints["right_hip"]) / 2

    def scale(direction: Array, at: Array) -> float:
        a, b = middle.project(np.stack([at + 0.25 * direction, at - 0.25 * direction]))
        return round(float(np.linalg.norm(a - b)) / 0.5, 2)

    bench = plan.setup.get("bench_height") if plan.kind in ("hip_thrust", "bulgarian_split_squat") else None
    return {
        "exercise": KINDS[plan.kind].lift.exercise,
        "kind": plan.kind,
        "variant": plan.theme or "good",
        "faults": everywhere,
        "clean_of": kept,
        "synthetic": True,
        "near_side": "left" if plan.mirrored else "right",
        "facing": facing,
        "camera_yaw_deg": round(camera.yaw, 2),
        "fps": plan.film.fps,
        "drawn_fps": plan.film.drawn_fps,
        "size": [camera.width, camera.height_px],
        "px_per_m": scale(np.array([0, 0, 1.0]), hips),
        "px_per_m_horizontal": scale(np.array([0, 1.0, 0]), hips),
        "px_per_m_near_plate": scale(np.array([0, 0, 1.0]), hips - 0.69 * X) if props.has_bar else None,
        "plate_diameter_m": round(2 * props.radius, 3) if props.has_bar and props.radius > 0.05 else None,
        "load": plan.setup["load"],
        "front_leg": {"R": "near", "L": "far"}[plan.setup["front"]]
        if KINDS[plan.kind].lift.exercise in ("split_squat", "lunge")
        else None,
        "body": f"{plan.pool}_{plan.body:03d}",
        "room": str(plan.room.pattern),
        "camera_distance_m": round(camera.distance, 3),
        "camera_height_m": round(camera.height, 3),
        "bench_height_m": round(bench, 3) if bench else None,
        "pool": plan.pool,
        "seed": list(plan.seed[1:]),
        "conditions": _conditions(plan),
        "severity_units": {name: rule.unit for name, rule in RULES.get(plan.kind, {}).items()},
        "reps": reps,
        "frames": frames,
    }


def next_picture(plan: SetPlan, frame: int) -> int:
    """The picture that a frame shows."""
    picture = int(frame * plan.film.drawn_fps / plan.film.fps)
    while _frames_until(plan, picture + 1) <= frame:
        picture += 1
    while picture > 0 and _frames_until(plan, picture) > frame:
        picture -= 1
    return picture


def _conditions(plan: SetPlan) -> dict[str, Any]:
    choices = plan.choices
    return {
        "top": choices.top,
        "bottom": plan.clothes.bottom,
        "hair": plan.clothes.hair,
        "front": choices.front,
        "mirror": choices.mirror,
        "second_person": choices.second,
        "around": choices.around,
        "roll_deg": round(plan.camera.roll, 2),
        "shake_deg": round(plan.camera.shake, 2),
        "pan_deg": round(plan.camera.pan, 2),
        "noise": round(plan.film.noise, 2),
        "crf": plan.film.crf,
        "caption": plan.film.caption,
    }
