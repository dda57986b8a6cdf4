"""Rules on made-up lifters: the fault is found, good form is not accused, hidden joints are not judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from formcheck.lifts.exercise import Observation, Rule, Shot
from formcheck.lifts.exercises.split_squat import SplitSquat
from formcheck.lifts.judge import judge_set
from formcheck.lifts.lift_set import choose_exercise
from formcheck.lifts.limits import Limit, load_limits
from formcheck.lifts.registry import exercise_named
from formcheck.motion.bar.bar import Bar
from formcheck.motion.body import Series
from formcheck.motion.motion import Motion
from formcheck.motion.spine.spine import Spine
from formcheck.pose.skeleton import joint
from formcheck.results.quantity import Quantity
from formcheck.results.rep import Rep
from tests.lifters import between, each_rep, hinge, hip_thrust, make_body, motion_of, split_squat, squat, tempo
from tests.lifts.judging import faults, faulty_reps, filmed, judged


@pytest.mark.parametrize(
    ("motion", "name", "expected"),
    [
        (hip_thrust(), "hip_thrust", set()),
        (hip_thrust(top_hip=140), "hip_thrust", {"short_range"}),
        (hip_thrust(top_hip=112), "hip_thrust", {"short_range"}),
        (hip_thrust(shin=-28), "hip_thrust", {"shins_not_vertical"}),
        (hip_thrust(shin=26), "hip_thrust", {"shins_not_vertical"}),
        (hip_thrust(head=-20), "hip_thrust", {"chin_not_tucked"}),
        (hinge(), "romanian_deadlift", set()),
        (hinge(knee_bend=66, trunk=48), "romanian_deadlift", {"knees_bend_too_much"}),
        (hinge(knee_bend=-1), "romanian_deadlift", {"knees_locked"}),
        (split_squat(), "split_squat", set()),
        (split_squat(trunk=5), "split_squat", {"torso_upright"}),
        (split_squat(trunk=76, hands="chest"), "split_squat", {"torso_collapsed"}),
        (split_squat(thigh=50), "split_squat", {"short_range"}),
        (split_squat(shin=52), "split_squat", {"stance_too_narrow"}),
        (squat(), "goblet_squat", set()),
        (squat(thigh=55), "goblet_squat", {"short_range"}),
        (squat(thigh=32), "goblet_squat", {"short_range"}),
        (squat(trunk=68), "goblet_squat", {"torso_collapsed"}),
    ],
)
def test_the_fault_and_nothing_else_is_found(motion: Motion, name: str, expected: set[str]) -> None:
    assert faults(judged(motion, name)) == expected


def one_bad(usual: float, bad: float) -> list[float]:
    return [usual, usual, bad, usual, usual]


@pytest.mark.parametrize(
    ("motion", "name", "rule"),
    [
        (hip_thrust(5, top_hip=one_bad(178, 142)), "hip_thrust", "short_range"),
        (hip_thrust(5, shin=one_bad(0, -28)), "hip_thrust", "shins_not_vertical"),
        (hip_thrust(5, head=one_bad(15, -20)), "hip_thrust", "chin_not_tucked"),
        (hinge(5, knee_bend=one_bad(22, 70), trunk=one_bad(65, 48)), "romanian_deadlift", "knees_bend_too_much"),
        (hinge(5, knee_bend=one_bad(22, -1)), "romanian_deadlift", "knees_locked"),
        (hinge(5, trunk=one_bad(65, 26), knee_bend=one_bad(22, 12)), "romanian_deadlift", "short_range"),
        (split_squat(5, trunk=one_bad(40, 4)), "split_squat", "torso_upright"),
        (split_squat(5, trunk=one_bad(40, 78)), "split_squat", "torso_collapsed"),
        (split_squat(5, thigh=one_bad(88, 48)), "split_squat", "short_range"),
        (split_squat(5, shin=one_bad(18, 52)), "split_squat", "stance_too_narrow"),
        (squat(5, thigh=one_bad(95, 50)), "goblet_squat", "short_range"),
        (squat(5, trunk=one_bad(35, 72)), "goblet_squat", "torso_collapsed"),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_only_the_bad_rep_of_five_has_the_fault(motion: Motion, name: str, rule: str, named: bool) -> None:
    if not named:
        assert choose_exercise([motion], "auto").exercise.name == name
    result = judged(motion, name, named=named)
    assert len(result.verdicts) == 5
    assert faulty_reps(result, rule) == [3]
    assert result.verdicts[3].name == "fault"
    others = [result.verdicts[index].name for index in (1, 2, 4, 5)]
    assert "fault" not in others


def test_a_bad_last_rep_is_counted_and_has_its_fault() -> None:
    result = judged(split_squat(4, thigh=[88, 88, 88, 45]), "split_squat")
    assert faulty_reps(result, "short_range") == [4]


@pytest.mark.parametrize(
    ("outline_deg", "expected"), [(172.0, set()), (138.0, {"short_range"}), (float("nan"), {"short_range"})]
)
def test_a_hidden_hip_alone_is_no_short_range(outline_deg: float, expected: set[str]) -> None:
    motion = hip_thrust(top_hip=140)
    count = len(motion.times)
    unknown = Series(np.full(count, np.nan), np.full(count, np.nan))
    line = Series(np.full(count, outline_deg), np.full(count, 4.0))
    spine = Spine(unknown, unknown, np.zeros(count), np.full((count, 3, 2), np.nan), line)
    assert faults(judged(replace(motion, spine=spine), "hip_thrust")) == expected


@pytest.mark.parametrize(("hip_sd", "severity"), [(5.0, "fault"), (12.0, "borderline")])
def test_an_outline_is_no_surer_than_the_joints_of_a_hip_behind_a_plate(hip_sd: float, severity: str) -> None:
    motion = hip_thrust(top_hip=145)
    count = len(motion.times)
    unknown = Series(np.full(count, np.nan), np.full(count, np.nan))
    line = Series(np.full(count, 152.0), np.full(count, 4.0))
    spine = Spine(unknown, unknown, np.zeros(count), np.full((count, 3, 2), np.nan), line)
    side = motion.body.view.side
    leg = motion.legs[side]
    legs = {**motion.legs, side: replace(leg, hip_signed=replace(leg.hip_signed, sd=np.full(count, hip_sd)))}
    result = judged(replace(motion, spine=spine, legs=legs), "hip_thrust")
    assert {finding.severity for finding in result.findings if finding.rule == "short_range"} == {severity}


def test_a_deadlift_from_the_floor_is_not_judged_as_a_hinge() -> None:
    lift = replace(filmed(hinge(knee_bend=70, trunk=60), "romanian_deadlift"), variant="deadlift")
    result = judge_set(exercise_named("romanian_deadlift"), [lift], load_limits()["romanian_deadlift"], round)
    assert faults(result) == set()
    reasons = {entry.rule: entry.reason for entry in result.not_judged}
    assert reasons["overdepth"] == "this rule is not meant for deadlifts from the floor"
    assert {entry.code for entry in result.not_judged if entry.rule == "overdepth"} == {"not_applicable"}
    assert "knees_bend_too_much" not in reasons


def test_what_the_user_calls_a_romanian_deadlift_is_judged_as_one() -> None:
    result = judged(hinge(knee_bend=70, trunk=60), "romanian_deadlift")
    assert "knees_bend_too_much" in faults(result)
    assert "not_applicable" not in {entry.code for entry in result.not_judged}


def test_a_deadlift_squatted_up_from_the_floor_is_a_fault() -> None:
    result = judged(hinge(4, knee_bend=100, trunk=22), "romanian_deadlift")
    assert faulty_reps(result, "knees_bend_too_much") == [1, 2, 3, 4]


def test_mirrored_lifters_are_judged_alike() -> None:
    assert faults(judged(split_squat(trunk=5, facing="left"), "split_squat")) == {"torso_upright"}


def test_a_finding_carries_everything() -> None:
    finding = next(f for f in judged(split_squat(trunk=5), "split_squat").findings if f.rule == "torso_upright")
    assert finding.value == pytest.approx(5, abs=1)
    assert finding.unit == "deg"
    assert 0.75 < finding.confidence <= 1
    assert finding.cue
    assert "5 degrees" in finding.message


@pytest.mark.parametrize(("lean", "said"), [(5, "leans 5 degrees"), (-6, "leans back 6 degrees"), (0.2, "leans 0 degrees")])
def test_nobody_leans_minus_one_degree(lean: float, said: str) -> None:
    message = next(f.message for f in judged(split_squat(trunk=lean), "split_squat").findings if f.rule == "torso_upright")
    assert f"your trunk {said} at the bottom; a lean forward of 20 or more is fine" in message


def test_from_the_floor_the_cues_can_be_followed_and_the_marked_part_is_the_measured_one() -> None:
    own, hinge_rules = ({rule.id: rule for rule in exercise_named(name).rules} for name in ("deadlift", "rdl"))
    assert "before you pull" in own["back_rounding"].cue
    assert "stop before" in hinge_rules["back_rounding"].cue
    assert own["knees_bend_too_much"].regions == ("trunk",)
    assert hinge_rules["knees_bend_too_much"].regions == ("knee",)
    found = judged(hinge(4, knee_bend=100, trunk=22), "conventional_deadlift").findings
    assert any("your trunk leans only" in f.message and "like a squat; 36 or more is fine" in f.message for f in found)


@pytest.mark.parametrize(("sure", "severity"), [(0.69, "borderline"), (0.76, "fault"), (0.99, "fault")])
def test_the_stated_confidence_decides_the_severity(sure: float, severity: str) -> None:
    limit = load_limits()["split_squat"]["torso_upright"]

    def judge(lift: Shot, rep: Rep, limits: dict[str, Limit]) -> Observation:
        return Observation(Quantity(0.0, "deg", 2.0, rep.turn_s), limit, "below", "upright", confidence=sure)

    class OneRule(SplitSquat):
        rules = (Rule("torso_upright", "Upright", "", "Lean.", judge),)

    body = split_squat(1).body
    oblique = motion_of(replace(body, view=replace(body.view, quality=0.55, yaw_deg=35.0)))
    found = judge_set(OneRule(), [filmed(oblique, "split_squat")], load_limits()["split_squat"], round).findings
    assert [(finding.severity, finding.confidence) for finding in found] == [(severity, sure)]


def test_near_the_limit_it_is_borderline() -> None:
    limit = load_limits()["split_squat"]["torso_upright"]
    result = judged(split_squat(trunk=limit.value - limit.borderline / 2), "split_squat")
    assert faults(result) == set()
    assert {f.rule for f in result.findings if f.severity == "borderline"} == {"torso_upright"}


def test_clean_means_that_every_core_rule_was_judged() -> None:
    """Without an outline neither the arch of a thrust nor the rounding of a hinge can be judged."""
    thrust, legs = judged(hip_thrust(), "hip_thrust"), judged(split_squat(), "split_squat")
    assert {verdict.name for verdict in thrust.verdicts.values()} == {"not_judged"}
    assert all("lower back arches" in str(verdict.because) for verdict in thrust.verdicts.values())
    assert {(verdict.name, verdict.because) for verdict in legs.verdicts.values()} == {("clean", None)}


def test_a_rule_that_does_not_apply_is_not_needed_to_be_clean() -> None:
    result = judged(hinge(knee_bend=70, trunk=60), "romanian_deadlift")
    assert all("overdepth" not in str(v.because) and "too deep" not in str(v.because) for v in result.verdicts.values())


def test_an_oblique_camera_is_asked_to_move() -> None:
    body = split_squat(trunk=5).body
    oblique = replace(body, view=replace(body.view, quality=0.1, yaw_deg=50.0))
    result = judged(motion_of(oblique), "split_squat")
    assert faults(result) == set()
    assert all("film from the side" in entry.reason for entry in result.not_judged)
    assert {entry.code for entry in result.not_judged} == {"oblique_view"}
    assert {verdict.name for verdict in result.verdicts.values()} == {"not_judged"}


def test_uncertain_points_are_never_a_fault() -> None:
    body = split_squat(trunk=15).body
    vague = replace(body, sd=np.full_like(body.sd, 40.0))
    assert faults(judged(motion_of(vague), "split_squat")) == set()


def test_certainty_grows_with_the_distance_and_shrinks_with_the_error() -> None:
    limit = replace(load_limits()["hip_thrust"]["short_range"], value=0.0, borderline=4.0)

    def certainty(value: float, sd: float) -> float:
        return Observation(Quantity(value, "deg", sd), limit, "above", "").certainty

    assert certainty(10, 2) > certainty(5, 2) > certainty(5, 6) > 0.5
    assert certainty(0.0, 2) == pytest.approx(0.5)
    assert Observation(Quantity(-10, "deg", 2), limit, "below", "").certainty == pytest.approx(certainty(10, 2))


def with_rounding(motion: Motion, degrees: list[float], sd: float = 3.0) -> Motion:
    """A back whose outline bends by so many degrees at the bottom of each rep, known to within `sd`."""
    times, share, marks = tempo(len(degrees))
    whole = Series(share * each_rep(times, marks, degrees), np.full(len(times), sd))
    half = replace(whole, values=whole.values / 2)
    return replace(motion, spine=Spine(half, half, np.ones(len(times)), np.full((len(times), 3, 2), np.nan), flexion=whole))


def test_only_the_rounded_rep_of_five_has_the_fault() -> None:
    motion = with_rounding(hinge(5), one_bad(2, 60))
    assert faulty_reps(judged(motion, "romanian_deadlift"), "back_rounding") == [3]


def test_reps_that_differ_only_by_the_outlines_error_are_judged_by_the_set() -> None:
    """A hoodie: each rep's outline is seen badly, but the reps of the set say the same on average."""
    scatter = np.array([-12.0, 9, 3, -8, 11, -3])
    rounded = judged(with_rounding(hinge(6), list(60 + scatter), sd=11.0), "romanian_deadlift")
    flat = judged(with_rounding(hinge(6), list(2 + scatter), sd=11.0), "romanian_deadlift")
    assert faulty_reps(rounded, "back_rounding") == [1, 2, 3, 4, 5, 6]
    assert faulty_reps(flat, "back_rounding") == []


