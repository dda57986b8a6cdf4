"""`Coach`: the running count and the one cue a rep, from the looks so far, by the same reps and rules as the analysis.

The last half minute is counted anew every time, as a clip that ends now, from the pose alone; once a rep is over, it is
measured in full and judged. So there is no second set of rules, and a count that a later rep changes is corrected.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np

from formcheck.apps.live.look import Seen, no_bar, track_of
from formcheck.errors import ClipError
from formcheck.lifts.exercise import Exercise, Prescription, Shot
from formcheck.lifts.judge import judge_set, rules_off
from formcheck.lifts.lift_set import LiftSet, RoughSet, counted_as, find_lift_set, find_rough_set
from formcheck.lifts.limits import load_limits
from formcheck.lifts.recognition import Recognition, recognise
from formcheck.options import AUTO, JudgingOptions
from formcheck.outputs.shown import rule_title
from formcheck.pose.model import PoseModel
from formcheck.pose.track import PoseTrack
from formcheck.results.analysis import Finding
from formcheck.results.rep import Rep

#: Seconds of looks that are analysed, and how many more may gather. What is older is counted for good, so that time and memory
#: stay the same for hours: counting takes about 1.5 ms a look, judging 3.
WINDOW_S, WINDOW_SPARE_S = 24.0, 6.0
#: Before the first rep is said, the exercise is recognised anew this often, seconds; then after every rep. In between, only
#: reps of the same one are counted, which takes half the time, so that the end of a rep is said sooner.
RECOGNISE_EVERY_S = 1.0
#: Fewest looks that are analysed.
FEWEST_LOOKS = 8
#: A rep is over once it has ended this long ago, seconds.
REST_S = 0.15
#: A rep is said if it is there in this many analyses one after the other.
STEADY = 2
#: A rep that is found later than this after its end is counted silently, and so is a cue: it would be taken for the next
#: rep's. Seconds.
SAY_WITHIN_S = 2.0
#: A rep is judged this long after its end, seconds: the smoothing needs looks on both sides.
SETTLE_S = 0.3
#: A fault that so many reps have is said; one that fewer have, from this confidence on, and if the exercise is as certain as
#: this: nobody looks twice, and a plate before a joint, or a movement taken for another, looks like a fault.
#: Chosen on the labelled clips; docs/SERVE.md says how many cues the analysis does not confirm.
SEVERAL, SURE_ALONE, CERTAIN = 2, 0.9, 0.9
#: Fewest looks a second at which a cue is said. A picture that the camera sends twice counts once: in a poor light it may take
#: so few that it misses the ends of a movement.
LEAST_LOOKS_HZ = 5.0
#: Reps that share this much of the shorter one are the same.
SAME_REP = 0.5


@dataclass(frozen=True)
class Recognised:
    """The exercise is known, or another one than before."""

    type: ClassVar[str] = "exercise"
    exercise: str
    exercise_label: str
    tempo: dict[str, float] | None
    reps: tuple[int, int] | None

    @classmethod
    def of(cls, exercise: Exercise) -> Recognised:
        asked = exercise.programme
        return cls(exercise.name, exercise.title, tempo_of(asked), None if asked is None else asked.reps)


@dataclass(frozen=True)
class RepDone:
    """A rep is over: say its number. Seconds on the camera's clock; None for a phase that was not seen whole."""

    type: ClassVar[str] = "rep"
    count: int
    start_s: float
    end_s: float
    eccentric_s: float | None
    pause_s: float | None
    concentric_s: float | None


@dataclass(frozen=True)
class Corrected:
    """The count is another than the one that was said: show it, say nothing."""

    type: ClassVar[str] = "count"
    count: int


@dataclass(frozen=True)
class Cue:
    """The one thing to change, found in rep number `rep`."""

    type: ClassVar[str] = "cue"
    rep: int
    rule: str
    title: str
    text: str
    confidence: float


Event = Recognised | RepDone | Corrected | Cue


def as_data(event: Event) -> dict[str, Any]:
    """An event as a message for the page."""
    return {"type": event.type, **vars(event)}


def tempo_of(asked: Prescription | None) -> dict[str, float] | None:
    """The seconds that a programme asks for in each phase (0: any); None if it asks for none."""
    if asked is None or not (asked.eccentric_s or asked.pause_s or asked.concentric_s):
        return None
    return {"eccentric_s": asked.eccentric_s, "pause_s": asked.pause_s, "concentric_s": asked.concentric_s}


