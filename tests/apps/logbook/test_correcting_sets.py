"""A person's word on the second set of a clip: kept however it is judged again, and no word on the first set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from formcheck.apps.cli import app
from formcheck.apps.logbook.store import Logbook
from formcheck.motion.bar.candidates import save_bar
from formcheck.options import ReadingOptions
from formcheck.pose.estimate import track_key
from formcheck.pose.registry import find_model
from formcheck.pose.track import save_track
from formcheck.results.analysis import Analysis
from formcheck.results.encoding import read_analysis
from formcheck.video.reader import open_clip
from formcheck.video.writer import VideoWriter
from tests import lifters
from tests.lifts.test_sets import RATE, filmed
from tests.made_up_clip import nothing_seen

QUICK = ("--no-video", "--no-report", "--quiet")
SETS = (lifters.split_squat(4, trunk=[40.0, 5.0, 40.0, 40.0]), lifters.split_squat(4, trunk=[40.0, 40.0, 5.0, 5.0]))

Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("FORMCHECK_LOGBOOK", str(tmp_path / "book.sqlite"))

    def call(*words: object) -> str:
        result = CliRunner().invoke(app, [str(word) for word in words], env={"COLUMNS": "200"})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.output

    return call


@pytest.fixture
def folder(tmp_path: Path, run: Run) -> Path:
    """A clip of two sets of split squats, forty seconds apart, analysed and logged; one rep of the first set is upright, and
    two of the second."""
    track = filmed(SETS[0], 40.0, SETS[1])
    clip, folder = tmp_path / "two.mp4", tmp_path / "two.formcheck"
    with VideoWriter(clip, track.width, track.height, RATE) as writer:
        for time_s in track.times:
            writer.write(np.full((track.height, track.width, 3), 90, np.uint8), float(time_s))
    with open_clip(clip, ReadingOptions()) as reader:
        track = replace(track, key=track_key(reader.info, find_model("heavy"), ReadingOptions()))
    folder.mkdir()
    save_track(track, folder / "track.npz")
    save_bar(nothing_seen(track), folder / "bar.npz")
    run("analyze", clip, *QUICK, "--log", "--load", "20kg")
    assert found(folder) == [(4, [2]), (4, [3, 4])]
    return folder


def analyses(folder: Path) -> list[Analysis]:
    return [read_analysis(one / "analysis.json") for one in (folder, folder / "set-2")]


def found(folder: Path) -> list[tuple[int, list[int]]]:
    """Of each set the number of reps, and which of them are too upright."""
    return [(len(one.reps), [f.rep for f in one.findings if f.rule == "torso_upright"]) for one in analyses(folder)]


def test_what_is_said_of_the_second_set_is_kept_however_it_is_judged_again(run: Run, folder: Path, tmp_path: Path) -> None:
    run("log", "correct", folder / "set-2", "--not-a-rep", 1, "--not-a-fault", "3:torso_upright", "--because", "stumbled")
    corrected = [(4, [2]), (3, [3])]
    assert found(folder) == corrected
    for again in (
        ("analyze", tmp_path / "two.mp4"), ("render", folder), ("render", folder / "set-2"), ("render", tmp_path / "two.mp4")
    ):  # fmt: skip
        run(*again, *QUICK)
        assert found(folder) == corrected, again
    first, second = analyses(folder)
    assert [entry.reason for entry in second.not_counted] == ["struck out by hand: stumbled"]
    assert not first.not_counted
    with Logbook(tmp_path / "book.sqlite", reading=True) as book:
        assert [len(entry.reps) for entry in sorted(book.entries(), key=lambda entry: entry.id)] == [4, 3]
    _, label = run("log", "export", "--format", "labels").splitlines()
    assert "not a rep (stumbled)" in label
    assert "set 2 of 2" in label


def test_by_its_number_in_the_logbook_the_second_set_is_meant_too(run: Run, folder: Path) -> None:
    run("log", "correct", 2, "--not-a-rep", 1)
    assert found(folder) == [(4, [2]), (3, [2, 3])]


def test_taking_back_what_was_said_of_one_set_leaves_the_other(run: Run, folder: Path) -> None:
    run("log", "correct", folder, "--not-a-rep", 2)
    run("log", "correct", folder / "set-2", "--not-a-rep", 3)
    assert found(folder) == [(3, []), (3, [3])]
    run("log", "correct", folder / "set-2", "--undo")
    assert found(folder) == [(3, []), (4, [3, 4])]
    run("log", "correct", folder, "--undo")
    assert found(folder) == [(4, [2]), (4, [3, 4])]
    assert not (folder / "corrections.json").exists()
