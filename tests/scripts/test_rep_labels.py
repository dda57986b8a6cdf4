from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.labels import RepLabel, cell_of, from_truth, read_cell, rep_label, uniform

RULES = st.sampled_from(["short_range", "bar_drift", "overdepth", "lumbar_arch"])


def label(faulty: set[str] = frozenset(), clean: set[str] = frozenset()) -> RepLabel:  # type: ignore[assignment]
    return RepLabel(frozenset(faulty), frozenset(clean))


def test_none_is_clean_of_what_the_cell_names() -> None:
    assert read_cell("1:none; 3:short_range + bar_drift", 5) == {
        1: label(clean={"short_range", "bar_drift"}),
        3: label({"short_range", "bar_drift"}),
    }


def test_a_faulty_rep_may_have_another_fault_of_the_cell_too() -> None:
    assert read_cell("1:short_range;2:bar_drift", 2)[1] == label({"short_range"})


def test_an_empty_cell_says_nothing() -> None:
    assert read_cell(" ", 5) == {}


@given(st.dictionaries(st.integers(1, 9), st.sets(RULES, max_size=3), max_size=5))
def test_a_written_cell_reads_back(faults: dict[int, set[str]]) -> None:
    cell = ";".join(f"{number}:{'+'.join(sorted(names)) or 'none'}" for number, names in sorted(faults.items()))
    own = read_cell(cell, 9)
    assert cell_of(own) == cell
    assert read_cell(cell_of(own), 9) == own


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("short_range", "has 'short_range'; expected REP:FAULT"),
        ("1,short_range", "expected REP:FAULT"),
        ("x:short_range", "expected REP:FAULT"),
        ("1:", "expected REP:FAULT"),
        ("1:Short Range", "expected REP:FAULT"),
        ("0:none", "names rep 0; expected a number from 1 to 3"),
        ("4:none", "names rep 4; expected a number from 1 to 3"),
        ("2:none;2:short_range", "names rep 2 twice"),
        ("2:none+short_range", "expected none or faults, not both"),
    ],
)
def test_bad_cells_are_refused_in_one_sentence(cell: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as error:
        read_cell(cell, 3)
    assert "\n" not in str(error.value)


def test_a_truth_is_complete() -> None:
    assert from_truth([(), ("short_range",), None, ("bar_drift",)]) == {
        1: label(clean={"short_range", "bar_drift"}),
        2: label({"short_range"}, {"bar_drift"}),
        4: label({"bar_drift"}, {"short_range"}),
    }


def test_the_clip_speaks_for_reps_without_an_entry() -> None:
    assert rep_label(None, ["overdepth"], ["bar_drift"]) == label({"overdepth"}, {"bar_drift"})


def test_what_every_rep_has_holds_beside_an_own_fault() -> None:
    assert rep_label(label({"short_range"}), ["overdepth"], []) == label({"short_range", "overdepth"})


def test_a_rep_with_none_is_not_said_to_have_the_clips_fault() -> None:
    assert rep_label(label(), ["overdepth"], ["bar_drift"]) == label(set(), {"bar_drift"})


@given(st.sets(RULES), st.sets(RULES), st.lists(RULES), st.lists(RULES))
def test_no_rule_is_both_broken_and_kept(own: set[str], kept: set[str], faults: list[str], clean: list[str]) -> None:
    known = rep_label(label(own, kept - own), faults, [rule for rule in clean if rule not in faults])
    assert not known.faulty & known.clean
    assert own <= known.faulty


def test_uniform_is_what_all_reps_share() -> None:
    labels = {1: label({"overdepth"}, {"bar_drift", "short_range"}), 2: label({"overdepth"}, {"bar_drift"})}
    assert uniform(labels) == label({"overdepth"}, {"bar_drift"})
    assert uniform({}) == label()


def test_a_truth_with_a_grey_zone_says_itself_what_is_clean() -> None:
    own = from_truth([["short_range"], []], [[], ["bar_drift"]])
    assert own == {1: label({"short_range"}), 2: label(clean={"bar_drift"})}
