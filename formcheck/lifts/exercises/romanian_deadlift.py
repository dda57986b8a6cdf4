"""Romanian deadlift and other hinges: good morning, stiff-legged and floor deadlifts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from formcheck.lifts.exercise import (
    LEAST_COVERAGE,
    Arc,
    Exercise,
    Focus,
    NotAssessable,
    Observation,
    Prescription,
    Rule,
    Shot,
    accepted,
    against,
    average,
    both_legs,
    degrees,
    if_cleared,
    leaning,
    observed_at_turn,
    trunk_lean,
)
from formcheck.lifts.limits import Limit
from formcheck.lifts.posture import (
    Posture,
    arms_hang,
    bows,
    feet_split,
    front_side,
    hands_are_empty,
    hinge_on_one_leg,
    hinge_on_two_legs,
    share,
    stands,
    swings_up,
)
from formcheck.lifts.reps import RepSignal
from formcheck.lifts.rules import SPINAL_FLEXION, short_of_set
from formcheck.motion.body import VISIBLE
from formcheck.motion.motion import Motion
from formcheck.pose.geometry import known_median
from formcheck.pose.skeleton import SIDES, Side
from formcheck.results.load import bar_drift as measured_drift
from formcheck.results.load import distance_at_top, picture_moves
from formcheck.results.load import overdepth as measured_overdepth
from formcheck.results.quantity import Quantity
from formcheck.results.rep import Phase, Rep

Limits = dict[str, Limit]

#: A load on the floor is reached with the hands below this height above the ankle (leg lengths; the knee is at about 0.5)
#: and the knees bent further than in a hinge (degrees). The handle of a kettlebell, held with both hands together, is the
#: higher one: wrists at 0.31 to 0.47 in labelled clips, at 0.09 to 0.26 with a barbell. Squatted hinges reach 0.33 to 0.5.
FLOOR_HANDS, FLOOR_KETTLEBELL = 0.33, 0.47
FLOOR_KNEE_DEG = 130.0
#: Knees that bend further than this lift from the floor: labelled deadlifts bend them to 64 to 109 degrees at the bottom,
#: Romanian ones that go too low with bent knees to 119.
SURELY_FROM_FLOOR_DEG = 110.0
#: Wrists closer together than this hold one weight at the bottom, leg lengths: 0.09 to 0.2 in labelled kettlebell deadlifts,
#: 0.26 to 0.53 in made-up hinges.
ONE_WEIGHT = 0.24
#: With the ankles further apart than this fore and aft, one leg is behind the other, leg lengths.
STRIDE = 0.35
#: From this score on the load comes from the floor.
CLAIMED = 0.5
#: A plate whose lower edge stays this far above the heels does not reach the floor, leg lengths.
OFF_FLOOR = 0.12

#: Hands that stand in for the bar come forward in good reps too, by unit: by `BESIDE` at most if they hang beside the thigh at
#: the top, and not at all if they are as far `IN_FRONT` of it as with a bar (made-up lifters, plates of labelled clips).
#: Wrists bend, which may be `WRIST` more.
#: A load that seems to move further away than `FARTHEST` is not believed: hands that hang are no further in front than the
#: shoulders, and those no further from the hips than a trunk's length (about half a metre).
BESIDE, IN_FRONT, WRIST = {"m": 0.08, "trunk": 0.16}, {"m": 0.14, "trunk": 0.26}, {"m": 0.02, "trunk": 0.04}
FARTHEST = {"m": 0.6, "trunk": 1.2}

#: Least way of the hips back, degrees about the foot, with which a rep is called too deep: where they go less, made-up hinges
#: that end in time read up to 45 degrees (scripts/studio, seed 8600, train pool).
LEAST_HIP_TRAVEL_DEG = 6.0

FLOOR = {"deadlift": "this rule is not meant for deadlifts from the floor"}
SHOULDERED = {"good_morning": "this rule is not meant for good mornings"}


def bar_drift(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The bar's greatest distance from the leg, relative to that at the top of the same rep."""
    bar, side = lift.motion.bar, lift.working[rep.index]
    seen = measured_drift(lift.motion, rep, side)
    moved = seen or measured_drift(lift.motion, rep, side, placed=True)
    if bar is None or moved is None:
        return NotAssessable("the weight could not be followed all through this rep", "load_not_seen")
    limit = limits["bar_drift" if moved.unit == "m" else "bar_drift_trunk"]
    if bar.source != "plate":
        if not arms_hang(lift.motion, rep):
            return NotAssessable("no plate could be followed, and your arms don't hang straight down", "load_not_seen")
        limit = replace(limit, value=limit.value + _hands_come_forward(lift, rep, moved.unit))
    if moved.value > FARTHEST[moved.unit]:
        return NotAssessable("hands or legs must be misplaced in this rep", "too_unsure")
    if moved.unit == "m":
        amount, most = f"{against(100 * moved.value, round(100 * limit.value, 1))} cm", f"{100 * limit.value:.0f} cm"
    else:
        amount = f"{against(100 * moved.value, round(100 * limit.value, 1))} % of your trunk's length"
        most = f"{100 * limit.value:.0f}"
    what = "the bar moves" if bar.source == "plate" else "your hands move"
    found = Observation(
        moved, limit, "above", f"{what} {amount} forward, away from your legs; {most} or less is fine"
    )
    if seen is not None:
        return found
    return if_cleared(found, NotAssessable("your leg is hidden, so the bar's distance to it is not known", "hidden"))


