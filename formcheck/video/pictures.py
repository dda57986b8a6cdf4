"""Frames into memory that is used again: several times faster than a new array for every picture of a 1080p clip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.video.reader import Frame

Picture = NDArray[np.uint8]

#: FFmpeg's number for BT.601, the only matrix that OpenCV's conversions know.
BT601 = 5
_FULL_RANGE = 2


@dataclass(frozen=True)
class ColourTags:
    """FFmpeg's numbers for matrix and range, as a file states them."""

    matrix: int = BT601
    range: int = 0


class PictureBuffer:
    """Copies frames, upright and scaled, into parts of an array.

    Ordinary 8-bit 4:2:0 video goes through BT.601 whatever it was made with: `VideoWriter` goes the same way back, so
    that its pixels come out as they were, and the file is tagged like the clip it came from (`tags`).
    """

    def __init__(self) -> None:
        self.tags = ColourTags()
        self._planes: Picture | None = None
        self._rgb: Picture | None = None

    def copy(self, frame: Frame, target: Picture) -> None:
        """Fill `target` (height, width, 3) uint8, which may be part of a larger array, with the frame's picture."""
        source = frame.source
        turned = round(source.rotation / 90) % 4
        direct = source.format.name == "yuv420p" and source.width % 2 == 0 and source.height % 2 == 0
        if not direct or source.color_range == _FULL_RANGE:
            self.tags = ColourTags()
            _resize(frame.rgb(), target)
            return
        self.tags = ColourTags(int(source.colorspace), int(source.color_range))
        if not turned and target.shape[:2] == (source.height, source.width):
            cv2.cvtColor(self._yuv(source), cv2.COLOR_YUV2RGB_I420, dst=target)
            return
        shape = (source.height, source.width, 3)
        if self._rgb is None or self._rgb.shape != shape:
            self._rgb = np.empty(shape, dtype=np.uint8)
        cv2.cvtColor(self._yuv(source), cv2.COLOR_YUV2RGB_I420, dst=self._rgb)
        picture: Picture = self._rgb
        if turned:
            way = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}[turned]
            if target.shape[:2] == ((shape[1], shape[0]) if turned % 2 else shape[:2]):
                cv2.rotate(picture, way, dst=target)
                return
            picture = np.asarray(cv2.rotate(picture, way), dtype=np.uint8)
        _resize(picture, target)

    def _yuv(self, source: Any) -> Picture:
        """The frame's three planes one below the other, (height * 3 / 2, width), as OpenCV wants them."""
        width, height = source.width, source.height
        shape = (height * 3 // 2, width)
        if self._planes is None or self._planes.shape != shape:
            self._planes = np.empty(shape, dtype=np.uint8)
        start = 0
        flat = self._planes.reshape(-1)
        for plane, (rows, columns) in zip(
            source.planes, ((height, width), (height // 2, width // 2), (height // 2, width // 2)), strict=False
        ):
            pixels = np.frombuffer(plane, dtype=np.uint8).reshape(-1, plane.line_size)[:rows, :columns]
            flat[start : start + rows * columns].reshape(rows, columns)[:] = pixels
            start += rows * columns
        return self._planes


def _resize(picture: Picture, target: Picture) -> None:
    if picture.shape == target.shape:
        target[:] = picture
        return
    way = cv2.INTER_CUBIC if picture.shape[0] < target.shape[0] else cv2.INTER_AREA
    cv2.resize(picture, (target.shape[1], target.shape[0]), dst=target, interpolation=way)
