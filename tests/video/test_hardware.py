"""Decoding and encoding on graphics hardware: what it gives is the same, and without any the work is done in software."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.codec.hwaccel import HWAccel

from formcheck.video import decoding
from formcheck.video.files import open_media
from formcheck.video.hardware import hardware_encoder, planar
from formcheck.video.reader import ClipReader
from formcheck.video.writer import VideoWriter

SIZE, COUNT, HZ = (96, 64), 24, 30


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hardware") / "clip.mp4"
    random = np.random.default_rng(0)
    with VideoWriter(path, *SIZE, HZ) as writer:
        for number in range(COUNT):
            writer.write(random.integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8), number / HZ)
    return path


def pictures(path: Path, *, hardware: bool) -> list[np.ndarray]:
    with ClipReader(path, hardware=hardware) as reader:
        return [frame.rgb() for frame in reader.frames()]


class Like:
    """Stands for a PyAV object: everything is the original's but what is overridden."""

    def __init__(self, original: Any, **other: Any) -> None:
        self.original = original
        self.__dict__.update(other)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)


def opened_on_device(path: Path, _: Any) -> Any:
    """An open file that says it decodes on hardware."""
    container = open_media(path)
    stream = container.streams.video[0]
    fake = Like(stream, codec_context=Like(stream.codec_context, is_hwaccel=True))
    return Like(container, demux=lambda _: container.demux(stream), streams=Like(container.streams, video=[fake]))


def test_a_device_that_is_not_there_is_passed_over(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = {"cuda": HWAccel("cuda", device="7"), "videotoolbox": HWAccel("videotoolbox")}
    monkeypatch.setattr(decoding, "decoding_devices", lambda: absent)
    assert np.array_equal(pictures(clip, hardware=True), pictures(clip, hardware=False))


def test_software_goes_on_where_the_hardware_fails(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = 0

    def fetch(picture: Any) -> Any:
        nonlocal fetched
        fetched += 1
        if fetched > COUNT // 2:
            raise av.error.ExternalError(1, "the device is gone")
        return picture

    monkeypatch.setattr(decoding, "decoding_devices", lambda: {"cuda": None})
    monkeypatch.setattr(decoding, "open_media", opened_on_device)
    monkeypatch.setattr(decoding, "pictures_of", lambda container: list(container.streams.video))
    monkeypatch.setattr(decoding, "planar", fetch)
    with ClipReader(clip, hardware=True) as reader:
        found = [frame.rgb() for frame in reader.frames()]
        assert reader.failures == 0
    assert fetched > COUNT // 2
    assert np.array_equal(found, pictures(clip, hardware=False))


@pytest.mark.parametrize(("form", "kind", "shift"), [("nv12", np.uint8, 0), ("p010le", np.uint16, 6)])
def test_pictures_from_hardware_become_planar_with_the_same_values(form: str, kind: Any, shift: int) -> None:
    random = np.random.default_rng(1)
    source = av.VideoFrame.from_ndarray(random.integers(0, 255, (64, 96, 3), dtype=np.uint8), "rgb24").reformat(format=form)
    source.pts = 7
    found = planar(source)
    grey, colours = (values(plane, kind) >> shift for plane in source.planes)
    assert found.pts == 7
    assert np.array_equal(values(found.planes[0], kind), grey)
    for number in (0, 1):
        assert np.array_equal(values(found.planes[1 + number], kind), colours[:, number::2])


def values(plane: Any, kind: Any) -> np.ndarray:
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size).view(kind)[: plane.height]


def test_pictures_that_are_planar_stay_as_they_are() -> None:
    source = av.VideoFrame(96, 64, "yuv444p")
    assert planar(source) is source


def test_a_video_is_written_with_whatever_encoder_there_is(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mp4"
    with VideoWriter(out, 640, 480, HZ, hardware=True) as writer:
        for number in range(COUNT):
            writer.write(np.full((480, 640, 3), 10 * number, dtype=np.uint8), number / HZ)
    seen = pictures(out, hardware=False)
    assert len(seen) == COUNT
    assert [round(float(picture.mean()) / 10) for picture in seen] == list(range(COUNT))
    assert hardware_encoder(640, 480) in (None, *av.codec.codecs_available)
