"""Pictures of the written video as their three planes, and frames put into them: scaled first, then turned, never in RGB."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from formcheck.video.colours import LIMITED, has_full_range, is_hdr, is_yuv, tags_of
from formcheck.video.frame import Frame
from formcheck.video.tone import ToneMap, plane_pixels

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Planes:
    """A picture in 8-bit 4:2:0: (h, w) brightness and two (h / 2, w / 2) colour differences. Sides are even."""

    y: Picture
    u: Picture
    v: Picture

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.y.shape[1], self.y.shape[0]

    def __iter__(self) -> Any:
        return iter((self.y, self.u, self.v))

    def part(self, left: int, top: int, right: int, bottom: int) -> Planes:
        """A part of the picture that shares its memory; the edges are even numbers."""
        rows, columns = slice(top // 2, bottom // 2), slice(left // 2, right // 2)
        return Planes(self.y[top:bottom, left:right], self.u[rows, columns], self.v[rows, columns])

    def put(self, other: Planes) -> None:
        """Copy another picture of the same size into this one."""
        for mine, theirs in zip(self, other, strict=True):
            mine[:] = theirs


def evened(left: float, top: float, right: float, bottom: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The smallest part with even edges around another, inside a picture of an even `size`."""
    low = [min(max(math.floor(edge / 2) * 2, 0), end) for edge, end in zip((left, top), size, strict=True)]
    high = [min(max(math.ceil(edge / 2) * 2, 0), end) for edge, end in zip((right, bottom), size, strict=True)]
    return low[0], low[1], high[0], high[1]


class Canvas:
    """A picture of the written video, in the encoder's own memory."""

    def __init__(self, width: int, height: int) -> None:
        self.frame: Any = av.VideoFrame(width, height, "yuv420p")
        self.planes = _planes_of(self.frame)


class PlaneBuffer:
    """Puts frames into planes, upright and scaled. One for each thread: it keeps libswscale's tables between frames.

    Pixels of SDR video keep their meaning, whatever matrix it was made with (`written_tags` has what to say of them); HDR
    becomes BT.709.
    """

    def __init__(self) -> None:
        self._scaler = VideoReformatter()
        self._tone = ToneMap()
        self._eight: Planes | None = None

    def put(self, frame: Frame, target: Planes) -> None:
        """Fill `target` with the frame's picture."""
        source = frame.source
        way = frame.orientation
        width, height = way.stored_size(target.size)
        for pixels, place in zip(self._scaled(source, width, height), target, strict=True):
            if way.turns and not way.mirrored:
                ways = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}
                cv2.rotate(pixels, ways[way.turns], dst=place)
            else:
                place[:] = way.upright(pixels)

    def _scaled(self, source: Any, width: int, height: int) -> Planes:
        """A frame's picture as stored (not turned), in 8 bit; where nothing had to be done it shares the frame's memory."""
        full, hdr = has_full_range(source), is_hdr(tags_of(source))
        same = (source.width, source.height) == (width, height)
        if same and source.format.name == "yuv420p" and not full and not hdr:
            return _planes_of(source)
        way = Interpolation.AREA if width * height < source.width * source.height else Interpolation.BICUBIC
        # HDR keeps its ten bits until its tones are mapped; of other clips they are rounded when the picture is small:
        # libswscale would add a pattern (dither) to hide steps that grain hides anyway, and that costs time and bits.
        deep = int(source.format.components[0].bits) > 8
        form = "yuv420p10le" if deep else "yuv420p"
        small = self._scaler.reformat(
            source, width=width, height=height, format=form, interpolation=way,
            dst_color_range=LIMITED if full or not is_yuv(source) else None, threads=1,
        )  # fmt: skip
        if hdr:
            return _planes_of(self._tone.frame(small))
        return self._rounded(small) if deep else _planes_of(small)

    def _rounded(self, frame: Any) -> Planes:
        """The planes of a yuv420p10le frame in 8 bit, in memory that the next call uses again."""
        if self._eight is None or self._eight.size != (frame.width, frame.height):
            self._eight = Canvas(frame.width, frame.height).planes
        for plane, place in zip(frame.planes, self._eight, strict=True):
            cv2.convertScaleAbs(plane_pixels(plane, np.uint16), dst=place, alpha=0.25)
        return self._eight


def _planes_of(frame: Any) -> Planes:
    """The planes of a yuv420p frame, sharing its memory."""
    y, u, v = (plane_pixels(plane, np.uint8) for plane in frame.planes)
    return Planes(y, u, v)


class Paintable:
    """A part of a picture as RGB to paint on, and back. OpenCV's BT.601 goes both ways, so that what is not painted stays."""

    def __init__(self) -> None:
        self._stacked: Picture = np.empty(0, dtype=np.uint8)

    def to_rgb(self, source: Planes, target: Picture) -> None:
        """Fill `target`, (h, w, 3) RGB, which may be part of a larger array."""
        stacked, parts = self._room(source)
        parts.put(source)
        cv2.cvtColor(stacked, cv2.COLOR_YUV2RGB_I420, dst=target)

    def to_planes(self, source: Picture, target: Planes) -> None:
        """Fill `target` from (h, w, 3) RGB, which may be part of a larger array."""
        stacked, parts = self._room(target)
        cv2.cvtColor(source, cv2.COLOR_RGB2YUV_I420, dst=stacked)
        target.put(parts)

    def _room(self, planes: Planes) -> tuple[Picture, Planes]:
        """Memory for the three planes one below the other, as OpenCV wants them, and views of each."""
        width, height = planes.size
        count = width * height
        if self._stacked.size < count * 3 // 2:
            self._stacked = np.empty(count * 3 // 2, dtype=np.uint8)
        flat = self._stacked[: count * 3 // 2]
        u, v = (flat[i : i + count // 4].reshape(height // 2, width // 2) for i in (count, count + count // 4))
        return flat.reshape(height * 3 // 2, width), Planes(flat[:count].reshape(height, width), u, v)
