"""Authentication, origin checks and rate limits: each test is an attack and its answer."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from formcheck.apps.serve import guard
from formcheck.apps.serve.devices import Devices
from formcheck.apps.serve.http import Rate
from formcheck.apps.serve.run import make_app
from tests.apps.serve.served import HERE, OWN, PHONE, PORT, desk_in, joined, web

OPEN = {"/join/{code}", "/", "/{name:path}"}


def test_every_route_but_the_open_ones_asks_for_a_session(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    client = web(desk)
    asked = 0
    for route in make_app(desk).routes:
        if isinstance(route, WebSocketRoute):
            with pytest.raises(WebSocketDisconnect), client.websocket_connect(route.path):
                pass
            continue
        assert isinstance(route, Route)
        if route.path in OPEN:
            continue
        for method in (route.methods or set()) - {"HEAD"}:
            answer = client.request(method, route.path.replace("{id}", "abc").replace("{name}", "video"))
            assert answer.status_code == 401, (method, route.path)
            asked += 1
    assert asked >= 20


def test_a_stranger_sees_the_locked_page_and_what_it_is_made_of(tmp_path: Path) -> None:
    client = web(desk_in(tmp_path))
    page = client.get("/")
    assert page.status_code == 401
    assert "code" in page.text
    assert client.get("/static/nothing.css").status_code == 404, "static files are looked up before a session is asked for"


def test_a_stranger_learns_nothing_of_which_clips_there_are(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    client = joined(desk)
    other = joined(desk)
    begun = other.post("/api/uploads", json={"name": "a.mp4", "bytes": 10}).json()["id"]
    assert client.get(f"/api/uploads/{begun}").status_code == 404
    assert client.get(f"/api/uploads/{begun}").json() == client.get("/api/uploads/none").json()


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8765",
        "evil.example",
        f"{OWN}",
        f"{OWN}:80",
        f"{OWN}:9999",
        f"user@{OWN}:{PORT}",
        "localhost:8765",
        f"{OWN}:{PORT}.evil.example",
        f"{OWN}.evil.example:{PORT}",
        "",
        "192.168.1.3:8765",
        f"{OWN}:{PORT}/x",
        "[::1]:8765",
    ],
)
def test_another_hosts_name_is_refused(tmp_path: Path, host: str) -> None:
    """DNS rebinding: a page of somebody's leads its own name to our address."""
    client = joined(desk_in(tmp_path))
    answer = client.get("/api/me", headers={"host": host, "origin": f"http://{host}"})
    assert answer.status_code == 421


