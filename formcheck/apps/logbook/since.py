"""What changed since the last set of the same lift, in two lines."""

from __future__ import annotations

from collections.abc import Sequence

from formcheck.apps.logbook.dates import date_text
from formcheck.apps.logbook.entry import Entry, reps_text
from formcheck.outputs.shown import rule_title
from formcheck.outputs.words import listed


def last_before(entry: Entry, entries: Sequence[Entry]) -> Entry | None:
    """The previous filmed set of the same lift and leg; None if this is the first."""
    own = None if entry.clip is None else entry.clip.sha256
    before = [
        other
        for other in entries
        if other.clip is not None and other.clip.sha256 != own and other.filmed_at < entry.filmed_at
        and (other.exercise, other.leg) == (entry.exercise, entry.leg)
    ]  # fmt: skip
    return max(before, key=lambda other: (other.filmed_at, other.id), default=None)


def since_last(entry: Entry, entries: Sequence[Entry]) -> tuple[str, ...]:
    """The set compared with the previous one, and which faults went, stayed or came; empty without a previous set."""
    before = last_before(entry, entries)
    if before is None:
        return ()
    first = f"Last time ({date_text(before.filmed_at)}): {_went(before)}. Now: {_went(entry)}."
    return (first, _faults(before, entry))


def _went(entry: Entry) -> str:
    return reps_text(entry) + (f" with {entry.load.text()}" if entry.load is not None else "")


def _faults(before: Entry, now: Entry) -> str:
    def titles(rules: Sequence[str]) -> str:
        return listed([rule_title(now.exercise, rule).lower() for rule in rules])

    old, new = before.fault_counts, now.fault_counts
    gone = [rule for rule in old if rule not in new and now.reps_judged(rule)]
    said = [
        f"{word}: {titles(rules)}"
        for word, rules in (
            ("Gone", gone),
            ("Still there", [rule for rule in old if rule in new]),
            ("New", [rule for rule in new if rule not in old]),
        )
        if rules
    ]
    return f"{'. '.join(said)}." if said else "No fault then, and none now."
