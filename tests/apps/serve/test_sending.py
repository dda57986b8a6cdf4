from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

import anyio
import pytest
from starlette.requests import Request

from formcheck.apps.serve import pages
from formcheck.apps.serve.http import Refused
from formcheck.apps.serve.settings import PIECE_BYTES
from formcheck.apps.serve.uploads import Uploads
from tests.apps.serve.served import HEAD, desk_in, film, joined, sent


def test_a_clip_in_pieces_is_taken_over_whole(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    client, content = joined(desk), film()
    begun = client.post("/api/uploads", json={"name": "IMG_1.MOV", "bytes": len(content), "load_kg": 60, "exercise": "rdl"})
    assert begun.status_code == 201
    number = begun.json()["id"]
    for start in range(0, len(content), 30_000):
        piece = client.patch(
            f"/api/uploads/{number}", content=content[start : start + 30_000], headers={"upload-offset": str(start)}
        )
        assert piece.json() == {"offset": min(len(content), start + 30_000)}
    clip = client.post(f"/api/uploads/{number}/done", json={"sha256": hashlib.sha256(content).hexdigest()}).json()
    assert (clip["state"], clip["place"], clip["name"], clip["bytes"]) == ("waiting", 1, "IMG_1.MOV", len(content))
    assert clip["asked"] == {"exercise": "romanian_deadlift", "load_kg": 60.0, "side": None, "who": None}
    kept = desk.clips.get(clip["id"])
    assert kept is not None
    assert desk.clips.path(kept).read_bytes() == content
    assert client.get("/api/clips").json()["clips"] == [clip]


def test_a_lost_connection_goes_on_where_it_was(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    client, content = joined(desk), film()
    asked = {"name": "a.mp4", "bytes": len(content)}
    number = client.post("/api/uploads", json=asked).json()["id"]
    client.patch(f"/api/uploads/{number}", content=content[:40_000], headers={"upload-offset": "0"})
    assert client.post("/api/uploads", json=asked).json() == {"id": number, "offset": 40_000}
    assert client.get(f"/api/uploads/{number}").json() == {"id": number, "offset": 40_000, "bytes": len(content)}
    wrong = client.patch(f"/api/uploads/{number}", content=content, headers={"upload-offset": "0"})
    assert (wrong.status_code, wrong.json()["offset"]) == (409, 40_000)
    client.patch(f"/api/uploads/{number}", content=content[40_000:], headers={"upload-offset": "40000"})
    assert client.post(f"/api/uploads/{number}/done").json()["bytes"] == len(content)


def test_the_latest_details_of_a_resumed_upload_count(tmp_path: Path) -> None:
    client, content = joined(desk_in(tmp_path)), film()
    first = client.post("/api/uploads", json={"name": "a.mp4", "bytes": len(content), "load_kg": 60}).json()["id"]
    clip = sent(client, content, name="a.mp4", load_kg=80, exercise="hip-thrust")
    assert clip["id"] == first
    assert clip["asked"] == {"exercise": "hip_thrust", "load_kg": 80.0, "side": None, "who": None}


def test_unacknowledged_bytes_are_written_again(tmp_path: Path) -> None:
    """After a power cut a file may be longer than what had reached the disk: the rest of it may be anything."""
    desk = desk_in(tmp_path)
    client, content = joined(desk), film()
    number = client.post("/api/uploads", json={"name": "a.mp4", "bytes": len(content)}).json()["id"]
    client.patch(f"/api/uploads/{number}", content=content[:50_000], headers={"upload-offset": "0"})
    path = next((tmp_path / "data" / "clips" / number).iterdir())
    with path.open("ab") as stream:
        stream.write(bytes(20_000))
    client.patch(f"/api/uploads/{number}", content=content[50_000:], headers={"upload-offset": "50000"})
    assert client.post(f"/api/uploads/{number}/done").status_code == 201
    assert path.read_bytes() == content


def test_a_clip_is_acknowledged_once_however_often_it_is_asked_for(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    client = joined(desk)
    clip = sent(client, film())
    again = client.post(f"/api/uploads/{clip['id']}/done", json={})
    assert again.json() == clip
    assert client.get(f"/api/uploads/{clip['id']}").json()["offset"] == clip["bytes"]
    assert len(client.get("/api/clips").json()["clips"]) == 1


def test_a_clip_that_lacks_bytes_is_not_taken(tmp_path: Path) -> None:
    client = joined(desk_in(tmp_path))
    number = client.post("/api/uploads", json={"name": "a.mp4", "bytes": 1000}).json()["id"]
    client.patch(f"/api/uploads/{number}", content=film(700), headers={"upload-offset": "0"})
    early = client.post(f"/api/uploads/{number}/done")
    assert (early.status_code, early.json()["offset"]) == (409, 700)
    assert client.get("/api/clips").json()["clips"] == []


def test_a_clip_that_was_damaged_on_its_way_is_sent_again(tmp_path: Path) -> None:
    client, content = joined(desk_in(tmp_path)), film()
    sha256 = hashlib.sha256(content).hexdigest()
    number = client.post("/api/uploads", json={"name": "a.mp4", "bytes": len(content), "sha256": sha256}).json()["id"]
    client.patch(f"/api/uploads/{number}", content=content[:-1] + b"\x00", headers={"upload-offset": "0"})
    damaged = client.post(f"/api/uploads/{number}/done")
    assert (damaged.status_code, damaged.json()["offset"]) == (409, 0)
    client.patch(f"/api/uploads/{number}", content=content, headers={"upload-offset": "0"})
    assert client.post(f"/api/uploads/{number}/done").status_code == 201


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(2000),
        b"%PDF-1.7" + bytes(2000),
        b"#!/bin/sh\nrm -rf ~\n" * 100,
        b"<html><script>alert(1)</script>" * 50,
        b"PK\x03\x04" + bytes(2000),
        bytes(2000),
        b"MZ" + bytes(2000),
    ],
)
def test_what_is_no_video_is_refused_by_its_first_bytes_whatever_it_is_called(tmp_path: Path, content: bytes) -> None:
    client = joined(desk_in(tmp_path))
    number = client.post("/api/uploads", json={"name": "set.mp4", "bytes": len(content)}).json()["id"]
    refused = client.patch(f"/api/uploads/{number}", content=content, headers={"upload-offset": "0"})
    assert refused.status_code == 415
    assert "isn't a video" in refused.json()["error"]
    assert list((tmp_path / "data" / "clips").iterdir()) == []
    assert client.get(f"/api/uploads/{number}").status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd",
        "/etc/passwd",
        "..\\..\\x.mp4",
        "a\x00b.mp4",
        "x" * 5000,
        "con.mp4",
        ".",
        "",
        "\u202e4pm.mp4",
        "<img src=x onerror=alert(1)>.mp4",
        "-rf",
        "$(reboot).mp4",
        "\ud800.mp4",
    ],
)
def test_file_names_of_the_client_are_never_paths(tmp_path: Path, name: str) -> None:
    desk = desk_in(tmp_path)
    before = {path for path in tmp_path.rglob("*") if "clips" not in path.parts}
    clip = sent(joined(desk), film(), name=name)
    kept = desk.clips.get(clip["id"])
    assert kept is not None
    assert desk.clips.path(kept) == tmp_path / "data" / "clips" / clip["id"] / "clip.mp4"
    assert {path for path in tmp_path.rglob("*") if "clips" not in path.parts} == before
    assert len(clip["name"]) <= 120
    assert clip["name"].isprintable() or clip["name"] == ""


