"""Finding the set in a pose track: which exercise, in which shots, with which reps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from formcheck.errors import ClipError
from formcheck.lifts.exercise import Exercise, Shot
from formcheck.lifts.recognition import RECOGNISED, Recognition, counted_again, recognise, user_specified
from formcheck.lifts.registry import exercise_named, exercises
from formcheck.lifts.reps import typical_range
from formcheck.motion.bar.candidates import BarCandidates
from formcheck.motion.motion import Motion, corrected_track, full_motion, rough_motions
from formcheck.options import AUTO, END, EXERCISE, START, JudgingOptions
from formcheck.pose.geometry import on_its_side, stretches_out
from formcheck.pose.lifter import ambiguous_lifter
from formcheck.pose.track import PoseTrack
from formcheck.results.analysis import LOW_COVERAGE, RejectedMovement


@dataclass(frozen=True)
class LiftSet:
    """A filmed set.

    Attributes:
        exercise, variant, confidence, runner_up: as in `Recognition`.
        shots: the shots with reps in order of time, at least one; reps are numbered through.
        rejected: rejected movements by number of the shot.
        motions: the motion in every shot in which the lifter is seen, by number from 1.
    """

    exercise: Exercise
    variant: str
    confidence: float
    runner_up: tuple[Exercise, float] | None
    shots: tuple[Shot, ...]
    rejected: dict[int, tuple[RejectedMovement, ...]]
    motions: dict[int, Motion]


@dataclass(frozen=True)
class RoughSet:
    """A set counted from the pose alone.

    Attributes:
        track: as it is analysed: split at jumps, without the feet of others.
        motions: the motion in every shot in which the lifter is seen, by number of the track's shot.
        found: the exercise with its reps in each of them.
    """

    track: PoseTrack
    motions: dict[int, Motion]
    found: Recognition


def find_rough_set(track: PoseTrack, options: JudgingOptions, known: Recognition | None = None) -> RoughSet:
    """Count the reps of the exercise that the user named or that is recognised, without bar, back and plate.

    Args:
        known: recognised a moment ago in the same set: if it has reps, no other exercise is tried, which takes half the time.

    Raises:
        ClipError, UsageError: as `find_lift_set`.
    """
    track = corrected_track(track)
    rough = _unambiguous(track, rough_motions(track, options.side))
    first = _counted(rough, options, known)
    if swapped := _swapped_shots(rough, first, options.leg):
        rough = _unambiguous(track, rough_motions(track, options.side, swapped))
        first = _counted(rough, options, known)
    return RoughSet(track, rough, first)


def _counted(rough: Mapping[int, Motion], options: JudgingOptions, known: Recognition | None) -> Recognition:
    motions = list(rough.values())
    if known is not None:
        again = counted_again(known, motions, named=options.exercise != AUTO)
        if again.reps:
            return again
    return choose_exercise(motions, options.exercise)


def find_lift_set(
    track: PoseTrack, candidates: BarCandidates, options: JudgingOptions | None = None, counted: RoughSet | None = None
) -> LiftSet:
    """Find the set in a clip, of the exercise that the user named or that is recognised.

    Reps are first counted in all shots from the pose alone; shots with reps are then measured in full and counted again, since
    bar and plate change joints and times slightly.

    Args:
        counted: the track's rough set, if it is known already.

    Raises:
        ClipError: the lifter is not seen or cannot be distinguished from others, or no rep of the exercise is found.
        UsageError: there is no exercise of the given name.
    """
    options = options or JudgingOptions()
    wanted = options.exercise
    counted = counted or find_rough_set(track, options)
    track, rough, first = counted.track, counted.motions, counted.found
    shots = [index for index, shot in zip(rough, first.shots, strict=True) if shot.reps]
    full = {
        index: full_motion(
            track, candidates, rough[index], index,
            bar_on_hips=first.exercise.load == "hips", side=options.side,
            plate_diameter_m=options.plate_diameter_m, height_m=options.height_m,
        )
        for index in shots
    }  # fmt: skip
    again = counted_again(first, list(full.values()), named=wanted != AUTO)
    if wanted == AUTO and first.exercise.load != "hips" and _plate_is_followed(full):
        again = _recognised_with_bar(full, again)
    if not again.reps:
        again, full = first, rough
    numbers = {index: number for number, index in enumerate(rough, 1)}  # shots without a lifter have no number
    return LiftSet(
        exercise=again.exercise,
        variant=again.variant,
        confidence=again.confidence,
        runner_up=again.runner_up,
        shots=_shots(again, full, numbers, tuple((d.start_s, d.end_s) for d in track.damage), named=wanted != AUTO),
        rejected={numbers[index]: entries for index, entries in _rejected(rough, first, full, again).items()},
        motions={numbers[index]: full.get(index, motion) for index, motion in rough.items()},
    )


def counted_as(found: LiftSet, exercise: Exercise) -> tuple[Shot, ...]:
    """The shots of a set with reps counted as those of another exercise; none where it has none."""
    motions = {shot.number: shot.motion for shot in found.shots}
    again = user_specified(list(motions.values()), exercise)
    return _shots(again, motions, {number: number for number in motions}, found.shots[0].damaged, named=False)


def _plate_is_followed(motions: Mapping[int, Motion]) -> bool:
    return any(motion.bar is not None and motion.bar.source == "plate" for motion in motions.values())


def _recognised_with_bar(motions: Mapping[int, Motion], found: Recognition) -> Recognition:
    """The exercise recognised anew, now that it is known where the bar is; `found` if that is as sure.

    Only a bar in the hands tells another exercise than the pose did.
    """
    anew = recognise(list(motions.values()))
    if anew.exercise.family != found.exercise.family:
        return anew if anew.exercise.load == "hands" and anew.reps and anew.confidence >= RECOGNISED else found
    return anew if anew.confidence > found.confidence else found


def _unambiguous(track: PoseTrack, motions: dict[int, Motion]) -> dict[int, Motion]:
    """Drop shots in which several people look equally like the lifter."""
    rivals = {index: track.shots[index].rivals for index in motions}
    if all(rivals.values()):
        raise ambiguous_lifter(max(rivals.values()))
    return {index: motion for index, motion in motions.items() if not rivals[index]}


def _swapped_shots(rough: Mapping[int, Motion], found: Recognition, leg: str | None) -> frozenset[int]:
    """Shots in which most reps are done with the other leg than the user named, so left and right are swapped there."""
    if leg is None or not found.exercise.one_leg:
        return frozenset()
    swapped = []
    for (index, motion), shot in zip(rough.items(), found.shots, strict=True):
        right = [found.exercise.working_side(motion, rep) == leg for rep in shot.reps]
        if sum(right) < len(right) / 2:
            swapped.append(index)
    return frozenset(swapped)


def choose_exercise(motions: Sequence[Motion], wanted: str) -> Recognition:
    """The exercise that the user named, or the recognised one, with its reps in each shot.

    Raises:
        ClipError: no rep of it is found.
        UsageError: there is no exercise of the given name.
    """
    if wanted != AUTO:
        exercise = exercise_named(wanted)
        found = user_specified(motions, exercise)
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
    """The recognised exercises, as a list in a sentence."""
    nouns = [exercise.noun for exercise in exercises() if exercise.kind_of is None]
    return f"{', '.join(nouns[:-1])} or {nouns[-1]}"


def _unrecognised_advice(motions: Sequence[Motion]) -> str:
    """Advice for a clip in which no exercise was recognised, about the filming if that is the likely cause."""
    body = max(motions, key=lambda motion: len(motion.times)).body
    if body.coverage < LOW_COVERAGE:
        return (
            f"the lifter is hidden or out of the picture in {100 * (1 - body.coverage):.0f} % of the frames, so film the"
            " whole body with nothing in front of it."
        )
    if on_its_side(body.points) and stretches_out(body.points):
        return (
            "the picture seems to be on its side, so turn the clip upright in your phone's gallery; if it is the"
            f" lifter who lies down, name the exercise with {EXERCISE}."
        )
    if not body.view.side_on and np.isfinite(body.view.yaw_deg):
        return (
            f"the camera is about {abs(body.view.yaw_deg):.0f} degrees off the side view, so film from the side, or name the"
            f" exercise with {EXERCISE}."
        )
    return f"name it with {EXERCISE} if it is one."


def _shots(
    found: Recognition,
    motions: Mapping[int, Motion],
    numbers: Mapping[int, int],
    damaged: tuple[tuple[float, float], ...],
    *,
    named: bool,
) -> tuple[Shot, ...]:
    """The shots with reps, which are numbered through."""
    ranges = [rep.range_deg for shot in found.shots for rep in shot.reps]
    usual = typical_range(ranges) if len(ranges) > 1 else float("nan")
    shots: list[Shot] = []
    number = 0
    for (index, motion), shot in zip(motions.items(), found.shots, strict=True):
        if not shot.reps:
            continue
        reps = tuple(replace(rep, index=number + place) for place, rep in enumerate(shot.reps, 1))
        number += len(reps)
        working = {rep.index: found.exercise.working_side(motion, rep) for rep in reps}
        shots.append(Shot(motion, reps, found.variant, working, numbers[index], usual, damaged, named))
    return tuple(shots)


def _rejected(
    rough: Mapping[int, Motion], first: Recognition, full: Mapping[int, Motion], again: Recognition
) -> dict[int, tuple[RejectedMovement, ...]]:
    """Rejected movements by shot of the track, from the last count of each."""
    entries = {index: shot.rejected for index, shot in zip(rough, first.shots, strict=True)}
    return {**entries, **{index: shot.rejected for index, shot in zip(full, again.shots, strict=True)}}
