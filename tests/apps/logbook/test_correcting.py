"""A coach's own word: kept beside the analysis, obeyed when the clip is analysed again, and written as labels."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from formcheck.apps.logbook.correcting import (
    LABEL_COLUMNS,
    Word,
    corrected_sets,
    corrections_with,
    labels_of,
    parse_not_fault,
)
from formcheck.errors import ClipError, UsageError
from formcheck.lifts.judge import judge_set
from formcheck.lifts.lift_set import LiftSet
from formcheck.lifts.limits import load_limits
from formcheck.lifts.registry import exercise_named
from formcheck.lifts.sets import without_struck
from formcheck.outputs.folder import clip_folder
from formcheck.outputs.words import faults_in_words, said_by_people, unjudged
from formcheck.results.analysis import ClipSet, NotJudged
from formcheck.results.corrections import FILE, NOTHING, Correction, Corrections, read_corrections, write_corrections
from formcheck.results.encoding import write_analysis
from tests.lifters import split_squat
from tests.lifts.judging import filmed
from tests.outputs.made_up import made_up_analysis, made_up_motion

UPRIGHT = split_squat(4, trunk=[40.0, 5.0, 5.0, 40.0])


def lift_set() -> LiftSet:
    shot = filmed(UPRIGHT, "split_squat")
    return LiftSet(exercise_named("split_squat"), shot.variant, 1.0, None, (shot,), {}, {1: UPRIGHT})


def at_turn(rep: int) -> float:
    (shot,) = lift_set().shots
    return next(own.turn_s for own in shot.reps if own.index == rep)


def test_a_struck_rep_is_not_counted_and_the_others_close_up() -> None:
    said = Corrections((Correction("not_a_rep", at_turn(2), because="unracking"),))
    after = without_struck(lift_set(), said)
    (shot,) = after.shots
    assert [rep.index for rep in shot.reps] == [1, 2, 3]
    assert set(shot.working) == {1, 2, 3}
    assert at_turn(2) not in [rep.turn_s for rep in shot.reps]
    (gone,) = after.rejected[1]
    assert gone.reason == "struck out by hand: unracking"
    assert gone.start_s < at_turn(2) < gone.end_s


def test_not_every_rep_can_be_struck() -> None:
    every = Corrections(tuple(Correction("not_a_rep", at_turn(rep)) for rep in (1, 2, 3, 4)))
    with pytest.raises(ClipError, match="every rep of this set was struck"):
        without_struck(lift_set(), every)


def test_a_refused_finding_accuses_nobody_and_its_rep_is_clean() -> None:
    said = Corrections((Correction("not_a_fault", at_turn(2), "torso_upright", "the camera stood low"),))
    limits = load_limits()["split_squat"]
    (shot,) = lift_set().shots
    judged = judge_set(exercise_named("split_squat"), [shot], limits, round, said=said)
    assert [finding.rep for finding in judged.findings if finding.rule == "torso_upright"] == [3]
    assert judged.verdicts[2].name == "clean"
    (refused,) = [gap for gap in judged.not_judged if gap.code == "refused"]
    assert (refused.rep, refused.rule, refused.reason) == (2, "torso_upright", "the camera stood low")


def test_what_is_said_is_kept_in_a_file_of_its_own_and_can_be_taken_back(tmp_path: Path) -> None:
    assert read_corrections(tmp_path) == NOTHING
    said = Corrections((Correction("not_a_rep", 2.5), Correction("not_a_fault", 4.0, "short_range", "why")), "lunge", "left")
    write_corrections(tmp_path, said)
    assert read_corrections(tmp_path) == said
    write_corrections(tmp_path, NOTHING)
    assert not (tmp_path / FILE).exists()
    for content in (b'{"items": 3}', b'{"exercise": "hi\xec"}', b'{"x": ' + b"[" * 100_000):
        (tmp_path / FILE).write_bytes(content)
        with pytest.raises(UsageError, match=r"corrections\.json does not hold corrections"):
            read_corrections(tmp_path)


def test_a_word_names_reps_and_findings_that_are_there() -> None:
    _, reps = made_up_motion()
    analysis = made_up_analysis(reps, 5.0)
    found = corrections_with(NOTHING, analysis, Word((1,), [(2, "torso_upright")], "slow", exercise="bss", leg="left"))
    assert [item.kind for item in found.items] == ["not_a_rep", "not_a_fault"]
    assert (found.exercise, found.leg) == ("split_squat", "left")
    assert corrections_with(found, analysis, Word(undo=True)) == NOTHING
    with pytest.raises(UsageError, match="there is no rep 9; this set has 2"):
        corrections_with(NOTHING, analysis, Word((9,)))
    with pytest.raises(UsageError, match="strike every rep of the set"):
        corrections_with(NOTHING, analysis, Word((1, 2)))
    parts = tuple(ClipSet(n, None, None, 10.0 * n, 10.0 * n + 5, "split_squat", None, 2, 0, {}) for n in (1, 2))
    with pytest.raises(UsageError, match="this clip has 2 sets"):
        corrections_with(NOTHING, replace(analysis, sets=parts), Word(exercise="lunge"))
    with pytest.raises(UsageError, match="short_range was not found in rep 1; expected one of torso_upright"):
        corrections_with(NOTHING, analysis, Word(not_faults=[(1, "short_range")]))
    assert parse_not_fault("2:torso-upright") == (2, "torso_upright")
    with pytest.raises(UsageError, match="such as 2:short_range"):
        parse_not_fault("short_range")


def test_it_is_shown_as_said_by_a_person_and_not_as_something_unseen() -> None:
    _, reps = made_up_motion()
    analysis = made_up_analysis(reps, 5.0)
    refused = replace(
        analysis, findings=analysis.findings[1:], not_judged=(NotJudged("torso_upright", 1, "low camera", "refused"),)
    )
    assert said_by_people(refused) == ['rep 1: "trunk too upright" is not a fault (low camera)']
    assert unjudged(refused) == []
    assert faults_in_words(refused.reps[0], refused.exercise.name, refused.findings) == []


def test_labels_say_only_what_a_person_said() -> None:
    _, reps = made_up_motion()
    analysis = made_up_analysis(reps, 5.0)
    said = Corrections((Correction("not_a_fault", reps[0].turn_s, "short_range", "deep enough"),))
    gaps = (NotJudged("short_range", 1, "deep enough", "refused"), NotJudged("torso_upright", 2, "fine", "refused"))
    (row,) = csv.DictReader(io.StringIO(labels_of([(replace(analysis, not_judged=gaps), said), (analysis, NOTHING)])))
    assert tuple(row) == LABEL_COLUMNS
    assert row["clean_of"] == "short_range"
    assert row["rep_faults"] == "1:torso_upright;2:none"
    assert row["faults"] == ""
    assert (row["exercise"], row["reps"], row["reps_tolerance"]) == ("split_squat", "2", "1")
    assert "short_range refused (deep enough)" in row["notes"]
    assert np.isfinite(float(row["notes"].split(" s:")[0]))


def test_the_word_on_a_further_set_is_kept_with_the_clip_and_goes_to_the_labels_of_that_set(tmp_path: Path) -> None:
    _, reps = made_up_motion()
    analysis = made_up_analysis(reps, 5.0)
    parts = tuple(ClipSet(n, None, None, 10.0 * n, 10.0 * n + 5, "split_squat", None, 2, 0, {}) for n in (1, 2))
    (tmp_path / "set-2").mkdir()
    for number, folder in ((1, tmp_path), (2, tmp_path / "set-2")):
        write_analysis(replace(analysis, sets=parts, set_number=number), folder / "analysis.json")
    write_corrections(clip_folder(tmp_path / "set-2"), Corrections((Correction("not_a_rep", 21.0, "", "unracking"),)))
    (first, nothing), (second, said) = corrected_sets([tmp_path, tmp_path / "set-2"])
    assert (first.set_number, nothing) == (1, NOTHING)
    assert (second.set_number, said.items[0].because) == (2, "unracking")
