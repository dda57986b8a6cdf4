"""Which rep is held against which: those of two sets in their order, or two reps of one set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from formcheck.compare.saved import SavedSet
from formcheck.errors import UsageError
from formcheck.exercises import FilmedSet
from formcheck.reps import Rep

Which = Literal["a", "b"]


@dataclass(frozen=True)
class Performed:
    """One rep of a set, in its take."""

    of: SavedSet
    take: FilmedSet
    rep: Rep

    @property
    def cut(self) -> bool:
        """Whether the clip begins or ends within the rep, so that its phases are not known."""
        return self.rep.cut_start or self.rep.cut_end


@dataclass(frozen=True)
class Pair:
    """Two reps side by side."""

    a: Performed
    b: Performed


def pairs_of_two(a: SavedSet, b: SavedSet, reps: str | None = None) -> tuple[Pair, ...]:
    """The reps of two sets in their order, or one of each: `reps` "2,3" is rep 2 of `a` and rep 3 of `b`.

    Reps that a clip cuts are left out where it shows others whole, as are those without a partner.

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


def pairs_of_set(a: SavedSet, reps: str | None = None) -> tuple[Pair, ...]:
    """Two reps of one set: `reps` "2,5", "1,last"; by default the first against the last that the clip shows whole.

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


def _pair(a: SavedSet, first: int, b: SavedSet, second: int) -> Pair:
    return Pair(Performed(a, *a.rep(first)), Performed(b, *b.rep(second)))


def _all(of: SavedSet) -> list[Performed]:
    return [Performed(of, take, rep) for take in of.takes for rep in take.reps]


def _whole(of: SavedSet, least: int = 1) -> list[Performed]:
    """The reps that the clip shows from start to end; all of them where those are fewer than `least`."""
    whole = [performed for performed in _all(of) if not performed.cut]
    return whole if len(whole) >= least else _all(of)


def _first(one: Performed) -> str:
    return one.of.exercise.focus.phases.of(one.rep.first)


def _same_order(pair: Pair) -> None:
    if pair.a.rep.first != pair.b.rep.first:
        raise UsageError(
            f"the reps of {pair.a.of.name} begin with the {_first(pair.a)} and those of {pair.b.of.name} with the"
            f" {_first(pair.b)}; reps that run the other way round cannot be laid side by side."
        )


def _numbers(text: str, *last: int) -> tuple[int, int]:
    """Two rep numbers from "1,last".

    Raises:
        UsageError: they are no two numbers.
    """
    words = [word.strip().lower() for word in text.split(",")]
    if len(words) != 2 or not all(re.fullmatch(r"[1-9]\d{0,3}|first|last", word) for word in words):
        raise UsageError(f"--reps expects two reps such as 1,last or 2,5 but got {text!r}.")
    named = [{"first": "1", "last": str(end)}.get(word, word) for word, end in zip(words, last, strict=True)]
    return int(named[0]), int(named[1])