def test_the_date_in_a_name_is_kept_for_the_logbook(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    kept = desk.clips.get(sent(joined(desk), film(), name="VID_20260302_181500.mp4")["id"])
    assert kept is not None
    assert desk.clips.path(kept).name == "clip_20260302_181500.mp4"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "a"},
        {"name": 1, "bytes": 5},
        {"name": "a", "bytes": "5"},
        {"name": "a", "bytes": 0},
        {"name": "a", "bytes": -1},
        {"name": "a", "bytes": True},
        {"name": "a", "bytes": 5.5},
        {"name": "a", "bytes": 5, "sha256": "x"},
        {"name": "a", "bytes": 5, "exercise": "dancing"},
        {"name": "a", "bytes": 5, "exercise": "a" * 9000},
        {"name": "a", "bytes": 5, "load_kg": "60"},
        {"name": "a", "bytes": 5, "load_kg": -1},
        {"name": "a", "bytes": 5, "load_kg": 1e9},
        {"name": "a", "bytes": 5, "side": "top"},
        {"name": "a", "bytes": 5, "side": ["left"]},
    ],
)
def test_every_value_is_checked(tmp_path: Path, body: dict[str, object]) -> None:
    answer = joined(desk_in(tmp_path)).post("/api/uploads", json=body)
    assert answer.status_code == 422
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize("body", [b"x", b"[]", b"[" * 9000, b"\xff\xfe", b'{"name": NaN', b"1" * 9000])
def test_invalid_json_is_refused(tmp_path: Path, body: bytes) -> None:
    assert joined(desk_in(tmp_path)).post("/api/uploads", content=body).status_code == 400


