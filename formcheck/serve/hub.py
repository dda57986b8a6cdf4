"""News for whoever watches: each watching page has a short queue of its own, filled from any thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

#: News that wait for a page that does not take them; then it is cut off, and asks again for everything.
MOST_WAITING = 200
#: Pages of one device that watch at the same moment.
MOST_WATCHING = 6


@dataclass(frozen=True)
class News:
    """Something happened to a clip of a device: `event` is "clip" or "gone"."""

    event: str
    device: str
    data: dict[str, Any]


@dataclass(eq=False)
class _Watcher:
    device: str
    owner: bool
    queue: asyncio.Queue[News | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))


class Hub:
    """Hands news to the pages that may see them. `attach` it to the running loop first."""

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def attach(self) -> None:
        """Use the loop that runs now."""
        self._loop = asyncio.get_running_loop()

    def tell(self, news: News) -> None:
        """Tell all who may know; from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hand_out, news)

    def close(self) -> None:
        """End all watching; in the loop."""
        self._closed = True
        for watcher in tuple(self._watchers):
            self._cut_off(watcher)

    def end_of(self, device: str) -> None:
        """End the watching of one device; in the loop."""
        for watcher in tuple(self._watchers):
            if watcher.device == device:
                self._cut_off(watcher)

    def is_full(self, device: str) -> bool:
        """Whether a device watches with as many pages as it may."""
        return sum(watcher.device == device for watcher in self._watchers) >= MOST_WATCHING

    async def watch(self, device: str, *, owner: bool, every_s: float) -> AsyncIterator[News | None]:
        """The news as they come; None when there were none for `every_s` seconds. Ends when the hub is closed."""
        watcher = _Watcher(device, owner)
        if self._closed:
            return
        self._watchers.add(watcher)
        try:
            while True:
                try:
                    news = await asyncio.wait_for(watcher.queue.get(), every_s)
                except asyncio.TimeoutError:
                    yield None
                    continue
                if news is None:
                    return
                yield news
        finally:
            self._watchers.discard(watcher)

    def _hand_out(self, news: News) -> None:
        for watcher in tuple(self._watchers):
            if watcher.owner or watcher.device == news.device:
                if watcher.queue.full():
                    self._cut_off(watcher)
                else:
                    watcher.queue.put_nowait(news)

    def _cut_off(self, watcher: _Watcher) -> None:
        self._watchers.discard(watcher)
        while not watcher.queue.empty():
            watcher.queue.get_nowait()
        watcher.queue.put_nowait(None)
