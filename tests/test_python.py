"""Errors of the Python API."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

import formcheck
from formcheck.errors import MissingFileError


def test_a_missing_clip_or_folder_is_also_a_file_not_found_error(tmp_path: Path) -> None:
    for call in (formcheck.analyze, formcheck.load):
        with pytest.raises(FileNotFoundError, match="does not exist") as missing:
            call(tmp_path / "nowhere.mp4")
        assert isinstance(missing.value, formcheck.UsageError)
    again = pickle.loads(pickle.dumps(MissingFileError("a.mp4 does not exist.")))
    assert str(again) == "a.mp4 does not exist."


@pytest.mark.parametrize("wrong", [123, None, 1.5])
def test_what_is_no_path_is_refused_in_one_sentence(wrong: Any) -> None:
    with pytest.raises(formcheck.UsageError, match=r"^clip expects the path of a video file but got "):
        formcheck.analyze(wrong)
    with pytest.raises(formcheck.UsageError, match=r"^folder expects the path of "):
        formcheck.load(wrong)


def test_a_drawing_is_an_mp4_file() -> None:
    result = formcheck.Result(None)  # type: ignore[arg-type]  # the name is looked at before anything else
    with pytest.raises(formcheck.UsageError, match=r"^path expects a file that ends in \.mp4 but got 'set\.gif'\.$"):
        result.draw("set.gif")


def test_sets_folders_and_logbooks_are_reached_from_python(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="neither an analysed clip nor its folder"):
        formcheck.compare(tmp_path / "a.formcheck")
    with pytest.raises(FileNotFoundError):
        formcheck.batch(tmp_path / "nowhere")
    with pytest.raises(FileNotFoundError, match="there is no logbook"):
        formcheck.logbook(tmp_path / "logbook.db")
