"""A server for tests: a desk in a folder of the test, its web without a network, and clips that were never filmed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from formcheck.apps.serve.clips import Asked, Clip
from formcheck.apps.serve.run import make_app
from formcheck.apps.serve.settings import Settings
from formcheck.apps.serve.state import Desk

HERE, PHONE = "127.0.0.1", "192.168.1.20"
OWN = "192.168.1.2"
PORT = 8765
#: What an MP4 file begins with; the rest is no video, which only the worker finds out.
HEAD = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"


def settings_in(folder: Path, **changes: Any) -> Settings:
    return replace(Settings(folder / "data", folder / "logbook.sqlite", port=PORT, lan=True, spare_bytes=0), **changes)


def desk_in(folder: Path, **changes: Any) -> Desk:
    """A desk whose keeper does not run."""
    return Desk(settings_in(folder, **changes), lambda sentence: None)


def web(desk: Desk, *, address: str = PHONE, host: str = OWN) -> TestClient:
    """A browser at `address` that opens the server under the address `host`."""
    base = f"{desk.settings.scheme}://{host}:{desk.settings.port}"
    client = TestClient(
        make_app(desk), base_url=base, client=(address, 50_000), follow_redirects=False, raise_server_exceptions=False
    )
    client.headers["origin"] = base
    return client


def joined(desk: Desk, *, owner: bool = False, agent: str = "iPhone", address: str | None = None) -> TestClient:
    """A device that has come in with a code."""
    at = address or (HERE if owner else PHONE)
    client = web(desk, address=at, host=HERE if at == HERE else OWN)
    code = desk.devices.new_code(owner=owner)
    assert code is not None
    client.headers["user-agent"] = agent
    assert client.get(f"/join/{code.word}").status_code == 303
    return client


def film(size: int = 100_000, seed: int = 1) -> bytes:
    """Bytes that begin like a clip."""
    return (HEAD + bytes((seed * i * i) % 251 for i in range(997)) * (size // 997 + 1))[:size]


def sent(client: TestClient, content: bytes, name: str = "set.mp4", **asked: Any) -> dict[str, Any]:
    """A clip that was sent whole and taken over."""
    said = json.dumps({"name": name, "bytes": len(content), **asked})  # as ASCII: names may be no text at all
    begun = client.post("/api/uploads", content=said).json()
    put = client.patch(f"/api/uploads/{begun['id']}", content=content, headers={"upload-offset": "0"})
    assert put.json() == {"offset": len(content)}, put.text
    taken = client.post(f"/api/uploads/{begun['id']}/done", json={})
    assert taken.status_code == 201, taken.text
    data: dict[str, Any] = taken.json()
    return data


def judged(desk: Desk, clip: str) -> Clip:
    """The clip with results as the worker would have left them."""
    taken = desk.clips.get(clip)
    assert taken is not None
    folder = desk.clips.outputs(taken)
    (folder / "snapshots").mkdir(parents=True)
    (folder / "annotated.mp4").write_bytes(bytes(range(256)) * 40)
    (folder / "thumbnail.jpg").write_bytes(b"\xff\xd8picture")
    (folder / "analysis.json").write_text("{}")
    (folder / "report.html").write_text("<!doctype html><style>p{}</style><p>report</p><script>1 + 1</script>")
    (folder / "snapshots" / "finding-01-rep1-short_range.png").write_bytes(b"\x89PNG")
    (folder / "track.npz").write_bytes(b"track")
    with desk.database.writing() as tables:
        tables.execute("UPDATE clips SET state = 'working' WHERE id = ?", (clip,))
    desk.clips.finish(clip, {"title": "Hip thrust", "reps": 2}, None)
    found = desk.clips.get(clip)
    assert found is not None
    return found


NOTHING = Asked()
