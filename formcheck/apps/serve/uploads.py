"""Unfinished uploads: pieces are appended to a file until it is complete, verified and synced; then it becomes a clip."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sqlite3
import time
from dataclasses import dataclass, replace
from pathlib import Path

from formcheck.apps.live.after import LIVE_FILE, SaidLive, write_said
from formcheck.apps.logbook.dates import date_in_name
from formcheck.apps.serve.clips import Asked, Clip, Clips
from formcheck.apps.serve.database import LONGEST_STEP_S, Database
from formcheck.apps.serve.http import Refused, not_there
from formcheck.apps.serve.settings import Settings, make_private
from formcheck.video.files import file_sha256, suffix_of

#: Lifetime of an abandoned upload, hours.
ABANDONED_H = 24.0
#: Disk space reserved for results, as a multiple of the clip.
RESULTS_FACTOR = 1.5


@dataclass(frozen=True)
class Upload:
    """An unfinished clip; `received` of its `bytes` are synced to the disk."""

    id: str
    device: str
    name: str
    bytes: int
    sha256: str | None
    asked: Asked
    file: str
    received: int


class Uploads:
    """The table of uploads, and their files."""

    def __init__(self, database: Database, clips: Clips, settings: Settings) -> None:
        self._database, self._clips, self._settings = database, clips, settings

    def begin(self, device: str, name: str, size: int, sha256: str | None, asked: Asked) -> Upload:
        """A new upload, or the unfinished one of the same file.

        Raises:
            Refused: the clip is too large, the disk would be full, or there are too many uploads or waiting clips.
        """
        limits = self._settings
        if size > limits.largest_bytes:
            raise Refused(
                413, f"{name} has {_size(size)}; expected one set of at most {_size(limits.largest_bytes)}. Cut it, or film in"
                " a lower resolution."
            )  # fmt: skip
        known = self._unfinished(device, name, size, sha256)
        if known is not None:
            return self._taken_up(known, asked)
        if self._clips.waiting(device) >= limits.most_waiting:
            raise Refused(429, f"{limits.most_waiting} of your clips are waiting already; send this one when some are judged.")
        need = int(size * (1 + RESULTS_FACTOR))
        if need > self.free_bytes():
            raise Refused(
                507, f"The computer's disk has no room for {name}: it needs {_size(need)} with its results, and"
                f" {_size(max(0, self.free_bytes()))} are left. Delete old clips, or ask the owner to make room."
            )  # fmt: skip
        upload = Upload(secrets.token_urlsafe(12), device, name, size, sha256, asked, "", 0)
        kept_s = self._database.kept_s()
        with self._database.writing() as tables:
            count = tables.execute("SELECT count(*) FROM uploads WHERE device = ?", (device,)).fetchone()[0]
            if count >= limits.most_unfinished:
                raise Refused(429, f"{count} uploads of this device are unfinished; let them finish before you begin another.")
            tables.execute(
                "INSERT INTO uploads (id, device, name, bytes, sha256, asked, touched_at, touched_kept_s)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (upload.id, device, name, size, sha256, json.dumps(asked.as_data()), time.time(), kept_s),
            )
        return upload

    def get(self, upload: str, device: str) -> Upload:
        """The upload of a device.

        Raises:
            Refused: there is none.
        """
        row = self._database.row("SELECT * FROM uploads WHERE id = ? AND device = ?", upload, device)
        if row is None:
            raise not_there()
        return _upload(row)

    def begin_file(self, upload: Upload, head: bytes) -> Upload:
        """Create the file of an upload that begins with `head`.

        Raises:
            Refused: it is not a video.
        """
        suffix = suffix_of(head)
        if suffix is None:
            self.drop(upload)
            raise Refused(415, f"{upload.name} isn't a video that formcheck can read; choose the original from the phone.")
        # The date, for the logbook; nothing else of the client's name is used.
        filmed = date_in_name(Path(upload.name).stem)
        file = f"{upload.id}/clip{'' if filmed is None else filmed.strftime('_%Y%m%d_%H%M%S')}{suffix}"
        make_private(self._clips.folder / upload.id)
        self._database.note("UPDATE uploads SET file = ? WHERE id = ?", file, upload.id)
        return self.get(upload.id, upload.device)

    def open(self, upload: Upload) -> int:
        """Open the upload's file for appending after `received` bytes; return the descriptor."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        file = os.open(self._clips.folder / upload.file, flags, 0o600)
        os.ftruncate(file, upload.received)
        os.lseek(file, upload.received, os.SEEK_SET)
        return file

    def received(self, upload: Upload, file: int, offset: int) -> None:
        """Sync the file and record its size."""
        os.fsync(file)
        self._database.note(
            "UPDATE uploads SET received = ?, touched_at = ?, touched_kept_s = (SELECT counted_s FROM kept) WHERE id = ?",
            offset, time.time(), upload.id,
        )

    def keep_said(self, upload: Upload, said: SaidLive) -> None:
        """Save what was said live beside the clip; it is deleted with it."""
        if upload.file:
            write_said(said, (self._clips.folder / upload.file).with_name(LIVE_FILE))

    def finish(self, upload: Upload, sha256: str | None) -> Clip:
        """Verify the hash of a complete upload and queue it.

        Raises:
            Refused: bytes are missing, or the hash differs, and the upload must restart.
        """
        if upload.received != upload.bytes:
            raise Refused(409, f"{upload.name} has {upload.bytes - upload.received} bytes to come.", offset=upload.received)
        path = self._clips.folder / upload.file
        found = file_sha256(path)
        expected = sha256 or upload.sha256
        if expected is not None and found != expected:
            self._database.note("UPDATE uploads SET received = 0 WHERE id = ?", upload.id)
            raise Refused(409, f"{upload.name} was damaged on its way; it is sent again.", offset=0)
        _bring_to_disk(path.parent)
        _bring_to_disk(self._clips.folder)
        now = time.time()
        with self._database.writing() as tables:
            if not tables.execute("DELETE FROM uploads WHERE id = ?", (upload.id,)).rowcount:
                raise not_there()
            tables.execute(
                "INSERT INTO clips (id, device, name, bytes, sha256, asked, file, added_at, queued_at, state)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')",
                (
                    upload.id, upload.device, upload.name, upload.bytes, found, json.dumps(upload.asked.as_data()),
                    upload.file, now, now,
                ),
            )  # fmt: skip
        clip = self._clips.get(upload.id)
        assert clip is not None
        return clip

    def drop(self, upload: Upload) -> None:
        """Remove an upload and its file."""
        with self._database.writing() as tables:
            tables.execute("DELETE FROM uploads WHERE id = ?", (upload.id,))
        shutil.rmtree(self._clips.folder / upload.id, ignore_errors=True)

    def drop_abandoned(self) -> None:
        """Remove abandoned uploads."""
        before = self._database.kept_s() - ABANDONED_H * 3600 - LONGEST_STEP_S
        for row in self._database.rows("SELECT * FROM uploads WHERE touched_kept_s < ?", before):
            self.drop(_upload(row))

    def free_bytes(self) -> int:
        """Disk space for new clips: free space less the spare and unfinished uploads, bytes."""
        promised = self._database.row("SELECT coalesce(sum(bytes - received), 0) FROM uploads")
        free = shutil.disk_usage(self._clips.folder).free - self._settings.spare_bytes
        return free - (0 if promised is None else int(promised[0]))

    def is_disk_full(self) -> bool:
        """Whether the disk is too full even for accepted uploads."""
        return shutil.disk_usage(self._clips.folder).free < self._settings.spare_bytes // 4

    def ids(self) -> set[str]:
        return {row[0] for row in self._database.rows("SELECT id FROM uploads")}

    def _unfinished(self, device: str, name: str, size: int, sha256: str | None) -> Upload | None:
        row = self._database.row(
            "SELECT * FROM uploads WHERE device = ? AND name = ? AND bytes = ? AND sha256 IS ?", device, name, size, sha256
        )
        return None if row is None else _upload(row)

    def _taken_up(self, upload: Upload, asked: Asked) -> Upload:
        """Resume an upload, with the new details of the set."""
        self._database.note(
            "UPDATE uploads SET touched_at = ?, touched_kept_s = (SELECT counted_s FROM kept), asked = ? WHERE id = ?",
            time.time(), json.dumps(asked.as_data()), upload.id,
        )  # fmt: skip
        return replace(upload, asked=asked)


def _upload(row: sqlite3.Row) -> Upload:
    values = {name: row[name] for name in row.keys() if not name.startswith("touched_")}  # noqa: SIM118  # a Row iterates over values
    values["asked"] = Asked(**json.loads(values["asked"]))
    return Upload(**values)


def _bring_to_disk(folder: Path) -> None:
    """Sync a folder, so that the file's name is on the disk too."""
    if os.name == "posix":
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)


def _size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"
