"""Crops in YUV compared with crops of the converted full frame."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest

from formcheck.video.frame import Converter, Cutout, Orientation

FORMATS = ["yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p12le", "nv12", "rgb24", "gray"]


def scene(width: int, height: int) -> np.ndarray:
    """Soft hills of all colours, brighter to the right and redder to the bottom, so that every turn looks different."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    red = 40 + 170 * y
    green = 128 + 60 * np.sin(9 * x) * np.cos(7 * y)
    blue = 30 + 180 * x
    return np.stack([red, green, blue], axis=2).astype(np.uint8)


def stored(picture: np.ndarray, form: str) -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=form)


def the_long_way(frame: av.VideoFrame, turns: int, size: tuple[int, int], cut: Cutout) -> np.ndarray:
    """The whole picture in RGB, turned, in square pixels, then the part, then made small."""
    whole = np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), k=turns))
    if (whole.shape[1], whole.shape[0]) != size:
        whole = cv2.resize(whole, size, interpolation=cv2.INTER_LINEAR)
    height, width = cut.picture.shape[:2]
    left, top = cut.origin
    across, down = cut.scale
    x = (left + (np.arange(width) + 0.5) / across - 0.5).astype(np.float32)
    y = (top + (np.arange(height) + 0.5) / down - 0.5).astype(np.float32)
    return cv2.remap(whole, *np.meshgrid(x, y), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("turns", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [(320, 180), (321, 179)])
def test_a_cut_looks_like_the_same_part_of_the_whole_picture(form: str, turns: int, size: tuple[int, int]) -> None:
    frame = stored(scene(*size), form)
    upright = size[::-1] if turns % 2 else size
    box = (upright[0] // 5 + 1, upright[1] // 4, upright[0] * 4 // 5, upright[1] - 7)
    for scale in (0.4, 1.0, 1.7):
        cut = Converter().cut(frame, Orientation(turns), upright, box, scale)
        assert np.abs(cut.picture.astype(int) - the_long_way(frame, turns, upright, cut)).mean() < 3
        left, right = upright[0] - box[2], upright[0] - box[0]
        mirrored = Converter().cut(frame, Orientation(turns, True), upright, (left, box[1], right, box[3]), scale)
        assert np.abs(mirrored.picture[:, ::-1].astype(int) - cut.picture).mean() < 3
        assert mirrored.box == pytest.approx((upright[0] - cut.box[2], cut.box[1], upright[0] - cut.box[0], cut.box[3]))
        assert np.abs(np.array(cut.box) - box).max() <= 2
        assert cut.scale == pytest.approx([scale, scale], abs=0.03)


def test_an_edge_stays_where_it_was_to_a_fraction_of_a_pixel() -> None:
    picture = np.zeros((200, 300, 3), np.uint8)
    picture[:, 137:] = 255
    frame = stored(picture, "yuv420p")
    cut = Converter().cut(frame, Orientation(), (300, 200), (41, 20, 260, 180), 0.31)
    share_dark = 1 - cut.picture[:, :, 1].mean(axis=0).sum() / 255 / cut.picture.shape[1]
    left, _, right, _ = cut.box
    assert left + share_dark * (right - left) == pytest.approx(137, abs=0.7)


@pytest.mark.parametrize("turns", [0, 1])
def test_pixels_that_are_not_square_become_square(turns: int) -> None:
    frame = stored(scene(240, 200), "yuv420p")
    upright = (360, 200) if not turns else (200, 360)
    cut = Converter().cut(frame, Orientation(turns), upright, (0, 0, *upright), 0.5)
    assert cut.picture.shape[1::-1] == (upright[0] // 2, upright[1] // 2)
    assert cut.box == (0, 0, *upright)
    assert np.abs(cut.picture.astype(int) - the_long_way(frame, turns, upright, cut)).mean() < 3


def test_a_box_at_the_edge_of_an_odd_picture_keeps_its_last_column() -> None:
    frame = stored(scene(321, 179), "yuv420p")
    cut = Converter().cut(frame, Orientation(), (321, 179), (300, 100, 321, 179), 1.0)
    assert cut.box == (300, 100, 321, 179)


@pytest.mark.parametrize("form", ["yuv420p", "yuv420p10le"])
def test_a_small_grey_picture(form: str) -> None:
    picture = scene(640, 480)
    gray = Converter().gray(stored(picture, form), 48, 48)
    wanted = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (48, 48), interpolation=cv2.INTER_AREA)
    # Grey pictures keep the file's range (16-235).
    assert np.abs(gray.astype(float) - (16 + wanted * 219 / 255)).mean() < 3 or np.abs(gray.astype(float) - wanted).mean() < 3


@pytest.mark.parametrize(("transfer", "signal"), [(18, 0.38), (16, 0.38)])
@pytest.mark.parametrize("turns", [0, 1])
def test_the_models_pictures_of_an_hdr_clip_look_ordinary(transfer: int, signal: float, turns: int) -> None:
    """A grey card of 26 cd/m2 (BT.2408) beside diffuse white of 203."""
    frame = av.VideoFrame(160, 121, "yuv420p10le")
    for plane, value in zip(frame.planes, (64 + 876 * signal, 512, 512), strict=True):
        np.asarray(memoryview(plane)).view("<u2")[:] = round(value)
    frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc = 9, 1, 9, transfer
    upright = (121, 160) if turns else (160, 121)
    cut = Converter().cut(frame, Orientation(turns), upright, (0, 0, *upright), 0.5)
    assert cut.picture.shape[1::-1] == pytest.approx((upright[0] / 2, upright[1] / 2), abs=1)
    assert np.abs(cut.picture.astype(float) - 255 * (26 / 203) ** (1 / 2.4)).max() < 4
