"""Middleware before every route: authentication, origin checks and rate limits."""

from __future__ import annotations

import ipaddress
import re
import socket
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from formcheck.apps.serve.devices import Device
from formcheck.apps.serve.http import ALWAYS, Rate, Refused
from formcheck.apps.serve.pages import refusal
from formcheck.apps.serve.state import Desk

#: Public paths.
_OPEN = re.compile(r"/join/[^/]*|/static/[^/]*|/app\.webmanifest|/service\.js|/favicon\.ico")
_UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
#: Longest path.
LONGEST_PATH = 200
NO_SESSION = "This device isn't let in yet: scan the code on the computer's screen, or ask its owner for a new one."


class Guard:
    """Passes valid requests on, with the device in `scope["device"]`, and answers all others."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk
        self._names = own_names()
        #: Requests per address: a page loads about twenty files, an upload sends up to ten pieces a second.
        self._requests = Rate(burst=300, per_s=50)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http" and "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": 1008})  # whoever calls cannot be told why
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            scope["device"] = await self._checked(scope)
        except Refused as refused:
            await refusal(refused, scope["path"])(scope, receive, with_headers)
            return
        await self._app(scope, receive, with_headers)

    async def _checked(self, scope: Scope) -> Device | None:
        headers = Headers(scope=scope)
        address = client_address(scope)
        if not self._requests.allows(address):
            raise self._requests.refused("Too many requests", address)
        if len(scope["path"]) > LONGEST_PATH or len(scope.get("query_string", b"")) > LONGEST_PATH:
            raise Refused(414, "This address is too long.")
        host = headers.getlist("host")
        if len(host) != 1 or not self._is_own(host[0], scope):
            raise Refused(421, "This server answers only under its own address; use the one that the computer shows.")
        # A WebSocket changes things, so it has to say where it comes from.
        self._check_origin(scope.get("method", "POST"), headers, f"{self._desk.settings.scheme}://{host[0]}")
        device = self._desk.devices.of_session(session_of(headers, https=self._desk.settings.https))
        if device is not None and device.owner and not is_here(address):
            device = None  # the owner's session is valid on this computer only
        if device is None and not _OPEN.fullmatch(scope["path"]):
            raise Refused(401, NO_SESSION)
        if device is not None and self._desk.devices.seen(device):
            await run_in_threadpool(self._desk.devices.write_seen, device.id)
        return device

    def _is_own(self, host: str, scope: Scope) -> bool:
        """Whether the Host header names this server, by its address or name; protects against DNS rebinding."""
        name, port = _split(host, 443 if self._desk.settings.https else 80)
        own_address, own_port = scope.get("server") or ("", None)
        if port != own_port:
            return False
        if name == own_address:
            return True
        return name == "localhost" if is_here(own_address) else name in self._names

    def _check_origin(self, method: str, headers: Headers, own: str) -> None:
        origin = headers.get("origin")
        if origin is not None and origin != own:
            raise Refused(403, "Only this server's own pages may do this.")
        if origin is None and method in _UNSAFE:
            raise Refused(403, "Only this server's own pages may change things; the request has no Origin.")
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate":
            raise Refused(403, "Only this server's own pages may do this.")


def own_names() -> frozenset[str]:
    """Names of this computer in its network."""
    name = socket.gethostname().lower()
    return frozenset({name, f"{name.partition('.')[0]}.local"}) - {""}


def client_address(scope: Scope) -> str:
    """The client's address."""
    return str((scope.get("client") or ("", 0))[0])


def is_here(address: str) -> bool:
    """Whether an address is a loopback address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def cookie_name(*, https: bool) -> str:
    """Name of the session cookie; `__Host-` binds it to this host and https."""
    return "__Host-formcheck" if https else "formcheck"


def session_of(headers: Headers, *, https: bool) -> str | None:
    """The session token of a request."""
    text = headers.get("cookie", "")
    if len(text) > 4096:
        return None
    try:
        cookie = SimpleCookie(text).get(cookie_name(https=https))
    except CookieError:
        return None
    return None if cookie is None else cookie.value


def _split(host: str, default: int) -> tuple[str, int | None]:
    """Name and port of a Host header; the port is None without one."""
    try:
        parts = urlsplit(f"//{host}")
        port = parts.port if parts.port is not None else default
    except ValueError:
        return "", None
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return "", None
    return (parts.hostname or "").lower(), port
