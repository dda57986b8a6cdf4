"""Two lifters in one shot, one after the other: when the first has stopped and the second begins.

Who shows how it is done, and then how it is not done, stands beside the other meanwhile. Neither is "the" lifter of the
shot, and each is to be judged for what they did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.errors import ClipError
from formcheck.options import LIFTER
from formcheck.pose.people import POSTURE, Person, posture
from formcheck.pose.skeleton import Side

#: Whoever has a turn moves this many times as much in it as while the other has theirs, and by this share of the body's size.
MORE, MOVES = 2.5, 0.12
#: A turn lasts this long at least, seconds, and is looked at this often.
SHORTEST_TURN_S, FEWEST_LOOKS = 3.0, 5
#: Movement is what lies between these percentiles.
MOST_LOOKS = (10, 90)


def lifter_change(one: Person, other: Person) -> float | None:
    """When one of two people stops lifting and the other begins, seconds; None when they do not take turns."""
    looks = np.union1d(one.times, other.times)
    begin, end = looks[0] + SHORTEST_TURN_S, looks[-1] - SHORTEST_TURN_S
    times = [float(time_s) for time_s in looks if begin <= time_s <= end]
    told = [(_told_apart(one, other, time_s), time_s) for time_s in times]
    best = max((value for value, _ in told), default=0.0)
    if best <= 0:
        return None
    # Between the turns nobody lifts: any moment there will do, and its middle is safest.
    return float(np.median([time_s for value, time_s in told if value >= 0.9 * best]))


def _told_apart(one: Person, other: Person, time_s: float) -> float:
    """How clearly a moment separates two turns, 0 where it does not."""
    before = np.array([_movement(person, 0.0, time_s) for person in (one, other)])
    after = np.array([_movement(person, time_s, np.inf) for person in (one, other)])
    for first, second in ((0, 1), (1, 0)):
        active = np.array([before[first], after[second]])
        more = active / np.maximum([after[first], before[second]], 1e-6)
        if (active >= MOVES).all() and (more >= MORE).all():
            return float(more.min())
    return 0.0


def _movement(person: Person, begin_s: float, end_s: float) -> float:
    """How much somebody bends and straightens in a part of the clip (shoulders, hips and knees over the feet), box sizes;
    NaN when it is seen too seldom."""
    times = np.array(person.times)
    during = np.flatnonzero((times >= begin_s) & (times < end_s))
    points = np.array([posture(person.detections[row]) for row in during]).reshape(-1, len(POSTURE), 2)
    over_feet = (points[:, :-1] - points[:, -1:]) / person.size
    over_feet = over_feet[np.isfinite(over_feet).all(axis=(1, 2))]
    if len(over_feet) < FEWEST_LOOKS:
        return float("nan")
    low, high = np.percentile(over_feet, MOST_LOOKS, axis=0)  # a look that mixes up two people is no movement
    return float(np.linalg.norm(high - low, axis=1).max())


# Which of the people in a shot is the lifter; and when that cannot be decided.

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
        if share >= CLOSER_LOOK or lifter_change(lifter, person) is not None
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
    left, right = LIFTER.to("left"), LIFTER.to("right")
    return ClipError(
        f"{rivals + 1} people in this clip might be the lifter (alike in size, place and movement), and which of them it is"
        f" cannot be decided; say where the lifter is in the picture with {left} or {right}.",
        left,
        right,
    )


def _named(people: list[Person], looks: int, place: Side) -> Person:
    """The one farthest left or right, of those who stay and are not far away."""
    stay = [person for person in people if len(person.times) >= PASSES_BY * looks] or people
    largest = max(person.size for person in stay)
    near = [person for person in stay if person.size >= NAMED_SIZE * largest]
    return (min if place == "left" else max)(near, key=lambda person: float(person.center[0]))