def test_a_value_on_the_right_side_that_is_hardly_known_is_no_pass() -> None:
    """Just below the limit of 35 degrees, with a large error: not judged, and so not clean."""
    result = judged(with_rounding(hinge(1), [34.0]), "romanian_deadlift")
    vague = with_rounding(hinge(1), [34.0])
    assert vague.spine is not None
    wide = replace(vague.spine.flexion, sd=np.full(len(vague.times), 10.0))
    unsure = judged(replace(vague, spine=replace(vague.spine, flexion=wide)), "romanian_deadlift")
    assert "back_rounding" not in {entry.rule for entry in result.not_judged}
    assert {entry.rule: entry.reason for entry in unsure.not_judged}["back_rounding"].startswith("too close to call")


@pytest.mark.parametrize(("bend", "expected"), [(85.0, "not judged"), (40.0, "not judged"), (-10.0, "pass")])
def test_what_is_poorly_seen_may_clear_a_rep_and_never_accuses(bend: float, expected: str) -> None:
    """An error of 20 degrees, five times the borderline band."""
    motion = with_rounding(hinge(1), [bend])
    assert motion.spine is not None
    wide = replace(motion.spine.flexion, sd=np.full(len(motion.times), 20.0))
    result = judged(replace(motion, spine=replace(motion.spine, flexion=wide)), "romanian_deadlift")
    gaps = {entry.rule for entry in result.not_judged}
    found = "fault" if "back_rounding" in faults(result) else "not judged" if "back_rounding" in gaps else "pass"
    assert found == expected


