"""Removing the reps that a person struck out of a set."""

from __future__ import annotations

from dataclasses import replace

from formcheck.errors import ClipError
from formcheck.lifts.exercise import Shot
from formcheck.lifts.lift_set import LiftSet
from formcheck.lifts.reps import typical_range
from formcheck.results.analysis import RejectedMovement
from formcheck.results.corrections import Corrections


def without_struck(found: LiftSet, said: Corrections) -> LiftSet:
    """The set without the reps that a person struck out, which become rejected movements.

    Raises:
        ClipError: no rep is left.
    """
    struck = {rep.index: one for shot in found.shots for rep in shot.reps if (one := said.strikes(rep.start_s, rep.end_s))}
    if not struck:
        return found
    left = [rep for shot in found.shots for rep in shot.reps if rep.index not in struck]
    if not left:
        raise ClipError("every rep of this set was struck out; take one back.")
    usual = typical_range([rep.range_deg for rep in left]) if len(left) > 1 else float("nan")
    numbers = {rep.index: number for number, rep in enumerate(left, 1)}
    shots: list[Shot] = []
    rejected = dict(found.rejected)
    for shot in found.shots:
        reps = tuple(replace(rep, index=numbers[rep.index]) for rep in shot.reps if rep.index in numbers)
        working = {numbers[rep.index]: shot.working[rep.index] for rep in shot.reps if rep.index in numbers}
        gone = tuple(
            RejectedMovement(rep.start_s, rep.end_s, _reason(struck[rep.index].because))
            for rep in shot.reps
            if rep.index in struck
        )
        rejected[shot.number] = (*rejected.get(shot.number, ()), *gone)
        if reps:
            shots.append(replace(shot, reps=reps, working=working, set_range_deg=usual))
    return replace(found, shots=tuple(shots), rejected=rejected)


def _reason(because: str) -> str:
    return f"struck out by hand: {because}" if because else "struck out by hand"
