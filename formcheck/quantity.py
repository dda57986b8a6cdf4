"""A measured number: what every stage means by a value with a unit."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

NAN = float("nan")


@dataclass(frozen=True)
class Quantity:
    """A value with its unit and how well it is known.

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

    @property
    def known(self) -> float | None:
        """The value, or None where it could not be measured."""
        return self.value if isfinite(self.value) else None
