"""Rules shared by exercises: reps shorter than the lifter's others, and spinal flexion."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formcheck.lifts.counting import load_travel
from formcheck.lifts.exercise import NotAssessable, Observation, Rule, Shot, accepted, against, degrees
from formcheck.lifts.limits import Limit
from formcheck.motion.spine.flexion import SpinalFlexion, hinge_moments, spinal_flexion
from formcheck.results.quantity import Quantity
from formcheck.results.rep import Rep

#: Error of a rep's range relative to the set's typical one, percent: ranges scatter by 2 to 4 in rendered sets of equal reps.
RANGE_SD = 5.0
#: A rep this close to the start or end of its shot may be cut off, and so may a turn after less than this of a phase, seconds.
EDGE_S = 0.2


def short_of_set(lift: Shot, rep: Rep, limits: dict[str, Limit]) -> Observation | NotAssessable:
    """Range of a rep in percent of the set's typical one.

    The larger of both phases counts, since the first and last rep may begin or end half-way. If a plate is followed, its
    travel must be short too.
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
        f"this rep covers {against(share, limit.value)} % of the range of your others; {accepted(limit, 'below')}",
    )  # fmt: skip


def _turn_is_seen(rep: Rep) -> bool:
    """Whether the movement towards the turning point and back from it is seen."""
    going, returning = rep.turn_start_s - rep.start_s, rep.end_s - rep.turn_end_s
    return not (rep.cut_start and going < EDGE_S) and not (rep.cut_end and returning < EDGE_S)


def worse_of(main: Observation | NotAssessable, other: Observation | NotAssessable) -> Observation | NotAssessable:
    """The observation that is wrong with more certainty; else `main`, so that not assessable never counts as a pass."""
    if isinstance(other, NotAssessable):
        return main
    if isinstance(main, NotAssessable):
        return other if other.beyond > 0 else main
    return other if other.beyond > 0 and other.certainty > (main.certainty if main.beyond > 0 else 0) else main


# Spinal flexion in hinges and squats, from the outline of the back rather than the lean of the trunk.

#: Least lean of the trunk in a rep for its outline to say anything, degrees from vertical.
LEAST_LEAN_DEG = 30.0
#: The back is observed from this long before the load leaves the floor, seconds.
BEFORE_LIFT_S = 0.4
#: Reps needed to estimate how much reps of a shot differ, and the least true difference (degrees).
LEAST_FOR_A_SET, LEAST_BETWEEN_DEG = 3, 5.0


def measured_flexion(lift: Shot, rep: Rep) -> SpinalFlexion | None:
    """Spinal flexion at the bottom of a rep; None if the back is not seen or the trunk hardly leans."""
    motion = lift.motion
    if motion.spine is None or not leans(lift, rep):
        return None
    _, bottom = hinge_moments(motion.trunk.values, motion.times, *_hinge(rep))
    found = spinal_flexion(motion.spine, bottom)
    return found if np.isfinite(found.value) else None


def flexion_in_set(lift: Shot, rep: Rep) -> SpinalFlexion | None:
    """Spinal flexion of a rep, shrunk towards the mean of the shot's reps.

    The less the reps differ beyond the outline's own error, the more their mean counts.
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
    """Start and end of the time in which the back carries the load, seconds; in a lift from the floor, the way up only."""
    return (rep.start_s, rep.end_s) if rep.first == "eccentric" else (rep.start_s - BEFORE_LIFT_S, rep.turn_end_s)


#: Reason for keypoints imported from another tool.
NO_OUTLINE = "the keypoints came without an outline of the body"


def leans(lift: Shot, rep: Rep) -> bool:
    """Whether the trunk leans far enough in the rep for its outline to say anything."""
    lean = lift.motion.trunk.values[rep.during(lift.motion.times)]
    known = lean[np.isfinite(lean)]
    return len(known) > 0 and float(np.percentile(known, 95)) >= LEAST_LEAN_DEG


def judge_spinal_flexion(lift: Shot, rep: Rep, limits: dict[str, Limit]) -> Observation | NotAssessable:
    """Spinal flexion at the bottom against its limit."""
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
        f"your back rounds by {degrees(found.value, limit.value)} at the bottom; {accepted(limit, 'above')}",
        confidence=found.confidence(limit.value),
    )  # fmt: skip


SPINAL_FLEXION = Rule(
    "back_rounding", "Back rounds",
    "The back rounds at the bottom. That is read from the back itself, not from how far the trunk leans.",
    "Keep your chest proud and stop before your back rounds.", judge_spinal_flexion,
    regions=("upper_back", "lower_back"),
)  # fmt: skip


#: Greatest confidence of a rounded back where its bend was not learned: possible, but never a fault.
ROUNDED_AT_MOST = 0.7


def judge_unsure_flexion(lift: Shot, rep: Rep, limits: dict[str, Limit]) -> Observation | NotAssessable:
    """Spinal flexion at the bottom, at most borderline."""
    found = judge_spinal_flexion(lift, rep, limits)
    return found if isinstance(found, NotAssessable) else replace(found, confidence=min(found.certainty, ROUNDED_AT_MOST))


UNSURE_FLEXION = replace(SPINAL_FLEXION, judge=judge_unsure_flexion)
