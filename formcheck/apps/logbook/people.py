"""The people of a logbook: whose sets are whose, and who needs a look first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from formcheck.apps.logbook.dates import day_text
from formcheck.apps.logbook.entry import Entry, title_of
from formcheck.apps.logbook.outlook import Outlook, outlook
from formcheck.apps.logbook.programme import Programme
from formcheck.apps.logbook.trends import BEYOND, Session, difference_of_shares, sessions_of
from formcheck.errors import UsageError
from formcheck.outputs.shown import rule_title

#: Label of sets without a name.
NOBODY = "Not named"


def spelled(who: str | None, known: Sequence[str]) -> str | None:
    """A name as it is spelled already, whatever its capitals."""
    return next((name for name in known if who is not None and name.casefold() == who.casefold()), who)


def by_person(entries: Sequence[Entry]) -> dict[str | None, list[Entry]]:
    """The sets of each person, in order of the alphabet; those of nobody in particular last."""
    found: dict[str | None, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.who, []).append(entry)
    return dict(sorted(found.items(), key=lambda item: (item[0] is None, (item[0] or "").casefold())))


def of_person(entries: Sequence[Entry], who: str | None) -> Sequence[Entry]:
    """The sets of one person; all of them where nobody is named.

    Raises:
        UsageError: there are sets with names, and none has this one.
    """
    if who is None:
        return entries
    own = [entry for entry in entries if entry.who is not None and entry.who.casefold() == who.casefold()]
    names = [name for name in by_person(entries) if name is not None]
    if not own and entries:
        known = f"expected one of {', '.join(names)}" if names else "name them with `formcheck log edit SET --who NAME`"
        raise UsageError(f"nobody in the logbook is called {who}; {known}.")
    return own


# Who needs a look first.


@dataclass(frozen=True)
class Reason:
    """Why a person needs a look.

    Attributes:
        weight: how urgent it is; the greatest comes first.
        text: a sentence with its figures.
        cue: what to tell them, if there is anything.
    """

    weight: int
    text: str
    cue: str | None = None


@dataclass(frozen=True)
class Look:
    """A person as their coach sees them: the reasons for a look, the most urgent first, and what is next."""

    who: str | None
    sets: int
    last: datetime
    reasons: tuple[Reason, ...]
    next: Outlook

    @property
    def name(self) -> str:
        return self.who or NOBODY

    @property
    def cue(self) -> str | None:
        """The one cue: of the most urgent reason that has one."""
        return next((reason.cue for reason in self.reasons if reason.cue), None)


def looks(entries: Sequence[Entry], programme: Programme, now: datetime) -> tuple[Look, ...]:
    """Everybody in the logbook, the most urgent first: new faults, then form that gets worse at the same weight,
    habits, and people without recent sets."""
    found = []
    for who, own in by_person(entries).items():
        reasons = _reasons(own, programme, now)
        found.append(Look(who, len(own), max(e.filmed_at for e in own), reasons, outlook(own, None, programme, now)))
    return tuple(sorted(found, key=_urgency))


def _urgency(look: Look) -> tuple[int, int, float]:
    weights = [reason.weight for reason in look.reasons]
    return -max(weights, default=0), -sum(weights), -look.last.timestamp()


def _reasons(entries: Sequence[Entry], programme: Programme, now: datetime) -> tuple[Reason, ...]:
    reasons: list[Reason] = []
    quiet = (now - max(entry.filmed_at for entry in entries)).days
    for exercise in dict.fromkeys(entry.exercise for entry in entries):
        filmed = sessions_of([entry for entry in entries if entry.exercise == exercise and entry.filmed])
        recent = filmed and (now - filmed[-1].began).days <= programme.progress.film_lasts_days
        reasons += _form(filmed, programme) if recent else []
    if quiet >= programme.attention.quiet_days:
        reasons.append(Reason(1, f"No set for {quiet} days."))
    return tuple(sorted(reasons, key=lambda reason: -reason.weight))


def _form(sessions: Sequence[Session], programme: Programme) -> list[Reason]:
    """What the latest film of an exercise shows that those before did not."""
    latest, before = sessions[-1], sessions[:-1]
    exercise = latest.sets[0].exercise
    title, day = title_of(exercise).lower(), day_text(latest.began)
    reasons = []
    for rule in sorted({f.rule for entry in latest.sets for f in entry.findings if f.severity == "fault"}):
        now, judged = _counts(latest.sets, rule)
        if now < programme.attention.fault_reps or now <= programme.progress.slip_share * judged:
            continue
        name, cue = rule_title(exercise, rule).lower(), _cue(latest, rule)
        found = f"“{name}” in {now} of {judged} reps of the {title} on {day}"
        then, of = _counts([entry for session in before for entry in session.sets], rule)
        loads = {round(entry.load.kg, 1) for entry in latest.sets if entry.load is not None}
        same = [e for session in before for e in session.sets if e.load is not None and round(e.load.kg, 1) in loads]
        then_here, of_here = _counts(same, rule)
        if of and not then:
            reasons.append(Reason(3, f"New: {found}, in none of {of} before.", cue))
        elif of_here and _worse((then_here, of_here), (now, judged)):
            at = next(entry.load.text() for entry in latest.sets if entry.load is not None)
            reasons.append(Reason(2, f"Worse at {at}: {found}, {then_here} of {of_here} before at this weight.", cue))
        elif now > programme.progress.fix_first_share * judged:
            reasons.append(Reason(2, f"{found[:1].upper()}{found[1:]}.", cue))
    return reasons


def _counts(entries: Sequence[Entry], rule: str) -> tuple[int, int]:
    """Reps with the fault, and reps in which its rule was judged."""
    return sum(len(entry.reps_with(rule)) for entry in entries), sum(len(entry.reps_judged(rule)) for entry in entries)


def _worse(before: tuple[int, int], now: tuple[int, int]) -> bool:
    """Whether a share grew by more than chance."""
    difference, error = difference_of_shares(before, now)
    return difference > BEYOND * error


def _cue(session: Session, rule: str) -> str:
    found = [finding for entry in session.sets for finding in entry.findings if finding.rule == rule]
    return max(found, key=lambda finding: finding.confidence).cue
