"""One clock for two reps: each phase lasts as long as the slower one took, and both run through it from end to end."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from formcheck.body.types import Array
from formcheck.compare.pairing import Pair
from formcheck.report.overlay.scene import PhaseName
from formcheck.reps import Rep

#: How long the start and the end of each rep stand still, seconds: time to see which rep comes.
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
    """The common time of one pair: where both are in their own clips.

    Within a phase both move evenly from its beginning to its end, so that they turn at the same moment; the quicker one
    is shown slower than it was, the slower one as it was. What only one of them did (a hold) the other waits for.
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
        """What both are doing at a time of the common clock."""
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
