"""Everything that a running server has in hand, put together; the routes ask it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from formcheck.errors import FormcheckError
from formcheck.logbook.store import Logbook
from formcheck.serve.clips import Clip, Clips
from formcheck.serve.database import Database
from formcheck.serve.devices import Device, Devices
from formcheck.serve.hub import Hub, News
from formcheck.serve.keeper import Keeper
from formcheck.serve.refused import not_there
from formcheck.serve.settings import Settings, make_private
from formcheck.serve.uploads import Uploads

#: Seconds that the worker process gets to end in when the server stops.
STOPPING_S = 5.0
#: What a folder is called while it is being deleted.
_GONE = ".gone-"


class Desk:
    """The server without its web: queue, devices, uploads, news.

    Args:
        said: called with a sentence for the terminal.
    """

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
        """Begin to work."""
        self.tidy()
        self.hub.attach()
        self.keeper.start()

    def close(self) -> None:
        """Give back what is worked on, and close everything."""
        self.keeper.stop(STOPPING_S)
        self.database.close()

    def own(self, clip: str, device: Device) -> Clip:
        """A clip that the device may see.

        Raises:
            Refused: there is none.
        """
        found = self.clips.get(clip)
        if found is None or not (device.owner or found.device == device.id):
            raise not_there()
        return found

    def shown(self, clip: Clip, queue: list[str] | None = None) -> dict[str, Any]:
        """A clip as the pages get it; `queue` where it was asked for already."""
        busy = self.keeper.progress if clip.state == "working" else None
        busy = busy if busy is not None and busy.clip == clip.id else None
        if queue is None:
            queue = self.clips.queue() if clip.state == "waiting" else []
        device = self.devices.get(clip.device)
        result = clip.result
        if result is not None:
            outputs = self.clips.outputs(clip)
            picture = f"/clips/{clip.id}/picture" if (outputs / "thumbnail.jpg").is_file() else None
            result = {**result, "has_video": (outputs / "annotated.mp4").is_file(), "picture": picture}
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
            "device": {"id": clip.device, "name": "a device that is gone" if device is None else device.name},
            "result": result,
        }

    def tell_of(self, clip: str) -> None:
        """Tell the watching pages how a clip stands; when the queue moves, those that wait as well."""
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
        """Remove a clip with everything made of it; the set leaves the logbook unless another clip here is the same film."""
        self.clips.delete(clip.id)
        self.keeper.forget(clip.id)
        self._remove(clip.id)
        try:
            self._strike_out(clip.sha256)
        except FormcheckError as error:
            self.said(f"a deleted set is still in the logbook: {error}")
        self.hub.tell(News("gone", clip.device, {"id": clip.id}))

    def _strike_out(self, sha256: str) -> None:
        """Take the sets of a film out of the logbook when no clip here is the same film."""
        if self.settings.logbook.exists() and sha256 not in self.clips.hashes():
            with Logbook(self.settings.logbook) as book:
                for entry in book.of_clip(sha256):
                    book.delete(entry.id)

    def tidy(self) -> None:
        """Remove what nobody needs any more: abandoned uploads, and folders of clips that are in no table."""
        self.uploads.drop_abandoned()
        known = {clip.id for clip in self.clips.all()} | self.uploads.ids()
        for entry in list(self.clips.folder.iterdir()):
            if entry.name not in known:
                self._remove(entry.name)

    def _remove(self, name: str) -> None:
        """Remove a clip's folder; under another name first, so that nobody who still writes there finds it."""
        folder = self.clips.folder / name
        gone = folder if name.startswith(_GONE) else folder.with_name(f"{_GONE}{name}")
        with suppress(OSError):
            if gone != folder:
                folder.rename(gone)
            shutil.rmtree(gone)
