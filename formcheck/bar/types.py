"""The load over a shot, and how many pixels a metre has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from formcheck.body.types import Array


@dataclass(frozen=True)
class Bar:
    """The load over the clip's frames.

    `source` is what the position comes from: the near "plate", a "dumbbell" or the near "wrist" standing in.
    `center` (F, 2) pixels of the near plate's or hand's centre as it appears; `radius` (F,) pixels (NaN without a plate);
    `quality` (F,) 0-1; `path` (F, 2) the bar in the lifter's sagittal plane in pixels (perspective corrected), with its
    standard deviation `path_sd` (F,).
    """

    source: Literal["plate", "dumbbell", "wrist"]
    center: Array
    radius: Array
    quality: Array
    path: Array
    path_sd: Array


@dataclass(frozen=True)
class Scale:
    """Pixels a metre in the lifter's sagittal plane; `source` is None (and the value NaN) when it is not known."""

    px_per_m: float
    source: Literal["plate", "height"] | None


UNKNOWN_SCALE = Scale(float("nan"), None)
