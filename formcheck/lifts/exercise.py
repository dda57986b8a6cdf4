"""What to look at in an exercise: the angle that decides it, the arcs to draw, the aims to show, the parts rules speak of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import erf, sqrt
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.lifts.limits import Limit
from formcheck.lifts.posture import Posture
from formcheck.lifts.reps import RepSignal
from formcheck.motion.body import LegAngles, Series
from formcheck.motion.motion import Motion
from formcheck.results.analysis import ReasonCode
from formcheck.results.catalogue import MEASURES, RepMotion
from formcheck.results.quantity import LEAST_SEEN as LEAST_SEEN  # which exercises import from here
from formcheck.results.quantity import Quantity
from formcheck.results.quantity import average as average
from formcheck.results.rep import Phase, Rep

ArcKind = Literal["hip", "knee", "trunk_lean", "shin_lean"]
AimKind = Literal["trunk_lean", "vertical_shin", "straight_hip", "thigh_parallel"]
Region = Literal["head", "trunk", "upper_back", "lower_back", "hip", "thigh", "knee", "shin", "foot", "bar"]


@dataclass(frozen=True)
class Arc:
    """An angle drawn on the body. Its number stands outside the joint, or `inside` where that side is emptier."""

    kind: ArcKind
    inside: bool = False


@dataclass(frozen=True)
class Aim:
    """Something to reach at the turning point of a rep: `low` to `high` degrees of the quantity `kind` names.

    `trunk_lean` is the trunk from vertical, `vertical_shin` the shin from vertical, `straight_hip` the signed hip angle
    (180 = a straight line shoulder-hip-knee), `thigh_parallel` the thigh from vertical (90 = horizontal).
    """

    kind: AimKind
    low: float
    high: float
    label: str


@dataclass(frozen=True)
class PhaseWords:
    """What lifters call the phases of a rep: a noun each, in lower case, short enough for a third of the video's panel."""

    eccentric: str = "lowering"
    hold: str = "hold"
    concentric: str = "lifting"

    def of(self, phase: str) -> str:
        """The word for a phase; other names (a rest between reps) are words already."""
        return {"eccentric": self.eccentric, "hold": self.hold, "concentric": self.concentric}.get(phase, phase)


@dataclass(frozen=True)
class Focus:
    """What the pictures of one exercise show.

    Attributes:
        series: the main angle, drawn in the live strip: "hip", "knee", "thigh" or "trunk".
        label: its name in plain words.
        arcs: the joint angles drawn on the body.
        aims: what is shown at the turning point.
        hint: one short sentence on what to watch, shown while there is nothing to say.
        hands_carry: the load hangs from the hands, so that a wrist may stand in for it.
        phases: what its phases are called.
    """

    series: Literal["hip", "knee", "thigh", "trunk"]
    label: str
    arcs: tuple[Arc, ...]
    aims: tuple[Aim, ...]
    hint: str
    hands_carry: bool = False
    phases: PhaseWords = PhaseWords()


# What the programme asks of an exercise: sets, reps and tempo, said in the exercise's own file.

@dataclass(frozen=True)
class Prescription:
    """What to do, and how much of it must be filmed and judged before weight is added.

    Attributes:
        sets, reps: how many sets of how many reps (from, to).
        source: where these numbers come from.
        each_leg: the sets are done with each leg on its own.
        loaded: what the weight is put together from.
        eccentric_s, pause_s, concentric_s: the tempo asked, seconds at least; 0: as you like. Named as in `analysis.json`.
        judged_sets: sets that must be judged before weight is added; 0: all of them.
    """

    sets: int
    reps: tuple[int, int]
    source: str
    each_leg: bool = False
    loaded: Literal["barbell", "dumbbell"] = "barbell"
    eccentric_s: float = 0
    pause_s: float = 0
    concentric_s: float = 0
    judged_sets: int = 0

    @property
    def sets_judged(self) -> int:
        """How many sets (of each leg) must have been judged before weight is added."""
        return self.judged_sets or self.sets

    def text(self) -> str:
        """In short: "4 × 8 to 10, 2 s held"."""
        low, high = self.reps
        reps = f"{low}" if low == high else f"{low} to {high}"
        tempo = [
            f"{seconds:g} s {word}"
            for seconds, word in ((self.eccentric_s, "down"), (self.pause_s, "held"), (self.concentric_s, "up"))
            if seconds
        ]
        return ", ".join([f"{self.sets} × {reps}{' a leg' if self.each_leg else ''}", *tempo])


# What an exercise is made of: how it is recognised, the signal its reps are counted in, and its rules.


