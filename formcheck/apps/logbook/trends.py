"""Trends in the logbook: sessions and rest, onsets of faults, and differences between the legs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import hypot, sqrt
from statistics import pstdev
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from formcheck.apps.logbook.entry import Entry
from formcheck.apps.logbook.programme import Programme
from formcheck.outputs.shown import rule_title
from formcheck.results.analysis import MOST_SURE
from formcheck.units import count_of, load_of_kg, plain

#: Longest pause within a session.
SAME_SESSION = timedelta(hours=4)


@dataclass(frozen=True)
class Session:
    """Sets that were done together, the earliest first."""

    sets: tuple[Entry, ...]

    @property
    def began(self) -> datetime:
        return self.sets[0].filmed_at

    def of(self, exercise: str) -> tuple[Entry, ...]:
        """The sets of one exercise."""
        return tuple(entry for entry in self.sets if entry.exercise == exercise)


def sessions_of(entries: Sequence[Entry]) -> tuple[Session, ...]:
    """The sessions, the earliest first."""
    groups: list[list[Entry]] = []
    for entry in sorted(entries, key=lambda entry: (entry.filmed_at, entry.id)):
        if groups and entry.filmed_at - groups[-1][-1].filmed_at < SAME_SESSION:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    return tuple(Session(tuple(group)) for group in groups)


def working_sets(sets: Sequence[Entry]) -> tuple[Entry, ...]:
    """The working sets: those at the load with the most sets (the heaviest of such loads), without warm-ups.

    Sets without a load count only if none has one.
    """
    loads = Counter(round(entry.load.kg, 2) for entry in sets if entry.load is not None)
    if not loads:
        return tuple(sets)
    most = max(loads, key=lambda kg: (loads[kg], kg))
    return tuple(entry for entry in sets if entry.load is not None and round(entry.load.kg, 2) == most)


def earliest_next(sessions: Sequence[Session], programme: Programme) -> datetime | None:
    """When the rest after the latest session is over; None without a session."""
    return sessions[-1].began + timedelta(hours=programme.week.rest_hours) if sessions else None


def schedule_warnings(sessions: Sequence[Session], programme: Programme, now: datetime) -> list[str]:
    """Warnings about the latest two weeks: too little rest, too many or too few sessions."""
    week, warnings = programme.week, []
    least = timedelta(hours=week.rest_hours - week.rest_tolerance_hours)
    recent = [session for session in sessions if now - timedelta(days=14) <= session.began <= now]
    for before, after in pairwise(recent):
        rest = after.began - before.began
        if rest < least:
            hours = rest.total_seconds() / 3600
            warnings.append(
                f"Only {hours:.0f} hours between the sessions of {_day(before.began)} and {_day(after.began)}; the programme"
                f" asks for {week.rest_hours:g}."
            )
    in_week = sum(now - timedelta(days=7) < session.began for session in recent)
    if in_week > week.sessions[1]:
        warnings.append(f"{in_week} sessions in the last seven days; the programme asks for at most {week.sessions[1]}.")
    elif sessions and in_week < week.sessions[0] and sessions[0].began <= now - timedelta(days=7):
        count = f"{in_week or 'No'} session{'s' * (in_week != 1)}"
        warnings.append(f"{count} in the last seven days; the programme asks for {week.sessions[0]}.")
    return warnings


def _day(when: datetime) -> str:
    local = when.astimezone()
    return f"{local:%A} {local.day} {local:%B}"


# Onsets of faults with fatigue (from some rep on) and load (from some weight on).

#: Least probability of a reported onset, from a prior of one half.
SURE, PRIOR = 0.9, 0.5
#: Intraclass correlation of a fault within a session, an engineering choice.
ALIKE = 0.3
#: Probability of the given interval.
CREDIBLE = 0.9
#: Fewest faulty reps for an onset.
LEAST_FAULTS = 3
_GRID: NDArray[np.float64] = (np.arange(400) + 0.5) / 400


@dataclass(frozen=True)
class Onset:
    """The onset of a fault.

    Attributes:
        kind: "fatigue" (at a number of the rep) or "load" (at kilograms).
        at: most likely value; `first` to `last` is the 90 % interval.
        below: the last value before it, or None.
        probability: that there is an onset.
        before, after: (reps with the fault, judged reps) before the onset and from it on.
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
    """Onsets with fatigue in sets of one exercise at similar weights, the most probable first."""
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
    """Onsets with load in sets of one exercise, the most probable first."""
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
    evidence = float(np.exp(min(logs.max(), 700.0)) * weights.mean())  # uniform prior over the values
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
    sure = f"{100 * min(probability, MOST_SURE):.0f} % sure"
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
    """(reps with the fault, judged reps) of a session by load in kilograms, for loads with judged reps."""
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
    """Log Bayes factor of "a lower rate, then a higher one" against "one rate".

    `low` and `high` are (reps with the fault, reps without) before the onset and from it on; 0 without reps on one side.
    """
    if sum(low) == 0 or sum(high) == 0:
        return 0.0
    both = (low[0] + high[0], low[1] + high[1])
    (before, scale_low), (after, scale_high), (same, scale) = (_likelihood(counts) for counts in (low, high, both))
    step = 1 / len(_GRID)
    # Twice, since only pairs with the higher rate later are allowed; the diagonal counts half.
    below = (np.cumsum(before) - 0.5 * before) * step
    rising = 2 * float(np.sum(after * below) * step)
    return float(np.log(max(rising, 1e-300)) + scale_low + scale_high - np.log(float(np.sum(same) * step)) - scale)