def test_with_a_bar_on_the_shoulders_the_outline_alone_is_no_fault() -> None:
    motion = with_rounding(squat(3), [60.0] * 3)
    assert faulty_reps(judged(motion, "goblet_squat"), "back_rounding") == [1, 2, 3]
    said = [finding for finding in judged(motion, "back_squat").findings if finding.rule == "back_rounding"]
    assert [finding.severity for finding in said] == ["borderline"] * 3
    assert max(finding.confidence for finding in said) <= 0.7


def heels_up_in_the_third(degrees: float = 50.0) -> Motion:
    """The feet turn about their toes."""
    times, share, marks = tempo(5)
    motion = squat(5)
    points = motion.body.points.copy()
    turn = np.radians(degrees) * share * each_rep(times, marks, one_bad(0, 1))
    spin = np.stack([np.cos(turn), -np.sin(turn), np.sin(turn), np.cos(turn)], axis=1).reshape(-1, 2, 2)
    for side in ("left", "right"):
        toe = points[:, joint("toe", side)]
        for name in ("heel", "ankle"):
            points[:, joint(name, side)] = toe + np.einsum("fij,fj->fi", spin, points[:, joint(name, side)] - toe)
    return motion_of(replace(motion.body, points=points))


def test_a_heels_rise_is_that_of_the_foots_turn() -> None:
    """A foot of a given length turned by 30 degrees; a model that shows half of it saw twice that."""
    motion = heels_up_in_the_third(30.0)
    found = [finding.value for finding in judged(motion, "goblet_squat").findings if finding.rule == "heels_lift"]
    foot = np.linalg.norm(motion.body.near("heel")[0] - motion.body.near("toe")[0])
    expected = 100 * 0.5 * foot / motion.body.leg_length
    assert found == pytest.approx([expected], rel=0.05)
    half = motion_of(replace(motion.body, foot_turn=0.5))
    assert [finding.value for finding in judged(half, "goblet_squat").findings] == pytest.approx([2 * expected], rel=0.05)