def _hands_come_forward(lift: Shot, rep: Rep, unit: str) -> float:
    """How far hands come forward between the top and the bottom of a good rep."""
    lacking = IN_FRONT[unit] - distance_at_top(lift.motion, rep, lift.working[rep.index])
    return WRIST[unit] + float(np.nan_to_num(np.clip(lacking, 0.0, BESIDE[unit]), nan=BESIDE[unit]))


def overdepth(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """How far the trunk goes down after the hips have stopped moving back."""
    if picture_moves(lift.motion, rep):
        return NotAssessable(
            "the camera moves in this rep, which hides where your hips stop", "too_unsure"
        )
    found = measured_overdepth(lift.motion, rep)
    if found is None:
        return NotAssessable("your hips or shoulders can't be seen well enough on the way back in this rep", "hidden")
    further, limit = found.further, limits["overdepth"]
    if found.travel_deg < LEAST_HIP_TRAVEL_DEG and further.value + further.sd > limit.value:
        return NotAssessable("your hips hardly go back in this rep, so where they stop can't be seen", "nothing_to_compare")
    # Behind a plate the shoulders may only seem to go on, so an accusation needs more. Passes do not: the trunk's stated error
    # is often too large, and ten plain reps of a labelled clip could not be judged with it.
    sd = np.hypot(further.sd, found.trunk_sd) if further.value > limit.value else further.sd
    return Observation(
        Quantity(further.value, "deg", float(sd), found.extreme_s), limit, "above",
        f"your trunk goes down another {degrees(further.value, limit.value)} after your hips stop;"
        f" {accepted(limit, 'above')}",
    )  # fmt: skip


def knees_bend_too_much(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The knees bend like in a squat, judged by the knee angle at the bottom, or from the floor by an upright trunk."""
    times = lift.motion.times
    if lift.variant == "deadlift":
        return squatted_from_floor(lift, rep, limits)
    return observed_at_turn(
        rep, times, lift.leg(rep).knee, limits["knees_bend_too_much"], "below",
        hidden="the knee is hidden at the bottom",
        message="your knees bend to {degrees} at the bottom, more a squat than a hinge; straight is 180, and {accepted}",
        placed=True,
    )  # fmt: skip


def squatted_from_floor(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The trunk is upright at the bottom, so the load is squatted up from the floor."""
    trunk = average(lift.motion.trunk, rep.at_bottom(lift.motion.times))
    if trunk.coverage < LEAST_COVERAGE:
        return NotAssessable("the trunk is hidden at the bottom", "hidden")
    limit = limits["squatted_from_floor"]
    return Observation(
        replace(trunk, time_s=rep.bottom_s), limit, "below",
        f"your trunk {leaning(trunk.value, limit.value, 'only ')} at the bottom, so you lift the weight like a squat;"
        f" {accepted(limit, 'below')}",
    )  # fmt: skip


def knees_locked(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """Straight-legged at the bottom."""
    return observed_at_turn(
        rep, lift.motion.times, lift.leg(rep).knee, limits["knees_locked"], "above",
        hidden="the knee is hidden at the bottom",
        message="your knees are at {degrees} at the bottom; straight is 180, and {accepted}",
    )  # fmt: skip


def rushed_lowering(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The eccentric phase is shorter than in the programme."""
    if not np.isfinite(rep.eccentric_s):
        return NotAssessable("the clip does not show the lowering of this rep", "cut_off")
    limit = limits["rushed_lowering"]
    return Observation(
        Quantity(rep.eccentric_s, "s", 0.15, rep.start_s), limit, "below",
        f"you lowered in {rep.eccentric_s:.1f} s; the programme asks for 3, and {accepted(limit, 'below')}",
    )  # fmt: skip


class RomanianDeadlift(Exercise):
    name, title, family = "romanian_deadlift", "Romanian deadlift", "romanian_deadlift"
    noun = "Romanian deadlift"
    aliases: tuple[str, ...] = ("rdl", "romanian", "good_morning", "stiff_legged_deadlift", "hinge")
    load = "hands"
    variant_titles = MappingProxyType({"single_leg": "Single-leg Romanian deadlift"})
    focus = Focus(
        "hip",
        "Hip angle",
        (Arc("hip"), Arc("knee", inside=True)),
        (),
        "Hips travel back, the weight stays close, the back keeps its shape.",
        hands_carry=True,
    )
    core: tuple[str, ...] = ("bar_drift", "overdepth", "back_rounding", "knees_bend_too_much")
    programme: Prescription | None = Prescription(
        3, (10, 12), "The programme that formcheck follows: 3 sets of 10 to 12, three seconds down, one up.",
        eccentric_s=3, concentric_s=1,
    )  # fmt: skip
    hands_go_down = True
    least_range = 22.0
    rules: tuple[Rule, ...] = (
        Rule(
            "bar_drift", "Load drifts forward",
            "The weight moves forward, away from the legs, compared with the top of the same rep.",
            "Keep the weight close to your legs all the way.", bar_drift, limits=("bar_drift", "bar_drift_trunk"),
            skips={**FLOOR, **SHOULDERED},
            regions=("bar",),
        ),
        Rule(
            "overdepth", "Too deep",
            "The trunk keeps going down after the hips have stopped moving back.",
            "Stop when your hips stop moving back.", overdepth, skips=FLOOR,
            regions=("trunk",),
        ),
        SPINAL_FLEXION,
        Rule(
            "knees_bend_too_much", "Knees bend too much",
            "The knees bend so far that the hinge becomes a squat.",
            "Push your hips back and keep your shins still.", knees_bend_too_much,
            limits=("knees_bend_too_much", "squatted_from_floor"),
            regions=("knee",),
            place="bottom",
        ),
        Rule(
            "knees_locked", "Knees locked",
            "The legs are straight at the bottom.",
            "Keep a soft bend in your knees.", knees_locked,
            skips={**FLOOR, **SHOULDERED},
            regions=("knee",),
            place="bottom",
        ),
        Rule(
            "short_range", "Cut short",
            "The rep falls well short of the lifter's others.",
            "Push your hips all the way back in every rep.", short_of_set, limits=("short_of_set",), needs_side_view=False,
            regions=("hip",),
        ),
        Rule(
            "rushed_lowering", "Rushed lowering",
            "The way down is faster than the programme asks.",
            "Three seconds down, one second up.", rushed_lowering, skips=FLOOR,
            informational=True, needs_side_view=False,
        ),
    )  # fmt: skip

    def rep_signal(self, motion: Motion) -> RepSignal:
        # The lean of the trunk is seen even if plates hide the knee; the hip angle changes even if the load is squatted up.
        hip, lean = both_legs(motion, "hip"), 180 - np.abs(trunk_lean(motion))
        return RepSignal(np.where(np.isfinite(hip), (hip + lean) / 2, lean), noise=14.0, first="eccentric")

    def position(self, top: Posture, bottom: Posture) -> float:
        return stands(top, bottom)

    def lowers(self, top: Posture, bottom: Posture) -> float:
        return bows(top, bottom)

    def likeness(self, top: Posture, bottom: Posture) -> float:
        """The hips go back rather than down, on one or two legs."""
        split = feet_split(top, bottom)
        lifted = bows(top, bottom) * (1 - swings_up(top, bottom))
        return lifted * (split * hinge_on_one_leg(top, bottom) + (1 - split) * hinge_on_two_legs(top, bottom))

    def working_side(self, motion: Motion, rep: Rep) -> Side:
        """The leg in front, if the other one stands or swings far behind it; else the near one."""
        near = motion.body.view.side
        return front_side(motion, rep.at_bottom(motion.times), STRIDE) if _feet_seen([motion], [(rep,)]) else near

    def variant(self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture) -> str:
        if from_floor(motions, reps, bottom) >= CLAIMED:
            return "deadlift"
        return self.named_variant(motions, reps, top, bottom)

    def named_variant(
        self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture
    ) -> str:
        """Never "deadlift": a Romanian deadlift that goes down to the floor is a fault.

        In a good morning the hands carry nothing, or hold what lies on the shoulders.
        """
        if (top.hands_to_shoulder < 0.35 and bottom.hands_to_shoulder < 0.35) or hands_are_empty(bottom):
            return "good_morning"
        if bottom.ankle_gap > STRIDE and _feet_seen(motions, reps):
            return "single_leg"
        return "romanian_deadlift"

    def first_phase(self, variant: str) -> Phase:
        return "concentric" if variant == "deadlift" else "eccentric"


def _feet_seen(motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]]) -> bool:
    """Whether both ankles are seen at the bottom of the reps, and not guessed behind a plate."""
    bottoms = [(motion, rep.at_bottom(motion.times)) for motion, found in zip(motions, reps, strict=True) for rep in found]
    seen = [np.concatenate([motion.body.visible(side, "ankle")[rows] for motion, rows in bottoms]) for side in SIDES]
    return all(np.mean(one >= VISIBLE) >= LEAST_COVERAGE for one in seen)


def from_floor(motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], bottom: Posture) -> float:
    """Score for a load from the floor, 0-1: hands well below the knees, knees bent like in a squat, feet side by side, and no
    plate that stays off the floor.

    A plate on the floor hides the feet, above which the hands are measured. So with one, and knees bent further than in any
    hinge, the hands may be as high as on a kettlebell.
    """
    plate_up = _plate_over_floor(motions, reps)
    if plate_up > OFF_FLOOR:
        return 0.0
    behind_plate = plate_up <= OFF_FLOOR and bottom.knee <= SURELY_FROM_FLOOR_DEG
    reach = FLOOR_HANDS if _hands_apart(motions, reps) > ONE_WEIGHT and not behind_plate else FLOOR_KETTLEBELL
    low = min(share(bottom.hands_up, reach, -0.04), share(bottom.knee, FLOOR_KNEE_DEG, -6))
    return low * (1 - share(bottom.ankle_gap, STRIDE, 0.02) if _feet_seen(motions, reps) else 1.0)


def _plate_over_floor(motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]]) -> float:
    """Height of the plate's lower edge above the heels at the bottom, leg lengths, median of the reps; NaN without a plate."""
    gaps = [plate_over_floor(motion, rep) for motion, found in zip(motions, reps, strict=True) for rep in found]
    known = [gap for gap in gaps if np.isfinite(gap)]
    return float(np.median(known)) if known else float("nan")


def _hands_apart(motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]]) -> float:
    """Distance between the wrists at the bottom, leg lengths, in the closer ones of the reps; NaN if not known.

    From the side it is the pose model's depth; an oblique camera sees it.
    """
    found = []
    for motion, own in zip(motions, reps, strict=True):
        view = motion.body.view
        if view.side_on:
            apart = np.full(len(motion.times), np.nan) if motion.posture_3d is None else motion.posture_3d.hands_apart
        else:
            across = np.abs(motion.body.near("wrist")[:, 0] - motion.body.far("wrist")[:, 0])
            apart = across / motion.body.leg_length / np.sin(np.radians(abs(view.yaw_deg)))
        found += [float(known_median(apart[rep.at_bottom(motion.times)])) for rep in own]
    known = [value for value in found if np.isfinite(value)]
    return float(np.percentile(known, 25)) if known else float("nan")


def plate_over_floor(motion: Motion, rep: Rep) -> float:
    """Height of the plate's lower edge above the heels at the bottom of a rep, leg lengths; NaN without a plate."""
    if motion.bar is None or motion.bar.source != "plate":
        return float("nan")
    lower_edge = motion.bar.center[:, 1] + motion.bar.radius
    gap = ((motion.body.near("heel")[:, 1] - lower_edge) / motion.body.leg_length)[rep.at_bottom(motion.times)]
    return float(np.nanmedian(gap)) if np.isfinite(gap).any() else float("nan")


EXERCISES = (RomanianDeadlift(),)
