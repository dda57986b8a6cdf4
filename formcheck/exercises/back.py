"""The rule that hinges and squats share: a back that rounds, seen on the body's outline and not in the trunk's lean."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formcheck.exercises.base import FilmedSet, NotSeen, Observation, Rule
from formcheck.exercises.limits import Limit
from formcheck.quantity import Quantity
from formcheck.reps import Rep
from formcheck.spine import SpinalFlexion, hinge_moments, spinal_flexion

#: A trunk that never leans this far in a rep (degrees from vertical) is not loaded as a hinge loads it, and clothes decide
#: what its outline looks like.
LEAST_LEAN_DEG = 30.0
#: How long before the load leaves the floor the back is looked at, seconds.
BEFORE_LIFT_S = 0.4
#: From this many reps on a take tells how much its reps differ, and the least they differ by in truth (degrees).
LEAST_FOR_A_SET, LEAST_BETWEEN_DEG = 3, 5.0


def measured_flexion(lift: FilmedSet, rep: Rep) -> SpinalFlexion | None:
    """The signs of a rounded back at the bottom of a rep; None where the back is not seen or the trunk hardly leans."""
    motion = lift.motion
    if motion.spine is None or not leans(lift, rep):
        return None
    upright, bottom = hinge_moments(motion.trunk.values, motion.times, *_hinge(rep))
    found = spinal_flexion(motion.spine, upright, bottom)
    return found if np.isfinite(found.value) else None


def flexion_in_set(lift: FilmedSet, rep: Rep) -> SpinalFlexion | None:
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


def leans(lift: FilmedSet, rep: Rep) -> bool:
    """Whether the trunk goes down far enough in this rep for its outline to tell anything."""
    lean = lift.motion.trunk.values[rep.during(lift.motion.times)]
    known = lean[np.isfinite(lean)]
    return len(known) > 0 and float(np.percentile(known, 95)) >= LEAST_LEAN_DEG


def judge_spinal_flexion(lift: FilmedSet, rep: Rep, limits: dict[str, Limit]) -> Observation | NotSeen:
    """The outward bend of the back at the bottom, less what it already has when the same rep's trunk is upright."""
    if not leans(lift, rep):
        return NotSeen("the trunk hardly leans in this rep, so that its outline tells nothing", "nothing_to_compare")
    if lift.motion.spine is None:
        return NotSeen(NO_OUTLINE, "no_outline")
    found = flexion_in_set(lift, rep)
    if found is None:
        return NotSeen(
            "the back's outline is hidden at the bottom (arms, plate, hoodie or another person in front of it)",
            "outline_hidden",
        )
    limit = limits["back_rounding"]
    since = f", {found.change:+.0f} since upright" if np.isfinite(found.change) else ""
    return Observation(
        Quantity(found.value, "deg", found.sd, rep.bottom_s), limit, "above",
        f"the back rounds by {found.value:.0f} degrees at the bottom{since}",
        confidence=found.confidence(limit.value),
    )  # fmt: skip


SPINAL_FLEXION = Rule(
    "back_rounding", "Back rounds",
    "The outline of the back bends outwards at the bottom, compared with the same rep's upright position.",
    "Keep your chest proud and stop where your back would round.", judge_spinal_flexion,
    regions=("upper_back", "lower_back"),
)  # fmt: skip
