"""HTTP errors, headers and rate limits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from formcheck.units import count_of


class Refused(Exception):  # noqa: N818  # an answer, not a failure
    """An HTTP error answer.

    Args:
        status: HTTP status.
        sentence: what was expected, what was got, what to do.
        wait_s: seconds until a retry.
        more: further keys of the answer.
    """

    def __init__(self, status: int, sentence: str, wait_s: int | None = None, **more: Any) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.wait_s, self.more = status, sentence, wait_s, more


def not_there() -> Refused:
    """404, for things that do not exist and for those of other devices alike."""
    return Refused(404, "There is nothing here under this address; it may have been deleted.")


# Headers.

#: Content security policy of anything but pages.
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
#: Policy of a video or picture opened by itself, for which the browser makes a page.
MEDIA_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
ALWAYS = {
    "content-security-policy": DATA_POLICY,
    "x-content-type-options": "nosniff",
    # Our own pages need the referrer for the way back; other sites must not get it.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "microphone=(), geolocation=(), payment=(), usb=()",
    # Private by default; public files override it.
    "cache-control": "no-store",
}

#: Permissions of the one page that films.
FILMING = "geolocation=(), payment=(), usb=()"


# Rate limits (token buckets).

#: Most buckets; the fullest are dropped first.
MOST_KEPT = 4096


class Rate:
    """Allows `burst` at once, and `per_s` a second in the long run, for each key; `clock` returns seconds."""

    def __init__(self, burst: float, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst, self._per_s, self._clock = burst, per_s, clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def allows(self, key: str) -> bool:
        """Whether one more is allowed; counts it if so."""
        now = self._clock()
        left = self._left(key, now)
        if left < 1:
            return False
        if key not in self._buckets and len(self._buckets) >= MOST_KEPT:
            del self._buckets[max(self._buckets, key=lambda other: self._left(other, now))]
        self._buckets[key] = (left - 1, now)
        return True

    def refused(self, what: str, key: str) -> Refused:
        """The error for too many requests."""
        wait_s = self.wait_s(key)
        return Refused(429, f"{what}; try again in {count_of(wait_s, 'second')}.", wait_s)

    def wait_s(self, key: str) -> int:
        """Whole seconds until one more is allowed."""
        return max(1, round((1 - self._left(key, self._clock())) / self._per_s))

    def _left(self, key: str, now: float) -> float:
        left, at = self._buckets.get(key, (self._burst, now))
        return min(self._burst, left + (now - at) * self._per_s)
