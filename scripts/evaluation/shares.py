"""Shares with how far they can be trusted: so many of so many, and the interval that such a small number leaves open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import binomtest

#: Of the intervals beside every share.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """`right` of `of` cases."""

    right: int
    of: int

    @property
    def value(self) -> float:
        """0-1, NaN without cases."""
        return self.right / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval for the share behind the cases, NaN without any.

        It takes the cases as independent, which the repetitions of one clip are not: the truth is wider.
        """
        if not self.of:
            return float("nan"), float("nan")
        found = binomtest(self.right, self.of).proportion_ci(CONFIDENCE, method="wilson")
        return float(found.low), float(found.high)


def share(values: Iterable[bool]) -> Share:
    """How many of the values are true."""
    listed = list(values)
    return Share(sum(listed), len(listed))
