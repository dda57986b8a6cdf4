"""`Exercise`, its rules, and what it defines for recognition, counting and drawing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import erf, sqrt
from types import MappingProxyType
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.lifts.limits import Limit
from formcheck.lifts.posture import Posture
from formcheck.lifts.reps import RepSignal
from formcheck.motion.body import PLACED, LegAngles, Series
from formcheck.motion.motion import Motion
from formcheck.results.analysis import ReasonCode
from formcheck.results.catalogue import MEASURES, RepMotion
from formcheck.results.quantity import LEAST_COVERAGE as LEAST_COVERAGE  # re-exported for exercises
from formcheck.results.quantity import Quantity
from formcheck.results.quantity import average as average
from formcheck.results.rep import Phase, Rep

ArcKind = Literal["hip", "knee", "trunk_lean", "shin_lean"]
AimKind = Literal["trunk_lean", "vertical_shin", "straight_hip", "thigh_parallel"]
Region = Literal["head", "trunk", "upper_back", "lower_back", "hip", "thigh", "knee", "shin", "foot", "bar"]


@dataclass(frozen=True)
class Arc:
    """An angle drawn on the body, with its number outside the joint or `inside`."""

    kind: ArcKind
    inside: bool = False


@dataclass(frozen=True)
class Aim:
    """A target at the turning point of a rep: `low` to `high` degrees of `kind`.

    `trunk_lean`, `vertical_shin` and `thigh_parallel` are the trunk, shin and thigh from vertical (90 = horizontal),
    `straight_hip` is the signed hip angle (180 = straight).
    """

    kind: AimKind
    low: float
    high: float
    label: str
    #: Shown only where this rule is judged.
    rule: str = ""


@dataclass(frozen=True)
class PhaseWords:
    """Lifters' names for the phases of a rep: short nouns in lower case."""

    eccentric: str = "lowering"
    hold: str = "hold"
    concentric: str = "lifting"

    def of(self, phase: str) -> str:
        """The name of a phase; others, such as "rest", are returned as they are."""
        return {"eccentric": self.eccentric, "hold": self.hold, "concentric": self.concentric}.get(phase, phase)


@dataclass(frozen=True)
class Focus:
    """How an exercise is drawn.

    Attributes:
        series: the main angle, drawn as a curve: "hip", "knee", "thigh" or "trunk".
        label: its name for people.
        arcs: the angles drawn on the body.
        aims: the targets at the turning point.
        hint: what to watch, in one short sentence; `hint_without_aim` replaces it when the aim it names is not shown.
        hands_carry: the load hangs from the hands, so a wrist may stand in for it.
        phases: names of the phases.
    """

    series: Literal["hip", "knee", "thigh", "trunk"]
    label: str
    arcs: tuple[Arc, ...]
    aims: tuple[Aim, ...]
    hint: str
    hands_carry: bool = False
    phases: PhaseWords = PhaseWords()
    hint_without_aim: str = ""

    def without(self, off: Collection[str]) -> Focus:
        """The focus without the aims of rules that are switched off."""
        aims = tuple(aim for aim in self.aims if aim.rule not in off)
        if aims == self.aims:
            return self
        return replace(self, aims=aims, hint=self.hint_without_aim or self.hint)


# The programme for an exercise: sets, reps and tempo.

@dataclass(frozen=True)
class Prescription:
    """Sets, reps and tempo, and how many sets must be filmed before weight is added.

    Attributes:
        sets, reps: number of sets, and of reps (from, to).
        source: where these numbers come from.
        each_leg: every leg does all sets.
        loaded: kind of weight.
        eccentric_s, pause_s, concentric_s: least duration of each phase, seconds; 0 for any.
        judged_sets: sets (of each leg) that must be filmed before weight is added; 0 for none.
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


# Shots, observations, rules and exercises.


@dataclass(frozen=True)
class Shot:
    """The motion and reps of one continuous shot.

    Attributes:
        working: side of the working leg by number of the rep.
        number: of the shot in the clip, from 1; reps are numbered through all shots of a set.
        set_range_deg: range of a typical rep of the whole set; NaN with a single rep.
        damaged: start and end of the stretches in which the file is damaged, seconds.
        named: the user named the exercise.
    """

    motion: Motion
    reps: tuple[Rep, ...]
    variant: str
    working: dict[int, Literal["left", "right"]]
    number: int = 1
    set_range_deg: float = float("nan")
    damaged: tuple[tuple[float, float], ...] = ()
    named: bool = False

    def in_damage(self, rep: Rep) -> bool:
        """Whether the rep overlaps a damaged stretch."""
        return any(start < rep.end_s and end > rep.start_s for start, end in self.damaged)

    def leg(self, rep: Rep) -> LegAngles:
        """Angles of the working leg of this rep."""
        return self.motion.legs[self.working[rep.index]]


@dataclass(frozen=True)
class Observation:
    """What a rule measured in one rep, in the limit's unit, and which side of `limit` is wrong.

    `confidence` (0-1) that the limit is exceeded is set by rules that combine several signs; by default it follows from value,
    sd and limit.
    """

    measured: Quantity
    limit: Limit
    wrong: Literal["above", "below"]
    message: str
    confidence: float | None = None

    @property
    def beyond(self) -> float:
        """How far the value exceeds the limit on the wrong side, in the limit's unit; negative on the right side."""
        value = self.measured.value
        return value - self.limit.value if self.wrong == "above" else self.limit.value - value

    @property
    def certainty(self) -> float:
        """0-1 that the limit is exceeded: `confidence` if set, else for a normal error.

        The error combines the observation's own with half the limit's borderline band, the usual error of the method.
        """
        if self.confidence is not None:
            return self.confidence
        error = float(np.hypot(self.measured.sd if np.isfinite(self.measured.sd) else 0.0, self.limit.borderline / 2))
        if error <= 0:
            return 1.0 if self.beyond > 0 else 0.0
        return 0.5 * (1 + erf(self.beyond / error / sqrt(2)))


