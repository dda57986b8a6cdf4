"""Counting reps: bad reps count, walking and setting up do not, and every movement is listed."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formcheck.lifts.counting import (
    Counted,
    _before_reps,
    _rejected_phase,
    candidate_rep,
    count_reps,
    merged,
    set_profile,
    setup_reason,
)
from formcheck.lifts.registry import exercise_named
from formcheck.lifts.reps import UnpairedPhase
from formcheck.motion.bar.bar import Bar
from formcheck.motion.body import Array, Posture3D
from formcheck.motion.motion import Motion, build_motion
from formcheck.pose.skeleton import joint
from formcheck.results.analysis import RejectedMovement
from tests.lifters import (
    between,
    each_rep,
    floor_deadlift,
    hinge,
    hip_thrust,
    make_body,
    motion_of,
    split_squat,
    squat,
    tempo,
    with_arms,
)
from tests.lifts.judging import cut


def counted(motion: Motion, name: str, *, named: bool = False) -> Counted:
    return count_reps([motion], exercise_named(name), named=named)[0]


def reasons(found: Counted) -> list[str]:
    return [entry.reason for entry in found.rejected]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("name", "usual", "bad"),
    [("squat", 95.0, 48.0), ("thrust", 178.0, 140.0), ("hinge", 65.0, 30.0), ("hinge", 65.0, 104.0)],
)
def test_a_bad_rep_counts_wherever_it_stands(place: int, named: bool, name: str, usual: float, bad: float) -> None:
    values = [bad if rep == place else usual for rep in range(4)]
    motion, exercise = {
        "squat": lambda: (squat(4, thigh=values), "goblet_squat"),
        "thrust": lambda: (hip_thrust(4, top_hip=values), "hip_thrust"),
        "hinge": lambda: (hinge(4, trunk=values), "romanian_deadlift"),
    }[name]()
    found = counted(motion, exercise, named=named)
    assert len(found.reps) == 4
    assert [rep.index for rep in found.reps] == [1, 2, 3, 4]


def test_a_rep_done_like_another_exercise_counts() -> None:
    """The third of four Romanian deadlifts is squatted."""
    motion = hinge(4, trunk=[65, 65, 25, 65], knee_bend=[22, 22, 85, 22])
    assert len(counted(motion, "romanian_deadlift").reps) == 4


def test_a_shuffle_is_rejected_as_too_small() -> None:
    motion = squat(5, thigh=[95, 95, 22, 95, 95], trunk=[35, 35, 5, 35, 35])
    found = counted(motion, "goblet_squat")
    assert len(found.reps) == 4
    assert "too small to be a rep" in reasons(found)


def with_load(motion: Motion, height: Array) -> Motion:
    """A plate `height` (F,) pixels above the floor."""
    count = len(motion.times)
    center = np.stack([np.full(count, 340.0), 600 - height], axis=1)
    return replace(motion, bar=Bar("plate", center, np.full(count, 60.0), np.ones(count), center, np.full(count, 2.0)))


def test_a_swing_with_a_resting_load_is_rejected() -> None:
    """Set down, then bending over the bar once more without lifting it."""
    _times, share, marks = tempo(4)
    motion = hinge(4)
    lifted = each_rep(motion.times, marks, [1, 1, 1, 0])
    found = counted(with_load(motion, 60 + 200 * (1 - share) * lifted), "romanian_deadlift")
    assert len(found.reps) == 3
    assert reasons(found) == ["the load does not move"]


@pytest.mark.parametrize(("followed", "reps"), [(True, 3), (False, 2)])
def test_coming_up_at_the_end_without_the_followed_load_is_no_rep(followed: bool, reps: int) -> None:
    """The clip ends before the top of the third lift; the plate is lost as the picture fades, or still followed."""
    _times, share, marks = tempo(3)
    height = 60 + 200 * (1 - share)
    lost = (floor_deadlift(3).times > marks[2][2] - 0.2) & (not followed)
    whole = with_load(floor_deadlift(3), np.where(lost, np.nan, height))
    motion = cut(whole, marks[0][1] + 0.2, marks[2][2] + 0.65)
    motion = replace(motion, bar=_until(whole.bar, whole.times, motion.times))
    assert len(counted(motion, "conventional_deadlift").reps) == reps


def _until(bar: Bar | None, times: Array, kept: Array) -> Bar | None:
    rows = np.isin(times, kept)
    arrays = () if bar is None else (getattr(bar, name)[rows] for name in ("center", "radius", "quality", "path", "path_sd"))
    return None if bar is None else Bar(bar.source, *arrays)


def test_a_load_that_travels_less_is_a_bad_rep_not_a_missing_one() -> None:
    _times, share, _ = tempo(4)
    motion = hinge(4, trunk=[65, 65, 65, 40])
    part = each_rep(motion.times, tempo(4)[2], [1, 1, 1, 0.5])
    assert len(counted(with_load(motion, 300 - 200 * share * part), "romanian_deadlift").reps) == 4


def test_walking_away_is_rejected() -> None:
    motion = squat(4)
    body = motion.body
    marks = tempo(4)[2]
    gone = (motion.times > marks[3][0] - 0.5).astype(float) * 400
    points = body.points + np.stack([gone, 0 * gone], axis=1)[:, None, :]
    found = counted(motion_of(replace(body, points=points)), "goblet_squat")
    assert len(found.reps) == 3
    assert reasons(found) == ["walking up or away"]


def test_picking_up_the_load_before_squats_is_rejected_with_the_reason() -> None:
    """First a bow to the floor, then squats with the hands at the chest."""
    times, share, marks = tempo(4)
    first = times < marks[0][3] + 0.3
    trunk = np.where(first, between(share, 0, 75), between(share, 0, 35))
    thigh = np.where(first, between(share, 3, 88), between(share, 3, 95))
    body = make_body(times, shin=between(share, 2, 28), thigh=thigh, trunk=trunk, hands="chest")
    points = body.points.copy()
    hanging = make_body(times, shin=between(share, 2, 28), thigh=thigh, trunk=trunk, hands="hanging").points
    points[first] = hanging[first]
    found = counted(motion_of(replace(body, points=points)), "goblet_squat")
    assert len(found.reps) == 3
    assert reasons(found) == ["picking the load up or putting it down"]


def test_hands_that_only_space_puts_on_the_floor_have_picked_nothing_up() -> None:
    """In the last hinge a plate hides the feet: in space they are above it, the knees bent towards them."""
    motion = hinge(4)
    share, marks = tempo(4)[1:]
    hidden = (motion.times > marks[3][0]) & (share > 0.4)
    sides = ("left", "right")
    low = np.where(hidden, -0.1, 0.5)
    bent = {"hip": 0.0, "knee": np.where(hidden, 70.0, 0.0), "thigh": 0.0}
    legs = {name: {side: getattr(motion.near, name).values - by for side in sides} for name, by in bent.items()}
    rest = {field.name: np.full(len(low), 0.5) for field in fields(Posture3D) if field.name not in legs}
    rest |= {"lean": motion.trunk.values, "stride": 0 * low, "hands_up": low, "arm_lean": 0 * low}
    assert len(counted(replace(motion, posture_3d=Posture3D(**legs, **rest)), "romanian_deadlift").reps) == 4


def test_a_bar_that_is_picked_up_from_where_it_leans_and_put_back_is_no_rep() -> None:
    """The arms reach down to it, though not to the floor; in the squats the hands stay at the chest."""
    times, share, marks = tempo(5)
    outside = (times < marks[0][3] + 0.3) | (times > marks[4][0] - 0.3)
    trunk = np.where(outside, between(share, 0, 74), between(share, 0, 32))
    thigh = np.where(outside, between(share, 3, 52), between(share, 3, 95))
    shin = np.where(outside, between(share, 2, 10), between(share, 2, 28))
    body = make_body(times, shin=shin, thigh=thigh, trunk=trunk, hands="chest")
    points = body.points.copy()
    points[outside] = make_body(times, shin=shin, thigh=thigh, trunk=trunk, hands="hanging").points[outside]
    found = counted(motion_of(replace(body, points=points)), "goblet_squat")
    assert len(found.reps) == 3
    assert reasons(found) == ["picking the load up or putting it down"] * 2


def test_a_last_squat_whose_chest_falls_counts() -> None:
    """The hands sink with the chest, but stay at it; or they seem to reach for the floor, and are at the chest again."""
    motion = squat(4, trunk=[35, 35, 35, 72])
    assert len(counted(motion, "goblet_squat").reps) == 4
    _, share, marks = tempo(4)
    reach = each_rep(motion.times, marks, [0.5, 0.5, 0.5, 1.0])
    reaching = with_arms(motion.body, np.full(len(share), 10.0), between(share, 0.5, reach))
    assert len(counted(motion_of(reaching), "goblet_squat").reps) == 4


def test_a_last_rep_whose_hands_are_hidden_counts() -> None:
    """Behind a plate or at the picture's edge: of hidden hands nobody knows that they reach for the floor."""
    motion = squat(4, hands="hanging")
    points = motion.body.points.copy()
    last = motion.times > tempo(4)[2][3][0] - 0.2
    for side in ("left", "right"):
        points[np.ix_(last, [joint("wrist", side), joint("elbow", side)])] = np.nan
    assert len(counted(motion_of(replace(motion.body, points=points)), "goblet_squat", named=True).reps) == 4


