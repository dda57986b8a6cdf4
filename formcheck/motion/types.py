"""Everything that is measured of the movement in one shot: body, angles, back and load together."""

from __future__ import annotations

from dataclasses import dataclass

from formcheck.bar.types import Bar, Scale
from formcheck.body.types import Array, Body, LegAngles, Series, Spatial
from formcheck.skeleton import other_side
from formcheck.spine.types import Spine


@dataclass(frozen=True)
class Motion:
    """Everything later stages know about the movement, on the frames of the analysed shot.

    `legs` has the angles of the "left" and the "right" leg. `trunk` is the shoulder-hip line from vertical, positive
    leaning forward (about -90 at the top of a hip thrust). `head` is the shoulder-ear line against the trunk line,
    positive = head forward (chin tucked). `trunk_px` is the median length of the trunk, the unit of lengths without a scale.
    `spatial` is None for a motion that has no pose track behind it.
    """

    body: Body
    legs: dict[str, LegAngles]
    trunk: Series
    head: Series
    trunk_px: float
    scale: Scale
    spine: Spine | None = None
    bar: Bar | None = None
    spatial: Spatial | None = None

    @property
    def times(self) -> Array:
        """(F,) seconds."""
        return self.body.times

    @property
    def near(self) -> LegAngles:
        return self.legs[self.body.view.side]

    @property
    def far(self) -> LegAngles:
        return self.legs[other_side(self.body.view.side)]
