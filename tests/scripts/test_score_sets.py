from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluation.archive import aims
from evaluation.judging import (
    ALL,
    CALLED_CLEAN,
    CHECK,
    EXACT,
    EXACT_CERTAIN,
    NAMED_EXACT,
    NAMED_REFUSED,
    OFF_BY_ONE,
    RECOGNISED,
    RENDERED,
    REPS_FOUND,
    REPS_FOUND_CERTAIN,
    TUNE,
    judge,
)
from evaluation.labels import ClipLabel
from evaluation.outcome import Outcome
from evaluation.scores import Share
from tests.scripts.made_up import label, outcome

#: SHA-256 of the first names begins with an even byte, of the others with an odd one.
TUNED, CHECKED = ("clip_2", "clip_5"), ("clip_0", "clip_1")


def clip(name: str, **changed: Any) -> ClipLabel:
    facts: dict[str, Any] = {"kind": "real", "truth": None, "faults": (), "clean_of": ()}
    return label(**{**facts, **changed}, file=f"real/{name}.mp4", path=Path(f"{name}.mp4"))


def test_names_are_in_the_halves_that_these_tests_take_them_for() -> None:
    assert {clip(name).half for name in TUNED} == {"tune"}
    assert {clip(name).half for name in CHECKED} == {"check"}


def test_sets_are_scored_apart() -> None:
    results = [
        (clip(TUNED[0]), outcome(reps=2)),
        (clip(TUNED[1]), outcome(reps=1)),
        (clip(CHECKED[0], reps_tolerance=1), outcome(reps=4)),
        (clip(CHECKED[1]), Outcome(3, "nobody was found")),
        (label(), outcome()),
    ]
    sets = judge(results).sets
    assert {name: score.clips for name, score in sets.items()} == {ALL: 5, TUNE: 2, CHECK: 2, RENDERED: 1}
    assert sets[ALL].figures[EXACT] == Share(2, 5)
    assert sets[ALL].figures[EXACT_CERTAIN] == Share(2, 4)
    assert sets[TUNE].figures[OFF_BY_ONE] == Share(2, 2)
    assert sets[CHECK].figures[OFF_BY_ONE] == Share(0, 2)
    assert sets[CHECK].figures[RECOGNISED] == Share(1, 2)
    assert sets[CHECK].figures[REPS_FOUND] == Share(2, 4)
    assert sets[CHECK].figures[REPS_FOUND_CERTAIN] == Share(0, 2)
    assert sets[RENDERED].figures[RECOGNISED] == Share(1, 1)


def test_oblique_clips_count_for_reps_found_but_not_for_side_view_figures() -> None:
    figures = judge([(clip(TUNED[0], view="oblique"), outcome(reps=2))]).sets[ALL].figures
    assert figures[RECOGNISED] == Share(0, 0)
    assert figures[REPS_FOUND] == Share(2, 2)


def test_the_named_exercise_is_scored_where_it_was_tried() -> None:
    results = [(clip(name), Outcome(3, "unknown exercise")) for name in (*TUNED, CHECKED[0])]
    named = {f"real/{TUNED[0]}.mp4": outcome(reps=2), f"real/{TUNED[1]}.mp4": Outcome(3, "no repetition was found")}
    figures = judge(results, named).sets[ALL].figures
    assert figures[NAMED_REFUSED] == Share(1, 2)
    assert figures[NAMED_EXACT] == Share(1, 2)
    assert figures[EXACT] == Share(0, 3)


def test_a_faulty_rep_called_clean_shows_in_its_half() -> None:
    said = outcome(reps=2)
    said = replace(said, reps=tuple(replace(rep, verdict="clean") for rep in said.reps))
    sets = judge([(clip(CHECKED[0], faults=("bar_drift",)), said), (clip(TUNED[0], faults=("bar_drift",)), outcome())]).sets
    assert sets[CHECK].figures[CALLED_CLEAN] == Share(2, 2)
    assert sets[TUNE].figures[CALLED_CLEAN] == Share(0, 2)


def test_the_check_half_may_not_fall_behind() -> None:
    def behind(tune: Outcome, check: Outcome) -> bool | None:
        listed = aims(judge([(clip(TUNED[0]), tune), (clip(CHECKED[0]), check)]))
        return {aim.what: aim.met for aim in listed}["reps exact, side view: check half behind tune half"]

    assert behind(outcome(reps=2), outcome(reps=2)) is True
    assert behind(outcome(reps=2), outcome(reps=3)) is False
    assert behind(outcome(reps=3), outcome(reps=2)) is True
