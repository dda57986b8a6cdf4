"""A stick figure that lifts: a `Body` computed from segment inclinations, so that every angle is known in advance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from formcheck.motion.body import Array, Body, View
from formcheck.motion.motion import Motion, build_motion
from formcheck.pose.skeleton import JOINT_COUNT, SIDES, joint, other_side

#: Lengths in pixels.
TRUNK, THIGH, SHANK, NECK, ARM = 150.0, 120.0, 110.0, 45.0, 75.0
FLOOR = 600.0

#: When each rep starts, turns, leaves the turn and ends, seconds.
Marks = list[tuple[float, float, float, float]]


def direction(degrees: Array) -> Array:
    """(F, 2) unit vectors that lean `degrees` from straight up, positive to the right."""
    angle = np.radians(degrees)
    return np.stack([np.sin(angle), -np.cos(angle)], axis=1)


def make_body(
    times: Array,
    *,
    shin: Array,
    thigh: Array,
    trunk: Array,
    head: float | Array = 0.0,
    rear_foot: tuple[float | Array, float | Array] | None = None,
    facing: str = "right",
    hands: str = "hanging",
    sd: float = 1.0,
) -> Body:
    """A body whose near foot stands still.

    `shin` and `trunk` lean from vertical, forward positive; `thigh` is 0 standing and 90 with the knee in front. The far
    leg is where the near one is, or with `rear_foot` stands that far behind and above the near foot (pixels).
    """
    count = len(times)
    points = np.full((count, JOINT_COUNT, 2), np.nan)
    ankle = np.tile([300.0, FLOOR], (count, 1))
    knee = ankle + SHANK * direction(shin)
    hip = knee + THIGH * direction(-thigh)
    shoulder = hip + TRUNK * direction(trunk)
    ear = shoulder + NECK * direction(trunk + head)
    down = direction(np.full(count, 180.0)) if hands == "hanging" else 0.3 * direction(trunk + 90)
    wrist = shoulder + 2 * ARM * down
    elbow = (shoulder + wrist) / 2
    if hands == "shoulders":  # a bar behind the neck, the elbows under it
        wrist, elbow = shoulder - 6 * direction(trunk + 90), shoulder - ARM * direction(trunk)
    near = "right" if facing == "right" else "left"
    far_knee, far_end = knee, ankle
    if rear_foot is not None:
        far_end = ankle - np.stack([np.broadcast_to(way, (count,)) for way in rear_foot], axis=1)
        far_knee = _bent_knee(hip, far_end)
    named = {"shoulder": (shoulder, shoulder), "hip": (hip, hip), "knee": (knee, far_knee), "ankle": (ankle, far_end)}
    named |= {"ear": (ear, ear), "wrist": (wrist, wrist), "elbow": (elbow, elbow)}
    toe, heel = np.array([40.0, 10.0]), np.array([-15.0, 10.0])
    named |= {"toe": (ankle + toe, far_end + toe), "heel": (ankle + heel, far_end + heel)}
    for name, (here, there) in named.items():
        points[:, joint(name, near)] = here
        points[:, joint(name, other_side(near))] = there
    if facing == "left":
        points[:, :, 0] = 640 - points[:, :, 0]
    view = View(side=near, facing=facing, yaw_deg=0.0, quality=1.0)  # type: ignore[arg-type]
    return Body(times, points, np.full(points.shape[:2], sd), view, np.zeros(count, dtype=bool), 1.0)


def _bent_knee(hip: Array, ankle: Array) -> Array:
    """The knee between a hip and an ankle, bent to the lifter's front (to the right)."""
    line = ankle - hip
    distance = np.linalg.norm(line, axis=1, keepdims=True)
    reach = np.clip(distance, 1.0, THIGH + SHANK - 1e-6)
    along = (THIGH**2 - SHANK**2 + reach**2) / (2 * reach)
    across = np.sqrt(np.maximum(THIGH**2 - along**2, 0.0))
    unit = line / distance
    return np.asarray(hip + along * unit + across * np.stack([unit[:, 1], -unit[:, 0]], axis=1))


def motion_of(body: Body) -> Motion:
    """The motion of a made-up body (no pose track behind it)."""
    return build_motion(None, body=body)


