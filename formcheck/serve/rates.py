"""How often somebody may ask: a bucket of allowances that fills again with time."""

from __future__ import annotations

import time
from collections.abc import Callable

from formcheck.serve.refused import Refused

#: Buckets kept at most; the fullest are forgotten first, as they say the least.
MOST_KEPT = 4096


class Rate:
    """At most `burst` at once, and `per_s` a second in the long run, for each key.

    Args:
        clock: seconds from anywhere.
    """

    def __init__(self, burst: float, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_s, self._clock = burst, per_s, clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def allows(self, key: str) -> bool:
        """Whether one more is allowed now; it then counts."""
        now = self._clock()
        left = self._left(key, now)
        if left < 1:
            return False
        if key not in self._buckets and len(self._buckets) >= MOST_KEPT:
            del self._buckets[max(self._buckets, key=lambda other: self._left(other, now))]
        self._buckets[key] = (left - 1, now)
        return True

    def refused(self, what: str, key: str) -> Refused:
        """What is said to who asked too often."""
        wait_s = self.wait_s(key)
        return Refused(429, f"{what}; try again in {wait_s} second{'s' * (wait_s > 1)}.", wait_s)

    def wait_s(self, key: str) -> int:
        """Whole seconds until one more is allowed."""
        return max(1, round((1 - self._left(key, self._clock())) / self._per_s))

    def _left(self, key: str, now: float) -> float:
        left, at = self._buckets.get(key, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_s)
