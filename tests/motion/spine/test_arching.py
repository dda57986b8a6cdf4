from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.motion.body import Series
from formcheck.motion.spine.arch import ALONE_AT_MOST, HIP_OWN_SD, LEAST_OTHERS, Arch, Sign, arch, together
from formcheck.motion.spine.spine import Spine

FRAMES = 20
NAN = float("nan")
START, TOP = np.arange(FRAMES) < 6, np.arange(FRAMES) > 12


def series(value: float, sd: float = 4.0) -> Series:
    return Series(np.full(FRAMES, value), np.full(FRAMES, sd))


def weighed(
    joints: float = NAN, outline: float = NAN, top_bow: float = NAN, start_bow: float = NAN, others: tuple[float, ...] = ()
) -> Arch:
    """Signs at the top: joints and outline in degrees past straight, bow of the front there and at the start."""
    bow = Series(np.where(TOP, top_bow, start_bow), np.full(FRAMES, 3.0))
    unseen = series(NAN)
    spine = Spine(unseen, unseen, np.ones(FRAMES), np.zeros((FRAMES, 1, 2)), series(180 + outline), bow)
    return arch(spine, series(180 + joints), START, TOP, others)


def test_signs_that_agree_are_surer_than_each_of_them() -> None:
    both = weighed(joints=6, outline=6)
    assert both.value == pytest.approx(6.0)
    assert both.confidence(0) > 0.8
    assert weighed(joints=6, outline=6, top_bow=35, start_bow=15).confidence(0) > both.confidence(0)


def test_the_error_of_build_does_not_average_out() -> None:
    assert weighed(joints=6, outline=6).sd > HIP_OWN_SD


def test_signs_that_disagree_are_less_sure_and_never_a_fault() -> None:
    apart = weighed(joints=18, outline=-4)
    assert apart.value > 3
    assert apart.sd > weighed(joints=6, outline=6).sd + 2
    assert 0.5 < apart.confidence(0) <= ALONE_AT_MOST
    assert apart.agreeing(0) == ("shoulder, hip and knee",)


def test_a_straight_front_outweighs_hips_past_straight() -> None:
    assert weighed(joints=8, outline=8, top_bow=0, start_bow=15).confidence(0) < 0.75


def test_an_arch_below_hips_that_are_not_up_is_possible_and_not_sure() -> None:
    found = weighed(joints=-3, outline=-3, top_bow=45, start_bow=15)
    assert found.value > 0
    assert found.confidence(0) <= ALONE_AT_MOST


def test_hips_far_from_straight_do_not_contradict_a_plain_front() -> None:
    """Both say that there is no arch; how far the hips stop short is another question."""
    found = weighed(joints=-40, outline=-30, top_bow=5, start_bow=15)
    assert found.sd < weighed(joints=-12, outline=-12).sd
    assert found.confidence(0) < 0.05


def test_a_bow_without_its_start_is_weak_evidence_since_bellies_bow_too() -> None:
    known, unknown = weighed(joints=1, outline=1, top_bow=40, start_bow=10), weighed(joints=1, outline=1, top_bow=40)
    assert len(unknown.signs) == len(known.signs) - 1
    assert unknown.confidence(0) < 0.75 < known.confidence(0)


def test_a_rep_that_goes_further_than_the_others_is_more_certain() -> None:
    alone = weighed(joints=4, outline=4)
    out = weighed(joints=4, outline=4, others=(-5.0, -6.0, NAN, -4.0))
    assert out.confidence(0) > alone.confidence(0) + 0.05
    assert "further than the other reps" in out.agreeing(0)
    usual = weighed(joints=4, outline=4, others=(5.0, 3.0, 4.0))
    assert usual.confidence(0) == pytest.approx(alone.confidence(0))


@pytest.mark.parametrize("others", [(-5.0,) * (LEAST_OTHERS - 1), (-40.0,) * 4, (NAN,) * 5, (-5.0, 4.0, -5.0, 4.0, -5.0)])
def test_too_few_or_shallow_or_mixed_reps_are_no_measure(others: tuple[float, ...]) -> None:
    assert weighed(joints=4, outline=4, others=others).value == pytest.approx(4.0)


def test_hidden_parts_have_no_signs() -> None:
    nothing = weighed()
    assert nothing.confidence(0) == 0.0
    assert not nothing.views
    assert set(weighed(joints=30).views) == {"joints"}
    assert weighed(joints=30).confidence(0) == ALONE_AT_MOST
    mirrored = weighed(joints=137, outline=5)
    assert set(mirrored.views) == {"outline"}


def test_the_mean_of_signs_has_the_error_that_their_scatter_shows() -> None:
    near, far = Sign("a", 4.0, 3.0), Sign("b", 4.0, 3.0)
    assert together([near, far]).sd == pytest.approx(3.0 / np.sqrt(2))
    assert together([near, replace(far, degrees=22.0)]).sd == pytest.approx(9.0)
    assert together([near], shared_sd=4.0).sd == pytest.approx(5.0)
