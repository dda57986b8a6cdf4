"""Colour tags of video files (FFmpeg's numbers), and HDR pictures as ordinary BT.709 ones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

#: Matrices, primaries and transfers used here. 2 is FFmpeg's "unspecified".
BT709, UNSPECIFIED, BT601 = 1, 2, 5
PQ, HLG = 16, 18
LIMITED, FULL = 1, 2


@dataclass(frozen=True)
class ColourTags:
    """FFmpeg's numbers for matrix, range, primaries and transfer, as a file states them."""

    matrix: int = BT601
    range: int = 0
    primaries: int = UNSPECIFIED
    transfer: int = UNSPECIFIED


#: The tags of ordinary video, and of HDR clips after tone mapping.
SDR = ColourTags(BT709, LIMITED, BT709, BT709)


def tags_of(source: Any) -> ColourTags:
    """The tags of a decoded frame. Older PyAV versions lack primaries and transfer: they count as unspecified."""
    return ColourTags(
        int(source.colorspace), int(source.color_range),
        int(getattr(source, "color_primaries", UNSPECIFIED)), int(getattr(source, "color_trc", UNSPECIFIED)),
    )  # fmt: skip


def is_hdr(tags: ColourTags) -> bool:
    """Whether brightness is coded as HLG or PQ, so the frame needs tone mapping."""
    return tags.transfer in (HLG, PQ)


def is_yuv(source: Any) -> bool:
    """Whether a frame holds luma and colour differences, rather than RGB, a palette or grey alone."""
    form = source.format
    return not form.is_rgb and not form.has_palette and len(form.components) >= 3


def has_full_range(source: Any) -> bool:
    """Whether black is 0 and not 16."""
    return int(source.color_range) == FULL or str(source.format.name).startswith("yuvj")


def written_tags(source: Any) -> ColourTags:
    """The tags of a video written from frames like this one (see `YuvConverter`)."""
    tags = tags_of(source)
    if is_hdr(tags):
        return SDR
    if not is_yuv(source):  # converted with libswscale's default matrix
        return ColourTags()
    return ColourTags(tags.matrix, LIMITED if has_full_range(source) else tags.range, tags.primaries, tags.transfer)


# Tone mapping: HDR pictures (BT.2020 with HLG or PQ, as phones film them) as ordinary BT.709 ones.

Floats = NDArray[np.float64]

#: Diffuse white in cd/m2 (ITU-R BT.2408), and the nominal peak of an HLG display with its gamma (BT.2100).
WHITE_NITS, HLG_PEAK_NITS, HLG_GAMMA = 203.0, 1000.0, 1.2
#: Brightness up to this share of white is kept; above it highlights are compressed. A drawing choice: white itself comes
#: out at 0.89, which leaves a tenth of the range for lamps and windows.
KNEE = 0.7
#: An SDR display's gamma (BT.1886).
SDR_GAMMA = 2.4
#: Linear BT.2020 to linear BT.709 (BT.2087), and the weights of brightness in either.
TO_709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
WEIGHTS_2020, WEIGHTS_709 = np.array([0.2627, 0.6780, 0.0593]), np.array([0.2126, 0.7152, 0.0722])

#: Levels of luma and of each colour difference in the colour table, which is interpolated.
_SLICES, _STEPS = 64, 65
_LEVELS = 1024


