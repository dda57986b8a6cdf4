"""Which candidate reps of an exercise's signal are its repetitions, and why the others are rejected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formcheck.lifts.exercise import Exercise
from formcheck.lifts.posture import Posture, hands_hang, leg_length, posture, rep_postures, typical
from formcheck.lifts.reps import CandidateReps, UnpairedPhase, find_candidate_reps, typical_range
from formcheck.motion.motion import Motion
from formcheck.pose.geometry import known_median, trunk_length
from formcheck.pose.skeleton import SIDES
from formcheck.results.analysis import RejectedMovement
from formcheck.results.rep import Phase, Rep

#: A candidate that looks like the exercise at least this much tells what its repetitions are like.
LOOKS_LIKE = 0.5
#: Below this share the lifter is not in the position of the exercise (lying, standing) at all.
LEAST_POSITION, LEAST_POSITION_NAMED = 0.3, 0.15
#: CandidateReps of at least this share of the typical range make the set; smaller ones are repetitions that fall short ...
WHOLE_SHARE = 0.5
#: ... and below this share they are too small to be told from shifting about.
SMALLEST_SHARE = 0.3
#: This far off the floor (leg lengths) during a candidate is jumping or running.
FLIGHT = 0.15
#: Feet this far from where they are in the set (leg lengths), or a lifter larger or smaller by this share, are elsewhere.
ELSEWHERE, OTHER_SIZE = 0.7, 0.3
#: A half movement whose end differs from the set's by more than this (degrees; leg lengths) is getting into place.
OTHER_KNEE_DEG, OTHER_TRUNK_DEG, OTHER_HANDS = 35.0, 30.0, 0.3
#: Home positions of one lifter differ by less than this (degrees), even where a lift is not finished.
OTHER_HOME_DEG = 45.0
#: Hands this low (leg lengths over the ankle) are at a load on the floor; in a set in which they are higher by that much
#: they pick it up or put it down; half of that is enough of who bows to it by that many degrees more than usual. Who only goes
#: too deep does not bend the knees further by that many degrees.
FLOOR_HANDS, ABOVE_FLOOR, PICK_UP_TRUNK_DEG, PICK_UP_KNEE_DEG = 0.25, 0.15, 25.0, 25.0
#: A movement before or after the set that lowers the lifter this little (share, see `Exercise.lowers`) is a step, where the
#: repetitions surely do.
STEPPING = 0.1
#: A load that travels less than this share of its usual way stays where it is; it must be seen in that share of the candidate.
LOAD_SHARE, LOAD_SEEN = 0.3, 0.6
#: A lift that begins or ends this close to the end of its shot (seconds) may go on outside it. One whose beginning is not
#: shown counts from this share of the typical range on, one whose end is not shown from `WHOLE_SHARE` on.
EDGE_S, BEGUN_SHARE = 0.2, 0.8
#: Nor is the beginning of one shown for which nobody went down, so soon after the shot's start (seconds): the lifter stood
#: bent under the bar, say, to take it out of the rack.
BENT_S = 1.0
#: Feet that come apart by this much more than in the set's repetitions (leg lengths) make a step.
STEP = 0.25
#: Before and after the whole repetitions, a movement belongs to the set when it is near to it: the farther away (in typical
#: distances between repetitions), the larger a share of the typical range it must have.
AWAY_PERIODS, AWAY_SHARE = (1.5, 3.0), (0.5, 0.8)


@dataclass(frozen=True)
class CandidateRep:
    """A candidate of take number `take`, with what it looks like."""

    take: int
    rep: Rep
    top: Posture
    bottom: Posture
    position: float
    likeness: float


@dataclass(frozen=True)
class RepsOfSet:
    """What the whole repetitions of a set have in common, over all its takes."""

    begin_s: float
    end_s: float
    range_deg: float
    period_s: float
    top: Posture
    bottom: Posture
    #: Where the feet are and how large the trunk looks (pixels), and how far the plate travels, take by take.
    places: dict[int, tuple[NDArray[np.float64], float]]
    load_travels: dict[int, float]
    #: How far the feet come apart and together again within a repetition (leg lengths).
    step: float


def candidate_rep(motion: Motion, exercise: Exercise, take: int, rep: Rep) -> CandidateRep:
    top, bottom = rep_postures(motion, rep)
    position, likeness = exercise.position(top, bottom), exercise.likeness(top, bottom)
    if exercise.on_feet and max(top.flight, bottom.flight) > FLIGHT and likeness < LOOKS_LIKE:
        position = 0.0  # a moving phone lifts everybody off the floor: what looks like the exercise is believed
    return CandidateRep(take, rep, top, bottom, position, likeness if position >= LEAST_POSITION else position * likeness)


def set_of(motions: Sequence[Motion], core: list[CandidateRep]) -> RepsOfSet:
    reps = [candidate.rep for candidate in core]
    apart = [later.start_s - rep.start_s for rep, later in pairwise(reps)]
    places, loads = {}, {}
    for take in {candidate.take for candidate in core}:
        own = [candidate.rep for candidate in core if candidate.take == take]
        found = [_place(motions[take], rep) for rep in own]
        places[take] = (np.nanmedian([place for place, _ in found], axis=0), float(np.nanmedian([size for _, size in found])))
        travels = [travel for rep in own if np.isfinite(travel := load_travel(motions[take], rep))]
        loads[take] = float(np.median(travels)) if travels else float("nan")
    return RepsOfSet(
        begin_s=reps[0].start_s,
        end_s=reps[-1].end_s,
        range_deg=typical_range([rep.range_deg for rep in reps]),
        period_s=float(np.median(apart)) if apart else float(reps[0].end_s - reps[0].start_s),
        top=typical([candidate.top for candidate in core]),
        bottom=typical([candidate.bottom for candidate in core]),
        places=places,
        load_travels=loads,
        step=float(known_median(np.array([_step(motions[one.take], one.rep.start_s, one.rep.end_s) for one in core]))),
    )


def why_not(motion: Motion, exercise: Exercise, candidate: CandidateRep, usual: RepsOfSet, *, named: bool) -> str | None:
    """Why a candidate is no repetition of the set; None for one that is, well done or not."""
    rep = candidate.rep
    if candidate.position < (LEAST_POSITION_NAMED if named else LEAST_POSITION):
        return f"not in the position of a {exercise.noun}"
    begin, end = rep.concentric
    at_first = begin - motion.times[0] < (BENT_S if rep.cut_start else EDGE_S)
    if at_first and rep.range_deg < BEGUN_SHARE * usual.range_deg and not _from_the_bottom(motion, begin, usual):
        return "begun before the clip shows it"
    if motion.times[-1] - end < EDGE_S and rep.range_deg < WHOLE_SHARE * usual.range_deg:
        return "not finished when the clip ends"
    if rep.range_deg < SMALLEST_SHARE * usual.range_deg:
        return "too small to be a rep"
    load = load_travel(motion, rep)
    if _only_the_lifter(rep, load, usual.load_travels.get(candidate.take, float("nan"))):
        return "not finished when the clip ends"
    if load < LOAD_SHARE * usual.load_travels.get(candidate.take, float("nan")):
        return "the load does not move"
    within = usual.begin_s <= rep.start_s and rep.end_s <= usual.end_s
    return None if within else setting_up(motion, exercise, candidate, usual)


def _only_the_lifter(rep: Rep, load: float, usual_load: float) -> bool:
    """Whether a lift that goes on beyond the clip shows the lifter come up, but not the load that is followed in the others:
    who lets go of it and stands up does the same."""
    unfinished = rep.first == "concentric" and rep.cut_end and not rep.turn_shown
    return unfinished and bool(np.isfinite(usual_load)) and not np.isfinite(load)


def setting_up(motion: Motion, exercise: Exercise, candidate: CandidateRep, usual: RepsOfSet) -> str | None:
    """What a candidate before or after the whole repetitions shows that is not lifting; None when nothing does."""
    rep = candidate.rep
    away = max(usual.begin_s - rep.end_s, rep.start_s - usual.end_s)
    asked = np.interp(away / usual.period_s, AWAY_PERIODS, AWAY_SHARE, left=0.0)
    if rep.range_deg < asked * usual.range_deg:
        return "a small movement outside the set"
    if rep.range_deg < WHOLE_SHARE * usual.range_deg and _walks(motion, rep.start_s, rep.end_s, usual):
        return "walking"
    if walks_in(motion, candidate, usual):
        return "coming up before walking into place"
    if candidate.take in usual.places and _elsewhere(_place(motion, rep), usual.places[candidate.take], leg_length(motion)):
        return "somewhere else: walking up or away"
    if _picks_up(exercise, candidate, usual):
        return "picking the load up or putting it down"
    if exercise.lowers(candidate.top, candidate.bottom) < STEPPING and exercise.lowers(usual.top, usual.bottom) > 1 - STEPPING:
        return "stepping or shifting about"
    if rep.cut_start or rep.cut_end:
        # The end that a lift is unfinished at may be anywhere on its way; who only gets into place comes from somewhere else.
        if not _on_the_way(candidate.bottom if exercise.on_feet else candidate.top, usual):
            return "getting into or out of position"
    elif not _home(motion, candidate, usual, exercise):
        return "getting into or out of position"
    return None


def walks_in(motion: Motion, candidate: CandidateRep, usual: RepsOfSet) -> bool:
    """Whether a lift that the clip begins in is followed by a walk to where the set is done: out of the rack, say."""
    begun_before = candidate.rep.cut_start and candidate.rep.concentric[0] - motion.times[0] < BENT_S
    return begun_before and _walks(motion, candidate.rep.end_s, usual.begin_s, usual)


def _walks(motion: Motion, begin_s: float, end_s: float, usual: RepsOfSet) -> bool:
    """Whether the lifter steps between two moments, which in the set's repetitions nobody does."""
    return usual.step < STEP and _step(motion, begin_s, end_s) > usual.step + STEP


