"""What the next set shall be: made-up histories with a coach's answer to each (`histories.toml`), and single rules."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from formcheck.apps.logbook.next_set import next_set
from formcheck.apps.logbook.outlook import outlook, sentence, without_commands
from formcheck.apps.logbook.programme import load_programme
from formcheck.apps.logbook.trends import load_onsets
from formcheck.results.analysis import NotJudged
from tests.apps.logbook.histories import MONDAY, a_set, paper_set, sets, told_sets

PROGRAMME = load_programme()
TEN, NINE = "c" * 10, "c" * 9
TOLD = tomllib.loads(Path(__file__).with_name("histories.toml").read_text(encoding="utf-8"))["history"]


def both_legs(left, right, **given):
    given = {"exercise": "split_squat", "load": "16kg", **given}
    return [*sets(*left, leg="left", **given), *(replace(entry, leg="right") for entry in sets(*right, **given))]


@pytest.mark.parametrize("told", TOLD, ids=lambda told: told["title"])
def test_the_answer_to_a_history_is_the_coachs(told):
    now = MONDAY + timedelta(days=told["today"])
    advice = next_set(told_sets(told), told["exercise"], PROGRAMME, now=now)
    said = sentence(advice)
    assert (advice.decision, advice.load.text()) == (told["decision"], told["load"]), said
    for part in told["why"]:
        assert part in advice.why
    for part in told["change"]:
        assert part in advice.change
    assert (advice.cue is None) if told["cue"] == "" else (told["cue"] in (advice.cue or ""))
    assert said.count(". ") <= 1, f"one or two sentences: {said}"


def test_eight_weeks_on_paper_are_eight_steps():
    """The same three tens every week; and a lifter who takes every step."""
    (told,) = [told for told in TOLD if told["title"] == "eight steady weeks on paper"]
    history = told_sets(told)
    for weeks in range(1, 9):
        advice = next_set(history[: 3 * weeks], "hip_thrust", PROGRAMME, now=MONDAY + timedelta(days=7 * weeks))
        assert (advice.decision, advice.load.text()) == ("add", "62.5 kg")
    load, loads = "60kg", []
    obedient = []
    for week in range(8):
        obedient += [paper_set(10, load, days=7.0 * week) for _ in range(3)]
        advice = next_set(obedient, "hip_thrust", PROGRAMME, now=MONDAY + timedelta(days=7 * week + 2))
        load = f"{advice.load.kg}kg"
        loads.append(advice.load.kg)
    assert loads == [62.5, 65, 67.5, 70, 72.5, 75, 77.5, 80]


@pytest.mark.parametrize(
    ("share", "decision"), [(0.04, "add"), (0.02, "repeat")], ids=["one fault in 33 is a slip", "unless one is stricter"]
)
def test_how_many_faults_hold_nobody_up_is_data(tmp_path, share, decision):
    mine = tmp_path / "programme.toml"
    mine.write_text(f"[progress]\nslip_share = {share}\n")
    history = sets("c" * 11, "c" * 11, "c" * 10 + "f")
    assert next_set(history, "hip_thrust", load_programme(mine)).decision == decision


def test_nothing_logged_nothing_invented():
    advice = next_set(sets(TEN), "goblet_squat", PROGRAMME)
    assert (advice.decision, advice.load) == ("begin", None)


def test_both_legs_clean_earn_the_next_dumbbell():
    advice = next_set(both_legs(["c" * 8] * 3, ["c" * 8] * 3), "split_squat", PROGRAMME)
    assert (advice.decision, advice.load.text()) == ("add", "18 kg")


def test_of_one_leg_alone_it_says_so():
    advice = next_set(both_legs(["c" * 8] * 3, []), "split_squat", PROGRAMME)
    assert (advice.decision, advice.load.text()) == ("add", "18 kg")
    assert "with the left leg 24 of 24" in advice.why
    assert "The logbook has nothing for the right leg" in advice.change
    advice = next_set(both_legs(["cccfcfcf"], []), "split_squat", PROGRAMME)
    assert (advice.decision, advice.change) == ("fix", "With faults in 0 of 8 reps, it would be 18 kg.")


def test_an_unknown_leg_is_asked_for():
    change = next_set(sets("c" * 8, exercise="split_squat"), "split_squat", PROGRAMME).change
    assert "log edit" in change
    assert without_commands(change).endswith(" doesn't say which leg worked."), "a page has no command line"


def test_no_weight_is_added_to_an_unknown_one():
    advice = next_set(sets(TEN, TEN, TEN, TEN, load=None), "hip_thrust", PROGRAMME)
    assert (advice.decision, advice.load) == ("repeat", None)
    assert "--load" in advice.why


def test_too_few_reps_are_said():
    advice = next_set(sets(TEN, TEN, TEN, "c" * 6), "hip_thrust", PROGRAMME)
    assert advice.decision == "repeat"
    assert "at least 8" in advice.why


def test_fewer_reps_than_the_range_twice_go_back_to_the_weight_before():
    history = [
        *sets(TEN, TEN, TEN, load="60kg"), *sets(*["c" * 6] * 3, load="65kg", days=3),
        *sets(*["c" * 7] * 3, load="65kg", days=7),
    ]  # fmt: skip
    assert next_set(history[:6], "hip_thrust", PROGRAMME).decision == "repeat"
    advice = next_set(history, "hip_thrust", PROGRAMME)
    assert (advice.decision, advice.load.text()) == ("less", "60 kg")
    assert "7, 7 and 7 reps, fewer than 8 for 2 sessions" in advice.why


def test_a_borderline_rep_is_half_a_fault():
    advice = next_set(sets("c" * 8 + "bb"), "hip_thrust", PROGRAMME)
    assert advice.decision == "add"
    advice = next_set(sets("c" * 7 + "bbb"), "hip_thrust", PROGRAMME)
    assert advice.decision == "repeat"
    assert "3 of 10 judged reps had a possible fault" in advice.why


def test_a_clean_rep_whose_range_was_not_judged_does_not_speak_of_the_form():
    history = sets("c" * 12, exercise="romanian_deadlift")
    history[0] = replace(history[0], not_judged=(NotJudged("short_range", None, "cut off"),))
    assert "0 of 12 filmed reps could be judged" in next_set(history, "romanian_deadlift", PROGRAMME).why


def test_most_reps_off_tempo_hold_the_weight():
    advice = next_set(sets("ccccctttttt"), "hip_thrust", PROGRAMME)
    assert (advice.decision, advice.cue) == ("repeat", "Hold 2 seconds at the top.")
    assert "5 of 11 filmed reps were held for 2 s" in advice.why
    assert "6 of 11" in advice.change
    assert next_set(sets("cccccctttt"), "hip_thrust", PROGRAMME).decision == "add"


def test_warm_ups_count_for_nothing():
    warm = [a_set("ffff", "60kg", minutes=-20, warm_up=True), a_set("cfcfcfcf", "40kg", minutes=-10)]
    advice = next_set([*warm, *sets(TEN, TEN, TEN)], "hip_thrust", PROGRAMME)
    assert (advice.decision, advice.load.text()) == ("add", "62.5 kg")


def test_pounds_stay_pounds():
    advice = next_set(sets("c" * 12, exercise="romanian_deadlift", load="100lb"), "romanian_deadlift", PROGRAMME)
    assert advice.load.text() == "105 lb"


def test_a_variant_is_advised_by_itself():
    rdl = sets("c" * 12, load="80kg", exercise="romanian_deadlift")
    history = [*rdl, a_set("c" * 12, "16kg", "romanian_deadlift", days=1, variant="single_leg")]
    found = outlook(history, None, PROGRAMME, MONDAY + timedelta(days=2))
    said = {part.title: part.advice.load.text() for part in found.exercises}
    assert said == {"Romanian deadlift": "82.5 kg", "Single-leg Romanian deadlift": "20 kg"}


def test_form_that_broke_at_a_weight_goes_back_below_it():
    history = []
    for week, load in enumerate(("50kg", "52.5kg", "55kg", "57.5kg")):
        history += sets(TEN, TEN, TEN, TEN, load=load, days=7 * week)
    history += sets(*["ffffcfffff"] * 4, load="60kg", days=28)
    history += sets(*["cffffcffff"] * 4, load="62.5kg", days=35)
    advice = next_set(history, "hip_thrust", PROGRAMME, load_onsets(history))
    assert (advice.decision, advice.load.text()) == ("fix", "57.5 kg")
    assert "from 60 kg on" in advice.notes[0]


def test_a_large_step_is_said():
    advice = next_set(both_legs(["c" * 8] * 3, ["c" * 8] * 3, load="8kg"), "split_squat", PROGRAMME)
    assert "25 %" in advice.change


def test_how_many_sets_must_be_filmed_is_the_users_to_say(tmp_path):
    mine = tmp_path / "programme.toml"
    mine.write_text("[exercise.hip_thrust]\njudged_sets = 2\n")
    history = [*sets(TEN), paper_set(10, minutes=5), paper_set(10, minutes=10)]
    advice = next_set(history, "hip_thrust", load_programme(mine))
    assert advice.decision == "repeat"
    assert "1 of 3 sets were filmed, and your programme asks for 2" in advice.why
    assert next_set(history, "hip_thrust", PROGRAMME).decision == "add"


def test_of_two_things_in_the_way_the_second_is_said_too():
    advice = next_set(sets("ccccffffff"), "hip_thrust", PROGRAMME, now=MONDAY + timedelta(days=100))
    assert advice.decision == "fix"
    assert advice.change == (
        "With faults in at most 1 of 10 reps, it would still be 60 kg, as its last session was 100 days ago."
    )


def test_a_programme_of_the_lifters_own_is_stepped_too():
    fives = [paper_set(5, days=days, minutes=5 * n) for days in (0.0, 3.0, 7.0) for n in range(5)]
    advice = next_set(fives, "hip_thrust", PROGRAMME)
    assert (advice.decision, advice.load.text(), advice.reps) == ("add", "62.5 kg", 5)
    assert next_set(fives[:10], "hip_thrust", PROGRAMME).decision == "repeat"
