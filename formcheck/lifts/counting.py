"""Which candidate reps are reps of the exercise, and why the others are rejected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formcheck.lifts.exercise import Exercise
from formcheck.lifts.posture import Posture, at_chest, flat_posture, hands_hang, posture, rep_postures, typical
from formcheck.lifts.reps import CandidateReps, UnpairedPhase, find_candidate_reps, typical_range
from formcheck.motion.motion import Motion
from formcheck.pose.geometry import known_median, trunk_length
from formcheck.pose.skeleton import SIDES
from formcheck.results.analysis import RejectedMovement
from formcheck.results.rep import Phase, Rep

#: Least likeness of candidates from which the set's profile is made.
LOOKS_LIKE = 0.5
#: Below this score the lifter is not in the exercise's position (lying, standing); the second if the user named it.
LEAST_POSITION, LEAST_POSITION_NAMED = 0.3, 0.15
#: Share of the typical range from which on a candidate is a whole rep; smaller ones are short reps.
WHOLE_SHARE = 0.5
#: Below this share a candidate may be shifting about.
SMALLEST_SHARE = 0.3
#: A lifter this far off the floor jumps or runs, leg lengths.
FLIGHT = 0.15
#: A lifter whose feet are this far from their place in the set (leg lengths), or whose size differs by this share, is
#: elsewhere; the feet by half of it if the load that is followed in the set isn't seen.
ELSEWHERE, OTHER_SIZE = 0.7, 0.3
#: Largest difference of the ends of an incomplete rep from the set's (degrees; leg lengths).
OTHER_KNEE_DEG, OTHER_TRUNK_DEG, OTHER_HANDS = 35.0, 30.0, 0.3
#: Start positions of one lifter differ by less than this, degrees.
OTHER_START_DEG = 45.0
#: Picking up a load or putting it down: hands below this height (leg lengths above the ankle) and lower than in the set by
#: this much, or by half of it if the trunk leans this much further (degrees). In hinges, the knees also bend further by this.
FLOOR_HANDS, ABOVE_FLOOR, PICK_UP_TRUNK_DEG, PICK_UP_KNEE_DEG = 0.25, 0.15, 25.0, 25.0
PICKS_UP = "picking the load up or putting it down"
#: The ends of a movement are seen this long before and after them, seconds.
AT_END_S = 0.15
#: Reps that follow each other pause for less than this share of their period.
AT_PACE = 0.5
#: A movement outside the set that lowers the lifter less than this (see `Exercise.lowers`) is a step; within the set it is one
#: if it is small and the feet move too.
STEPPING = 0.1
STEPS = "stepping or shifting around"
#: The load is at rest if it travels less than this share of its usual travel; it must be seen in this share of the candidate.
LOAD_SHARE, LOAD_SEEN = 0.3, 0.6
#: A lift this close to the start or end of the shot may be cut off, seconds. It is a rep from this share of the typical range
#: on if its beginning is missing, or from `WHOLE_SHARE` on if its end is. Where pictures are few, the edge is so many of them.
EDGE_S, EDGE_PICTURES, BEGUN_SHARE = 0.2, 2.5, 0.8
#: A lift without an eccentric phase this soon after the shot's start (seconds) is cut off too: the lifter may have been taking
#: the bar out of the rack.
BENT_S = 1.0
#: An unpaired phase that reaches into a rep is reported if it begins at least this long before it, seconds.
LEAST_BEFORE_S = 0.5
#: The feet come apart by this much more in a step than in the set's reps, leg lengths.
STEP = 0.25
#: Outside the whole reps, the share of the typical range that a movement needs rises from the first to the second value while
#: its distance from the set, in rep periods, does.
AWAY_PERIODS, AWAY_SHARE = (1.5, 3.0), (0.5, 0.8)


@dataclass(frozen=True)
class CandidateRep:
    """A candidate rep in shot number `shot`, with its postures and classifier scores."""

    shot: int
    rep: Rep
    top: Posture
    bottom: Posture
    position: float
    likeness: float


@dataclass(frozen=True)
class SetProfile:
    """What the whole reps of a set have in common, over all its shots."""

    begin_s: float
    end_s: float
    range_deg: float
    period_s: float
    top: Posture
    bottom: Posture
    #: By shot: position of the feet and length of the trunk (pixels), and travel of the plate.
    places: dict[int, tuple[NDArray[np.float64], float]]
    load_travels: dict[int, float]
    #: Change of the distance between the feet within a rep, leg lengths.
    step: float
    #: Lowest the hands come in any rep, leg lengths above the ankle.
    lowest_hands: float


def candidate_rep(motion: Motion, exercise: Exercise, shot: int, rep: Rep) -> CandidateRep:
    top, bottom = rep_postures(motion, rep)
    position, likeness = exercise.position(top, bottom), exercise.likeness(top, bottom)
    if exercise.on_feet and max(top.flight, bottom.flight) > FLIGHT and likeness < LOOKS_LIKE:
        position = 0.0  # a moving phone looks like a jump, so candidates that look like the exercise pass
    return CandidateRep(shot, rep, top, bottom, position, likeness if position >= LEAST_POSITION else position * likeness)


def set_profile(motions: Sequence[Motion], core: list[CandidateRep]) -> SetProfile:
    reps = [candidate.rep for candidate in core]
    apart = [later.start_s - rep.start_s for rep, later in pairwise(reps)]
    places, loads = {}, {}
    for shot in {candidate.shot for candidate in core}:
        own = [candidate.rep for candidate in core if candidate.shot == shot]
        feet, sizes = zip(*(_place(motions[shot], rep) for rep in own), strict=True)
        places[shot] = (known_median(np.array(feet)), float(known_median(np.array(sizes))))
        travels = [travel for rep in own if np.isfinite(travel := load_travel(motions[shot], rep))]
        loads[shot] = float(np.median(travels)) if travels else float("nan")
    return SetProfile(
        begin_s=reps[0].start_s,
        end_s=reps[-1].end_s,
        range_deg=typical_range([rep.range_deg for rep in reps]),
        period_s=float(np.median(apart)) if apart else float(reps[0].end_s - reps[0].start_s),
        top=typical([candidate.top for candidate in core]),
        bottom=typical([candidate.bottom for candidate in core]),
        places=places,
        load_travels=loads,
        step=float(known_median(np.array([_step(motions[one.shot], one.rep.start_s, one.rep.end_s) for one in core]))),
        lowest_hands=float(np.fmin.reduce([one.bottom.hands_up for one in core])),
    )


def rejection_reason(
    motion: Motion, exercise: Exercise, candidate: CandidateRep, profile: SetProfile, *, named: bool
) -> str | None:
    """Why a candidate is not a rep of the set; None if it is one."""
    rep = candidate.rep
    if candidate.position < (LEAST_POSITION_NAMED if named else LEAST_POSITION):
        return f"not in position for a {exercise.noun}"
    begin, end = rep.concentric
    edge_s = max(EDGE_S, EDGE_PICTURES * float(np.median(np.diff(motion.times))))
    at_first = begin - motion.times[0] < (BENT_S if rep.cut_start else edge_s)
    if at_first and rep.range_deg < BEGUN_SHARE * profile.range_deg and not _from_the_bottom(motion, begin, profile):
        return "already under way when the clip begins"
    if motion.times[-1] - end < EDGE_S and rep.range_deg < WHOLE_SHARE * profile.range_deg:
        return "not finished when the clip ends"
    if rep.range_deg < SMALLEST_SHARE * profile.range_deg:
        return "too small to be a rep"
    load = load_travel(motion, rep)
    if _load_unseen(rep, load, profile.load_travels.get(candidate.shot, float("nan"))):
        return "not finished when the clip ends"
    if load < LOAD_SHARE * profile.load_travels.get(candidate.shot, float("nan")):
        return "the load does not move"
    if not (profile.begin_s <= rep.start_s and rep.end_s <= profile.end_s):
        return setup_reason(motion, exercise, candidate, profile)
    small = rep.range_deg < WHOLE_SHARE * profile.range_deg
    steps = small and _step(motion, rep.start_s, rep.end_s) > STEP and _hardly_lowers(exercise, candidate, profile)
    return STEPS if steps else None


def _load_unseen(rep: Rep, load: float, usual_load: float) -> bool:
    """Whether the clip cuts off the lift and only the lifter is seen to come up: the load may be left behind."""
    unfinished = rep.first == "concentric" and rep.cut_end and not rep.turn_shown
    return unfinished and bool(np.isfinite(usual_load)) and not np.isfinite(load)


def setup_reason(motion: Motion, exercise: Exercise, candidate: CandidateRep, profile: SetProfile) -> str | None:
    """What a candidate before or after the whole repetitions shows that is not lifting; None when nothing does."""
    rep = candidate.rep
    away = max(profile.begin_s - rep.end_s, rep.start_s - profile.end_s)
    needed = np.interp(away / profile.period_s, AWAY_PERIODS, AWAY_SHARE, left=0.0)
    checks: tuple[tuple[str, Callable[[], bool]], ...] = (
        ("a small movement outside the set", lambda: bool(rep.range_deg < needed * profile.range_deg)),
        ("walking", lambda: _is_step(motion, rep, profile)),
        ("coming up before walking into place", lambda: walks_in(motion, candidate, profile)),
        ("walking up or away", lambda: _elsewhere(motion, candidate, profile)),
        (PICKS_UP, lambda: _picks_up(motion, exercise, candidate, profile)),
        (STEPS, lambda: _hardly_lowers(exercise, candidate, profile)),
        ("getting into or out of position", lambda: _out_of_position(motion, candidate, profile, exercise)),
    )
    return next((reason for reason, applies in checks if applies()), None)


def _is_step(motion: Motion, rep: Rep, profile: SetProfile) -> bool:
    """Whether a short movement contains a step."""
    return rep.range_deg < WHOLE_SHARE * profile.range_deg and _walks(motion, rep.start_s, rep.end_s, profile)


def _hardly_lowers(exercise: Exercise, candidate: CandidateRep, profile: SetProfile) -> bool:
    """Whether a movement hardly lowers the lifter, unlike the set's reps."""
    lowers = exercise.lowers(candidate.top, candidate.bottom), exercise.lowers(profile.top, profile.bottom)
    return lowers[0] < STEPPING and lowers[1] > 1 - STEPPING


