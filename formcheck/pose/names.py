"""What pose models and other tools call the points of the body."""

from __future__ import annotations

import re
from collections.abc import Sequence

from formcheck.skeleton import SIDES, Joint, joint

#: Other words for a part, beside our own.
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
    """Which of the named points is which of ours: "RKnee", "right_knee", "knee_R" and "Right Knee" are all the same.

    Of several names for one point the first is taken; unknown names are left out. A hand without a name is where the wrist is.
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
