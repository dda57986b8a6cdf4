"""How far the lower back of a lying lifter is arched, read from the picture by a small network of our own."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError
from formcheck.pose.skeleton import SIDES, joint
from formcheck.runtime.models import expected_sha256, models_folder
from formcheck.video.files import file_sha256

#: File of the shipped network.
NETWORK = "lumbar_arch.onnx"

#: Size of the part that the network sees, and where in it the middles of shoulders and knees lie, pixels.
WIDTH, HEIGHT = 160, 96
ENDS = np.array([[24.0, 52.0], [136.0, 52.0]])
#: Lying: the line from shoulders to knees is tilted by less than this (tangent of 35 degrees).
LEVEL_LINE = 0.7
#: Scale and offsets of the network's outputs (see `in_degrees`).
UNIT, MIDDLES = 10.0, np.array([12.0, 176.0, 0.0, 0.0, 0.0, 0.0])
#: Contrast is relative to that of the surrounding square (side in pixels), which counts as at least this many grey levels.
AROUND, LEAST_CONTRAST = 21, 6.0


def upright_part(points: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """(2, 3) from the picture to the part that the network sees: shoulders at the left, knees at the right, both level.

    `points` (J, 2) pixels of the picture; None if shoulders or knees are missing or coincide.
    """
    return between(*(np.mean([points[joint(name, side)] for side in SIDES], axis=0) for name in ("shoulder", "knee")))


def between(shoulder: NDArray[np.float64], knee: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The same for the middles (2,) of shoulders and knees."""
    line = knee - shoulder
    length = float(np.hypot(*line))
    if not length >= 8.0:
        return None
    scale, flip = (ENDS[1, 0] - ENDS[0, 0]) / length, 1.0 if line[0] >= 0 else -1.0
    along = line / length * [flip, 1.0]  # as if the knees were at the right
    turn = scale * np.array([[along[0], along[1]], [-along[1], along[0]]]) @ np.diag([flip, 1.0])
    return np.concatenate([turn, (ENDS[0] - turn @ shoulder)[:, None]], axis=1)


def cut_out(grey: NDArray[np.uint8], part: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(HEIGHT, WIDTH) of a grey picture, see `upright_part`."""
    shrink = float(np.sqrt(abs(np.linalg.det(part[:, :2]))))
    if shrink < 0.6:  # against jagged edges
        grey = cv2.GaussianBlur(grey, (0, 0), 0.4 / shrink)
    return np.asarray(
        cv2.warpAffine(grey, part, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


def edges(part: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(3, HEIGHT, WIDTH): direction of the edges (cosine and sine of the double angle) and their strength.

    Light and dark, and which of both sides is the lighter, make no difference.
    """
    smooth = cv2.GaussianBlur(part.astype(np.float32), (0, 0), 0.8)
    x, y = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=0.25), cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=0.25)
    strength = np.sqrt(x * x + y * y) + 1e-6
    usual = cv2.blur(strength, (AROUND, AROUND)) + LEAST_CONTRAST / 3
    shown = np.minimum(strength / usual, 3.0)
    return np.stack([(x * x - y * y) / strength**2 * shown, 2 * x * y / strength**2 * shown, shown - 1.0]).astype(np.float32)


def read_arch(picture: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) extension of the lower back relative to relaxed standing and its error, degrees; NaN and infinity if the person
    does not lie or is not in the picture.

    `picture` (H, W, 3) uint8 RGB, `points` (J, 2) of the person in its pixels. Takes 4 ms.

    Raises:
        UsageError: the network is missing or altered.
    """
    shoulder, knee = (points[[joint(name, side) for side in SIDES]].mean(axis=0) for name in ("shoulder", "knee"))
    across, down = np.abs(knee - shoulder)
    part = between(shoulder, knee) if down < LEVEL_LINE * across else None
    shown = None if part is None else _shown(picture, part)
    if shown is None:
        return np.array([np.nan, np.inf])
    net = _network()
    net.setInput(edges(shown)[None])
    return in_degrees(np.asarray(net.forward(), np.float64))[0, [0, 6]]


def in_degrees(answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 8) answers of the network: extension and hip angle (degrees), how far shoulders and knees are from `ENDS` (x, y, x,
    y, pixels), and the errors of extension and hip angle. Only the extension and its error are used; the rest helps it learn.
    """
    return np.concatenate([answers[:, :6] * UNIT + MIDDLES, np.exp(np.clip(answers[:, 6:], -2.5, 2.0)) * UNIT], axis=1)


def _shown(picture: NDArray[np.uint8], part: NDArray[np.float64]) -> NDArray[np.uint8] | None:
    """`cut_out` of a colour picture, converting only the needed part to grey; None if that lies outside the picture."""
    corners = np.array([[0, 0], [WIDTH, 0], [0, HEIGHT], [WIDTH, HEIGHT]]) - part[:, 2]
    needed = corners @ np.linalg.inv(part[:, :2]).T
    edge = 4 / np.sqrt(abs(np.linalg.det(part[:, :2]))) + 2
    low, high = needed.min(axis=0) - edge, needed.max(axis=0) + edge
    left, top = np.floor(np.maximum(low, 0)).astype(int)
    right, bottom = np.ceil(np.minimum(high, picture.shape[1::-1])).astype(int)
    if right - left < 2 or bottom - top < 2:
        return None
    moved = part.copy()
    moved[:, 2] += part[:, :2] @ [left, top]
    return cut_out(np.asarray(cv2.cvtColor(picture[top:bottom, left:right], cv2.COLOR_RGB2GRAY), np.uint8), moved)


@cache
def _network() -> cv2.dnn.Net:
    file = models_folder() / NETWORK
    if not file.is_file() or file_sha256(file) != expected_sha256(NETWORK):
        raise UsageError(f"the network {file} is missing, damaged or altered; install formcheck again.")
    return cv2.dnn.readNetFromONNX(str(file))