def _out_of_position(motion: Motion, candidate: CandidateRep, profile: SetProfile, exercise: Exercise) -> bool:
    """Whether a movement begins or ends in a posture that does not belong to the set."""
    if candidate.rep.cut_start or candidate.rep.cut_end:  # the unfinished end may be anywhere in the set's range
        return not _within_range(candidate.bottom if exercise.on_feet else candidate.top, profile)
    return not _starts_and_ends_in_place(motion, candidate, profile, exercise)


def walks_in(motion: Motion, candidate: CandidateRep, profile: SetProfile) -> bool:
    """Whether the clip begins within a lift that is followed by a walk to the place of the set, as out of a rack."""
    begun_before = candidate.rep.cut_start and candidate.rep.concentric[0] - motion.times[0] < BENT_S
    return begun_before and _walks(motion, candidate.rep.end_s, profile.begin_s, profile)


def _walks(motion: Motion, begin_s: float, end_s: float, profile: SetProfile) -> bool:
    """Whether the lifter steps between two times; never in exercises with steps."""
    return profile.step < STEP and _step(motion, begin_s, end_s) > profile.step + STEP


def _step(motion: Motion, begin_s: float, end_s: float) -> float:
    """Change of the horizontal distance between the feet between two times, leg lengths; NaN if hidden."""
    left, right = (motion.body.point("ankle", side)[(motion.times >= begin_s) & (motion.times <= end_s), 0] for side in SIDES)
    apart = np.abs(left - right)
    apart = apart[np.isfinite(apart)]
    return float(np.ptp(np.percentile(apart, [3, 97])) / motion.body.leg_length) if len(apart) else float("nan")


