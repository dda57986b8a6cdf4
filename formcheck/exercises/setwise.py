"""A rep against the lifter's own others: what a fixed limit cannot tell, and what needs no absolute accuracy."""

from __future__ import annotations

import numpy as np

from formcheck.exercises.base import FilmedSet, NotSeen, Observation
from formcheck.exercises.limits import Limit
from formcheck.exercises.swings import load_travel
from formcheck.quantity import Quantity
from formcheck.reps import Rep

#: Error of a rep's range as a share of the set's typical one, percent: the scatter of ranges in rendered sets whose reps
#: are alike is 2 to 4.
RANGE_SD = 5.0
#: A rep that begins or ends this close to the end of its shot may go on outside it, seconds; and one of whose cut phase no
#: more than this is seen may turn elsewhere than it seems to.
EDGE_S = 0.2


def short_of_set(lift: FilmedSet, rep: Rep, limits: dict[str, Limit]) -> Observation | NotSeen:
    """How far a rep travels, as a share of the set's typical one, percent: on the way up or down, whichever is farther, as
    who begins or ends a set in the middle has still been all the way at the other end.

    Where a plate is followed, the load's way must be short as well.
    """
    if not np.isfinite(lift.set_range_deg):
        return NotSeen("there is no other rep to compare with", "nothing_to_compare")
    times = lift.motion.times
    if rep.start_s - times[0] < EDGE_S or times[-1] - rep.end_s < EDGE_S or not _turn_is_seen(rep):
        return NotSeen("the clip may not show all of this rep", "cut_off")
    share = 100 * float(np.fmax(rep.range_deg, rep.eccentric_deg)) / lift.set_range_deg
    travels = [load_travel(lift.motion, other) for other in lift.reps]
    usual = float(np.nanmedian(travels)) if np.isfinite(travels).sum() >= 2 else float("nan")
    load = 100 * load_travel(lift.motion, rep) / usual
    if load > share:
        share = load
    return Observation(
        Quantity(share, "%set", RANGE_SD, rep.turn_s), limits["short_of_set"], "below",
        f"this rep travels {share:.0f} % as far as the others of the set",
    )  # fmt: skip


def _turn_is_seen(rep: Rep) -> bool:
    """Whether the way to the turning point and the way back from it are seen: where the lifter leaves the picture on the way
    up, nobody knows how far it went on."""
    going, returning = rep.turn_start_s - rep.start_s, rep.end_s - rep.turn_end_s
    return not (rep.cut_start and going < EDGE_S) and not (rep.cut_end and returning < EDGE_S)


def worse_of(main: Observation | NotSeen, other: Observation | NotSeen) -> Observation | NotSeen:
    """The observation that is more surely wrong. One that cannot be made is no pass: the main one must be, where neither
    finds anything."""
    if isinstance(other, NotSeen):
        return main
    if isinstance(main, NotSeen):
        return other if other.beyond > 0 else main
    return other if other.beyond > 0 and other.certainty > (main.certainty if main.beyond > 0 else 0) else main
