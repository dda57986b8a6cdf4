from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from formcheck.outputs.overlay.render import replays, snapshot_name
from formcheck.outputs.overlay.scene import LEAST_READING_S, Scene, moment_of, schedule
from formcheck.outputs.shown import gaps_between, reps_of
from formcheck.results.analysis import Finding
from formcheck.results.rep import Rep
from tests.outputs.made_up import BREAK_S, edited_analysis, two_shots

REP = Rep(1, 1.0, 3.0, 3.5, 4.5, 80.0, "eccentric")


def finding(time_s: float, rule: str = "torso_upright", severity: str = "fault", cue: str = "Lean.") -> Finding:
    return Finding(rule, severity, 1, time_s, 0, 1.0, 2.0, "deg", 0.9, "message", cue)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("time_s", "phase", "elapsed"),
    [(1.5, "eccentric", 0.5), (3.25, "hold", 0.25), (4.0, "concentric", 0.5), (5.0, "rest", 0.5)],
)
def test_phase_and_its_duration(time_s: float, phase: str, elapsed: float) -> None:
    moment = moment_of(REP, time_s)
    assert (moment.phase, moment.elapsed_s) == (phase, pytest.approx(elapsed))


def test_tempo_counts_up_and_stays() -> None:
    assert moment_of(REP, 2.0).tempo == {"eccentric": pytest.approx(1.0), "hold": None, "concentric": None}
    assert moment_of(REP, 9.0).tempo == {
        "eccentric": pytest.approx(2.0), "hold": pytest.approx(0.5), "concentric": pytest.approx(1.0)
    }  # fmt: skip
    assert moment_of(replace(REP, cut_start=True), 2.0).tempo["eccentric"] is None


def test_a_thrust_lifts_first() -> None:
    thrust = replace(REP, first="concentric")
    assert moment_of(thrust, 1.5).phase == "concentric"
    assert moment_of(thrust, 4.0).phase == "eccentric"


def test_aims_show_around_the_turning_point_only() -> None:
    assert moment_of(REP, 1.2).closeness == 0
    assert moment_of(REP, 3.2).closeness == 1
    assert 0 < moment_of(REP, 2.3).closeness < 1


def test_every_finding_can_be_read() -> None:
    cards = schedule([finding(1.0), finding(1.2, "bar_drift"), finding(2.0, "overdepth")], 1.0)
    assert [card.finding.rule for card in cards] == ["torso_upright", "bar_drift", "overdepth"]
    assert cards[0].start_s == 1.0
    for before, after in pairwise(cards):
        assert before.end_s <= after.start_s
    assert all(card.end_s - card.start_s >= LEAST_READING_S - 1e-9 for card in cards)


def test_reading_time_is_the_viewers_not_the_lifters() -> None:
    slow = schedule([finding(1.0)], 4.0)[0]
    assert (slow.end_s - slow.start_s) * 4 >= LEAST_READING_S - 1e-9
    assert slow.end_s - slow.start_s < LEAST_READING_S


def test_notes_come_once_and_graver_findings_first() -> None:
    cards = schedule([finding(1.0, "no_hold", "info"), finding(1.0), finding(9.0, "no_hold", "info")], 1.0)
    assert [card.finding.rule for card in cards] == ["torso_upright", "no_hold"]


def test_what_was_read_is_not_shown_long_after_its_moment() -> None:
    rush = [finding(1 + 0.2 * i) for i in range(8)]
    assert all(card.start_s - card.finding.time_s <= 4.0 for card in schedule(rush, 1.0))


def test_replays_show_the_worst_of_each_fault_once_and_never_go_back() -> None:
    milder = replace(finding(2.0), value=1.9)
    third = finding(9.0, "overdepth")
    parts = replays([milder, finding(5.0), finding(5.4, "bar_drift"), third, finding(7.0, severity="borderline")])
    assert [len(part.findings) for part in parts] == [2, 1]
    assert parts[0].finding(parts[0].start_s).rule == "torso_upright"
    assert parts[0].finding(parts[0].end_s).rule == "bar_drift"
    assert parts[0].end_s <= parts[1].start_s


def test_a_finding_goes_when_the_next_rep_begins_or_once_it_can_be_read() -> None:
    slow, quick = replace(REP, index=2, start_s=6.0, end_s=9.0), replace(REP, index=2, start_s=4.5, end_s=6.0)
    long = finding(3.2, cue="Let your chest travel over the front thigh: aim for about 45 degrees.")
    (card,) = schedule([long], 1.0, [REP, slow])
    assert card.end_s == 6.0
    (card,) = schedule([long], 1.0, [REP, quick])
    assert card.end_s == pytest.approx(3.2 + LEAST_READING_S)
    assert not card.is_past(moment_of(REP, 4.4))
    assert card.is_past(moment_of(quick, 4.6))


def test_snapshot_names_hold_no_path() -> None:
    assert "/" not in snapshot_name(1, finding(1.0, "../../evil"))


def test_the_panel_can_say_why_a_stretch_is_not_counted_or_not_analysed() -> None:
    shots = two_shots()
    analysis = edited_analysis(shots)
    scene = Scene(analysis, reps_of(shots), gaps_between(shots))
    assert scene.aside(0.2) == "not counted: walking to the bench"
    assert scene.aside(shots[0].reps[0].turn_s) is None
    between = float(shots[0].motion.times[-1]) + BREAK_S / 2
    assert scene.aside(between) == "not analysed: no repetition was found"
    assert Scene(replace(analysis, shots=()), reps_of(shots), gaps_between(shots)).aside(between) == "not analysed"
    assert Scene(analysis, reps_of(shots)).aside(between) is None
