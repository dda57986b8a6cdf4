"""The persistent queue of uploaded clips."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Any, Literal

from formcheck.apps.serve.database import LONGEST_STEP_S, Database

State = Literal["waiting", "working", "done", "failed"]


#: Later than any time: devices being served come last.
_AFTER_ALL = 1e12
#: When each device was served last; those being served come last.
_SERVED = f"""
    SELECT device, max(CASE state WHEN 'working' THEN {_AFTER_ALL} ELSE finished_at END) FROM clips
    WHERE state <> 'waiting' GROUP BY device
"""


@dataclass(frozen=True)
class Asked:
    """What the lifter entered about the set; None if empty."""

    exercise: str | None = None
    load_kg: float | None = None
    side: str | None = None
    who: str | None = None

    def as_data(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Clip:
    """A completely uploaded clip.

    Attributes:
        device: id of its device.
        name: its name on the device; never used as a file name here.
        file: path below the folder of clips.
        deaths: number of times the worker process died on it.
        result: the analysis as shown on the phone, from before the video is drawn.
        videos: whether the clip and its annotated video are still kept.
    """

    id: str
    device: str
    name: str
    bytes: int
    sha256: str
    asked: Asked
    file: str
    added_at: float
    state: State
    deaths: int
    error: str | None
    result: dict[str, Any] | None
    finished_at: float | None
    videos: bool

    @property
    def added_text(self) -> str:
        return datetime.fromtimestamp(self.added_at).astimezone().isoformat(timespec="seconds")


class Clips:
    """The table of clips."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        #: Contains a folder for each clip, named by its id.
        self.folder = folder

    def path(self, clip: Clip) -> Path:
        """The clip's file."""
        return self.folder / clip.file

    def outputs(self, clip: Clip) -> Path:
        """The output folder of the clip."""
        return self.path(clip).with_suffix(".formcheck")

    def get(self, clip: str) -> Clip | None:
        row = self._database.row("SELECT * FROM clips WHERE id = ?", clip)
        return None if row is None else _clip(row)

    def all(self, device: str | None = None) -> list[Clip]:
        """The clips of a device, or all, the newest first."""
        own = ("", ()) if device is None else ("WHERE device = ?", (device,))
        return [_clip(row) for row in self._database.rows(f"SELECT * FROM clips {own[0]} ORDER BY added_at DESC", *own[1])]

    def queue(self) -> list[str]:
        """Ids of the waiting clips in order. Devices take turns, and each device's clips keep their order."""
        own: dict[str, deque[str]] = {}
        for row in self._database.rows("SELECT id, device FROM clips WHERE state = 'waiting' ORDER BY queued_at, id"):
            own.setdefault(row["device"], deque()).append(row["id"])
        served = dict.fromkeys(own, 0.0)
        for device, at in self._database.rows(_SERVED):
            if device in served:
                served[device] = at
        turns = [(served[device], place, device) for place, device in enumerate(own)]
        heapify(turns)
        order = []
        while turns:
            _, place, device = heappop(turns)
            order.append(own[device].popleft())
            if own[device]:
                heappush(turns, (_AFTER_ALL + len(order), place, device))
        return order

    def waiting(self, device: str) -> int:
        """Number of a device's clips that wait or are being analysed."""
        query = "SELECT count(*) FROM clips WHERE device = ? AND state IN ('waiting', 'working')"
        row = self._database.row(query, device)
        return 0 if row is None else int(row[0])

    def counts(self) -> dict[str, int]:
        """Number of clips by device."""
        return {row[0]: row[1] for row in self._database.rows("SELECT device, count(*) FROM clips GROUP BY device")}

    def hashes(self, device: str | None = None) -> set[str]:
        """The hashes of the clips of a device, or of all."""
        return {clip.sha256 for clip in self.all(device)}

    def take_next(self) -> Clip | None:
        """Take the next clip from the queue; None if it is empty."""
        for clip in self.queue():
            with self._database.writing() as tables:  # it may have been deleted
                if tables.execute("UPDATE clips SET state = 'working' WHERE id = ? AND state = 'waiting'", (clip,)).rowcount:
                    break
        else:
            return None
        return self.get(clip)

    def judged(self, clip: str, result: dict[str, Any]) -> None:
        """Write down what was found in a clip whose video is still being drawn."""
        with self._database.writing() as tables:
            tables.execute("UPDATE clips SET result = ? WHERE id = ? AND state = 'working'", (_json(result), clip))

    def finish(self, clip: str, result: dict[str, Any] | None, error: str | None) -> None:
        """Store the result of a clip unless it was deleted or re-queued."""
        kept_s = self._database.kept_s()
        with self._database.writing() as tables:
            tables.execute(
                "UPDATE clips SET state = ?, result = ?, error = ?, finished_at = ?, finished_kept_s = ?"
                " WHERE id = ? AND state = 'working'",
                ("failed" if result is None else "done", _json(result), error, time.time(), kept_s, clip),
            )

    def give_up(self, clip: str, error: str) -> None:
        """Give up on a re-queued clip."""
        kept_s = self._database.kept_s()
        with self._database.writing() as tables:
            tables.execute(
                "UPDATE clips SET state = 'failed', error = ?, finished_at = ?, finished_kept_s = ?"
                " WHERE id = ? AND state = 'waiting'",
                (error, time.time(), kept_s, clip),
            )

    def give_back(self, clip: str, *, died: bool) -> int:
        """Return a clip to its place in the queue; return the number of times the worker died on it."""
        with self._database.writing() as tables:
            tables.execute(
                "UPDATE clips SET state = 'waiting', deaths = deaths + ? WHERE id = ? AND state = 'working'", (died, clip)
            )
            row = tables.execute("SELECT deaths FROM clips WHERE id = ?", (clip,)).fetchone()
        return 0 if row is None else int(row[0])

    def give_back_all(self) -> int:
        """Return clips of the server's last run to the queue; return their number."""
        with self._database.writing() as tables:
            return tables.execute("UPDATE clips SET state = 'waiting' WHERE state = 'working'").rowcount

    def again(self, clip: str, asked: Asked) -> None:
        """Put a clip at the end of the queue again, with new details."""
        with self._database.writing() as tables:
            tables.execute(
                "UPDATE clips SET state = 'waiting', asked = ?, queued_at = ?, deaths = 0, error = NULL, result = NULL"
                " WHERE id = ?", (_json(asked.as_data()), time.time(), clip),
            )  # fmt: skip

    def outlived(self, after_s: float) -> list[Clip]:
        """Clips finished longer ago than `after_s`, in the time of `Database.kept_s`, whose videos are still kept."""
        before = self._database.kept_s() - after_s - LONGEST_STEP_S
        query = "SELECT * FROM clips WHERE videos AND state IN ('done', 'failed') AND finished_kept_s < ?"
        return [_clip(row) for row in self._database.rows(query, before)]

    def videos_gone(self, clip: str) -> None:
        """Record that a clip's videos were removed."""
        with self._database.writing() as tables:
            tables.execute("UPDATE clips SET videos = 0 WHERE id = ?", (clip,))

    def delete(self, clip: str) -> None:
        with self._database.writing() as tables:
            tables.execute("DELETE FROM clips WHERE id = ?", (clip,))


#: Columns that only the queue and the tidying read.
_UNSHOWN = ("queued_at", "finished_kept_s")


def _clip(row: sqlite3.Row) -> Clip:
    values = {name: row[name] for name in row.keys() if name not in _UNSHOWN}  # noqa: SIM118  # a Row iterates over values
    values["asked"] = Asked(**json.loads(values["asked"]))
    values["result"] = None if values["result"] is None else json.loads(values["result"])
    values["videos"] = bool(values["videos"])
    return Clip(**values)


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)
