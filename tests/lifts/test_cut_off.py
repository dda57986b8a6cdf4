"""Clips that begin or end within a rep: phases outside the clip are not judged."""

from __future__ import annotations

import pytest

from formcheck.motion.motion import Motion
from tests.lifters import hip_thrust, squat
from tests.lifts.judging import cut, faulty_reps, judged

#: Rest, 1.5 s up, 2 s held, 1 s down, rest: the third lift of the made-up thrusts begins here, seconds.
THIRD_LIFT_S = 1.0 + 2 * 5.5


@pytest.mark.parametrize("risen", [0.4, 0.55, 0.7, 0.8])
def test_still_rising_at_the_end_of_the_clip_is_not_short(risen: float) -> None:
    # In the made-up set it is the 1.0 s phase that goes up.
    result = judged(cut(hip_thrust(3), 0.0, THIRD_LIFT_S + risen), "hip_thrust")
    assert faulty_reps(result, "short_range") == []
    if 3 in result.verdicts:
        assert result.verdicts[3].name == "not_judged"
        assert "cut_off" in {entry.code for entry in result.not_judged if entry.rep == 3}


@pytest.mark.parametrize("held_s", [0.4, 1.0])
def test_a_hold_too_low_at_the_end_of_the_clip_is_short(held_s: float) -> None:
    motion = cut(hip_thrust(3, top_hip=[178, 178, 140]), 0.0, THIRD_LIFT_S + 1.0 + held_s)
    assert faulty_reps(judged(motion, "hip_thrust"), "short_range") == [3]


@pytest.mark.parametrize(("motion", "short"), [(squat(1), []), (squat(1, thigh=50), [1])])
@pytest.mark.parametrize("late_s", [0.3, 0.5])
def test_a_squat_whose_bottom_is_before_the_clip_is_not_too_high(motion: Motion, short: list[int], late_s: float) -> None:
    bottom_s = 1.0 + 2.0
    shown = judged(cut(motion, bottom_s + 0.2, 9.0), "goblet_squat")  # with a little of the pause at the bottom
    assert faulty_reps(shown, "short_range") == short
    on_the_way_up = judged(cut(motion, bottom_s + 0.5 + late_s, 9.0), "goblet_squat")
    assert faulty_reps(on_the_way_up, "short_range") == []
