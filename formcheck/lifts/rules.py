"""A rep against the lifter's own others: what a fixed limit cannot tell, and what needs no absolute accuracy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formcheck.lifts.counting import load_travel
from formcheck.lifts.exercise import NotAssessable, Observation, Rule, Shot, accepted, against, degrees
from formcheck.lifts.limits import Limit
from formcheck.motion.spine.flexion import SpinalFlexion, hinge_moments, spinal_flexion
from formcheck.results.quantity import Quantity
from formcheck.results.rep import Rep

#: Error of a rep's range as a share of the set's typical one, percent: the scatter of ranges in rendered sets whose reps
#: are alike is 2 to 4.
RANGE_SD = 5.0
#: A rep that begins or ends this close to the end of its shot may go on outside it, seconds; and one of whose cut phase no
#: more than this is seen may turn elsewhere than it seems to.
EDGE_S = 0.2


def short_of_set(lift: Shot, rep: Rep, limits: dict[str, Limit]) -> Observation | NotAssessable:
    """How far a rep travels, as a share of the set's typical one, percent: on the way up or down, whichever is farther, as
    who begins or ends a set in the middle has still been all the way at the other end.

    Where a plate is followed, the load's way must be short as well.
    """
    if not np.isfinite(lift.set_range_deg):
        return NotAssessable("there is no other rep to compare it with", "nothing_to_compare")
    times = lift.motion.times
    if rep.start_s - times[0] < EDGE_S or times[-1] - rep.end_s < EDGE_S or not _turn_is_seen(rep):
        return NotAssessable("the clip may not show all of this rep", "cut_off")
    share = 100 * float(np.fmax(rep.range_deg, rep.eccentric_deg)) / lift.set_range_deg
    travels = [load_travel(lift.motion, other) for other in lift.reps]
    usual = float(np.nanmedian(travels)) if np.isfinite(travels).sum() >= 2 else float("nan")
    load = 100 * load_travel(lift.motion, rep) / usual
    if load > share:
        share = load
    limit = limits["short_of_set"]
    return Observation(
        Quantity(share, "%set", RANGE_SD, rep.turn_s), limit, "below",
        f"this rep goes {against(share, limit.value)} % as far as your others; {accepted(limit, 'below')}",
    )  # fmt: skip


def _turn_is_seen(rep: Rep) -> bool:
    """Whether the way to the turning point and the way back from it are seen: where the lifter leaves the picture on the way
    up, nobody knows how far it went on."""
    going, returning = rep.turn_start_s - rep.start_s, rep.end_s - rep.turn_end_s
    return not (rep.cut_start and going < EDGE_S) and not (rep.cut_end and returning < EDGE_S)


def worse_of(main: Observation | NotAssessable, other: Observation | NotAssessable) -> Observation | NotAssessable:
    """The observation that is more surely wrong. One that cannot be made is no pass: the main one must be, where neither
    finds anything."""
    if isinstance(other, NotAssessable):
        return main
    if isinstance(main, NotAssessable):
        return other if other.beyond > 0 else main
    return other if other.beyond > 0 and other.certainty > (main.certainty if main.beyond > 0 else 0) else main


# The rule that hinges and squats share: a back that rounds, seen on the body's outline and not in the trunk's lean.

#: A trunk that never leans this far in a rep (degrees from vertical) is not loaded as a hinge loads it, and clothes decide
#: what its outline looks like.
LEAST_LEAN_DEG = 30.0
#: How long before the load leaves the floor the back is looked at, seconds.
BEFORE_LIFT_S = 0.4
#: From this many reps on a take tells how much its reps differ, and the least they differ by in truth (degrees).
LEAST_FOR_A_SET, LEAST_BETWEEN_DEG = 3, 5.0


def measured_flexion(lift: Shot, rep: Rep) -> SpinalFlexion | None:
    """The signs of a rounded back at the bottom of a rep; None where the back is not seen or the trunk hardly leans."""
    motion = lift.motion
    if motion.spine is None or not leans(lift, rep):
        return None
    _, bottom = hinge_moments(motion.trunk.values, motion.times, *_hinge(rep))
    found = spinal_flexion(motion.spine, bottom)
    return found if np.isfinite(found.value) else None


def flexion_in_set(lift: Shot, rep: Rep) -> SpinalFlexion | None:
    """The spinal flexion of a rep with what the take's other reps tell of it.

    Where reps differ by no more than the outline's own error (a hoodie seen on few stations), their mean says more about
    each than its own outline does; where one rep truly differs, its own outline counts.
    """
    own = measured_flexion(lift, rep)
    found = [one for one in (measured_flexion(lift, other) for other in lift.reps) if one is not None]
    if own is None or len(found) < LEAST_FOR_A_SET:
        return own
    values = np.array([one.value for one in found])
    noise = float(np.mean([one.scatter_sd**2 for one in found]))
    between = max(float(np.var(values, ddof=1)) - noise, LEAST_BETWEEN_DEG**2)
    weight = between / (between + own.scatter_sd**2)
    value = weight * own.value + (1 - weight) * float(values.mean())
    left = np.sqrt(weight * own.scatter_sd**2 + (1 - weight) ** 2 * noise / len(found))
    return replace(own, value=value, scatter_sd=float(left))


def _hinge(rep: Rep) -> tuple[float, float]:
    """From when to when the back carries the load: of a lift from the floor, not while it is set down again."""
    return (rep.start_s, rep.end_s) if rep.first == "eccentric" else (rep.start_s - BEFORE_LIFT_S, rep.turn_end_s)


#: Of a set judged on keypoints that another tool found.
NO_OUTLINE = "the keypoints came without an outline of the body"


def leans(lift: Shot, rep: Rep) -> bool:
    """Whether the trunk goes down far enough in this rep for its outline to tell anything."""
    lean = lift.motion.trunk.values[rep.during(lift.motion.times)]
    known = lean[np.isfinite(lean)]
    return len(known) > 0 and float(np.percentile(known, 95)) >= LEAST_LEAN_DEG


def judge_spinal_flexion(lift: Shot, rep: Rep, limits: dict[str, Limit]) -> Observation | NotAssessable:
    """The bend of the back at the bottom, as it was learned from outlines of lifters whose bend is known."""
    if not leans(lift, rep):
        return NotAssessable("you hardly lean in this rep, so the outline says nothing about your back", "nothing_to_compare")
    if lift.motion.spine is None:
        return NotAssessable(NO_OUTLINE, "no_outline")
    found = flexion_in_set(lift, rep)
    if found is None:
        return NotAssessable(
            "the outline of your back is hidden at the bottom, perhaps by a plate, an arm or loose clothes",
            "outline_hidden",
        )
    limit = limits["back_rounding"]
    return Observation(
        Quantity(found.value, "deg", found.sd, rep.bottom_s), limit, "above",
        f"your back is bent by {degrees(found.value, limit.value)} at the bottom; {accepted(limit, 'above')}",
        confidence=found.confidence(limit.value),
    )  # fmt: skip


SPINAL_FLEXION = Rule(
    "back_rounding", "Back rounds",
    "The back is bent forward at the bottom, read from its outline and not from the trunk's lean.",
    "Keep your chest proud and stop where your back would round.", judge_spinal_flexion,
    regions=("upper_back", "lower_back"),
)  # fmt: skip
