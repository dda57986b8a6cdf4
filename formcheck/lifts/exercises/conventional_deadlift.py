"""Conventional deadlift: the load comes from the floor, so every rep begins with the lift."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from formcheck.lifts.exercise import (
    LEAST_COVERAGE,
    Arc,
    Focus,
    NotAssessable,
    Observation,
    Prescription,
    Rule,
    Shot,
    accepted,
    average,
    degrees,
)
from formcheck.lifts.exercises.romanian_deadlift import (
    OFF_FLOOR,
    SURELY_FROM_FLOOR_DEG,
    RomanianDeadlift,
    bar_drift,
    from_floor,
    plate_over_floor,
    squatted_from_floor,
)
from formcheck.lifts.limits import Limit
from formcheck.lifts.posture import Posture
from formcheck.lifts.reps import RepSignal
from formcheck.lifts.rules import SPINAL_FLEXION, short_of_set
from formcheck.motion.body import VISIBLE
from formcheck.motion.motion import Motion
from formcheck.results.quantity import Quantity
from formcheck.results.rep import Phase, Rep

Limits = dict[str, Limit]

#: The trunk's lean at the beginning of the lift is averaged over this time, seconds.
BEGINNING_S = 0.2
#: Longest time for which the hips rise alone, seconds.
BEFORE_S = 1.0
#: The hips have begun to rise at this share of their travel; less is noise.
RISEN = 0.08
#: Fewest frames in which a movement can be measured.
LEAST_FRAMES = 5
#: Short of lockout, the thigh leans back about as much as the trunk leans forward: in eight labelled deadlifts whose trunk
#: leans 4 to 24 degrees at the top and whose hip is seen there, by 0.5 to 1.4 of it.
THIGH_TOO = 2.0
#: Error of the difference of two trunk angles as a share of that of one: most of the error is the same in both.
OWN_ERROR = 0.5

_OF_HINGE = {rule.id: rule for rule in RomanianDeadlift.rules}


def lockout(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """At the top the hip is nearly straight.

    Plates may hide hip and knee there, so an upright trunk counts too; a fault needs both. Where the hip is hidden, the thigh
    is taken to lean as much as the trunk, as it must for balance.
    """
    hip, trunk = lift.motion.near.hip, lift.motion.trunk
    top = rep.at_top(lift.motion.times)
    hip_at_top, trunk_at_top = average(hip, top), average(trunk, top)
    if trunk_at_top.coverage < LEAST_COVERAGE:
        return NotAssessable("hip or trunk is hidden at the top", "hidden")
    both = hip_at_top.coverage >= LEAST_COVERAGE
    upright = 180 - (1 if both else THIGH_TOO) * np.maximum(trunk.values, 0.0)
    rows = rep.during(lift.motion.times) & trunk.known & (hip.known | (not both))
    straightest = (np.maximum(hip.values, upright) if both else upright)[rows]
    # A moment counts as lockout: the straightest twentieth of the rep.
    sd = hip_at_top.sd if both else trunk_at_top.sd
    reached = Quantity(float(np.percentile(straightest, 95)), "deg", sd, rep.turn_s)
    if not both and reached.value < limits["lockout"].value:
        return NotAssessable("the hip is hidden at the top", "hidden")
    if rep.cut_end and reached.value < limits["lockout"].value:
        return NotAssessable("the clip may not show the top of this rep", "cut_off")
    limit = limits["lockout"]
    return Observation(
        reached, limit, "below",
        f"your hips stop at {degrees(reached.value, limit.value)} at the top; straight is 180, and {accepted(limit, 'below')}",
    )  # fmt: skip


def hips_shoot_up(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The hips rise before the chest: the trunk leans further after the hips have begun to rise.

    Hips that rise alone do so before the counted lift, which begins when hip and trunk open together.
    """
    times, trunk, body = lift.motion.times, lift.motion.trunk, lift.motion.body
    begin, end = rep.concentric
    earlier = [other.end_s for other in lift.reps if other.end_s <= begin]
    from_s = max([begin - BEFORE_S, *earlier])
    rows = np.flatnonzero((times >= from_s) & (times <= end) & trunk.known & (body.visible(body.view.side, "hip") >= VISIBLE))
    if len(rows) < LEAST_COVERAGE * np.sum((times >= from_s) & (times <= end)) or len(rows) < LEAST_FRAMES:
        return NotAssessable("hip and trunk are hidden while the load is lifted", "hidden")
    height = -body.near("hip")[rows, 1]
    lowest = float(np.percentile(height, 5))
    risen = np.flatnonzero(height <= lowest + RISEN * (height.max() - lowest))[-1]
    if times[rows[risen]] - times[0] < BEGINNING_S:
        return NotAssessable("the clip does not show how this lift begins", "cut_off")
    first = average(trunk, np.abs(times - times[rows[risen]]) <= BEGINNING_S / 2)
    # Ignore single-frame spikes.
    deepest = float(np.percentile(trunk.values[rows[risen:]], 90))
    further = Quantity(deepest - first.value, "deg", OWN_ERROR * first.sd, float(times[rows[risen]]))
    limit = limits["hips_shoot_up"]
    return Observation(
        further, limit, "above",
        f"your hips rise first, and your chest sinks another {degrees(further.value, limit.value)};"
        f" {accepted(limit, 'above')}",
    )  # fmt: skip


