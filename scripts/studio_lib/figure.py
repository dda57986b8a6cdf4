"""A body that is posed by lean, bend of the spine, feet and hands, and what is true of a pose."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from studio_lib.anatomy import SIDES, Array, Body, Rotations, X, Y, arm, leg, pitch, unit

#: Thickness of a shoe's sole, metres: the ankle stands that much higher than barefoot.
SOLE = 0.022
#: From the wrist to the middle of a closed hand, and from there to the palm's side, metres.
GRIP, PALM = 0.088, 0.022
SIDE_NAMES = {"L": "left", "R": "right"}
JOINTS = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
_BONE_OF = dict(zip(JOINTS, ("upperarm01", "lowerarm01", "wrist", "upperleg01", "lowerleg01", "foot"), strict=True))


@dataclass
class Pose:
    """Rotations of the bones, the root's place (3,), the bends of the spine (degrees, flexion positive) and things held.

    `props` has places (3,) in metres by name: "bar", "dumbbell_L", "kettlebell", ...
    """

    rotations: Rotations
    root: Array
    pelvis: float
    lumbar: float
    thoracic: float
    neck: float
    props: dict[str, Array] = field(default_factory=dict)


class Figure:
    """A body with the lengths and surface points that posing and measuring need."""

    def __init__(self, body: Body) -> None:
        self.body = body
        head = body.head
        self.hip_middle = (head("upperleg01.L") + head("upperleg01.R")) / 2
        self.thigh = float(np.linalg.norm(head("lowerleg01.R") - head("upperleg01.R")))
        self.shank = float(np.linalg.norm(head("foot.R") - head("lowerleg01.R")))
        self.arm = float(
            np.linalg.norm(head("lowerarm01.R") - head("upperarm01.R"))
            + np.linalg.norm(head("wrist.R") - head("lowerarm01.R"))
        )
        self.ankle_height = float(head("foot.R")[2] - body.floor + SOLE)
        self.bone_of_vertex = body.dominant()
        self._points = self._surface_points()
        self._shin = self._leg_front()
        self._lean_of_bend: dict[tuple[float, float], float] = {}

    @property
    def leg_length(self) -> float:
        return self.thigh + self.shank

    # ---------------------------------------------------------------- posing

    def spine(self, pelvis: float, lumbar: float, thoracic: float, neck: float) -> Rotations:
        """Rotations from pelvis to head. `pelvis` is its pitch; the others are bends against the rest pose, degrees."""
        chest = pelvis + lumbar + thoracic
        return {
            "root": pitch(pelvis),
            "spine05": pitch(pelvis + 0.4 * lumbar),
            "spine04": pitch(pelvis + 0.75 * lumbar),
            "spine03": pitch(pelvis + lumbar),
            "spine02": pitch(pelvis + lumbar + 0.5 * thoracic),
            "spine01": pitch(chest),
            "neck01": pitch(chest + 0.3 * neck),
            "neck02": pitch(chest + 0.6 * neck),
            "neck03": pitch(chest + 0.85 * neck),
            "head": pitch(chest + neck),
        }

    def pelvis_for(self, lean: float, lumbar: float, thoracic: float) -> float:
        """Pitch of the pelvis that makes the line from hips to shoulders lean by `lean` degrees."""
        key = (round(lumbar, 2), round(thoracic, 2))
        if key not in self._lean_of_bend:
            _, placed = self.body.forward(self.spine(0.0, lumbar, thoracic, 0.0), np.zeros(3))
            index = self.body.index
            shoulders = (placed[index["upperarm01.L"]] + placed[index["upperarm01.R"]]) / 2
            hips = (placed[index["upperleg01.L"]] + placed[index["upperleg01.R"]]) / 2
            self._lean_of_bend[key] = lean_of(shoulders - hips)
        return lean - self._lean_of_bend[key]

    def root_at(self, turn: Array, hips: Array) -> Array:
        """Where the root is when the middle between the hip joints is at `hips` and the pelvis is turned by `turn`."""
        return hips - turn @ (self.hip_middle - self.body.head("root"))

    def hips_over(self, ankle: Array, shin: float, thigh: float, straight: float = 0.993) -> Array:
        """Middle of the hips over an ankle. Degrees from vertical: `shin` knee forward, `thigh` hip back."""
        shin, thigh = np.radians(shin), np.radians(thigh)
        knee = self.shank * straight * np.array([0, -np.sin(shin), np.cos(shin)])
        return ankle * [0, 1, 1] + knee + self.thigh * straight * np.array([0, np.sin(thigh), np.cos(thigh)])

    def planted(
        self, side: str, x: float, ball: float, heel: float = 0.0, outward: float = 0.0, up: float = 0.0
    ) -> tuple[Array, Array]:
        """Rotation (3, 3) of a foot and place of its ankle, the ball of the foot at y = `ball` and `up` above the floor.

        `heel` lifts the heel (degrees, about the ball), `outward` turns the toes out.
        """
        turn = _yaw(outward if side == "L" else -outward) @ pitch(heel)
        pivot = self.body.head(f"toe2-1.{side}").copy()
        pivot[2] = self.body.floor - SOLE
        ankle = turn @ (self.body.head(f"foot.{side}") - pivot)
        sign = 1 if side == "L" else -1
        return turn, np.array([sign * x, ankle[1] + ball, ankle[2] + up])

    def ball_of(self, ankle_y: float, side: str = "R") -> float:
        """Where the ball of a flat foot is when its ankle is at `ankle_y`."""
        return float(ankle_y + self.body.head(f"toe2-1.{side}")[1] - self.body.head(f"foot.{side}")[1])

    def put_legs(self, rotations: Rotations, root: Array, feet: dict[str, tuple[Array, Array]], outward: float = 0.0) -> bool:
        """Reach both ankles from the hips; returns whether one was out of reach. `feet`: side -> rotation, ankle."""
        short = False
        for side in SIDES:
            hip = root + rotations["root"] @ (self.body.head(f"upperleg01.{side}") - self.body.head("root"))
            turn, ankle = feet[side]
            turns, too_far = leg(self.body, side, hip, ankle, turn, outward)
            rotations.update(turns)
            heel = np.degrees(np.arcsin(np.clip(turn[2, 1], -1, 1)))
            if turn[2, 2] > 0 and heel > 2:  # on the ball of the foot: the toes stay flat
                rotations.update({f"toe{toe}-1.{side}": pitch(-heel) @ turn for toe in range(1, 6)})
            short |= too_far
        return short

    def shoulders(self, rotations: Rotations, root: Array) -> dict[str, Array]:
        _, placed = self.body.forward(rotations, root)
        return {side: placed[self.body.index[f"upperarm01.{side}"]] for side in SIDES}

    def grip_bar(
        self,
        rotations: Rotations,
        shoulder: dict[str, Array],
        bar: Array,
        width: float,
        hand: Array | None = None,
        elbow: Array | None = None,
    ) -> None:
        """Both hands on a bar along X, `width` from the middle. `elbow` as for the left arm."""
        for side in SIDES:
            sign = -1 if side == "R" else 1
            place = np.array([sign * width, bar[1], bar[2]])
            across = X * (1 if side == "R" else -1)
            fingers = unit(place - shoulder[side] if hand is None else hand)
            fingers = unit(fingers - across * np.dot(fingers, across))
            palm = np.cross(fingers, across) * (-1 if side == "R" else 1)
            wrist = place - fingers * GRIP - palm * PALM
            out = np.array([sign * 0.25, 1.0, 0.1]) if elbow is None else elbow * [sign, 1, 1]
            rotations.update(arm(self.body, side, shoulder[side], wrist, out, fingers, across)[0])

    def hang_arm(self, rotations: Rotations, side: str, shoulder: Array, hand: Array, forward: bool = False) -> Array:
        """A straight arm towards `hand`; returns the middle of the hand. The palm faces the thigh, or back with `forward`."""
        sign = -1 if side == "R" else 1
        fingers = unit(hand - shoulder)
        across = X * -sign if forward else -np.array([0, 1.0, 0])
        across = unit(across - fingers * np.dot(fingers, across))
        wrist = shoulder + fingers * min(self.arm * 0.992, float(np.linalg.norm(hand - shoulder)) - GRIP)
        elbow = np.array([sign * 0.35, 1.0, 0])
        turns, end, palm = arm(self.body, side, shoulder, wrist, elbow, fingers, across)
        rotations.update(turns)
        return end + fingers * GRIP + palm * PALM

    def leg_front(self, rotations: Rotations, root: Array) -> Array:
        """(K, 2) y and z of the front of the legs, from the shoe up."""
        turned, placed = self.body.forward(rotations, root)
        rows = [placed[bone] + turned[bone] @ offset for bone, offset in self._shin]
        return np.array(rows)[:, 1:]

    # ---------------------------------------------------------------- what is true

    def joints(self, turned: Array, placed: Array) -> dict[str, Array]:
        """Places (3,) of joints and surface points by name ("left_hip", "right_toe", ...)."""
        places = {}
        for side, name in SIDE_NAMES.items():
            for joint, bone in _BONE_OF.items():
                places[f"{name}_{joint}"] = placed[self.body.index[f"{bone}.{side}"]]
        for name, (bone, offset) in self._points.items():
            places[name] = placed[bone] + turned[bone] @ offset
        return places

    def measure(self, pose: Pose) -> dict[str, float]:
        """Angles of a pose as in the truth files, for the right (near) side; see `angles_of`."""
        return angles_of(self.joints(*self.body.forward(pose.rotations, pose.root)), pose)

    def _surface_points(self) -> dict[str, tuple[int, Array]]:
        body, points = self.body, {}
        skin = np.zeros(len(body.rest), bool)
        skin[np.unique(body.topology.faces["body"])] = True
        bone = self.bone_of_vertex
        is_foot = np.char.startswith(bone, "foot") | np.char.startswith(bone, "toe")

        def keep(name: str, owner: str, place: Array) -> None:
            points[name] = (body.index[owner], place - body.head(owner))

        for side, name in SIDE_NAMES.items():
            foot = body.rest[skin & is_foot & np.char.endswith(bone, f".{side}")]
            low = foot[foot[:, 2] < body.floor + 0.045]
            keep(f"{name}_heel", f"foot.{side}", low[low[:, 1] > low[:, 1].max() - 0.012].mean(0) + 0.008 * Y)
            keep(f"{name}_toe", f"foot.{side}", low[low[:, 1] < low[:, 1].min() + 0.012].mean(0) - 0.008 * Y)
            eye = body.rest[np.unique(body.topology.faces[f"helper-{side.lower()}-eye"])].mean(0)
            keep(f"{name}_eye", "head", eye)
            skull = body.rest[skin & (bone == "head") & (np.sign(body.rest[:, 0]) == np.sign(eye[0]))]
            skull = skull[(abs(skull[:, 2] - eye[2]) < 0.05) & (skull[:, 1] > eye[1] + 0.05)]
            keep(f"{name}_ear", "head", skull[np.argsort(-abs(skull[:, 0]))[:30]].mean(0))
        return points

    def _leg_front(self) -> list[tuple[int, Array]]:
        """Points on the front of the right leg that ride on its bones, from below to above."""
        body, bone, found = self.body, self.bone_of_vertex, []
        skin = np.unique(body.topology.faces["body"])
        for prefix, below, above in (("lowerleg", "foot.R", "lowerleg01.R"), ("upperleg", "lowerleg01.R", "upperleg01.R")):
            own = skin[[bone[i].startswith(prefix) and bone[i].endswith(".R") for i in skin]]
            low, high = body.head(below)[2], body.head(above)[2]
            for share in np.linspace(0.06, 0.94, 9):
                level = own[abs(body.rest[own, 2] - (low + share * (high - low))) < 0.025]
                if len(level):
                    foremost = level[body.rest[level, 1].argmin()]
                    owner = body.index[above]
                    found.append((owner, body.rest[foremost] - body.heads[owner]))
        return found


def _yaw(degrees: float) -> Array:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def lean_of(line: Array) -> float:
    """Lean of an upward line from vertical in the sagittal plane, degrees, forward positive."""
    return float(np.degrees(np.arctan2(-line[1], line[2])))


def _between(a: Array, b: Array, c: Array) -> float:
    first, second = (a - b)[1:], (c - b)[1:]
    cosine = np.dot(first, second) / np.linalg.norm(first) / np.linalg.norm(second)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def angles_of(joints: dict[str, Array], pose: Pose, near: str = "right") -> dict[str, float]:
    """Angles as in the truth files, degrees, in the sagittal plane; `far_hip`, `far_knee` of the other side."""
    far = "left" if near == "right" else "right"

    def middle(name: str) -> Array:
        return (joints[f"left_{name}"] + joints[f"right_{name}"]) / 2

    def of(side: str, name: str) -> Array:
        return joints[f"{side}_{name}"]

    trunk = lean_of(middle("shoulder") - middle("hip"))
    ear = lean_of(middle("ear") - middle("shoulder"))
    hip, knee = of(near, "hip"), of(near, "knee")
    return {
        "hip": _between(of(near, "shoulder"), hip, knee),
        "hip_signed": (lean_of(knee - hip) - lean_of(of(near, "shoulder") - hip)) % 360,
        "knee": _between(hip, knee, of(near, "ankle")),
        "trunk_inclination": trunk,
        "shin_inclination": lean_of(knee - of(near, "ankle")),
        "thigh_inclination": -lean_of(hip - knee),
        "thoracic_bend": float(pose.thoracic),
        "lumbar_bend": float(pose.lumbar),
        "pelvis_pitch": float(pose.pelvis),
        "head_to_trunk": (ear - trunk + 180) % 360 - 180,
        "head_rotation": float(pose.neck),
        "far_hip": _between(of(far, "shoulder"), of(far, "hip"), of(far, "knee")),
        "far_knee": _between(of(far, "hip"), of(far, "knee"), of(far, "ankle")),
        "far_hip_signed": (lean_of(of(far, "knee") - of(far, "hip")) - lean_of(of(far, "shoulder") - of(far, "hip"))) % 360,
        "far_shin_inclination": lean_of(of(far, "knee") - of(far, "ankle")),
        "far_thigh_inclination": -lean_of(of(far, "hip") - of(far, "knee")),
    }