def test_a_last_lunge_with_the_weights_at_the_floor_counts_if_another_had_them_there() -> None:
    low, usual = 62.0, 25.0
    assert len(counted(split_squat(4, trunk=[usual, low, usual, low], thigh=80), "split_squat").reps) == 4
    assert len(counted(split_squat(4, trunk=[usual, usual, usual, low], thigh=80), "split_squat").reps) == 3


def test_a_step_back_after_the_set_is_no_rep() -> None:
    """One knee bends and the foot leaves the floor; the hips stay where they are."""
    times, share, marks = tempo(4)
    last = times > marks[3][0] - 0.3
    down = np.where(last, 0.0, share)
    step = np.where(last, share, 0.0)
    body = make_body(
        times, shin=between(down, 2, 18) + 44 * step, thigh=between(down, 3, 88) + 20 * step, trunk=between(down, 0, 10),
        rear_foot=(between(down, 0, 165), -38 * step),
    )  # fmt: skip
    body = replace(body, points=body.points + np.stack([0 * step, -38 * step], axis=1)[:, None])
    found = counted(motion_of(body), "split_squat")
    assert len(found.reps) == 3
    assert "stepping or shifting around" in reasons(found)


@pytest.mark.parametrize(("sinks", "reps"), [(False, 3), (True, 4)])
def test_a_step_between_two_lunges_is_no_rep_but_a_shallow_lunge_is(sinks: bool, reps: int) -> None:
    """In the second of four the knee bends as the foot swings back: the hips stay up, or they sink."""
    times, share, marks = tempo(4)
    second = each_rep(times, marks, [0, 1, 0, 0])
    shin, thigh = (14, 44) if sinks else (55, 20)
    lifted = np.zeros(len(times)) if sinks else -50.0 * share * second
    body = make_body(
        times, shin=between(share, 2, np.where(second, shin, 18)), thigh=between(share, 3, np.where(second, thigh, 88)),
        trunk=between(share, 0, np.where(second, 4, 10)), rear_foot=(between(share, 0, 165), lifted),
    )  # fmt: skip
    body = replace(body, points=body.points + np.stack([0 * lifted, lifted], axis=1)[:, None])
    found = counted(motion_of(body), "split_squat")
    assert len(found.reps) == reps
    assert ("stepping or shifting around" in reasons(found)) is not sinks


