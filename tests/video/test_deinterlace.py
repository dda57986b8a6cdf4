"""Deinterlacing."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from av.filter import Graph

from formcheck.video.decoding import whole_pictures
from formcheck.video.reader import ClipReader
from fuzzing.clips import turn

WIDTH, HEIGHT, FRAMES, FPS = 320, 240, 24, 25
#: Pixels that the bar moves between two fields.
STEP = 5


def field_at(number: float) -> np.ndarray:
    """A bright bar that moves to the right over fine standing stripes, at a number of half frames."""
    picture = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
    picture[200:, ::8] = 120
    left = round(20 + STEP * number)
    picture[60:180, left : left + 60] = 220
    return picture


def film(path: Path, first: str, codec: str = "libx264", pixels: str = "yuv420p") -> Path:
    """An interlaced clip; `first` is "tff" or "bff": which lines are the earlier ones."""
    marked = Graph()
    source = marked.add_buffer(width=WIDTH, height=HEIGHT, format=av.VideoFormat(pixels), time_base=1 / av.time_base)
    order, sink = marked.add("setfield", first), marked.add("buffersink")
    source.link_to(order)
    order.link_to(sink)
    marked.configure()
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        stream.options = {"crf": "8", "flags": "+ildct+ilme", "x264-params": f"{first}=1:bframes=2"}
        for i in range(FRAMES):
            rows = field_at(2 * i)
            late = 1 if first == "tff" else 0
            rows[late::2] = field_at(2 * i + 1)[late::2]
            frame = av.VideoFrame.from_ndarray(rows, format="rgb24").reformat(format=pixels)
            frame.pts = i
            marked.push(frame)
            ready = marked.pull()
            ready.pts, ready.time_base = i, 1 / stream.codec_context.framerate
            container.mux(stream.encode(ready))
        container.mux(stream.encode(None))
    return path


def comb(picture: np.ndarray) -> float:
    """How much lines differ from the mean of their neighbours, where the bar moves."""
    gray = picture[65:175].mean(axis=2)
    return float(np.abs(2 * gray[1:-1] - gray[:-2] - gray[2:]).mean())


def bar_left(picture: np.ndarray) -> float:
    """Where the bar's left edge is, pixels."""
    profile = picture[65:175, :, 1].mean(axis=0)
    return float(np.argmax(profile > 130))


def decoded(path: Path) -> list:
    with av.open(str(path)) as container:
        return list(container.decode(video=0))


@pytest.mark.parametrize("first", ["tff", "bff"])
def test_every_picture_is_the_earlier_moment_without_combs(tmp_path: Path, first: str) -> None:
    path = film(tmp_path / "a.mp4", first)
    raw = decoded(path)
    assert all(frame.interlaced_frame for frame in raw)
    assert comb(raw[10].to_ndarray(format="rgb24")) > 5
    with ClipReader(path) as reader:
        frames = list(reader.frames())
        assert [frame.time_s for frame in frames] == pytest.approx([frame.time for frame in raw])
        for number, frame in enumerate(frames):
            picture = frame.rgb()
            assert comb(picture) < 0.6
            assert bar_left(picture) == pytest.approx(20 + STEP * 2 * number, abs=1.5)
        sharp = frames[10].rgb()[205:235].mean(axis=(0, 2))
        assert sharp[::8].mean() - sharp[4::8].mean() > 60, "what stands still keeps its detail"


def test_a_frame_is_the_same_wherever_reading_began(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", "tff")
    with ClipReader(path) as reader:
        through = {round(frame.time_s, 6): frame.rgb() for frame in reader.frames()}
        for wanted in (0.0, 0.4, 0.92):
            near = next(reader.frames_near([wanted]))
            assert near.time_s == pytest.approx(wanted, abs=1e-6)
            assert bar_left(near.rgb()) == bar_left(through[round(wanted, 6)])
            assert comb(near.rgb()) < 0.6
        keyframes = reader.keyframe_times()
        for near in reader.frames_near(list(keyframes)):
            assert np.array_equal(near.rgb(), through[round(near.time_s, 6)])


def test_ten_bit_pictures_are_made_whole_too(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mkv", "tff", codec="ffv1", pixels="yuv422p10le")
    if not decoded(path)[5].interlaced_frame:
        pytest.skip("this FFmpeg does not keep the mark in FFV1")
    with ClipReader(path) as reader:
        assert max(comb(frame.rgb()) for frame in reader.frames()) < 0.6


def test_pictures_that_are_not_interlaced_are_the_decoders_own(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for i in range(6):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(field_at(i), format="rgb24")))
        container.mux(stream.encode(None))
    raw = decoded(tmp_path / "a.mp4")
    assert all(one is other for one, other in zip(whole_pictures(iter(raw)), raw, strict=True))


def test_deinterlaced_frames_keep_their_metadata(tmp_path: Path) -> None:
    raw = decoded(turn(film(tmp_path / "a.mp4", "bff"), ((0, 1), (-1, 0))))
    whole = list(whole_pictures(iter(raw)))
    assert len(whole) == len(raw)
    assert abs(whole[3].rotation) == 90
    kept = ("time", "key_frame", "is_corrupt", "rotation", "colorspace", "color_range", "color_trc", "width", "height")
    for one, other in zip(whole, raw, strict=True):
        assert not one.interlaced_frame
        assert [getattr(one, name) for name in kept] == [getattr(other, name) for name in kept]
