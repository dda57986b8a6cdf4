"""Which exercise it is: every exercise finds its own reps, then says how much their postures look like it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formcheck.exercises.base import Exercise
from formcheck.exercises.posture import Posture, rep_postures, typical
from formcheck.exercises.registry import exercises
from formcheck.motion.types import Motion
from formcheck.reps import Rep, find_reps

#: A rep that looks less like the exercise than this is none: setting up, sitting down, walking to the rack.
LEAST_LIKENESS = 0.2
#: Below this likeness the movement is none of ours.
RECOGNISED = 0.5
#: This far off the floor (leg lengths) during a rep is jumping or running.
FLIGHT = 0.15
#: With this many reps a set shows what its reps look like; one whose bottom is far from the median is something else.
#: Knee and trunk (degrees) and hands (leg lengths) are weighed by what reps of one set differ by at most; together they
#: may differ by twice that.
LEAST_FOR_A_KIND, OTHER_KNEE_DEG, OTHER_TRUNK_DEG, OTHER_HANDS, MOST_DIFFERENT = 3, 30.0, 30.0, 0.25, 2.0


@dataclass(frozen=True)
class Recognition:
    """An exercise with its reps in this motion, and how sure it is (0-1)."""

    exercise: Exercise
    reps: tuple[Rep, ...]
    top: Posture | None
    bottom: Posture | None
    confidence: float


def recognise(motion: Motion) -> list[Recognition]:
    """Every exercise tried on the motion, the most likely first."""
    tried = [reps_as(motion, exercise) for exercise in exercises()]
    most = max(len(r.reps) for r in tried)
    weighed = [replace(r, confidence=r.confidence * _explained(len(r.reps), most)) for r in tried]
    return sorted(weighed, key=lambda r: r.confidence, reverse=True)


def _of_one_kind(reps: list[Rep], postures: dict[tuple[float, float], tuple[Posture, Posture]]) -> list[Rep]:
    """Leave out what does not look like the rest of the set: standing up from the bench, picking up the load."""
    if len(reps) < LEAST_FOR_A_KIND:
        return reps
    bottoms = {rep.index: postures[rep.start_s, rep.end_s][1] for rep in reps}
    usual = typical(list(bottoms.values()))

    def alike(bottom: Posture) -> bool:
        differences = (
            (bottom.knee - usual.knee) / OTHER_KNEE_DEG,
            (bottom.trunk - usual.trunk) / OTHER_TRUNK_DEG,
            (bottom.hands_up - usual.hands_up) / OTHER_HANDS,
        )
        return float(np.nansum(np.abs(differences))) <= MOST_DIFFERENT

    kept = [rep for rep in reps if alike(bottoms[rep.index])]
    return [replace(rep, index=number) for number, rep in enumerate(kept, 1)]


def _explained(reps: int, most: int) -> float:
    """An exercise that finds fewer reps than another leaves movement unexplained (lying down after squats is no hinge)."""
    return 1.0 if most == 0 else 0.7 + 0.3 * reps / most


def load_height(motion: Motion) -> NDArray[np.float64] | None:
    """(F,) height of the plate in pixels, up positive, NaN where it is hidden; None without a plate.

    Hands that stand in for a bar are not followed more finely than the joints.
    """
    if motion.bar is None or motion.bar.source != "plate":
        return None
    return np.asarray(-motion.bar.path[:, 1])


def reps_as(motion: Motion, exercise: Exercise, *, named_by_user: bool = False) -> Recognition:
    """Reps of the motion if it is this exercise. A user who names the exercise is believed about doubtful reps."""
    least = LEAST_LIKENESS / 2 if named_by_user else LEAST_LIKENESS
    likeness: dict[tuple[float, float], float] = {}
    postures: dict[tuple[float, float], tuple[Posture, Posture]] = {}

    def accept(rep: Rep) -> bool:
        key = (rep.start_s, rep.end_s)
        postures[key] = rep_postures(motion, rep)
        top, bottom = postures[key]
        jumping = max(top.flight, bottom.flight) > FLIGHT and not np.isnan(top.flight)
        likeness[key] = 0.0 if jumping and exercise.family != "hip_thrust" else exercise.likeness(top, bottom)
        return likeness[key] >= least

    reps = find_reps(motion.times, exercise.extension(motion), accept, load_height(motion))
    if not reps:
        return Recognition(exercise, (), None, None, 0.0)
    reps = _of_one_kind(reps, postures)
    keys = [(rep.start_s, rep.end_s) for rep in reps]
    scores = [likeness[key] for key in keys]
    return Recognition(
        exercise,
        tuple(reps),
        typical([postures[key][0] for key in keys]),
        typical([postures[key][1] for key in keys]),
        float(np.median(scores)),
    )
