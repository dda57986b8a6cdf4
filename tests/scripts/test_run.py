"""Running the command on labelled clips: reuse, and runs with the exercise named."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation import outcome as run
from evaluation.outcome import RunOptions, output_folder, run_clip
from tests.scripts.made_up import label


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, tuple[str, ...]]]:
    """Output folder and further arguments of every analysis; each ends in a refusal."""
    calls: list[tuple[Path, tuple[str, ...]]] = []

    def refuse(clip: Path, folder: Path, extra: tuple[str, ...]) -> tuple[int, str]:
        calls.append((folder, extra))
        return 3, "nobody was found"

    monkeypatch.setattr(run, "_analyze", refuse)
    return calls


def test_a_named_run_takes_what_the_other_saved_and_leaves_it_alone(
    tmp_path: Path, asked: list[tuple[Path, tuple[str, ...]]]
) -> None:
    options = RunOptions(tmp_path, extra=("--model", "full"), named=True)
    saved = tmp_path / "rendered" / "made_up"
    saved.mkdir(parents=True)
    (saved / "track.npz").write_text("poses")
    (saved / "analysis.json").write_text("automatic")
    folder = output_folder(label(), options)
    folder.mkdir(parents=True)
    (folder / "bar.npz").write_text("of another clip")
    said = run_clip(label(), options)
    assert (said.exit_code, said.message) == (3, "nobody was found")
    assert asked == [(folder, ("--model", "full", "--exercise", "romanian-deadlift"))]
    assert folder == tmp_path / "named" / "rendered" / "made_up"
    assert sorted(path.name for path in folder.iterdir()) == ["track.npz"]
    (folder / "track.npz").write_text("new poses")
    assert (saved / "track.npz").read_text() == "poses"


def test_an_automatic_run_names_nothing_and_starts_afresh_only_when_told(
    tmp_path: Path, asked: list[tuple[Path, tuple[str, ...]]]
) -> None:
    saved = tmp_path / "rendered" / "made_up"
    saved.mkdir(parents=True)
    (saved / "track.npz").write_text("poses")
    run_clip(label(), RunOptions(tmp_path))
    assert (saved / "track.npz").is_file()
    run_clip(label(), RunOptions(tmp_path, fresh=True))
    assert not (saved / "track.npz").exists()
    assert asked == [(saved, ()), (saved, ())]
