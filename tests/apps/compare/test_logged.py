"""Sets named by their number in the logbook."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from formcheck.apps.compare.command import best_and_latest, set_named
from formcheck.apps.logbook.entry import LoggedClip
from formcheck.apps.logbook.store import Logbook
from formcheck.errors import UsageError
from formcheck.outputs.shown import who_of
from formcheck.pipeline import AnalysedClip
from tests.apps.compare.sets import of_clip, squats
from tests.apps.logbook.histories import a_set, paper_set


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A logbook whose set 1 was filmed and kept, set 2 not filmed, set 3's analysis gone; saved sets are made up."""
    path = tmp_path / "log.sqlite3"
    folder = tmp_path / "clip.formcheck"
    folder.mkdir()
    (folder / "analysis.json").write_text("{}")
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "kept.mp4").write_bytes(b"video")
    clip = LoggedClip("a" * 64, "clip.mp4", str(tmp_path / "gone.mp4"), str(folder), kept="videos/kept.mp4")
    lost = LoggedClip("b" * 64, "lost.mp4", "/nowhere/lost.mp4", "/nowhere/lost.formcheck")
    with Logbook(path) as opened:
        opened.log(replace(a_set("cccc", "62.5kg", exercise="split_squat"), clip=clip))
        opened.add_unfilmed([paper_set(8)])
        opened.log(replace(a_set("ccc", days=3), clip=lost))

    def load(folder: Path, clip: Path | None) -> AnalysedClip:
        return replace(of_clip(squats(), "a" * 64), folder=folder, path=clip or folder.parent / "clip.mp4")

    monkeypatch.setattr(AnalysedClip, "load", load)
    return path


@pytest.mark.parametrize("number", ["1", "#1"])
def test_a_number_finds_folder_clip_and_load(book: Path, number: str) -> None:
    found = set_named(Path(number), logbook=book)
    assert found.folder.name == "clip.formcheck"
    assert found.path == book.parent / "videos" / "kept.mp4", "the copy beside the logbook stands in for the lost clip"
    assert found.analysis.exercise.load_kg == 62.5


def test_a_clip_that_is_named_wins(book: Path) -> None:
    assert set_named(Path("1"), Path("other.mp4"), book).path == Path("other.mp4")


def test_what_cannot_be_compared_has_a_reason(book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="set 2 of the logbook was not filmed"):
        set_named(Path("2"), logbook=book)
    with pytest.raises(UsageError, match="analysis of set 3 is no longer in"):
        set_named(Path("3"), logbook=book)
    with pytest.raises(UsageError, match="no set 9"):
        set_named(Path("9"), logbook=book)
    monkeypatch.setattr(AnalysedClip, "load", lambda folder, clip: of_clip(squats(), "c" * 64))
    with pytest.raises(UsageError, match="now holds the analysis of another clip"):
        set_named(Path("1"), logbook=book)


def test_a_folder_whose_name_is_a_number_is_a_folder(
    book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2").mkdir()
    (tmp_path / "2" / "analysis.json").write_text("{}")
    assert set_named(Path("2"), logbook=book).folder == Path("2")


def test_a_persons_best_set_and_the_latest_are_found(tmp_path: Path) -> None:
    path, entries = tmp_path / "log.sqlite3", []
    with Logbook(path) as opened:
        for days, reps, load, who in (
            (0, "cccc", "60kg", "Anna"), (3, "ccff", "70kg", "Anna"), (7, "cccc", "50kg", "Anna"), (9, "cccc", "80kg", "Ben"),
        ):  # fmt: skip
            folder = tmp_path / f"{days}.formcheck"
            folder.mkdir()
            (folder / "analysis.json").write_text("{}")
            entry = a_set(reps, load, days=days, who=who)
            entries.append(opened.log(replace(entry, clip=replace(entry.clip, folder=str(folder)))).entry)
    assert best_and_latest("anna", None, path) == (Path(str(entries[1].id)), Path(str(entries[2].id)))
    assert best_and_latest("Anna", "hip-thrust", path)[1] == Path(str(entries[2].id))
    with pytest.raises(UsageError, match="Ben does not have two"):
        best_and_latest("Ben", None, path)


def test_a_set_by_number_is_the_persons_of_the_logbook(book: Path) -> None:
    with Logbook(book) as opened:
        opened.edit(1, who="Anna")
    assert who_of(set_named(Path("1"), logbook=book).analysis) == "Anna"
