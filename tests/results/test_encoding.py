"""Writing and reading `analysis.json`, also of earlier versions."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from formcheck.errors import UsageError
from formcheck.results.analysis import SCHEMA, Analysis, Measure
from formcheck.results.encoding import analysis_from_data, data_of, json_of, read_analysis, schema_of, write_analysis
from formcheck.results.quantity import Quantity
from tests.outputs.made_up import edited_analysis, small_analysis, two_shots

#: As the formcheck of the first schema wrote it: a conventional deadlift of two reps.
FIRST = Path(__file__).with_name("analysis_1.json")


def test_missing_numbers_are_null_and_the_file_reads_back(tmp_path: Path) -> None:
    analysis = small_analysis()
    write_analysis(analysis, tmp_path / "analysis.json")
    data = json.loads((tmp_path / "analysis.json").read_text())
    assert data["reps"][0]["concentric_s"] is None
    expected = replace(analysis, reps=(replace(analysis.reps[0], concentric_s=None),))
    assert read_analysis(tmp_path / "analysis.json") == expected
    assert [path.name for path in tmp_path.iterdir()] == ["analysis.json"]


def test_an_analysis_that_breaks_the_schema_is_not_written() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"coverage"):
        data_of(replace(small_analysis(), coverage=1.2))


def test_another_file_is_no_analysis(tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text('{"schema": "something/1"}')
    with pytest.raises(UsageError, match="not a formcheck analysis"):
        read_analysis(tmp_path / "other.json")


def test_what_is_said_of_an_edited_clip_reads_back(tmp_path: Path) -> None:
    analysis = edited_analysis(two_shots())
    write_analysis(analysis, tmp_path / "analysis.json")
    assert read_analysis(tmp_path / "analysis.json") == analysis


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    assert json.loads(json_of(Measure(np.float64(1.5), "deg")))["value"] == 1.5


def test_a_measure_is_reported_to_three_digits_and_null_where_it_is_not_known() -> None:
    assert Measure.of(Quantity(1.23456, "m", 0.01)) == Measure(1.235, "m", 0.01)
    assert Measure.of(Quantity(float("nan"), "deg")) == Measure(None, "deg", None)


def test_a_file_of_the_first_schema_is_read_under_todays_names() -> None:
    before = json.loads(FIRST.read_text(encoding="utf-8"))
    analysis = read_analysis(FIRST)
    assert (analysis.schema, analysis.exercise.name, analysis.exercise.family) == (
        SCHEMA, "conventional_deadlift", "romanian_deadlift",
    )  # fmt: skip
    assert [(rep.eccentric_s, rep.pause_s, rep.concentric_s) for rep in analysis.reps] == [
        (rep["lowering_s"], rep["pause_s"], rep["lifting_s"]) for rep in before["reps"]
    ]
    for rep, was in zip(analysis.reps, before["reps"], strict=True):
        velocity = was["measures"]["lifting_velocity_mean"]
        assert rep.measures["concentric_velocity_mean"] == Measure(velocity["value"], "m/s", velocity["sd"])
        assert len(rep.measures) == len(was["measures"])
    assert analysis.summary.consistency["eccentric_cv_percent"] == before["summary"]["consistency"]["lowering_cv_percent"]
    assert "lowering" not in json_of(replace(analysis, findings=()))
    assert analysis_from_data(data_of(analysis)) == analysis


def test_the_oldest_files_of_the_first_schema_lack_fields_that_have_defaults() -> None:
    data = json.loads(FIRST.read_text(encoding="utf-8"))
    del data["not_counted"], data["shots"], data["repaired_frames"], data["exercise"]["kind"]
    for rep in data["reps"]:
        del rep["not_judged_because"], rep["shot"], rep["turn_end_s"]
        rep["measures"] = {name: {"value": m["value"], "unit": m["unit"]} for name, m in rep["measures"].items()}
    analysis = analysis_from_data(data)
    assert (analysis.not_counted, analysis.shots, analysis.repaired_frames) == ((), (), 0)
    assert analysis.exercise.name == analysis.exercise.family == "romanian_deadlift"
    assert {(rep.shot, rep.not_judged_because) for rep in analysis.reps} == {(1, None)}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "cannot be read as a formcheck analysis"),
        ("[null]", "not a formcheck analysis"),
        ('{"schema": "formcheck.analysis/1", "clip": null}', "not a formcheck analysis"),
        ('{"schema": "formcheck.analysis/2", "clip": null}', "not a formcheck analysis"),
        ('{"schema": "formcheck.analysis/9"}', "written by a newer formcheck"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "analysis.json").write_text(text)
    with pytest.raises(UsageError, match=sentence) as refused:
        read_analysis(tmp_path / "analysis.json")
    assert "\n" not in str(refused.value)


def test_the_field_that_does_not_fit_is_named() -> None:
    data = data_of(small_analysis())
    data["reps"][0]["index"] = "first"
    with pytest.raises(UsageError, match=r"\(reps\.0\.index does not fit"):
        analysis_from_data(data)


def test_the_schema_names_and_describes_every_field_of_the_types() -> None:
    records = schema_of(Analysis)["$defs"]
    assert set(records["Analysis"]["properties"]) == {field.name for field in fields(Analysis)}
    assert records["JudgedRep"]["properties"]["index"] == {"type": "integer", "minimum": 1}
    assert all(record["description"] for record in records.values())
