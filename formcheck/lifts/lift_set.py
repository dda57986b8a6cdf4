"""From the pose track to the set as it was filmed: which exercise, in which shots, with which reps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from formcheck.errors import ClipError
from formcheck.lifts.exercise import Exercise, Shot
from formcheck.lifts.recognition import RECOGNISED, Recognition, believed, counted_again, recognise
from formcheck.lifts.registry import exercise_named, exercises
from formcheck.lifts.reps import typical_range
from formcheck.motion.bar.candidates import BarCandidates
from formcheck.motion.motion import Motion, full_motion, rough_motions
from formcheck.motion.shots import split_at_jumps
from formcheck.motion.strangers import without_strangers
from formcheck.options import AUTO, END, EXERCISE, START, JudgingOptions
from formcheck.pose.geometry import on_its_side, stretches_out
from formcheck.pose.lifter import undecided
from formcheck.pose.track import PoseTrack
from formcheck.results.analysis import LOW_COVERAGE, RejectedMovement


@dataclass(frozen=True)
class LiftSet:
    """A set as it was filmed.

    Attributes:
        exercise, variant, confidence, runner_up: as in `Recognition`.
        takes: the shots that show reps, in order of time, their reps numbered through; at least one.
        rejected: what moved in every shot and is no rep, by the shot's number.
        motions: the motion in every shot in which the lifter is seen, by number (from 1), analysed or not.
    """

    exercise: Exercise
    variant: str
    confidence: float
    runner_up: tuple[Exercise, float] | None
    takes: tuple[Shot, ...]
    rejected: dict[int, tuple[RejectedMovement, ...]]
    motions: dict[int, Motion]


def find_lift_set(track: PoseTrack, candidates: BarCandidates, options: JudgingOptions | None = None) -> LiftSet:
    """Find the set in a clip, of the exercise that the options name or of the one that is recognised.

    All continuous shots are looked at from the pose alone first; those with reps are then measured in full and counted
    again, as bar and plate move joints and times a little.

    Raises:
        ClipError: the lifter is seen in no shot or cannot be told from others, the exercise is not recognised, or nothing
            moves like it.
        UsageError: there is no exercise of the wanted name.
    """
    options = options or JudgingOptions()
    wanted = options.exercise
    track = without_strangers(split_at_jumps(track))
    rough = _decided(track, rough_motions(track, options.side))
    first = choose_exercise(list(rough.values()), wanted)
    if mistaken := _other_legs(rough, first, options.leg):
        rough = _decided(track, rough_motions(track, options.side, mistaken))
        first = choose_exercise(list(rough.values()), wanted)
    shots = [shot for shot, take in zip(rough, first.takes, strict=True) if take.reps]
    full = {
        shot: full_motion(
            track, candidates, rough[shot], shot,
            bar_on_hips=first.exercise.load == "hips", side=options.side,
            plate_diameter_m=options.plate_diameter_m, height_m=options.height_m,
        )
        for shot in shots
    }  # fmt: skip
    again = counted_again(first, list(full.values()), named=wanted != AUTO)
    if not again.reps:
        again, full = first, rough
    numbers = {shot: number for number, shot in enumerate(rough, 1)}  # title cards are nobody's shots
    return LiftSet(
        exercise=again.exercise,
        variant=again.variant,
        confidence=again.confidence,
        runner_up=again.runner_up,
        takes=_takes(again, full, numbers, tuple((d.start_s, d.end_s) for d in track.damage), named=wanted != AUTO),
        rejected={numbers[shot]: entries for shot, entries in _rejected(rough, first, full, again).items()},
        motions={numbers[shot]: full.get(shot, motion) for shot, motion in rough.items()},
    )


def _decided(track: PoseTrack, motions: dict[int, Motion]) -> dict[int, Motion]:
    """Without the shots in which the lifter cannot be told from others."""
    rivals = {shot: track.shots[shot].rivals for shot in motions}
    if all(rivals.values()):
        raise undecided(max(rivals.values()))
    return {shot: motion for shot, motion in motions.items() if not rivals[shot]}


def _other_legs(rough: Mapping[int, Motion], found: Recognition, leg: str | None) -> frozenset[int]:
    """The shots in which another leg works in most reps than the user says, so that left and right are confused there."""
    if leg is None or not found.exercise.one_leg:
        return frozenset()
    mistaken = []
    for (shot, motion), take in zip(rough.items(), found.takes, strict=True):
        right = [found.exercise.working_side(motion, rep) == leg for rep in take.reps]
        if sum(right) < len(right) / 2:
            mistaken.append(shot)
    return frozenset(mistaken)


def choose_exercise(motions: Sequence[Motion], wanted: str) -> Recognition:
    """The exercise the user named, or the recognised one, with its reps in each motion (one a shot).

    Raises:
        ClipError: it is not recognised, or nothing moves like it.
        UsageError: there is no exercise of the wanted name.
    """
    if wanted != AUTO:
        exercise = exercise_named(wanted)
        found = believed(motions, exercise)
        if not found.reps:
            raise ClipError(
                f"nothing in this clip moves like a {exercise.noun}; film the whole set from the side, or check"
                f" {EXERCISE}, {START} and {END}.",
                EXERCISE,
                START,
                END,
            )
        return found
    found = recognise(motions)
    if found.confidence < RECOGNISED or not found.reps:
        raise ClipError(
            f"unknown exercise: no repetition of a {_known_nouns()} was recognised;"
            f" {_unrecognised_advice(motions)}",
            EXERCISE,
        )
    return found


def _known_nouns() -> str:
    """The exercises that are looked for, for a sentence."""
    nouns = [exercise.noun for exercise in exercises() if exercise.kind_of is None]
    return f"{', '.join(nouns[:-1])} or {nouns[-1]}"


def _unrecognised_advice(motions: Sequence[Motion]) -> str:
    """What to do about a clip in which no exercise was recognised: the filming first, if that is to blame."""
    body = max(motions, key=lambda motion: len(motion.times)).body
    if body.coverage < LOW_COVERAGE:
        return (
            f"the lifter is hidden or out of the picture in {100 * (1 - body.coverage):.0f} % of the frames, so film the"
            " whole body with nothing in front of it."
        )
    if on_its_side(body.points) and stretches_out(body.points):
        return (
            "the picture seems to lie on its side, so turn the clip upright, as a phone's gallery can; where it is the"
            f" lifter who lies, name it with {EXERCISE} if it is one."
        )
    if not body.view.side_on and np.isfinite(body.view.yaw_deg):
        return (
            f"the camera is about {abs(body.view.yaw_deg):.0f} degrees off side-on, so film from the side, or name the"
            f" exercise with {EXERCISE}."
        )
    return f"name it with {EXERCISE} if it is one."


def _takes(
    found: Recognition,
    motions: Mapping[int, Motion],
    numbers: Mapping[int, int],
    damaged: tuple[tuple[float, float], ...],
    *,
    named: bool,
) -> tuple[Shot, ...]:
    """The takes with reps, numbered through, each with what is typical of the whole set."""
    ranges = [rep.range_deg for take in found.takes for rep in take.reps]
    usual = typical_range(ranges) if len(ranges) > 1 else float("nan")
    takes: list[Shot] = []
    number = 0
    for (shot, motion), take in zip(motions.items(), found.takes, strict=True):
        if not take.reps:
            continue
        reps = tuple(replace(rep, index=number + place) for place, rep in enumerate(take.reps, 1))
        number += len(reps)
        working = {rep.index: found.exercise.working_side(motion, rep) for rep in reps}
        takes.append(Shot(motion, reps, found.variant, working, numbers[shot], usual, damaged, named))
    return tuple(takes)


def _rejected(
    rough: Mapping[int, Motion], first: Recognition, full: Mapping[int, Motion], again: Recognition
) -> dict[int, tuple[RejectedMovement, ...]]:
    """What moved and is no rep, by shot of the track: of the measured shots as counted last."""
    entries = {shot: take.rejected for shot, take in zip(rough, first.takes, strict=True)}
    return {**entries, **{shot: take.rejected for shot, take in zip(full, again.takes, strict=True)}}
