"""The WebSocket of a live session: who is let in, what it answers, and its bounds."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from formcheck.apps.serve import live as bounds
from formcheck.apps.serve.live import Live
from formcheck.apps.serve.run import make_app
from formcheck.apps.serve.state import Desk
from tests.apps.live.filmed import MadeUpPool, jpeg, standing_then_squatting
from tests.apps.serve.served import OWN, PHONE, PORT, desk_in, film

PICTURE = jpeg()
ADDRESS = f"ws://{OWN}:{PORT}/live"


def figure(time_s: float) -> list[Any]:
    return standing_then_squatting(np.array([time_s, time_s + 0.1]), 3.0, reps=2)[:1]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_in(tmp_path)


@pytest.fixture
def pools() -> list[MadeUpPool]:
    return []


@pytest.fixture
def phone(desk: Desk, pools: list[MadeUpPool]) -> TestClient:
    """A phone that was let in, and a server whose pictures all show the figure."""

    def pool() -> MadeUpPool:
        pools.append(MadeUpPool(figure))
        return pools[-1]

    base = f"http://{OWN}:{PORT}"
    client = TestClient(
        make_app(desk, Live(pool)), base_url=base, client=(PHONE, 50_000), follow_redirects=False  # type: ignore[arg-type]
    )
    client.headers["origin"] = base
    code = desk.devices.new_code(owner=False)
    assert code is not None
    assert client.get(f"/join/{code.word}").status_code == 303
    return client


def shown(time_s: float, picture: bytes = PICTURE) -> bytes:
    return struct.pack("<d", time_s) + picture


def answers(socket: Any, until: str) -> list[dict[str, Any]]:
    """The messages up to the first of a type."""
    found = []
    while True:
        found.append(socket.receive_json())
        if found[-1]["type"] == until:
            return found


def test_a_set_from_the_framing_to_what_was_said(
    phone: TestClient, pools: list[MadeUpPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "MOST_LOOKS_HZ", 1000.0)
    monkeypatch.setattr(bounds, "MOST_PICTURES_HZ", 10_000.0)
    monkeypatch.setattr(bounds, "STEP_EVERY_S", 0.0)
    with phone.websocket_connect(ADDRESS) as socket:
        assert socket.receive_json()["type"] == "hello"
        told: list[dict[str, Any]] = []
        for time_s in np.arange(0, 2.5, 0.1):
            socket.send_bytes(shown(float(time_s)))
            told += answers(socket, "look")
        socket.send_json({"type": "begin", "exercise": "goblet_squat", "side": None})
        for time_s in np.arange(2.5, 30.0, 0.1):  # counting is slower than these pictures, so the lifter stands for long after
            socket.send_bytes(shown(float(time_s)))
            told += answers(socket, "look")
            if any(one["type"] in ("rep", "count") and one["count"] == 2 for one in told):
                break
        socket.send_json({"type": "end"})
        told += answers(socket, "said")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1000
    framing = [one for one in told if one["type"] == "framing"]
    assert framing[-1]["ready"]
    assert framing[-1]["hints"] == []
    said = told[-1]
    assert (said["count"], len(said["reps"]), said["exercise"]) == (2, 2, "goblet_squat")
    assert said["begun_s"] == pytest.approx(2.4)
    assert [one["count"] for one in told if one["type"] in ("rep", "count")][-1] == 2
    assert all(one["found"] and len(one["box"]) == 4 for one in told if one["type"] == "look")
    assert pools[0].closed


def test_only_devices_that_were_let_in_are_watched(desk: Desk) -> None:
    stranger = TestClient(make_app(desk), base_url=f"http://{OWN}:{PORT}", client=(PHONE, 50_000))
    with pytest.raises(WebSocketDenialResponse) as refused, stranger.websocket_connect(
        ADDRESS, headers={"origin": f"http://{OWN}:{PORT}"}
    ):
        pass
    assert refused.value.status_code == 401


@pytest.mark.parametrize("origin", ["http://elsewhere.example", None])
def test_only_the_servers_own_page_may_ask(phone: TestClient, origin: str | None) -> None:
    del phone.headers["origin"]
    headers = {} if origin is None else {"origin": origin}
    with pytest.raises(WebSocketDenialResponse) as refused, phone.websocket_connect(ADDRESS, headers=headers):
        pass
    assert refused.value.status_code == 403


def test_one_session_at_a_time(phone: TestClient, pools: list[MadeUpPool]) -> None:
    with phone.websocket_connect(ADDRESS) as first:
        first.receive_json()
        assert phone.get("/api/live").json()["free"] is False
        with phone.websocket_connect(ADDRESS) as second:
            assert second.receive_json()["type"] == "refused"
            with pytest.raises(WebSocketDisconnect) as closed:
                second.receive_json()
        assert closed.value.code == 4409
    assert len(pools) == 1
    assert phone.get("/api/live").json()["free"] is True


@pytest.mark.parametrize("message", [
    b"", b"\0" * 8, shown(1.0, b"no picture at all"), shown(float("nan")), shown(1.0, jpeg(2000, 2000)),
    shown(1.0, b"\xff" * 150_000), "no json", "[]", '{"type": "dance"}', '{"type": "begin", "exercise": "yoga"}',
    '{"type": "begin", "side": "up"}', "[" * 1900, "x" * 3000,
])  # fmt: skip
def test_anything_else_than_a_picture_or_a_word_ends_the_session(phone: TestClient, message: bytes | str) -> None:
    with phone.websocket_connect(ADDRESS) as socket:
        socket.receive_json()
        if isinstance(message, bytes):
            socket.send_bytes(message)
        else:
            socket.send_text(message)
        assert answers(socket, "refused")[-1]["text"]
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4400
    assert phone.get("/api/live").json()["free"] is True


def test_a_flood_of_pictures_ends_the_session(phone: TestClient) -> None:
    with phone.websocket_connect(ADDRESS) as socket:
        socket.receive_json()
        for number in range(100):
            socket.send_bytes(shown(number / 1000))
        answers(socket, "refused")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4429


def test_a_session_ends_in_time_and_says_what_it_counted(phone: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "LONGEST_S", 0.5)
    with phone.websocket_connect(ADDRESS) as socket:
        socket.receive_json()
        socket.send_json({"type": "begin"})
        told = answers(socket, "refused")
        assert told[-2]["type"] == "said"
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 4408


def test_a_silent_camera_does_not_keep_the_place(phone: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "SILENT_S", 0.2)
    with phone.websocket_connect(ADDRESS) as socket:
        socket.receive_json()
        answers(socket, "refused")
    assert phone.get("/api/live").json()["free"] is True


def test_older_pictures_are_dropped_for_the_newest(phone: TestClient) -> None:
    with phone.websocket_connect(ADDRESS) as socket:
        socket.receive_json()
        for number in range(5):
            socket.send_bytes(shown(number / 10))
        found: list[dict[str, Any]] = []
        while len(found) < 5:
            found += [one for one in [socket.receive_json()] if one["type"] == "look"]
    assert sorted(one["at_s"] for one in found) == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert [one["at_s"] for one in found if not one["dropped"]][-1] == 0.4
    assert any(one["dropped"] for one in found)


def test_what_was_said_is_kept_beside_the_clip_and_deleted_with_it(desk: Desk, phone: TestClient) -> None:
    content = film()
    begun = phone.post("/api/uploads", content=json.dumps({"name": "set.mp4", "bytes": len(content)})).json()
    phone.patch(f"/api/uploads/{begun['id']}", content=content, headers={"upload-offset": "0"})
    done = f"/api/uploads/{begun['id']}/done"
    said = {
        "clip_starts_at_s": 1.0, "count": 1, "reps": [[1.0, 2.0]], "cues": [], "exercise": None, "begun_s": 1.0,
        "model": "full",
    }  # fmt: skip
    assert phone.post(done, json={"live": {**said, "count": "many"}}).status_code == 422
    assert phone.post(done, json={"live": said}).status_code == 201
    kept = desk.clips.folder / begun["id"] / "live.json"
    assert json.loads(kept.read_text())["count"] == 1
    assert phone.delete(f"/api/clips/{begun['id']}").status_code == 204
    assert not kept.exists()


def test_the_page_is_told_what_can_be_lifted(phone: TestClient) -> None:
    told = {one["id"]: one for one in phone.get("/api/live").json()["exercises"]}
    assert told["romanian_deadlift"]["tempo"] == {"eccentric_s": 3, "pause_s": 0, "concentric_s": 1}
    assert told["hip_thrust"]["reps"] == [8, 10]