def test_invalid_numbers_are_refused(tmp_path: Path) -> None:
    client = joined(desk_in(tmp_path))
    body = b'{"name": "a.mp4", "bytes": 5, "load_kg": NaN}'
    assert client.post("/api/uploads", content=body).status_code == 422


def test_a_body_without_end_is_cut_off(tmp_path: Path) -> None:
    assert joined(desk_in(tmp_path)).post("/api/uploads", content=b" " * 20_000).status_code == 413


@pytest.mark.parametrize("offset", ["", "-1", "x", "1e3", "9" * 40, "0x10", "１"])
def test_a_piece_says_where_it_begins(tmp_path: Path, offset: str) -> None:
    client = joined(desk_in(tmp_path))
    number = client.post("/api/uploads", json={"name": "a.mp4", "bytes": 1000}).json()["id"]
    headers = {"upload-offset": offset.encode()}
    assert client.patch(f"/api/uploads/{number}", content=film(100), headers=headers).status_code == 400


def test_an_upload_cannot_exceed_its_announced_size(tmp_path: Path) -> None:
    client = joined(desk_in(tmp_path))
    number = client.post("/api/uploads", json={"name": "a.mp4", "bytes": 1000}).json()["id"]
    assert client.patch(f"/api/uploads/{number}", content=film(1001), headers={"upload-offset": "0"}).status_code == 413

    def chunks() -> object:
        yield film(900)
        yield film(900)

    streamed = client.patch(f"/api/uploads/{number}", content=chunks(), headers={"upload-offset": "0"})  # type: ignore[arg-type]
    assert streamed.status_code == 413
    assert client.get(f"/api/uploads/{number}").json()["offset"] <= 1000


def test_a_piece_is_no_larger_than_agreed(tmp_path: Path) -> None:
    client = joined(desk_in(tmp_path))
    number = client.post("/api/uploads", json={"name": "a.mp4", "bytes": 10 * PIECE_BYTES}).json()["id"]
    too_large = client.patch(f"/api/uploads/{number}", content=film(PIECE_BYTES + 1), headers={"upload-offset": "0"})
    assert too_large.status_code == 413


def test_a_clip_that_is_too_large_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    answer = joined(desk_in(tmp_path)).post("/api/uploads", json={"name": "film.mp4", "bytes": 5 * 1024**3})
    assert answer.status_code == 413
    assert "at most 2.1 GB" in answer.json()["error"]