def tempo(
    reps: int, *, lowering: float = 2.0, pause: float = 0.5, lifting: float = 1.0, rest: float = 1.0, fps: float = 30.0
) -> tuple[Array, Array, Marks]:
    """Times, a share that goes 0 -> 1 -> 0 a rep (rest, lowering, pause, lifting), and each rep's true times."""
    pieces, marks, now = [np.zeros(round(rest * fps))], [], round(rest * fps) / fps
    for _ in range(reps):
        down, hold, up, still = (round(x * fps) for x in (lowering, pause, lifting, rest))
        pieces += [
            (1 - np.cos(np.pi * np.arange(down) / down)) / 2,
            np.ones(hold),
            (1 + np.cos(np.pi * np.arange(up) / up)) / 2,
            np.zeros(still),
        ]
        marks.append((now, now + down / fps, now + (down + hold) / fps, now + (down + hold + up) / fps))
        now += (down + hold + up + still) / fps
    share = np.concatenate(pieces)
    return np.arange(len(share)) / fps, share, marks


def between(share: Array, top: float | Array, bottom: float | Array) -> Array:
    """A quantity that is `top` at share 0 and `bottom` at share 1."""
    return np.asarray(top + (bottom - top) * share)


#: A quantity of a set: the same in every rep, or one value a rep.
PerRep = float | Sequence[float]


def each_rep(times: Array, marks: Marks, value: PerRep) -> Array:
    """(F,) the value of the rep that a moment belongs to (of the rep before it in the rests)."""
    values = np.broadcast_to(np.asarray(value, dtype=float), (len(marks),))
    begun = np.searchsorted([mark[0] for mark in marks], times + 1e-9) - 1
    return np.asarray(values[np.maximum(begun, 0)])


def hinge(
    reps: int = 3, *, trunk: PerRep = 65.0, knee_bend: PerRep = 22.0, facing: str = "right", hands: str = "hanging"
) -> Motion:
    """Romanian deadlifts: the trunk leans to `trunk` degrees, the thigh goes back by `knee_bend`."""
    times, share, marks = tempo(reps)
    deep, back = (each_rep(times, marks, value) for value in (trunk, knee_bend))
    body = make_body(
        times, shin=between(share, 4, 2), thigh=between(share, 6, back), trunk=between(share, 0, deep),
        hands=hands, facing=facing,
    )  # fmt: skip
    return motion_of(body)


def squat(
    reps: int = 3, *, thigh: PerRep = 95.0, trunk: PerRep = 35.0, facing: str = "right", hands: str = "chest"
) -> Motion:
    """Goblet squats with the hands at the chest, or squats with a bar on the shoulders."""
    times, share, marks = tempo(reps)
    depth, lean = (each_rep(times, marks, value) for value in (thigh, trunk))
    body = make_body(
        times, shin=between(share, 2, 28 * depth / 95), thigh=between(share, 3, depth), trunk=between(share, 0, lean),
        hands=hands, facing=facing,
    )  # fmt: skip
    return motion_of(body)


def split_squat(
    reps: int = 3,
    *,
    trunk: PerRep = 40.0,
    thigh: PerRep = 88.0,
    shin: PerRep = 18.0,
    facing: str = "right",
    hands: str = "hanging",
) -> Motion:
    """Bulgarian split squats: the near leg in front, the rear foot on a bench."""
    times, share, marks = tempo(reps)
    lean, depth, knee = (each_rep(times, marks, value) for value in (trunk, thigh, shin))
    body = make_body(
        times, shin=between(share, 5, knee), thigh=between(share, 10, depth), trunk=between(share, 8, lean),
        rear_foot=(165.0, 70.0), facing=facing, hands=hands,
    )  # fmt: skip
    return motion_of(body)


def lunge(reps: int = 3, *, trunk: PerRep = 8.0) -> Motion:
    """Lunges: the far foot steps back and comes beside the near one again."""
    times, share, marks = tempo(reps)
    body = make_body(
        times, shin=between(share, 2, 18), thigh=between(share, 3, 88), trunk=between(share, 0, each_rep(times, marks, trunk)),
        rear_foot=(between(share, 0, 165), 0.0),
    )  # fmt: skip
    return motion_of(body)