def _step(motion: Motion, begin_s: float, end_s: float) -> float:
    """How far the feet come apart and together again along the floor between two moments, leg lengths; NaN where hidden."""
    left, right = (motion.body.point("ankle", side)[(motion.times >= begin_s) & (motion.times <= end_s), 0] for side in SIDES)
    apart = np.abs(left - right)
    apart = apart[np.isfinite(apart)]
    return float(np.ptp(np.percentile(apart, [3, 97])) / leg_length(motion)) if len(apart) else float("nan")


def _from_the_bottom(motion: Motion, begin_s: float, usual: RepsOfSet) -> bool:
    """Whether a lift begins as low as those of the set, so that it is short because it ends early."""
    there = posture(motion, np.abs(motion.times - begin_s) < 0.15)
    bottom, usual_bottom, usual_top = (
        np.array([one.knee, one.hip, one.thigh, one.trunk]) for one in (there, usual.bottom, usual.top)
    )
    off, whole = (float(np.linalg.norm(other - usual_bottom)) for other in (bottom, usual_top))
    return off < (1 - BEGUN_SHARE) * whole


def _elsewhere(
    one: tuple[NDArray[np.float64], float], other: tuple[NDArray[np.float64], float], leg_px: float
) -> bool:
    """Whether the feet are in another place, or the lifter in another distance from the camera."""
    return bool(np.linalg.norm(one[0] - other[0]) > ELSEWHERE * leg_px or abs(one[1] / other[1] - 1) > OTHER_SIZE)


