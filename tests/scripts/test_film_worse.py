"""Copies of clips, filmed worse, with labels that fit them."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pytest

import film_worse
from evaluation.labels import read_labels
from formcheck.video.reader import ClipReader
from formcheck.video.writer import VideoWriter


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    """One real clip, left half black, one second at 20 frames a second."""
    folder = tmp_path / "clips"
    folder.mkdir()
    picture = np.zeros((48, 64, 3), dtype=np.uint8)
    picture[:, 32:] = 200
    with VideoWriter(folder / "a.mp4", 64, 48, 20.0) as writer:
        for number in range(20):
            writer.write(picture, number / 20)
    row = ["a.mp4", "real", "split_squat", "lunge, home", "3", "1", "side", "left", "torso_upright", "short_range;no_hold",
           "2:torso_collapsed;3:none"]
    with (folder / "labels.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([film_worse.COLUMNS, row])
    return folder


def made(monkeypatch: pytest.MonkeyPatch, folder: Path, *options: str) -> Path:
    out = folder.with_name("worse")
    monkeypatch.setattr(sys, "argv", ["film_worse.py", str(folder), str(out), *options])
    assert film_worse.main() == 0
    return out


def test_a_mirrored_small_copy_has_the_other_side_near(labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = made(monkeypatch, labelled, "--mirror", "--scale", "0.5")
    (before,), (after,) = read_labels(labelled), read_labels(out)
    assert (before.near_side, after.near_side) == ("left", "right")
    assert (after.faults, after.clean_of, after.variant, after.reps) == (
        before.faults, before.clean_of, before.variant, before.reps,
    )  # fmt: skip
    assert after.rep_labels == before.rep_labels
    assert after.own.keys() == {2, 3}
    with ClipReader(out / "a.mp4") as reader:
        picture = next(iter(reader.frames())).rgb()
    assert picture.shape == (24, 32, 3)
    assert picture[:, :12].mean() > 150 > 50 > picture[:, 20:].mean()


def test_fewer_frames_keep_their_times(labelled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = made(monkeypatch, labelled, "--rate", "10", "--noise", "5", "--contrast", "0.5")
    with ClipReader(out / "a.mp4") as reader:
        frames = list(reader.frames())
    assert len(frames) == 10
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(10) / 10, abs=0.002)
    assert 130 < frames[0].rgb()[:, 40:].mean() < 190


def test_a_folder_without_labels_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["film_worse.py", str(tmp_path), str(tmp_path / "worse")])
    assert film_worse.main() == 2
    assert "expected labelled clips" in capsys.readouterr().err
