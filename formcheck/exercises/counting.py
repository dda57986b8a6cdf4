"""Which swings of an exercise's signal are its repetitions, and why the others are not.

Nothing is left out for being done badly. A swing is left out only for what it shows itself: it is tiny, the lifter is not
in the position of this exercise at all, the load stays where it is, or, before and after the set, somebody walks, sits
down or picks the load up. Everything within the set counts, and everything left out is named with its reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from formcheck.exercises.base import Exercise
from formcheck.exercises.swings import (
    LEAST_POSITION,
    LEAST_POSITION_NAMED,
    LOOKS_LIKE,
    WHOLE_SHARE,
    Swing,
    load_height,
    looked_at,
    set_of,
    setting_up,
    walks_in,
    why_not,
)
from formcheck.motion.types import Motion
from formcheck.reps import Phase, Rep, Swings, Way, find_swings, typical_range


@dataclass(frozen=True)
class LeftOut:
    """Movement that is no repetition, seconds, with the reason."""

    start_s: float
    end_s: float
    reason: str


@dataclass(frozen=True)
class Counted:
    """The repetitions of an exercise in one take, numbered from 1, and what else moved.

    `likeness`: how much they look like the exercise, 0-1 (0 without any). `evidence`: how many whole repetitions' worth of
    movement looks like it in whatever moved.
    """

    reps: tuple[Rep, ...]
    left_out: tuple[LeftOut, ...]
    likeness: float
    evidence: float

    def as_left_out(self, reason: str) -> tuple[LeftOut, ...]:
        """Everything that moved, as no repetition."""
        return merged([*self.left_out, *(LeftOut(rep.start_s, rep.end_s, reason) for rep in self.reps)])


def count_reps(
    motions: Sequence[Motion], exercise: Exercise, *, named: bool = False, first: Phase | None = None
) -> list[Counted]:
    """The repetitions of `exercise` in the takes of a set, in order of time.

    Args:
        named: the user says that it is this exercise: swings need not look like it.
        first: the phase its repetitions begin with, where that differs from the exercise's usual one.
    """
    swings = [_swings_of(motion, exercise, first) for motion in motions]
    looks = [looked_at(motions[take], exercise, take, rep) for take, found in enumerate(swings) for rep in found.reps]
    core = _core(looks, named=named, least_range=exercise.least_range)
    core = _without_setting_up(motions, exercise, core)
    if not core:
        return [Counted((), _unnamed(found), 0.0, 0.0) for found in swings]
    usual = set_of(motions, core)
    counted = []
    for take, found in enumerate(swings):
        own = [swing for swing in looks if swing.take == take]
        reasons = [why_not(motions[take], exercise, swing, usual, named=named) for swing in own]
        kept = [swing.rep for swing, reason in zip(own, reasons, strict=True) if reason is None]
        left_out = [
            LeftOut(swing.rep.start_s, swing.rep.end_s, reason) for swing, reason in zip(own, reasons, strict=True) if reason
        ]
        left_out += [_way(way, kept) for way in found.left_over]
        typical_of_take = [swing.likeness for swing in core if swing.take == take]
        counted.append(
            Counted(
                reps=tuple(replace(rep, index=number) for number, rep in enumerate(kept, 1)),
                left_out=merged(left_out),
                likeness=float(np.median(typical_of_take)) if typical_of_take else 0.0,
                evidence=sum(swing.likeness * min(1.0, swing.rep.range_deg / usual.range_deg) for swing in own),
            )
        )
    return counted


def _swings_of(motion: Motion, exercise: Exercise, first: Phase | None) -> Swings:
    extension = exercise.extension(motion)
    return find_swings(motion.times, extension if first is None else replace(extension, first=first), load_height(motion))


def merged(entries: list[LeftOut]) -> tuple[LeftOut, ...]:
    """Neighbours with the same reason become one entry."""
    result: list[LeftOut] = []
    for entry in sorted(entries, key=lambda entry: entry.start_s):
        last = result[-1] if result else None
        if last is not None and last.reason == entry.reason and entry.start_s - last.end_s < 1.5:
            result[-1] = replace(last, end_s=max(last.end_s, entry.end_s))
        else:
            result.append(entry)
    return tuple(result)


def _core(looks: list[Swing], *, named: bool, least_range: float) -> list[Swing]:
    """The swings that tell what a repetition of this set is: whole ones, in position, that look like the exercise.

    Where the exercise is named and none looks like it, all that are in position: the whole set may be done like something
    else, which the rules then say.
    """
    least = LEAST_POSITION_NAMED if named else LEAST_POSITION
    placed = [swing for swing in looks if swing.position >= least]
    alike = [swing for swing in placed if swing.likeness >= LOOKS_LIKE]
    chosen = alike or placed
    if named and len(alike) < 0.5 * len(placed):
        chosen = placed
    if not named:
        chosen = [swing for swing in chosen if swing.rep.range_deg >= least_range]
    whole = WHOLE_SHARE * typical_range([swing.rep.range_deg for swing in chosen])
    return [swing for swing in chosen if swing.rep.range_deg >= whole]


def _without_setting_up(motions: Sequence[Motion], exercise: Exercise, core: list[Swing]) -> list[Swing]:
    """Without the first and last swings that the others show to be no lifting: standing up from the bench, picking up."""
    if len(core) > 1 and walks_in(motions[core[0].take], core[0], set_of(motions, core[1:])):
        core = core[1:]
    while len(core) > 2:
        if setting_up(motions[core[0].take], exercise, core[0], set_of(motions, core[1:])):
            core = core[1:]
        elif setting_up(motions[core[-1].take], exercise, core[-1], set_of(motions, core[:-1])):
            core = core[:-1]
        else:
            break
    return core


def _way(way: Way, kept: list[Rep]) -> LeftOut:
    after = bool(kept) and way.start_s >= kept[-1].turn_end_s
    reason = {
        ("eccentric", True): "lowered at the end and not lifted again",
        ("eccentric", False): "going down to the starting position",
        ("concentric", True): "coming up after the set",
        ("concentric", False): "coming up before the set",
    }[way.phase, after]
    return LeftOut(way.start_s, way.end_s, reason)


def _unnamed(swings: Swings) -> tuple[LeftOut, ...]:
    return merged([LeftOut(rep.start_s, rep.end_s, "not a movement of this exercise") for rep in swings.reps])