@pytest.mark.parametrize(("followed", "away_px", "reps"), [(True, 110, 4), (False, 110, 3), (False, 0, 4)])
def test_bowing_elsewhere_without_the_load_is_no_rep(followed: bool, away_px: float, reps: int) -> None:
    """The first of four hinges is before the rack, some 50 cm away; or the plate is only not seen in it."""
    motion = hinge(4)
    _times, share, marks = tempo(4)
    first = motion.times < marks[0][3] + 0.3
    points = motion.body.points - np.stack([away_px * first, 0.0 * first], axis=1)[:, None, :]
    height = np.where(first & (not followed), np.nan, 300 - 200 * share)
    moved = motion_of(replace(motion.body, points=points))
    assert len(counted(with_load(moved, height), "romanian_deadlift").reps) == reps


def test_bending_to_the_dumbbells_with_a_foot_on_the_bench_is_none() -> None:
    """The hands hang nearly as low in the reps, but nobody bows to them there; who leans as far with the load in hand, and no
    lower than usual, has done a rep."""
    picked_up = split_squat(4, trunk=[62, 30, 30, 30], thigh=[76, 90, 90, 90])
    leaned = split_squat(4, trunk=[54, 38, 38, 38], thigh=88)
    assert len(counted(picked_up, "split_squat").reps) == 3
    assert reasons(counted(picked_up, "split_squat")) == ["picking the load up or putting it down"]
    assert len(counted(leaned, "split_squat").reps) == 4


def test_bowing_to_the_floor_in_two_reps_on_end_is_no_picking_up() -> None:
    """One such movement before the set may be, two are reps; so are two after it, but not one."""
    bow, usual = (62, 76), (30, 90)
    for order, reps in (([bow, bow, usual, usual], 4), ([usual, usual, bow, bow], 4), ([usual, usual, usual, bow], 3)):
        motion = split_squat(4, trunk=[trunk for trunk, _ in order], thigh=[thigh for _, thigh in order])
        assert len(counted(motion, "split_squat").reps) == reps


