"""Recognising the exercise: each counts its own reps and scores how much they look like it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from formcheck.lifts.counting import Counted, count_reps
from formcheck.lifts.exercise import Exercise
from formcheck.lifts.posture import Posture, flat_posture, posture, rep_postures, typical
from formcheck.lifts.registry import exercise_named, exercises, kinds_of
from formcheck.motion.motion import Motion
from formcheck.results.rep import Rep

#: Least likeness of a recognised exercise.
LEAST_LIKENESS = 0.4
#: Least share of the evidence of the best exercise in that of all families.
RECOGNISED = 0.4
#: The confidence is the share of the evidence times a factor for the likeness, since the movement may be none of our
#: exercises: from 0.5 at the first likeness to 1 from the second on.
ALIKE, HALF = (LEAST_LIKENESS, 0.9), (0.5, 1.0)
#: Greatest confidence: of 56 mirrored side views that nothing was tuned on, one was not recognised.
MOST_SURE = 0.99
#: Least confidence of a runner-up.
CLOSE = 0.25
#: Least claim with which a kind of an exercise is chosen (see `Exercise.claim`).
CLAIMED = 0.6
#: A shot with less than this share of the best shot's likeness shows something else.
OTHER_SHOT = 0.5


@dataclass(frozen=True)
class Recognition:
    """An exercise with its reps in each shot, and its confidence (0-1).

    `variant` is the variant within its family. `runner_up` is the most likely other exercise with its confidence, if close.
    """

    exercise: Exercise
    shots: tuple[Counted, ...]
    confidence: float
    variant: str = ""
    runner_up: tuple[Exercise, float] | None = None

    @property
    def reps(self) -> int:
        return sum(len(shot.reps) for shot in self.shots)


def recognise(motions: Sequence[Motion]) -> Recognition:
    """The most likely exercise of a set filmed in one or several shots; its confidence may be 0.

    Exercises are weighed by how much of the movement they explain: squats outweigh lying down after them.
    """
    mains = [exercise for exercise in exercises() if exercise.kind_of is None]
    tried = [Recognition(exercise, tuple(count_reps(motions, exercise)), 0.0) for exercise in mains]
    tried.sort(key=_evidence, reverse=True)
    best = tried[0]
    others = [r for r in tried if r.exercise.family != best.exercise.family]
    total = _evidence(best) + sum(
        max(_evidence(r) for r in others if r.exercise.family == family) for family in {r.exercise.family for r in others}
    )
    if total <= 0 or _likeness(best) < LEAST_LIKENESS:
        return best
    shares = [_evidence(r) / total for r in (best, *others[:1])]
    alike = float(np.interp(_likeness(best), ALIKE, HALF))
    sure = min(MOST_SURE, max(alike * shares[0], min(shares[0], RECOGNISED)))
    runner_up = (others[0].exercise, alike * shares[1]) if others and shares[1] >= CLOSE else None
    return _as_variant(replace(_only_alike(best), confidence=sure, runner_up=runner_up), motions, named=False)


def user_specified(motions: Sequence[Motion], exercise: Exercise) -> Recognition:
    """The exercise that the user named: every swing in its position counts, even if it looks like another exercise."""
    shots = tuple(count_reps(motions, exercise, named=True))
    return _as_variant(_only_alike(Recognition(exercise, shots, 1.0)), motions, named=True)


def counted_again(found: Recognition, motions: Sequence[Motion], *, named: bool) -> Recognition:
    """The same exercise counted again in more exact motions; its kind is determined again too, since the load is now known."""
    exercise = found.exercise
    if not named and exercise.kind_of is not None:
        exercise = exercise_named(exercise.kind_of)
    own = found.runner_up is not None and found.runner_up[0].family == exercise.family  # a kind of it, determined again
    shots = tuple(count_reps(motions, exercise, named=named))
    again = replace(found, exercise=exercise, shots=shots, runner_up=None if own else found.runner_up)
    return _as_variant(again, motions, named=named)


def _as_variant(found: Recognition, motions: Sequence[Motion], *, named: bool) -> Recognition:
    """Determine the variant, and count again if its reps begin with the other phase, as in a deadlift from the floor."""
    every = [(motion, rep) for motion, shot in zip(motions, found.shots, strict=True) for rep in shot.reps]
    whole = [(motion, rep) for motion, rep in every if rep.turn_shown] or every
    if not whole:
        return found
    # Reps whose turn is not shown would give a wrong bottom.
    pairs = [rep_postures(motion, rep, flat_posture if motion.body.view.side_on else posture) for motion, rep in whole]
    top, bottom = typical([top for top, _ in pairs]), typical([bottom for _, bottom in pairs])
    reps = [shot.reps for shot in found.shots]
    if not named:
        found = _as_kind(found, motions, reps, top, bottom)
    exercise = found.exercise
    variant = exercise.variant(motions, reps, top, bottom) if not named else exercise.named_variant(motions, reps, top, bottom)
    first = exercise.first_phase(variant)
    shots = found.shots
    if any(rep.first != first for shot in shots for rep in shot.reps):
        shots = tuple(count_reps(motions, exercise, named=named, first=first))
    return replace(found, shots=shots, variant=variant)


def _as_kind(
    found: Recognition, motions: Sequence[Motion], reps: Sequence[tuple[Rep, ...]], top: Posture, bottom: Posture
) -> Recognition:
    """The kind of the recognised exercise with the greatest claim, or the exercise itself.

    The less likely of the two becomes the runner-up if it is close and no other family is closer.
    """
    claims = [(kind.claim(motions, reps, top, bottom), kind) for kind in kinds_of(found.exercise)]
    if not claims:
        return found
    sure, kind = max(claims, key=lambda claim: claim[0])
    if sure >= CLAIMED:
        other, likely = found.exercise, 1 - sure
        found = replace(found, exercise=kind, confidence=min(found.confidence, sure))
    else:
        other, likely = kind, sure
    close = likely >= CLOSE and (found.runner_up is None or likely > found.runner_up[1])
    return replace(found, runner_up=(other, likely)) if close else found


def _only_alike(found: Recognition) -> Recognition:
    """Without the reps of shots that show something else, unless no shot looks like the exercise."""
    best = max((shot.likeness for shot in found.shots), default=0.0)
    if best < LEAST_LIKENESS:
        return found
    shots = tuple(
        shot if shot.likeness >= OTHER_SHOT * best else replace(shot, reps=(), rejected=shot.as_rejected("another movement"))
        for shot in found.shots
    )
    return replace(found, shots=shots)


def _likeness(found: Recognition) -> float:
    """Mean likeness of all shots, weighted by their reps."""
    total = sum(shot.likeness * len(shot.reps) for shot in found.shots)
    return total / found.reps if found.reps else 0.0


def _evidence(found: Recognition) -> float:
    return sum(shot.evidence for shot in found.shots)
