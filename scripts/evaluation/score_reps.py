"""Repetitions: how many were found, and when, against labels and rendered truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.outcome import FoundRep
from evaluation.shares import Share, share
from evaluation.truth import TrueRep

#: What is timed, in the order of a repetition: moments first, then the durations that a lifter calls tempo.
MOMENTS = ("start", "turn", "turn end", "end")
DURATIONS = ("first phase", "pause", "second phase")


@dataclass(frozen=True)
class RepCount:
    """Reps found and labelled in one clip; a clip that could not be analysed has found none."""

    clip: str
    found: int
    labelled: int
    tolerance: int

    @property
    def error(self) -> int:
        return self.found - self.labelled


@dataclass(frozen=True)
class CountScore:
    """Shares of `clips` with exactly the labelled count, off by at most one, within the label's own tolerance.

    `mae` is the mean absolute error in reps, NaN without clips.
    """

    clips: int
    exact: Share
    off_by_one: Share
    within: Share
    mae: float


@dataclass(frozen=True)
class TimeScore:
    """Error of one moment or duration over matched reps, seconds: mean absolute, mean (positive = late), largest."""

    reps: int
    mae: float
    bias: float
    worst: float


@dataclass(frozen=True)
class TimingScore:
    """Times against rendered truth. `missed` true reps have no partner among the found ones, `extra` the other way."""

    matched: int
    missed: int
    extra: int
    events: dict[str, TimeScore]


def count_score(counts: Sequence[RepCount]) -> CountScore:
    """Score rep counts of several clips."""
    errors = [abs(count.error) for count in counts]
    return CountScore(
        len(counts),
        exact=share(error == 0 for error in errors),
        off_by_one=share(error <= 1 for error in errors),
        within=share(abs(count.error) <= count.tolerance for count in counts),
        mae=float(np.mean(errors)) if errors else float("nan"),
    )


def match_reps(true: Sequence[TrueRep], found: Sequence[FoundRep]) -> list[tuple[TrueRep, FoundRep]]:
    """Pair true and found reps that overlap in time, each used once, those with the longest overlap first."""
    overlaps = [
        (min(t.end_s, f.end_s) - max(t.start_s, f.start_s), i, j)
        for i, t in enumerate(true)
        for j, f in enumerate(found)
    ]
    taken_true: set[int] = set()
    taken_found: set[int] = set()
    pairs = []
    for overlap, i, j in sorted(overlaps, key=lambda item: -item[0]):
        if overlap <= 0 or i in taken_true or j in taken_found:
            continue
        taken_true.add(i)
        taken_found.add(j)
        pairs.append((i, j))
    return [(true[i], found[j]) for i, j in sorted(pairs)]


def timing_score(clips: Sequence[tuple[Sequence[TrueRep], Sequence[FoundRep]]]) -> TimingScore:
    """Score the times of all matched reps of several rendered clips, every rep counting the same."""
    errors: dict[str, list[float]] = {name: [] for name in MOMENTS + DURATIONS}
    matched = missed = extra = 0
    for true, found in clips:
        pairs = match_reps(true, found)
        matched += len(pairs)
        missed += len(true) - len(pairs)
        extra += len(found) - len(pairs)
        for t, f in pairs:
            for name, wanted, got in zip(MOMENTS + DURATIONS, _events(t), _events(f), strict=True):
                errors[name].append(got - wanted)
    return TimingScore(matched, missed, extra, {name: _time_score(values) for name, values in errors.items()})


def _events(rep: TrueRep | FoundRep) -> tuple[float, ...]:
    moments = (rep.start_s, rep.turn_s, rep.turn_end_s, rep.end_s)
    return (*moments, rep.turn_s - rep.start_s, rep.turn_end_s - rep.turn_s, rep.end_s - rep.turn_end_s)


def _time_score(values: list[float]) -> TimeScore:
    errors = np.array([value for value in values if np.isfinite(value)])
    if not len(errors):
        return TimeScore(0, float("nan"), float("nan"), float("nan"))
    size = np.abs(errors)
    return TimeScore(len(errors), float(size.mean()), float(errors.mean()), float(size.max()))
