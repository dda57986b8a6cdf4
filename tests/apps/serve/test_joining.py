from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import pytest

from formcheck.apps.serve import devices, invitation
from formcheck.apps.serve.http import Rate
from formcheck.apps.serve.invitation import kind_of
from tests.apps.serve.served import HERE, OWN, PHONE, PORT, desk_in, joined, web


def test_a_code_lets_one_device_in_once(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    code = desk.devices.new_code(owner=False)
    assert code is not None
    first, second = web(desk), web(desk)
    answer = first.get(f"/join/{code.word}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert first.get("/api/me").status_code == 200
    refused = second.get(f"/join/{code.word}")
    assert refused.status_code == 403
    assert "used already" in refused.text
    assert second.get("/api/me").status_code == 401


def test_the_session_is_kept_from_scripts_and_other_sites(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, https=True)
    code = desk.devices.new_code(owner=False)
    assert code is not None
    cookie = web(desk).get(f"/join/{code.word}").headers["set-cookie"]
    assert cookie.startswith("__Host-formcheck=")
    assert {"HttpOnly", "SameSite=strict", "Secure", "Path=/"} <= set(cookie.split("; "))


def test_the_database_holds_no_code_and_no_session(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    code = desk.devices.new_code(owner=False)
    session = joined(desk).cookies["formcheck"]
    assert code is not None
    desk.database.close()
    content = b"".join(path.read_bytes() for path in (tmp_path / "data").glob("serve.sqlite*"))
    assert code.word.encode() not in content
    assert session.encode() not in content
    assert len(session) >= 43, "256 bits"


def test_a_code_expires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_in(tmp_path)
    monkeypatch.setattr(devices, "CODE_S", -1.0)
    code = desk.devices.new_code(owner=False)
    assert code is not None
    assert web(desk).get(f"/join/{code.word}").status_code == 403


@pytest.mark.parametrize("jump_s", [-40_000_000, 40_000_000])
def test_setting_the_clock_changes_no_codes_lifetime(jump_s: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_in(tmp_path)
    code, late = desk.devices.new_code(owner=False), desk.devices.new_code(owner=False)
    assert code is not None
    assert late is not None
    wall, steady = time.time(), time.monotonic()
    monkeypatch.setattr(devices.time, "time", lambda: wall + jump_s)
    assert desk.devices.join(code.word, "phone", here=False, known=None) is not None
    monkeypatch.setattr(devices.time, "monotonic", lambda: steady + devices.CODE_S + 60)
    assert desk.devices.join(late.word, "phone", here=False, known=None) is None


def test_codes_of_an_earlier_run_are_invalid(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    code = desk.devices.new_code(owner=False)
    assert code is not None
    desk.devices.withdraw_codes()
    assert web(desk).get(f"/join/{code.word}").status_code == 403


def test_guessing_codes_is_rate_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(invitation, "Rate", partial(Rate, clock=lambda: 0.0))
    desk = desk_in(tmp_path)
    client = web(desk)
    answers = [client.get(f"/join/{number}").status_code for number in range(15)]
    assert answers[:10] == [403] * 10
    assert answers[-1] == 429
    code = desk.devices.new_code(owner=False)
    assert code is not None
    assert client.get(f"/join/{code.word}").status_code == 429, "a right code does not help who has guessed"


@pytest.mark.parametrize(
    "headers", [{"sec-purpose": "prefetch"}, {"purpose": "prefetch"}, {"sec-purpose": "prefetch;prerender"}]
)
def test_a_preview_of_the_link_does_not_use_the_code(tmp_path: Path, headers: dict[str, str]) -> None:
    desk = desk_in(tmp_path)
    code = desk.devices.new_code(owner=False)
    assert code is not None
    client = web(desk)
    assert client.get(f"/join/{code.word}", headers=headers).status_code == 204
    assert client.head(f"/join/{code.word}").status_code == 204
    assert client.get(f"/join/{code.word}").status_code == 303


def test_a_link_in_another_sites_page_leads_in_as_well_and_a_known_device_stays_the_same(tmp_path: Path) -> None:
    """The browser does not send a strict cookie with another site's link: a page of ours follows the link once more."""
    desk = desk_in(tmp_path)
    code = desk.devices.new_code(owner=False)
    assert code is not None
    elsewhere = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    phone = joined(desk)
    before = phone.get("/api/me").json()["device"]
    session = dict(phone.cookies)
    phone.cookies.clear()
    answer = phone.get(f"/join/{code.word}", headers=elsewhere)
    assert answer.status_code == 200
    assert f'content="0;url=/join/{code.word}?again"' in answer.text
    assert not answer.cookies, "the code is not used up"
    phone.cookies.update(session)
    assert phone.get(f"/join/{code.word}?again", headers={"sec-fetch-site": "same-origin"}).status_code == 303
    assert phone.get("/api/me").json()["device"] == before
    assert len(desk.devices.all()) == 1
    assert web(desk).get("/join/%22%3E%3Cscript%3E", headers=elsewhere).status_code == 403


def test_a_device_that_comes_again_with_a_new_code_stays_the_same(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    client = joined(desk)
    device = client.get("/api/me").json()["device"]
    code = desk.devices.new_code(owner=False)
    assert code is not None
    client.get(f"/join/{code.word}")
    assert client.get("/api/me").json()["device"] == device


def test_a_device_that_was_away_for_long_asks_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = joined(desk_in(tmp_path))
    monkeypatch.setattr(devices, "IDLE_DAYS", -1.0)
    assert client.get("/api/me").status_code == 401


def test_the_owner_makes_codes_for_phones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("formcheck.apps.serve.invitation.lan_addresses", lambda: [OWN])
    desk = desk_in(tmp_path)
    made = joined(desk, owner=True).post("/api/code").json()
    assert made["url"].startswith(f"http://{OWN}:{PORT}/join/")
    assert made["qr"].startswith("<svg")
    assert "<script" not in made["qr"]
    assert "style=" not in made["qr"]
    phone = web(desk)
    assert phone.get(made["url"].removeprefix(f"http://{OWN}:{PORT}")).status_code == 303
    assert phone.get("/api/me").json()["owner"] is False


def test_without_a_network_no_codes_are_made_for_it(tmp_path: Path) -> None:
    answer = joined(desk_in(tmp_path, lan=False), owner=True).post("/api/code")
    assert answer.status_code == 409
    assert "--lan" in answer.json()["error"]


def test_the_number_of_open_codes_is_limited(tmp_path: Path) -> None:
    owner = joined(desk_in(tmp_path), owner=True)
    answers = [owner.post("/api/code").status_code for _ in range(devices.MOST_CODES + 1)]
    assert answers == [200] * devices.MOST_CODES + [429]


def test_devices_are_called_by_what_they_are() -> None:
    assert kind_of("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X)") == "iPhone"
    assert kind_of("Mozilla/5.0 (Linux; Android 16; Pixel 9)") == "Android"
    assert kind_of("<script>") == "device"


def test_only_loopback_addresses_are_this_computer(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    code = desk.devices.new_code(owner=True)
    assert code is not None
    assert web(desk, address=PHONE).get(f"/join/{code.word}").status_code == 403
    assert web(desk, address=HERE, host=HERE).get(f"/join/{code.word}").status_code == 303, "who may not use it leaves it"
