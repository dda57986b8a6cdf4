"""The lower back at the top of a bridge: sets of drawn lifters in which single reps, builds and outlines differ."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from formcheck.lifts.exercise import NotAssessable, Observation, Shot
from formcheck.lifts.exercises.hip_thrust import chin_not_tucked
from formcheck.lifts.judge import Judged, judge_set
from formcheck.lifts.limits import load_limits
from formcheck.lifts.registry import exercise_named
from formcheck.motion.body import Series
from formcheck.motion.motion import Motion
from formcheck.results.analysis import Finding
from formcheck.results.rep import Rep
from tests.motion.bar.scene import bar_at
from tests.motion.spine.bridges import Top, filmed

#: Lying down folds the belly, so a plain front bows less at the top than at the start.
PLAIN, ARCHED = Top(-3.0, bow=-10.0), Top(6.0, bow=30.0)
LIMITS = load_limits()["glute_bridge"]


def judged(motion: Motion, reps: tuple[Rep, ...]) -> Judged:
    lift = Shot(motion, reps, "glute_bridge", {rep.index: "right" for rep in reps})
    return judge_set(exercise_named("glute_bridge"), [lift], LIMITS, round)


def said(outcome: Judged) -> dict[int | None, Finding]:
    return {finding.rep: finding for finding in outcome.findings if finding.rule == "lumbar_arch"}


def unsaid(outcome: Judged) -> list[int | None]:
    return [entry.rep for entry in outcome.not_judged if entry.rule == "lumbar_arch"]


def behind_a_plate(motion: Motion) -> Motion:
    """The belly is hidden: chest, thigh and joints remain."""
    assert motion.spine is not None
    return replace(motion, spine=replace(motion.spine, front_bow=None))


def without_outline(motion: Motion) -> Motion:
    assert motion.spine is not None
    hidden = Series(np.full(len(motion.times), np.nan), np.full(len(motion.times), np.nan))
    return replace(motion, spine=replace(motion.spine, front_bow=hidden, hip_line=hidden))


def seen(motion: Motion, reps: tuple[Rep, ...], extensions: list[float], sd: float = 6.0) -> Motion:
    """The network sees the lower back extended by so many degrees in the reps, NaN where it sees nothing."""
    assert motion.spine is not None
    read = np.full(len(motion.times), np.nan)
    for rep, extension in zip(reps, extensions, strict=True):
        read[rep.during(motion.times)] = extension
    return replace(motion, spine=replace(motion.spine, arch=Series(read, np.where(np.isfinite(read), sd, np.nan))))


@pytest.mark.parametrize(("extension", "accused"), [(2.0, True), (25.0, False)])
def test_a_head_is_not_held_against_an_arched_trunk(extension: float, accused: bool) -> None:
    """The arch turns the line from hip to shoulder, against which a head in line with the chest seems thrown back."""
    motion, reps = filmed([PLAIN, PLAIN])
    count = len(motion.times)
    motion = replace(seen(motion, reps, [extension] * 2), head=Series(np.full(count, -15.0), np.full(count, 4.0)))
    lift = Shot(motion, reps, "glute_bridge", {rep.index: "right" for rep in reps})
    found = [chin_not_tucked(lift, rep, LIMITS) for rep in reps]
    assert [isinstance(one, Observation) and one.beyond > 0 for one in found] == [accused] * 2
    assert [isinstance(one, NotAssessable) for one in found] == [not accused] * 2


def test_the_arched_rep_of_five_is_found_and_no_other() -> None:
    found = said(judged(*filmed([PLAIN, PLAIN, ARCHED, PLAIN, PLAIN])))
    assert set(found) == {3}
    assert found[3].severity == "fault"
    assert found[3].confidence > 0.9
    for sign in ("shoulder, hip and knee", "chest against thigh", "front of the trunk", "further than the other reps"):
        assert sign in found[3].message


def test_behind_a_plate_the_arched_rep_of_five_is_found_and_no_other() -> None:
    motion, reps = filmed([PLAIN, PLAIN, replace(ARCHED, bow=0.0), PLAIN, PLAIN])
    found = said(judged(behind_a_plate(motion), reps))
    assert set(found) == {3}
    assert found[3].severity == "fault"
    assert "front" not in found[3].message


def test_an_arch_in_every_rep_is_found_in_every_rep() -> None:
    found = said(judged(*filmed([ARCHED] * 5)))
    assert [found[rep].severity for rep in range(1, 6)] == ["fault"] * 5


def test_hips_past_straight_below_a_straight_trunk_are_no_fault() -> None:
    motion, reps = filmed([Top(8.0, bow=-12.0)] * 2)
    outcome = judged(motion, reps)
    assert not said(outcome)
    assert all(entry.code != "contradictory" for entry in outcome.not_judged)
    assert said(judged(behind_a_plate(motion), reps))[1].severity == "fault"


def test_hips_far_from_straight_clear_the_back_even_where_nothing_else_is_seen() -> None:
    motion, reps = filmed([Top(-25.0)] * 2)
    outcome = judged(without_outline(motion), reps)
    assert not said(outcome)
    assert not unsaid(outcome)


def test_a_tapering_build_is_no_fault() -> None:
    plain = replace(PLAIN, extension=0.0)
    for taper in (-10.0, 10.0):
        outcome = judged(*filmed([plain] * 2, chest_taper=taper))
        assert all(finding.severity != "fault" for finding in said(outcome).values())
    assert not unsaid(judged(*filmed([PLAIN] * 2, chest_taper=-10.0)))


def test_a_belly_is_not_an_arch() -> None:
    assert not said(judged(*filmed([PLAIN] * 2, belly=35.0)))
    straight = judged(*filmed([replace(PLAIN, extension=0.0)] * 2, belly=35.0))
    assert all(finding.severity != "fault" for finding in said(straight).values())


def test_signs_that_disagree_are_borderline() -> None:
    motion, reps = filmed([Top(-4.0)] * 2, hip_error=24.0)
    assert motion.near.hip_signed.values[reps[0].at_turn(motion.times)].mean() > 190
    found = said(judged(behind_a_plate(motion), reps))
    assert {finding.severity for finding in found.values()} == {"borderline"}
    assert "chest against thigh" not in found[1].message


def test_a_hidden_trunk_is_not_judged() -> None:
    motion, reps = filmed([PLAIN] * 2)
    outcome = judged(without_outline(motion), reps)
    assert not said(outcome)
    assert unsaid(outcome) == [None]
    assert unsaid(judged(replace(motion, spine=None), reps)) == [None]


def test_one_sign_alone_is_borderline_at_most() -> None:
    motion, reps = filmed([Top(20.0)] * 2)
    found = said(judged(without_outline(motion), reps))
    assert {finding.severity for finding in found.values()} == {"borderline"}
    assert all(finding.confidence < 0.75 for finding in found.values())


def test_a_deep_lockout_after_shallow_ones_is_no_fault() -> None:
    shallow = Top(-35.0, bow=-10.0)
    assert not said(judged(*filmed([shallow, shallow, Top(0.0, bow=-10.0), shallow, shallow])))


def test_an_arch_that_the_network_sees_behind_a_plate_is_a_fault() -> None:
    motion, reps = filmed([replace(PLAIN, extension=2.0)] * 5)
    outcome = judged(seen(without_outline(motion), reps, [1.0, 2.0, 28.0, 0.0, 3.0]), reps)
    found = said(outcome)
    assert set(found) == {3}
    assert found[3].severity == "fault"
    assert found[3].limit == 12.0
    assert found[3].value == pytest.approx(28.0, abs=5.0)
    assert f"{found[3].value:.0f} degrees more than when you stand relaxed; 12 or less is fine" in found[3].message
    assert "seen in" not in found[3].message
    assert not unsaid(outcome)


@pytest.mark.parametrize(("share", "hidden"), [(0.45, False), (1.3, True)])
def test_where_a_plate_covers_the_trunk_nobody_sees_the_lower_back(share: float, hidden: bool) -> None:
    motion, reps = filmed([PLAIN] * 2)
    trunk = motion.body.near("shoulder"), motion.body.near("hip")
    radius = share / 2 * float(np.linalg.norm(trunk[0] - trunk[1], axis=1).mean())
    plate = bar_at((trunk[0] + trunk[1]) / 2, radius)  # type: ignore[no-untyped-call]
    outcome = judged(seen(replace(motion, bar=plate), reps, [28.0, 1.0]), reps)
    assert bool(unsaid(outcome)) == hidden
    assert bool(said(outcome)) != hidden


def test_a_plain_back_that_the_network_sees_is_judged_where_signs_contradict_each_other() -> None:
    motion, reps = filmed([Top(-4.0)] * 2, hip_error=24.0)
    hidden = behind_a_plate(motion)
    assert said(judged(hidden, reps))
    outcome = judged(seen(hidden, reps, [-2.0, 1.0]), reps)
    assert not said(outcome)
    assert not unsaid(outcome)


def test_signs_alone_neither_outweigh_a_plain_reading_nor_are_cleared_by_it() -> None:
    motion, reps = filmed([ARCHED] * 2)
    assert all(finding.severity == "fault" for finding in said(judged(motion, reps)).values())
    outcome = judged(seen(motion, reps, [-6.0, -6.0]), reps)
    assert not said(outcome)
    assert unsaid(outcome)


def test_the_less_certain_the_reading_the_less_sure_the_verdict() -> None:
    motion, reps = filmed([PLAIN] * 3)
    clear, dim = (said(judged(seen(motion, reps, [26.0] * 3, sd), reps))[1] for sd in (5.0, 10.0))
    assert clear.confidence > dim.confidence
    assert clear.severity == "fault"


def test_between_plain_and_arched_nobody_is_accused_or_cleared() -> None:
    motion, reps = filmed([PLAIN] * 2)
    outcome = judged(seen(motion, reps, [16.0, 21.0], 8.0), reps)
    assert {entry.code for entry in outcome.not_judged if entry.rule == "lumbar_arch"} == {"too_unsure"}
    assert unsaid(outcome) == [1]
    assert said(outcome)[2].severity == "borderline"


def test_a_rep_that_the_network_did_not_see_is_not_judged() -> None:
    motion, reps = filmed([ARCHED] * 2)
    outcome = judged(seen(motion, reps, [float("nan"), 25.0]), reps)
    assert set(said(outcome)) == {2}
    assert unsaid(outcome) == [1]


def test_where_the_network_is_too_unsure_nobody_is_judged() -> None:
    motion, reps = filmed([ARCHED] * 2)
    outcome = judged(seen(motion, reps, [-9.0, 30.0], 14.0), reps)
    assert not said(outcome)
    assert unsaid(outcome) == [None]
