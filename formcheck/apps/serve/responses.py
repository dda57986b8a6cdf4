"""Error answers as page or JSON, and reading requests."""

from __future__ import annotations

import json
import re
from typing import Any

import anyio
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from formcheck.apps.serve.devices import Device
from formcheck.apps.serve.http import Refused
from formcheck.apps.serve.pages import SHELL_POLICY, locked_page
from formcheck.apps.serve.state import Desk

_PAGES = re.compile(r"/|/live|/history|/join/.*|/clips/[^/]*/report")
#: Largest JSON body, bytes.
LARGEST_BODY = 16 * 1024
#: Timeout of reading a JSON body, seconds.
BODY_S = 30.0


def refusal(refused: Refused, path: str) -> Response:
    """The response to a request for `path`."""
    headers = {} if refused.wait_s is None else {"retry-after": str(refused.wait_s)}
    if _PAGES.fullmatch(path):
        headers["content-security-policy"] = SHELL_POLICY
        coming_in = refused.status == 401 or path.startswith("/join/")
        return HTMLResponse(locked_page(refused.sentence, coming_in=coming_in), refused.status, headers)
    return JSONResponse({"error": refused.sentence, **refused.more}, refused.status, headers)


async def answer_refused(request: Request, error: Exception) -> Response:
    """`refusal`, as Starlette calls it."""
    assert isinstance(error, Refused)
    return refusal(error, request.url.path)


def desk_of(request: HTTPConnection) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def device_of(request: Request) -> Device:
    """The device of a request, set by the guard."""
    device: Device = request.scope["device"]
    return device


def owner_of(request: Request) -> Device:
    """The device, if it is the owner's.

    Raises:
        Refused: it is not the owner's.
    """
    device = device_of(request)
    if not device.owner:
        raise Refused(403, "Only the owner's computer can do this.")
    return device


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object that a request brings; an empty one where it brings nothing.

    Raises:
        Refused: it is too large, does not arrive whole in time, or is something else.
    """
    body = b""
    try:
        with anyio.fail_after(BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_BODY:
                    raise Refused(413, f"This request is larger than {LARGEST_BODY // 1024} KB; expected a few words of JSON.")
    except (ClientDisconnect, TimeoutError):
        raise Refused(408, "The connection was lost; send this again.") from None
    try:
        data = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise Refused(400, "Expected a JSON object in the request.")
    return data