def test_a_heel_that_is_poorly_seen_accuses_nobody() -> None:
    motion = heels_up_in_the_third()
    assert faults(judged(motion, "goblet_squat")) == {"heels_lift"}
    sd = motion.body.sd.copy()
    for side in ("left", "right"):
        sd[:, joint("heel", side)] = 40.0
    poor = motion_of(replace(motion.body, sd=sd))
    assert "heels_lift" not in faults(judged(poor, "goblet_squat"))


def test_a_toe_that_sinks_into_the_floor_is_no_heel_that_lifts() -> None:
    """Both turn the foot; behind a caption the model guesses such toes."""
    motion = squat(3)
    share = tempo(3)[1]
    points = motion.body.points.copy()
    for side in ("left", "right"):
        points[:, joint("toe", side), 1] += 0.15 * motion.body.leg_length * share
    sunk = judged(motion_of(replace(motion.body, points=points)), "goblet_squat")
    assert "heels_lift" not in faults(sunk)
    assert "heels_lift" in {entry.rule for entry in sunk.not_judged}


def too_deep_in_the_third() -> Motion:
    """The hips have gone all the way back at 60 % of the third rep's way down; the trunk goes on."""
    times, share, marks = tempo(5)
    early = np.where(each_rep(times, marks, one_bad(0, 1)) > 0, np.minimum(share / 0.6, 1.0), share)
    deep = each_rep(times, marks, one_bad(65, 104))
    body = make_body(times, shin=between(early, 4, 2), thigh=between(early, 6, 24), trunk=between(share, 0, deep))
    return motion_of(body)


