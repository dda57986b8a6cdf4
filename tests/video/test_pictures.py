"""Frames in the planes of the written video: place and colours."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from formcheck.video.colours import ColourTags, written_tags
from formcheck.video.frame import Frame
from formcheck.video.reader import ClipReader
from formcheck.video.writer import Canvas, Paintable, Planes, YuvConverter, even_aligned


class Turned:
    """A decoded frame that says it must be turned."""

    def __init__(self, source: object, rotation: int) -> None:
        self._source, self.rotation = source, rotation

    def __getattr__(self, name: str) -> object:
        return getattr(self._source, name)


class Scaler(YuvConverter):
    """Takes frames that only pretend to be turned."""

    def _scaled(self, source: object, width: int, height: int) -> object:
        return super()._scaled(getattr(source, "_source", source), width, height)


def scene(width: int, height: int) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    return np.stack([40 + 170 * y, 128 + 60 * np.sin(5 * x) * np.cos(4 * y), 30 + 180 * x], axis=2).astype(np.uint8)


def rgb_of(planes: Planes) -> np.ndarray:
    result = np.zeros((*planes.size[::-1], 3), dtype=np.uint8)
    Paintable().to_rgb(planes, result)
    return result


@pytest.mark.parametrize("form", ["yuv420p", "yuvj420p", "yuv420p10le", "yuv422p", "yuv444p", "nv12", "rgb24"])
@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
@pytest.mark.parametrize("scale", [0.5, 1.0, 1.5])
def test_pictures_stand_upright_in_their_place(form: str, rotation: int, scale: float) -> None:
    source = av.VideoFrame.from_ndarray(scene(192, 128), format="rgb24").reformat(format=form)
    upright = np.rot90(scene(192, 128), k=round(rotation / 90) % 4)
    height, width = (round(side * scale) for side in upright.shape[:2])
    canvas = Canvas(width + 40, height + 20)
    for plane in canvas.planes:
        plane[:] = 77
    Scaler().put(Frame(0, 0.0, Turned(source, rotation), upright.shape[1::-1]), canvas.planes.part(0, 0, width, height))
    small = av.VideoFrame.from_ndarray(np.ascontiguousarray(upright), format="rgb24").reformat(width, height).to_ndarray()
    assert np.abs(rgb_of(canvas.planes.part(0, 0, width, height)).astype(int) - small).mean() < 3
    assert (canvas.planes.y[height:] == 77).all()
    assert (canvas.planes.u[:, width // 2 :] == 77).all()


def test_planes_of_the_right_size_are_the_clips_own() -> None:
    source = av.VideoFrame.from_ndarray(scene(192, 128), format="rgb24").reformat(format="yuv420p")
    canvas = Canvas(192, 128)
    YuvConverter().put(Frame(0, 0.0, source, (192, 128)), canvas.planes)
    assert (canvas.frame.to_ndarray() == source.to_ndarray()).all()


@pytest.mark.parametrize("form", ["yuv420p", "yuv420p10le"])
@pytest.mark.parametrize("matrix", [1, 5, 9])
def test_sdr_is_scaled_without_a_change_of_colours(form: str, matrix: int) -> None:
    source = av.VideoFrame(128, 96, form)
    wanted = (90, 150, 70)
    for plane, value in zip(source.planes, wanted, strict=True):
        pixels = np.asarray(memoryview(plane))
        pixels.view("<u2" if form.endswith("10le") else np.uint8)[:] = value * (4 if form.endswith("10le") else 1)
    source.colorspace, source.color_range, source.color_primaries, source.color_trc = matrix, 1, 9, 14
    assert written_tags(source) == ColourTags(matrix, 1, 9, 14)
    canvas = Canvas(64, 48)
    YuvConverter().put(Frame(0, 0.0, source, (128, 96)), canvas.planes)
    assert [float(plane.mean()) for plane in canvas.planes] == pytest.approx(wanted, abs=0.6)


@pytest.mark.parametrize("size", [(64, 48), (128, 96)])
def test_ten_bits_are_rounded_without_a_pattern(size: tuple[int, int]) -> None:
    """Dither would be noise that costs bits."""
    source = av.VideoFrame(128, 96, "yuv420p10le")
    for plane, value in zip(source.planes, (603, 510, 401), strict=True):
        np.asarray(memoryview(plane)).view("<u2")[:] = value
    source.colorspace, source.color_range = 1, 1
    canvas = Canvas(*size)
    YuvConverter().put(Frame(0, 0.0, source, (128, 96)), canvas.planes)
    assert [sorted(set(plane.ravel().tolist())) for plane in canvas.planes] == [[151], [128], [100]]


def test_what_is_not_painted_stays() -> None:
    canvas = Canvas(96, 64)
    rng = np.random.default_rng(2)
    for plane in canvas.planes:
        plane[:] = rng.integers(112, 144, plane.shape, dtype=np.uint8)
    before = canvas.frame.to_ndarray().copy()
    part, rgb = canvas.planes.part(20, 10, 60, 50), np.zeros((40, 40, 3), dtype=np.uint8)
    paintable = Paintable()
    paintable.to_rgb(part, rgb)
    rgb[:8] = (255, 0, 0)
    paintable.to_planes(rgb, part)
    after = canvas.frame.to_ndarray()
    changed = np.argwhere(np.abs(after[:64].astype(int) - before[:64]) > 6)
    assert len(changed) > 100
    assert (changed.min(axis=0) >= [10, 20]).all()
    assert (changed.max(axis=0) < [18, 60]).all()


def test_even_edges_lie_around_and_inside() -> None:
    assert even_aligned(3.2, 4.9, 7.0, 9.1, (20, 12)) == (2, 4, 8, 10)
    assert even_aligned(-30.0, -2.0, 50.0, 11.5, (20, 12)) == (0, 0, 20, 12)
    left, top, right, bottom = even_aligned(100.0, 100.0, 120.0, 130.0, (20, 12))
    assert right <= left
    assert bottom <= top


def write_hdr(path: Path, transfer: int, greys: list[float]) -> None:
    """A 10-bit HEVC clip of vertical grey bars, stored on its side."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx265", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p10le"
        stream.options = {"preset": "ultrafast", "x265-params": "log-level=none:crf=10"}
        context = stream.codec_context
        context.colorspace, context.color_range, context.color_primaries, context.color_trc = 9, 1, 9, transfer
        for i in range(4):
            frame = av.VideoFrame(320, 192, "yuv420p10le")
            for plane in frame.planes[1:]:
                np.asarray(memoryview(plane)).view("<u2")[:] = 512
            light = np.asarray(memoryview(frame.planes[0])).view("<u2").reshape(192, -1)
            for k, grey in enumerate(greys):
                light[:, k * 320 // len(greys) : (k + 1) * 320 // len(greys)] = round(64 + 876 * grey)
            frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc = 9, 1, 9, transfer
            frame.pts, frame.time_base = i, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


@pytest.mark.skipif("libx265" not in av.codecs_available, reason="this PyAV cannot write HEVC")
@pytest.mark.parametrize(("transfer", "greys"), [(18, [0.0, 0.38, 0.75, 1.0]), (16, [0.0, 0.38, 0.58, 0.90])])
def test_an_hdr_clip_has_the_right_levels(tmp_path: Path, transfer: int, greys: list[float]) -> None:
    write_hdr(tmp_path / "hdr.mp4", transfer, greys)
    with ClipReader(tmp_path / "hdr.mp4") as reader:
        frame = next(reader.frames())
        canvas = Canvas(160, 96)
        YuvConverter().put(frame, canvas.planes)
        assert written_tags(frame.source) == ColourTags(1, 1, 1, 1)
    # Black; 26 cd/m2; diffuse white (203 cd/m2) at 0.89 of the light; nearly full white.
    for k, wanted in enumerate((16, 109, 225, 235)):
        bar = canvas.planes.y[:, k * 40 + 8 : k * 40 + 32]
        assert float(bar.mean()) == pytest.approx(wanted, abs=3)
        assert float(canvas.planes.u[:, k * 20 + 4 : k * 20 + 16].mean()) == pytest.approx(128, abs=1)
