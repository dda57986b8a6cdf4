"""Advice for the next set: ten hand-written histories with a coach's answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from formcheck.apps.logbook.next_set import next_set
from formcheck.apps.logbook.programme import load_programme
from formcheck.apps.logbook.trends import load_onsets
from formcheck.results.analysis import NotJudged
from tests.apps.logbook.histories import a_set, paper_set, sets

PROGRAMME = load_programme()
TEN, NINE = "c" * 10, "c" * 9


def both_legs(left, right, **given):
    given = {"exercise": "split_squat", "load": "16kg", **given}
    return [*sets(*left, leg="left", **given), *(replace(entry, leg="right") for entry in sets(*right, **given))]


def warmed_up():
    warm = [a_set("c" * 10, "20kg", minutes=-20), a_set("cfcfcfcf", "40kg", minutes=-10)]
    return [*warm, *sets(TEN, TEN, TEN, TEN)]


HISTORIES = {
    "all clean, all reps, at tempo": (
        "hip_thrust", sets(TEN, TEN, TEN, TEN), "add", "62.5 kg", ["all 40 reps of 4 sets at 60 kg", "clean"], None,
    ),
    "clean but not all reps yet": (
        "hip_thrust", sets(TEN, NINE, NINE, "c" * 8), "repeat", "60 kg", ["10, 9, 9 and 8", "first 10"], None,
    ),
    "a habit: form first": (
        "hip_thrust", sets(TEN, TEN, "cccccfffff", "ccccffffff"), "fix", "60 kg",
        ["“lower back arches” was found in 11 of 40"], "Ribs down",
    ),
    "a slip: the same again with its cue": (
        "hip_thrust", sets(TEN, TEN, TEN, "cccccccccf"), "repeat", "60 kg", ["1 of 40 reps had a fault"], "Ribs down",
    ),
    "not judged does not count as clean": (
        "hip_thrust", sets(TEN, TEN, TEN, "cccccccccn"), "repeat", "60 kg",
        ["1 of 40 reps could not be judged", "hip is hidden"], None,
    ),
    "two sets on film, two on paper": (
        "hip_thrust", [*sets(TEN, TEN), paper_set(10), paper_set(10)], "repeat", "60 kg", ["2 of 4 sets were filmed"], None,
    ),
    "no hold": (
        "hip_thrust", sets(TEN, TEN, TEN, "cccccttttt"), "repeat", "60 kg",
        ["35 of 40 reps were held for 2 s", "2.0 s on average"], "Hold 2 seconds",
    ),
    "warming up does not count; the latest session does": (
        "hip_thrust", [*(replace(e, filmed_at=e.filmed_at.replace(day=1)) for e in sets("ffff")), *warmed_up()],
        "add", "62.5 kg", ["4 sets at 60 kg"], None,
    ),
    "pounds stay pounds: 100 x 10, then 105": (
        "romanian_deadlift", sets("c" * 12, "c" * 12, "c" * 12, exercise="romanian_deadlift", load="100lb"),
        "add", "105 lb", ["3 sets at 100 lb"], None,
    ),
    "the weaker leg decides": (
        "split_squat", both_legs(["c" * 8] * 3, ["c" * 8, "c" * 8, "ccccffff"]), "repeat", "16 kg",
        ["right leg", "4 of 24 reps had a fault"], "chest",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORIES)
def test_the_answer_to_a_history(name):
    exercise, history, decision, load, words, cue = HISTORIES[name]
    advice = next_set(history, exercise, PROGRAMME)
    assert (advice.decision, advice.load.text()) == (decision, load)
    for part in words:
        assert part in advice.why
    assert (advice.cue is None) if cue is None else (cue in (advice.cue or ""))


def test_nothing_logged_nothing_invented():
    advice = next_set(sets(TEN), "goblet_squat", PROGRAMME)
    assert (advice.decision, advice.load) == ("begin", None)


def test_both_legs_clean_earn_the_next_dumbbell():
    advice = next_set(both_legs(["c" * 8] * 3, ["c" * 8] * 3), "split_squat", PROGRAMME)
    assert (advice.decision, advice.load.text()) == ("add", "18 kg")


def test_missing_sets_of_one_leg_are_asked_for():
    advice = next_set(both_legs(["c" * 8] * 3, ["c" * 8] * 2), "split_squat", PROGRAMME)
    assert (advice.decision, advice.why) == ("repeat", "with the right leg 2 of 3 sets are in the logbook")
    advice = next_set(both_legs(["c" * 8] * 3, []), "split_squat", PROGRAMME)
    assert "right leg 0 of 3" in advice.why


def test_an_unknown_leg_is_asked_for():
    assert "log edit" in next_set(sets("c" * 8, exercise="split_squat"), "split_squat", PROGRAMME).why


def test_no_weight_is_added_to_an_unknown_one():
    advice = next_set(sets(TEN, TEN, TEN, TEN, load=None), "hip_thrust", PROGRAMME)
    assert (advice.decision, advice.load) == ("repeat", None)
    assert "--load" in advice.why


def test_too_few_reps_are_said():
    advice = next_set(sets(TEN, TEN, TEN, "c" * 6), "hip_thrust", PROGRAMME)
    assert advice.decision == "repeat"
    assert "at least 8" in advice.why


def test_borderline_is_not_clean():
    advice = next_set(sets(TEN, TEN, TEN, "cccccccccb"), "hip_thrust", PROGRAMME)
    assert advice.decision == "repeat"
    assert "1 of 40 reps was borderline" in advice.why


def test_a_clean_rep_whose_range_was_not_judged_earns_nothing():
    history = sets(*["c" * 12] * 3, exercise="romanian_deadlift")
    history[0] = replace(history[0], not_judged=(NotJudged("short_range", 1, "cut off"),))
    advice = next_set(history, "romanian_deadlift", PROGRAMME)
    assert advice.decision == "repeat"
    assert "1 of 36 reps could not be judged" in advice.why


def test_a_phase_that_the_clip_cuts_is_not_at_tempo():
    history = sets(*["c" * 12] * 3, exercise="romanian_deadlift")
    first = replace(history[0].reps[0], eccentric_s=None)
    history[0] = replace(history[0], reps=(first, *history[0].reps[1:]))
    assert "tempo of 1 of 36 reps is not known" in next_set(history, "romanian_deadlift", PROGRAMME).why


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
    assert "25 % more" in advice.notes[0]


def test_how_many_sets_must_be_filmed_is_the_users_to_say(tmp_path):
    mine = tmp_path / "programme.toml"
    mine.write_text("[exercise.hip_thrust]\njudged_sets = 2\n")
    history = [*sets(TEN, TEN), paper_set(10), paper_set(10)]
    assert next_set(history, "hip_thrust", load_programme(mine)).decision == "add"
