"""The real server over real connections, and one clip from the phone to the logbook."""

from __future__ import annotations

import hashlib
import http.client
import json
import shutil
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from benchmarking.clip import loop_clip
from formcheck.apps.logbook.store import Logbook
from formcheck.apps.serve import run as protocol
from formcheck.apps.serve.worker import forget_videos
from formcheck.pipeline import AnalysedClip
from serve_client import Phone, Server, invited, padded

#: How long a request may take to arrive here, seconds.
HEAD_S = 1.5
SAMPLE = Path(__file__).parents[3] / "samples" / "hip_thrust_good_f.mp4"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("served") / "data", "--head-s", str(HEAD_S), "--niceness", "0") as started:
        yield started


@pytest.fixture(scope="module")
def visitors(server: Server) -> tuple[Phone, list[Phone]]:
    return invited(server, 3)


@pytest.fixture
def phone(visitors: tuple[Phone, list[Phone]]) -> Phone:
    found = visitors[1][0]
    found.hang_up()  # the server does not wait long here, as browsers find out by themselves
    return found


def raw(server: Server, request: bytes, patience_s: float = 10.0) -> bytes:
    """What comes back on a plain connection until it is closed."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=patience_s) as connection:
        connection.sendall(request)
        received = b""
        with suppress(OSError):
            while block := connection.recv(65_536):
                received += block
    return received


def begun(phone: Phone, size: int, name: str) -> str:
    status, answer = phone.ask("POST", "/api/uploads", {"name": name, "bytes": size})
    assert status == 201
    return str(answer["id"])


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/static/../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/pyproject.toml",
        "//etc/passwd",
        "/clips/../serve.sqlite",
    ],
)
def test_paths_that_climb_find_nothing(server: Server, phone: Phone, path: str) -> None:
    """Sent as they are: a browser would not."""
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {phone._cookie}\r\nConnection: close\r\n\r\n"
    answer = raw(server, request.encode())
    assert answer.split(b" ")[1] == b"404"
    assert b"root:" not in answer


@pytest.mark.parametrize(
    "head",
    [
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "POST /api/uploads HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        "\x00\x01\x02\x03\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n" + "X: " + "y" * 100_000 + "\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rSet-Cookie: b\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_the_server_goes_on(server: Server, phone: Phone, head: str) -> None:
    answer = raw(server, head.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n").encode())
    assert answer == b"" or answer.split(b" ")[1][:1] == b"4"
    assert phone.ask("GET", "/api/me")[0] == 200


def test_a_request_that_never_arrives_does_not_hold_its_connection(server: Server) -> None:
    began = time.monotonic()
    assert raw(server, b"GET / HTTP/1.1\r\nHost:", patience_s=4 * HEAD_S) == b""
    assert time.monotonic() - began < 3 * HEAD_S


def test_one_address_cannot_take_all_connections(server: Server, phone: Phone) -> None:
    def connect() -> socket.socket:
        return socket.create_connection(("127.0.0.1", server.port), timeout=5, source_address=("127.0.3.1", 0))

    held = [connect() for _ in range(protocol.MOST_OF_ONE + 20)]
    try:
        turned_away = 0
        time.sleep(0.3)
        for connection in held:
            connection.setblocking(False)
            try:
                turned_away += connection.recv(1) == b""
            except BlockingIOError:
                continue
            except OSError:
                turned_away += 1
        assert turned_away == 20
        assert phone.ask("GET", "/api/me")[0] == 200
    finally:
        for connection in held:
            connection.close()


def half_sent(server: Server, phone: Phone, number: str, content: bytes, size: int) -> socket.socket:
    """A connection on which a piece with all of `content` was announced and `size` bytes of it have been sent."""
    head = (
        f"PATCH /api/uploads/{number} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCookie: {phone._cookie}\r\n"
        f"Origin: http://127.0.0.1:{server.port}\r\nUpload-Offset: 0\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(head.encode() + content[:size])
    time.sleep(0.3)
    return connection


def test_what_came_before_the_connection_was_lost_is_kept(server: Server, phone: Phone) -> None:
    content = padded(SAMPLE.read_bytes(), 2_000_000)
    number = begun(phone, len(content), "lost.mp4")
    half_sent(server, phone, number, content, 1_200_000).close()
    until = time.monotonic() + 10
    while (offset := phone.ask("GET", f"/api/uploads/{number}")[1]["offset"]) < 1_000_000:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert phone.ask("PATCH", f"/api/uploads/{number}", content[offset:], **{"Upload-Offset": str(offset)})[0] == 200
    path = next((server.data / "clips" / number).glob("clip*.mp4"))
    assert path.read_bytes() == content
    assert phone.ask("DELETE", f"/api/uploads/{number}")[0] == 204


def test_a_phone_that_comes_again_does_not_wait_for_its_lost_connection(server: Server, phone: Phone) -> None:
    """The old connection looks alive to the server for a long time: the network died, not the phone."""
    content = padded(SAMPLE.read_bytes(), 1_000_000)
    number = begun(phone, len(content), "again.mp4")
    with half_sent(server, phone, number, content, 600_000):
        began = time.monotonic()
        status, answer = phone.ask("PATCH", f"/api/uploads/{number}", content, **{"Upload-Offset": "0"})
        assert status == 409
        offset = answer["offset"]
        assert 0 < offset <= 600_000
        assert phone.ask("PATCH", f"/api/uploads/{number}", content[offset:], **{"Upload-Offset": str(offset)})[0] == 200
        assert time.monotonic() - began < 5
    assert next((server.data / "clips" / number).glob("clip*.mp4")).read_bytes() == content
    assert phone.ask("DELETE", f"/api/uploads/{number}")[0] == 204


def test_a_video_in_name_only_fails_in_the_worker_and_says_so(server: Server, phone: Phone) -> None:
    corrupt = SAMPLE.read_bytes()[:64] + bytes(range(256)) * 400
    clip = phone.send("holiday.mp4", corrupt)
    until = time.monotonic() + 60
    while (now := phone.ask("GET", f"/api/clips/{clip['id']}")[1])["state"] not in ("done", "failed"):
        assert time.monotonic() < until
        time.sleep(0.1)
    assert now["state"] == "failed"
    assert now["error"].startswith("The clip ")
    assert str(server.data) not in now["error"]


def test_a_clip_from_the_phone_to_the_logbook_and_away_again(
    server: Server, visitors: tuple[Phone, list[Phone]], tmp_path: Path
) -> None:
    owner, (phone, other, _) = visitors
    clip = padded(loop_clip(SAMPLE, tmp_path / "one_rep.mp4", 5.1).read_bytes(), 600_000)
    events: list[dict[str, Any]] = []
    listening = threading.Thread(target=listen, args=(server, phone, events), daemon=True)
    listening.start()
    _, answer = phone.ask("POST", "/api/uploads", {"name": "VID_20260302_181500.mp4", "bytes": len(clip), "load_kg": 60})
    number = answer["id"]
    assert phone.ask("PATCH", f"/api/uploads/{number}", clip, **{"Upload-Offset": "0"})[0] == 200
    assert phone.ask("POST", f"/api/uploads/{number}/done", {})[1]["state"] in ("waiting", "working")
    listening.join(240)
    states = [event["state"] for event in events if event["id"] == number]
    assert states[-1] == "done", events[-1]
    assert "working" in states
    early = next(event["result"] for event in events if event["state"] == "working" and event["result"])
    assert (early["title"], early["has_video"]) == ("Hip thrust", False), "the verdict comes before its video"
    shares = [event["share"] for event in events if event["id"] == number and event["share"] is not None]
    assert shares == sorted(shares)
    shown = phone.ask("GET", f"/api/clips/{number}")[1]
    assert (shown["result"]["title"], shown["result"]["reps"]) == ("Hip thrust", 1)
    assert shown["result"]["has_video"]
    assert phone.ask("GET", shown["result"]["picture"])[1].startswith(b"\x89PNG")
    assert b"annotated.mp4" in phone.ask("GET", f"/clips/{number}/report")[1]
    assert phone.ask("GET", f"/clips/{number}/annotated.mp4", Range="bytes=0-99")[0] == 206
    assert phone.ask("GET", "/api/next")[1]["next"][0]["title"] == "Hip thrust"
    assert other.ask("GET", "/api/next")[1] == {"next": []}
    assert owner.ask("GET", "/api/next")[1]["next"] != []
    assert b"Hip thrust" in phone.ask("GET", "/history")[1]
    assert b"Hip thrust" not in other.ask("GET", "/history")[1]
    with Logbook(server.logbook, reading=True) as book:
        (entry,) = book.entries()
    assert (entry.exercise, f"{entry.filmed_at:%Y-%m-%d}", entry.load and entry.load.kg) == ("hip_thrust", "2026-03-02", 60.0)
    folder = next((server.data / "clips" / number).glob("*.formcheck"))
    assert AnalysedClip.load(folder).analysis.summary.reps == 1, "other commands work with the folder"
    forget_videos(folder.with_suffix(".mp4"))  # what the worker does when their time is over
    assert not phone.ask("GET", f"/api/clips/{number}")[1]["result"]["has_video"]
    assert b"annotated.mp4" not in phone.ask("GET", f"/clips/{number}/report")[1]
    assert {path.name for path in folder.parent.iterdir()} == {folder.name}
    assert phone.ask("DELETE", f"/api/clips/{number}")[0] == 204
    assert not (server.data / "clips" / number).exists()
    with Logbook(server.logbook, reading=True) as book:
        assert book.entries() == ()


def listen(server: Server, phone: Phone, events: list[dict[str, Any]]) -> None:
    """Take the news of a phone until a clip is judged."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=240)
    connection.request("GET", "/api/events", headers={"Cookie": phone._cookie})
    answer = connection.getresponse()
    assert answer.getheader("content-type", "").startswith("text/event-stream")
    while line := answer.readline():
        if line.startswith(b"data:"):
            events.append(json.loads(line[5:]))
            if events[-1].get("state") in ("done", "failed"):
                break
    connection.close()


