"""How a stored picture has to be turned, and perhaps mirrored, to be seen as it was filmed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from av.sidedata.sidedata import Type
from numpy.typing import NDArray

_WAYS = {1: cv2.ROTATE_90_COUNTERCLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_CLOCKWISE}


@dataclass(frozen=True)
class Orientation:
    """Turned by `turns` x 90 degrees counter-clockwise (`np.rot90`), then mirrored left to right."""

    turns: int = 0
    mirrored: bool = False

    def upright(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(h, w, ...) the stored picture as it is to be seen, contiguous; OpenCV turns ten times faster than numpy."""
        turned = cv2.rotate(picture, _WAYS[self.turns]) if self.turns else picture
        return np.ascontiguousarray(cv2.flip(turned, 1) if self.mirrored else turned)

    def stored_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """Width and height of the stored picture, of the one to be seen."""
        return (size[1], size[0]) if self.turns % 2 else size

    def to_stored(self, points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
        """(N, 2) points of the picture to be seen, which has a size of (width, height), in the stored one."""
        width, height = self.stored_size(size)
        x, y = points[:, 0], points[:, 1]
        if self.mirrored:
            x = size[0] - x
        back = {0: (x, y), 1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[self.turns]
        return np.stack(back, axis=1)

    def to_seen(self, points: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
        """The way back from `to_stored`; `size` is that of the picture to be seen."""
        width, height = self.stored_size(size)
        x, y = points[:, 0], points[:, 1]
        on = {0: (x, y), 1: (y, width - x), 2: (width - x, height - y), 3: (height - y, x)}[self.turns]
        return np.stack((size[0] - on[0], on[1]) if self.mirrored else on, axis=1)


def orientation_of(source: Any, more_turns: int = 0) -> Orientation:
    """The orientation of a decoded frame as its file says it, and turned on by `more_turns`."""
    matrix = source.side_data.get(Type.DISPLAYMATRIX)
    if matrix is not None:
        # Row vectors: (x, y) is shown at (a x + c y, b x + d y).
        (a, b, _), (c, d, _), _ = np.frombuffer(matrix, dtype=np.int32).reshape(3, 3).astype(float)
        if a * d - b * c < 0:
            turned = -np.degrees(np.arctan2(b, -a))  # what is left when the mirror image is undone
            # Turning a mirrored picture goes the other way round before the mirror.
            return Orientation(round(turned / 90 - more_turns) % 4, True)
    return Orientation((round(source.rotation / 90) + more_turns) % 4)


class Ways:
    """How the frames of a clip are turned, looked up once for each rotation that they state.

    PyAV ties a frame and its side data in a circle: a frame that was asked for it stays in memory until Python's collector
    comes by, and a second of a phone's full pictures is half a gigabyte.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[float, int], Orientation] = {}

    def of(self, source: Any, more_turns: int = 0) -> Orientation:
        """As `orientation_of`."""
        key = (source.rotation, more_turns)
        if key not in self._known:
            self._known[key] = orientation_of(source, more_turns)
        return self._known[key]
