"""HDR grey against the levels of ITU-R BT.2408, worked out with the standards' own formulas where they are few."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest

from formcheck.video.colours import HLG, KNEE, PQ, SDR, ToneMap, sdr_from_hdr, tags_of

#: Signals of BT.2408, table 1: HLG and PQ for the same light of a 1000 cd/m2 display, cd/m2.
LEVELS = [(0.38, 0.38, 26.0), (0.75, 0.58, 203.0)]


def coded(red: float, green: float, blue: float, transfer: int, size: tuple[int, int] = (66, 50)) -> av.VideoFrame:
    """A plain 10-bit BT.2020 frame."""
    luma = 0.2627 * red + 0.6780 * green + 0.0593 * blue
    values = (64 + 876 * luma, 512 + 896 * (blue - luma) / 1.8814, 512 + 896 * (red - luma) / 1.4746)
    frame = av.VideoFrame(*size, "yuv420p10le")
    for plane, value in zip(frame.planes, values, strict=True):
        np.asarray(memoryview(plane)).view("<u2")[:] = round(value)
    frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc = 9, 1, 9, transfer
    return frame


def levels(frame: av.VideoFrame) -> tuple[float, float, float]:
    planes = frame.to_ndarray()
    height, width = frame.height, frame.width
    quarter = (height // 2) * (width // 2)
    flat = planes.ravel()
    return (
        float(flat[: height * width].mean()), float(flat[height * width : height * width + quarter].mean()),
        float(flat[height * width + quarter :].mean()),
    )  # fmt: skip


@pytest.mark.parametrize(("hlg", "pq", "nits"), LEVELS)
def test_grey_comes_out_as_bright_as_the_standards_say(hlg: float, pq: float, nits: float) -> None:
    share = nits / 203
    if share > KNEE:
        share = KNEE + (1 - KNEE) * (1 - np.exp(-(share - KNEE) / (1 - KNEE)))
    wanted = 16 + 219 * share ** (1 / 2.4)
    for transfer, signal in ((HLG, hlg), (PQ, pq)):
        y, u, v = levels(ToneMap().frame(coded(signal, signal, signal, transfer)))
        assert y == pytest.approx(wanted, abs=3)
        assert (u, v) == pytest.approx((128, 128), abs=1)


@pytest.mark.parametrize("transfer", [HLG, PQ])
def test_a_ramp_rises_smoothly_from_black_to_white(transfer: int) -> None:
    result = [levels(ToneMap().frame(coded(x, x, x, transfer)))[0] for x in np.linspace(0, 1, 60)]
    assert result[0] == pytest.approx(16, abs=1)
    assert result[-1] == pytest.approx(235, abs=1)
    steps = np.diff(result)
    assert steps.min() >= 0
    assert steps.max() < 14


@pytest.mark.parametrize("rgb", [(0.6, 0.3, 0.3), (0.38, 0.5, 0.36), (0.25, 0.3, 0.6), (0.7, 0.65, 0.2), (0.35, 0.3, 0.28)])
@pytest.mark.parametrize("transfer", [HLG, PQ])
def test_the_tables_say_what_the_formulas_say(rgb: tuple[float, float, float], transfer: int) -> None:
    red, green, blue = sdr_from_hdr(np.array(rgb), transfer)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    wanted = (16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748)
    assert levels(ToneMap().frame(coded(*rgb, transfer))) == pytest.approx(wanted, abs=2.5)


def test_a_colour_that_both_can_show_keeps_its_hue() -> None:
    """A red of BT.709, said in BT.2020 and HLG."""
    to_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
    linear = np.array([0.3, 0.1, 0.1])
    shown = to_2020 @ linear * 203 / 10_000
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    signal = ((c1 + c2 * shown**m1) / (1 + c3 * shown**m1)) ** m2
    assert sdr_from_hdr(signal, PQ) == pytest.approx(linear ** (1 / 2.4), abs=0.01)


@pytest.mark.parametrize("size", [(65, 49), (64, 48)])
def test_what_is_mapped_says_so_and_the_rest_is_left_alone(size: tuple[int, int]) -> None:
    result = ToneMap().frame(coded(0.5, 0.5, 0.5, HLG, size))
    assert (result.format.name, result.width, result.height) == ("yuv420p", *size)
    assert tags_of(result) == SDR
    plain = coded(0.5, 0.5, 0.5, 1)
    assert ToneMap().frame(plain) is plain


def test_an_opencv_without_large_tables_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = coded(0.7, 0.65, 0.2, HLG)
    light = np.asarray(memoryview(frame.planes[0])).view("<u2")
    light[:] = np.random.default_rng(0).integers(0, 1024, light.shape)
    wanted = ToneMap().frame(frame).to_ndarray()

    def refuse(*_: object, **__: object) -> None:
        raise cv2.error("(lut.depth() == CV_8U)")

    monkeypatch.setattr(cv2, "LUT", refuse)
    assert (ToneMap().frame(frame).to_ndarray() == wanted).all()
