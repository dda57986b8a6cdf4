"""Advice for the next set by double progression: more weight, the same again, or the form first.

Weight is added only if every rep of the target sets was judged and clean, in range and at tempo, and every set reached the
most reps of its range.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from formcheck.apps.logbook.dates import date_text
from formcheck.apps.logbook.entry import Entry, title_of
from formcheck.apps.logbook.programme import Programme
from formcheck.apps.logbook.trends import (
    Onset,
    earliest_next,
    fatigue_onsets,
    leg_difference,
    load_onsets,
    schedule_warnings,
    sessions_of,
    working_sets,
)
from formcheck.lifts.exercise import Prescription
from formcheck.outputs.shown import rule_title
from formcheck.results.analysis import JudgedRep
from formcheck.units import Load

Decision = Literal["begin", "add", "repeat", "fix"]
#: The rule that judges the range, and must have been judged.
RANGE_RULE = "short_range"
NOT_CLEAN = "a rep that wasn't judged doesn't count as clean"


@dataclass(frozen=True)
class Advice:
    """What to do in the next session.

    Attributes:
        load: weight of the next sets; None if the last one is unknown.
        why: completes "because ...", with figures.
        cue: the one cue, if any.
        sets: the deciding sets.
        notes: further sentences.
    """

    exercise: str
    decision: Decision
    target: Prescription
    load: Load | None
    why: str
    cue: str | None = None
    sets: tuple[Entry, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Verdict:
    decision: Decision
    why: str
    cue: str | None = None
    rule: str | None = None


def next_set(entries: Sequence[Entry], exercise: str, programme: Programme, onsets: Sequence[Onset] = ()) -> Advice:
    """Advice from the latest session of an exercise.

    Args:
        entries: sets of the logbook, of any exercise.
        onsets: weights at which faults begin.
    """
    target = programme.targets[exercise]
    sessions = sessions_of([entry for entry in entries if entry.exercise == exercise])
    if not sessions:
        why = "it is not in the logbook yet: take a weight you are sure of, and film every set"
        return Advice(exercise, "begin", target, None, why)
    sets = working_sets(sessions[-1].sets)
    load = sets[0].load
    verdict = _worst_leg(sets, target, programme) if target.each_leg else _judge(sets, target, programme)
    advice = Advice(exercise, verdict.decision, target, load, verdict.why, verdict.cue, sets)
    if verdict.decision == "add":
        return _heavier(advice, programme)
    if verdict.decision == "fix" and verdict.rule is not None:
        return _lighter(advice, verdict.rule, onsets)
    return advice


def _worst_leg(sets: Sequence[Entry], target: Prescription, programme: Programme) -> _Verdict:
    """Both legs must qualify; the weaker one decides."""
    unknown = [entry for entry in sets if entry.leg is None]
    if unknown:
        number = unknown[0].id
        return _Verdict(
            "repeat", f"set {number} doesn't say which leg worked; say it with `formcheck log edit {number} --leg left`"
        )
    verdicts = [
        (leg, _judge([entry for entry in sets if entry.leg == leg], target, programme)) for leg in ("left", "right")
    ]
    order = {"fix": 0, "repeat": 1, "add": 2, "begin": 3}
    leg, worst = min(verdicts, key=lambda verdict: order[verdict[1].decision])
    return replace(worst, why=f"{'with both legs ' if worst.decision == 'add' else f'with the {leg} leg '}{worst.why}")


def _judge(sets: Sequence[Entry], target: Prescription, programme: Programme) -> _Verdict:
    """The advice from the first check that fails, the most important first."""
    questions: tuple[Callable[[Sequence[Entry], Prescription, Programme], _Verdict | None], ...] = (
        _form_first, _sets_missing, _too_few_reps, _not_all_clean, _not_all_judged, _off_tempo, _more_reps, _load_unknown,
    )  # fmt: skip
    for question in questions:
        verdict = question(sets, target, programme)
        if verdict is not None:
            return verdict
    return _Verdict("add", f"all {_reps(sets)} of {_sets_text(sets)} were clean, in range and at tempo")


def _form_first(sets: Sequence[Entry], target: Prescription, programme: Programme) -> _Verdict | None:
    judged = [rep for entry in sets for rep in entry.reps if rep.verdict != "not_judged"]
    faulty = sum(rep.verdict == "fault" for rep in judged)
    if not judged or faulty / len(judged) <= programme.progress.fix_first_share:
        return None
    rule, count, cue = _main_fault(sets, "fault")
    others = "" if count == faulty else f" ({faulty} with any fault)"
    why = f"“{_title(sets, rule)}” was found in {count} of {len(judged)} judged reps{others} of {_sets_text(sets)}"
    return _Verdict("fix", why, cue, rule)


def _sets_missing(sets: Sequence[Entry], target: Prescription, programme: Programme) -> _Verdict | None:
    if len(sets) < target.sets:
        return _Verdict("repeat", f"{len(sets)} of {target.sets} sets are in the logbook")
    filmed = sum(entry.filmed for entry in sets)
    if filmed < target.sets_judged:
        return _Verdict("repeat", f"{filmed} of {target.sets_judged} sets were filmed; {NOT_CLEAN}")
    return None


def _too_few_reps(sets: Sequence[Entry], target: Prescription, programme: Programme) -> _Verdict | None:
    fewest = min(entry.reps_done for entry in sets)
    if fewest >= target.reps[0]:
        return None
    return _Verdict("repeat", f"the sets had {_each(sets)} reps; the programme asks for at least {target.reps[0]}")


def _not_all_clean(sets: Sequence[Entry], target: Prescription, programme: Programme) -> _Verdict | None:
    reps = [rep for entry in sets for rep in entry.reps]
    for severity, words in (("fault", "had a fault"), ("borderline", "were borderline")):
        count = sum(rep.verdict == severity for rep in reps)
        if count:
            rule, _, cue = _main_fault(sets, "fault" if severity == "fault" else "borderline")
            words = words if count > 1 or severity == "fault" else "was borderline"
            return _Verdict("repeat", f"{count} of {len(reps)} reps {words} ({_title(sets, rule)})", cue)
    return None


def _not_all_judged(sets: Sequence[Entry], target: Prescription, programme: Programme) -> _Verdict | None:
    reasons: Counter[str] = Counter()
    filmed = [entry for entry in sets if entry.filmed]
    for entry in filmed:
        in_range = set(entry.reps_judged(RANGE_RULE))
        for rep in entry.reps:
            if rep.verdict == "not_judged":
                reasons[rep.not_judged_because or "a rule could not be judged"] += 1
            elif rep.index not in in_range:
                reasons["the range could not be judged"] += 1
    if not reasons:
        return None
    count, reps = sum(reasons.values()), sum(len(entry.reps) for entry in filmed)
    return _Verdict(
        "repeat", f"{count} of {reps} reps could not be judged ({reasons.most_common(1)[0][0]}); {NOT_CLEAN}"
    )


def _off_tempo(sets: Sequence[Entry], target: Prescription, programme: Programme) -> _Verdict | None:
    reps = [rep for entry in sets for rep in entry.reps]
    asked: tuple[tuple[float, str, Callable[[JudgedRep], float | None], str], ...] = (
        (target.eccentric_s, "lowered in", lambda rep: rep.eccentric_s, "Take {} seconds on the way down."),
        (target.pause_s, "held for", lambda rep: rep.pause_s, "Hold {} seconds at the top."),
        (target.concentric_s, "lifted in", lambda rep: rep.concentric_s, "Take {} seconds on the way up."),
    )
    for seconds, words, phase, cue in asked:
        if not seconds:
            continue
        known = [value for rep in reps if (value := phase(rep)) is not None]
        right = sum(value >= seconds - programme.progress.tempo_tolerance_s for value in known)
        if right < len(known):
            average = sum(known) / len(known)
            why = f"{right} of {len(reps)} reps were {words} {seconds:g} s as asked ({average:.1f} s on average)"
            return _Verdict("repeat", why, cue.format(f"{seconds:g}"))
        if len(known) < len(reps):
            missing = len(reps) - len(known)
            return _Verdict("repeat", f"the tempo of {missing} of {len(reps)} reps is not known, as the clip cuts them off")
    return None


def _more_reps(sets: Sequence[Entry], target: Prescription, programme: Programme) -> _Verdict | None:
    most = target.reps[1]
    if min(entry.reps_done for entry in sets) >= most:
        return None
    return _Verdict("repeat", f"all {_reps(sets)} were clean, but the sets had {_each(sets)}: first {most} in every set")


def _load_unknown(sets: Sequence[Entry], target: Prescription, programme: Programme) -> _Verdict | None:
    if sets[0].load is not None:
        return None
    number = sets[0].id
    return _Verdict("repeat", f"its load is missing; say it with `formcheck log edit {number} --load 60kg`")


def _heavier(advice: Advice, programme: Programme) -> Advice:
    assert advice.load is not None
    heavier = programme.plates.next_load(advice.load, advice.target.loaded)
    step = heavier.kg - advice.load.kg
    notes = advice.notes
    if advice.load.kg and step > programme.progress.large_step_share * advice.load.kg:
        share = 100 * step / advice.load.kg
        notes = (*notes, f"The smallest step up is {share:.0f} % more; smaller plates would make it easier to keep your form.")
    low = advice.target.reps[0]
    return replace(advice, load=heavier, notes=(*notes, f"Begin with {low} reps again and work up."))


def _lighter(advice: Advice, rule: str, onsets: Sequence[Onset]) -> Advice:
    """The weight below which this fault was rare, if known."""
    for onset in onsets:
        if onset.rule == rule and onset.below is not None and advice.load is not None and onset.at <= advice.load.kg + 1e-6:
            return replace(advice, load=Load(onset.below, advice.load.unit), notes=(*advice.notes, onset.text))
    return advice


def _main_fault(sets: Sequence[Entry], severity: Literal["fault", "borderline"]) -> tuple[str, int, str]:
    """The rule with faults in the most reps, their number, and the cue of its most certain finding."""
    found = [finding for entry in sets for finding in entry.findings if finding.severity == severity]
    if not found:
        return "", 0, ""
    counts = {
        rule: sum(len(entry.reps_with(rule, severity)) for entry in sets) for rule in sorted({f.rule for f in found})
    }
    rule = max(counts, key=lambda name: (counts[name], sum(f.confidence for f in found if f.rule == name)))
    return rule, counts[rule], max((f for f in found if f.rule == rule), key=lambda f: f.confidence).cue


def _title(sets: Sequence[Entry], rule: str) -> str:
    return rule_title(sets[0].exercise, rule).lower()


def _reps(sets: Sequence[Entry]) -> str:
    count = sum(entry.reps_done for entry in sets)
    return f"{count} rep{'s' * (count != 1)}"


def _each(sets: Sequence[Entry]) -> str:
    *first, last = [str(entry.reps_done) for entry in sets]
    return f"{', '.join(first)} and {last}" if first else last


def _sets_text(sets: Sequence[Entry]) -> str:
    """The deciding sets: "4 sets at 60 kg"."""
    load = sets[0].load
    count = f"{len(sets)} set{'s' * (len(sets) != 1)}"
    return count if load is None else f"{count} at {load.text()}"


# `formcheck next`: the advice for all exercises, in the terminal and as data.

#: Period in which faults are considered: a training block of twelve weeks.
RECENT = timedelta(weeks=12)
HEADS = {"add": "Add weight", "repeat": "The same again", "fix": "Fix the form first", "begin": "Begin"}
_STYLES = {"add": "bold green", "repeat": "bold yellow", "fix": "bold red", "begin": "bold"}


@dataclass(frozen=True)
class ExerciseOutlook:
    """The advice for one exercise, onsets of its faults, and differences between the legs."""

    advice: Advice
    onsets: tuple[Onset, ...]
    legs: str | None


@dataclass(frozen=True)
class Outlook:
    """The next session: earliest time, advice by exercise, and warnings about the schedule."""

    exercises: tuple[ExerciseOutlook, ...]
    earliest: datetime | None
    warnings: tuple[str, ...]


def outlook(entries: Sequence[Entry], wanted: str | None, programme: Programme, now: datetime) -> Outlook:
    """The next session from the logbook: for one exercise, or all that are in the programme."""
    known = [entry for entry in entries if entry.exercise in programme.targets and entry.filmed_at <= now + timedelta(days=1)]
    names = [wanted] if wanted else [name for name in programme.targets if any(e.exercise == name for e in known)]
    sessions = sessions_of(known)
    earliest = earliest_next(sessions, programme)
    warnings = schedule_warnings(sessions, programme, now)
    if earliest is not None and now < earliest - timedelta(hours=programme.week.rest_tolerance_hours):
        warnings.append(f"The last session was {_hours(now - sessions[-1].began)} ago: rest until {date_text(earliest)}.")
    return Outlook(tuple(_of_exercise(known, name, programme, now) for name in names), earliest, tuple(warnings))


def _of_exercise(entries: Sequence[Entry], name: str, programme: Programme, now: datetime) -> ExerciseOutlook:
    own = [entry for entry in entries if entry.exercise == name]
    recent = sessions_of([entry for entry in own if entry.filmed_at >= now - RECENT])
    loads = load_onsets([entry for session in recent for entry in session.sets])
    tired = fatigue_onsets([entry for session in recent for entry in working_sets(session.sets)])
    advice = next_set(own, name, programme, loads)
    legs = leg_difference(advice.sets) if advice.target.each_leg else None
    return ExerciseOutlook(advice, tuple(onset for onset in (*tired, *loads) if onset.text not in advice.notes), legs)


def print_outlook(console: Console, found: Outlook) -> None:
    """Print the outlook, exercise by exercise."""
    if not found.exercises:
        console.print("The logbook has no set of the programme yet; begin with `formcheck analyze CLIP --load 60kg --log`.")
    for part in found.exercises:
        advice = part.advice
        console.print(Text.assemble((f"\n{title_of(advice.exercise)}", "bold"), (f"  {advice.target.text()}", "dim")))
        load = "" if advice.load is None else f": {advice.load.both()}"
        lines = [Text.assemble((HEADS[advice.decision], _STYLES[advice.decision]), (load, "bold")), Text(sentence(advice))]
        lines += [Text(f"→ {advice.cue}", style="bold")] if advice.cue else []
        lines += [Text(note) for note in advice.notes]
        lines += [Text(part.legs)] if part.legs else []
        lines += [Text(onset.text, style="yellow") for onset in part.onsets]
        for line in lines:
            console.print(Padding(line, (0, 0, 0, 2)))
    console.print()
    if found.earliest is not None:
        console.print(Text(f"Next session from {date_text(found.earliest)} on.", style="dim"))
    for warning in found.warnings:
        console.print(Text(warning, style="yellow"))


def sentence(advice: Advice) -> str:
    """The reason, as one sentence."""
    when = f" ({date_text(advice.sets[0].filmed_at)})" if advice.sets else ""
    return f"Because {advice.why}{when}."


def as_data(found: Outlook) -> dict[str, Any]:
    """The outlook as plain data."""
    return {
        "earliest": None if found.earliest is None else found.earliest.isoformat(),
        "warnings": list(found.warnings),
        "exercises": [
            {
                "exercise": part.advice.exercise,
                "decision": part.advice.decision,
                "load_kg": _kg(part.advice.load),
                "load_lb": None if part.advice.load is None else round(part.advice.load.lb, 2),
                "sets": part.advice.target.sets,
                "reps": list(part.advice.target.reps),
                "why": sentence(part.advice),
                "cue": part.advice.cue,
                "notes": list(part.advice.notes),
                "legs": part.legs,
                "decided_by": [entry.id for entry in part.advice.sets],
                "onsets": [
                    {
                        "rule": onset.rule, "kind": onset.kind, "at": onset.at, "first": onset.first, "last": onset.last,
                        "probability": round(onset.probability, 3), "text": onset.text,
                    }
                    for onset in part.onsets
                ],
            }
            for part in found.exercises
        ],
    }  # fmt: skip


def _kg(load: Load | None) -> float | None:
    return None if load is None else round(load.kg, 3)


def _hours(span: timedelta) -> str:
    return f"{max(0.0, span.total_seconds() / 3600):.0f} hours"
