"""A decoded frame; rotated, cropped, scaled and converted only on request."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import av
import cv2
import numpy as np
from av.sidedata.sidedata import Type
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from formcheck.video.colours import LIMITED, ToneMap, is_hdr, tags_of

# Orientation: how a stored picture has to be rotated, and perhaps mirrored, to appear as filmed.

ROTATIONS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}


@dataclass(frozen=True)
class Orientation:
    """Rotation by `turns` x 90 degrees counter-clockwise (as `np.rot90`), then mirroring left to right."""

    turns: int = 0
    mirrored: bool = False

    def upright(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(h, w, ...) the stored picture turned upright, contiguous; OpenCV rotates ten times faster than numpy."""
        turned = cv2.rotate(picture, ROTATIONS[self.turns]) if self.turns else picture
        return np.ascontiguousarray(cv2.flip(turned, 1) if self.mirrored else turned)

    def stored_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Width and height of the stored picture for those of the upright one."""
        return (size[1], size[0]) if self.turns % 2 else size

    def to_stored(self, points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
        """(N, 2) points of the upright picture of `size` (width, height) as points of the stored one."""
        width, height = self.stored_size(size)
        x, y = points[:, 0], points[:, 1]
        if self.mirrored:
            x = size[0] - x
        back = {0: (x, y), 1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[self.turns]
        return np.stack(back, axis=1)

    def to_seen(self, points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
        """Inverse of `to_stored`; `size` is that of the upright picture."""
        width, height = self.stored_size(size)
        x, y = points[:, 0], points[:, 1]
        on = {0: (x, y), 1: (y, width - x), 2: (width - x, height - y), 3: (height - y, x)}[self.turns]
        return np.stack((size[0] - on[0], on[1]) if self.mirrored else on, axis=1)


def orientation_of(source: Any, more_turns: int = 0) -> Orientation:
    """The orientation of a decoded frame by its file, rotated further by `more_turns`."""
    matrix = source.side_data.get(Type.DISPLAYMATRIX)
    if matrix is not None:
        # Row vectors: (x, y) is displayed at (a x + c y, b x + d y).
        (a, b, _), (c, d, _), _ = np.frombuffer(matrix, dtype=np.int32).reshape(3, 3).astype(float)
        if a * d - b * c < 0:
            turned = -np.degrees(np.arctan2(b, -a))  # the rotation left when mirroring is undone
            # Before mirroring, rotation runs the other way.
            return Orientation(round(turned / 90 - more_turns) % 4, True)
    return Orientation((round(source.rotation / 90) + more_turns) % 4)


class Orientations:
    """Orientations of a clip's frames, cached by their display matrix.

    In PyAV a frame and its side data refer to each other: once asked for, the frame stays in memory until the garbage
    collector runs, and a second of a phone's full-size frames is half a gigabyte.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[float, int], Orientation] = {}

    def of(self, source: Any, more_turns: int = 0) -> Orientation:
        """As `orientation_of`."""
        key = (source.rotation, more_turns)
        if key not in self._known:
            self._known[key] = orientation_of(source, more_turns)
        return self._known[key]


# Cutouts: part of a decoded frame as a small upright RGB picture; cut and scaled in YUV, rotated last.

Box = tuple[int, int, int, int]
Edges = tuple[float, float, float, float]

#: libswscale's SWS_FULL_CHR_H_INT and SWS_ACCURATE_RND, which not every PyAV names. Without them two neighbouring pixels share
#: a colour and white is rounded down.
_EXACT = 0x2000 | 0x40000


@dataclass(frozen=True)
class Cutout:
    """A crop of an upright frame, scaled.

    Attributes:
        picture: (h, w, 3) uint8 RGB.
        box: left, top, right, bottom of the part in pixels of the whole upright picture (edges, not pixel centres): the part
            asked for, widened to edges at which the file's colour planes can be cut.
    """

    picture: NDArray[np.uint8]
    box: Edges

    def part(self, box: Edges, longest: int) -> Cutout:
        """A part of this picture, its longest side at most `longest` pixels; `box` in pixels of the whole picture."""
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
        """(2,) this picture's corner in the whole picture."""
        return np.array(self.box[:2])

    @property
    def scale(self) -> NDArray[np.float64]:
        """(2,) pixels of this picture per pixel of the whole one, across and down."""
        left, top, right, bottom = self.box
        height, width = self.picture.shape[:2]
        return np.array([width / (right - left), height / (bottom - top)])


