"""Hip thrust and glute bridge: the hips rise between a supported upper back and the feet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from formcheck.lifts.exercise import (
    LEAST_COVERAGE,
    Aim,
    Arc,
    Exercise,
    Focus,
    NotAssessable,
    Observation,
    Prescription,
    Rule,
    Shot,
    accepted,
    average,
    both_legs,
    degrees,
    if_cleared,
    observed_at_turn,
    seen_or_guessed,
)
from formcheck.lifts.limits import Limit
from formcheck.lifts.posture import Posture, lies, share
from formcheck.lifts.reps import RepSignal
from formcheck.lifts.rules import NO_OUTLINE, short_of_set, worse_of
from formcheck.motion.bar.bar import plate_cover
from formcheck.motion.motion import Motion
from formcheck.motion.spine.arch import ALONE_CLEARS, LEAST_VIEWS, Arch, arch, extension
from formcheck.pose.geometry import known_median
from formcheck.results.quantity import Quantity
from formcheck.results.rep import Phase, Rep

Limits = dict[str, Limit]

#: With an arch less likely than this, a rep that the network saw passes.
UNLIKELY = 0.35
#: From this probability on the signs of an arch alone would be a fault (`lifts.judge.SURE`).
SIGNS_SURE = 0.75
#: Where the plate covers more of the trunk, nobody sees the lower back: made-up backs arched by 24 to 36 degrees read 7 to 14.
#: In other made-up and rendered thrusts it covers 62 % at most.
MOST_COVERED = 0.8
#: A trunk that leans back further than this at the bottom (degrees from vertical) is on the floor and not against a bench.
FLOOR_TRUNK_DEG = -72.0


def short_range(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """Lockout is not reached, or the rep is short of the lifter's others."""
    return worse_of(_short_of_lockout(lift, rep, limits), short_of_set(lift, rep, limits))