@dataclass(frozen=True)
class Shot:
    """The reps of one continuous shot as the rules see them.

    `working` is the side of the leg that works ("left" or "right"), rep by rep. `shot` is the number of the shot in the
    clip, from 1: a set may be filmed over several, and its reps are numbered through. `set_range_deg` is the travel of the
    main angle in a typical rep of the whole set (NaN where there is nothing to compare with).
    """

    motion: Motion
    reps: tuple[Rep, ...]
    variant: str
    working: dict[int, Literal["left", "right"]]
    shot: int = 1
    set_range_deg: float = float("nan")
    #: Start and end (seconds) of the stretches in which the clip's pictures cannot be trusted: its file is damaged.
    damaged: tuple[tuple[float, float], ...] = ()
    #: The user says which exercise it is.
    named: bool = False

    def in_damage(self, rep: Rep) -> bool:
        """Whether a part of the rep is in a damaged stretch."""
        return any(start < rep.end_s and end > rep.start_s for start, end in self.damaged)

    def leg(self, rep: Rep) -> LegAngles:
        """Angles of the working leg of this rep."""
        return self.motion.legs[self.working[rep.index]]


@dataclass(frozen=True)
class Observation:
    """What a rule saw in one rep, in the limit's unit, and which way beyond `limit` is wrong.

    `confidence` (0-1) that the limit is exceeded, from a rule that weighs more than this one value; otherwise it
    follows from value, sd and limit.
    """

    measured: Quantity
    limit: Limit
    wrong: Literal["above", "below"]
    message: str
    confidence: float | None = None

    @property
    def beyond(self) -> float:
        """How far the value is on the wrong side of the limit, in the limit's unit; negative on the right side."""
        value = self.measured.value
        return value - self.limit.value if self.wrong == "above" else self.limit.value - value

    @property
    def certainty(self) -> float:
        """0-1 that the limit is exceeded: the rule's own word, or what a normal error makes of value, sd and limit.

        The error is this observation's own and half the limit's borderline band (the method's usual error), combined.
        """
        if self.confidence is not None:
            return self.confidence
        error = float(np.hypot(self.measured.sd if np.isfinite(self.measured.sd) else 0.0, self.limit.borderline / 2))
        if error <= 0:
            return 1.0 if self.beyond > 0 else 0.0
        return 0.5 * (1 + erf(self.beyond / error / sqrt(2)))


@dataclass(frozen=True)
class NotAssessable:
    """The rule cannot be judged in this rep; `reason` completes the sentence "not judged: ...", `code` is its kind."""

    reason: str
    code: ReasonCode


Judge = Callable[[Shot, Rep, dict[str, Limit]], "Observation | NotAssessable"]


@dataclass(frozen=True)
class Rule:
    """One thing that can go wrong.

    Attributes:
        id: the name in `analysis.json`, and of its limit in `limits.toml`.
        title: a few words for headings.
        meaning: one sentence for `formcheck rules`.
        cue: the one thing to say to the lifter.
        judge: looks at one rep.
        limits: names of the limits it uses; its own id by default.
        skips: variants it does not apply to, with the reason.
        informational: reported, but never a fault.
        needs_side_view: cannot be judged from an oblique camera.
        regions: the parts of the body it speaks about; they are marked while the finding is shown.
        needs: points without which it says nothing, beside those without which nothing is judged (`skeleton.ESSENTIAL`); not
            every pose model has them.
        place: the end of the movement that it looks at, which must be shown.
    """

    id: str
    title: str
    meaning: str
    cue: str
    judge: Judge
    limits: tuple[str, ...] = ()
    skips: dict[str, str] | None = None
    informational: bool = False
    needs_side_view: bool = True
    regions: tuple[Region, ...] = ()
    needs: tuple[str, ...] = ()
    place: Literal["top", "bottom"] | None = None

    @property
    def limit_names(self) -> tuple[str, ...]:
        return self.limits or (self.id,)


