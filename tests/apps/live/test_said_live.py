"""What was said live beside what the analysis says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from formcheck.apps.live.after import SaidLive, beside, read_said, write_said
from tests.outputs.made_up import small_analysis


def said(**changes: Any) -> dict[str, Any]:
    data = {
        "clip_starts_at_s": 100.0, "count": 1, "reps": [[101.0, 103.0]], "cues": [], "exercise": "goblet_squat",
        "begun_s": 100.5, "model": "full",
    }  # fmt: skip
    return {**data, **changes}


def test_what_was_said_is_kept_and_read_again(tmp_path: Path) -> None:
    kept = SaidLive.of(said(cues=[{"rep": 1, "rule": "short_range"}]))
    write_said(kept, tmp_path / "live.json")
    assert read_said(tmp_path / "live.json") == kept
    assert read_said(tmp_path / "other.json") is None


@pytest.mark.parametrize("changes", [
    {"count": -1}, {"count": True}, {"count": 1e3}, {"reps": [[1.0]]}, {"reps": [[float("nan"), 2.0]]}, {"reps": "x"},
    {"cues": [{"rep": 1, "rule": "made_up"}]}, {"cues": [{"rep": "1", "rule": "short_range"}]},
    {"cues": [{"rep": 1, "rule": "short_range", "text": "<b>"}]}, {"exercise": 5}, {"exercise": "x" * 100},
    {"model": ""}, {"more": 1}, {"clip_starts_at_s": float("inf")}, {"reps": [[0.0, 1.0]] * 501},
])  # fmt: skip
def test_something_else_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="expected"):
        SaidLive.of(said(**changes))


def test_the_same_count_and_no_fault_agree() -> None:
    analysis = _analysis()
    own = SaidLive.of(said(
        count=len(analysis.reps), exercise=analysis.exercise.name,
        reps=[[100 + rep.start_s, 100 + rep.end_s] for rep in analysis.reps],
    ))  # fmt: skip
    found = beside(own, [replace(analysis, findings=())])
    assert found["agrees"]
    assert found["differences"] == []
    assert f"{len(analysis.reps)} rep" in found["said"]


def test_every_difference_is_told() -> None:
    analysis = _analysis()
    fault = next(finding for finding in analysis.findings if finding.severity == "fault")
    rep = next(rep for rep in analysis.reps if rep.index == fault.rep)
    reps = [[100 + rep.start_s, 100 + rep.end_s]]
    own = SaidLive.of(said(count=len(analysis.reps) + 1, exercise=analysis.exercise.name, reps=reps))
    told = " ".join(beside(own, [analysis])["differences"])
    assert f"counts {len(analysis.reps)} rep" in told
    assert "live, nothing was said" in told
    cued = SaidLive.of(said(
        count=len(analysis.reps), exercise=analysis.exercise.name, reps=reps,
        cues=[{"rep": 1, "rule": fault.rule}],
    ))  # fmt: skip
    unconfirmed = beside(cued, [replace(analysis, findings=())])
    assert "does not confirm" in unconfirmed["differences"][0]
    confirmed = beside(cued, [replace(analysis, findings=(fault,))])
    assert confirmed["agrees"]


def _analysis() -> Any:
    return small_analysis()
