"""How far the back is arched or rounded, read from the picture by two small networks of our own.

One sees how far the lower back of a lying lifter is extended, the other how far the whole back of one who bends over is
flexed, both relative to relaxed standing. Each gets the directions of edges in a part of the picture, turned and cut so that
two pairs of joints always lie at the same places.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError
from formcheck.pose.detection import Detection
from formcheck.pose.skeleton import SIDES, joint
from formcheck.runtime.files import expected_sha256, models_folder
from formcheck.video.files import file_sha256

#: Size of the part that a network sees, pixels.
WIDTH, HEIGHT = 160, 96
#: Scale of the networks' outputs (see `Network.in_degrees`).
UNIT = 10.0
#: Contrast is relative to that of the surrounding square (side in pixels), which counts as at least this many grey levels.
AROUND, LEAST_CONTRAST = 21, 6.0


@dataclass(frozen=True, eq=False)
class Network:
    """A network and what it sees.

    Attributes:
        file: its name among the shipped models.
        joints: the two pairs of joints, the first at the left.
        ends: (2, 2) where in the part the middles of both pairs lie, pixels.
        middles: (2,) what its first two answers are relative to, degrees.
    """

    file: str
    joints: tuple[str, str]
    ends: NDArray[np.float64]
    middles: tuple[float, float]

    def part(self, points: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """(2, 3) from the picture to the part, for (J, 2) points of the picture; None if joints are missing or coincide."""
        return self.between(*self.middles_of(points))

    def middles_of(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(2, 2) middles of the pairs of joints."""
        return np.array([points[[joint(name, side) for side in SIDES]].mean(axis=0) for name in self.joints])

    def between(self, first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """`part` for the middles (2,) of the pairs."""
        line = second - first
        length = float(np.hypot(*line))
        if not length >= 8.0:
            return None
        scale, flip = (self.ends[1, 0] - self.ends[0, 0]) / length, 1.0 if line[0] >= 0 else -1.0
        along = line / length * [flip, 1.0]  # as if the second pair were at the right
        turn = scale * np.array([[along[0], along[1]], [-along[1], along[0]]]) @ np.diag([flip, 1.0])
        return np.concatenate([turn, (self.ends[0] - turn @ first)[:, None]], axis=1)

    def in_degrees(self, answers: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 8) answers: two angles (degrees), how far the joints are from `ends` (x, y, x, y, pixels), and the errors of
        both angles. Only the first angle and its error are used; the rest helps to learn them.
        """
        middles = np.array([*self.middles, 0, 0, 0, 0])
        return np.concatenate([answers[:, :6] * UNIT + middles, np.exp(np.clip(answers[:, 6:], -2.5, 2.0)) * UNIT], axis=1)

    def read(self, picture: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(2,) the first angle and its error, degrees; NaN and infinity if the part is not in the picture.

        Raises:
            UsageError: the network is missing or altered.
        """
        part = self.part(points)
        shown = None if part is None else _shown(picture, part)
        if shown is None:
            return np.array(UNREAD)
        net = _loaded(self.file)
        net.setInput(edges(shown)[None])
        return self.in_degrees(np.asarray(net.forward(), np.float64))[0, [0, 6]]


#: The lower back of a lying lifter: its extension and the hip angle.
ARCH = Network("lumbar_arch.onnx", ("shoulder", "knee"), np.array([[24.0, 52.0], [136.0, 52.0]]), (12.0, 176.0))
#: The whole back of one who bends over: its flexion and that of the lower back alone.
BEND = Network("back_bend.onnx", ("hip", "shoulder"), np.array([[46.0, 56.0], [114.0, 56.0]]), (25.0, 12.0))
#: No reading, and its error.
UNREAD = (float("nan"), float("inf"))
#: Lying: the line from shoulders to knees is tilted by less than this (tangent of 35 degrees).
LEVEL_LINE = 0.7
#: Bent over: the line from hips to shoulders leans by more than this (tangent of 25 degrees).
BENT_OVER = 0.47
#: On the feet: the lower ankle is this far below the hips (share of the trunk), and behind them by at most this share of that.
LEAST_BELOW, MOST_BEHIND = 0.3, 0.5


def cut_out(grey: NDArray[np.uint8], part: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(HEIGHT, WIDTH) of a grey picture, see `Network.part`."""
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


def with_back(picture: NDArray[np.uint8], person: Detection, *, rotated: bool = False) -> Detection:
    """The detection with what the networks read of its back; `picture` (H, W, 3) is as filmed, uint8 RGB.

    Whoever stands and was found in a `rotated` picture is not read: the network has not seen points found so.
    """
    bend = np.array(UNREAD) if rotated else read_bend(picture, person.points)
    return replace(person, arch=read_arch(picture, person.points), bend=bend)


def read_arch(picture: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) extension of the lower back and its error, degrees; NaN and infinity if the person does not lie or is not in the
    picture.

    `picture` (H, W, 3) uint8 RGB, `points` (J, 2) of the person in its pixels. Takes 4 ms.

    Raises:
        UsageError: the network is missing or altered.
    """
    shoulder, knee = ARCH.middles_of(points)
    across, down = np.abs(knee - shoulder)
    return ARCH.read(picture, points) if down < LEVEL_LINE * across else np.array(UNREAD)


def read_bend(picture: NDArray[np.uint8], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2,) flexion of the whole back and its error, as `read_arch`, of a person who bends over on the feet."""
    hip, shoulder = BEND.middles_of(points)
    ankles = points[[joint("ankle", side) for side in SIDES]]
    trunk, leg = shoulder - hip, ankles[np.argmax(ankles[:, 1])] - hip
    bent_over = abs(trunk[0]) > BENT_OVER * -trunk[1]
    below = leg[1] > LEAST_BELOW * np.hypot(*trunk) and leg[0] * np.sign(trunk[0]) > -MOST_BEHIND * leg[1]
    return BEND.read(picture, points) if bent_over and below else np.array(UNREAD)


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
def _loaded(name: str) -> cv2.dnn.Net:
    file = models_folder() / name
    if not file.is_file() or file_sha256(file) != expected_sha256(name):
        raise UsageError(f"the network {file} is missing, damaged or altered; install formcheck again.")
    return cv2.dnn.readNetFromONNX(str(file))
