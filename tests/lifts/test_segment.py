"""Reps of made-up signals whose tempo is known."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.lifts.reps import RepSignal, find_candidate_reps, turning_points
from formcheck.results.rep import Phase, Rep
from tests.lifters import between, tempo


def extension(share: np.ndarray, top: float = 175.0, bottom: float = 95.0, first: str = "eccentric") -> RepSignal:
    return RepSignal(between(share, top, bottom), noise=15.0, first=first)  # type: ignore[arg-type]


def find_reps(times: np.ndarray, signal: RepSignal, load: np.ndarray | None = None) -> list[Rep]:
    return list(find_candidate_reps(times, signal, load).reps)


@pytest.mark.parametrize("pause", [0.0, 0.5, 2.0])
def test_tempo_is_measured_to_a_tenth_of_a_second(pause: float) -> None:
    times, share, marks = tempo(4, lowering=2.0, pause=pause, lifting=1.0)
    noise = np.random.default_rng(1).normal(0, 0.5, len(times))
    found = find_reps(times, RepSignal(between(share, 175, 95) + noise, 15.0, "eccentric"))
    assert len(found) == 4
    for rep, (start, turn, turn_end, end) in zip(found, marks, strict=True):
        measured = (rep.start_s, rep.turn_start_s, rep.turn_end_s, rep.end_s)
        assert measured == pytest.approx((start, turn, turn_end, end), abs=0.15)
        assert rep.eccentric_s == pytest.approx(2.0, abs=0.2)
        assert rep.concentric_s == pytest.approx(1.0, abs=0.2)


def test_thrusts_begin_with_the_lift() -> None:
    times, share, marks = tempo(3, lowering=1.5, pause=1.0, lifting=1.0)
    found = find_reps(times, RepSignal(between(share, 80, 178), 12.0, "concentric"))
    assert [rep.first for rep in found] == ["concentric"] * 3
    for rep, (start, turn, turn_end, end) in zip(found, marks, strict=True):
        assert (rep.start_s, rep.turn_s, rep.end_s) == pytest.approx((start, turn, end), abs=0.12)
        assert rep.concentric_s == pytest.approx(turn - start, abs=0.15)
        assert rep.pause_s == pytest.approx(turn_end - turn, abs=0.15)


@pytest.mark.parametrize("depth", [0.35, 0.5, 0.7])
def test_a_rep_that_falls_short_is_found_with_its_range(depth: float) -> None:
    times, share, marks = tempo(3)
    inside = (times >= marks[1][0]) & (times <= marks[1][3])
    short = np.where(inside, depth * share, share)
    found = find_reps(times, extension(short))
    assert [rep.range_deg for rep in found] == pytest.approx([80, 80 * depth, 80], abs=1)
    assert [rep.eccentric_deg for rep in found] == pytest.approx([80, 80 * depth, 80], abs=1)


def test_a_lowering_without_a_lift_is_an_unpaired_phase() -> None:
    times, share, marks = tempo(3)
    end = int(marks[2][1] * 30) + 5
    found = find_candidate_reps(times[:end], extension(share[:end]))
    assert len(found.reps) == 2
    assert [way.phase for way in found.unpaired] == ["eccentric"]
    assert found.unpaired[0].end_s == pytest.approx(marks[2][1], abs=0.2)


@pytest.mark.parametrize("end", ["before", "after"])
def test_standing_still_around_the_reps_is_no_movement_of_its_own(end: str) -> None:
    _, share, _ = tempo(3)
    still = np.full(600, share[0 if end == "before" else -1])
    whole = np.concatenate([still, share] if end == "before" else [share, still])
    noise = np.random.default_rng(0).normal(0, 0.5, len(whole))
    found = find_candidate_reps(np.arange(len(whole)) / 30, RepSignal(between(whole, 175, 95) + noise, 15.0, "eccentric"))
    assert len(found.reps) == 3
    assert not found.unpaired


def test_a_single_rep_counts() -> None:
    times, share, _ = tempo(1)
    assert len(find_reps(times, extension(share))) == 1


def test_standing_still_is_no_rep() -> None:
    times = np.arange(300) / 30
    wobble = 175 + np.random.default_rng(0).normal(0, 1.5, 300)
    assert find_reps(times, RepSignal(wobble, 15.0, "eccentric")) == []


def test_a_clip_that_starts_at_the_bottom_counts_the_lift_without_a_lowering_time() -> None:
    times, share, marks = tempo(2)
    begin = int((marks[0][1] + 0.2) * 30)
    found = find_reps(times[begin:], extension(share[begin:]))
    assert len(found) == 2
    assert found[0].cut_start
    assert np.isnan(found[0].eccentric_s)
    assert found[0].concentric_s == pytest.approx(1.0, abs=0.2)


def test_bouncing_at_the_bottom_is_one_rep() -> None:
    times, share, marks = tempo(3, pause=1.2)
    for _, turn, turn_end, _ in marks:
        inside = (times > turn) & (times < turn_end)
        share[inside] -= 0.1 * np.sin(np.linspace(0, 4 * np.pi, inside.sum())) ** 2
    assert len(find_reps(times, extension(share))) == 3


@pytest.mark.parametrize("first", ["eccentric", "concentric"])
@pytest.mark.parametrize(("back", "reps"), [(0.38, 3), (0.7, 4)])
def test_turning_back_half_way_is_one_rep(first: Phase, back: float, reps: int) -> None:
    """In the turn of the second rep the lifter comes back by a share of the way and goes again."""
    times, share, marks = tempo(3, pause=2.0)
    inside = (times > marks[1][1]) & (times < marks[1][2])
    share[inside] -= back * np.sin(np.linspace(0, np.pi, inside.sum())) ** 2
    values = between(share, 175, 95) if first == "eccentric" else between(share, 95, 175)
    found = find_reps(times, RepSignal(values, 15.0, first))
    assert len(found) == reps
    if reps == 3:
        assert found[1].start_s == pytest.approx(marks[1][0], abs=0.2)
        assert found[1].end_s == pytest.approx(marks[1][3], abs=0.2)


def test_a_set_of_half_reps_keeps_them_all() -> None:
    """Three times up by a third of the way before the last time up: each is as near to home as the one before it."""
    times, share, _ = tempo(4)
    partial = np.where((share < 0.67) & (times > 2.0) & (times < times[-1] - 2.5), 0.67, share)
    assert len(find_reps(times, extension(partial))) == 4


def test_a_long_walk_in_changes_nothing() -> None:
    _times, share, _ = tempo(4)
    walk = 0.08 * np.abs(np.sin(np.arange(300) / 9))
    longer = np.r_[walk, share]
    assert len(find_reps(np.arange(len(longer)) / 30, extension(longer))) == 4


def test_gaps_are_bridged_when_short_and_end_a_stretch_when_long() -> None:
    times, share, marks = tempo(3)
    signal = extension(share)
    short = signal.values.copy()
    short[(times > marks[1][0] + 0.5) & (times < marks[1][0] + 0.9)] = np.nan
    assert len(find_reps(times, RepSignal(short, 15.0, "eccentric"))) == 3
    long = signal.values.copy()
    long[(times > marks[1][0] - 0.3) & (times < marks[1][3] + 0.3)] = np.nan
    assert len(find_reps(times, RepSignal(long, 15.0, "eccentric"))) == 2


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 6), st.integers(0, 5), st.floats(0.4, 1.0), st.sampled_from([5.0, 8.0, 15.0, 30.0, 60.0]))
def test_no_rep_of_a_set_is_lost_however_short_and_at_any_rate(reps: int, which: int, depth: float, fps: float) -> None:
    times, share, marks = tempo(reps, fps=fps)
    begin, _, _, end = marks[which % reps]
    short = np.where((times >= begin) & (times <= end), depth * share, share)
    assert len(find_reps(times, extension(short))) == reps


@settings(max_examples=40, deadline=None)
@given(
    reps=st.integers(1, 12),
    lowering=st.floats(0.6, 3.5),
    lifting=st.floats(0.5, 2.5),
    pause=st.floats(0.0, 2.5),
    fps=st.sampled_from([15.0, 24.0, 30.0, 60.0]),
    depth=st.floats(35.0, 110.0),
)
def test_every_rep_is_found_at_any_tempo(
    reps: int, lowering: float, lifting: float, pause: float, fps: float, depth: float
) -> None:
    times, share, _ = tempo(reps, lowering=lowering, pause=pause, lifting=lifting, rest=0.6, fps=fps)
    found = find_reps(times, RepSignal(between(share, 175, 175 - depth), 15.0, "eccentric"))
    assert len(found) == reps
    for rep in found:
        assert rep.start_s <= rep.turn_start_s <= rep.turn_end_s <= rep.end_s
    assert all(a.end_s <= b.start_s + 1e-6 for a, b in itertools.pairwise(found))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-100, 100), min_size=2, max_size=80), st.floats(1, 50))
def test_turning_points_alternate_and_stand_out(values: list[float], wobble: float) -> None:
    signal = np.array(values)
    pivots = turning_points(signal, wobble)
    assert pivots == sorted(pivots)
    swings = np.diff(signal[pivots])
    assert (np.abs(swings) >= wobble - 1e-9).all()
    assert (swings[:-1] * swings[1:] < 0).all()


def thrusts_behind_a_plate() -> tuple[np.ndarray, RepSignal, np.ndarray, list[tuple[float, float, float, float]]]:
    """Times, hip angle, height of the plate, marks. Towards the top the angle is lost in the noise of a hidden hip."""
    times, share, marks = tempo(3, lowering=1.5, pause=1.0, lifting=1.0)
    flat = np.minimum(share, 0.75) / 0.75
    noise = np.random.default_rng(2).normal(0, 1.0, len(times))
    return times, RepSignal(between(flat, 90, 170) + noise, 12.0, "concentric"), 300 + 100 * share, marks


def worst_turn(found: list[Rep], marks: list[tuple[float, float, float, float]]) -> float:
    errors = [
        (abs(rep.turn_start_s - turn), abs(rep.turn_end_s - turn_end))
        for rep, (_, turn, turn_end, _) in zip(found, marks, strict=True)
    ]
    return float(np.max(errors))


def test_a_plate_shows_when_a_hidden_hip_comes_to_rest() -> None:
    times, hip, plate, marks = thrusts_behind_a_plate()
    assert worst_turn(find_reps(times, hip), marks) > 0.15
    assert worst_turn(find_reps(times, hip, load=plate), marks) < 0.1


@pytest.mark.parametrize(
    "load",
    [
        pytest.param(lambda plate: np.full_like(plate, np.nan), id="never seen"),
        pytest.param(lambda plate: np.where(np.arange(len(plate)) % 3 == 0, plate, np.nan), id="hardly seen"),
        pytest.param(lambda plate: 600 - plate, id="goes the other way"),
    ],
)
def test_a_load_that_does_not_follow_the_lift_changes_nothing(load: Callable[[np.ndarray], np.ndarray]) -> None:
    times, hip, plate, _ = thrusts_behind_a_plate()
    assert find_reps(times, hip, load=load(plate)) == find_reps(times, hip)


def test_the_load_does_not_affect_counting() -> None:
    times, hip, plate, _ = thrusts_behind_a_plate()
    resting = RepSignal(np.full_like(plate, 90.0), 12.0, "concentric")
    assert find_reps(times, resting, load=plate) == []
    assert [rep.range_deg for rep in find_reps(times, hip, load=plate)] == [rep.range_deg for rep in find_reps(times, hip)]


def test_the_turn_is_at_the_bottom_of_a_squat_and_at_the_top_of_a_thrust() -> None:
    times, share, _ = tempo(1)
    assert find_reps(times, extension(share))[0].turn_place == "bottom"
    assert find_reps(times, extension(1 - share, first="concentric"))[0].turn_place == "top"


def hidden(share: np.ndarray, times: np.ndarray, begin_s: float, end_s: float) -> RepSignal:
    values = between(share, 175, 95)
    return RepSignal(np.where((times > begin_s) & (times < end_s), np.nan, values), 15.0, "eccentric")


def test_a_rep_whose_bottom_is_hidden_is_one_rep() -> None:
    """For 1.2 seconds a plate hides the body; before and after it the lifter is at the bottom."""
    times, share, marks = tempo(3, lowering=2.0, pause=1.2, lifting=1.0)
    _, turn, turn_end, _ = marks[1]
    found = find_reps(times, hidden(share, times, turn - 0.05, turn_end + 0.05))
    assert [rep.cut_start or rep.cut_end for rep in found] == [False] * 3
    assert found[1].start_s == pytest.approx(marks[1][0], abs=0.2)
    assert found[1].end_s == pytest.approx(marks[1][3], abs=0.2)


def test_a_bottom_hidden_for_nearly_two_seconds_is_one_turn() -> None:
    times, share, marks = tempo(3, lowering=2.0, pause=1.8, lifting=1.0)
    _, turn, turn_end, _ = marks[1]
    found = find_reps(times, hidden(share, times, turn - 0.05, turn_end + 0.05))
    assert [rep.cut_start for rep in found] == [False] * 3


def test_what_is_hidden_halfway_down_is_not_invented() -> None:
    """Lost on the way down and seen again on the way up: how deep that was nobody knows."""
    times, share, marks = tempo(3, lowering=2.0, pause=0.2, lifting=1.0)
    start, _, turn_end, _ = marks[1]
    found = find_reps(times, hidden(share, times, start + 1.0, turn_end + 0.5))
    assert [rep.cut_start for rep in found] == [False, True, False]


@settings(max_examples=60, deadline=None)
@given(up_s=st.floats(0.8, 4.0), shown=st.floats(0.45, 0.8), noise=st.floats(0.0, 0.4), seed=st.integers(0, 99))
def test_a_lift_that_the_clip_ends_in_has_no_top(up_s: float, shown: float, noise: float, seed: int) -> None:
    times, share, marks = tempo(1, lowering=up_s, pause=1.0, lifting=1.0, fps=60)
    end = marks[0][0] + shown * up_s
    kept = times <= end + 0.14  # the last sample stands for a while
    values = between(share, 80, 178) + np.random.default_rng(seed).normal(0, noise, len(times))
    values = np.where(times <= end, values, values[np.searchsorted(times, end, side="right") - 1])[kept]
    found = find_reps(times[kept], RepSignal(values, 12.0, "concentric"))
    assert [rep.turn_shown for rep in found] == [False]


@settings(max_examples=60, deadline=None)
@given(up_s=st.floats(0.5, 4.0), held_s=st.floats(0.4, 2.0), noise=st.floats(0.0, 0.4), seed=st.integers(0, 99))
def test_a_lift_that_is_held_when_the_clip_ends_has_a_top(up_s: float, held_s: float, noise: float, seed: int) -> None:
    times, share, marks = tempo(1, lowering=up_s, pause=3.0, lifting=1.0, fps=60)
    kept = times <= marks[0][1] + held_s
    values = between(share, 80, 178)[kept] + np.random.default_rng(seed).normal(0, noise, kept.sum())
    found = find_reps(times[kept], RepSignal(values, 12.0, "concentric"))
    assert [rep.turn_shown for rep in found] == [True]
