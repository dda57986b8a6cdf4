"""Names of output folders: unique and stable."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formcheck.errors import UsageError
from formcheck.outputs.folder import clip_beside, folder_beside, folder_names


def nobodys(name: str) -> str | None:
    return None


def analysed(clip: Path) -> Path:
    """The folder that `analyze` would use, with the analysis of the clip in it."""
    folder = folder_beside(clip)
    folder.mkdir(exist_ok=True)
    (folder / "analysis.json").write_text(json.dumps({"clip": {"path": clip.name}}))
    return folder


def test_a_clip_alone_has_a_folder_of_its_stem(tmp_path: Path) -> None:
    assert folder_beside(tmp_path / "IMG_1.MOV") == tmp_path / "IMG_1.formcheck"
    (tmp_path / "IMG_1.txt").touch()
    assert folder_beside(tmp_path / "IMG_1.MOV") == tmp_path / "IMG_1.formcheck"


def test_clips_of_one_stem_have_folders_of_their_whole_names() -> None:
    names = folder_names(["IMG_1.MOV", "IMG_1.MOV.mp4", "IMG_1.mp4", "other.mp4"], nobodys)
    assert names == {
        "IMG_1.MOV": "IMG_1.MOV.formcheck", "IMG_1.MOV.mp4": "IMG_1.MOV.mp4.formcheck",
        "IMG_1.mp4": "IMG_1.mp4.formcheck", "other.mp4": "other.formcheck",
    }  # fmt: skip


def test_a_clip_keeps_its_folder_whatever_comes_beside_it(tmp_path: Path) -> None:
    first = tmp_path / "IMG_1.MOV"
    first.touch()
    assert analysed(first) == tmp_path / "IMG_1.formcheck"
    (tmp_path / "IMG_1.mp4").touch()
    (tmp_path / "IMG_1.MOV.mp4").touch()
    assert analysed(tmp_path / "IMG_1.mp4") == tmp_path / "IMG_1.mp4.formcheck"
    assert analysed(tmp_path / "IMG_1.MOV.mp4") == tmp_path / "IMG_1.MOV.mp4.formcheck"
    assert analysed(first) == tmp_path / "IMG_1.formcheck"
    first.unlink()
    (tmp_path / "IMG_1.MOV.mp4").unlink()
    assert analysed(tmp_path / "IMG_1.mp4") == tmp_path / "IMG_1.mp4.formcheck", "stable between runs"


@pytest.mark.parametrize("stem", ["x" * 250, "ü" * 120, "\udcff" * 240])
def test_a_name_that_fills_what_a_file_system_shots_is_shortened(stem: str) -> None:
    clips = [f"{stem}.mp4", f"{stem}.mov", f"{stem[:-1]}y.mp4"]
    names = folder_names(clips, nobodys)
    assert len(set(names.values())) == 3
    for clip, name in names.items():
        assert len(os.fsencode(f".{name}.part")) < 255
        assert name.startswith(stem[:60])
        assert folder_names(clips, {name: clip}.get)[clip] == name


def test_the_analysis_of_a_clip_that_is_gone_is_not_overwritten(tmp_path: Path) -> None:
    old = tmp_path / "IMG_1.MOV"
    old.touch()
    analysed(old)
    old.unlink()
    assert folder_beside(tmp_path / "IMG_1.mp4") == tmp_path / "IMG_1.mp4.formcheck"


@given(
    st.lists(st.sampled_from(["a", "A", "a.mov", "A.MOV", "a.mov.mp4", "a.mp4", "a.MP4", "a.mp4.mov", "b.mov"]), unique=True),
    st.data(),
)
def test_no_two_clips_ever_share_a_folder(clips: list[str], data: st.DataObject) -> None:
    """Also not with folders of runs that saw other clips, and not where a system does not tell "a" from "A"."""
    owners: dict[str, str] = {}

    def owner(name: str) -> str | None:
        return owners.get(name.casefold())

    for _ in range(3):
        here = data.draw(st.permutations(clips))[: data.draw(st.integers(0, len(clips)))]
        names = folder_names(sorted(here), owner)
        assert len({name.casefold() for name in names.values()}) == len(here)
        for clip, name in names.items():
            assert owner(name) in (None, clip)
            owners[name.casefold()] = clip
        assert folder_names(sorted(here), owner) == names, "the next run"


@pytest.mark.skipif(sys.platform != "linux", reason="file names that are no text")
def test_a_name_that_is_no_text_is_found_again(tmp_path: Path) -> None:
    import os

    clip = tmp_path / os.fsdecode(b"caf\xe9.mp4")
    clip.touch()
    assert clip_beside(tmp_path / "x.formcheck", "caf\\udce9.mp4") == clip


def test_a_clip_of_a_foreign_analysis_is_looked_for_beside_the_folder_only(tmp_path: Path) -> None:
    (tmp_path / "secret.mp4").touch()
    with pytest.raises(UsageError, match="not beside"):
        clip_beside(tmp_path / "a" / "x.formcheck", "../secret.mp4")
