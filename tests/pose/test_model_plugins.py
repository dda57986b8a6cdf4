"""A pose model of another package: found through its entry point, without a line of formcheck's that knows it."""

from __future__ import annotations

import json
from pathlib import Path

import marker_model
import pytest
from marked_clip import film

from tests.packages import package, run

SAMPLE = Path(__file__).parents[2] / "samples" / "rdl_good_m.mp4"
MODULE = Path(marker_model.__file__).read_text(encoding="utf-8")
ENTRY = "[formcheck.pose_models]\nmarkers = my_models.markers:MODEL\n"


def site(folder: Path) -> Path:
    return package(folder, "my_models", {"markers.py": MODULE}, ENTRY)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return site(tmp_path_factory.mktemp("site"))


def test_a_clip_is_analysed_with_another_model(installed: Path, tmp_path: Path) -> None:
    clip = film(tmp_path / "squats.mp4", depth=0.75, seconds=4.5)
    result = run(installed, "analyze", clip, "--model", "markers", "--out", tmp_path / "out", "--json", "--no-video")
    assert result.returncode == 0, result.stderr
    data = json.loads(result.stdout)
    assert (data["software"]["model"], data["software"]["model_sha256"]) == ("markers", marker_model.MODEL.sha256)
    assert data["exercise"]["name"] == "goblet_squat"
    assert {finding["rule"] for finding in data["findings"] if finding["severity"] == "fault"} == {"short_range"}
    assert (tmp_path / "out" / "report.html").is_file()
    # The folder is judged again where the package is not installed.
    again = run(tmp_path, "render", tmp_path / "out", "--clip", clip, "--json", "--no-video", "--no-report")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["findings"] == data["findings"]
    assert json.loads(again.stdout)["software"]["calibration"] == marker_model.MODEL.calibration.source


def test_the_doctor_the_help_and_errors_name_it(installed: Path) -> None:
    doctor = run(installed, "doctor")
    assert doctor.returncode == 0, doctor.stdout
    assert "ok    model markers" in doctor.stdout
    assert "my_models.markers:MODEL" in doctor.stdout
    assert "markers" in run(installed, "analyze", "--help").stdout
    assert "heavy, full, markers" in run(installed, "analyze", SAMPLE, "--model", "x").stderr


def test_invalid_ones_are_skipped_with_a_warning(tmp_path: Path) -> None:
    files = {"markers.py": MODULE, "lacking.py": "import nothing_like_this", "number.py": "MODEL = 1"}
    names = {"lacking": "lacking", "number": "number", "stickers": "markers"}
    lines = [f"{name} = my_models.{module}:MODEL" for name, module in names.items()]
    doctor = run(package(tmp_path, "my_models", files, "\n".join(["[formcheck.pose_models]", *lines, ""])), "doctor")
    assert doctor.returncode == 2
    for name, says in (("lacking", "nothing_like_this"), ("number", "its name is None"), ("stickers", "calls itself markers")):
        (line,) = [line for line in doctor.stdout.splitlines() if f"model {name}:" in line]
        assert "FAIL" in line
        assert says in line
    assert "ok    model heavy" in doctor.stdout
