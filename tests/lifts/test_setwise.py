"""A rep compared with the lifter's other reps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formcheck.lifts.exercise import NotAssessable, Observation
from formcheck.lifts.limits import load_limits
from formcheck.lifts.rules import short_of_set
from tests.lifters import hinge
from tests.lifts.judging import filmed

LIFT = filmed(hinge(5), "romanian_deadlift")
LIMITS = load_limits()["romanian_deadlift"]


def short_rep(**cut: float | bool) -> Observation | NotAssessable:
    """The third rep with two fifths of the others' range, and what else is changed of it."""
    rep = LIFT.reps[2]
    short = {"range_deg": 0.4 * rep.range_deg, "eccentric_deg": 0.4 * rep.eccentric_deg}
    return short_of_set(LIFT, replace(rep, **{**short, **cut}), LIMITS)  # type: ignore[arg-type]


def test_a_half_rep_is_short() -> None:
    found = short_rep()
    assert isinstance(found, Observation)
    assert found.beyond > 0


@pytest.mark.parametrize(
    "cut",
    [
        pytest.param({"cut_end": True, "end_s": LIFT.reps[2].turn_end_s}, id="never seen to come back"),
        pytest.param({"cut_start": True, "start_s": LIFT.reps[2].turn_start_s}, id="never seen to go"),
    ],
)
def test_leaving_the_picture_on_the_way_is_not_short(cut: dict[str, float | bool]) -> None:
    """The hips of a deadlift go on up while the lifter's head, and with it the whole skeleton, is out of the picture."""
    found = short_rep(**cut)
    assert isinstance(found, NotAssessable)
    assert found.code == "cut_off"


def test_a_short_rep_with_a_partly_visible_return_is_short() -> None:
    found = short_rep(cut_end=True, end_s=LIFT.reps[2].turn_end_s + 0.5)
    assert isinstance(found, Observation)
    assert found.beyond > 0


def test_a_first_rep_from_half_way_with_a_full_second_phase_is_not_short() -> None:
    found = short_rep(eccentric_deg=LIFT.reps[2].eccentric_deg)
    assert isinstance(found, Observation)
    assert found.beyond < 0