def _picks_up(exercise: Exercise, candidate: CandidateRep, usual: RepsOfSet) -> bool:
    """Whether the lifter bends down to where the hands of the set's repetitions do not go.

    The load may stand anywhere: on the floor, on plates, or lean there as the end of a bar. Arms that hang to it while the
    trunk bows, in a set whose loads are carried higher, tell wherever that is.
    """
    hands, usually = candidate.bottom.hands_up, usual.bottom.hands_up
    bows = candidate.bottom.trunk - usual.bottom.trunk > PICK_UP_TRUNK_DEG
    reaches = hands_hang(candidate.bottom) and not hands_hang(usual.bottom)
    if exercise.on_feet and bows and reaches and usually - hands > ABOVE_FLOOR:
        return True
    if not exercise.on_feet or not hands < FLOOR_HANDS or not usually - hands > ABOVE_FLOOR * (0.5 if bows else 1.0):
        return False
    return not exercise.hands_go_down or candidate.bottom.knee < usual.bottom.knee - PICK_UP_KNEE_DEG


def _on_the_way(one: Posture, usual: RepsOfSet) -> bool:
    """Whether a posture is one that the set's repetitions go through, give or take what the ends of a half one differ by."""
    beyond = (
        _beyond(one.knee, usual.bottom.knee, usual.top.knee) / OTHER_KNEE_DEG,
        _beyond(one.trunk, usual.bottom.trunk, usual.top.trunk) / OTHER_TRUNK_DEG,
        _beyond(one.hands_up, usual.bottom.hands_up, usual.top.hands_up) / OTHER_HANDS,
    )
    return all(not amount > 1 for amount in beyond)


