"""What pictures and page show of a set: focus, titles, the drawn side, and series over several shots."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from formcheck.errors import UsageError
from formcheck.lifts.exercise import Focus, Region, Rule, Shot
from formcheck.lifts.posture import arms_hang
from formcheck.lifts.registry import exercise_named
from formcheck.motion.bar.bar import Bar
from formcheck.motion.body import Array
from formcheck.pose.skeleton import Side
from formcheck.results.analysis import Analysis, PerformedExercise
from formcheck.results.rep import Rep


def focus_of(analysis: Analysis) -> Focus:
    """What the pictures of a set show: the focus of its exercise, without what belongs to rules that are switched off.

    Raises:
        UsageError: there is no such exercise (the analysis was made by another version).
    """
    off = {entry.rule for entry in analysis.not_judged if entry.code == "switched_off"}
    return exercise_named(analysis.exercise.name).focus.without(off)


def regions_of(exercise: str, rule: str) -> tuple[Region, ...]:
    """The regions of a rule; none if the exercise lacks it."""
    own = _rule(exercise, rule)
    return own.regions if own is not None else ()


def drawn_side(shot: Shot) -> Side:
    """The side of the leg that is emphasised and measured: the working one, or the near one if both work."""
    legs = set(shot.working.values())
    return legs.pop() if len(legs) == 1 else shot.motion.body.view.side


def shown_bar(shot: Shot, focus: Focus) -> Bar | None:
    """The load whose path is shown; None without one, or if only hands that do not carry it were followed."""
    bar = shot.motion.bar
    if bar is not None and bar.source == "wrist":
        hang = focus.hands_carry and any(arms_hang(shot.motion, rep) for rep in shot.reps)
        return bar if hang else None
    return bar


def who_of(analysis: Analysis) -> str | None:
    """Who lifts, if it was said."""
    return analysis.software.options.get("who")


def exercise_title(facts: PerformedExercise) -> str:
    """Title of the exercise, or of its variant if that differs."""
    if facts.variant is None or facts.variant == facts.name:
        return exercise_named(facts.name).title
    titles = exercise_named(facts.name).variant_titles
    return titles.get(facts.variant) or facts.variant.replace("_", " ").capitalize()


def rule_title(exercise: str, rule: str) -> str:
    """A rule's title; its id in words if the exercise lacks it."""
    own = _rule(exercise, rule)
    return own.title if own is not None else rule.replace("_", " ").capitalize()


def _rule(exercise: str, rule: str) -> Rule | None:
    try:
        return next((r for r in exercise_named(exercise).rules if r.id == rule), None)
    except UsageError:
        return None


# Series over several shots, with gaps where the clip shows something else.

#: A frame belongs to a shot if it is within this share of a frame's duration of one of the shot's frames.
SAME_FRAME = 0.75


@dataclass(frozen=True)
class Place:
    """A time as index of the nearest shot and its nearest frame, and whether the shot includes that time."""

    shot: int
    frame: int
    shown: bool


def place_at(shots: Sequence[Shot], time_s: float) -> Place:
    """The shot nearest to a time, and its frame there."""
    nearest = [_nearest(shot.motion.times, time_s) for shot in shots]
    away = [abs(float(shot.motion.times[i]) - time_s) for shot, i in zip(shots, nearest, strict=True)]
    best = int(np.argmin(away))
    around = shots[best].motion.times[max(nearest[best] - 1, 0) : nearest[best] + 2]
    return Place(best, nearest[best], away[best] <= SAME_FRAME * _step_s(around))


def reps_of(shots: Sequence[Shot]) -> list[Rep]:
    """The reps of all shots in order of time."""
    return sorted((rep for shot in shots for rep in shot.reps), key=lambda rep: rep.start_s)


def joined_times(shots: Sequence[Shot], every: int = 1) -> Array:
    """(F,) seconds of every `every`-th frame of each shot, with one row for each gap between shots."""
    parts: list[Array] = []
    for i, shot in enumerate(shots):
        times = shot.motion.times
        parts.append(times[::every])
        if i + 1 < len(shots):
            end, following = float(times[-1]), float(shots[i + 1].motion.times[0])
            parts.append(np.asarray([min(end + _step_s(times), (end + following) / 2)]))
    return np.concatenate(parts)


def joined(shots: Sequence[Shot], values: Callable[[Shot], Array | None], every: int = 1) -> Array:
    """(F,) or (F, K) values on the rows of `joined_times`; NaN in gaps and in shots for which `values` returns None."""
    own = [values(shot) for shot in shots]
    shape = next((part.shape[1:] for part in own if part is not None), ())
    parts: list[Array] = []
    for i, (shot, part) in enumerate(zip(shots, own, strict=True)):
        whole = np.full((len(shot.motion.times), *shape), np.nan) if part is None else np.asarray(part, dtype=float)
        parts.append(whole[::every])
        if i + 1 < len(shots):
            parts.append(np.full((1, *shape), np.nan))
    return np.concatenate(parts)


def shown_span(shots: Sequence[Shot], analysis: Analysis) -> tuple[float, float]:
    """First and last second of the drawn time: the shots, and rejected movements before and after them."""
    starts = [float(shots[0].motion.times[0]), *(part.start_s for part in analysis.not_counted)]
    ends = [float(shots[-1].motion.times[-1]), *(part.end_s for part in analysis.not_counted)]
    return min(starts), max(ends)


def gaps_between(shots: Sequence[Shot]) -> list[tuple[float, float]]:
    """(start, end) seconds of the gaps between shots; a mere cut is no gap."""
    pairs = [(a.motion.times, b.motion.times) for a, b in pairwise(shots)]
    return [(float(a[-1]), float(b[0])) for a, b in pairs if b[0] - a[-1] > 2 * _step_s(a)]


def _nearest(times: Array, time_s: float) -> int:
    after = int(np.searchsorted(times, time_s))
    if after == len(times) or (after > 0 and time_s - times[after - 1] <= times[after] - time_s):
        return after - 1
    return after


def _step_s(times: Array) -> float:
    steps = np.diff(times)
    return float(np.median(steps)) if len(steps) else 0.03