@dataclass(frozen=True)
class NotAssessable:
    """A rule cannot be judged in a rep; `reason` completes "not judged: ...", `code` is its category."""

    reason: str
    code: ReasonCode


Judge = Callable[[Shot, Rep, dict[str, Limit]], "Observation | NotAssessable"]


@dataclass(frozen=True)
class Rule:
    """One thing that can go wrong.

    Attributes:
        id: name in `analysis.json`, and of its limit in `limits.toml`.
        title: short title.
        meaning: one sentence for `formcheck rules`.
        cue: the one cue for the lifter.
        judge: measures one rep.
        limits: names of its limits; by default its id.
        skips: variants to which it does not apply, with the reason.
        informational: never a fault.
        needs_side_view: not judged from an oblique camera.
        regions: parts of the body that are marked with the finding.
        needs: points that it needs besides `skeleton.ESSENTIAL`; some pose models lack them.
        place: the end of the movement that it needs, if the clip must show it.
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
    """One exercise. Subclasses are in `formcheck.lifts.exercises`, one file each; instances are stateless."""

    name: str
    title: str
    rules: tuple[Rule, ...]
    #: Rules that are off for somebody with another goal, by that goal (`JudgingOptions.goal`).
    beside_goal: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    #: Rules that must be judged for a clean rep.
    core: tuple[str, ...]
    #: Similar exercises; the confidence of recognition is that of the family.
    family: str
    #: Other names, in lower case with underscores.
    aliases: tuple[str, ...] = ()
    #: The exercise of which this one is a kind. A kind is not recognised by itself: its `claim` counts once that exercise is.
    kind_of: str | None = None
    #: Where the load is; None if it varies.
    load: Literal["hips", "hands", "shoulders", "chest"] | None = None
    #: How it is drawn.
    focus: Focus
    #: Sets, reps and tempo for `formcheck next`; None if it is in no programme.
    programme: Prescription | None = None
    #: Titles of variants whose id is not one.
    variant_titles: Mapping[str, str] = MappingProxyType({})
    #: One leg works at a time.
    one_leg = False
    #: The lifter stands.
    on_feet = True
    #: The hands go down in every rep, so low hands alone do not mean picking up the load.
    hands_go_down = False
    #: Least range of a whole rep for the exercise to be recognised, degrees; not needed if the user named it.
    least_range: float

    @abstractmethod
    def rep_signal(self, motion: Motion) -> RepSignal:
        """The signal whose upward swings are the lifts."""

    @abstractmethod
    def position(self, top: Posture, bottom: Posture) -> float:
        """Score for the exercise's position (on the feet, on the back), 0-1."""

    @abstractmethod
    def likeness(self, top: Posture, bottom: Posture) -> float:
        """Score for a rep in this position being this exercise, 0-1."""

    def lowers(self, top: Posture, bottom: Posture) -> float:
        """Score for a swing lowering the lifter further than walking or shifting about, 0-1."""
        return 1.0

    def claim(
        self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture
    ) -> float:
        """Score for reps of the exercise `kind_of` being this kind of it, 0-1; arguments as in `variant`."""
        return 0.0

    @abstractmethod
    def variant(
        self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture
    ) -> str:
        """The variant within the family; `reps` are those of each motion, `top` and `bottom` their typical postures."""

    def named_variant(
        self, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture
    ) -> str:
        """The variant if the user named the exercise; must be one to which its rules apply."""
        return self.variant(motions, reps, top, bottom)

    def first_phase(self, variant: str) -> Phase:
        """The phase with which a rep of this variant begins."""
        return "eccentric"

    @property
    def noun(self) -> str:
        """The title within a sentence."""
        return self.title[:1].lower() + self.title[1:]

    def skipped(self, variant: str, rule: str) -> bool:
        """Whether a rule does not apply to a variant."""
        return any(r.id == rule and r.skips is not None and variant in r.skips for r in self.rules)

    def working_side(self, motion: Motion, rep: Rep) -> Literal["left", "right"]:
        """The side of the working leg; the near one if both work."""
        return motion.body.view.side

    def measures(self, lift: Shot, rep: Rep) -> dict[str, Quantity]:
        """The catalogue's reported measures of a rep, by name; without those that are unknown."""
        found = {measure.name: measure.read(self.in_motion(lift, rep)) for measure in MEASURES if measure.reported}
        return {name: quantity for name, quantity in found.items() if isinstance(quantity, Quantity)}

    def in_motion(self, lift: Shot, rep: Rep, *, past_straight: bool = False) -> RepMotion:
        """A rep with its motion, as input of the catalogue's measures; `past_straight` as in `RepMotion`."""
        side = lift.working[rep.index]
        return RepMotion(lift.motion, rep, side, self.focus.series, past_straight=past_straight and not self.on_feet)