def kettlebell_swing(reps: int = 5) -> Motion:
    """A quick hinge out of which the stretched arms are thrown up to the height of the shoulders."""
    times, share, _ = tempo(reps, lowering=0.6, pause=0.1, lifting=0.5, rest=0.2)
    body = make_body(times, shin=between(share, 2, 6), thigh=between(share, 2, 38), trunk=between(share, 0, 60))
    return motion_of(with_arms(body, between(share, 95, -10)))


def overhead_press(reps: int = 4) -> Motion:
    """Standing still, the hands go from the shoulders over the head."""
    times, share, _ = tempo(reps)
    still = 0 * share
    body = make_body(times, shin=2 + still, thigh=3 + still, trunk=1 + still)
    return motion_of(with_arms(body, between(share, 178, 150), between(share, 1.0, 0.35)))


def bent_over_row(reps: int = 4) -> Motion:
    """Bent over all the time, the trunk moving by a few degrees, the hands go from below the shoulders to the belly."""
    times, share, _ = tempo(reps)
    still = 0 * share
    body = make_body(times, shin=6 + still, thigh=35 + still, trunk=between(share, 58, 64))
    return motion_of(with_arms(body, 0 * share, between(share, 0.4, 1.0)))


def leg_press(reps: int = 4) -> Motion:
    """Reclined in a seat that stands still, the feet on a sledge above the hips; the knees bend."""
    times, share, _ = tempo(reps)
    body = make_body(times, shin=0 * share, thigh=0 * share, trunk=0 * share)
    points, side = body.points.copy(), body.view.side
    hip = np.tile([300.0, 500.0], (len(times), 1))
    knee = hip + THIGH * direction(between(share, 62, 30))
    ankle = hip + 0.99 * (THIGH + SHANK) * between(share, 0.97, 0.6)[:, None] * direction(np.full(len(times), 60.0))
    shoulder = hip + TRUNK * direction(np.full(len(times), -45.0))
    places = {
        "hip": hip, "knee": knee, "ankle": ankle, "shoulder": shoulder, "ear": shoulder - np.array([0, NECK]),
        "toe": ankle - np.array([0, 30]), "heel": ankle + np.array([0, 15]), "wrist": hip, "elbow": (hip + shoulder) / 2,
    }  # fmt: skip
    for name, place in places.items():
        for one in (side, other_side(side)):
            points[:, joint(name, one)] = place
    return motion_of(replace(body, points=points))


def with_arms(body: Body, lean: Array, reach: float | Array = 1.0) -> Body:
    """The body with both arms that far from hanging (degrees, to the front), stretched by the share `reach`."""
    points = body.points.copy()
    for side in SIDES:
        shoulder = points[:, joint("shoulder", side)]
        arm = 2 * ARM * np.broadcast_to(reach, lean.shape)[:, None] * direction(180 - lean)
        points[:, joint("wrist", side)] = shoulder + arm
        points[:, joint("elbow", side)] = shoulder + arm / 2
    return replace(body, points=points)


def floor_deadlift(reps: int = 3, *, trunk: PerRep = 60.0, top: PerRep = 0.0, sinks: float = 0.0) -> Motion:
    """Deadlifts from the floor; in the first third of the way the trunk `sinks` by as many degrees before it rises."""
    times, share, marks = tempo(reps)
    lean = between(share, each_rep(times, marks, top), each_rep(times, marks, trunk))
    lean = lean + sinks * np.clip(1 - np.abs(share - 0.75) / 0.25, 0, 1)
    return motion_of(make_body(times, shin=between(share, 0, 14), thigh=between(share, 2, 62), trunk=lean))


def hip_thrust(
    reps: int = 3,
    *,
    top_hip: PerRep = 178.0,
    shin: PerRep = 0.0,
    head: PerRep = 15.0,
    facing: str = "right",
    pause: float = 2.0,
) -> Motion:
    """Hip thrusts: the trunk leans back, level at the top; the share is 0 at the bottom and 1 at the top."""
    times, share, marks = tempo(reps, lowering=1.0, pause=pause, lifting=1.5)
    top, lean, tuck = (each_rep(times, marks, value) for value in (top_hip, shin, head))
    thigh_top = 92.0
    trunk_top = 180 - top - thigh_top  # hip angle = 180 - thigh - trunk
    body = make_body(
        times, shin=between(share, -22, lean), thigh=between(share, 132, thigh_top), trunk=between(share, -35, trunk_top),
        head=tuck, facing=facing, hands="chest",
    )  # fmt: skip
    return motion_of(body)
