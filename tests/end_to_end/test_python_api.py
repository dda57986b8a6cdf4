"""`import formcheck` as a stranger uses it, with the real model once: the example notebook, and what its result can do."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

import formcheck
from formcheck.apps.cli import app
from tests.notebooks import Ran, run_notebook

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "split_squat_upright_f.mp4"


@pytest.fixture(scope="module")
def notebook() -> Ran:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT / "docs" / "examples")
        return run_notebook(ROOT / "docs" / "examples" / "first_set.ipynb")


@pytest.fixture(scope="module")
def result(notebook: Ran) -> formcheck.Result:
    found: formcheck.Result = notebook.names["result"]
    return replace(found, analysed=replace(found.analysed, path=SAMPLE))


@pytest.fixture(scope="module")
def saved(result: formcheck.Result, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("api") / "set.formcheck"
    names = result.save(folder, video=False)
    assert {"analysis.json", "angles.csv", "track.npz", "report.html"} <= set(names)
    return folder


def test_the_example_notebook_runs_and_shows_the_findings(notebook: Ran) -> None:
    assert "data:image/jpeg;base64," in notebook.shown[0]
    assert "aim for about 45 degrees" in notebook.shown[0]
    assert notebook.names["lenient"].summary.faults == {}


def test_a_result_says_what_the_command_line_says(result: formcheck.Result) -> None:
    assert result.exercise.name == "split_squat"
    assert len(result.reps) == 1
    assert [finding.rule for finding in result.findings if finding.severity == "fault"] == ["torso_upright"]
    assert json.loads(result.to_json()) == result.to_dict()
    assert "0 of 1 rep clean" in repr(result)


def test_nothing_is_written_by_analysing(result: formcheck.Result, tmp_path: Path) -> None:
    clip = tmp_path / SAMPLE.name
    clip.symlink_to(SAMPLE)
    said: list[str] = []
    again = formcheck.analyze(clip, pose=result.track, progress=lambda what, share: said.append(what))
    assert again.to_dict() == result.to_dict()
    assert said
    assert [path.name for path in tmp_path.iterdir()] == [clip.name]


def test_tables_hold_every_frame_in_true_time(result: formcheck.Result) -> None:
    angles = result.angles()
    assert angles["time_s"].diff().dropna().to_numpy() == pytest.approx(1 / 24, abs=2e-3)
    assert set(angles["phase"].dropna()) == {"eccentric", "pause", "concentric"}
    keypoints = result.keypoints()
    assert len(keypoints) == len(angles) * keypoints["keypoint"].nunique()
    rep = result.rep_table().iloc[0]
    assert rep["eccentric_s"] == result.reps[0].eccentric_s
    assert rep["concentric_s"] == result.reps[0].concentric_s
    assert rep["trunk_at_turn_deg"] == result.reps[0].measures["trunk_at_turn"].value
    raw = result.keypoints(raw=True)
    hip = raw[raw["keypoint"] == "right_hip"]
    assert 0 < hip["x_px"].min() < hip["x_px"].max() < result.analysis.clip.width


def test_a_saved_folder_gives_the_same_result(result: formcheck.Result, saved: Path) -> None:
    assert json.loads((saved / "analysis.json").read_text()) == result.to_dict()
    loaded = formcheck.load(saved, clip=SAMPLE)
    assert loaded.to_dict() == result.to_dict()
    assert loaded.angles().equals(result.angles())
    with pytest.raises(formcheck.UsageError, match=r"is not there; give its place to formcheck\.load"):
        formcheck.load(saved).picture()


def test_the_export_example_reads_every_format(
    result: formcheck.Result, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_height = formcheck.analyze(SAMPLE, pose=result.track, height_m=1.7)
    folder = tmp_path / "set.formcheck"
    with_height.save(folder, video=False, report=False)
    runpy.run_path(str(ROOT / "docs" / "examples" / "export_formats.py"))["main"](str(folder))
    said = capsys.readouterr().out
    assert "24 Hz, mm" in said
    assert "trunk_deg is in deg" in said
    assert {path.suffix for path in (folder / "exported").iterdir()} == {
        ".trc", ".mot", ".c3d", ".csv", ".parquet", ".nc", ".json",
    }  # fmt: skip


def test_the_command_exports_a_saved_folder(saved: Path, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["export", str(saved), "--format", "mot,coco", "--out", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{SAMPLE.stem}.coco.json", f"{SAMPLE.stem}.mot"]
    ran = CliRunner().invoke(app, ["export", str(saved), "--format", "trc"])
    assert isinstance(ran.exception, formcheck.UsageError)
    assert "--height 172cm" in str(ran.exception)


def test_the_video_is_drawn_where_it_is_wanted(result: formcheck.Result, tmp_path: Path) -> None:
    path = result.draw(tmp_path / "drawn.mp4", style="minimal")
    with av.open(str(path)) as video:
        assert video.streams.video[0].codec_context.name == "h264"
    assert [entry.name for entry in tmp_path.iterdir()] == ["drawn.mp4"]


def test_the_key_picture_shows_the_lifter(result: formcheck.Result) -> None:
    picture = result.picture()
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    red = np.abs(picture.astype(int) - (250, 90, 95)).max(axis=2) < 25
    assert red.sum() > 200  # the accused trunk


def test_mistakes_are_documented_exceptions(result: formcheck.Result, tmp_path: Path) -> None:
    with pytest.raises(formcheck.UsageError, match="does not exist"):
        formcheck.analyze(tmp_path / "nowhere.mp4")
    with pytest.raises(formcheck.ClipError, match="pyproject"):
        formcheck.analyze(ROOT / "pyproject.toml")
    with pytest.raises(formcheck.UsageError, match="unknown exercise"):
        formcheck.analyze(SAMPLE, "curl")
    with pytest.raises(formcheck.UsageError, match=r"^side expects left or right"):
        formcheck.analyze(SAMPLE, side="near")  # type: ignore[arg-type]
    with pytest.raises(formcheck.UsageError, match="not of rdl_good_m"):
        formcheck.analyze(ROOT / "samples" / "rdl_good_m.mp4", pose=result.track)
    with pytest.raises(formcheck.UsageError, match=r"analysis\.json"):
        formcheck.load(tmp_path)


def test_importing_is_quick_and_loads_no_model() -> None:
    heavy = "{'mediapipe', 'cv2', 'av', 'scipy', 'numpy', 'typer', 'pandas', 'pyarrow'}"
    code = f"import sys, formcheck; print(sorted({heavy} & set(sys.modules)), 'analyze' in dir(formcheck))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[] True\n"
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = formcheck.nothing


def test_every_stable_name_is_there() -> None:
    assert [name for name in formcheck.__all__ if getattr(formcheck, name, None) is None] == []
    assert (Path(formcheck.__file__).parent / "py.typed").is_file()


@pytest.mark.parametrize("name", ["trc", "coco", "netcdf"])
def test_keypoints_of_another_tool_are_judged_and_what_they_lack_is_not(
    name: str, result: formcheck.Result, tmp_path: Path
) -> None:
    (path,) = result.export(name, tmp_path, units="px")
    found = formcheck.analyze(SAMPLE, end_s=4.3, pose=path)
    assert found.track.key.model.endswith("keypoints")
    assert found.exercise.name == "split_squat"
    assert len(found.reps) == 1
    assert "torso_upright" in {finding.rule for finding in found.findings}
    for ours, theirs in zip(result.reps, found.reps, strict=True):
        assert theirs.turn_s == pytest.approx(ours.turn_s, abs=0.2)
        assert theirs.range_deg == pytest.approx(ours.range_deg, abs=6)
    assert not any(found.track.outline)
    assert found.angles()["thoracic_bend_deg"].isna().all()


def test_keypoints_of_another_clip_are_refused(result: formcheck.Result, tmp_path: Path) -> None:
    path = tmp_path / "far.trc"
    (written,) = result.export("trc", tmp_path, units="px")
    lines = written.read_text().splitlines()
    rows = [line.split("\t") for line in lines[6:]]
    moved = ["\t".join([*row[:2], *(f"{float(cell) + 5000:.2f}" if cell else "" for cell in row[2:])]) for row in rows]
    path.write_text("\n".join([*lines[:6], *moved]) + "\n")
    with pytest.raises(formcheck.UsageError, match="outside the picture"):
        formcheck.analyze(SAMPLE, end_s=4.3, pose=path)


def test_refusals_name_arguments(result: formcheck.Result, tmp_path: Path) -> None:
    with pytest.raises(formcheck.UsageError, match=r"^style expects full or minimal but got 'baroque'"):
        result.draw(tmp_path / "set.mp4", style="baroque")  # type: ignore[arg-type]
    with pytest.raises(formcheck.UsageError, match=r"^units expects m or px but got 'cm'"):
        result.export("trc", tmp_path, units="cm")
    with pytest.raises(formcheck.UsageError, match=r"height_m=1\.72\), or export pixels with units='px'"):
        result.export("trc", tmp_path)
    with pytest.raises(formcheck.ClipError, match="check start_s and end_s"):
        formcheck.analyze(SAMPLE, start_s=1000.0, pose=None)
    (tmp_path / "file").touch()
    with pytest.raises(formcheck.OutputError, match="choose another folder"):
        result.save(tmp_path / "file" / "set.formcheck", video=False)
