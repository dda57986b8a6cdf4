"""Which of the people in a shot is the lifter; and when that cannot be decided."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.errors import ClipError
from formcheck.pose.people import Person
from formcheck.pose.turns import hands_over
from formcheck.settings import LIFTER
from formcheck.skeleton import Side

#: The best candidate is the lifter without a closer look when no other comes nearer to its score than this share, and
#: is not told apart from another who after that look still reaches that share. (A mirror image is as far behind the
#: mirror as the lifter in front of it: half a metre at three metres makes it look smaller by a quarter.)
CLOSER_LOOK, TOO_ALIKE = 0.5, 0.85
#: Who is seen in fewer of the pictures than this share passes by.
PASSES_BY = 0.4
#: Score of somebody at the edge of the picture, of somebody who stands still, and of one whose movement does not
#: repeat, relative to one in the middle, one who moves by `LIVELY` box sizes, and one who repeats exactly.
AT_THE_EDGE, STANDING_STILL, NEVER_REPEATING = 0.7, 0.25, 0.4
LIVELY = 0.1
#: Somebody named by place must at least have this share of the largest person's size.
NAMED_SIZE = 0.4


@dataclass(frozen=True)
class Choice:
    """The lifter; `rivals` are others who may be it as well, `close` those who may on a longer look, or in their turn."""

    lifter: Person
    rivals: tuple[Person, ...]
    close: tuple[Person, ...]


def choose_lifter(people: list[Person], looks: int, width: int, place: Side | None = None) -> Choice | None:
    """Choose the person the shot is about: large, in the middle, there all the time, moving, and repeating the movement.

    Args:
        people: as seen in `looks` pictures, `width` pixels wide.
        place: the lifter's place among the people where the user names it.

    Returns:
        None when nobody is there for long enough.
    """
    there = [person for person in people if len(person.times) >= max(2, looks / 5)]
    if not there:
        return None
    if place is not None:
        return Choice(_named(there, looks, place), (), ())
    scores = {id(person): score(person, looks, width) for person in there}
    there.sort(key=lambda person: scores[id(person)], reverse=True)
    lifter, best = there[0], scores[id(there[0])]
    others = [person for person in there[1:] if len(person.times) >= PASSES_BY * looks]
    shares = [scores[id(person)] / best for person in others]
    rivals = tuple(person for person, share in zip(others, shares, strict=True) if share >= TOO_ALIKE)
    close = tuple(
        person
        for person, share in zip(others, shares, strict=True)
        if share >= CLOSER_LOOK or hands_over(lifter, person) is not None
    )
    return Choice(lifter, rivals, close)


def score(person: Person, looks: int, width: int) -> float:
    """Size x presence x visibility x place x movement x repetition; pixels."""
    off_centre = min(1.0, abs(float(person.center[0]) / width - 0.5) * 2)
    moving = min(1.0, person.movement() / LIVELY)
    repeating = person.repetition()
    return (
        person.size
        * (len(person.times) / looks)
        * person.visibility
        * (1 - (1 - AT_THE_EDGE) * off_centre)
        * (STANDING_STILL + (1 - STANDING_STILL) * moving)
        * (1.0 if np.isnan(repeating) else NEVER_REPEATING + (1 - NEVER_REPEATING) * repeating)
    )


def undecided(rivals: int) -> ClipError:
    """What is said when `rivals` others might as well be the lifter."""
    return ClipError(
        f"{rivals + 1} people in this clip might be the lifter (alike in size, place and movement), and which of them it is"
        f" cannot be decided; say where the lifter is in the picture with {LIFTER.to('left')} or {LIFTER.to('right')}."
    )


def _named(people: list[Person], looks: int, place: Side) -> Person:
    """The one farthest left or right, of those who stay and are not far away."""
    stay = [person for person in people if len(person.times) >= PASSES_BY * looks] or people
    largest = max(person.size for person in stay)
    near = [person for person in stay if person.size >= NAMED_SIZE * largest]
    return (min if place == "left" else max)(near, key=lambda person: float(person.center[0]))
