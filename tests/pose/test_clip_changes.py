"""A clip that is still copied, replaced or taken away while formcheck reads it; and one that two analyse at once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from marked_clip import film as film_of_markers
from marker_model import MODEL

from formcheck.errors import ClipError, UsageError
from formcheck.options import DrawingOptions, Options
from formcheck.pipeline import analyze_clip
from formcheck.pose.pool import PosePool
from formcheck.runtime.files import folder_lock
from tests.made_up_clip import film, watched


def grow(clip: Path) -> None:
    with clip.open("ab") as stream:
        stream.write(b"\x00\x00\x00\x10free" + bytes(8))


def replace(clip: Path) -> None:
    other = clip.with_suffix(".new")
    other.write_bytes(clip.read_bytes() + b"\x00\x00\x00\x08free")
    other.replace(clip)


CHANGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "grows": (grow, r"set\.mp4 changed while it was read; wait until it is copied whole, and start again\."),
    "is replaced": (replace, r"set\.mp4 changed while it was read"),
    "is taken away": (Path.unlink, r"set\.mp4 went away while it was read; put it back and start again\."),
}


@pytest.fixture(scope="module")
def pool() -> Iterator[PosePool]:
    with PosePool(MODEL, 1) as workers:
        yield workers


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film_of_markers(tmp_path_factory.mktemp("marked") / "set.mp4", depth=0.75, seconds=4.5)


@pytest.fixture(scope="module")
def filmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("filmed") / "set.mp4", 4.0)


class Once:
    """Changes the clip when a step has begun."""

    def __init__(self, step: str, change: Callable[[Path], None], clip: Path) -> None:
        self.step, self.change, self.clip, self.done = step, change, clip, False

    def __call__(self, what: str, share: float) -> None:
        if what == self.step and not self.done:
            self.done = True
            self.change(self.clip)


@pytest.mark.parametrize("how", CHANGES)
def test_what_changes_while_it_is_watched_is_not_judged_and_not_kept(
    how: str, marked: Path, pool: PosePool, tmp_path: Path
) -> None:
    clip, out = Path(shutil.copy(marked, tmp_path / "set.mp4")), tmp_path / "out"
    out.mkdir()
    change, sentence = CHANGES[how]
    once = Once("watching", change, clip)
    with pytest.raises(ClipError, match=sentence):
        analyze_clip(clip, out, Options.of(), pool, once)
    assert once.done
    assert list(out.iterdir()) == [], "keypoints of two clips were kept under the name of one"


@pytest.mark.parametrize("how", CHANGES)
def test_no_video_is_made_of_what_changes_while_it_is_drawn(how: str, filmed: Path, tmp_path: Path) -> None:
    clip = Path(shutil.copy(filmed, tmp_path / "set.mp4"))
    out = watched(clip, tmp_path / "out", seconds=4.0)
    found = analyze_clip(clip, out, Options.of(exercise="goblet-squat"))
    change, sentence = CHANGES[how]
    once = Once("drawing", change, clip)
    with pytest.raises(ClipError, match=sentence):
        found.write(out, DrawingOptions(), once)
    assert once.done
    assert (out / "analysis.json").is_file(), "what was found before holds"
    assert not (out / "annotated.mp4").exists()
    assert not list(out.glob(".*part*"))


def test_two_analyses_of_one_clip_at_once_do_not_share_a_folder(tmp_path: Path) -> None:
    """The second is told; nothing of the first is touched."""
    folder = tmp_path / "set.formcheck"
    with folder_lock(folder), ThreadPoolExecutor(1) as second:
        (folder / ".track.1.part.npz").touch()

        def other() -> None:
            with folder_lock(folder):
                raise AssertionError("two were let in")

        with pytest.raises(UsageError, match=r"another formcheck is working in .*; wait for it, or choose another --out\."):
            second.submit(other).result()
        assert (folder / ".track.1.part.npz").exists()
