"""The common clock of two reps: both are at the same point of the same phase, never faster than filmed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.apps.compare.pairing import STILL_S, Pair, Performed, clocks_of
from formcheck.results.rep import Rep
from tests.apps.compare.sets import squats

SET = squats(reps=1)


def pair_of(a: tuple[float, ...], b: tuple[float, ...]) -> Pair:
    """Reps that begin at the first number and whose phases last as long as the others."""
    performed = []
    for start, going, hold, returning in (a, b):
        edges = np.cumsum([start, going, hold, returning]).tolist()
        performed.append(Performed(SET, SET.shots[0], Rep(1, *edges, 80.0, "eccentric")))
    return Pair(*performed)


def test_both_turn_at_the_same_moment_and_the_slower_sets_the_pace() -> None:
    (clock,) = clocks_of((pair_of((1.0, 3.0, 0.5, 1.0), (7.0, 1.5, 2.0, 1.2)),))
    assert [part.phase for part in clock.stretches] == ["rest", "eccentric", "hold", "concentric", "rest"]
    lengths = [part.end_s - part.start_s for part in clock.stretches]
    assert lengths == pytest.approx([STILL_S, 3.0, 2.0, 1.2, STILL_S])
    a, b = clock.times(np.asarray([0.0, STILL_S + 1.5, STILL_S + 3.0, STILL_S + 5.0, STILL_S + 6.2]))
    assert a == pytest.approx([1.0, 2.5, 4.0, 4.5, 5.5])
    assert b == pytest.approx([7.0, 7.75, 8.5, 10.5, 11.7])
    assert clock.turn_s == pytest.approx(STILL_S + 4.0)
    assert clock.phase(STILL_S + 3.5) == "hold"


def test_one_waits_while_the_other_holds() -> None:
    (clock,) = clocks_of((pair_of((0.0, 1.0, 2.0, 1.0), (0.0, 1.0, 0.0, 1.0)),))
    _, b = clock.times(STILL_S + np.asarray([1.0, 2.0, 3.0]))
    assert b == pytest.approx([1.0, 1.0, 1.0])


def test_pairs_follow_one_another() -> None:
    pair = pair_of((0.0, 1.0, 0.5, 1.0), (0.0, 1.0, 0.5, 1.0))
    first, second = clocks_of((pair, pair))
    assert second.start_s == first.end_s
    assert second.end_s == pytest.approx(2 * first.end_s)


_PHASE = st.floats(0.0, 8.0)
_REP = st.tuples(st.floats(0.0, 100.0), st.floats(0.05, 8.0), _PHASE, st.floats(0.05, 8.0))


@given(_REP, _REP)
def test_time_never_runs_back_nor_faster_than_life(a: tuple[float, ...], b: tuple[float, ...]) -> None:
    pair = pair_of(a, b)
    (clock,) = clocks_of((pair,))
    common = np.linspace(clock.start_s, clock.end_s, 200)
    for times, rep in zip(clock.times(common), (pair.a.rep, pair.b.rep), strict=True):
        steps = np.diff(times)
        assert (steps >= -1e-9).all()
        assert (steps <= np.diff(common) + 1e-6).all()
        assert times[0] == pytest.approx(rep.start_s)
        assert times[-1] == pytest.approx(rep.end_s)