def _beyond(value: float, one_end: float, other_end: float) -> float:
    """How far a value is outside what lies between two ends; 0 inside."""
    low, high = min(one_end, other_end), max(one_end, other_end)
    return max(low - value, value - high, 0.0) if np.isfinite(value) else float("nan")


def _home(motion: Motion, candidate: CandidateRep, usual: RepsOfSet, exercise: Exercise) -> bool:
    """Whether the candidate begins and ends where the set's repetitions do, as far as its ends are seen.

    Where the shot begins or ends, or the lifter is hidden before or after, the movement may go on there.
    """
    home = usual.top if candidate.rep.first == "eccentric" else usual.bottom
    known = motion.times[motion.near.knee.known]
    for moment, way in ((candidate.rep.start_s, -1), (candidate.rep.end_s, 1)):
        beyond = way * (known - moment)
        at_edge = moment - motion.times[0] < EDGE_S or motion.times[-1] - moment < EDGE_S
        if at_edge or not ((beyond > 0) & (beyond <= EDGE_S)).any():
            continue
        # A choppy picture shows the movement a little after it has ended: then the moments beyond it tell.
        after = way * (motion.times - moment)
        if not any(
            _like_home(posture(motion, (after >= begin) & (after < begin + 0.3)), home, exercise) for begin in (-0.15, 0.0)
        ):
            return False
    return True


def _like_home(one: Posture, home: Posture, exercise: Exercise) -> bool:
    knee, other = one.knee - home.knee, one.back_knee - home.back_knee
    if not exercise.one_leg and np.isfinite(other):
        knee = (knee + other) / 2  # both do the same: a plate that hides one of them moves that one
    return not abs(knee) > OTHER_HOME_DEG and not abs(one.trunk - home.trunk) > OTHER_HOME_DEG


def _place(motion: Motion, rep: Rep) -> tuple[NDArray[np.float64], float]:
    """Where the feet are during a candidate (pixels), and how large the trunk looks."""
    during = rep.during(motion.times)
    body = motion.body
    feet = np.nanmedian(np.concatenate([body.point("ankle", side)[during] for side in SIDES]), axis=0)
    return feet, trunk_length(body.points[during])


def load_travel(motion: Motion, rep: Rep) -> float:
    """How far the plate goes up and down in a candidate, pixels; NaN where it is not seen."""
    height = load_height(motion)
    if height is None:
        return float("nan")
    part = height[rep.during(motion.times)]
    known = part[np.isfinite(part)]
    if len(part) == 0 or len(known) < LOAD_SEEN * len(part):
        return float("nan")
    return float(np.ptp(np.percentile(known, [2, 98])))


def load_height(motion: Motion) -> NDArray[np.float64] | None:
    """(F,) height of the plate in pixels, up positive, NaN where it is hidden; None without a plate.

    Hands that stand in for a bar are not followed more finely than the joints.
    """
    if motion.bar is None or motion.bar.source != "plate":
        return None
    return np.asarray(-motion.bar.path[:, 1])


# Counting.

@dataclass(frozen=True)
class Counted:
    """The repetitions of an exercise in one take, numbered from 1, and what else moved.

    `likeness`: how much they look like the exercise, 0-1 (0 without any). `evidence`: how many whole repetitions' worth of
    movement looks like it in whatever moved.
    """

    reps: tuple[Rep, ...]
    rejected: tuple[RejectedMovement, ...]
    likeness: float
    evidence: float

    def as_rejected(self, reason: str) -> tuple[RejectedMovement, ...]:
        """Everything that moved, as no repetition."""
        return merged([*self.rejected, *(RejectedMovement(rep.start_s, rep.end_s, reason) for rep in self.reps)])


