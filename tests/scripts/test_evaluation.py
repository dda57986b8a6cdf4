"""The judge as a whole: metrics, tables, comparison and page, from made-up clips."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from evaluation.archive import aims, compare, metrics, read_json, to_json, write_json
from evaluation.judging import Evaluation, judge
from evaluation.outcome import Outcome, read_outcome
from evaluation.page import accuracy_page
from evaluation.tables import all_tables, comparison_tables, markdown, print_tables
from formcheck.errors import UsageError
from formcheck.results.analysis import RejectedMovement
from formcheck.results.encoding import data_of, write_analysis
from tests.outputs.made_up import edited_analysis, two_shots
from tests.scripts.made_up import columns, label, outcome, swing, true_angles, true_points

SOFTWARE = {"formcheck": "0", "model": "heavy", "model_sha256": "0" * 64, "mediapipe": "0", "opencv": "0"}


def evaluation(said: Outcome) -> Evaluation:
    real = label(
        file="real/other.mp4", path=Path("other.mp4"), kind="real", truth=None, faults=("back_rounding",), reps=5
    )
    refused = label(file="real/third.mp4", path=Path("third.mp4"), kind="real", truth=None, view="oblique")
    return judge([(label(), said), (real, outcome(reps=5)), (refused, Outcome(3, "nobody was found"))])


GOOD = outcome(accused={"bar_drift": (1, 2)})


def value(of: Evaluation, name: str) -> float:
    return {metric.name: metric.value for metric in metrics(of)}[name]


def test_metrics_of_a_known_set() -> None:
    scored = evaluation(GOOD)
    assert value(scored, "reps, exact, side view") == 1
    assert value(scored, "reps, exact, all clips") == pytest.approx(2 / 3)
    assert value(scored, "exercise recognised, oblique") == 0
    assert value(scored, "near side recognised") == 1
    assert value(scored, "bar_drift, found") == 1
    assert value(scored, "all rules, falsely accused") == 0
    assert value(scored, "coverage, real") == pytest.approx(0.5)


def broken_legs() -> Outcome:
    other = {"near": "far", "far": "near"}
    points = {f"{other[name.split('_')[0]]}_{name.split('_')[1]}": place for name, place in true_points().items()}
    swapped = columns(hip_deg=true_angles()["far_hip"], knee_deg=true_angles()["far_knee"])
    return replace(GOOD, points=points, columns=swapped)


@pytest.mark.parametrize(
    ("broken", "complains"),
    [
        (broken_legs(), "joint near knee"),
        (outcome(accused={"bar_drift": (1, 2)}, stretch=1.1), "time of turn"),
        (replace(GOOD, columns=columns(knee_deg=0.9 * true_angles()["knee"])), "knee, error, all rendered"),
    ],
    ids=["near and far leg swapped", "timestamps 10 % longer", "knee angle times 0.9"],
)
def test_breakages_show_as_worse(broken: Outcome, complains: str) -> None:
    before = to_json(evaluation(GOOD), SOFTWARE)
    comparison = compare(before, to_json(evaluation(broken), SOFTWARE))
    assert complains in [move.name for move in comparison.worse]


def test_comparison_shows_both_ways() -> None:
    worse = to_json(evaluation(outcome(reps=1, accused={"overdepth": (1,)})), SOFTWARE)
    better = to_json(evaluation(GOOD), SOFTWARE)
    there, back = compare(worse, better), compare(better, worse)
    assert "reps, exact, side view" in [move.name for move in there.moves if move.better]
    assert "reps, exact, side view" in [move.name for move in back.worse]
    assert ("rendered/made_up.mp4", "overdepth", "false accusation", "clear") in [
        (m.clip, m.what, m.before, m.after) for m in there.clips
    ]
    assert compare(better, better).moves == []
    assert compare(better, better).clips == []


def test_small_changes_are_noise() -> None:
    slightly = replace(GOOD, columns=columns(knee_deg=true_angles()["knee"] + 0.01))
    comparison = compare(to_json(evaluation(GOOD), SOFTWARE), to_json(evaluation(slightly), SOFTWARE))
    assert comparison.moves == []


def test_archive_is_plain_json_and_reads_back(tmp_path: Path) -> None:
    data = to_json(evaluation(GOOD), SOFTWARE)
    write_json(data, tmp_path / "deep" / "now.json")
    assert read_json(tmp_path / "deep" / "now.json") == json.loads(json.dumps(data))
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ValueError, match="no evaluation of schema"):
        read_json(tmp_path / "other.json")
    with pytest.raises(ValueError, match="cannot be read"):
        read_json(tmp_path / "missing.json")


def test_every_table_prints_and_is_markdown() -> None:
    scored = evaluation(outcome(reps=1, accused={"overdepth": (1,)}))
    page = io.StringIO()
    before = to_json(evaluation(GOOD), SOFTWARE)
    tables = all_tables(scored) + comparison_tables(compare(before, to_json(scored, SOFTWARE)))
    print_tables(tables, Console(file=page, width=200))
    for table in tables:
        assert table.title in page.getvalue()
        assert all(len(row) in (len(table.columns), 1) or row[0] == "nothing" for row in table.rows), table.title
        assert markdown(table).count("\n|") == len(table.rows) + 2
    by_title = {table.title: table for table in tables}
    assert "**false accusation**" in markdown(by_title["Misses, false accusations and not judged"])
    assert "**clean rep accused**" in markdown(by_title["Reps that went wrong"])


def test_page_tells_command_clips_and_weaknesses() -> None:
    page = accuracy_page(evaluation(outcome(reps=1, accused={"overdepth": (1,)})), SOFTWARE)
    assert "python scripts/evaluate.py" in page
    assert "2 real ones" in page
    assert "drawn ones" not in page
    assert "False accusations: overdepth in made_up" in page
    assert "the check half is not looked at while tuning" in page
    assert "engineering choices fitted on these rendered people" in " ".join(page.split())
    assert "exact 1/2 = 50 % (9–91)" in page
    assert "nan" not in page.lower()


def test_verdicts_and_the_named_exercise_are_compared_where_both_sides_have_them() -> None:
    named = {"rendered/made_up.mp4": outcome(reps=2)}
    now = to_json(judge([(label(), GOOD)], named), SOFTWARE)
    clip = now["clips"]["rendered/made_up.mp4"]
    assert clip["verdicts"] == ["not_judged", "not_judged"]
    assert clip["named"] == "2 reps"
    refused = {"rendered/made_up.mp4": Outcome(3, "no repetition was found")}
    reps = tuple(replace(rep, verdict="clean") for rep in GOOD.reps)
    later = to_json(judge([(label(), replace(GOOD, reps=reps))], refused), SOFTWARE)
    moved = {(move.what, move.before, move.after) for move in compare(now, later).clips}
    assert moved == {
        ("verdicts", "not_judged; not_judged", "clean; clean"),
        ("named", "2 reps", "no repetition was found"),
    }
    for what in ("verdicts", "named"):
        del clip[what]  # an archive from before they were scored
    assert compare(now, later).clips == []
    unnamed = to_json(judge([(label(), replace(GOOD, reps=reps))]), SOFTWARE)
    assert compare(later, unnamed).clips == []


def test_a_crash_with_the_exercise_named_is_a_crash() -> None:
    listed = aims(judge([(label(), GOOD)], {"rendered/made_up.mp4": Outcome(70, "KeyError")}))
    assert [aim.value for aim in listed if aim.what == "clips that end in a crash"] == [1]


def test_movements_not_counted_are_listed() -> None:
    spans = ((0.0, 2.0, "setting up"), (7.0, 8.0, "racking"), (7.5, 8.0, "racking"))
    left = tuple(RejectedMovement(*span) for span in spans)
    tables = {table.title: table for table in all_tables(evaluation(replace(GOOD, not_counted=left)))}
    table = tables["Movements not counted, and said so"]
    assert table.rows == [("made_up", "3", "setting up; racking")]
    assert table.note == "1 of 3 clips have such movements."


def test_page_names_refused_and_forgiven_clips() -> None:
    forgiving = replace(outcome(), reps=tuple(replace(rep, verdict="clean") for rep in outcome().reps))
    page = accuracy_page(judge([(label(), forgiving)], {"rendered/made_up.mp4": Outcome(3, "no rep")}), SOFTWARE)
    assert "Refused even with the exercise named: made_up." in page
    assert "Faulty repetitions called clean: 2 of 2 in made_up." in page


def test_aims_say_met_not_met_or_unknown() -> None:
    by_name = {aim.what: aim.met for aim in aims(evaluation(GOOD))}
    assert by_name["reps off by at most one, side view"] is True
    assert by_name["faulty reps called clean"] is True
    assert by_name["faults found in the right rep"] is False
    assert by_name["named exercise refused (exit 3)"] is None
    assert by_name["reps exact, side view: check half behind tune half"] is None
    assert by_name["tempo, pause"] is True
    assert by_name["place of the load, dumbbells"] is None
    wrong = replace(GOOD, columns=columns(knee_deg=true_angles()["knee"] + 40 * swing()))
    by_name = {aim.what: aim.met for aim in aims(evaluation(wrong))}
    assert by_name["knee, hinges and split squats"] is False


def test_outcome_is_read_from_the_written_files(tmp_path: Path) -> None:
    analysis = edited_analysis(two_shots())
    write_analysis(analysis, tmp_path / "analysis.json")
    head = "time_s,left_hip_deg,right_hip_deg,near_side,working_leg,phase"
    rows = ("0.0,170,90,left,,rest", "0.1,,90,left,left,eccentric", "0.2,170,95,left,right,eccentric", "0.3,,,,,")
    (tmp_path / "angles.csv").write_text("\n".join([head, *rows]) + "\n")
    said = read_outcome(tmp_path)
    assert said.analysed
    assert (said.exercise, said.side) == (analysis.exercise.family, analysis.view.side)
    assert np.isnan(said.px_per_m)
    assert (said.reps, said.findings, said.not_judged) == (analysis.reps, analysis.findings, analysis.not_judged)
    assert said.not_counted == analysis.not_counted
    assert said.accused(analysis.findings[0].rule) == {1}
    assert list(said.columns) == ["time_s", "left_hip_deg", "right_hip_deg", "hip_deg"]
    assert said.column("hip_deg") == pytest.approx([170, np.nan, 95, np.nan], nan_ok=True)
    (tmp_path / "analysis.json").write_text(json.dumps({**data_of(analysis), "view": None}))
    with pytest.raises(UsageError, match="view does not fit its schema"):
        read_outcome(tmp_path)
