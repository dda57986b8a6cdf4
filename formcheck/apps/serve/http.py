"""What every HTTP answer shares: refusals, headers and rate limits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


class Refused(Exception):  # noqa: N818  # it is no error of ours
    """What the client gets instead of what it asked for.

    Args:
        status: of HTTP.
        sentence: what was expected, what was got, what to do.
        wait_s: seconds after which it may be asked again.
        more: further keys of the answer.
    """

    def __init__(self, status: int, sentence: str, wait_s: int | None = None, **more: Any) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.wait_s, self.more = status, sentence, wait_s, more


def not_there() -> Refused:
    """Nothing of that name, or nothing of yours: the two are not told apart."""
    return Refused(404, "There is nothing here under this address; it may have been deleted.")


# The headers of every answer: that it is what it says it is, and that nobody else may hold it.

#: Of what is no page: it may load and do nothing at all.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
#: Of a video or picture that is opened by itself: the browser makes a page around it.
MEDIA_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
ALWAYS = {
    "content-security-policy": DATA_POLICY,
    "x-content-type-options": "nosniff",
    # A page that was opened from another of ours shows the way back; outside nobody learns where it was.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "microphone=(), geolocation=(), payment=(), usb=()",
    # What is somebody's is kept by no cache on the way; files that are everybody's say otherwise.
    "cache-control": "no-store",
}


# How often somebody may ask: a bucket of allowances that fills again with time.

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
