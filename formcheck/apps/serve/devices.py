"""Devices and their authentication: one-time codes are exchanged for session tokens in cookies.

Codes (128 bits) and tokens (256 bits) are random, and stored as plain hashes only.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from dataclasses import dataclass, replace
from datetime import datetime

from formcheck.apps.serve.database import Database

#: Lifetime of a code, seconds.
CODE_S = 600.0
#: Lifetime of an unused session, days.
IDLE_DAYS = 90.0
#: Most unused codes.
MOST_CODES = 20
#: Interval of storing when a device was last seen, seconds.
_SEEN_S = 60.0


@dataclass(frozen=True)
class Device:
    """A phone or computer; the owner's sees everything."""

    id: str
    name: str
    owner: bool
    seen_at: float

    @property
    def seen_text(self) -> str:
        return datetime.fromtimestamp(self.seen_at).astimezone().isoformat(timespec="seconds")


@dataclass(frozen=True)
class Code:
    """A code that admits one device, once, until `expires_at` (seconds since 1970)."""

    word: str
    expires_at: float


class Devices:
    """Authenticates devices; sessions are cached in memory, since every request needs them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._devices = {
            row["id"]: Device(row["id"], row["name"], bool(row["owner"]), row["seen_at"])
            for row in database.rows("SELECT * FROM devices")
        }
        self._sessions = {row["token_hash"]: row["device"] for row in database.rows("SELECT * FROM sessions")}

    def all(self) -> list[Device]:
        """All devices, the last seen first."""
        return sorted(self._devices.values(), key=lambda device: -device.seen_at)

    def get(self, device: str) -> Device | None:
        return self._devices.get(device)

    def new_code(self, *, owner: bool) -> Code | None:
        """A new one-time code; None if too many are unused. It expires by a monotonic clock and with the server."""
        now = time.monotonic()
        code = Code(secrets.token_urlsafe(16), time.time() + CODE_S)
        with self._database.writing() as tables:
            tables.execute("DELETE FROM codes WHERE expires_at < ?", (now,))
            if tables.execute("SELECT count(*) FROM codes").fetchone()[0] >= MOST_CODES:
                return None
            tables.execute("INSERT INTO codes VALUES (?, ?, ?)", (_hashed(code.word), owner, now + CODE_S))
        return code

    def withdraw_codes(self) -> None:
        """Invalidate all codes."""
        with self._database.writing() as tables:
            tables.execute("DELETE FROM codes")

    def join(self, word: str, name: str, *, here: bool, known: Device | None) -> str | None:
        """Exchange a code for a session token; None if the code is wrong, used or expired.

        Args:
            name: of the device.
            here: the request comes from this computer, as owner's codes require.
            known: the device of an existing session, which is kept.
        """
        hashed, now = _hashed(word), time.time()
        session = secrets.token_urlsafe(32)
        with self._database.writing() as tables:
            valid = "SELECT owner FROM codes WHERE hash = ? AND expires_at >= ?"
            row = tables.execute(valid, (hashed, time.monotonic())).fetchone()
            if row is None or (row["owner"] and not here):
                return None
            tables.execute("DELETE FROM codes WHERE hash = ?", (hashed,))
            if known is not None and known.owner == bool(row["owner"]):
                device = replace(known, seen_at=now)
            else:
                device = Device(secrets.token_urlsafe(9), name, bool(row["owner"]), now)
                tables.execute("INSERT INTO devices VALUES (?, ?, ?, ?, ?)", (device.id, name, device.owner, now, now))
            tables.execute("INSERT INTO sessions VALUES (?, ?)", (_hashed(session), device.id))
        self._devices[device.id] = device
        self._sessions[_hashed(session)] = device.id
        return session

    def of_session(self, session: str | None) -> Device | None:
        """The device of a session token; None if invalid."""
        if not session or len(session) > 100:
            return None
        device = self._devices.get(self._sessions.get(_hashed(session), ""))
        if device is None or time.time() - device.seen_at > IDLE_DAYS * 86_400:
            return None
        return device

    def seen(self, device: Device) -> bool:
        """Update when the device was last seen; return whether that must be stored (`write_seen`)."""
        now = time.time()
        if now - device.seen_at < _SEEN_S:
            return False
        self._devices[device.id] = replace(device, seen_at=now)
        return True

    def write_seen(self, device: str) -> None:
        """Store when the device was last seen."""
        found = self._devices.get(device)
        if found is not None:
            self._database.note("UPDATE devices SET seen_at = ? WHERE id = ?", found.seen_at, device)

    def revoke(self, device: str) -> bool:
        """End the sessions of a device but keep its clips; return whether there was one."""
        if device not in self._devices:
            return False
        with self._database.writing() as tables:
            tables.execute("DELETE FROM sessions WHERE device = ?", (device,))
        self._sessions = {session: other for session, other in self._sessions.items() if other != device}
        return True

    def can_come(self, device: str) -> bool:
        """Whether the device has a session."""
        return device in self._sessions.values()


def _hashed(word: str) -> str:
    return hashlib.sha256(word.encode("utf-8", "replace")).hexdigest()
