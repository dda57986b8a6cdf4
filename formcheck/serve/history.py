"""Routes of the logbook: its page and what it advises, each device from its own sets, the owner's from all."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from formcheck.logbook.entry import Entry
from formcheck.logbook.loads import load_of_kg
from formcheck.logbook.next_command import programme_of
from formcheck.logbook.outlook import HEADS, as_data, outlook
from formcheck.logbook.page import write_log_page
from formcheck.logbook.store import Logbook
from formcheck.logbook.words import title_of
from formcheck.serve.answers import desk_of, device_of
from formcheck.serve.desk import Desk
from formcheck.serve.devices import Device
from formcheck.serve.pages import page_policy
from formcheck.serve.rates import Rate


class History:
    """The routes, with how often somebody asked: both read the whole logbook."""

    def __init__(self) -> None:
        self._asked = Rate(burst=30, per_s=1.0)

    def routes(self) -> list[Route]:
        return [Route("/history", self.page, methods=["GET"]), Route("/api/next", self.advice, methods=["GET"])]

    async def page(self, request: Request) -> Response:
        return await run_in_threadpool(_history, desk_of(request), self._allowed(request))

    async def advice(self, request: Request) -> Response:
        return JSONResponse({"next": await run_in_threadpool(_advice, desk_of(request), self._allowed(request))})

    def _allowed(self, request: Request) -> Device:
        device = device_of(request)
        if not self._asked.allows(device.id):
            raise self._asked.refused("The logbook was read too often", device.id)
        return device


async def html_page(path: Path) -> Response:
    """A page that formcheck wrote into one file, with the policy that lets its own scripts run and no others."""
    return await run_in_threadpool(_html_page, path)


def _html_page(path: Path) -> Response:
    text = path.read_text(encoding="utf-8")
    return HTMLResponse(text, headers={"content-security-policy": page_policy(text)})


def _history(desk: Desk, device: Device) -> Response:
    with tempfile.TemporaryDirectory(dir=desk.settings.data) as folder:
        page = Path(folder) / "log.html"
        if not desk.settings.logbook.exists():
            return _html_page(write_log_page(page, (), lambda number: None))
        with Logbook(desk.settings.logbook, reading=True) as book:
            write_log_page(page, _own_sets(desk, device, book.entries()), book.picture)
        return _html_page(page)


def _advice(desk: Desk, device: Device) -> list[dict[str, Any]]:
    path = desk.settings.logbook
    if not path.exists():
        return []
    with Logbook(path, reading=True) as book:
        entries = _own_sets(desk, device, book.entries())
    found = as_data(outlook(entries, None, programme_of(path), datetime.now().astimezone()))
    return [
        {"exercise": part["exercise"], "title": title_of(part["exercise"]), "text": _text(part), **part}
        for part in found["exercises"]
    ]


def _text(part: dict[str, Any]) -> str:
    load = "" if part["load_kg"] is None else f": {load_of_kg(part['load_kg']).text()}"
    cue = f" {part['cue']}" if part["cue"] else ""
    return f"{HEADS[part['decision']]}{load}. {part['why']}{cue}"


def _own_sets(desk: Desk, device: Device, entries: Sequence[Entry]) -> Sequence[Entry]:
    if device.owner:
        return entries
    own = desk.clips.hashes(device.id)
    return [entry for entry in entries if entry.clip is not None and entry.clip.sha256 in own]