def _likelihood(counts: tuple[float, float]) -> tuple[NDArray[np.float64], float]:
    """Likelihood of every rate of the grid, scaled to a maximum of 1, and the logarithm of the scale."""
    faults, clean = counts
    logs = faults * np.log(_GRID) + clean * np.log1p(-_GRID)
    return np.exp(logs - logs.max()), float(logs.max())


# Differences between left and right leg.

#: Error of comparing legs filmed from different sides, degrees: constant offsets of knee and thigh in rendered clips are 3 to
#: 4.
SIDES_SD_DEG = 4.0
#: Reported differences, in standard errors.
BEYOND = 2.0


def leg_difference(sets: Sequence[Entry]) -> str | None:
    """Comparison of left and right in these sets, and whether they differ beyond the error; None with one leg only."""
    left, right = ([entry for entry in sets if entry.leg == leg] for leg in ("left", "right"))
    if not left or not right:
        return None
    counts = [(sum(e.clean_reps for e in own), sum(len(e.reps) for e in own), len(own)) for own in (left, right)]
    text = ", ".join(
        f"{leg} leg {clean} of {reps} reps clean in {count_of(number, 'set')}"
        for leg, (clean, reps, number) in zip(("left", "right"), counts, strict=True)
    )
    differences = [part for part in (_clean_difference(counts), _range_difference(left, right)) if part]
    return f"{text[:1].upper()}{text[1:]}; {'; '.join(differences) or 'no difference beyond the error'}."


def _clean_difference(counts: Sequence[tuple[int, int, int]]) -> str | None:
    (clean_l, reps_l, _), (clean_r, reps_r, _) = counts
    if not reps_l or not reps_r:
        return None
    difference, error = difference_of_shares((clean_l, reps_l), (clean_r, reps_r))
    if abs(difference) <= BEYOND * error:
        return None
    return f"the {'left' if difference > 0 else 'right'} leg is less often clean, beyond chance"


def difference_of_shares(before: tuple[int, int], after: tuple[int, int]) -> tuple[float, float]:
    """By how much a share of cases (number, of so many) grew, and the standard error of that: with one case added on either
    side (Agresti and Caffo 2000, Am Stat 54:280-288)."""
    shares = [(number + 1) / (of + 2) for number, of in (before, after)]
    error = sqrt(sum(share * (1 - share) / (of + 2) for share, (_, of) in zip(shares, (before, after), strict=True)))
    return shares[1] - shares[0], error


def _range_difference(left: Sequence[Entry], right: Sequence[Entry]) -> str | None:
    ranges = [[rep.range_deg for entry in own for rep in entry.reps] for own in (left, right)]
    if any(len(own) < 2 for own in ranges):
        return None
    means = [sum(own) / len(own) for own in ranges]
    error = hypot(SIDES_SD_DEG, *(pstdev(own) / sqrt(len(own)) for own in ranges))
    difference = means[0] - means[1]
    if abs(difference) <= BEYOND * error:
        return None
    shorter = "left" if difference < 0 else "right"
    return f"the {shorter} leg travels {plain(abs(difference), 0)}° less (± {BEYOND * error:.0f}°)"
