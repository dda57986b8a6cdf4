"""State of a running server: event bus, clips, devices, uploads and job runner."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from formcheck.apps.logbook.store import Logbook
from formcheck.apps.serve.clips import Clip, Clips
from formcheck.apps.serve.database import Database
from formcheck.apps.serve.devices import Device, Devices
from formcheck.apps.serve.http import not_there
from formcheck.apps.serve.keeper import Keeper
from formcheck.apps.serve.settings import Settings, make_private
from formcheck.apps.serve.uploads import Uploads
from formcheck.errors import FormcheckError
from formcheck.runtime.files import SNAPSHOTS, THUMBNAIL, VIDEO

#: Most queued events of a page; beyond, it is disconnected and must reload.
MOST_WAITING = 200
#: Most event streams per device.
MOST_WATCHING = 6


@dataclass(frozen=True)
class News:
    """An event about a device's clip: "clip" (changed) or "gone"."""

    event: str
    device: str
    data: dict[str, Any]


@dataclass(eq=False)
class _Watcher:
    device: str
    owner: bool
    queue: asyncio.Queue[News | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))


class Hub:
    """The event bus; thread-safe after `attach`."""

    def __init__(self) -> None:
        self._watchers: set[_Watcher] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def attach(self) -> None:
        """Attach to the running event loop."""
        self._loop = asyncio.get_running_loop()

    def tell(self, news: News) -> None:
        """Publish an event to the pages that may see it; thread-safe."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._hand_out, news)

    def close(self) -> None:
        """End all streams; in the loop."""
        self._closed = True
        for watcher in tuple(self._watchers):
            self._cut_off(watcher)

    def end_of(self, device: str) -> None:
        """End the streams of one device; in the loop."""
        for watcher in tuple(self._watchers):
            if watcher.device == device:
                self._cut_off(watcher)

    def is_full(self, device: str) -> bool:
        """Whether a device has reached its limit of streams."""
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
                except TimeoutError:
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


# The application state.

#: Time for the worker process to end when the server stops, seconds.
STOPPING_S = 5.0
#: Name of a folder while it is deleted.
_GONE = ".gone-"


class Desk:
    """The application state behind the routes; `said` is called with messages for the terminal."""

    def __init__(self, settings: Settings, said: Callable[[str], None] | None = None) -> None:
        self.settings = settings
        self.said = said or (lambda sentence: print(sentence, file=sys.stderr))
        data = make_private(settings.data)
        self.database = Database(data / "serve.sqlite")
        self.devices = Devices(self.database)
        self.clips = Clips(self.database, make_private(data / "clips"))
        self.uploads = Uploads(self.database, self.clips, settings)
        self.hub = Hub()
        self.keeper = Keeper(settings, self.clips, self.tell_of, self.said)

    def open(self) -> None:
        """Start the job runner."""
        self.tidy()
        self.hub.attach()
        self.keeper.start()

    def close(self) -> None:
        """Stop the job runner and close everything."""
        self.keeper.stop(STOPPING_S)
        self.database.close()

    def own(self, clip: str, device: Device) -> Clip:
        """A clip that the device may see.

        Raises:
            Refused: it does not exist.
        """
        found = self.clips.get(clip)
        if found is None or not (device.owner or found.device == device.id):
            raise not_there()
        return found

    def shown(self, clip: Clip, queue: list[str] | None = None) -> dict[str, Any]:
        """A clip as data for pages; `queue` if known already."""
        busy = self.keeper.progress if clip.state == "working" else None
        busy = busy if busy is not None and busy.clip == clip.id else None
        if queue is None:
            queue = self.clips.queue() if clip.state == "waiting" else []
        device = self.devices.get(clip.device)
        result = clip.result
        if result is not None and clip.state != "done":  # what lies in its folder is of an earlier judgement
            result = {**result, "has_video": False, "picture": None}
        elif result is not None:
            outputs = self.clips.outputs(clip)
            picture = f"/clips/{clip.id}/picture" if (outputs / THUMBNAIL).is_file() else None
            still = result.get("still")
            if still and (outputs / SNAPSHOTS / still).is_file():
                picture = f"/clips/{clip.id}/{SNAPSHOTS}/{still}"
            result = {**result, "has_video": (outputs / VIDEO).is_file(), "picture": picture}
        return {
            "id": clip.id,
            "name": clip.name,
            "added_at": clip.added_text,
            "bytes": clip.bytes,
            "state": clip.state,
            "place": queue.index(clip.id) + 1 if clip.id in queue else None,
            "stage": None if busy is None else busy.stage,
            "share": None if busy is None else busy.share,
            "asked": clip.asked.as_data(),
            "error": clip.error,
            "device": {"id": clip.device, "name": "a removed device" if device is None else device.name},
            "result": result,
        }

    def tell_of(self, clip: str) -> None:
        """Publish the state of a clip, and of waiting clips if the queue moved."""
        found = self.clips.get(clip)
        if found is None:
            return
        self.hub.tell(News("clip", found.device, self.shown(found)))
        if self.keeper.progress is not None and self.keeper.progress.share == 0.0:
            queue = self.clips.queue()
            for other in queue:
                waiting = self.clips.get(other)
                if waiting is not None and other != clip:
                    self.hub.tell(News("clip", waiting.device, self.shown(waiting, queue)))

    def delete(self, clip: Clip) -> None:
        """Delete a clip with its results and its set in the logbook, unless another clip has the same contents."""
        self.clips.delete(clip.id)
        self.keeper.forget(clip.id)
        self._remove(clip.id)
        try:
            self._strike_out(clip.sha256)
        except FormcheckError as error:
            self.said(f"a deleted set is still in the logbook: {error}")
        self.hub.tell(News("gone", clip.device, {"id": clip.id}))

    def _strike_out(self, sha256: str) -> None:
        """Remove the sets of a clip from the logbook unless another clip has the same contents."""
        if self.settings.logbook.exists() and sha256 not in self.clips.hashes():
            with Logbook(self.settings.logbook) as book:
                for entry in book.of_clip(sha256):
                    book.delete(entry.id)

    def tidy(self) -> None:
        """Remove abandoned uploads, and folders without a clip."""
        self.uploads.drop_abandoned()
        known = {clip.id for clip in self.clips.all()} | self.uploads.ids()
        for entry in list(self.clips.folder.iterdir()):
            if entry.name not in known:
                self._remove(entry.name)

    def _remove(self, name: str) -> None:
        """Remove a clip's folder, renamed first so that no writer finds it."""
        folder = self.clips.folder / name
        gone = folder if name.startswith(_GONE) else folder.with_name(f"{_GONE}{name}")
        with suppress(OSError):
            if gone != folder:
                folder.rename(gone)
            shutil.rmtree(gone)
