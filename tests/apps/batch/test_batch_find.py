from __future__ import annotations

import os
import sys

import av
import numpy as np
import pytest

from formcheck.apps.batch.sources import LocalFolder, UrlFolder, find_clips, local_copy, source_of
from formcheck.errors import UsageError
from formcheck.video.files import suffix_of
from tests.apps.batch.made_up_batch import write


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """A short video in every container that phones and cameras write, by its usual ending."""
    folder = tmp_path_factory.mktemp("videos")
    codecs = {"mp4": "libx264", "matroska": "libx264", "avi": "mpeg4", "mpegts": "libx264", "mpeg": "mpeg2video"}
    for kind, codec in codecs.items():
        with av.open(str(folder / kind), "w", format=kind) as target:
            stream = target.add_stream(codec, rate=25)
            stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
            for value in range(5):
                picture = np.full((48, 64, 3), value * 40, dtype=np.uint8)
                target.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            target.mux(stream.encode(None))
    return folder


def found(root):
    return {clip.name: clip.out_name for clip in find_clips(LocalFolder(root))}


@pytest.mark.parametrize("kind", ["mp4", "matroska", "avi", "mpegts", "mpeg"])
def test_videos_are_found_whatever_they_are_called(videos, tmp_path, kind):
    for name in ("no_ending", "holiday.jpg", "x.dat"):
        (tmp_path / name).write_bytes((videos / kind).read_bytes())
    assert set(found(tmp_path)) == {"no_ending", "holiday.jpg", "x.dat"}


def test_what_is_no_clip_is_left_alone(videos, tmp_path):
    video = (videos / "mp4").read_bytes()
    write(tmp_path / "notes.txt", "text")
    write(tmp_path / "module.ts", "export const x = 1;")
    for name in (".hidden.mp4", "._clip.mp4", "half.mp4.part", "set.formcheck/annotated.mp4", ".trash/a.mp4", "@eaDir/a.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(video)
    with av.open(str(tmp_path / "sound.m4a"), "w", format="mp4") as target:
        stream = target.add_stream("aac", rate=44100)
        silence = av.AudioFrame.from_ndarray(np.zeros((2, 1024), np.float32), format="fltp", layout="stereo")
        silence.sample_rate = 44100
        target.mux(stream.encode(silence))
        target.mux(stream.encode(None))
    assert found(tmp_path) == {}


def test_damaged_files_called_like_videos_are_listed(tmp_path):
    write(tmp_path / "noise.mp4", "noise")
    write(tmp_path / "EMPTY.MOV", "")
    assert set(found(tmp_path)) == {"noise.mp4", "EMPTY.MOV"}


def test_pictures_of_the_mp4_family_are_no_videos():
    assert suffix_of(b"\0\0\0\x18ftypheic" + bytes(100)) is None
    assert suffix_of(b"\0\0\0\x18ftypisom" + bytes(100)) == ".mp4"


def test_clips_that_share_a_stem_get_folders_of_their_own(tmp_path):
    for name in ("set.mp4", "SET.mov", "other.mp4", "sub/set.mp4"):
        write(tmp_path / name, "x")
    assert found(tmp_path) == {
        "SET.mov": "SET.mov.formcheck", "other.mp4": "other.formcheck",
        "set.mp4": "set.mp4.formcheck", "sub/set.mp4": "sub/set.formcheck",
    }  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in folders")
def test_pipes_and_circles_do_not_hang(tmp_path):
    os.mkfifo(tmp_path / "endless.mp4")
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "nowhere.mp4").symlink_to(tmp_path / "missing")
    assert found(tmp_path) == {}


def test_a_url_lists_and_reads_the_same(tmp_path):
    write(tmp_path / "a.mp4", "content")
    write(tmp_path / "sub" / "b.mp4", "x")
    write(tmp_path / "c.formcheck" / "annotated.mp4", "x")
    source = source_of(f"file://{tmp_path}")
    assert isinstance(source, UrlFolder)
    assert [clip.name for clip in find_clips(source)] == ["a.mp4", "sub/b.mp4"]
    with local_copy(source.location("a.mp4")) as copy:
        assert copy.read_text() == "content"
    assert not copy.exists()


def test_wrong_folders_are_usage_errors(tmp_path):
    write(tmp_path / "a.mp4", "x")
    for wrong in (tmp_path / "a.mp4", tmp_path / "missing", f"file://{tmp_path}/missing", "nosuchprotocol://x/y"):
        with pytest.raises(UsageError):
            source_of(str(wrong))
