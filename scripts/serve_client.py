"""A server of its own on this computer, and phones that send clips to it: what the load and the kill script share.

Run as a program it is that server: everything that `--lan` does, but listening on this computer alone.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formcheck.apps.serve import run as protocol
from formcheck.apps.serve.settings import PIECE_BYTES, Settings

#: Marks the server and everything that it starts, in their environment.
MARK = "FORMCHECK_SERVED_FROM"


@dataclass(frozen=True)
class LoopbackSettings(Settings):
    """As with `--lan`, but no other computer gets there."""

    @property
    def host(self) -> str:
        return "127.0.0.1"


class Server:
    """`formcheck serve` in a process of its own."""

    def __init__(self, data: Path, *more: str, prefix: tuple[str, ...] = ()) -> None:
        self.data, self.port, self._more, self._prefix = data, free_port(), more, prefix
        #: What it has printed until it listened.
        self.printed = ""
        self.logbook = data.parent / "logbook.sqlite"
        self.owner_url = ""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait until it has said its address."""
        command = [*self._prefix, sys.executable, __file__, str(self.data), str(self.logbook), str(self.port), *self._more]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, MARK: str(self.data)})
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.printed += line
            found = re.search(r"https?://127\.0\.0\.1:\d+(/join/\S+)", line)
            if found and not self.owner_url:
                self.owner_url = found.group(1)
            if line.startswith("Codes"):
                return
        raise RuntimeError(f"the server ended with {self._process.wait()}")

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self.owner_url = ""

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def memory_mb(self, which: str) -> float:
        """Memory of the web process: "VmHWM" (the most so far) or "VmRSS" (now); Linux only."""
        assert self._process is not None
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        found = re.search(rf"{which}:\s+(\d+) kB", status)
        assert found is not None
        return int(found.group(1)) / 1024


class Phone:
    """A browser on another device: an address of its own on this computer, a session, and patience."""

    def __init__(self, port: int, address: str = "127.0.0.1") -> None:
        self._port, self._address = port, address
        self._connection: http.client.HTTPConnection | None = None
        self._cookie = ""

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_connection": None}  # another process opens its own

    def ask(self, method: str, path: str, body: bytes | dict[str, Any] | None = None, **headers: str) -> tuple[int, Any]:
        """Status and answer, as JSON where it is that.

        Raises:
            OSError, http.client.HTTPException: the server is not there.
        """
        sent = json.dumps(body).encode() if isinstance(body, dict) else body
        own = f"http://127.0.0.1:{self._port}"
        known = self._connection is not None
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self._port, timeout=60, source_address=(self._address, 0)
                )
            self._connection.request(method, path, sent, {"Origin": own, "Cookie": self._cookie, **headers})
            answer = self._connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.hang_up()
            if known and method in ("GET", "DELETE"):  # the server has closed it meanwhile, as browsers know
                return self.ask(method, path, body, **headers)
            raise
        cookie = answer.getheader("set-cookie")
        if cookie:
            self._cookie = cookie.partition(";")[0]
        is_json = (answer.getheader("content-type") or "").startswith("application/json")
        return answer.status, json.loads(content) if is_json else content

    @property
    def cookie(self) -> str:
        """The cookie of its session."""
        return self._cookie

    def hang_up(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def join(self, path: str) -> None:
        """Come in with a code."""
        status, _ = self.ask("GET", path)
        assert status == 303, status

    def send(self, name: str, content: bytes, piece: int = PIECE_BYTES, patience_s: float = 120.0) -> dict[str, Any]:
        """Send a clip until it is acknowledged, over lost connections and new starts of the server, as the page does."""
        until = time.monotonic() + patience_s
        while True:
            try:
                return self._send(name, content, piece)
            except (OSError, http.client.HTTPException, _WaitError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _send(self, name: str, content: bytes, piece: int) -> dict[str, Any]:
        begun = self._ok("POST", "/api/uploads", {"name": name, "bytes": len(content)})
        number, offset = begun["id"], begun["offset"]
        while True:
            try:
                while offset < len(content):
                    block = content[offset : offset + piece]
                    status, answer = self.ask("PATCH", f"/api/uploads/{number}", block, **{"Upload-Offset": str(offset)})
                    offset = answer["offset"] if status in (200, 408, 409) else self._judged(status, answer)["offset"]
                done: dict[str, Any] = self._ok("POST", f"/api/uploads/{number}/done", {})
                return done
            except (OSError, http.client.HTTPException):  # the upload is known by its number: go on with it
                offset = self._patiently(number)

    def _patiently(self, number: str) -> int:
        until = time.monotonic() + 60
        while True:
            try:
                return int(self._ok("GET", f"/api/uploads/{number}")["offset"])
            except (OSError, http.client.HTTPException):
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _ok(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._judged(*self.ask(method, path, body))

    @staticmethod
    def _judged(status: int, answer: Any) -> Any:
        if status == 429:
            raise _WaitError(str(answer))
        assert status < 300, (status, answer)
        return answer


class _WaitError(Exception):
    """The server asks to come again later."""


def invited(server: Server, count: int) -> tuple[Phone, list[Phone]]:
    """The owner's browser, and so many phones that have come in."""
    owner = Phone(server.port)
    owner.join(server.owner_url)
    phones = []
    for number in range(count):
        status, code = owner.ask("POST", "/api/code")
        assert status == 200, code
        phones.append(Phone(server.port, f"127.0.1.{number + 1}"))
        phones[-1].join("/join/" + code["url"].rpartition("/")[2])
    return owner, phones


def padded(clip: bytes, size: int) -> bytes:
    """A clip like the given one, playing the same, of so many bytes and with a hash of its own.

    An MP4 file may hold boxes of free space.
    """
    room = size - len(clip)
    assert room >= 24, "the clip is larger than that"
    return clip + room.to_bytes(4, "big") + b"free" + secrets.token_bytes(16) + bytes(room - 24)


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def main() -> None:
    from formcheck.apps.serve.run import serve

    os.umask(0o077)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("logbook", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("--https", action="store_true")
    parser.add_argument("--head-s", type=float, default=protocol.HEAD_S, help="how long a request may take to arrive")
    parser.add_argument("--niceness", type=int, default=Settings.niceness, help="by how much the work gives way")
    chosen = parser.parse_args()
    protocol.HEAD_S = chosen.head_s
    settings = LoopbackSettings(
        chosen.data, chosen.logbook, port=chosen.port, lan=True, name="test", https=chosen.https, niceness=chosen.niceness
    )
    serve(settings)


if __name__ == "__main__":
    main()