def bar_away_in_the_third() -> Motion:
    """A plate beside the leg, which moves forward by 45 pixels (0.3 trunk lengths) in the third rep."""
    times, share, marks = tempo(5)
    motion = hinge(5)
    hip, knee, ankle = (motion.body.near(name) for name in ("hip", "knee", "ankle"))
    height = motion.body.near("wrist")[:, 1]
    joints = np.stack([hip, knee, ankle], axis=1)
    leg = np.array([np.interp(y, line[:, 1], line[:, 0]) for y, line in zip(height, joints, strict=True)])
    path = np.stack([leg + 25 + 45 * share * each_rep(times, marks, one_bad(0, 1)), height], axis=1)
    count = len(times)
    return replace(motion, bar=Bar("plate", path, np.full(count, 50.0), np.ones(count), path, np.full(count, 2.0)))


@pytest.mark.parametrize(
    ("make", "name", "rule"),
    [
        (heels_up_in_the_third, "goblet_squat", "heels_lift"),
        (too_deep_in_the_third, "romanian_deadlift", "overdepth"),
        (bar_away_in_the_third, "romanian_deadlift", "bar_drift"),
    ],
)
def test_the_one_bad_rep_of_five_that_needs_feet_hips_or_bar(make: Callable[[], Motion], name: str, rule: str) -> None:
    result = judged(make(), name)
    assert len(result.verdicts) == 5
    assert faulty_reps(result, rule) == [3]


