"""Two lifters in one shot, one after the other: when the first has stopped and the second begins.

Who shows how it is done, and then how it is not done, stands beside the other meanwhile. Neither is "the" lifter of the
shot, and each is to be judged for what they did.
"""

from __future__ import annotations

import numpy as np

from formcheck.pose.people import POSTURE, Person, posture

#: Whoever has a turn moves this many times as much in it as while the other has theirs, and by this share of the body's size.
MORE, MOVES = 2.5, 0.12
#: A turn lasts this long at least, seconds, and is looked at this often.
SHORTEST_TURN_S, FEWEST_LOOKS = 3.0, 5
#: Movement is what lies between these percentiles.
MOST_LOOKS = (10, 90)


def hands_over(one: Person, other: Person) -> float | None:
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
