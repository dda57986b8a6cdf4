"""Splitting a clip into sets: a long rest or another exercise begins a new one; and taking out reps struck out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf

import numpy as np

from formcheck.errors import ClipError
from formcheck.lifts.exercise import Shot
from formcheck.lifts.lift_set import LiftSet, find_lift_set
from formcheck.lifts.recognition import Recognition, recognise
from formcheck.lifts.reps import typical_range
from formcheck.motion.bar.candidates import BarCandidates
from formcheck.motion.motion import corrected_track, rough_motions
from formcheck.options import AUTO, JudgingOptions
from formcheck.pose.track import PoseTrack
from formcheck.results.analysis import RejectedMovement
from formcheck.results.corrections import Corrections

#: A rest this long separates two sets, seconds.
REST_S = 30.0
#: Rejected movement of at least this length in total may be another set, seconds: three quick reps.
LEAST_MOVED_S = 4.0
#: Least confidence and number of reps of such a set; after a rest or a cut the smaller number is enough. Picking up a load or
#: sitting down looks like one or two reps of something.
LEAST_SURE, LEAST_REPS, LEAST_REPS_APART = 0.6, 3, 2


@dataclass(frozen=True)
class FoundSet:
    """One set of a clip, with the track and the bar candidates of its part."""

    track: PoseTrack
    candidates: BarCandidates
    found: LiftSet

    @property
    def span(self) -> tuple[float, float]:
        """From the start of its first rep to the end of its last one, seconds."""
        return _span_of(self.found)


def find_sets(track: PoseTrack, candidates: BarCandidates, options: JudgingOptions | None = None) -> list[FoundSet]:
    """The sets of a clip in order of time, at least one; a single set has the whole track.

    Each is found as if `--start` and `--end` had cut it out. Reps that are not recognised by themselves stay with the nearest
    set.

    Raises:
        ClipError, UsageError: as `find_lift_set` does.
    """
    options = options or JudgingOptions()
    try:
        whole = find_lift_set(track, candidates, options)
    except ClipError as error:
        parts = _parts_of_unrecognised(track, options)
        sets = _cut_apart(track, candidates, options, parts)
        if not sets:
            raise error from None
        return sets
    one = FoundSet(track, candidates, whole)
    parts = [*_groups(one), *_others(one, options)]
    if len(parts) < 2:
        return [one]
    sets = _cut_apart(track, candidates, options, parts)
    return sets if len(sets) > 1 and _reps(sets) >= _reps([one]) else [one]


def _reps(sets: Sequence[FoundSet]) -> int:
    return sum(len(shot.reps) for one in sets for shot in one.found.shots)


def _groups(one: FoundSet) -> list[tuple[float, float]]:
    """Start and end of every run of reps without a rest, seconds."""
    return _joined([(rep.start_s, rep.end_s) for shot in one.found.shots for rep in shot.reps])


def _joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Merge spans that are less than a rest apart."""
    groups: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if groups and start - groups[-1][1] < REST_S:
            groups[-1] = groups[-1][0], max(groups[-1][1], end)
        else:
            groups.append((start, end))
    return groups


def _others(one: FoundSet, options: JudgingOptions) -> list[tuple[float, float]]:
    """Spans of other sets before, between and after the reps: of another exercise, or after a rest."""
    if options.exercise != AUTO:
        return []  # the user named the exercise, so nothing else is a set
    found: list[tuple[float, float]] = []
    reps = sorted((rep.start_s, rep.end_s) for shot in one.found.shots for rep in shot.reps)
    moved = [(entry.start_s, entry.end_s) for entries in one.found.rejected.values() for entry in entries]
    edges = [(-inf, -inf), *reps, (inf, inf)]
    for (_, start_s), (end_s, _) in pairwise(edges):
        inside = [(max(a, start_s), min(b, end_s)) for a, b in moved if a < end_s and b > start_s]
        for begin_s, until_s in _joined(inside):
            if sum(b - a for a, b in inside if begin_s <= a <= until_s) < LEAST_MOVED_S:
                continue
            span = _another_set(one, (max(start_s, begin_s - 1), min(end_s, until_s + 1)))
            if span is not None:
                found.append(span)
    return found


def _another_set(one: FoundSet, part: tuple[float, float]) -> tuple[float, float] | None:
    """Start and end of another set in a part of the track; None without one."""
    other = _recognised_in(one.track, part)
    if other is None:
        return None
    reps = [rep for shot in other.shots for rep in shot.reps]
    start_s, end_s = _span_of(other)
    rested = min(max(begin - end_s, start_s - end) for begin, end in _groups(one)) >= REST_S
    shots = [shot.motion.times for shot in one.found.shots]
    cut_off = not any(times[0] < end_s and times[-1] > start_s for times in shots)
    if other.exercise.family == one.found.exercise.family and not rested:
        return None  # the same lift without a rest: its movements were rejected for a reason
    return (start_s, end_s) if rested or cut_off or len(reps) >= LEAST_REPS else None


