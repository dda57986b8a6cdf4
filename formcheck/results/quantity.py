"""A measured number: what every stage means by a value with a unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import Series

NAN = float("nan")
#: Share of the wanted frames in which a quantity must be known before it is judged.
LEAST_SEEN = 0.5


@dataclass(frozen=True)
class Quantity:
    """A value with its unit and how well it is known, as it is measured.

    Attributes:
        value: in `unit`; NaN where it could not be measured.
        unit: "deg", "s", "m", "m/s", "trunk" (trunk lengths), "%leg", "%set".
        sd: standard deviation in the same unit; NaN where it is not known.
        time_s: when it was reached, seconds; NaN: not at one time.
        seen: share of the wanted frames that it was measured in, 0-1.
    """

    value: float
    unit: str
    sd: float = NAN
    time_s: float = NAN
    seen: float = 1.0


def average(series: Series, frames: NDArray[np.bool_], unit: str = "deg", *, guessed: bool = False) -> Quantity:
    """Mean over those of the marked frames in which the series is seen, or also `guessed`; NaN where there is none.

    The error of a pose is the same from frame to frame, so averaging does not shrink it.
    """
    known = np.isfinite(series.values[frames]) if guessed else series.known[frames]
    if not known.any():
        return Quantity(NAN, unit, seen=0.0)
    values, sd = series.values[frames][known], series.sd[frames][known]
    spread = sd[np.isfinite(sd)]
    return Quantity(float(values.mean()), unit, float(spread.mean()) if len(spread) else 0.0, seen=float(known.mean()))
