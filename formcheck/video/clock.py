"""Seconds since a clip's first picture, always rising, whatever the file's time stamps do."""

from __future__ import annotations

from typing import Any

#: Between two pictures of one recording there is no more than this many seconds.
LONGEST_GAP_S = 600.0
#: Pictures are shown in another order than they are stored in, by less than this many seconds; what goes back farther, or on
#: for longer than the whole clip may last, is another recording put behind the first, or a wrong stamp.
BACK_S = 1.0


class Clock:
    """Tells the time of pictures that come in their order.

    Args:
        origin_s: the file's time of the first picture.
        step_s: usual time between two pictures, in the file's seconds.
        longest_s: what no time in the clip can exceed.
    """

    def __init__(self, origin_s: float, step_s: float, longest_s: float) -> None:
        self._origin, self._step, self._longest = origin_s, step_s, longest_s
        self._last: float | None = None
        #: How often the time was made up, as the stamp was missing or somewhere else.
        self.made_up = 0

    def time_of(self, source: Any) -> float | None:
        """Seconds of the file since its first picture; None for one that has the time of the picture before it or an
        earlier one, as broken files repeat them."""
        stamp = seconds_of(source)
        if self._last is None:
            now = 0.0 if stamp is None else stamp - self._origin
        elif stamp is None:
            now = self._last + self._step
            self.made_up += 1
        else:
            now = stamp - self._origin
            beyond = max(self._longest, self._last + BACK_S)
            if now < self._last - BACK_S or now > beyond or now > self._last + LONGEST_GAP_S:
                now = self._last + self._step
                self._origin = stamp - now
                self.made_up += 1
            elif now <= self._last:
                return None
        self._last = now
        return now


def seconds_of(source: Any) -> float | None:
    """The file's own time of a decoded frame; None where it has none."""
    return None if source.pts is None or source.time_base is None else float(source.pts * source.time_base)
