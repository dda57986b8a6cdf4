"""Detecting the rep or weight from which on a fault appears."""

from __future__ import annotations

import numpy as np

from formcheck.apps.logbook.trends import fatigue_onsets, load_onsets
from tests.apps.logbook.histories import a_set, sets


def letters(faults):
    return "".join("f" if fault else "c" for fault in faults)


def test_a_fault_that_starts_at_the_seventh_rep_is_found_there_with_its_uncertainty():
    (found,) = fatigue_onsets(sets("ccccccffff", "cccccccfff", "ccccccffff"))
    assert (found.rule, found.at) == ("lumbar_arch", 7)
    assert found.first <= 7 <= found.last
    assert found.last - found.first <= 2
    assert (found.before, found.after) == ((0, 18), (11, 12))
    assert "from rep 7 on" in found.text


def test_one_bad_set_that_is_longer_than_the_good_ones_is_no_fatigue():
    assert fatigue_onsets(sets("f" * 12, "c" * 8, "c" * 8, "c" * 8)) == ()


def test_a_fault_from_the_first_rep_on_is_no_fatigue():
    assert fatigue_onsets(sets(*["f" * 10] * 4)) == ()


def test_reps_that_were_not_judged_say_nothing():
    assert fatigue_onsets(sets("ccccccnnnn", "cccccnnnnn")) == ()
    (found,) = fatigue_onsets(sets("ccccccnfff", "ccccccnfff", "ccccccnfff"))
    assert found.first <= 8
    assert found.after[1] == 9


def test_a_fault_that_starts_at_a_weight_is_found_there():
    history = []
    for week, load in enumerate((50, 52.5, 55, 57.5, 60, 62.5)):
        faulty = load >= 60
        history += sets(*["ffcffffcff" if faulty else "cccccccccc"] * 4, load=f"{load}kg", days=7 * week)
    (found,) = load_onsets(history)
    assert (found.at, found.below, found.before) == (60, 57.5, (0, 160))
    assert "from 60 kg on" in found.text


def test_one_bad_set_at_the_heaviest_weight_is_not_yet_an_onset():
    history = [*sets(*["c" * 10] * 4, load="50kg"), *sets("ccccffffff", load="60kg", days=7)]
    assert load_onsets(history) == ()


def test_sets_without_a_weight_or_a_film_say_nothing():
    assert load_onsets([a_set("ffff", None), a_set("cccc", None)]) == ()


def test_faults_that_come_at_random_are_rarely_taken_for_a_beginning():
    """Without any beginning, both are said in few of 200 made-up histories."""
    chance = np.random.default_rng(3)
    tired = heavy = 0
    for _ in range(200):
        rates = chance.beta(2, 4, size=8)  # sets differ, as days do
        history = [
            a_set(letters(chance.random(10) < rate), f"{50 + 2.5 * (place // 2)}kg", days=place)
            for place, rate in enumerate(rates)
        ]
        tired += bool(fatigue_onsets(history))
        heavy += bool(load_onsets(history))
    assert tired <= 10
    assert heavy <= 10


def test_beginnings_are_found_in_most_histories_that_have_one():
    chance = np.random.default_rng(4)
    near = 0
    for _ in range(50):
        rates = np.where(np.arange(1, 11) >= 7, 0.8, 0.08)
        found = fatigue_onsets([a_set(letters(chance.random(10) < rates), days=day) for day in range(6)])
        near += bool(found) and abs(found[0].at - 7) <= 1
    assert near >= 45