def bar_leaves_legs(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """As in every hinge, but only with a plate, since hands reach around the knees on the way to the floor."""
    bar = lift.motion.bar
    if bar is None or bar.source != "plate":
        return NotAssessable("from the floor this is judged by the plate, and none could be followed", "load_not_seen")
    return bar_drift(lift, rep, limits)


def squatted_up(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """Squatting the load up keeps the trunk upright.

    A Romanian deadlift that goes too low with bent knees looks like a lift from the floor. So bent knees pass only if the user
    named the exercise, a plate is seen on the floor, or they bend further than in any hinge.
    """
    found = squatted_from_floor(lift, rep, limits)
    if isinstance(found, NotAssessable) or found.beyond > 0 or lift.named or plate_over_floor(lift.motion, rep) <= OFF_FLOOR:
        return found
    knees = [average(lift.leg(one).knee, one.at_bottom(lift.motion.times)) for one in (rep, *lift.reps)]
    known = [knee.value for knee in knees if knee.coverage >= LEAST_COVERAGE]
    straight = knees[0].coverage >= LEAST_COVERAGE and knees[0].value >= limits["knees_bend_too_much"].value
    if straight or (known and float(np.median(known)) <= SURELY_FROM_FLOOR_DEG):
        return found
    return NotAssessable(
        "the clip doesn't show whether the load comes from the floor; name the exercise to have this judged",
        "exercise_unsure",
    )


class ConventionalDeadlift(RomanianDeadlift):
    name, title, kind_of = "conventional_deadlift", "Conventional deadlift", "romanian_deadlift"
    noun = "conventional deadlift"
    aliases = ("deadlift", "barbell_deadlift", "kettlebell_deadlift", "trap_bar_deadlift", "dl")
    programme = Prescription(3, (5, 8), "The programme names no deadlift; 3 sets of 5 to 8 are an engineering choice.")
    variant_titles = MappingProxyType({})
    focus = Focus(
        "hip",
        "Hip angle",
        (Arc("hip"), Arc("knee", inside=True)),
        (),
        "Hips and chest rise together, the weight stays close, stand tall at the top.",
        hands_carry=True,
    )
    core = ("back_rounding", "lockout", "knees_bend_too_much")
    rules = (
        replace(SPINAL_FLEXION, cue="Set your back flat before you pull, and keep it flat all the way up."),
        Rule(
            "lockout", "No lockout",
            "At the top the hips stop short of the line from shoulder to knee.",
            "Finish tall: squeeze your glutes until hips and knees are straight.", lockout,
            regions=("hip",),
            place="top",
        ),
        Rule(
            "hips_shoot_up", "Hips shoot up first",
            "The hips rise first and the chest sinks, instead of both rising together.",
            "Push the floor away and let your chest rise with your hips.", hips_shoot_up,
            regions=("hip", "trunk"),
        ),
        Rule(
            "knees_bend_too_much", "Too much like a squat",
            "At the bottom the trunk is so upright that the lift becomes a squat.",
            "Push your hips back until your shoulders are over the weight.", squatted_up,
            limits=("squatted_from_floor", "knees_bend_too_much"),
            regions=("trunk",),
        ),
        replace(_OF_HINGE["bar_drift"], judge=bar_leaves_legs, skips=None),
        Rule(
            "short_range", "Cut short",
            "The rep falls well short of the lifter's others.",
            "Take every rep from the floor to standing tall.", short_of_set,
            limits=("short_of_set",), needs_side_view=False,
            regions=("hip",),
        ),
    )  # fmt: skip

    def rep_signal(self, motion: Motion) -> RepSignal:
        return replace(super().rep_signal(motion), first="concentric")

    def claim(self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture) -> float:
        return from_floor(motions, reps, bottom)

    def variant(self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture) -> str:
        return self.name

    def first_phase(self, variant: str) -> Phase:
        return "concentric"


EXERCISES = (ConventionalDeadlift(),)
