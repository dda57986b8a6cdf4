"""Advice for the next set by double progression: more reps within the range, then the smallest step of weight; the form first.

The film of the day speaks for the form of the whole day, and sets that were not filmed count as reps. Every number is data:
see `programme.toml`, with its sources.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Literal

from formcheck.apps.logbook.dates import day_text
from formcheck.apps.logbook.entry import Entry
from formcheck.apps.logbook.programme import Programme, Progress
from formcheck.apps.logbook.trends import Onset, Session, sessions_of, working_sets
from formcheck.lifts.exercise import Prescription
from formcheck.outputs.shown import rule_title
from formcheck.results.analysis import JudgedRep
from formcheck.units import Load, count_of

#: The most cautious first: of two legs the more cautious advice counts.
Decision = Literal["fix", "less", "repeat", "reps", "add", "begin"]
ORDER: tuple[Decision, ...] = ("fix", "less", "repeat", "reps", "add", "begin")
#: The rule that judges the range, and must have been judged.
RANGE_RULE = "short_range"


@dataclass(frozen=True)
class Advice:
    """What to do in the next session.

    Attributes:
        load: weight of the next sets; None if the last one is unknown.
        reps: reps to aim at in every set; None if as before.
        why: completes "because ...", with figures.
        change: a sentence, what would change the advice.
        cue: the one cue, if any.
        sets: the deciding sets.
        notes: further sentences.
    """

    exercise: str
    decision: Decision
    target: Prescription
    load: Load | None
    why: str
    change: str = ""
    cue: str | None = None
    sets: tuple[Entry, ...] = ()
    reps: int | None = None
    notes: tuple[str, ...] = ()


def next_set(
    entries: Sequence[Entry],
    exercise: str,
    programme: Programme,
    onsets: Sequence[Onset] = (),
    now: datetime | None = None,
) -> Advice:
    """Advice from the latest session of an exercise.

    Args:
        entries: sets of the logbook, of any exercise.
        onsets: weights at which faults begin.
        now: the time of the question, to tell whether the last session was long ago; None: it was not.
    """
    target = programme.targets[exercise]
    sessions = sessions_of([entry for entry in entries if entry.exercise == exercise and not entry.warm_up])
    if not sessions:
        why = "it is not in the logbook yet: take a weight you are sure of, and film a set"
        return Advice(exercise, "begin", target, None, why)
    case = _Case.of(sessions, target, programme, now)
    verdict = _both_legs(case) if target.each_leg else _judge(case)
    load = case.load
    if verdict.decision == "add":
        load = case.heavier
    elif verdict.decision == "less":
        load = case.load_before
    advice = Advice(
        exercise, verdict.decision, target, load, verdict.why, verdict.change, verdict.cue, case.sets, verdict.reps
    )
    if verdict.decision == "fix" and verdict.rule is not None:
        return _back_below(advice, verdict.rule, onsets)
    return advice


def _back_below(advice: Advice, rule: str, onsets: Sequence[Onset]) -> Advice:
    """The weight below which this fault was rare, if known."""
    for onset in onsets:
        if onset.rule == rule and onset.below is not None and advice.load is not None and onset.at <= advice.load.kg + 1e-6:
            return replace(advice, load=Load(onset.below, advice.load.unit), notes=(*advice.notes, onset.text))
    return advice


# What is known.


@dataclass(frozen=True)
class _Film:
    """What the filmed sets of a day say of the form.

    Attributes:
        sets: the filmed sets; judged and not, faulty and borderline reps are counted over all of them.
    """

    sets: tuple[Entry, ...]
    rules: Progress

    @property
    def reps(self) -> list[JudgedRep]:
        return [rep for entry in self.sets for rep in entry.reps]

    @property
    def judged(self) -> int:
        """Reps whose form is known: judged, and clean only if their range was judged too."""
        count = 0
        for entry in self.sets:
            in_range = set(entry.reps_judged(RANGE_RULE))
            count += sum(r.verdict == "fault" or (r.verdict != "not_judged" and r.index in in_range) for r in entry.reps)
        return count

    @property
    def known(self) -> bool:
        """Whether enough was judged to speak of the form at all."""
        return self.judged > 0 and self.judged >= self.rules.judged_share * len(self.reps)

    def count(self, verdict: str) -> int:
        return sum(rep.verdict == verdict for rep in self.reps)

    @property
    def clean(self) -> int:
        """Reps that were judged, without those at fault or borderline."""
        return self.judged - self.count("fault") - self.count("borderline")

    @property
    def habit(self) -> bool:
        """Whether a fault is more than a slip or two: the form comes first."""
        return self.known and self.count("fault") > self.rules.fix_first_share * self.judged + 1e-9

    @property
    def allowed(self) -> int:
        """Most faulty reps that hold nobody up."""
        return math.floor(self.rules.slip_share * self.judged + 1e-9)

    @property
    def slipping(self) -> bool:
        """Whether too much was not clean for more weight; a borderline rep counts in part."""
        unclean = self.count("fault") + self.rules.borderline_counts * self.count("borderline")
        return self.known and unclean > self.rules.slip_share * self.judged + 1e-9

    @property
    def enough(self) -> str:
        """The form that would do: "faults in at most 1 of 10 reps"."""
        most = f"at most {self.allowed}" if self.allowed else "0"
        return f"faults in {most} of {self.judged} reps"

    def main_fault(self, severity: Literal["fault", "borderline"]) -> tuple[str, str, int, str]:
        """Id and title of the rule with such findings in the most reps, their number, and the cue of the surest finding."""
        found = [finding for entry in self.sets for finding in entry.findings if finding.severity == severity]
        if not found:
            return "", "", 0, ""
        counts = {
            rule: sum(len(entry.reps_with(rule, severity)) for entry in self.sets)
            for rule in sorted({finding.rule for finding in found})
        }
        rule = max(counts, key=lambda name: (counts[name], sum(f.confidence for f in found if f.rule == name)))
        cue = max((f for f in found if f.rule == rule), key=lambda f: f.confidence).cue
        return rule, rule_title(self.sets[0].exercise, rule).lower(), counts[rule], cue

    def faults_text(self) -> str:
        """What was found: "“lower back arches” was found in 5 of 10 judged reps"."""
        faulty = self.count("fault")
        _, title, count, _ = self.main_fault("fault")
        others = "" if count == faulty else f" ({faulty} with any fault)"
        return f"“{title}” was found in {count} of {self.judged} judged reps{others}"


@dataclass(frozen=True)
class _Case:
    """The latest session of an exercise, perhaps of one leg, and what went before.

    Attributes:
        sets: its working sets.
        film: what was filmed of it at this weight or more.
        earlier: the latest film before, if this session's says nothing of the form and that one is recent.
        before: the working sets of earlier sessions, the latest first.
    """

    sets: tuple[Entry, ...]
    film: _Film
    earlier: _Film | None
    before: tuple[tuple[Entry, ...], ...]
    target: Prescription
    programme: Programme
    now: datetime | None

    @classmethod
    def of(
        cls, sessions: Sequence[Session], target: Prescription, programme: Programme, now: datetime | None
    ) -> _Case:
        rules = programme.progress
        films = [_Film(_filmed_at_work(session), rules) for session in sessions]
        latest, since = films[-1], sessions[-1].began - timedelta(days=rules.film_lasts_days)
        known = [film for film in films[:-1] if film.known and film.sets[0].filmed_at >= since]
        return cls(
            working_sets(sessions[-1].sets), latest, known[-1] if known and not latest.known else None,
            tuple(working_sets(session.sets) for session in reversed(sessions[:-1])), target, programme, now,
        )  # fmt: skip

    @property
    def load(self) -> Load | None:
        return self.sets[0].load

    @property
    def heavier(self) -> Load | None:
        """The smallest step up."""
        return None if self.load is None else self.programme.plates.next_load(self.load, self.target.loaded)

    @property
    def load_before(self) -> Load | None:
        """The latest lower weight at which every set had enough reps; None if there is none."""
        for sets in self.before:
            load = sets[0].load
            if load is not None and self.load is not None and load.kg < self.load.kg and _fewest(sets) >= self.target.reps[0]:
                return load
        return None

    @property
    def at_this_load(self) -> list[tuple[Entry, ...]]:
        """The sessions in a row at this weight, the latest first."""
        return [self.sets, *takewhile(lambda sets: _same_load(sets[0].load, self.load), self.before)]

    @property
    def hardest(self) -> float | None:
        """The highest RPE of the working sets, if one was given."""
        return max((entry.rpe for entry in self.sets if entry.rpe is not None), default=None)

    @property
    def days_ago(self) -> int:
        if self.now is None:
            return 0
        return (self.now.astimezone().date() - self.sets[-1].filmed_at.astimezone().date()).days

    @property
    def text(self) -> str:
        """The deciding sets: "4 sets at 60 kg"."""
        count = count_of(len(self.sets), "set")
        return count if self.load is None else f"{count} at {self.load.text()}"

    @property
    def form_text(self) -> str:
        """What is known of the form, after what is known of the reps."""
        film = self.film
        if film.known:
            return f"of the filmed ones {film.clean} of {film.judged} were clean"
        if film.sets:
            reasons = Counter(rep.not_judged_because or "a rule could not be judged" for rep in film.reps)
            return f"{film.judged} of {len(film.reps)} filmed reps could be judged ({reasons.most_common(1)[0][0]})"
        if self.earlier is not None:
            return f"in the latest film ({day_text(self.earlier.sets[0].filmed_at)}) the form was good"
        return "nothing of its form is known"


def _filmed_at_work(session: Session) -> tuple[Entry, ...]:
    """The filmed sets of a session, without those lighter than its working sets."""
    load = working_sets(session.sets)[0].load
    return tuple(
        entry for entry in session.sets
        if entry.filmed and (entry.load is None or load is None or entry.load.kg >= load.kg - 0.05)
    )  # fmt: skip


# The questions, the most important first.


@dataclass(frozen=True)
class _Verdict:
    """The answer to a question.

    `change`, a sentence, says what would change the advice. With `without` it is only a condition, and the answer without
    those questions completes the sentence.
    """

    decision: Decision
    why: str
    change: str = ""
    cue: str | None = None
    rule: str | None = None
    reps: int | None = None
    without: tuple[Question, ...] = ()


Question = Callable[[_Case], _Verdict | None]


def _judge(case: _Case) -> _Verdict:
    """The answer of the first question that has one; more weight if none has."""
    found = _answer(case)
    if found is None:
        return _add(case, f"{_reps(case.sets)} of {case.text} were done")
    return replace(found, change=f"{found.change}, {_otherwise(case, found.without)}.") if found.without else found


def _answer(case: _Case, without: Sequence[Question] = ()) -> _Verdict | None:
    """The first answer of all questions but those in `without`."""
    answers = (ask(case) for ask in QUESTIONS if ask not in without)
    return next((answer for answer in answers if answer is not None), None)


def _both_legs(case: _Case) -> _Verdict:
    """Both legs lift the same weight, so the weaker one decides. Sets of an unknown leg count for both."""
    legs = {leg: _of_leg(case, leg) for leg in ("left", "right") if any(entry.leg == leg for entry in case.sets)}
    if not legs:
        asked = next((entry.id for entry in case.film.sets), None)
        change = f"Set {asked} doesn't say which leg worked; set it with `formcheck log edit {asked} --leg left`."
        return _judge(case) if asked is None else replace(_judge(case), change=change)
    verdicts = {leg: _judge(own) for leg, own in legs.items()}
    weaker = min(verdicts, key=lambda leg: (ORDER.index(verdicts[leg].decision), _fewest(legs[leg].sets)))
    worst = verdicts[weaker]
    if len(legs) == 1:
        other = "left" if weaker == "right" else "right"
        missing = f"The logbook has nothing for the {other} leg; if that leg does less, it decides."
        change = missing if worst.decision in ("add", "reps") else worst.change
        return replace(worst, why=f"with the {weaker} leg {worst.why}", change=change)
    if worst.decision == "add":
        both = _judge(case)
        return replace(both, why=f"with both legs {both.why}")
    return replace(worst, why=f"with the {weaker} leg {worst.why}")


def _of_leg(case: _Case, leg: str) -> _Case:
    def own(sets: tuple[Entry, ...]) -> tuple[Entry, ...]:
        return tuple(entry for entry in sets if entry.leg in (leg, None))

    def film(one: _Film) -> _Film:
        return replace(one, sets=own(one.sets))

    earlier = None if case.earlier is None else film(case.earlier)
    return replace(
        case, sets=own(case.sets), film=film(case.film), earlier=earlier if earlier is not None and earlier.known else None,
        before=tuple(sets for before in case.before if (sets := own(before))),
    )  # fmt: skip


def _form_first(case: _Case) -> _Verdict | None:
    if not case.film.habit:
        return None
    rule, _, _, cue = case.film.main_fault("fault")
    why = f"{case.film.faults_text()} of {_filmed_text(case)}"
    return _Verdict("fix", why, f"With {case.film.enough}", cue, rule, without=(_form_first, _slipping))


def _too_few_reps(case: _Case) -> _Verdict | None:
    least = case.target.reps[0]
    if _fewest(case.sets) >= least or _is_steady(case):
        return None
    why = f"the sets had {_each(case.sets)} reps; the programme asks for at least {least}"
    short = list(takewhile(lambda sets: _fewest(sets) < least, case.at_this_load))
    if len(short) >= case.programme.progress.short_sessions and case.load_before is not None:
        why = f"the sets had {_each(case.sets)} reps, fewer than {least} for {len(short)} sessions"
        return _Verdict("less", why, f"When every set has {case.target.reps[1]} there, it goes up again.")
    change = f"With {least} in every set it would be more reps, and from {case.target.reps[1]} on more weight."
    return _Verdict("repeat", why, change)


def _too_hard(case: _Case) -> _Verdict | None:
    most, hardest = case.programme.progress.hardest_rpe, case.hardest
    if hardest is None or hardest <= most:
        return None
    why = f"{_reps(case.sets)} of {case.text} were done, the hardest set at RPE {hardest:g}"
    return _Verdict("repeat", why, f"At RPE {most:g} or less", without=(_too_hard,))


def _slipping(case: _Case) -> _Verdict | None:
    film = case.film
    if not film.slipping:
        return None
    change, without = f"With {film.enough}", (_slipping,)
    if film.count("fault"):
        why, cue = f"{film.faults_text()} of {_filmed_text(case)}", film.main_fault("fault")[3]
        return _Verdict("repeat", why, change, cue, without=without)
    _, title, _, cue = film.main_fault("borderline")
    why = f"{film.count('borderline')} of {film.judged} judged reps had a possible fault ({title})"
    return _Verdict("repeat", why, change, cue, without=without)


def _faulty_before(case: _Case) -> _Verdict | None:
    """Faults of the last filmed session still count if nothing was filmed since."""
    film = case.earlier
    if film is None or not film.slipping or film.count("fault") == 0:
        return None
    why = f"{film.faults_text()} on {day_text(film.sets[0].filmed_at)}, and it was not filmed since"
    if case.film.sets:
        why = f"{film.faults_text()} on {day_text(film.sets[0].filmed_at)}, and the film since could not be judged"
    change = f"With one set on film and {film.enough}"
    return _Verdict("repeat", why, change, film.main_fault("fault")[3], without=(_faulty_before,))


def _off_tempo(case: _Case) -> _Verdict | None:
    target, rules = case.target, case.programme.progress
    asked: tuple[tuple[float, str, Callable[[JudgedRep], float | None], str], ...] = (
        (target.eccentric_s, "lowered in", lambda rep: rep.eccentric_s, "Take {} seconds on the way down."),
        (target.pause_s, "held for", lambda rep: rep.pause_s, "Hold {} seconds at the top."),
        (target.concentric_s, "lifted in", lambda rep: rep.concentric_s, "Take {} seconds on the way up."),
    )
    for seconds, words, phase, cue in asked:
        known = [value for rep in case.film.reps if (value := phase(rep)) is not None]
        right = sum(value >= seconds - rules.tempo_tolerance_s for value in known)
        if seconds and right < (1 - rules.off_tempo_share) * len(known):
            average = sum(known) / len(known)
            why = f"{right} of {len(known)} filmed reps were {words} {seconds:g} s as asked ({average:.1f} s on average)"
            least = math.ceil((1 - rules.off_tempo_share) * len(known) - 1e-9)
            change = f"With {least} of {len(known)} at tempo"
            return _Verdict("repeat", why, change, cue.format(f"{seconds:g}"), without=(_off_tempo,))
    return None


def _load_unknown(case: _Case) -> _Verdict | None:
    if case.load is not None:
        return None
    number = case.sets[0].id
    return _Verdict("repeat", f"its load is missing; set it with `formcheck log edit {number} --load 60kg`")


def _not_filmed(case: _Case) -> _Verdict | None:
    """The user's own programme may ask for filmed sets."""
    asked, filmed = case.target.judged_sets, sum(entry.filmed for entry in case.sets)
    if filmed >= asked:
        return None
    why = f"{filmed} of {len(case.sets)} sets were filmed, and your programme asks for {asked}"
    return _Verdict("repeat", why, f"With {asked} filmed and clean", without=(_not_filmed,))