def test_a_rep_whose_end_is_found_a_moment_early_ends_at_home() -> None:
    """A choppy picture still shows the last rep's rise when the smoothed movement has ended."""
    motion, exercise = squat(4), exercise_named("goblet_squat")
    reps = counted(motion, "goblet_squat").reps
    swings = [candidate_rep(motion, exercise, 0, rep) for rep in reps]
    usual = set_profile([motion], swings[:-1])
    early = replace(swings[-1], rep=replace(reps[-1], end_s=reps[-1].turn_end_s + 0.5))
    middle = replace(swings[-1], rep=replace(reps[-1], end_s=reps[-1].turn_end_s + 0.3))
    assert setup_reason(motion, exercise, early, usual) is None
    assert setup_reason(motion, exercise, middle, usual) == "getting into or out of position"


def walk_out() -> Motion:
    """Bent under a bar, out of the rack with it, two steps back with soft knees, and two squats that are a little deeper."""
    times, share, marks = tempo(4, rest=2.0)
    bent = each_rep(times, marks, [80, 35, 95, 95])
    stepping = (times > marks[0][3] + 0.2) & (times < marks[2][0] - 0.2)
    stride = np.where(stepping, 70 * np.abs(np.sin(2 * times)), 0.0)
    body = make_body(
        times, shin=between(share, 2, 25 * bent / 95), thigh=between(share, 3, bent), trunk=between(share, 0, 35),
        rear_foot=(stride, 0.0), hands="shoulders",
    )  # fmt: skip
    return cut(motion_of(body), marks[0][2] - 0.5, float(times[-1]))


def test_coming_out_of_the_rack_and_walking_back_are_no_reps() -> None:
    found = counted(walk_out(), "goblet_squat")
    assert len(found.reps) == 2
    assert {"coming up before walking into place", "walking"} <= set(reasons(found))


def test_a_lift_begun_before_the_clip_is_rejected_with_the_reason() -> None:
    marks = tempo(3)[2]
    motion = cut(hip_thrust(3, pause=0.5), 0.0, 100.0)
    lift = motion.times[np.argmax(motion.near.hip.values > 150)]
    found = counted(cut(motion, float(lift), 100.0), "hip_thrust")
    assert len(found.reps) == 2
    assert "already under way when the clip begins" in reasons(found)
    assert len(marks) == 3


@pytest.mark.parametrize(("every", "reps"), [(1, 3), (4, 2)])
def test_where_pictures_are_few_the_first_two_are_the_clips_edge(every: int, reps: int) -> None:
    """A clip that begins half way up, where the lifter stays for a quarter of a second: seen at 30 pictures a second, and not
    for sure at 7.5."""
    motion = hip_thrust(3, pause=0.5)
    lift = motion.times[np.argmax(motion.near.hip.values > 135)]
    body = cut(motion, float(lift) - 0.25, 100.0).body
    stays = body.times - body.times[0] < 0.25
    still = replace(body, points=np.where(stays[:, None, None], body.points[stays.sum()], body.points))
    arrays = {name: getattr(still, name)[::every] for name in ("times", "points", "sd", "repaired", "visibility")}
    found = counted(build_motion(None, body=replace(still, **arrays)), "hip_thrust")
    assert len(found.reps) == reps
    assert ("already under way when the clip begins" in reasons(found)) == (reps == 2)


def test_a_knee_that_a_plate_hides_before_the_first_lift_is_no_other_place() -> None:
    """The model puts the near knee on the line from hip to ankle while the lifter bends over the bar."""
    motion, mark = floor_deadlift(4), tempo(4)[2][0]
    body = motion.body
    points = body.points.copy()
    hidden = (motion.times > mark[1] - 0.5) & (motion.times < mark[2] + 0.3)
    knee, hip, ankle = (joint(name, body.view.side) for name in ("knee", "hip", "ankle"))
    points[hidden, knee] = (points[hidden, hip] + points[hidden, ankle]) / 2
    assert len(counted(motion_of(replace(body, points=points)), "conventional_deadlift").reps) == 4


def test_a_short_rep_that_a_clip_begins_with_is_a_rep() -> None:
    """From the bottom, as all of them: what is missing is the top."""
    whole = hip_thrust(4, top_hip=[140, 178, 178, 178])
    start = tempo(4, lowering=1.0, pause=2.0, lifting=1.5)[2][0][0]
    assert len(counted(cut(whole, start - 0.05, 100.0), "hip_thrust").reps) == 4