@pytest.mark.parametrize("names", [("knee", "toe"), ("shoulder",)])
def test_no_verdict_rests_on_a_joint_that_was_not_seen_at_the_bottom(names: tuple[str, ...]) -> None:
    """A foot or a shoulder that the plate hides in the deciding moment of the third rep, guessed where it would be a fault."""
    times, share, marks = tempo(5)
    motion = split_squat(5, trunk=one_bad(40, 4), shin=one_bad(18, 52))
    hidden = (share > 0.7) & (each_rep(times, marks, one_bad(0, 1)) > 0)
    seen = motion.body.visibility.copy()
    for side in ("left", "right"):
        for name in names:
            seen[hidden, joint(name, side)] = 0.0
    result = judged(motion_of(replace(motion.body, visibility=seen)), "split_squat")
    rule = "stance_too_narrow" if "toe" in names else "torso_upright"
    assert 3 not in faulty_reps(result, rule)
    assert 3 in {entry.rep for entry in result.not_judged if entry.rule == rule}
    assert result.verdicts[3].name != "clean"


def test_a_rep_in_a_damaged_part_of_the_file_is_counted_and_not_judged() -> None:
    """All reps are too upright; the file is damaged during the second."""
    lift = filmed(split_squat(3, trunk=5), "split_squat")
    second = lift.reps[1]
    damaged = replace(lift, damaged=((second.turn_s, second.turn_s + 0.1),))
    result = judge_set(exercise_named("split_squat"), [damaged], load_limits()["split_squat"], round)
    assert faulty_reps(result, "torso_upright") == [1, 3]
    assert result.verdicts[2].name == "not_judged"
    assert str(result.verdicts[2].because).count("the file is damaged here") == 1


def test_of_a_front_leg_that_is_drawn_where_the_rear_one_is_nothing_is_said() -> None:
    """Under a chest on the thigh the model loses it at the bottom of the second rep."""
    motion = split_squat(3, trunk=[40, 75, 40])
    body, marks = motion.body, tempo(3)[2]
    lost = (motion.times > marks[1][1] - 0.4) & (motion.times < marks[1][2] + 0.4)
    points = body.points.copy()
    for name in ("knee", "ankle", "heel", "toe"):
        points[lost, joint(name, body.view.side)] = body.far(name)[lost]
    result = judged(motion_of(replace(body, points=points)), "split_squat")
    assert faults(result) == {"torso_collapsed"}
    assert {(entry.rule, entry.rep) for entry in result.not_judged} >= {("short_range", 2), ("stance_too_narrow", 2)}
