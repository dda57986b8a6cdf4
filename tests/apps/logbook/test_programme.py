"""The programme as data, its plates, and the week."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.apps.logbook.programme import load_programme
from formcheck.apps.logbook.trends import leg_difference, schedule_warnings, sessions_of, working_sets
from formcheck.errors import UsageError
from formcheck.lifts.exercise import Exercise, Prescription
from formcheck.lifts.registry import exercises
from formcheck.units import load_from, parse_load
from tests.apps.logbook.histories import MONDAY, a_set, sets

PROGRAMME = load_programme()


def test_what_the_programme_asks_and_where_it_is_from():
    asked = {name: target.text() for name, target in PROGRAMME.targets.items()}
    assert asked["hip_thrust"] == "4 × 8 to 10, 2 s held"
    assert asked["romanian_deadlift"] == "3 × 10 to 12, 3 s down, 1 s up"
    assert asked["split_squat"] == "3 × 8 a leg"
    assert set(asked) <= {exercise.name for exercise in exercises()}
    sources = [PROGRAMME.week.source, PROGRAMME.progress.source, PROGRAMME.plates.source]
    assert all(len(source) > 10 for source in [*sources, *(target.source for target in PROGRAMME.targets.values())])


def test_an_exercise_brings_what_the_programme_asks_of_it(monkeypatch):
    class CalfRaise(Exercise):
        name, title = "calf_raise", "Calf raise"
        programme = Prescription(5, (15, 20), "made up", eccentric_s=2)

    class SeatedCalfRaise(CalfRaise):
        name, kind_of = "seated_calf_raise", "calf_raise"

    CalfRaise.__abstractmethods__ = SeatedCalfRaise.__abstractmethods__ = frozenset()
    monkeypatch.setattr("formcheck.apps.logbook.programme.exercises", lambda: (CalfRaise(), SeatedCalfRaise()))
    targets = load_programme().targets
    assert {name: target.text() for name, target in targets.items()} == {"calf_raise": "5 × 15 to 20, 2 s down"}


@pytest.mark.parametrize(
    ("load", "loaded", "following"),
    [
        ("60kg", "barbell", "62.5 kg"), ("61kg", "barbell", "62.5 kg"), ("100lb", "barbell", "105 lb"),
        ("body weight", "barbell", "20 kg"), ("10kg", "barbell", "20 kg"), ("16kg", "dumbbell", "18 kg"),
        ("25lb", "dumbbell", "30 lb"), ("body weight", "dumbbell", "2 kg"),
    ],
)  # fmt: skip
def test_the_next_weight(load, loaded, following):
    assert PROGRAMME.plates.next_load(parse_load(load), loaded).text() == following


@given(st.floats(0, 400), st.sampled_from(["kg", "lb"]), st.sampled_from(["barbell", "dumbbell"]))
def test_the_next_weight_is_always_more_and_never_far(amount, unit, loaded):
    load = load_from(amount, unit)
    following = PROGRAMME.plates.next_load(load, loaded)
    assert load.kg < following.kg + 1e-5
    assert following.kg - load.kg <= (20.5 if loaded == "barbell" else 2.5)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[week]\nsesions = [1, 2]", "no week.sesions"), ("[exercise.bench]\nsets = 3", "no exercise.bench"),
        ("[exercise.hip_thrust]\nsets = 'four'", "sets expects"),
        ("[exercise.hip_thrust]\nreps = [10, 8]", "hip_thrust expects"),
        ("[exercise.hip_thrust]\nreps = [8]", "reps expects"), ("[week]\nrest_hours = -1", "rest_hours expects"),
        ("[week]\nrest_hours = nan", "rest_hours expects"), ("[plates]\nkg = []", "at least one pair"),
        ("[exercise.hip_thrust]\nloaded = 'sack'", "barbell or dumbbell"), ("week = 3", "expects a table"),
        ("sets = ", "TOML"),
        ("[exercise.hip_thrust]\nsets = 2.5", "sets expects"),
    ],
)  # fmt: skip
def test_what_a_changed_programme_gets_wrong_is_named(tmp_path, text, words):
    mine = tmp_path / "mine.toml"
    mine.write_text(text)
    with pytest.raises(UsageError, match=words):
        load_programme(mine)


def test_smaller_plates_make_smaller_steps(tmp_path):
    mine = tmp_path / "mine.toml"
    mine.write_text("[plates]\nkg = [20, 10, 5, 2.5, 1.25, 0.5]\n")
    assert load_programme(mine).plates.next_load(parse_load("60kg"), "barbell").text() == "61 kg"


def test_sets_of_an_evening_are_one_session_and_the_working_ones_are_known():
    warm = [a_set("c" * 10, "20kg"), a_set("c" * 5, "40kg", minutes=5), a_set("c", "80kg", minutes=90)]
    evening = [*warm, *sets("c" * 9, "c" * 10, days=10 / 1440)]
    first, second = sessions_of([*evening, a_set("c", days=2)])
    assert len(first.sets) == 5
    assert len(second.sets) == 1
    assert [entry.load.kg for entry in working_sets(first.sets)] == [60, 60]


def warnings(*days, now=14.5):
    return schedule_warnings(sessions_of([a_set("c", days=day) for day in days]), PROGRAMME, MONDAY + timedelta(days=now))


def test_rest_and_frequency_are_watched():
    assert warnings(0, 2, 4, 7, 9, 11, 14) == []
    assert warnings(7, 8.95, 11, 14) == []  # two days, give or take an hour
    (short,) = warnings(7, 8, 11, 14)
    assert "Only 24 hours" in short
    assert "asks for 48" in short
    (many,) = warnings(0, 2, 4, 8, 10, 12, 14)
    assert "4 sessions in the last seven days" in many
    (few,) = warnings(0, 2, 4, 9)
    assert "1 session in the last seven days" in few
    assert warnings() == []
    assert warnings(13) == []  # who has just begun has missed nothing


def test_left_and_right_are_told_apart_only_beyond_the_error():
    def legs(left, right, more=0.0):
        both = [*sets(*left, exercise="split_squat", leg="left"), *sets(*right, exercise="split_squat", leg="right",
                                                                        range_deg=80 + more)]  # fmt: skip
        return leg_difference(both)

    assert "no difference beyond" in legs(["c" * 8] * 3, ["cccccccf"] * 3, 3)
    assert "right leg is less often clean" in legs(["c" * 8] * 3, ["ccffffff"] * 3)
    assert "the left leg travels 15° less (± 8°)" in legs(["c" * 8] * 3, ["c" * 8] * 3, 15)
    assert leg_difference(sets("c" * 8, exercise="split_squat", leg="left")) is None