def _from_the_bottom(motion: Motion, begin_s: float, profile: SetProfile) -> bool:
    """Whether a lift begins as low as those of the set."""
    there = posture(motion, np.abs(motion.times - begin_s) < 0.15)
    bottom, profile_bottom, profile_top = (
        np.array([one.knee, one.hip, one.thigh, one.trunk]) for one in (there, profile.bottom, profile.top)
    )
    off, whole = (float(np.linalg.norm(other - profile_bottom)) for other in (bottom, profile_top))
    return off < (1 - BEGUN_SHARE) * whole


def _elsewhere(motion: Motion, candidate: CandidateRep, profile: SetProfile) -> bool:
    """Whether the feet, or the size of the lifter, differ from those in the set, so that the place does."""
    if candidate.shot not in profile.places:
        return False
    feet, size = _place(motion, candidate.rep)
    set_feet, set_size = profile.places[candidate.shot]
    lacks_load = np.isfinite(profile.load_travels[candidate.shot]) and not np.isfinite(load_travel(motion, candidate.rep))
    elsewhere = ELSEWHERE * motion.body.leg_length * (0.5 if lacks_load else 1.0)
    return bool(np.linalg.norm(feet - set_feet) > elsewhere or abs(size / set_size - 1) > OTHER_SIZE)


