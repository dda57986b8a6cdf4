"""Pairs of reps to compare, and their common clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from formcheck.errors import UsageError
from formcheck.lifts.exercise import Shot
from formcheck.motion.body import Array
from formcheck.outputs.overlay.scene import PhaseName
from formcheck.pipeline import AnalysedClip
from formcheck.results.rep import Rep

Which = Literal["a", "b"]


@dataclass(frozen=True)
class Performed:
    """One rep of a set, with its shot."""

    of: AnalysedClip
    shot: Shot
    rep: Rep

    @property
    def cut(self) -> bool:
        """Whether the clip begins or ends within the rep, so that a phase is incomplete."""
        return self.rep.cut_start or self.rep.cut_end


@dataclass(frozen=True)
class Pair:
    """Two reps side by side."""

    a: Performed
    b: Performed


def pairs_of_two(a: AnalysedClip, b: AnalysedClip, reps: str | None = None) -> tuple[Pair, ...]:
    """The reps of two sets in order, or one of each: `reps` "2,3" is rep 2 of `a` and rep 3 of `b`.

    Reps without a partner are skipped, and so are incomplete ones if others are complete.

    Raises:
        UsageError: the exercises are not of one family or begin with different phases, or there is no such rep.
    """
    if a.exercise.family != b.exercise.family:
        raise UsageError(
            f"{a.name} shows a {a.exercise.title.lower()} and {b.name} a {b.exercise.title.lower()}; compare expects two"
            " sets of one exercise, or of one family (a hip thrust and a glute bridge)."
        )
    pairs: tuple[Pair, ...]
    if reps is not None:
        first, second = _numbers(reps, len(a.analysis.reps), len(b.analysis.reps))
        pairs = (_pair(a, first, b, second),)
    else:
        pairs = tuple(Pair(one, other) for one, other in zip(_whole(a), _whole(b), strict=False))
    _same_order(pairs[0])
    return pairs


def pairs_of_set(a: AnalysedClip, reps: str | None = None) -> tuple[Pair, ...]:
    """Two reps of one set: `reps` "2,5", "1,last"; by default the first and last complete ones.

    Raises:
        UsageError: there are no two such reps.
    """
    if len(a.analysis.reps) < 2:
        raise UsageError(f"{a.name} has one rep; compare expects another set, or a set of several reps.")
    if reps is None:
        whole = _whole(a, least=2)
        return (Pair(whole[0], whole[-1]),)
    first, second = _numbers(reps, len(a.analysis.reps), len(a.analysis.reps))
    if first == second:
        raise UsageError(f"--reps {reps!r} names one rep twice; expected two of {a.name}, for example 1,last.")
    return (_pair(a, first, a, second),)


def _pair(a: AnalysedClip, first: int, b: AnalysedClip, second: int) -> Pair:
    return Pair(Performed(a, *a.rep(first)), Performed(b, *b.rep(second)))


def _all(of: AnalysedClip) -> list[Performed]:
    return [Performed(of, shot, rep) for shot in of.shots for rep in shot.reps]


def _whole(of: AnalysedClip, least: int = 1) -> list[Performed]:
    """The complete reps; all reps if fewer than `least` are complete."""
    whole = [performed for performed in _all(of) if not performed.cut]
    return whole if len(whole) >= least else _all(of)


def _first(one: Performed) -> str:
    return one.of.exercise.focus.phases.of(one.rep.first)


def _same_order(pair: Pair) -> None:
    if pair.a.rep.first != pair.b.rep.first:
        raise UsageError(
            f"the reps of {pair.a.of.name} begin with the {_first(pair.a)} and those of {pair.b.of.name} with the"
            f" {_first(pair.b)}; reps that run in opposite order can't be compared."
        )


def _numbers(text: str, *last: int) -> tuple[int, int]:
    """Two rep numbers from "1,last".

    Raises:
        UsageError: it is not two numbers.
    """
    words = [word.strip().lower() for word in text.split(",")]
    if len(words) != 2 or not all(re.fullmatch(r"[1-9]\d{0,3}|first|last", word) for word in words):
        raise UsageError(f"--reps expects two reps such as 1,last or 2,5 but got {text!r}.")
    named = [{"first": "1", "last": str(end)}.get(word, word) for word, end in zip(words, last, strict=True)]
    return int(named[0]), int(named[1])


# The common clock of two reps, on which each phase lasts as long as in the slower one.

#: Freeze at the start and end of each rep, seconds.
STILL_S = 0.5


@dataclass(frozen=True)
class Stretch:
    """A phase of a pair: when it runs on the common clock, and in each clip, seconds."""

    phase: PhaseName
    start_s: float
    end_s: float
    a: tuple[float, float]
    b: tuple[float, float]


@dataclass(frozen=True)
class PairClock:
    """The common clock of one pair, and the times in both clips.

    Each phase is stretched to that of the slower rep, so that both turn at the same time. During a hold of one, the other
    waits.
    """

    pair: Pair
    stretches: tuple[Stretch, ...]

    @property
    def start_s(self) -> float:
        return self.stretches[0].start_s

    @property
    def end_s(self) -> float:
        return self.stretches[-1].end_s

    def times(self, common_s: Array) -> tuple[Array, Array]:
        """(F,) seconds in the clip of `a` and of `b` at (F,) times of the common clock."""
        knots = [self.start_s, *(part.end_s for part in self.stretches)]
        own = [[getattr(self.stretches[0], which)[0], *(getattr(part, which)[1] for part in self.stretches)]
               for which in ("a", "b")]  # fmt: skip
        return np.interp(common_s, knots, own[0]), np.interp(common_s, knots, own[1])

    def phase(self, common_s: float) -> PhaseName:
        """The phase at a time of the common clock."""
        return next((part.phase for part in self.stretches if common_s < part.end_s), self.stretches[-1].phase)

    @property
    def turn_s(self) -> float:
        """The middle of the turning point on the common clock."""
        hold = next(part for part in self.stretches if part.phase == "hold")
        return (hold.start_s + hold.end_s) / 2


def clocks_of(pairs: tuple[Pair, ...]) -> tuple[PairClock, ...]:
    """The clocks of several pairs, one after the other."""
    clocks: list[PairClock] = []
    for pair in pairs:
        clocks.append(_clock(pair, clocks[-1].end_s if clocks else 0.0))
    return tuple(clocks)


def _clock(pair: Pair, from_s: float) -> PairClock:
    rep = pair.a.rep
    names: tuple[PhaseName, ...] = ("rest", rep.first, "hold", rep.second, "rest")
    stretches, now = [], from_s
    for name, a, b in zip(names, _spans(pair.a.rep), _spans(pair.b.rep), strict=True):
        length = STILL_S if name == "rest" else max(a[1] - a[0], b[1] - b[0])
        stretches.append(Stretch(name, now, now + length, a, b))
        now += length
    return PairClock(pair, tuple(stretches))


def _spans(rep: Rep) -> list[tuple[float, float]]:
    edges = [rep.start_s, rep.start_s, rep.turn_start_s, rep.turn_end_s, rep.end_s, rep.end_s]
    return list(pairwise(edges))
