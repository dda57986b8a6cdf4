"""The real model looking 5 and 24 times a second at one repetition: the same repetition with the same faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from formcheck.results.encoding import read_analysis
from tests.end_to_end.test_command_line import SAMPLES, run


def test_few_pictures_a_second_show_the_same_faults_as_many(tmp_path: Path) -> None:
    found = {}
    for rate_hz in (5, 24):
        out = tmp_path / str(rate_hz)
        result = run(
            "analyze", SAMPLES / "rdl_overdepth_f.mp4", "--pose-rate", rate_hz, "--end", 4.8, "--out", out,
            "--no-video", "--no-report",
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        found[rate_hz] = read_analysis(out / "analysis.json")
    few, many = found[5], found[24]
    assert few.exercise.name == many.exercise.name == "romanian_deadlift"
    assert len(few.reps) == len(many.reps) == 1
    assert few.summary.faults == many.summary.faults != {}
    assert few.reps[0].turn_s == pytest.approx(many.reps[0].turn_s, abs=0.25)
    assert few.reps[0].range_deg == pytest.approx(many.reps[0].range_deg, abs=6)