def _picks_up(motion: Motion, exercise: Exercise, candidate: CandidateRep, profile: SetProfile) -> bool:
    """Whether the hands go lower than in any rep of the set, to pick up the load or put it down.

    On the floor, or wherever the load stands if the arms hang and the trunk leans while the set's load is carried higher. The
    hands must be low in the picture too: behind a plate the model's 3D feet may be above the floor.
    """
    if at_chest(profile.top) and _at_chest_before_and_after(motion, candidate.rep):
        return False
    shown = flat_posture(motion, candidate.rep.at_bottom(motion.times)).hands_up
    # No hand is below the floor; of hidden ones nothing is known, which `max` would take for 0.
    hands, usually = np.maximum(0.0, [np.fmax(candidate.bottom.hands_up, shown), profile.lowest_hands])
    bows = candidate.bottom.trunk - profile.bottom.trunk > PICK_UP_TRUNK_DEG
    reaches = hands_hang(candidate.bottom) and not hands_hang(profile.bottom)
    if exercise.on_feet and bows and reaches and usually - hands > ABOVE_FLOOR:
        return True
    if not exercise.on_feet or not hands < FLOOR_HANDS or not usually - hands > ABOVE_FLOOR * (0.5 if bows else 1.0):
        return False
    return not exercise.hands_go_down or candidate.bottom.knee < profile.bottom.knee - PICK_UP_KNEE_DEG


def _at_chest_before_and_after(motion: Motion, rep: Rep) -> bool:
    """Whether the hands are at the chest as a rep begins and as it ends: what is picked up or put down is there only once."""
    return all(at_chest(posture(motion, np.abs(motion.times - moment) < AT_END_S)) for moment in (rep.start_s, rep.end_s))


def _within_range(one: Posture, profile: SetProfile) -> bool:
    """Whether a posture is within the set's range from bottom to top, with a tolerance."""
    beyond = (
        _beyond(one.knee, profile.bottom.knee, profile.top.knee) / OTHER_KNEE_DEG,
        _beyond(one.trunk, profile.bottom.trunk, profile.top.trunk) / OTHER_TRUNK_DEG,
        _beyond(one.hands_up, profile.bottom.hands_up, profile.top.hands_up) / OTHER_HANDS,
    )
    return all(not amount > 1 for amount in beyond)


def _beyond(value: float, one_end: float, other_end: float) -> float:
    """Distance of a value from the interval between two ends; 0 inside."""
    low, high = min(one_end, other_end), max(one_end, other_end)
    return max(low - value, value - high, 0.0) if np.isfinite(value) else float("nan")


def _starts_and_ends_in_place(motion: Motion, candidate: CandidateRep, profile: SetProfile, exercise: Exercise) -> bool:
    """Whether the candidate begins and ends in the set's start position, as far as its ends are seen.

    An end at the edge of the shot, or beside a part in which the lifter is hidden, is not checked.
    """
    start = profile.top if candidate.rep.first == "eccentric" else profile.bottom
    known = motion.times[motion.near.knee.known]
    for moment, outwards in ((candidate.rep.start_s, -1), (candidate.rep.end_s, 1)):
        beyond = outwards * (known - moment)
        at_edge = moment - motion.times[0] < EDGE_S or motion.times[-1] - moment < EDGE_S
        if at_edge or not ((beyond > 0) & (beyond <= EDGE_S)).any():
            continue
        # In choppy clips the movement ends a little later than measured.
        after = outwards * (motion.times - moment)
        if not any(
            _in_start_position(posture(motion, (after >= begin) & (after < begin + 0.3)), start, exercise) for begin in (-0.15,
            0.0)
        ):
            return False
    return True


def _in_start_position(one: Posture, start: Posture, exercise: Exercise) -> bool:
    knee, other = one.knee - start.knee, one.back_knee - start.back_knee
    if not exercise.one_leg and np.isfinite(other):
        knee = (knee + other) / 2  # both do the same, and a plate may hide one of them
    return not abs(knee) > OTHER_START_DEG and not abs(one.trunk - start.trunk) > OTHER_START_DEG


def _place(motion: Motion, rep: Rep) -> tuple[NDArray[np.float64], float]:
    """Position of the feet (2,) and length of the trunk during a candidate, pixels."""
    during = rep.during(motion.times)
    body = motion.body
    feet = known_median(np.concatenate([body.point("ankle", side)[during] for side in SIDES]))
    return feet, trunk_length(body.points[during])


