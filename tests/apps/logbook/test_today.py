"""A person's day: the last session, and the sets that are still to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from formcheck.apps.logbook.programme import load_programme
from formcheck.apps.logbook.today import ToDo, sets_text, today_of
from tests.apps.logbook.histories import MONDAY, a_set, paper_set, sets

PROGRAMME = load_programme()


def test_the_last_session_is_told_and_todays_sets_are_counted():
    before = [*sets("c" * 10, "c" * 9 + "f"), *(paper_set(8, "16kg", "split_squat", minutes=30) for _ in range(2))]
    now = [a_set("ffff", "40kg", days=3, warm_up=True), a_set("c" * 10, days=3, minutes=5)]
    (day,) = today_of([*before, *now], PROGRAMME, MONDAY + timedelta(days=3, minutes=9))
    assert day.last_day == "2 Mar 2026"
    assert day.last == ("Hip thrust: 2 x 10 @ 60 kg, 19 of 20 clean", "Split squat: 2 x 8 @ 16 kg, not filmed")
    assert day.to_do == (
        ToDo("hip_thrust", "Hip thrust", 4, 1, 120), ToDo("split_squat", "Split squat", 6, 0, 90),
    )  # fmt: skip


def test_everybody_has_a_day_of_their_own():
    entries = [replace(a_set("ccc"), who="Ben"), replace(a_set("ccc", days=1), who="Anna")]
    found = today_of(entries, PROGRAMME, MONDAY + timedelta(days=1, minutes=5))
    assert [(day.who, [one.done for one in day.to_do]) for day in found] == [("Anna", [1]), ("Ben", [0])]


def test_a_days_sets_are_told_in_one_line():
    each = [a_set("c" * 8, "24kg", minutes=k, exercise="split_squat", leg=("left", "right")[k % 2]) for k in range(6)]
    assert sets_text(each) == "3 x 8 @ 24 kg each leg"
    assert sets_text(each[:5]) == "3 x 8 @ 24 kg left, 2 x 8 @ 24 kg right"
    warm_up, *work = a_set("c" * 5, "40kg", warm_up=True), a_set("c" * 8), a_set("c" * 7)
    assert sets_text([warm_up, *work]) == "1 x 5 @ 40 kg warm-up, 8+7 @ 60 kg"
