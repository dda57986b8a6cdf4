"""Which reps of two sets are paired, and the errors if they cannot be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formcheck.apps.compare.differences import compared
from formcheck.apps.compare.pairing import Pair, pairs_of_set, pairs_of_two
from formcheck.errors import UsageError
from formcheck.pipeline import AnalysedClip
from tests.apps.compare.sets import squats


def numbers(pairs: tuple[Pair, ...]) -> list[tuple[int, int]]:
    return [(pair.a.rep.index, pair.b.rep.index) for pair in pairs]


def changed(of: AnalysedClip, rep: int, **changes: object) -> AnalysedClip:
    """The set with one rep changed."""
    shot = of.shots[0]
    reps = tuple(replace(r, **changes) if r.index == rep else r for r in shot.reps)  # type: ignore[arg-type]
    return replace(of, shots=(replace(shot, reps=reps),))


def named(of: AnalysedClip, exercise: str) -> AnalysedClip:
    return replace(of, analysis=replace(of.analysis, exercise=replace(of.analysis.exercise, name=exercise, variant=None)))


def test_two_sets_are_paired_in_order_as_far_as_both_go() -> None:
    assert numbers(pairs_of_two(squats("a", reps=3), squats("b", reps=2))) == [(1, 1), (2, 2)]


def test_a_rep_that_the_clip_cuts_has_no_partner() -> None:
    a = changed(squats("a", reps=3), 1, cut_start=True)
    assert numbers(pairs_of_two(a, squats("b", reps=3))) == [(2, 1), (3, 2)]
    assert numbers(pairs_of_set(a)) == [(2, 3)]
    only = changed(squats("a", reps=1), 1, cut_start=True)
    assert numbers(pairs_of_two(only, squats("b", reps=3))) == [(1, 1)], "the only rep there is, cut or not"
    assert "begins or ends within a compared rep" in " ".join(compared(pairs_of_two(only, squats("b"))).notes)


@pytest.mark.parametrize(("reps", "expected"), [("1,last", (1, 3)), ("2, 3", (2, 3)), ("last,first", (3, 1)), (None, (1, 3))])
def test_two_reps_of_one_set(reps: str | None, expected: tuple[int, int]) -> None:
    assert numbers(pairs_of_set(squats(reps=3), reps)) == [expected]


def test_last_is_each_sets_own_last() -> None:
    assert numbers(pairs_of_two(squats("a", reps=3), squats("b", reps=2), "last,last")) == [(3, 2)]


@pytest.mark.parametrize("reps", ["1", "1,2,3", "a,b", "0,1", "1,-2", "", "1,99999999"])
def test_reps_that_make_no_sense_are_refused(reps: str) -> None:
    with pytest.raises(UsageError, match="--reps expects two reps"):
        pairs_of_set(squats(reps=3), reps)


def test_a_rep_that_is_not_there_is_refused() -> None:
    with pytest.raises(UsageError, match="rep 7 was asked for, but clip has 3 reps"):
        pairs_of_set(squats(reps=3), "1,7")
    with pytest.raises(UsageError, match="names one rep twice"):
        pairs_of_set(squats(reps=3), "3,last")
    with pytest.raises(UsageError, match="has one rep"):
        pairs_of_set(squats(reps=1))


def test_only_one_family_is_compared() -> None:
    with pytest.raises(UsageError, match="a shows a split squat and b a goblet squat"):
        pairs_of_two(squats("a"), named(squats("b"), "goblet_squat"))
    thrust, bridge = named(squats("a"), "hip_thrust"), named(squats("b"), "glute_bridge")
    assert len(pairs_of_two(thrust, bridge)) == 3


def test_reps_with_the_other_first_phase_are_refused() -> None:
    b = squats("b", reps=1)
    with pytest.raises(UsageError, match="opposite order"):
        pairs_of_two(squats("a"), changed(b, 1, first="concentric"))