@dataclass
class _Counted:
    """A rep as it was last measured.

    `over`: it has ended. `analyses`: in how many analyses one after the other it was found, also while it went on.
    """

    rep: Rep
    over: bool
    analyses: int = 1
    said: bool = False
    judged: bool = False


@dataclass(frozen=True)
class _Fault:
    """A fault of a rep, which is on the camera's clock, and how many reps have it."""

    exercise: Exercise
    finding: Finding
    rep: Rep
    reps: int

    @property
    def is_core(self) -> bool:
        """Whether it is one of the rules that must be judged before a rep is clean."""
        return self.finding.rule in self.exercise.core


@dataclass(frozen=True)
class Said:
    """What was said of a set. Seconds on the camera's clock; `cues` are (number of the rep, rule)."""

    begun_s: float
    count: int
    exercise: str | None
    reps: tuple[tuple[float, float], ...]
    cues: tuple[tuple[int, str], ...]


class Coach:
    """Follows one set, from `begin` on.

    Args:
        model: the pose model that the looks are from.
        options: exercise and side, if the lifter named them, and whatever else is judged by.
    """

    def __init__(self, model: PoseModel, begun_s: float, options: JudgingOptions | None = None) -> None:
        self.begun_s = begun_s
        self._model, self._options = model, options or JudgingOptions()
        self._limits = load_limits(self._options.limits)
        self._arrived: deque[tuple[Seen, tuple[int, int]]] = deque()
        self._looks: list[Seen] = []
        self._size = (0, 0)
        self._reps: list[_Counted] = []
        self._earlier: list[tuple[float, float]] = []  # reps before the window
        self._shown = 0
        self._exercise: Exercise | None = None
        self._known: tuple[float, int, Recognition] | None = None  # when, and at which count, it was recognised, and as what
        self._cues: list[tuple[Rep, int, str]] = []  # of which rep, its number when it was said, and the rule

    @property
    def count(self) -> int:
        """The number shown."""
        return self._shown

    @property
    def looks(self) -> int:
        """Number of looks kept."""
        return len(self._looks)

    def add(self, seen: Seen, width: int, height: int) -> None:
        """Take the next look, of a picture of `width` x `height` pixels, in order of time; another thread may be in `step`."""
        self._arrived.append((seen, (width, height)))

    def _take(self) -> None:
        while self._arrived:
            seen, size = self._arrived.popleft()
            if self._looks and seen.time_s <= self._looks[-1].time_s:
                continue
            if self._size != size:  # the phone was turned: what was counted stays counted
                self._earlier += [(one.rep.start_s, one.rep.end_s) for one in self._steady]
                self._looks, self._reps, self._size = [], [], size
            self._looks.append(seen)

    def step(self, *, cues: bool = True) -> list[Event]:
        """Count the set up to the last look, judge a rep that is over, and return what there is to say.

        Args:
            cues: whether cues may be said; not while there are too few looks to be sure.
        """
        self._take()
        if len(self._looks) < FEWEST_LOOKS:
            return []
        self._forget()
        counted = self._counted()
        self._match([] if counted is None else self._reps_of(counted.found))
        if counted is None:
            return self._say_count()
        events: list[Event] = []
        if self._steady and counted.found.exercise is not self._exercise:
            self._exercise = counted.found.exercise
            events.append(Recognised.of(self._exercise))
        events += self._say_count()
        # Judging takes longer than counting: a number is not kept waiting for it.
        return events + self._say_cue(counted) if cues and not events else events

    def finish(self, *, cues: bool = True) -> tuple[list[Event], Said]:
        """What there is to say of the whole set, and all that was said. An unfinished last rep counts as in a clip that ends.

        Args:
            cues: as in `step`.
        """
        self._take()
        self._known = None
        counted = self._counted() if len(self._looks) >= FEWEST_LOOKS else None
        if counted is not None:
            self._match(self._reps_of(counted.found))
            self._shown = len(self._earlier) + len(self._reps)
            self._exercise = counted.found.exercise
        events = self._last_cue(counted) if cues and counted is not None else []
        reps = (*self._earlier, *((one.rep.start_s, one.rep.end_s) for one in self._reps))
        name = None if self._exercise is None else self._exercise.name
        times = tuple((round(start, 3), round(end, 3)) for start, end in reps)
        said = tuple((self._number(rep) or number, rule) for rep, number, rule in self._cues)
        return events, Said(self.begun_s, self._shown, name, times, said)

    def _counted(self) -> RoughSet | None:
        """The reps in the looks, from the pose alone; None where no rep of a known exercise is in them."""
        track, now = track_of(self._looks, self._model, *self._size), self._looks[-1].time_s
        known = self._recognised(now)
        try:
            counted = find_rough_set(track, self._options, known)
        except ClipError:
            self._known = None
            return None
        if known is None:
            self._known = now, self._shown, counted.found
        return counted

    def _recognised(self, now_s: float) -> Recognition | None:
        """What was recognised; None if it is time to look anew."""
        if self._known is None:
            return None
        at_s, count, found = self._known
        due = count != self._shown if self._shown else now_s - at_s >= RECOGNISE_EVERY_S
        return None if due else found

    def _reps_of(self, found: Recognition) -> list[Rep]:
        """The reps on the camera's clock."""
        return [_shifted(rep, self._looks[0].time_s) for shot in found.shots for rep in shot.reps]

    def _is_over(self, rep: Rep) -> bool:
        """Whether the lifter has come to rest, or has turned: a rep that still goes on ends with the last look."""
        return not rep.cut_end and rep.turn_shown and self._looks[-1].time_s - rep.end_s >= REST_S

    def _match(self, reps: Sequence[Rep]) -> None:
        """Compare the reps of an analysis with those of the one before."""
        before = list(self._reps)
        self._reps = []
        for rep in reps:
            known = next((one for one in before if _same(one.rep, rep)), None)
            if known is None:
                self._reps.append(_Counted(rep, self._is_over(rep)))
                continue
            before.remove(known)
            over = known.said or self._is_over(rep)  # what was said is not taken back because the lifter settles
            self._reps.append(replace(known, rep=rep, over=over, analyses=known.analyses + 1))

    @property
    def _over(self) -> list[_Counted]:
        return [one for one in self._reps if one.over]

    @property
    def _steady(self) -> list[_Counted]:
        return [one for one in self._over if one.analyses >= STEADY]

    def _say_count(self) -> list[Event]:
        """Say the last rep if it is new; else correct the number shown."""
        steady, now = self._steady, self._looks[-1].time_s
        if len(steady) != len(self._over):
            return []  # wait for the next analysis
        count = len(self._earlier) + len(steady)
        last = steady[-1] if steady else None
        new = last is not None and not last.said and now - last.rep.end_s <= SAY_WITHIN_S
        for one in steady:
            one.said = True
        if new and last is not None and count > self._shown:
            self._shown = count
            return [_rep_done(count, last.rep)]
        if count != self._shown:
            self._shown = count
            return [Corrected(count)]
        return []

    def _say_cue(self, counted: RoughSet) -> list[Event]:
        """The cue for the last rep, once it is over for `SETTLE_S`."""
        over, now = self._over, self._looks[-1].time_s
        last = over[-1] if over else None
        if last is None or not last.said or last.judged or not SETTLE_S <= now - last.rep.end_s <= SAY_WITHIN_S:
            return []
        last.judged = True
        return self._cue([fault for fault in self._faults(counted) if _same(fault.rep, last.rep)])

    def _last_cue(self, counted: RoughSet) -> list[Event]:
        """A fault of the set of which nothing was said yet, or one of the last rep."""
        said, cued = {rule for _, _, rule in self._cues}, [rep for rep, _, _ in self._cues]
        faults = [fault for fault in reversed(self._faults(counted)) if not any(_same(rep, fault.rep) for rep in cued)]
        new = [fault for fault in faults if fault.finding.rule not in said]
        return self._cue(new) or self._cue([fault for fault in faults if self._reps and _same(fault.rep, self._reps[-1].rep)])

    def _cue(self, faults: Sequence[_Fault]) -> list[Event]:
        """The fault to change first as a cue: what was said least, then what most reps have, then what matters most."""
        said = Counter(rule for _, _, rule in self._cues)
        for fault in sorted(faults, key=lambda one: (said[one.finding.rule], -one.reps, not one.is_core)):
            found, number = fault.finding, self._number(fault.rep)
            if number is not None:
                self._cues.append((fault.rep, number, found.rule))
                title = rule_title(fault.exercise.name, found.rule)
                return [Cue(number, found.rule, title, found.cue, round(found.confidence, 3))]
        return []

    def _number(self, rep: Rep) -> int | None:
        """The number of a rep in the window, by the last count."""
        return next((number for number, one in enumerate(self._reps, len(self._earlier) + 1) if _same(one.rep, rep)), None)

    def _faults(self, counted: RoughSet) -> list[_Fault]:
        """What is sure enough to be said of the looks, by the rules of the analysis.

        If another kind of the lift is nearly as likely, only what is a fault in both; nothing if another lift is.
        """
        track = track_of(self._looks, self._model, *self._size)
        if np.median(np.diff(track.times[~track.repeated])) > 1 / LEAST_LOOKS_HZ:
            return []
        try:
            found = find_lift_set(track, no_bar(track), self._options, counted)
        except ClipError:
            return []
        other = None if found.runner_up is None or self._options.exercise != AUTO else found.runner_up[0]
        if other is not None and other.family != found.exercise.family:
            return []
        reps = {rep.index: rep for shot in found.shots for rep in shot.reps}
        faults = self._judged(found.exercise, found.shots, track)
        if other is not None:
            shots = counted_as(found, other)
            others = {rep.index: rep for shot in shots for rep in shot.reps}
            too = [(others[fault.rep], fault.rule) for fault in self._judged(other, shots, track)]
            faults = [
                fault for fault in faults
                if any(fault.rule == rule and _same_lift(reps[fault.rep], rep) for rep, rule in too)
            ]  # fmt: skip
        having = Counter(fault.rule for fault in faults)
        alone = any(number < SEVERAL for number in having.values()) and self._is_certain(found)
        return [
            _Fault(found.exercise, fault, _shifted(reps[fault.rep], self._looks[0].time_s), having[fault.rule])
            for fault in faults
            if having[fault.rule] >= SEVERAL or (alone and fault.confidence >= SURE_ALONE)
        ]

    def _judged(self, exercise: Exercise, shots: Sequence[Shot], track: PoseTrack) -> list[Finding]:
        """The faults in the reps of the shots, by the rules of an exercise."""
        limits = self._limits[exercise.name]
        off = rules_off(exercise, limits, self._options)
        judged = judge_set(exercise, shots, limits, track.frame_number, off)
        return [finding for finding in judged.findings if finding.severity == "fault"]

    def _is_certain(self, found: LiftSet) -> bool:
        """Whether the movement is that of the exercise, even if it was named: a lifter half hidden does not look like it."""
        if self._options.exercise == AUTO:
            return found.confidence >= CERTAIN
        seen = recognise([shot.motion for shot in found.shots])
        return seen.confidence >= CERTAIN and seen.exercise.family == found.exercise.family

    def _forget(self) -> None:
        """Drop what is older than the window, between two reps; reps in it are counted for good."""
        now, first = self._looks[-1].time_s, self._looks[0].time_s
        if now - first <= WINDOW_S + WINDOW_SPARE_S:
            return
        ends = [one.rep.end_s for one in self._steady if one.rep.end_s <= now - WINDOW_S + WINDOW_SPARE_S]
        cut_s = ends[-1] if ends else now - WINDOW_S
        gone = [one for one in self._steady if one.rep.end_s <= cut_s]
        self._earlier += [(one.rep.start_s, one.rep.end_s) for one in gone]
        self._reps = [one for one in self._reps if one not in gone]
        self._looks = [look for look in self._looks if look.time_s >= cut_s]


def _rep_done(count: int, rep: Rep) -> RepDone:
    phases = (rep.eccentric_s, rep.pause_s, rep.concentric_s)
    eccentric, pause, concentric = (None if seconds != seconds else round(seconds, 2) for seconds in phases)
    return RepDone(count, round(rep.start_s, 3), round(rep.end_s, 3), eccentric, pause, concentric)


def _shifted(rep: Rep, by_s: float) -> Rep:
    """The rep on a clock that shows `by_s` more."""
    names = ("start_s", "turn_start_s", "turn_end_s", "end_s")
    return replace(rep, **{name: getattr(rep, name) + by_s for name in names})


def _same(one: Rep, other: Rep) -> bool:
    return _overlap((one.start_s, one.end_s), (other.start_s, other.end_s))


def _same_lift(one: Rep, other: Rep) -> bool:
    """Whether the load is lifted at the same time: one rep may begin with the lift, the other with the way down."""
    return _overlap(one.concentric, other.concentric)


def _overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return shared > SAME_REP * min(one[1] - one[0], other[1] - other[0])
