"""A part of a decoded frame as a small upright RGB picture: cut and scaled while it is YUV, turned when it is small."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from formcheck.video.colours import LIMITED, is_hdr, tags_of
from formcheck.video.orientation import Orientation
from formcheck.video.tone import ToneMap

Box = tuple[int, int, int, int]
Edges = tuple[float, float, float, float]

#: libswscale's SWS_FULL_CHR_H_INT and SWS_ACCURATE_RND, which not every PyAV has names for: without them it takes the colours
#: of two pixels for both and rounds white down.
_EXACT = 0x2000 | 0x40000


@dataclass(frozen=True)
class Cutout:
    """A part of an upright picture, scaled.

    Attributes:
        picture: (h, w, 3) uint8 RGB.
        box: left, top, right, bottom of the part in pixels of the whole upright picture (edges, not pixel centres). It is
            the part asked for, widened to the edges that the file's colour planes can be cut at.
    """

    picture: NDArray[np.uint8]
    box: Edges

    def part(self, box: Edges, longest: int) -> Cutout:
        """A part of this picture, its longest side no longer than `longest` pixels; `box` as for the whole picture."""
        height, width = self.picture.shape[:2]
        corners = (np.array(box).reshape(2, 2) - self.origin) * self.scale
        left, top = np.floor(np.clip(corners[0] + 1e-6, 0, (width - 1, height - 1))).astype(int)
        right, bottom = np.minimum(np.maximum(np.ceil(corners[1] - 1e-6).astype(int), (left + 1, top + 1)), (width, height))
        part = self.picture[top:bottom, left:right]
        edges = np.array([[left, top], [right, bottom]]) / self.scale + self.origin
        shrink = longest / max(part.shape[:2])
        if shrink < 1:
            size = (max(1, round(part.shape[1] * shrink)), max(1, round(part.shape[0] * shrink)))
            part = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
        return Cutout(np.ascontiguousarray(part), _edges(edges))

    @property
    def origin(self) -> NDArray[np.float64]:
        """(2,) where the picture's corner lies in the whole picture."""
        return np.array(self.box[:2])

    @property
    def scale(self) -> NDArray[np.float64]:
        """(2,) pixels of this picture for one of the whole, across and down."""
        left, top, right, bottom = self.box
        height, width = self.picture.shape[:2]
        return np.array([width / (right - left), height / (bottom - top)])


class Converter:
    """Cuts pictures out of decoded frames. One for each thread: it keeps libswscale's tables between frames."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()
        self._tone = ToneMap()

    def cut(self, source: Any, way: Orientation, size: tuple[int, int], box: Box, scale: float) -> Cutout:
        """Cut `box` out of a frame and scale it.

        Args:
            source: the decoder's frame, as stored.
            way: how it is turned to stand upright.
            size: width and height of the upright picture in square pixels (`ClipInfo`).
            box: left, top, right, bottom in that picture.
            scale: pixels of the result for one of that picture.
        """
        stored = way.stored_size(size)  # in square pixels
        stretch = np.array([source.width / stored[0], source.height / stored[1]])
        corners = way.to_stored(np.array([box[:2], box[2:]], dtype=np.float64), size) * stretch
        area = _aligned(corners, source)
        part = _part_of(source, area)
        shown = np.array(area, dtype=np.float64).reshape(2, 2) / stretch
        width, height = np.maximum(1, np.round((shown[1] - shown[0]) * scale)).astype(int)
        picture = self._rgb(part, int(width), int(height))
        edges = np.sort(way.to_seen(shown, size), axis=0)
        return Cutout(way.upright(picture), _edges(edges))

    def gray(self, source: Any, width: int, height: int) -> NDArray[np.uint8]:
        """The whole frame as a small grey picture, (height, width) uint8, as stored (not turned upright)."""
        small = self._scaler.reformat(
            source, width=width, height=height, format="gray", interpolation=Interpolation.AREA, threads=1
        )
        return np.asarray(small.to_ndarray(), dtype=np.uint8)

    def _rgb(self, part: Any, width: int, height: int) -> NDArray[np.uint8]:
        """Scale a frame and convert it to (height, width, 3) RGB, in one go; HDR becomes what an ordinary camera shows."""
        shrinks = width * height < part.width * part.height
        way = _EXACT | int(Interpolation.AREA if shrinks else Interpolation.BICUBIC)
        if is_hdr(tags_of(part)):
            part = self._scaler.reformat(
                part, width=width, height=height, format="yuv420p10le", interpolation=way, dst_color_range=LIMITED, threads=1
            )
            part = self._tone.frame(part)
        small = self._scaler.reformat(part, width=width, height=height, format="rgb24", interpolation=way, threads=1)
        return np.asarray(small.to_ndarray(), dtype=np.uint8)


def _edges(corners: NDArray[np.float64]) -> Edges:
    left, top, right, bottom = (float(edge) for edge in corners.ravel())
    return left, top, right, bottom


def _part_of(source: Any, area: Box) -> Any:
    """A frame that holds only an area of another (aligned to its colour planes)."""
    left, top, right, bottom = area
    if area == (0, 0, source.width, source.height):
        return source
    if not _has_planes(source.format):
        source = source.reformat(format="yuv444p", threads=1)
    part = av.VideoFrame(right - left, bottom - top, source.format.name)
    for theirs, ours in zip(source.planes, part.planes, strict=True):
        step = _bytes_per_pixel(source.format)
        across, down = _subsampling(source.width, theirs.width), _subsampling(source.height, theirs.height)
        pixels = np.frombuffer(theirs, dtype=np.uint8).reshape(-1, theirs.line_size)
        target = np.frombuffer(ours, dtype=np.uint8).reshape(-1, ours.line_size)
        rows, columns = slice(top // down, top // down + ours.height), left // across * step
        target[: ours.height, : ours.width * step] = pixels[rows, columns : columns + ours.width * step]
    part.colorspace, part.color_range = source.colorspace, source.color_range
    part.color_trc, part.color_primaries = source.color_trc, source.color_primaries
    return part


def _has_planes(form: Any) -> bool:
    """Whether every colour has a plane of its own, of whole bytes: all that phones and cameras write."""
    return form.name.startswith(("yuv4", "yuvj4", "gray")) and len({c.plane for c in form.components}) == len(form.components)


def _bytes_per_pixel(form: Any) -> int:
    return 2 if int(form.components[0].bits) > 8 else 1


def _subsampling(whole: int, plane: int) -> int:
    """Pixels of the picture for one of the plane: 1, 2 or 4 (odd pictures have rounded up planes)."""
    return min((1, 2, 4), key=lambda step: abs(-(-whole // step) - plane))


def _aligned(corners: NDArray[np.float64], source: Any) -> Box:
    """The smallest area around two corners that the planes can be cut at; the picture's own edges always can."""
    step_x = max(_subsampling(source.width, plane.width) for plane in source.planes)
    step_y = max(_subsampling(source.height, plane.height) for plane in source.planes)
    low, high = np.sort(corners, axis=0)
    # A box edge that is off a whole number by rounding only must not add a pixel.
    left, right = _outward(low[0], high[0], step_x, source.width)
    top, bottom = _outward(low[1], high[1], step_y, source.height)
    return left, top, right, bottom


def _outward(low: float, high: float, step: int, end: int) -> tuple[int, int]:
    first = math.floor(min(max(low, 0.0), end - 1) / step + 1e-6) * step
    last = math.ceil(high / step - 1e-6) * step
    return first, min(end, max(last, first + step))
