"""One decoded picture of a clip: upright, cut, scaled and converted only when that is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formcheck.video.convert import Box, Converter, Cutout
from formcheck.video.orientation import Orientation, Ways


@dataclass(frozen=True)
class Frame:
    """One decoded picture. `index` counts from the clip's first frame, `time_s` is seconds since that frame."""

    index: int
    time_s: float
    _source: Any
    _size: tuple[int, int]
    _converter: Converter = field(default_factory=Converter)
    _more_turns: int = 0
    _ways: Ways = field(default_factory=Ways)

    def cut(self, box: Box, scale: float) -> Cutout:
        """A part of the upright picture, scaled: what is converted is no larger than that."""
        return self._converter.cut(self._source, self.orientation, self._size, box, scale)

    def whole(self, longest: int) -> Cutout:
        """The whole upright picture, its longest side no longer than `longest` pixels."""
        return self.cut((0, 0, *self._size), min(1.0, longest / max(self._size)))

    def rgb(self) -> NDArray[np.uint8]:
        """The upright picture in its own size, (height, width, 3) uint8 RGB. Slow: for a few pictures only."""
        return _upright(self._source.to_ndarray(format="rgb24"), self.orientation, self._size)

    @property
    def orientation(self) -> Orientation:
        """How the stored picture is turned to stand upright."""
        return self._ways.of(self._source, self._more_turns)

    @property
    def source(self) -> Any:
        """The decoder's own frame, for `PlaneBuffer`."""
        return self._source

    @property
    def is_keyframe(self) -> bool:
        """Whether the picture was decoded without any other."""
        return bool(self._source.key_frame)

    @property
    def is_spoiled(self) -> bool:
        """Whether the decoder had to make up a part of the picture."""
        return bool(self._source.is_corrupt)

    def gray(self, width: int, height: int) -> NDArray[np.uint8]:
        """A small grey copy, (height, width) uint8, not rotated upright: for comparing a frame with its neighbour."""
        return self._converter.gray(self._source, width, height)


def _upright(picture: NDArray[np.uint8], way: Orientation, size: tuple[int, int]) -> NDArray[np.uint8]:
    picture = way.upright(picture)
    if (picture.shape[1], picture.shape[0]) != size:  # non-square pixels, or a frame of another size in an odd stream
        import cv2

        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return picture