def test_the_address_itself_and_localhost_are_answered(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    assert joined(desk).get("/api/me").status_code == 200
    owner = joined(desk, owner=True)
    local = {"host": f"localhost:{PORT}", "origin": f"http://localhost:{PORT}"}
    assert owner.get("/api/me", headers=local).status_code == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", f"https://{OWN}:{PORT}", f"http://{OWN}", f"http://{OWN}:{PORT}0"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_a_page_of_another_origin_is_refused(tmp_path: Path, origin: str, method: str) -> None:
    client = joined(desk_in(tmp_path))
    assert client.request(method, "/api/clips", headers={"origin": origin}).status_code == 403


def test_a_change_without_origin_is_refused(tmp_path: Path) -> None:
    client = joined(desk_in(tmp_path))
    del client.headers["origin"]
    assert client.get("/api/clips").status_code == 200
    assert client.post("/api/uploads", json={"name": "a.mp4", "bytes": 10}).status_code == 403
    assert client.delete("/api/clips/abc").status_code == 403


def test_another_sites_page_cannot_take_our_files_into_itself(tmp_path: Path) -> None:
    client = joined(desk_in(tmp_path))
    del client.headers["origin"]
    embedded = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert client.get("/api/clips", headers=embedded).status_code == 403
    assert client.get("/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).status_code == 200


def test_the_owners_session_is_valid_on_this_computer_only(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    stolen = joined(desk, owner=True).cookies["formcheck"]
    thief = web(desk)
    thief.cookies.set("formcheck", stolen)
    assert thief.get("/api/devices").status_code == 401


@pytest.mark.parametrize(
    "cookie", ["formcheck=", "formcheck=x", "formcheck=" + "x" * 5000, "a=b; " * 900, 'formcheck="', "\x00=;"]
)
def test_made_up_cookies_let_nobody_in(tmp_path: Path, cookie: str) -> None:
    client = web(desk_in(tmp_path))
    assert client.get("/api/me", headers={"cookie": cookie}).status_code == 401


def test_every_answer_is_closed_to_others(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    client, stranger = joined(desk), web(desk)
    for answer in (
        client.get("/"), client.get("/api/clips"), client.get("/none"), client.post("/api/uploads", content=b"x"),
        stranger.get("/"), stranger.get("/api/me"), stranger.get("/join/none"), client.get("/api/me", headers={"host": "x"}),
    ):  # fmt: skip
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe-inline" not in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers
        assert "server" not in answer.headers


def test_one_page_may_film_and_no_other(tmp_path: Path) -> None:
    client = joined(desk_in(tmp_path))
    assert "microphone" not in client.get("/live").headers["permissions-policy"]
    for other in ("/", "/api/me", "/static/live.js", "/history"):
        assert "microphone=()" in client.get(other).headers["permissions-policy"]


def test_web_sockets_are_refused(tmp_path: Path) -> None:
    client = joined(desk_in(tmp_path))
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/api/events"):
        pass


def test_overlong_addresses_are_refused(tmp_path: Path) -> None:
    client = joined(desk_in(tmp_path))
    assert client.get("/api/clips/" + "a" * 5000).status_code == 414
    assert client.get("/api/clips?" + "a" * 5000).status_code == 414


def test_requests_are_rate_limited_by_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "Rate", partial(Rate, clock=lambda: 0.0))
    flood = web(desk_in(tmp_path))
    answers = [flood.get("/api/me").status_code for _ in range(301)]
    assert answers == [401] * 300 + [429]
    other = TestClient(flood.app, base_url=str(flood.base_url), client=("192.168.1.99", 50_000))
    assert other.get("/api/me").status_code == 401
    waits = flood.get("/api/me")
    assert int(waits.headers["retry-after"]) >= 1
    assert "Too many requests" in waits.json()["error"]


def test_a_session_survives_a_restart_and_ends_when_it_is_revoked(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    client = joined(desk)
    device = client.get("/api/me").json()["device"]["id"]
    desk.devices = Devices(desk.database)
    assert client.get("/api/me").json()["device"]["id"] == device
    owner = joined(desk, owner=True)
    assert [found["id"] for found in owner.get("/api/devices").json()["devices"] if not found["owner"]] == [device]
    assert owner.delete(f"/api/devices/{device}").status_code == 204
    assert client.get("/api/me").status_code == 401
    desk.devices = Devices(desk.database)
    assert client.get("/api/me").status_code == 401


def test_only_the_owner_manages_devices(tmp_path: Path) -> None:
    client = joined(desk_in(tmp_path))
    assert client.get("/api/devices").status_code == 403
    assert client.post("/api/code").status_code == 403
    assert client.delete("/api/devices/abc").status_code == 403


def test_a_phone_that_calls_itself_this_computer_is_still_a_phone(tmp_path: Path) -> None:
    """Headers of proxies are not believed: an owner's code is worth something from this computer only."""
    desk = desk_in(tmp_path)
    client = web(desk, address=PHONE)
    code = desk.devices.new_code(owner=True)
    assert code is not None
    forged = {"x-forwarded-for": HERE, "forwarded": f"for={HERE}", "x-real-ip": HERE}
    assert client.get(f"/join/{code.word}", headers=forged).status_code == 403
