"""Where faults begin: from which rep on they come with fatigue, and from which weight on with load.

Both are one question: is there a place in an ordered series from which on a fault is more frequent than before? Two
accounts of the same reps are weighed against each other (Bayes): the fault has one rate throughout, or one rate up to some
place and a higher one from there on, each place as likely as any other and each rate from 0 to 1 as well. What is said is
how probable a beginning is, the likeliest place, and the places that hold 90 % of the probability.

Fatigue is judged within sets: every set has rates of its own, so that one bad long set does not look like tired late reps.
Weights are compared between sessions, whose reps are alike: n reps of one session count as n / (1 + (n - 1) * `ALIKE`), so
that one bad day is not a weight.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.logbook.entry import Entry
from formcheck.logbook.loads import load_of_kg
from formcheck.logbook.sessions import Session, sessions_of
from formcheck.report.shown import rule_title

#: A beginning is said when it is at least this probable; even odds come before the first look.
SURE, PRIOR = 0.9, 0.5
#: How alike the reps of a session are in one fault (intraclass correlation), an engineering choice: they are far from
#: independent, and a fault comes and goes within a session all the same.
ALIKE = 0.3
#: Share of the probability that the given places hold.
CREDIBLE = 0.9
#: Fewer faulty reps than this tell nothing about a beginning.
LEAST_FAULTS = 3
_GRID: NDArray[np.float64] = (np.arange(400) + 0.5) / 400


@dataclass(frozen=True)
class Onset:
    """A fault that begins at some place of a series.

    Attributes:
        kind: "fatigue" (the place is a rep's number) or "load" (kilograms).
        at: the likeliest place of the beginning; `first` to `last` hold 90 % of its probability.
        below: the last place before it, None where there is none.
        probability: that there is a beginning at all.
        before, after: (reps with the fault, reps judged) before the place and from it on.
        text: all of it in one sentence.
    """

    exercise: str
    rule: str
    kind: Literal["fatigue", "load"]
    at: float
    first: float
    last: float
    below: float | None
    probability: float
    before: tuple[int, int]
    after: tuple[int, int]
    text: str


def fatigue_onsets(sets: Sequence[Entry]) -> tuple[Onset, ...]:
    """Faults that begin at some rep of the sets (of one exercise, at like weights), the most probable first."""
    found = []
    for rule in _rules(sets):
        series = [
            {number: number in entry.reps_with(rule) for number in entry.reps_judged(rule)} for entry in sets if entry.filmed
        ]
        series = [reps for reps in series if reps]
        places = sorted({number for reps in series for number in reps})[1:]
        if not places:
            continue
        logs = np.array([sum(_log_odds(*_split(reps, place)) for reps in series) for place in places])
        counts = {float(place): _totals(series, place) for place in places}
        found += _onset(sets[0].exercise, rule, "fatigue", [float(place) for place in places], logs, counts)
    return tuple(sorted(found, key=lambda onset: -onset.probability))


def load_onsets(sets: Sequence[Entry]) -> tuple[Onset, ...]:
    """Faults that begin at some weight (sets of one exercise), the most probable first."""
    found = []
    for rule in _rules(sets):
        by_load: dict[float, list[tuple[float, float, int, int]]] = defaultdict(list)
        for session in sessions_of([entry for entry in sets if entry.load is not None]):
            for load, (faults, n) in _session_counts(session, rule).items():
                share = 1 / (1 + (n - 1) * ALIKE)
                by_load[load].append((faults * share, (n - faults) * share, faults, n))
        loads = sorted(by_load)
        if len(loads) < 2:
            continue
        rows = {load: np.sum(by_load[load], axis=0) for load in loads}
        logs, counts = [], {}
        for place in range(1, len(loads)):
            low = sum(rows[load] for load in loads[:place])
            high = sum(rows[load] for load in loads[place:])
            logs.append(_log_odds((low[0], low[1]), (high[0], high[1])))
            counts[loads[place]] = ((round(low[2]), round(low[3])), (round(high[2]), round(high[3])))
        found += _onset(sets[0].exercise, rule, "load", loads[1:], np.array(logs), counts, loads)
    return tuple(sorted(found, key=lambda onset: -onset.probability))


Counts = tuple[tuple[int, int], tuple[int, int]]


def _onset(
    exercise: str, rule: str, kind: Literal["fatigue", "load"], places: list[float], logs: NDArray[np.float64],
    counts: Mapping[float, Counts], loads: Sequence[float] = (),
) -> list[Onset]:  # fmt: skip
    weights = np.exp(logs - logs.max())
    evidence = float(np.exp(min(logs.max(), 700.0)) * weights.mean())  # every place as likely as any other
    probability = PRIOR * evidence / (PRIOR * evidence + 1 - PRIOR)
    best = int(np.argmax(logs))
    at = places[best]
    before, after = counts[at]
    if probability < SURE or before[0] + after[0] < LEAST_FAULTS:
        return []
    posterior = weights / weights.sum()
    held = np.argsort(-posterior)[: int(np.searchsorted(np.cumsum(np.sort(posterior)[::-1]), CREDIBLE)) + 1]
    first, last = places[int(held.min())], places[int(held.max())]
    below = max((load for load in loads if load < at), default=None)
    text = _sentence(exercise, rule, kind, (at, first, last), probability, before, after)
    return [Onset(exercise, rule, kind, at, first, last, below, probability, before, after, text)]


def _sentence(
    exercise: str, rule: str, kind: Literal["fatigue", "load"], place: tuple[float, float, float], probability: float,
    before: tuple[int, int], after: tuple[int, int],
) -> str:  # fmt: skip
    at, first, last = place
    name = rule_title(exercise, rule)
    sure = f"{100 * min(probability, 0.99):.0f} % sure"
    if kind == "fatigue":
        around = "" if first == last else f", somewhere from rep {first:.0f} to {last:.0f}"
        where, earlier, later = f"from rep {at:.0f} on", "before", "from there on"
    else:
        texts = [load_of_kg(kg).text() for kg in place]
        around = "" if first == last else f", somewhere from {texts[1]} to {texts[2]}"
        where, earlier, later = f"from {texts[0]} on", "below", "from there on"
    return (
        f"{name}: comes {where}{around} ({before[0]} of {before[1]} reps {earlier}, {after[0]} of {after[1]} {later};"
        f" {sure})."
    )


def _rules(sets: Sequence[Entry]) -> list[str]:
    return sorted({finding.rule for entry in sets for finding in entry.findings if finding.severity == "fault"})


def _session_counts(session: Session, rule: str) -> dict[float, tuple[int, int]]:
    """(reps with the fault, reps judged) of a session by load in kilograms; loads without a judged rep are left out."""
    counts: dict[float, tuple[int, int]] = {}
    for entry in session.sets:
        judged = set(entry.reps_judged(rule))
        if judged and entry.load is not None:
            load = round(entry.load.kg, 2)
            faults, n = counts.get(load, (0, 0))
            counts[load] = (faults + len(judged & set(entry.reps_with(rule))), n + len(judged))
    return counts


def _split(reps: Mapping[int, bool], place: int) -> tuple[tuple[float, float], tuple[float, float]]:
    low = [fault for number, fault in reps.items() if number < place]
    high = [fault for number, fault in reps.items() if number >= place]
    return (sum(low), len(low) - sum(low)), (sum(high), len(high) - sum(high))


def _totals(series: Sequence[Mapping[int, bool]], place: int) -> Counts:
    splits = [_split(reps, place) for reps in series]
    low, high = (np.sum([split[side] for split in splits], axis=0) for side in (0, 1))
    return (int(low[0]), int(low.sum())), (int(high[0]), int(high.sum()))


def _log_odds(low: tuple[float, float], high: tuple[float, float]) -> float:
    """Log of how much better "a lower rate, then a higher one" explains the counts than "one rate".

    `low` and `high` are (reps with the fault, reps without) before the place and from it on; without reps on one side the
    two accounts are the same.
    """
    if sum(low) == 0 or sum(high) == 0:
        return 0.0
    both = (low[0] + high[0], low[1] + high[1])
    (before, scale_low), (after, scale_high), (same, scale) = (_likelihood(counts) for counts in (low, high, both))
    step = 1 / len(_GRID)
    # Twice, as only pairs with the higher rate later are allowed; the cell itself counts half.
    below = (np.cumsum(before) - 0.5 * before) * step
    rising = 2 * float(np.sum(after * below) * step)
    return float(np.log(max(rising, 1e-300)) + scale_low + scale_high - np.log(float(np.sum(same) * step)) - scale)


def _likelihood(counts: tuple[float, float]) -> tuple[NDArray[np.float64], float]:
    """Likelihood of every rate of the grid, 1 at its largest, and the logarithm of what it was divided by."""
    faults, clean = counts
    logs = faults * np.log(_GRID) + clean * np.log1p(-_GRID)
    return np.exp(logs - logs.max()), float(logs.max())