class Exercise(ABC):
    """One exercise. Subclasses live in `formcheck.lifts.exercises`, one file each; instances hold no state."""

    name: str
    title: str
    rules: tuple[Rule, ...]
    #: The rules without which a rep is not called clean: what the exercise is checked for.
    core: tuple[str, ...]
    #: Exercises of one family are hard to tell apart in a picture; recognition says how sure it is of the family.
    family: str
    #: What people call it besides: lower case, underscores between words.
    aliases: tuple[str, ...] = ()
    #: The exercise of the family that this one is a kind of: it is asked for its `claim` once that one is recognised, and
    #: not looked for by itself.
    kind_of: str | None = None
    #: Where the load is: on the hips, in hanging hands, on the shoulders, at the chest; None: in more than one way.
    load: Literal["hips", "hands", "shoulders", "chest"] | None = None
    #: What the video and the page show of it.
    focus: Focus
    #: What the programme asks of it (`formcheck next`); None: it is in no programme.
    programme: Prescription | None = None
    #: Names of variants whose id says only what is special about them.
    variant_titles: Mapping[str, str] = MappingProxyType({})
    #: One leg works at a time, and the report says which.
    one_leg = False
    #: The lifter stands; the bar does not come to rest on the hips.
    on_feet = True
    #: The hands go down to the load in every rep, so that hands at the floor are no picking up by themselves.
    hands_go_down = False
    #: A set whose largest swings are smaller (degrees) is not recognised as this exercise, only believed when named.
    least_range: float

    @abstractmethod
    def rep_signal(self, motion: Motion) -> RepSignal:
        """The signal whose upward swings are the lifts of this exercise."""

    @abstractmethod
    def position(self, top: Posture, bottom: Posture) -> float:
        """Whether the lifter is in this exercise's position (on the feet, on the back) at all, 0-1."""

    @abstractmethod
    def likeness(self, top: Posture, bottom: Posture) -> float:
        """How much a rep in this position looks like this exercise rather than another, 0-1."""

    def lowers(self, top: Posture, bottom: Posture) -> float:
        """Whether a swing lowers the lifter further than walking and shifting about do, 0-1."""
        return 1.0

    def claim(
        self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture
    ) -> float:
        """How surely repetitions of the exercise that this is a kind of (`kind_of`) are this one, 0-1; see `variant`."""
        return 0.0

    @abstractmethod
    def variant(
        self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture
    ) -> str:
        """What it is within its family; `reps` of each motion, `top` and `bottom` typical postures of all."""

    def named_variant(
        self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture
    ) -> str:
        """The same of a set that the user says is this exercise: one that is judged by this exercise's own rules."""
        return self.variant(motions, reps, top, bottom)

    def first_phase(self, variant: str) -> Phase:
        """The phase that a rep of this variant begins with."""
        return "eccentric"

    @property
    def noun(self) -> str:
        """The title within a sentence."""
        return self.title[:1].lower() + self.title[1:]

    def skipped(self, variant: str, rule: str) -> bool:
        """Whether a rule does not apply to a variant, so that its reps can be clean without it."""
        return any(r.id == rule and r.skips is not None and variant in r.skips for r in self.rules)

    def working_side(self, motion: Motion, rep: Rep) -> Literal["left", "right"]:
        """The side whose leg works; the near one where both work alike."""
        return motion.body.view.side

    def measures(self, lift: Shot, rep: Rep) -> dict[str, Quantity]:
        """Numbers worth reporting for a rep, by name.

        Those of the catalogue that stand in `analysis.json`; what the bar says only where its plate was seen.
        """
        found = {measure.name: measure.read(self.in_motion(lift, rep)) for measure in MEASURES if measure.reported}
        return {name: quantity for name, quantity in found.items() if isinstance(quantity, Quantity)}

    def in_motion(self, lift: Shot, rep: Rep, *, past_straight: bool = False) -> RepMotion:
        """A rep with its motion, as the catalogue's measures read it; `past_straight` as `RepMotion` has it."""
        side = lift.working[rep.index]
        return RepMotion(lift.motion, rep, side, self.focus.series, past_straight=past_straight and not self.on_feet)


def against(value: float, limit: float) -> str:
    """A value in whole numbers, or with as many digits as tell it from the limit it is held against: "63", "69.6"."""
    texts = [f"{value:.{digits}f}" for digits in (0, 1, 2)]
    return next((text for text in texts if float(text) != limit), texts[-1])


def degrees(value: float, limit: float) -> str:
    """An angle as it stands in a sentence, held against a limit: "63 degrees", "1 degree"."""
    text = against(value, limit)
    return f"{text} {'degree' if text in ('1', '-1') else 'degrees'}"


def accepted(limit: Limit, wrong: Literal["above", "below"]) -> str:
    """The end of a finding's sentence: "we accept 70 or more"."""
    return f"we accept {limit.value:g} or {'less' if wrong == 'above' else 'more'}"


def observed_at_turn(
    rep: Rep, times: NDArray[np.float64], series: Series, limit: Limit, wrong: Literal["above", "below"],
    *, hidden: str, message: str,
) -> Observation | NotAssessable:  # fmt: skip
    """Hold the mean of a series at the turning point of a rep against a limit.

    `hidden` is the reason given where it is not seen there, `message` the finding's, with `{degrees}` and `{accepted}`.
    """
    turn = average(series, rep.at_turn(times))
    if turn.seen < LEAST_SEEN:
        return NotAssessable(hidden, "hidden")
    said = message.format(degrees=degrees(turn.value, limit.value), accepted=accepted(limit, wrong))
    return Observation(replace(turn, time_s=rep.turn_s), limit, wrong, said)


def both_legs(motion: Motion, angle: Literal["hip", "knee"]) -> NDArray[np.float64]:
    """(F,) mean of an angle over both legs, which a confusion of the legs cannot change.

    The near leg's where the far one is unknown. From an oblique camera, where the picture's angles shrink, those in space.
    """
    if motion.posture_3d is not None and not motion.body.view.side_on:
        both: dict[str, NDArray[np.float64]] = getattr(motion.posture_3d, angle)
        return np.asarray((both["left"] + both["right"]) / 2)
    near, far = (getattr(leg, angle).values for leg in (motion.near, motion.far))
    return np.asarray(np.where(np.isfinite(far) & np.isfinite(near), (near + far) / 2, near))


def trunk_lean(motion: Motion) -> NDArray[np.float64]:
    """(F,) the trunk's inclination, degrees; in space from an oblique camera."""
    if motion.posture_3d is not None and not motion.body.view.side_on:
        return motion.posture_3d.lean
    return motion.trunk.values