def load_travel(motion: Motion, rep: Rep) -> float:
    """Vertical travel of the plate in a candidate, pixels; NaN if not seen."""
    height = load_height(motion)
    if height is None:
        return float("nan")
    part = height[rep.during(motion.times)]
    known = part[np.isfinite(part)]
    if len(part) == 0 or len(known) < LOAD_SEEN * len(part):
        return float("nan")
    return float(np.ptp(np.percentile(known, [2, 98])))


def load_height(motion: Motion) -> NDArray[np.float64] | None:
    """(F,) height of the plate in pixels, up positive, NaN where hidden; None without a plate."""
    if motion.bar is None or motion.bar.source != "plate":
        return None
    return np.asarray(-motion.bar.path[:, 1])


# Counting.

@dataclass(frozen=True)
class Counted:
    """The reps of an exercise in one shot, numbered from 1, and rejected movements.

    `likeness`: how much the reps look like the exercise, 0-1 (0 without reps). `evidence`: number of whole reps of the
    exercise that all movements add up to.
    """

    reps: tuple[Rep, ...]
    rejected: tuple[RejectedMovement, ...]
    likeness: float
    evidence: float

    def as_rejected(self, reason: str) -> tuple[RejectedMovement, ...]:
        """All movements as rejected."""
        return merged([*self.rejected, *(RejectedMovement(rep.start_s, rep.end_s, reason) for rep in self.reps)])


def count_reps(
    motions: Sequence[Motion], exercise: Exercise, *, named: bool = False, first: Phase | None = None
) -> list[Counted]:
    """The reps of `exercise` in each shot of a set, in order of time.

    Args:
        named: the user named the exercise, so candidates need not look like it.
        first: the phase with which reps begin; by default that of the exercise's rep signal.
    """
    found = [_candidates_in(motion, exercise, first) for motion in motions]
    candidates = [
        [candidate_rep(motion, exercise, shot, rep) for rep in found[shot].reps] for shot, motion in enumerate(motions)
    ]
    core = _core([one for own in candidates for one in own], named=named, least_range=exercise.least_range)
    core = _without_setting_up(motions, exercise, core)
    if not core:
        return [Counted((), _unnamed(own), 0.0, 0.0) for own in found]
    profile = set_profile(motions, core)
    reasons = [
        [rejection_reason(motion, exercise, candidate, profile, named=named) for candidate in own]
        for motion, own in zip(motions, candidates, strict=True)
    ]
    bowed = _bowed_reps(motions, exercise, candidates, reasons, profile)
    reasons = [
        [None if one.rep in bowed else reason for one, reason in zip(own, why, strict=True)]
        for own, why in zip(candidates, reasons, strict=True)
    ]
    verdicts = [pair for own, why in zip(candidates, reasons, strict=True) for pair in zip(own, why, strict=True)]
    of_set = sorted((one.rep for one, reason in verdicts if reason is None), key=lambda rep: rep.start_s)
    counted = []
    for shot, (own, why) in enumerate(zip(candidates, reasons, strict=True)):
        likeness = [candidate.likeness for candidate in core if candidate.shot == shot]
        unpaired = [part for phase in found[shot].unpaired for part in _before_reps(phase, of_set)]
        rejected = [_rejected_phase(part, of_set) for part in unpaired]
        counted.append(_counted(own, why, rejected, profile, likeness))
    return counted


def _bowed_reps(
    motions: Sequence[Motion],
    exercise: Exercise,
    candidates: list[list[CandidateRep]],
    reasons: list[list[str | None]],
    profile: SetProfile,
) -> list[Rep]:
    """Reps in which the lifter bows to the floor, which look like picking the load up or putting it down.

    Nobody does that twice: so they are two or more before the set or after it, in its place and at its pace.
    """
    bows = [
        one.rep for own, why in zip(candidates, reasons, strict=True) for one, reason in zip(own, why, strict=True)
        if reason == PICKS_UP and one.rep.range_deg >= WHOLE_SHARE * profile.range_deg
        and not _out_of_position(motions[one.shot], one, profile, exercise)
    ]  # fmt: skip
    after = _on_end(profile.end_s, [(rep.start_s, rep.end_s) for rep in bows], AT_PACE * profile.period_s)
    before = _on_end(-profile.begin_s, [(-rep.end_s, -rep.start_s) for rep in bows], AT_PACE * profile.period_s)
    spans = {span for part in (after, [(-end, -start) for start, end in before]) if len(part) > 1 for span in part}
    return [rep for rep in bows if (rep.start_s, rep.end_s) in spans]


