"""Which clips `evaluate.py` takes, and how often it analyses them."""

from __future__ import annotations

from pathlib import Path

import pytest

import evaluate
from evaluation.labels import ClipLabel
from evaluation.outcome import Outcome, RunOptions
from tests.scripts.made_up import label, outcome

#: SHA-256 of the first name begins with an even byte (tune half), of the second with an odd one (check half).
CLIPS = [
    label(),
    *(label(file=f"real/{name}.mp4", path=Path(f"{name}.mp4"), kind="real", truth=None) for name in ("clip_2", "clip_0")),
]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool, list[str]]]:
    """Of every run: whether the exercise was named, and the names of its clips."""
    listed: list[tuple[bool, list[str]]] = []

    def run(labels: list[ClipLabel], options: RunOptions) -> list[tuple[ClipLabel, Outcome]]:
        listed.append((options.named, [clip.name for clip in labels]))
        return [(clip, outcome()) for clip in labels]

    monkeypatch.setattr(evaluate, "read_labels", lambda folder: CLIPS)
    monkeypatch.setattr(evaluate, "_run", run)
    monkeypatch.setattr(evaluate, "software_facts", lambda model: {})
    return listed


@pytest.mark.parametrize(
    ("arguments", "taken"),
    [
        ([], ["made_up", "clip_2", "clip_0"]),
        (["--half", "tune"], ["made_up", "clip_2"]),
        (["--half", "check"], ["made_up", "clip_0"]),
        (["--only", "real/"], ["clip_2", "clip_0"]),
        (["--only", "real/", "--half", "check"], ["clip_0"]),
    ],
)
def test_clips_are_taken_twice(arguments: list[str], taken: list[str], runs: list[tuple[bool, list[str]]]) -> None:
    assert evaluate.main(["clips", *arguments]) == 0
    assert runs == [(False, taken), (True, taken)]


def test_the_named_run_can_be_left_out(runs: list[tuple[bool, list[str]]]) -> None:
    evaluate.main(["clips", "--no-named"])
    assert [named for named, _ in runs] == [False]
