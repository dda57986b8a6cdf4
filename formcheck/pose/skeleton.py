"""The body as named points, left-right pairs and segments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum
from typing import Literal


class Joint(IntEnum):
    """The points of a pose; the value is the row in every landmark array."""

    NOSE = 0
    LEFT_EYE = 1
    RIGHT_EYE = 2
    LEFT_EAR = 3
    RIGHT_EAR = 4
    LEFT_SHOULDER = 5
    RIGHT_SHOULDER = 6
    LEFT_ELBOW = 7
    RIGHT_ELBOW = 8
    LEFT_WRIST = 9
    RIGHT_WRIST = 10
    LEFT_HAND = 11
    RIGHT_HAND = 12
    LEFT_HIP = 13
    RIGHT_HIP = 14
    LEFT_KNEE = 15
    RIGHT_KNEE = 16
    LEFT_ANKLE = 17
    RIGHT_ANKLE = 18
    LEFT_HEEL = 19
    RIGHT_HEEL = 20
    LEFT_TOE = 21
    RIGHT_TOE = 22


JOINT_COUNT = len(Joint)

Side = Literal["left", "right"]
SIDES = ("left", "right")

#: Every paired point as (left, right).
SYMMETRY: tuple[tuple[Joint, Joint], ...] = (
    (Joint.LEFT_EYE, Joint.RIGHT_EYE),
    (Joint.LEFT_EAR, Joint.RIGHT_EAR),
    (Joint.LEFT_SHOULDER, Joint.RIGHT_SHOULDER),
    (Joint.LEFT_ELBOW, Joint.RIGHT_ELBOW),
    (Joint.LEFT_WRIST, Joint.RIGHT_WRIST),
    (Joint.LEFT_HAND, Joint.RIGHT_HAND),
    (Joint.LEFT_HIP, Joint.RIGHT_HIP),
    (Joint.LEFT_KNEE, Joint.RIGHT_KNEE),
    (Joint.LEFT_ANKLE, Joint.RIGHT_ANKLE),
    (Joint.LEFT_HEEL, Joint.RIGHT_HEEL),
    (Joint.LEFT_TOE, Joint.RIGHT_TOE),
)

_PAIRS = {left.name.removeprefix("LEFT_").lower(): (left, right) for left, right in SYMMETRY}

#: Segments of each side, as names of paired points.
SEGMENTS: tuple[tuple[str, str], ...] = (
    ("ear", "shoulder"),
    ("shoulder", "elbow"),
    ("elbow", "wrist"),
    ("shoulder", "hip"),
    ("hip", "knee"),
    ("knee", "ankle"),
    ("ankle", "heel"),
    ("heel", "toe"),
    ("ankle", "toe"),
)

#: The points of one leg below the hip, which a model swaps together.
LEG = ("knee", "ankle", "heel", "toe")
#: The points of one arm below the shoulder.
ARM = ("elbow", "wrist", "hand")
#: The points without which nothing can be measured.
ESSENTIAL = ("shoulder", "hip", "knee", "ankle")


def joint(name: str, side: str) -> Joint:
    """Return the `Joint` of a paired point, e.g. ``joint("hip", "left")``."""
    return _PAIRS[name][SIDES.index(side)]


def other_side(side: str) -> str:
    """Return the opposite of ``"left"`` or ``"right"``."""
    return SIDES[1 - SIDES.index(side)]


# Names of the points in pose models and other tools.

#: Synonyms of our names.
_WORDS = {
    "toe": ("bigtoe", "footindex", "foot", "toetip"),
    "hand": ("index", "indexfinger", "knuckle"),
    "ankle": ("foottop",),
    "eye": (),
}  # fmt: skip
_SIDES = {"left": ("left", "l"), "right": ("right", "r")}


def _spellings() -> dict[str, Joint]:
    table: dict[str, Joint] = {}
    for point in Joint:
        side, _, part = point.name.lower().partition("_")
        if not part:
            table[side] = point
            continue
        for word in (part, *_WORDS.get(part, ())):
            for sign in _SIDES[side]:
                table.setdefault(sign + word, point)
                table.setdefault(word + sign, point)
    return table


SPELLINGS = _spellings()


def joints_of(names: Sequence[str]) -> dict[Joint, int]:
    """Indices of our points among `names`: "RKnee", "right_knee", "knee_R" and "Right Knee" are all the same.

    The first of several names for a point counts, and unknown names are ignored. A missing hand gets the wrist's index.
    """
    found: dict[Joint, int] = {}
    for row, name in enumerate(names):
        point = SPELLINGS.get(re.sub(r"[^a-z]", "", name.lower()))
        if point is not None:
            found.setdefault(point, row)
    for side in SIDES:
        if joint("wrist", side) in found:
            found.setdefault(joint("hand", side), found[joint("wrist", side)])
    return found