def _after_a_break(case: _Case) -> _Verdict | None:
    if case.days_ago < case.programme.progress.break_days or case.load is None:
        return None
    why = f"its last session was {case.days_ago} days ago"
    return _Verdict("repeat", why, f"If {case.load.text()} goes as it did then", without=(_after_a_break,))


def _more_reps(case: _Case) -> _Verdict | None:
    fewest, most = _fewest(case.sets), case.target.reps[1]
    if fewest >= most:
        return None
    if _is_steady(case):
        sessions = len(_alike(case))
        return _add(case, f"the sets had {fewest} reps in each of {sessions} sessions at {_at(case.load)}")
    change = f"{most} reps in every set make it {_at(case.heavier)}."
    return _Verdict("reps", f"the sets had {_each(case.sets)} reps of up to {most}; {case.form_text}", change, reps=fewest + 1)


QUESTIONS: tuple[Question, ...] = (
    _form_first, _too_few_reps, _too_hard, _slipping, _faulty_before, _off_tempo, _load_unknown, _not_filmed, _after_a_break,
    _more_reps,
)  # fmt: skip


def _add(case: _Case, done: str) -> _Verdict:
    """More weight: a step, from the fewest reps on, and what of the form would have kept the weight."""
    film, cue = case.film, None
    if film.known:
        slips = film.allowed or 1
        more = "more than " if film.allowed else ""
        change = f"With faults in {more}{slips} of {film.judged} reps, it would be {_at(case.load)} again."
        cue = film.main_fault("fault")[3] or None
    else:
        change = "A set on film with faults in more than one rep of ten would change that."
    if all(entry.filmed for entry in case.sets) and film.known and len(_alike(case)) == 1:
        reps = "reps" if film.judged == len(film.reps) else "judged reps"
        why = f"{film.clean} of {film.judged} {reps} of {case.text} were clean"
    else:
        why = f"{done}, {'and' if film.known or not film.sets else 'but'} {case.form_text}"
    heavier = case.heavier
    if heavier is not None and case.load is not None and case.load.kg:
        share = (heavier.kg - case.load.kg) / case.load.kg
        if share > case.programme.progress.large_step_share:
            least = case.target.reps[0]
            change = f"That step is {100 * share:.0f} %: back to {_at(case.load)} if fewer than {least} reps are clean."
    low = min(case.target.reps[0], _fewest(case.sets))
    return _Verdict("add", why, change, cue, reps=low)