def test_a_lowering_without_a_lift_is_rejected_with_the_reason() -> None:
    marks = tempo(3)[2]
    found = counted(cut(squat(3), 0.0, marks[2][1] + 0.1), "goblet_squat")
    assert len(found.reps) == 2
    assert reasons(found) == ["lowered at the end and not lifted again"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(45, 110), min_size=2, max_size=6), st.booleans())
def test_every_swing_of_a_set_is_a_rep_or_is_named(depths: list[float], named: bool) -> None:
    """However the depths of a set vary, each repetition is either counted or stands among what is not."""
    found = counted(squat(len(depths), thigh=depths), "goblet_squat", named=named)
    middles = [mark[1] for mark in tempo(len(depths))[2]]
    for middle in middles:
        inside = [rep for rep in found.reps if rep.start_s <= middle + 0.2 and middle - 0.2 <= rep.end_s]
        said = [entry for entry in found.rejected if entry.start_s <= middle + 0.2 and middle - 0.2 <= entry.end_s]
        assert inside or said


def test_neighbours_with_one_reason_become_one_entry() -> None:
    entries = [(5.0, 6.0, "a"), (0.0, 1.0, "a"), (1.5, 2.0, "a"), (2.1, 3.0, "b")]
    expected = [(0.0, 2.0, "a"), (2.1, 3.0, "b"), (5.0, 6.0, "a")]
    assert list(merged([RejectedMovement(*entry) for entry in entries])) == [RejectedMovement(*entry) for entry in expected]


def test_a_last_rep_that_the_clip_cuts_on_the_way_up_counts() -> None:
    marks = tempo(3)[2]
    found = counted(cut(squat(3), 0.0, marks[2][2] + 0.6), "goblet_squat")
    assert len(found.reps) == 3


@pytest.mark.parametrize(("thigh", "reps"), [(50.0, 3), (95.0, 4)])
def test_getting_up_from_a_bent_start_is_no_rep(thigh: float, reps: int) -> None:
    """Bent under the bar for half a second, then out of the rack; a clip that begins in a squat as deep as the others shows
    a rep."""
    whole = squat(4, thigh=[thigh, 95, 95, 95])
    _, _, marks = tempo(4)
    found = counted(cut(whole, marks[0][2] - 0.4, float(whole.times[-1])), "goblet_squat")
    assert len(found.reps) == reps
    assert ("already under way when the clip begins" in reasons(found)) == (reps == 3)


def test_a_first_rep_hidden_until_nearly_half_way_down_counts() -> None:
    """A plate hides the body while the lifter stands, and sets it free on the way down."""
    motion, mark = squat(4), tempo(4)[2][0]
    hidden = motion.times < mark[0] + 0.45 * (mark[1] - mark[0])
    body = motion.body
    points, seen = body.points.copy(), body.visibility.copy()
    points[hidden], seen[hidden] = np.nan, 0.0
    found = counted(motion_of(replace(body, points=points, visibility=seen)), "goblet_squat")
    assert len(found.reps) == 4


def test_half_a_movement_is_named_by_where_it_lies_among_the_reps() -> None:
    """The lift of one rep is hidden: between reps nobody goes to the starting position, nor comes up before the set."""
    whole = hinge(4)
    for rep, said in ((1, "lowered between two reps and not lifted again"), (3, "lowered at the end and not lifted again")):
        begin = 1.0 + 4.5 * rep
        points = whole.body.points.copy()
        points[(whole.times > begin + 2.2) & (whole.times < begin + 4.6)] = np.nan
        found = counted(motion_of(replace(whole.body, points=points)), "romanian_deadlift")
        assert len(found.reps) == 3
        assert said in reasons(found)
        assert not {"coming up before the set", "going down to the starting position"} & set(reasons(found))


def test_what_reaches_into_a_rep_is_left_out_up_to_it() -> None:
    """A lifter who sinks slowly while standing: the way down of the first rep is counted, and lies between no two reps."""
    reps = list(counted(hinge(4), "romanian_deadlift").reps)
    slow = UnpairedPhase(reps[0].start_s - 0.9, reps[0].turn_start_s + 0.2, "eccentric", 30.0)
    (before,) = _before_reps(slow, reps)
    assert before.end_s == reps[0].start_s
    assert _rejected_phase(before, reps).reason == "going down to the starting position"
    assert _before_reps(replace(slow, start_s=reps[0].start_s - 0.2), reps) == []
    between = replace(slow, start_s=reps[1].end_s, end_s=reps[2].start_s)
    assert _before_reps(between, reps) == [between]
