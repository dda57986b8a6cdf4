"""What a client says of a clip, checked: every value is of the kind and length that was agreed, or refused in a sentence."""

from __future__ import annotations

import math
import re
from typing import Any

from formcheck.errors import UsageError
from formcheck.exercises import exercise_named
from formcheck.options import MOST_KG
from formcheck.serve.clips import Asked
from formcheck.serve.refused import Refused
from formcheck.skeleton import SIDES

#: The longest name of a clip that is kept, characters.
LONGEST_NAME = 120
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")


def asked_of(data: dict[str, Any]) -> Asked:
    """Exercise, load and side.

    Raises:
        Refused: one of them is something else.
    """
    exercise, load, side = data.get("exercise"), data.get("load_kg"), data.get("side")
    if exercise is not None:
        if not isinstance(exercise, str) or len(exercise) > 60:
            raise Refused(422, "The exercise has to be the name of one.")
        try:
            exercise = exercise_named(exercise).name
        except UsageError as error:
            raise Refused(422, str(error)) from None
    if load is not None:
        if isinstance(load, bool) or not isinstance(load, int | float) or not math.isfinite(load) or not 0 <= load <= MOST_KG:
            raise Refused(422, f"The load has to be a number of kilograms from 0 to {MOST_KG:.0f}.")
        load = round(float(load), 4)
    if side not in (None, *SIDES):
        raise Refused(422, "The side has to be left or right.")
    return Asked(exercise, load, side)


def name_of(data: dict[str, Any]) -> str:
    """What the clip is called on the device: shown, and never the name of a file.

    Raises:
        Refused: it has no name.
    """
    name = data.get("name")
    if not isinstance(name, str):
        raise Refused(422, "A clip needs a name.")
    name = _UNSEEN.sub("", name[: 4 * LONGEST_NAME]).strip()[:LONGEST_NAME]
    return name or "clip"


def size_of(data: dict[str, Any]) -> int:
    """The clip's size in bytes.

    Raises:
        Refused: it is none.
    """
    size = data.get("bytes")
    if isinstance(size, bool) or not isinstance(size, int):
        raise Refused(422, "A clip needs its size in bytes.")
    if size < 1:
        raise Refused(422, f"{name_of(data)} is empty; choose the clip again.")
    return min(size, 2**60)


def hash_of(data: dict[str, Any]) -> str | None:
    """The clip's SHA-256, where the device says it.

    Raises:
        Refused: it is something else.
    """
    sha256 = data.get("sha256")
    if sha256 is None:
        return None
    if not isinstance(sha256, str) or not _SHA256.fullmatch(sha256.lower()):
        raise Refused(422, "sha256 has to be 64 hexadecimal digits.")
    return sha256.lower()