class ToneMap:
    """Maps frames from HDR to SDR. One per thread: it keeps libswscale's tables and a picture buffer between frames."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()
        self._grey: NDArray[np.int16] = np.empty((0, 0), dtype=np.int16)

    def frame(self, source: Any) -> Any:
        """An HDR frame as 8-bit 4:2:0 BT.709 of the same size, limited range; any other frame unchanged."""
        tags = tags_of(source)
        if not is_hdr(tags):
            return source
        bits = self._scaler.reformat(source, format="yuv420p10le", dst_color_range=LIMITED, threads=1)
        y, u, v = (plane_pixels(plane, np.uint16) for plane in bits.planes)
        light, colour = _tables(tags.transfer)
        height, width = u.shape
        half = cv2.resize(y, (width, height), interpolation=cv2.INTER_LINEAR)
        step = (_STEPS - 1) / _LEVELS
        down = cv2.addWeighted(u, step, half >> 4, _STEPS, 0.0, dtype=cv2.CV_32F)
        changed = cv2.remap(colour, v * np.float32(step), down, cv2.INTER_LINEAR)
        more, *differences = (cv2.extractChannel(changed, channel) for channel in range(3))
        more = cv2.resize(np.rint(more).astype(np.int16), (y.shape[1], y.shape[0]), interpolation=cv2.INTER_LINEAR)
        if self._grey.shape != y.shape:
            self._grey = np.empty(y.shape, dtype=np.int16)
        _look_up(light, y, self._grey)
        result = av.VideoFrame(source.width, source.height, "yuv420p")
        cv2.add(self._grey, more, dst=plane_pixels(result.planes[0], np.uint8), dtype=cv2.CV_8U)
        for plane, values in zip(result.planes[1:], differences, strict=True):
            plane_pixels(plane, np.uint8)[:] = cv2.convertScaleAbs(np.maximum(values, 0))
        result.colorspace, result.color_range = SDR.matrix, SDR.range
        if hasattr(result, "color_trc"):
            result.color_primaries, result.color_trc = SDR.primaries, SDR.transfer
        return result


def _look_up(table: NDArray[np.int16], places: NDArray[np.uint16], target: NDArray[np.int16]) -> None:
    """Fill `target` with `table` at `places`: OpenCV's lookup (since 4.12) takes a sixth of NumPy's time."""
    try:
        cv2.LUT(places, table, dst=target)
    except cv2.error:
        np.take(table, places, out=target)


def sdr_from_hdr(coded: Floats, transfer: int) -> Floats:
    """(..., 3) R'G'B' of BT.2020, 0-1, coded with HLG or PQ, as R'G'B' of BT.709, 0-1."""
    linear = np.maximum(_nits(coded, transfer) / WHITE_NITS @ TO_709.T, 0.0)
    peak = linear.max(axis=-1, keepdims=True)
    over = KNEE + (1 - KNEE) * (1 - np.exp(-(np.maximum(peak, KNEE) - KNEE) / (1 - KNEE)))
    shown = np.where(peak > KNEE, over, peak)
    return np.asarray((linear * (shown / np.maximum(peak, 1e-9))) ** (1 / SDR_GAMMA))


def _nits(coded: Floats, transfer: int) -> Floats:
    """The light of a reference display in cd/m2."""
    coded = np.clip(coded, 0.0, 1.0)
    if transfer == HLG:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(coded <= 0.5, coded**2 / 3, (np.exp((coded - c) / a) + b) / 12)
        brightness = scene @ WEIGHTS_2020
        return np.asarray(HLG_PEAK_NITS * scene * np.maximum(brightness, 1e-9)[..., None] ** (HLG_GAMMA - 1))
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    power = coded ** (1 / m2)
    return np.asarray(10_000 * (np.maximum(power - c1, 0) / (c2 - c3 * power)) ** (1 / m1))


@lru_cache(maxsize=2)
def _tables(transfer: int) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
    """(65536,) 8-bit luma of each 10-bit grey, and the colour table, (slices * steps, steps, 4): addition to luma, Cb and Cr.

    The first table is padded with its last value beyond 10 bits. The second is a picture: its rows are the blue difference,
    one slice of luma after the other, its columns the red difference. The fourth channel is unused: OpenCV looks up four
    channels in half the time of three.
    """
    levels = np.arange(_LEVELS, dtype=np.float64)
    grey = _mapped(levels, np.full(_LEVELS, 512.0), np.full(_LEVELS, 512.0), transfer)[..., 0]
    brightness = (np.arange(_SLICES) + 0.5) * (_LEVELS / _SLICES)
    difference = np.arange(_STEPS) * (_LEVELS / (_STEPS - 1))
    y, u, v = np.meshgrid(brightness, difference, difference, indexing="ij")
    colour = _mapped(y, u, v, transfer)
    colour[..., 0] -= np.interp(brightness, levels, grey)[:, None, None]
    four = np.concatenate([colour, np.zeros_like(colour[..., :1])], axis=-1)
    whole = np.pad(np.rint(grey).astype(np.int16), (0, 2**16 - _LEVELS), mode="edge")
    return whole, four.reshape(_SLICES * _STEPS, _STEPS, 4).astype(np.float32)


def _mapped(y: Floats, u: Floats, v: Floats, transfer: int) -> Floats:
    """(..., 3) 8-bit Y, Cb, Cr of BT.709 for 10-bit ones of BT.2020 (limited range both)."""
    luma, blue, red = (y - 64) / 876, (u - 512) / 896 * 1.8814, (v - 512) / 896 * 1.4746
    r, b = luma + red, luma + blue
    g = (luma - WEIGHTS_2020[0] * r - WEIGHTS_2020[2] * b) / WEIGHTS_2020[1]
    rgb = sdr_from_hdr(np.stack([r, g, b], axis=-1), transfer)
    luma = rgb @ WEIGHTS_709
    blue, red = (rgb[..., 2] - luma) / 1.8556, (rgb[..., 0] - luma) / 1.5748
    return np.stack([16 + 219 * luma, 128 + 224 * blue, 128 + 224 * red], axis=-1)


def plane_pixels(plane: Any, kind: Any) -> NDArray[Any]:
    """A frame's plane as an array that shares its memory."""
    rows: NDArray[Any] = np.asarray(memoryview(plane)).view(np.uint8).reshape(-1, plane.line_size).view(kind)
    return rows[: plane.height, : plane.width]