def _on_end(from_s: float, spans: list[tuple[float, float]], pause_s: float) -> list[tuple[float, float]]:
    """The spans (start, end) that follow `from_s` and each other with at most a pause between them, seconds."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if 0 <= start - from_s <= pause_s:
            found.append((start, end))
            from_s = end
    return found


def _counted(
    candidates: list[CandidateRep],
    reasons: list[str | None],
    rejected: list[RejectedMovement],
    profile: SetProfile,
    likeness: list[float],
) -> Counted:
    """The result for one shot, from its candidates and the `reasons` why they are rejected (None: they are reps).

    `rejected`: further movements that are not reps.
    """
    verdicts = list(zip(candidates, reasons, strict=True))
    reps = [candidate.rep for candidate, reason in verdicts if reason is None]
    rejected = rejected + [RejectedMovement(one.rep.start_s, one.rep.end_s, reason) for one, reason in verdicts if reason]
    return Counted(
        reps=tuple(replace(rep, index=number) for number, rep in enumerate(reps, 1)),
        rejected=merged(rejected),
        likeness=float(np.median(likeness)) if likeness else 0.0,
        evidence=sum(one.likeness * min(1.0, one.rep.range_deg / profile.range_deg) for one in candidates),
    )


def _candidates_in(motion: Motion, exercise: Exercise, first: Phase | None) -> CandidateReps:
    rep_signal = exercise.rep_signal(motion)
    if first is not None:
        rep_signal = replace(rep_signal, first=first)
    return find_candidate_reps(motion.times, rep_signal, load_height(motion))


def merged(entries: list[RejectedMovement]) -> tuple[RejectedMovement, ...]:
    """Merge neighbours with the same reason."""
    result: list[RejectedMovement] = []
    for entry in sorted(entries, key=lambda entry: entry.start_s):
        last = result[-1] if result else None
        if last is not None and last.reason == entry.reason and entry.start_s - last.end_s < 1.5:
            result[-1] = replace(last, end_s=max(last.end_s, entry.end_s))
        else:
            result.append(entry)
    return tuple(result)


def _core(looks: list[CandidateRep], *, named: bool, least_range: float) -> list[CandidateRep]:
    """The candidates that define the set: whole ones, in position, that look like the exercise.

    If the user named the exercise and few look like it, all in position: a badly done set may look like something else.
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
    """Remove first and last candidates that are not lifts, judged by the others: standing up from the bench, picking up."""
    if len(core) > 1 and walks_in(motions[core[0].shot], core[0], set_profile(motions, core[1:])):
        core = core[1:]
    while len(core) > 2:
        if setup_reason(motions[core[0].shot], exercise, core[0], set_profile(motions, core[1:])):
            core = core[1:]
        elif setup_reason(motions[core[-1].shot], exercise, core[-1], set_profile(motions, core[:-1])):
            core = core[:-1]
        else:
            break
    return core


def _before_reps(phase: UnpairedPhase, reps: list[Rep]) -> list[UnpairedPhase]:
    """An unpaired phase without the part that reaches into a rep; nothing if too little is left."""
    into = next((rep for rep in reps if phase.start_s < rep.start_s < phase.end_s), None)
    if into is None:
        return [phase]
    return [replace(phase, end_s=into.start_s)] if into.start_s - phase.start_s >= LEAST_BEFORE_S else []


def _rejected_phase(phase: UnpairedPhase, reps: list[Rep]) -> RejectedMovement:
    """An unpaired phase as a rejected movement, worded by its place among the reps of the set."""
    before = not reps or phase.end_s <= reps[0].turn_start_s
    after = bool(reps) and phase.start_s >= reps[-1].turn_end_s
    place = "before" if before else "after" if after else "between"
    reason = {
        ("eccentric", "before"): "going down to the starting position",
        ("eccentric", "between"): "lowered between two reps and not lifted again",
        ("eccentric", "after"): "lowered at the end and not lifted again",
        ("concentric", "before"): "coming up before the set",
        ("concentric", "between"): "coming up between two reps",
        ("concentric", "after"): "coming up after the set",
    }[phase.phase, place]
    return RejectedMovement(phase.start_s, phase.end_s, reason)


def _unnamed(candidates: CandidateReps) -> tuple[RejectedMovement, ...]:
    return merged([RejectedMovement(rep.start_s, rep.end_s, "not a movement of this exercise") for rep in candidates.reps])