def test_an_upload_is_refused_before_the_disk_is_full(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    desk.uploads = Uploads(desk.database, desk.clips, desk.settings)
    free = desk.uploads.free_bytes()
    client = joined(desk)
    assert client.get("/api/me").json()["free_bytes"] > 0
    full = desk_in(tmp_path / "full", spare_bytes=free)
    answer = joined(full).post("/api/uploads", json={"name": "a.mp4", "bytes": 10**9})
    assert answer.status_code == 507
    assert "no room" in answer.json()["error"]


def test_a_disk_that_fills_while_a_piece_is_written_costs_only_the_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, content = joined(desk_in(tmp_path)), film()
    number = client.post("/api/uploads", json={"name": "a.mp4", "bytes": len(content)}).json()["id"]
    client.patch(f"/api/uploads/{number}", content=content[:40_000], headers={"upload-offset": "0"})

    def full(file: int, block: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("formcheck.apps.serve.sending.os.write", full)
        refused = client.patch(f"/api/uploads/{number}", content=content[40_000:], headers={"upload-offset": "40000"})
        assert refused.status_code == 507
        assert "disk is full" in refused.json()["error"]
    assert client.get(f"/api/uploads/{number}").json()["offset"] == 40_000
    client.patch(f"/api/uploads/{number}", content=content[40_000:], headers={"upload-offset": "40000"})
    assert client.post(f"/api/uploads/{number}/done").status_code == 201
    assert next((tmp_path / "data" / "clips" / number).iterdir()).read_bytes() == content


def test_reserved_disk_space_is_not_reserved_twice(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    before = desk.uploads.free_bytes()
    joined(desk).post("/api/uploads", json={"name": "a.mp4", "bytes": 10**9})
    assert before - desk.uploads.free_bytes() == pytest.approx(10**9, abs=2e8)


def test_the_number_of_uploads_is_limited(tmp_path: Path) -> None:
    desk = desk_in(tmp_path, most_unfinished=3, most_waiting=2)
    client = joined(desk)
    answers = [client.post("/api/uploads", json={"name": f"{n}.mp4", "bytes": 5}).status_code for n in range(4)]
    assert answers == [201, 201, 201, 429]
    other = joined(desk)
    for number in range(2):
        sent(other, film(seed=number), name=f"{number}.mp4")
    refused = other.post("/api/uploads", json={"name": "c.mp4", "bytes": 5})
    assert refused.status_code == 429
    assert "are waiting already" in refused.json()["error"]


def test_an_upload_is_given_up(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    client, other = joined(desk), joined(desk)
    number = client.post("/api/uploads", json={"name": "a.mp4", "bytes": 1000}).json()["id"]
    client.patch(f"/api/uploads/{number}", content=film(500), headers={"upload-offset": "0"})
    assert other.delete(f"/api/uploads/{number}").status_code == 404
    assert client.delete(f"/api/uploads/{number}").status_code == 204
    assert client.get(f"/api/uploads/{number}").status_code == 404
    assert list((tmp_path / "data" / "clips").iterdir()) == []


def test_a_device_cannot_write_to_anothers_upload(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    client, other = joined(desk), joined(desk)
    number = client.post("/api/uploads", json={"name": "a.mp4", "bytes": 1000}).json()["id"]
    assert other.patch(f"/api/uploads/{number}", content=film(500), headers={"upload-offset": "0"}).status_code == 404
    assert other.post(f"/api/uploads/{number}/done").status_code == 404


def test_a_clip_shorter_than_the_sniffed_head_is_accepted(tmp_path: Path) -> None:
    assert sent(joined(desk_in(tmp_path)), HEAD)["bytes"] == len(HEAD)


@pytest.mark.skipif(os.name != "posix", reason="other systems have other permissions")
def test_uploaded_files_are_private(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    sent(joined(desk), film())
    for path in (tmp_path / "data", *(tmp_path / "data").rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, (path, oct(mode))


@pytest.mark.parametrize("hangs_up", [True, False], ids=["it hangs up", "nothing more comes"])
def test_a_request_that_stops_in_its_json_is_refused(hangs_up: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "BODY_S", 0.05)
    parts = [{"type": "http.request", "body": b'{"name": ', "more_body": True}]

    async def receive() -> dict[str, object]:
        if parts:
            return parts.pop()
        if not hangs_up:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    async def read() -> None:
        await pages.body_of(Request({"type": "http", "method": "POST", "headers": []}, receive))

    with pytest.raises(Refused, match="lost"):
        anyio.run(read)