def _otherwise(case: _Case, without: Sequence[Question]) -> str:
    """The advice without some questions: "it would be 62.5 kg"."""
    verdict = _answer(case, without)
    if verdict is None or verdict.decision == "add":
        return f"it would be {_at(case.heavier)}"
    if verdict.decision == "reps":
        return f"it would be more reps at {_at(case.load)}"
    return f"it would still be {_at(case.load)}, as {verdict.why}"


def _is_steady(case: _Case) -> bool:
    """Whether the same reps were done at this weight for some sessions, as in a programme of the lifter's own."""
    return len(_alike(case)) >= case.programme.progress.steady_sessions


def _alike(case: _Case) -> list[tuple[Entry, ...]]:
    """The sessions in a row at this weight with the same fewest reps."""
    return list(takewhile(lambda sets: _fewest(sets) == _fewest(case.sets), case.at_this_load))


def _same_load(a: Load | None, b: Load | None) -> bool:
    return a is not None and b is not None and abs(a.kg - b.kg) < 0.05


def _at(load: Load | None) -> str:
    return "more weight" if load is None else load.text()


def _fewest(sets: Sequence[Entry]) -> int:
    return min(entry.reps_done for entry in sets)


def _reps(sets: Sequence[Entry]) -> str:
    return count_of(sum(entry.reps_done for entry in sets), "rep")


def _each(sets: Sequence[Entry]) -> str:
    *first, last = [str(entry.reps_done) for entry in sets]
    return f"{', '.join(first)} and {last}" if first else last


def _filmed_text(case: _Case) -> str:
    """The filmed sets: "1 filmed set at 60 kg"."""
    text = count_of(len(case.film.sets), "filmed set")
    return text if case.load is None else f"{text} at {case.load.text()}"