def against(value: float, limit: float) -> str:
    """A value in whole numbers, or with up to two decimals if it would equal the limit: "63", "69.6"."""
    texts = [f"{value:.{digits}f}" for digits in (0, 1, 2)]
    return next((text for text in texts if float(text) != limit), texts[-1])


def degrees(value: float, limit: float) -> str:
    """An angle for a sentence, rounded as in `against`: "63 degrees", "1 degree"."""
    text = against(value, limit)
    return f"{text} {'degree' if text in ('1', '-1') else 'degrees'}"


def leaning(value: float, limit: float, how: str = "") -> str:
    """The lean of the trunk for a sentence: "leans 22 degrees", "leans back 1 degree"; `how` says more of a lean forward."""
    text = degrees(abs(value), limit)
    return f"leans back {text}" if value < 0 and not text.startswith("0 ") else f"leans {how}{text}"


def accepted(limit: Limit, wrong: Literal["above", "below"]) -> str:
    """The accepted range for a sentence: "70 or more is fine"."""
    return f"{limit.value:g} or {'less' if wrong == 'above' else 'more'} is fine"


def observed_at_turn(
    rep: Rep, times: NDArray[np.float64], series: Series, limit: Limit, wrong: Literal["above", "below"],
    *, hidden: str, message: str, placed: bool = False,
) -> Observation | NotAssessable:  # fmt: skip
    """Compare the mean of a series at the turning point of a rep with a limit.

    `hidden` is the reason if it is not seen there; `message` is the finding's, with `{degrees}`, `{leans}` and `{accepted}`.
    Joints that are not seen there clear a rep at most (see `if_cleared`). With `placed`, a knee placed by the lengths of the
    bones has a larger error.
    """
    turn, unseen = seen_or_guessed(series, rep.at_turn(times))
    if placed and (unseen or float(np.median(series.visibility[rep.at_turn(times)])) <= PLACED):
        turn = average(series, rep.at_turn(times), guessed=True)
        turn = replace(turn, sd=max(turn.sd, PLACED_KNEE_SD))
    if turn.coverage < LEAST_COVERAGE:
        return NotAssessable(hidden, "hidden")
    text = message.format(
        degrees=degrees(turn.value, limit.value), leans=leaning(turn.value, limit.value), accepted=accepted(limit, wrong)
    )
    found = Observation(replace(turn, time_s=rep.turn_s), limit, wrong, text)
    return if_cleared(found, NotAssessable(hidden, "hidden")) if unseen else found


def seen_or_guessed(series: Series, frames: NDArray[np.bool_]) -> tuple[Quantity, bool]:
    """Mean of a series over the frames in which its joints are seen; if those are too few, over all, and True."""
    seen = average(series, frames)
    unseen = seen.coverage < LEAST_COVERAGE
    return (average(series, frames, guessed=True) if unseen else seen), unseen


#: Least error of a knee's angle where the lengths of the bones place it behind a plate, degrees: the hip beside the plate errs
#: too. Made-up hinges with plates of 45 cm were off by up to 35, root mean square 14 (scripts/studio, train pool, 21 reps).
PLACED_KNEE_SD = 16.0
#: Joints that are not seen may clear a rep where a fault is at most this likely by their own error. A choice: most
#: reps have no fault. In 11 made-up reps such angles were within 0.8 standard deviations of the truth.
CLEARED_BELOW = 0.25


def if_cleared(found: Observation, otherwise: NotAssessable) -> Observation | NotAssessable:
    """An observation from joints that are not seen: it may clear a rep, but never accuses."""
    return found if found.certainty <= CLEARED_BELOW else otherwise


def both_legs(motion: Motion, angle: Literal["hip", "knee"]) -> NDArray[np.float64]:
    """(F,) mean of an angle over both legs, which left-right swaps do not change; 3D angles from an oblique camera.

    The near leg's angle where the far one is unknown.
    """
    if motion.posture_3d is not None and not motion.body.view.side_on:
        both: dict[str, NDArray[np.float64]] = getattr(motion.posture_3d, angle)
        return np.asarray((both["left"] + both["right"]) / 2)
    near, far = (getattr(leg, angle).values for leg in (motion.near, motion.far))
    return np.asarray(np.where(np.isfinite(far) & np.isfinite(near), (near + far) / 2, near))


def trunk_lean(motion: Motion) -> NDArray[np.float64]:
    """(F,) inclination of the trunk, degrees; in 3D from an oblique camera."""
    if motion.posture_3d is not None and not motion.body.view.side_on:
        return motion.posture_3d.lean
    return motion.trunk.values
