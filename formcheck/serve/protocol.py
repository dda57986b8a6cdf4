"""HTTP/1.1 as uvicorn speaks it, for clients who may mean ill: requests that never arrive, and connections without number."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

#: Seconds in which the head of a request has to arrive; the connection is closed at twice that at the latest.
HEAD_S = 10.0
#: Connections of one address at the same moment. A browser opens six to a server, a home-screen app and a page as many.
MOST_OF_ONE = 64

_open: Counter[str] = Counter()


class PatientProtocol(H11Protocol):
    """A connection that does not wait for ever, and is not one of too many."""

    _address = ""
    _looking: asyncio.TimerHandle | None = None
    _seen: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A connection has come."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        _open[self._address] += 1
        if _open[self._address] > MOST_OF_ONE:
            transport.abort()
            return
        self._looking = self.loop.call_later(HEAD_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has ended."""
        if self._looking is not None:
            self._looking.cancel()
        _open[self._address] -= 1
        if _open[self._address] <= 0:
            del _open[self._address]
        super().connection_lost(exc)

    def _look(self) -> None:
        """Close the connection when no request is under way and none was begun since the last look."""
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self.cycle is self._seen:
            self.transport.close()
            return
        self._seen = self.cycle
        self._looking = self.loop.call_later(HEAD_S, self._look)
