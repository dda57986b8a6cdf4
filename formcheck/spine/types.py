"""The back over a shot: what its outline tells, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.body.types import Array, Series


@dataclass(frozen=True)
class Spine:
    """Bend of the back from the body's outline, degrees; positive = flexion (rounding), negative = extension (arch).

    `visible` (F,) is the share of the trunk's back edge that could be seen, 0-1. `dorsal` (F, K, 2) are K points of the
    back line in pixels from buttock to neck, NaN where it is hidden: what the overlay draws. `hip_line` is the angle of
    the chest's line against the thigh's of a lying lifter, degrees, above 180 = beyond straight: `hip_signed` without
    the hip point, which a plate hides (None where it was not measured). `front_bow` is how far the trunk's front edge turns
    outwards between the crease of the hip and the chest, degrees (positive = bowed outwards).
    """

    thoracic: Series
    lumbar: Series
    visible: Array
    dorsal: Array
    hip_line: Series | None = None
    front_bow: Series | None = None
