"""A measured value with its unit and error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formcheck.motion.body import Series

NAN = float("nan")
#: Least `coverage` of a quantity that is judged.
LEAST_COVERAGE = 0.5


@dataclass(frozen=True)
class Quantity:
    """A value with its unit and standard deviation.

    Attributes:
        value: in `unit`; NaN where it could not be measured.
        unit: "deg", "s", "m", "m/s", "trunk" (trunk lengths), "%leg", "%set".
        sd: standard deviation in the same unit; NaN where it is not known.
        time_s: when it was reached, seconds; NaN: not at one time.
        coverage: share of the frames in question in which it was measured, 0-1.
    """

    value: float
    unit: str
    sd: float = NAN
    time_s: float = NAN
    coverage: float = 1.0


def average(series: Series, frames: NDArray[np.bool_], unit: str = "deg", *, guessed: bool = False) -> Quantity:
    """Mean over the marked frames in which the series is known, or also `guessed`; NaN without any.

    Pose errors are correlated from frame to frame, so averaging does not reduce the sd.
    """
    known = np.isfinite(series.values[frames]) if guessed else series.known[frames]
    if not known.any():
        return Quantity(NAN, unit, coverage=0.0)
    values, sd = series.values[frames][known], series.sd[frames][known]
    spread = sd[np.isfinite(sd)]
    return Quantity(float(values.mean()), unit, float(spread.mean()) if len(spread) else 0.0, coverage=float(known.mean()))