def _short_of_lockout(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The hip angle at the top is nearly straight.

    Behind a plate the hip angle is off by up to ten degrees either way. If the outline of chest and thigh shows more extension
    it counts instead, so a fault needs both. Its error is at least that of the joints, since the plate covers chest and thigh
    too (148 to 161 degrees in two real barbell thrusts to full lockout).
    """
    motion, turn = lift.motion, rep.at_turn(lift.motion.times)
    hip, unseen = seen_or_guessed(motion.near.hip_signed, turn)
    hidden = NotAssessable("the hip is hidden at the top", "hidden")
    if hip.coverage < LEAST_COVERAGE:
        return hidden
    if motion.spine is not None and motion.spine.hip_line is not None:
        outline = average(motion.spine.hip_line, turn)
        if outline.coverage >= LEAST_COVERAGE and outline.value > hip.value:
            hip = replace(outline, sd=max(outline.sd, hip.sd))
    limit = limits["short_range"]
    found = Observation(
        Quantity(hip.value, "deg", hip.sd, rep.turn_s), limit, "below",
        f"your hips stop at {degrees(hip.value, limit.value)}; a straight line is 180, and {accepted(limit, 'below')}",
    )  # fmt: skip
    return if_cleared(found, hidden) if unseen else found


def shins_not_vertical(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The shin leans at the top, either way, if the feet are misplaced."""
    shin, unseen = seen_or_guessed(lift.motion.near.shin, rep.at_turn(lift.motion.times))
    hidden = NotAssessable("the shin is hidden at the top", "hidden")
    if shin.coverage < LEAST_COVERAGE:
        return hidden
    feet = "too far out" if shin.value < 0 else "too close to the hips"
    limit = limits["shins_not_vertical"]
    found = Observation(
        Quantity(abs(shin.value), "deg", shin.sd, rep.turn_s), limit, "above",
        f"your shins lean {degrees(abs(shin.value), limit.value)} at the top, with your feet {feet};"
        f" {accepted(limit, 'above')}",
    )  # fmt: skip
    return if_cleared(found, hidden) if unseen else found


def chin_not_tucked(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The head is behind the line of the trunk at the top.

    An arched lower back tilts that line against the chest: made-up heads in line read up to 30 degrees too far back then. So
    where an arch is more likely than not, the head may pass but is not accused.
    """
    found = observed_at_turn(
        rep, lift.motion.times, lift.motion.head, limits["chin_not_tucked"], "below",
        hidden="the head is hidden at the top", message="",
    )
    if isinstance(found, NotAssessable):
        return found
    value, limit = found.measured.value, found.limit
    where = "behind" if value < 0 else "in front of"
    text = f"at the top your head is {degrees(abs(value), limit.value)} {where} the line of your trunk"
    found = replace(found, message=f"{text}; {limit.value:g} or more in front is fine")
    arched = _arch(lift, rep)
    seen = arched is not None and arched.read is not None and not arched.too_unsure
    if arched is None or not seen or arched.confidence(limits["lumbar_arch"].value) <= 0.5:
        return found
    tilted = NotAssessable("your lower back arches, so your head can't be compared with your trunk", "too_unsure")
    return if_cleared(found, tilted)


def no_hold(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """The pause at the top is shorter than in the programme."""
    if rep.cut_end:
        return NotAssessable("the clip ends at the top of this rep", "cut_off")
    limit = limits["no_hold"]
    return Observation(
        Quantity(rep.pause_s, "s", 0.1, rep.turn_s), limit, "below",
        f"you held {rep.pause_s:.1f} s at the top; the programme asks for {limit.value:g}",
    )  # fmt: skip


def _behind_plate(motion: Motion, rep: Rep) -> float:
    """Share of the trunk, from shoulder to hip, that the near plate covers at the top; 0 without a plate."""
    plate, top = plate_cover(motion.bar), rep.at_turn(motion.times)
    if plate is None:
        return 0.0
    ends = (motion.body.near("shoulder"), motion.body.near("hip"), plate.center)
    shoulder, hip, center = (known_median(points[top]) for points in ends)
    along = shoulder + np.linspace(0, 1, 21)[:, None] * (hip - shoulder)
    return float(np.mean(np.linalg.norm(along - center, axis=1) < known_median(plate.radius[top])))


def _arch(lift: Shot, rep: Rep) -> Arch | None:
    """Evidence of an arch at the top of a rep; None without an outline."""
    motion, spine = lift.motion, lift.motion.spine
    if spine is None:
        return None
    times, hip = motion.times, motion.near.hip_signed
    flat = rep.at_start(times) & (motion.trunk.values < FLOOR_TRUNK_DEG)
    others = tuple(extension(spine, hip, other.at_turn(times)) for other in lift.reps if other.index != rep.index)
    return arch(spine, hip, flat, rep.at_turn(times), others)


def lumbar_arch(lift: Shot, rep: Rep, limits: Limits) -> Observation | NotAssessable:
    """At the top the trunk is extended past the straight line from chest to thigh by the lower back.

    One probability from what a network sees, joints, outline, the shape of the trunk's front and the lifter's other reps (see
    `formcheck.motion.spine.arch`). Without the network, as in older files, a single sign is never a fault, and a pass only if
    almost certain.
    """
    found = _arch(lift, rep)
    if found is None:
        return NotAssessable(NO_OUTLINE, "no_outline")
    hidden = NotAssessable("too little of chest, hip and thigh can be seen at the top", "outline_hidden")
    if found.too_unsure or _behind_plate(lift.motion, rep) > MOST_COVERED:
        return hidden
    limit = limits["lumbar_arch"]
    confidence = found.confidence(limit.value)
    value, sd, held_against = found.held_against(limit.value)
    if found.read is not None:
        # What the signs alone would call a fault is not cleared by the network: pictures may be unlike what it learned from.
        if (UNLIKELY if found.by_signs(limit.value) < SIGNS_SURE else 0.0) < confidence < 0.5:
            return NotAssessable("too close to call in this clip", "too_unsure")
        limit = replace(limit, value=held_against)
        message = (
            f"at the top your lower back arches {degrees(value, limit.value)} more than when you stand relaxed;"
            f" {accepted(limit, 'above')}"
        )
    else:
        alone = len(found.views) < LEAST_VIEWS and confidence > ALONE_CLEARS
        if not np.isfinite(value) or (alone and value <= limit.value + limit.borderline):
            return hidden
        signs = ", ".join(found.agreeing(limit.value))
        message = f"your lower back arches {degrees(value, limit.value)} past a straight line at the top (seen in: {signs})"
    return Observation(
        Quantity(value, "deg", sd, rep.turn_s), limit, "above", message, confidence=confidence
    )  # fmt: skip


RULES = (
    Rule(
        "lumbar_arch", "Lower back arches",
        "At the top the trunk goes past the line from shoulder to knee: the lower back arches where the hips should extend.",
        "Ribs down: finish with your glutes, not with your lower back.", lumbar_arch,
        regions=("lower_back",),
        place="top",
    ),
    Rule(
        "chin_not_tucked", "Head thrown back",
        "At the top the head is behind the line of the trunk instead of tucked forward.",
        "Tuck your chin and keep looking at your knees.", chin_not_tucked,
        regions=("head",),
        place="top",
        needs=("ear",),
    ),
    Rule(
        "shins_not_vertical", "Shins not vertical",
        "At the top the shins lean: the feet are too far out or too close.",
        "Move your feet so that your shins are vertical at the top.", shins_not_vertical,
        regions=("shin",),
        place="top",
    ),
    Rule(
        "short_range", "Not all the way up",
        "The hips stop below the line from shoulder to knee, or well below the lifter's other reps.",
        "Drive all the way up until shoulder, hip and knee are in one line.", short_range,
        limits=("short_range", "short_of_set"),
        regions=("hip",),
        place="top",
    ),
    Rule(
        "no_hold", "No hold at the top",
        "The pause at the top is shorter than the programme asks.",
        "Squeeze and hold two seconds at the top.", no_hold, informational=True, needs_side_view=False,
        regions=("hip",),
        place="top",
    ),
)  # fmt: skip


class _BridgeFamily(Exercise):
    family = "hip_thrust"
    rules = RULES
    core = ("lumbar_arch", "chin_not_tucked", "shins_not_vertical", "short_range")
    load = "hips"
    on_feet = False
    least_range = 18.0
    # Widths for drawing only; verdicts come from the limits.
    focus = Focus(
        "hip",
        "Hip angle",
        (Arc("hip"), Arc("knee")),
        (
            Aim("straight_hip", 168, 192, "shoulder, hip and knee in line"),
            Aim("vertical_shin", -10, 10, "shin vertical"),
        ),
        "At the top: a straight line from shoulder to knee, shins vertical.",
    )

    def rep_signal(self, motion: Motion) -> RepSignal:
        return RepSignal(both_legs(motion, "hip"), noise=12.0, first="concentric")

    def position(self, top: Posture, bottom: Posture) -> float:
        """Leaning back, whatever the height of the hips."""
        return share(min(top.trunk, bottom.trunk), -25, -6)

    def likeness(self, top: Posture, bottom: Posture) -> float:
        return lies(top, bottom)

    def variant(self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture) -> str:
        """Shoulders on the floor (the trunk is level at the bottom) or raised on a bench."""
        return "glute_bridge" if np.isfinite(bottom.trunk) and bottom.trunk < FLOOR_TRUNK_DEG else "hip_thrust"

    def first_phase(self, variant: str) -> Phase:
        return "concentric"


class HipThrust(_BridgeFamily):
    name, title = "hip_thrust", "Hip thrust"
    aliases = ("thrust", "barbell_hip_thrust", "ht")
    programme = Prescription(
        4, (8, 10), "The programme that formcheck follows: 4 sets of 8 to 10, two seconds held at the top.", pause_s=2
    )

    def likeness(self, top: Posture, bottom: Posture) -> float:
        return super().likeness(top, bottom) * (1 - 0.3 * share(bottom.trunk, FLOOR_TRUNK_DEG, -3))


class GluteBridge(_BridgeFamily):
    name, title = "glute_bridge", "Glute bridge"
    aliases = ("bridge",)
    programme = replace(
        HipThrust.programme, source="Like the hip thrust, which it stands in for (engineering choice)."
    )

    def likeness(self, top: Posture, bottom: Posture) -> float:
        return super().likeness(top, bottom) * (1 - 0.3 * share(bottom.trunk, FLOOR_TRUNK_DEG, 3))


EXERCISES = (HipThrust(), GluteBridge())
