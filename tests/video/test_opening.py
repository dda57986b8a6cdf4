"""Opening a clip opens no other file and no network address."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.apps.batch.sources import holds_video
from formcheck.errors import ClipError
from formcheck.video.files import open_container, pictures_of
from formcheck.video.writer import VideoWriter
from tests.made_up_clip import asks_for_the_network


def film(path: Path, *sizes: tuple[int, int, str], default: int | None = None) -> Path:
    """A clip with one video stream of each size (width, height, codec)."""
    with av.open(f"file:{path}", "w") as container:
        streams = []
        for number, (width, height, codec) in enumerate(sizes):
            stream = container.add_stream(codec, rate=10)
            stream.width, stream.height = width, height
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.codec_context.time_base = Fraction(1, 10)
            if number == default:
                stream.disposition = av.stream.Disposition.default
            streams.append(stream)
        for number in range(5):
            for stream in streams:
                picture = np.full((stream.height, stream.width, 3), 90, np.uint8)
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, 10)
                container.mux(stream.encode(frame))
        for stream in streams:
            container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("name", ["http:/127.0.0.1:9/x.mp4", "concat:a.mp4", "12:30.mp4", "file:x.mp4", "data:x,y.mp4"])
def test_a_name_that_looks_like_an_address_is_a_file(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    open_container(film(path, (64, 64, "mpeg4"))).close()


def test_a_video_is_written_under_a_name_with_a_colon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("12:30.formcheck")
    folder.mkdir()
    with VideoWriter(folder / "annotated.mp4", 64, 64, 10.0) as writer:
        writer.write(np.zeros((64, 64, 3), np.uint8), 0.0)
    assert (folder / "annotated.mp4").stat().st_size


@pytest.mark.parametrize(
    "content",
    [
        asks_for_the_network(),
        b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:2,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile other.mp4\n",
    ],
    ids=["SDP in a transport stream", "HLS", "concat"],
)
def test_a_file_that_refers_to_others_is_refused(content: bytes, tmp_path: Path) -> None:
    film(tmp_path / "other.mp4", (64, 64, "mpeg4"))
    hostile = tmp_path / "clip.mp4"
    hostile.write_bytes(content)
    with pytest.raises(ClipError, match="cannot be read as a video"):
        open_container(hostile)
    assert not holds_video(io.BytesIO(content))


@pytest.mark.parametrize(
    ("sizes", "default", "chosen"),
    [
        ([(32, 48, "mpeg4"), (96, 64, "mpeg4")], 1, (96, 64)),
        ([(32, 48, "mjpeg"), (96, 64, "mpeg4")], None, (96, 64)),
        ([(64, 48, "mpeg4"), (96, 64, "mpeg4")], 0, (64, 48)),
    ],
    ids=["depth map first", "thumbnail first", "a larger one that is not the default"],
)
def test_of_several_video_streams_the_default_one_is_read_then_the_largest(
    sizes: list[tuple[int, int, str]], default: int | None, chosen: tuple[int, int], tmp_path: Path
) -> None:
    with open_container(film(tmp_path / "clip.mkv", *sizes, default=default)) as container:
        stream = pictures_of(container)[0]
        assert (stream.codec_context.width, stream.codec_context.height) == chosen