def _recognised_in(track: PoseTrack, part: tuple[float, float]) -> Recognition | None:
    """The exercise that is recognised with confidence in a part of the track, with its reps; None without one."""
    try:
        motions = list(rough_motions(corrected_track(cut_track(track, *part))).values())
    except ClipError:
        return None
    found = recognise(motions)
    return found if found.reps >= LEAST_REPS_APART and found.confidence >= LEAST_SURE else None


def _span_of(found: LiftSet | Recognition) -> tuple[float, float]:
    reps = [rep for shot in found.shots for rep in shot.reps]
    return min(rep.start_s for rep in reps), max(rep.end_s for rep in reps)


def _parts_of_unrecognised(track: PoseTrack, options: JudgingOptions) -> list[tuple[float, float]]:
    """For a clip that is not recognised as a whole: the spans of the exercises that its shots show one after the other."""
    numbers = np.unique(track.shot)
    if options.exercise != AUTO or len(numbers) < 2:
        return []
    parts: list[tuple[str, tuple[float, float]]] = []
    for number in numbers:
        times = track.times[track.shot == number]
        found = _recognised_in(track, (float(times[0]), float(times[-1])))
        if found is None:
            continue
        family, (start_s, end_s) = found.exercise.family, _span_of(found)
        if parts and parts[-1][0] == family and start_s - parts[-1][1][1] < REST_S:
            parts[-1] = family, (parts[-1][1][0], end_s)
        else:
            parts.append((family, (start_s, end_s)))
    return [span for _, span in parts] if len(parts) > 1 else []


def _cut_apart(
    track: PoseTrack, candidates: BarCandidates, options: JudgingOptions, parts: Sequence[tuple[float, float]]
) -> list[FoundSet]:
    """Cut the clip between the parts and find a set in each; a part without one joins the next."""
    cuts = [_between(track, before[1], after[0]) for before, after in pairwise(sorted(parts))]
    sets: list[FoundSet] = []
    begins: list[float | None] = []
    begin: float | None = None
    for number, end in enumerate([*cuts, None]):
        found = _set_in(track, candidates, options, begin, end)
        if found is not None:
            sets.append(found)
            begins.append(begin)
            begin = end
        elif number == len(cuts) and sets:  # the set before has the clip's end
            sets[-1] = _set_in(track, candidates, options, begins[-1], None) or sets[-1]
    return sets


def _between(track: PoseTrack, end_s: float, start_s: float) -> float:
    """Time to cut between two parts, in whole milliseconds: at a cut of the clip, else half-way."""
    middle = (end_s + start_s) / 2
    rows = np.flatnonzero(np.diff(track.shot))
    cuts = (track.times[rows] + track.times[rows + 1]) / 2
    inside = cuts[(cuts > end_s) & (cuts < start_s)]
    return round(float(inside[np.argmin(np.abs(inside - middle))]) if len(inside) else middle, 3)


def _set_in(
    track: PoseTrack, candidates: BarCandidates, options: JudgingOptions, start_s: float | None, end_s: float | None
) -> FoundSet | None:
    """The set in a part of the clip; None where no exercise is recognised in it."""
    try:
        part = cut_track(track, -inf if start_s is None else start_s, inf if end_s is None else end_s)
        own = cut_candidates(candidates, part)
        return FoundSet(part, own, find_lift_set(part, own, options))
    except ClipError:
        return None


def cut_track(track: PoseTrack, start_s: float, end_s: float) -> PoseTrack:
    """The part of a track between two times (seconds), as `--start` and `--end` would have made it; an infinite time leaves
    that side open.

    Raises:
        ClipError: no sample lies in it.
    """
    reading = track.key.reading
    if np.isfinite(start_s):
        reading = replace(reading, start_s=float(start_s))
    if np.isfinite(end_s):
        reading = replace(reading, end_s=float(end_s))
    frames = np.flatnonzero((track.frame_times >= start_s) & (track.frame_times <= end_s))
    own = np.flatnonzero((track.times >= start_s) & (track.times <= end_s))
    if not len(own):
        raise ClipError("there is nothing to analyse in this part of the clip.")
    first = int(frames[0])
    numbers, shot = np.unique(track.shot[own], return_inverse=True)
    return replace(
        track,
        key=replace(track.key, reading=reading),
        frame_times=track.frame_times[frames],
        first_index=track.first_index + first,
        samples=track.samples[own] - first,
        shot=shot.astype(np.int64),
        shots=tuple(track.shots[int(number)] for number in numbers),
        repeated=track.repeated[own],
        points=track.points[own],
        depth=track.depth[own],
        visibility=track.visibility[own],
        world=track.world[own],
        arch=track.arch[own],
        bend=track.bend[own],
        outline=tuple(track.outline[row] for row in own),
        damage=tuple(part for part in track.damage if part.start_s <= end_s),
    )


def cut_candidates(candidates: BarCandidates, track: PoseTrack) -> BarCandidates:
    """The bar candidates within a part of the track."""
    own = (candidates.times >= track.frame_times[0]) & (candidates.times <= track.frame_times[-1])
    rows = {name: getattr(candidates, name)[own] for name in ("times", "trunk", "x", "y", "radius", "coverage")}
    return replace(candidates, key=track.key, **rows)


# The reps that a person struck out.

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