def test_the_server_ends_at_once_when_asked_and_gives_back_what_it_worked_on(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        _, (phone,) = invited(server, 1)
        number = phone.send("a.mp4", padded(SAMPLE.read_bytes(), 600_000))["id"]
        until = time.monotonic() + 30
        while phone.ask("GET", f"/api/clips/{number}")[1]["state"] != "working":
            assert time.monotonic() < until
            time.sleep(0.02)
        watching: list[dict[str, Any]] = []
        listener = threading.Thread(target=listen, args=(server, phone, watching), daemon=True)
        listener.start()
        time.sleep(0.2)
        began = time.monotonic()
        server.stop()
        assert time.monotonic() - began < 8
        listener.join(5)
        assert not listener.is_alive(), "the news end with the server"
        server.start()
        assert phone.ask("GET", f"/api/clips/{number}")[1]["state"] in ("waiting", "working")
        server.kill()
        server.start()
        assert phone.ask("DELETE", f"/api/clips/{number}")[0] == 204


def test_with_https_the_certificate_is_the_one_that_was_printed(tmp_path: Path) -> None:
    with Server(tmp_path / "data", "--https") as server:
        context = ssl.create_default_context(cafile=str(tmp_path / "data" / "certificate.pem"))
        with (
            socket.create_connection(("127.0.0.1", server.port)) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
        ):
            certificate = connection.getpeercert(binary_form=True)
        assert certificate is not None
        digits = hashlib.sha256(certificate).hexdigest().upper()
        assert ":".join(digits[i : i + 2] for i in range(0, 64, 2)) in server.printed
        key = tmp_path / "data" / "certificate.key"
        assert key.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_the_server_listens_and_never_connects_or_asks_for_a_name(tmp_path: Path) -> None:
    """The one promise that `serve` has to make differently: its web process takes connections, its workers none at all."""
    log = tmp_path / "calls.txt"
    calls = "trace=socket,connect,bind,listen,sendto,sendmsg,openat,execve"
    strace = ("strace", "-D", "-f", "-qq", "--seccomp-bpf", "-e", calls, "-o", str(log))
    with Server(tmp_path / "data", prefix=strace) as server:
        owner, (phone,) = invited(server, 1)
        clip = phone.send("a.mp4", SAMPLE.read_bytes()[:64] + bytes(range(256)) * 400)
        until = time.monotonic() + 90
        while owner.ask("GET", f"/api/clips/{clip['id']}")[1]["state"] != "failed":
            assert time.monotonic() < until
            time.sleep(0.1)
        assert owner.ask("POST", "/api/code")[0] == 200
        assert owner.ask("GET", "/history")[0] == 200
    lines = log.read_text().splitlines()
    assert sum("execve(" in line for line in lines) >= 2, "the worker was not watched"
    network = [line for line in lines if "AF_INET" in line]
    assert sum("socket(AF_INET, SOCK_STREAM" in line for line in network) == 1
    assert sum("bind(" in line and '"127.0.0.1"' in line for line in network) == 1
    assert not [line for line in network if "socket(AF_INET, SOCK_STREAM" not in line and "bind(" not in line]
    names = ("nscd", "systemd/resolve", "resolv.conf", "/etc/hosts", "libnss_dns")
    assert not [line for line in lines if any(name in line for name in names)]


def test_a_live_session_outlives_the_patience_with_requests_and_its_connection_is_forgotten(
    server: Server, phone: Phone
) -> None:
    """More sessions one after the other than an address may have connections at once, and one that lasts."""
    for number in range(protocol.MOST_OF_ONE + 2):
        cookie, lasts_s, status = ("", 0.0, 401) if number else (phone.cookie, 2.5 * HEAD_S, 101)
        assert handshake(server, cookie, lasts_s) == status
    assert phone.ask("GET", "/api/live")[0] == 200


def handshake(server: Server, cookie: str, lasts_s: float) -> int:
    """The status with which a WebSocket is answered; if it is opened, it must be open that long, and close when asked."""
    own = f"127.0.0.1:{server.port}"
    head = (
        f"GET /live HTTP/1.1\r\nHost: {own}\r\nOrigin: http://{own}\r\nCookie: {cookie}\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(head.encode())
        status = int(connection.recv(4096).split(b" ")[1])
        if status == 101:
            time.sleep(lasts_s)
            connection.sendall(b"\x81\x8e\0\0\0\0" + b'{"type":"end"}')  # a masked text of 14 bytes
            received = b""
            while b"\x88\x02\x03\xe8" not in received:  # closed with 1000
                block = connection.recv(4096)
                assert block, received
                received += block
    return status
