"""The clips that were taken over, in the order of their coming: this is the queue, and it is on the disk."""

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


#: Later than any time of day: a device that is served again comes after all that wait for their first turn.
_AFTER_ALL = 1e12
#: When each device was served last; one that is being served now, after all others.
_SERVED = f"""
    SELECT device, max(CASE state WHEN 'working' THEN {_AFTER_ALL} ELSE finished_at END) FROM clips
    WHERE state <> 'waiting' GROUP BY device
"""


@dataclass(frozen=True)
class Asked:
    """What the lifter said of the set; None where nothing was said."""

    exercise: str | None = None
    load_kg: float | None = None
    side: str | None = None

    def as_data(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Clip:
    """A clip that is whole on the disk.

    Attributes:
        device: the id of the device it came from.
        name: what it is called there; never the name of a file here.
        file: its file below the folder of clips.
        deaths: how often the worker process died over it.
        result: what the phone shows of the analysis; there before the video is drawn, while the clip is still worked on.
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
        #: Where each clip has a folder of its own, called by its id.
        self.folder = folder

    def path(self, clip: Clip) -> Path:
        """The clip's file."""
        return self.folder / clip.file

    def outputs(self, clip: Clip) -> Path:
        """The folder of the clip's results, as `formcheck analyze` would have made it beside the clip."""
        return self.path(clip).with_suffix(".formcheck")

    def get(self, clip: str) -> Clip | None:
        row = self._database.row("SELECT * FROM clips WHERE id = ?", clip)
        return None if row is None else _clip(row)

    def all(self, device: str | None = None) -> list[Clip]:
        """The clips of a device, or all, the newest first."""
        own = ("", ()) if device is None else ("WHERE device = ?", (device,))
        return [_clip(row) for row in self._database.rows(f"SELECT * FROM clips {own[0]} ORDER BY added_at DESC", *own[1])]

    def queue(self) -> list[str]:
        """The ids of the clips that wait, the next one first.

        Devices take turns: who was served longest ago comes next, so that one phone's twenty clips do not hold up another's
        one. Each device's own clips keep their order.
        """
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
        """How many clips of a device wait or are worked on."""
        query = "SELECT count(*) FROM clips WHERE device = ? AND state IN ('waiting', 'working')"
        row = self._database.row(query, device)
        return 0 if row is None else int(row[0])

    def counts(self) -> dict[str, int]:
        """How many clips each device has."""
        return {row[0]: row[1] for row in self._database.rows("SELECT device, count(*) FROM clips GROUP BY device")}

    def hashes(self, device: str | None = None) -> set[str]:
        """The hashes of the clips of a device, or of all."""
        return {clip.sha256 for clip in self.all(device)}

    def take_next(self) -> Clip | None:
        """The clip that is worked on from now on; None when none waits."""
        for clip in self.queue():
            with self._database.writing() as tables:  # it may be deleted meanwhile
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
        """Write down what came of a clip; nothing where it was deleted, or asked for anew, meanwhile."""
        kept_s = self._database.kept_s()
        with self._database.writing() as tables:
            tables.execute(
                "UPDATE clips SET state = ?, result = ?, error = ?, finished_at = ?, finished_kept_s = ?"
                " WHERE id = ? AND state = 'working'",
                ("failed" if result is None else "done", _json(result), error, time.time(), kept_s, clip),
            )

    def give_up(self, clip: str, error: str) -> None:
        """A clip that was given back is not tried any more."""
        kept_s = self._database.kept_s()
        with self._database.writing() as tables:
            tables.execute(
                "UPDATE clips SET state = 'failed', error = ?, finished_at = ?, finished_kept_s = ?"
                " WHERE id = ? AND state = 'waiting'",
                (error, time.time(), kept_s, clip),
            )

    def give_back(self, clip: str, *, died: bool) -> int:
        """Put a clip that was worked on back to where it was in the queue; how often the worker has died over it so far."""
        with self._database.writing() as tables:
            tables.execute(
                "UPDATE clips SET state = 'waiting', deaths = deaths + ? WHERE id = ? AND state = 'working'", (died, clip)
            )
            row = tables.execute("SELECT deaths FROM clips WHERE id = ?", (clip,)).fetchone()
        return 0 if row is None else int(row[0])

    def give_back_all(self) -> int:
        """Put back whatever the last run of the server was working on when it ended; how many there were."""
        with self._database.writing() as tables:
            return tables.execute("UPDATE clips SET state = 'waiting' WHERE state = 'working'").rowcount

    def again(self, clip: str, asked: Asked) -> None:
        """Put a clip at the queue's end once more, with what is now said of it."""
        with self._database.writing() as tables:
            tables.execute(
                "UPDATE clips SET state = 'waiting', asked = ?, queued_at = ?, deaths = 0, error = NULL, result = NULL"
                " WHERE id = ?", (_json(asked.as_data()), time.time(), clip),
            )  # fmt: skip

    def outlived(self, after_s: float) -> list[Clip]:
        """The clips that were settled so long ago, as `Database.kept_s` counts, and whose videos are still kept."""
        before = self._database.kept_s() - after_s - LONGEST_STEP_S
        query = "SELECT * FROM clips WHERE videos AND state IN ('done', 'failed') AND finished_kept_s < ?"
        return [_clip(row) for row in self._database.rows(query, before)]

    def videos_gone(self, clip: str) -> None:
        """Write down that a clip's videos are not kept any more."""
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