class Converter:
    """Crops, scales and converts decoded frames. One per thread: it keeps libswscale's tables between frames."""

    def __init__(self) -> None:
        self._scaler = VideoReformatter()
        self._tone = ToneMap()

    def cut(self, source: Any, way: Orientation, size: tuple[int, int], box: Box, scale: float) -> Cutout:
        """Cut `box` out of a frame and scale it.

        Args:
            source: the decoder's frame, as stored.
            way: how it is rotated upright.
            size: width and height of the upright picture in square pixels (`ClipInfo`).
            box: left, top, right, bottom in that picture.
            scale: pixels of the result per pixel of that picture.
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
        """The whole frame as a small grey picture, (height, width) uint8, as stored (not upright)."""
        small = self._scaler.reformat(
            source, width=width, height=height, format="gray", interpolation=Interpolation.AREA, threads=1
        )
        return np.asarray(small.to_ndarray(), dtype=np.uint8)

    def _rgb(self, part: Any, width: int, height: int) -> NDArray[np.uint8]:
        """Scale a frame and convert it to (height, width, 3) RGB in one step; HDR is tone-mapped."""
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
    """A frame holding only an area of another, aligned to its colour planes."""
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
    """Whether the format is planar with whole bytes per sample, as phones and cameras write it."""
    return form.name.startswith(("yuv4", "yuvj4", "gray")) and len({c.plane for c in form.components}) == len(form.components)


def _bytes_per_pixel(form: Any) -> int:
    return 2 if int(form.components[0].bits) > 8 else 1


def _subsampling(whole: int, plane: int) -> int:
    """Pixels of the picture per pixel of the plane: 1, 2 or 4 (planes of odd pictures are rounded up)."""
    return min((1, 2, 4), key=lambda step: abs(-(-whole // step) - plane))


def _aligned(corners: NDArray[np.float64], source: Any) -> Box:
    """The smallest crop around two corners that is aligned to the chroma planes; the picture's own edges always are."""
    step_x = max(_subsampling(source.width, plane.width) for plane in source.planes)
    step_y = max(_subsampling(source.height, plane.height) for plane in source.planes)
    low, high = np.sort(corners, axis=0)
    # An edge off a whole number by rounding only must not add a pixel.
    left, right = _outward(low[0], high[0], step_x, source.width)
    top, bottom = _outward(low[1], high[1], step_y, source.height)
    return left, top, right, bottom


def _outward(low: float, high: float, step: int, end: int) -> tuple[int, int]:
    first = math.floor(min(max(low, 0.0), end - 1) / step + 1e-6) * step
    last = math.ceil(high / step - 1e-6) * step
    return first, min(end, max(last, first + step))


# Frames.

@dataclass(frozen=True)
class Frame:
    """One decoded picture. `index` counts from the clip's first frame, `time_s` is seconds since that frame."""

    index: int
    time_s: float
    _source: Any
    _size: tuple[int, int]
    _converter: Converter = field(default_factory=Converter)
    _more_turns: int = 0
    _orientations: Orientations = field(default_factory=Orientations)

    def cut(self, box: Box, scale: float) -> Cutout:
        """A part of the upright picture, scaled; only that part is converted."""
        return self._converter.cut(self._source, self.orientation, self._size, box, scale)

    def whole(self, longest: int) -> Cutout:
        """The whole upright picture, its longest side at most `longest` pixels."""
        return self.cut((0, 0, *self._size), min(1.0, longest / max(self._size)))

    def rgb(self) -> NDArray[np.uint8]:
        """The upright picture at full size, (height, width, 3) uint8 RGB. Slow: for single pictures."""
        return _upright(self._source.to_ndarray(format="rgb24"), self.orientation, self._size)

    @property
    def orientation(self) -> Orientation:
        """How the stored picture is rotated upright."""
        return self._orientations.of(self._source, self._more_turns)

    @property
    def source(self) -> Any:
        """The decoder's own frame, for `YuvConverter`."""
        return self._source

    @property
    def is_keyframe(self) -> bool:
        """Whether the picture is decodable without any other."""
        return bool(self._source.key_frame)

    @property
    def is_corrupt(self) -> bool:
        """Whether the decoder had to conceal a part of the picture."""
        return bool(self._source.is_corrupt)

    def gray(self, width: int, height: int) -> NDArray[np.uint8]:
        """A small grey copy for comparing frames, (height, width) uint8, not rotated upright."""
        return self._converter.gray(self._source, width, height)


def _upright(picture: NDArray[np.uint8], way: Orientation, size: tuple[int, int]) -> NDArray[np.uint8]:
    picture = way.upright(picture)
    if (picture.shape[1], picture.shape[0]) != size:  # non-square pixels, or a frame of another size in an odd stream
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return picture
