"""Choosing the lifter among the people in a shot, and detecting two who lift in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formcheck.errors import ClipError
from formcheck.options import LIFTER
from formcheck.pose.people import POSTURE, Person, posture
from formcheck.pose.skeleton import Side

# Lifter change: in demonstrations two people may lift one after the other in one shot.

#: In their own turn, a lifter moves at least this many times as much as in the other's, and by this share of their size.
MORE, MOVES = 2.5, 0.12
#: Shortest turn, seconds, and the fewest detections in it.
SHORTEST_TURN_S, FEWEST_LOOKS = 3.0, 5
#: Percentiles between which movement is measured.
MOST_LOOKS = (10, 90)


def lifter_change(one: Person, other: Person) -> float | None:
    """Time at which one person stops lifting and the other begins, seconds; None if they do not take turns."""
    looks = np.union1d(one.times, other.times)
    begin, end = looks[0] + SHORTEST_TURN_S, looks[-1] - SHORTEST_TURN_S
    times = [float(time_s) for time_s in looks if begin <= time_s <= end]
    scored = [(_turn_separation(one, other, time_s), time_s) for time_s in times]
    best = max((value for value, _ in scored), default=0.0)
    if best <= 0:
        return None
    # The middle of the pause between the turns.
    return float(np.median([time_s for value, time_s in scored if value >= 0.9 * best]))


def _turn_separation(one: Person, other: Person, time_s: float) -> float:
    """How clearly a time separates two turns; 0 if it does not."""
    before = np.array([_movement(person, 0.0, time_s) for person in (one, other)])
    after = np.array([_movement(person, time_s, np.inf) for person in (one, other)])
    for first, second in ((0, 1), (1, 0)):
        active = np.array([before[first], after[second]])
        more = active / np.maximum([after[first], before[second]], 1e-6)
        if (active >= MOVES).all() and (more >= MORE).all():
            return float(more.min())
    return 0.0


def _movement(person: Person, begin_s: float, end_s: float) -> float:
    """Movement of a person's shoulders, hips and knees relative to the feet, in box sizes; NaN if rarely seen."""
    times = np.array(person.times)
    during = np.flatnonzero((times >= begin_s) & (times < end_s))
    points = np.array([posture(person.detections[row]) for row in during]).reshape(-1, len(POSTURE), 2)
    over_feet = (points[:, :-1] - points[:, -1:]) / person.size
    over_feet = over_feet[np.isfinite(over_feet).all(axis=(1, 2))]
    if len(over_feet) < FEWEST_LOOKS:
        return float("nan")
    low, high = np.percentile(over_feet, MOST_LOOKS, axis=0)  # robust to single wrong detections
    return float(np.linalg.norm(high - low, axis=1).max())


# Choosing the lifter.

#: People with at least the first share of the best score need a closer look; after it, those with the second share cannot be
#: distinguished from the lifter. (Half a metre before a mirror and three from the camera, the reflection is a quarter
#: smaller.)
CLOSER_LOOK, TOO_ALIKE = 0.5, 0.85
#: People in a smaller share of the pictures are passers-by.
PASSES_BY = 0.4
#: Factors on the score at the picture's edge (1 in its middle), for standing still (1 from `LIVELY` box sizes on), and for
#: movement that never repeats (1 for exact repetition).
AT_THE_EDGE, STANDING_STILL, NEVER_REPEATING = 0.7, 0.25, 0.4
LIVELY = 0.1
#: A person selected by position has at least this share of the largest person's size.
NAMED_SIZE = 0.4


@dataclass(frozen=True)
class Choice:
    """The lifter, `rivals` who look equally like it, and `close` people who need a closer look or lift in turn."""

    lifter: Person
    rivals: tuple[Person, ...]
    close: tuple[Person, ...]


def choose_lifter(people: list[Person], looks: int, width: int, place: Side | None = None) -> Choice | None:
    """Choose the lifter: large, in the middle, always present, moving, and repeating the movement.

    Args:
        people: in `looks` pictures, each `width` pixels wide.
        place: the lifter's position among the people, if the user gives it.

    Returns:
        None if nobody is in enough of the pictures.
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
    """Size in pixels x presence x visibility x place x movement x repetition."""
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


def ambiguous_lifter(rivals: int) -> ClipError:
    """The error for several people who look equally like the lifter; `rivals` counts those besides the best."""
    left, right = LIFTER.to("left"), LIFTER.to("right")
    return ClipError(
        f"{rivals + 1} people in this clip might be the lifter (alike in size, place and movement), and which of them it is"
        f" cannot be decided; choose with {left} or {right}.",
        left,
        right,
    )


def _named(people: list[Person], looks: int, place: Side) -> Person:
    """The person farthest left or right, ignoring passers-by and people far away."""
    stay = [person for person in people if len(person.times) >= PASSES_BY * looks] or people
    largest = max(person.size for person in stay)
    near = [person for person in stay if person.size >= NAMED_SIZE * largest]
    return (min if place == "left" else max)(near, key=lambda person: float(person.center[0]))