def count_reps(
    motions: Sequence[Motion], exercise: Exercise, *, named: bool = False, first: Phase | None = None
) -> list[Counted]:
    """The repetitions of `exercise` in the takes of a set, in order of time.

    Args:
        named: the user says that it is this exercise: candidates need not look like it.
        first: the phase its repetitions begin with, where that differs from the exercise's usual one.
    """
    candidates = [_swings_of(motion, exercise, first) for motion in motions]
    looks = [candidate_rep(motions[take], exercise, take, rep) for take, found in enumerate(candidates) for rep in found.reps]
    core = _core(looks, named=named, least_range=exercise.least_range)
    core = _without_setting_up(motions, exercise, core)
    if not core:
        return [Counted((), _unnamed(found), 0.0, 0.0) for found in candidates]
    usual = set_of(motions, core)
    counted = []
    for take, found in enumerate(candidates):
        own = [candidate for candidate in looks if candidate.take == take]
        reasons = [why_not(motions[take], exercise, candidate, usual, named=named) for candidate in own]
        kept = [candidate.rep for candidate, reason in zip(own, reasons, strict=True) if reason is None]
        rejected = [
            RejectedMovement(one.rep.start_s, one.rep.end_s, reason)
            for one, reason in zip(own, reasons, strict=True)
            if reason
        ]
        rejected += [_rejected_phase(phase, kept) for phase in found.unpaired]
        typical_of_take = [candidate.likeness for candidate in core if candidate.take == take]
        counted.append(
            Counted(
                reps=tuple(replace(rep, index=number) for number, rep in enumerate(kept, 1)),
                rejected=merged(rejected),
                likeness=float(np.median(typical_of_take)) if typical_of_take else 0.0,
                evidence=sum(candidate.likeness * min(1.0, candidate.rep.range_deg / usual.range_deg) for candidate in own),
            )
        )
    return counted


def _swings_of(motion: Motion, exercise: Exercise, first: Phase | None) -> CandidateReps:
    rep_signal = exercise.rep_signal(motion)
    if first is not None:
        rep_signal = replace(rep_signal, first=first)
    return find_candidate_reps(motion.times, rep_signal, load_height(motion))


def merged(entries: list[RejectedMovement]) -> tuple[RejectedMovement, ...]:
    """Neighbours with the same reason become one entry."""
    result: list[RejectedMovement] = []
    for entry in sorted(entries, key=lambda entry: entry.start_s):
        last = result[-1] if result else None
        if last is not None and last.reason == entry.reason and entry.start_s - last.end_s < 1.5:
            result[-1] = replace(last, end_s=max(last.end_s, entry.end_s))
        else:
            result.append(entry)
    return tuple(result)


def _core(looks: list[CandidateRep], *, named: bool, least_range: float) -> list[CandidateRep]:
    """The candidates that tell what a repetition of this set is: whole ones, in position, that look like the exercise.

    Where the exercise is named and none looks like it, all that are in position: the whole set may be done like something
    else, which the rules then say.
    """
    least = LEAST_POSITION_NAMED if named else LEAST_POSITION
    placed = [candidate for candidate in looks if candidate.position >= least]
    alike = [candidate for candidate in placed if candidate.likeness >= LOOKS_LIKE]
    chosen = alike or placed
    if named and len(alike) < 0.5 * len(placed):
        chosen = placed
    if not named:
        chosen = [candidate for candidate in chosen if candidate.rep.range_deg >= least_range]
    whole = WHOLE_SHARE * typical_range([candidate.rep.range_deg for candidate in chosen])
    return [candidate for candidate in chosen if candidate.rep.range_deg >= whole]


def _without_setting_up(motions: Sequence[Motion], exercise: Exercise, core: list[CandidateRep]) -> list[CandidateRep]:
    """Without the first and last candidates that the others show to be no lifting: standing up from the bench, picking up."""
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


def _rejected_phase(way: UnpairedPhase, kept: list[Rep]) -> RejectedMovement:
    after = bool(kept) and way.start_s >= kept[-1].turn_end_s
    reason = {
        ("eccentric", True): "lowered at the end and not lifted again",
        ("eccentric", False): "going down to the starting position",
        ("concentric", True): "coming up after the set",
        ("concentric", False): "coming up before the set",
    }[way.phase, after]
    return RejectedMovement(way.start_s, way.end_s, reason)


def _unnamed(candidates: CandidateReps) -> tuple[RejectedMovement, ...]:
    return merged([RejectedMovement(rep.start_s, rep.end_s, "not a movement of this exercise") for rep in candidates.reps])
