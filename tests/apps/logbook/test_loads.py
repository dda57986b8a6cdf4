"""Loads as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.apps.logbook.entry import estimated_1rm
from formcheck.errors import UsageError
from formcheck.units import load_from, load_in_name, load_of_kg, parse_load, parse_seconds


@pytest.mark.parametrize(
    ("text", "kg", "shown"),
    [
        ("60kg", 60, "60 kg (132.3 lb)"), ("135 lbs", 61.2349, "135 lb (61.2 kg)"), ("62,5 kg", 62.5, "62.5 kg (137.8 lb)"),
        ("41.25kg", 41.25, "41.25 kg (90.9 lb)"), ("body weight", 0, "body weight"), ("BW", 0, "body weight"),
        ("0kg", 0, "body weight"),
    ],
)  # fmt: skip
def test_loads_are_read_and_shown_in_both_units(text, kg, shown):
    load = parse_load(text)
    assert load.kg == pytest.approx(kg, abs=1e-3)
    assert load.both() == shown


@pytest.mark.parametrize("text", ["60", "kg", "sixty kg", "60 stone", "-5kg", "1001kg", "nan kg", "1e9kg"])
def test_what_is_no_load_is_refused(text):
    with pytest.raises(UsageError, match="--load"):
        parse_load(text)


@given(st.integers(1, 800), st.sampled_from(["kg", "lb"]), st.sampled_from([1.0, 0.5, 0.25]))
def test_the_unit_of_a_plain_number_of_kilograms_or_pounds_is_known_from_the_kilograms_alone(steps, unit, step):
    if unit == "lb" and step == 0.25:
        return  # no plates make a quarter of a pound
    load = load_from(steps * step, unit)
    guessed = load_of_kg(round(load.kg, 6))
    # A few pounds are almost whole quarters of a kilogram: those are shown in kilograms, with the same weight.
    assert guessed.unit == unit or abs(4 * load.kg - round(4 * load.kg)) < 4e-3


@pytest.mark.parametrize(
    ("name", "kg"),
    [
        ("hip thrust 60kg", 60), ("RDL_135lb_2", 61.235), ("2026-03-02 62,5 kg set 3", 62.5),
        ("60kgx8", 60), ("60kgs", 60), ("60kgfoo", None),
        ("set 3", None),
        ("60kg then 80kg", None), ("60kg_60kg", 60), ("kg", None),
    ],
)  # fmt: skip
def test_a_load_in_a_name(name, kg):
    found = load_in_name(name)
    assert (None if found is None else round(found.kg, 3)) == kg


def test_estimated_strength_is_epleys_and_silent_where_it_would_guess():
    assert estimated_1rm(60, 10) == pytest.approx(80)
    assert estimated_1rm(60, 1) == 60
    assert [estimated_1rm(*given) for given in ((None, 8), (0, 8), (60, 0), (60, 13))] == [None] * 4


@pytest.mark.parametrize(("text", "seconds"), [("5", 5), ("0:05", 5), ("1:05.5", 65.5), ("1:00:01", 3601), ("90", 90)])
def test_moments_as_players_show_them(text: str, seconds: float) -> None:
    assert parse_seconds(text, "--start") == seconds


@pytest.mark.parametrize("text", ["", "-1", "1:", "five", "1e3", "9" * 4400, "nan"])
def test_what_is_no_moment_is_one_sentence(text: str) -> None:
    with pytest.raises(UsageError, match="minutes and seconds"):
        parse_seconds(text, "--start")
