"""The server: the web application with its guard and routes, and uvicorn with slow-loris protection, limits and signals."""

from __future__ import annotations

import asyncio
import errno
import socket
import sqlite3
import sys
import threading
import webbrowser
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import uvicorn
from rich.console import Console
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol

from formcheck.apps.live.look import MOST_BYTES
from formcheck.apps.serve import showing
from formcheck.apps.serve.guard import Guard
from formcheck.apps.serve.http import FILMING, Refused
from formcheck.apps.serve.invitation import Certificate, Joining, certificate_in, invitation, lan_addresses
from formcheck.apps.serve.live import Live
from formcheck.apps.serve.pages import LIVE, SHELL_POLICY, answer_refused, page_files, refusal
from formcheck.apps.serve.sending import Sending
from formcheck.apps.serve.settings import Settings
from formcheck.apps.serve.showing import History
from formcheck.apps.serve.state import Desk
from formcheck.errors import FormcheckError, UsageError

#: Interval of removing abandoned uploads, seconds.
TIDIED_EVERY_S = 3600.0


def make_app(desk: Desk, live: Live | None = None) -> Starlette:
    """The application around a desk, which it opens at startup and closes at shutdown; `live` watches live sessions."""

    @asynccontextmanager
    async def open_desk(app: Starlette) -> AsyncIterator[None]:
        desk.open()
        tidying = asyncio.create_task(_tidy(desk))
        try:
            yield
        finally:
            tidying.cancel()
            desk.close()

    routes = [
        Route("/", page_file, methods=["GET"]),
        Route(LIVE, page_file, methods=["GET"]),
        *Joining().routes(),
        *Sending().routes(),
        *History().routes(),
        *(live or Live()).routes(),
        *showing.routes(),
        Route("/{name:path}", page_file, methods=["GET"]),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, desk=desk)],
        exception_handlers={
            Refused: answer_refused, HTTPException: _answer_http, FormcheckError: _answer_own, OSError: _answer_disk
        },
        lifespan=open_desk,
    )  # fmt: skip
    app.router.redirect_slashes = False
    app.state.desk = desk
    return app


async def _tidy(desk: Desk) -> None:
    """Remove abandoned uploads from time to time."""
    while True:
        await asyncio.sleep(TIDIED_EVERY_S)
        with suppress(OSError, sqlite3.Error):
            await run_in_threadpool(desk.uploads.drop_abandoned)


async def page_file(request: Request) -> Response:
    """A file of the phone pages: looked up in a table, never on the disk."""
    found = page_files().get(request.url.path)
    if found is None:
        return refusal(Refused(404, "There is no such page here."), request.url.path)
    headers = {"cache-control": "no-cache"}
    if found.media_type.startswith(("text/html", "text/javascript")):
        headers["content-security-policy"] = SHELL_POLICY
    if request.url.path == LIVE:
        headers["permissions-policy"] = FILMING
    return Response(found.content, media_type=found.media_type, headers=headers)


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    sentence = {404: "There is no such page here.", 405: "That address doesn't support this."}
    return refusal(Refused(error.status_code, sentence.get(error.status_code, str(error.detail))), request.url.path)


async def _answer_own(request: Request, error: Exception) -> Response:
    """Answer an error of the logbook or the disk; its own sentence may name the owner's folders and goes to the terminal."""
    request.app.state.desk.said(str(error))
    return refusal(Refused(500, "The computer couldn't do this; its screen says why."), request.url.path)


async def _answer_disk(request: Request, error: Exception) -> Response:
    assert isinstance(error, OSError)
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return refusal(Refused(507, "The computer's disk is full; ask its owner to make room, then go on."), request.url.path)
    request.app.state.desk.said(f"a request failed: {error}")
    return refusal(Refused(500, "The computer could not read or write a file; its screen says more."), request.url.path)


#: Timeout of a request's head, seconds; the connection is closed after twice that at the latest.
HEAD_S = 10.0
#: Most connections per address; a browser opens six for each page or home-screen app.
MOST_OF_ONE = 64

_open: Counter[str] = Counter()


class PatientProtocol(H11Protocol):
    """A connection with a timeout for the request's head, and a limit of connections per address.

    uvicorn itself waits for the head of a request without end: `timeout_keep_alive` begins after an answer,
    `h11_max_incomplete_event_size` bounds bytes and not time, and `limit_concurrency` turns away whoever comes after. Tried:
    400 connections of one address that send nothing; with those three alone everybody gets 503, and after a minute none
    is closed. Here 336 are closed at once, the others within `2 * HEAD_S`, and other addresses notice nothing.
    """

    _address = ""
    _looking: asyncio.TimerHandle | None = None
    _seen: Any = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the connection, unless the address has too many."""
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        _open[self._address] += 1
        if _open[self._address] > MOST_OF_ONE:
            transport.abort()
            return
        self._looking = self.loop.call_later(HEAD_S, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self._looking is not None:
            self._looking.cancel()
        _forget(self._address)
        super().connection_lost(exc)

    def handle_websocket_upgrade(self, event: Any) -> None:
        """Hand the connection over to `LiveSocket`, which counts it from here on."""
        if self._looking is not None:
            self._looking.cancel()
        super().handle_websocket_upgrade(event)

    def _look(self) -> None:
        """Close the connection if no request is running and none was started since the last check."""
        idle = self.cycle is None or self.cycle.response_complete
        if idle and self.cycle is self._seen:
            self.transport.close()
            return
        self._seen = self.cycle
        self._looking = self.loop.call_later(HEAD_S, self._look)


class LiveSocket(WSProtocol):
    """The connection of a live session, counted among those of its address until it ends."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        if self.client is not None:
            _forget(self.client[0])
        super().connection_lost(exc)


def _forget(address: str) -> None:
    _open[address] -= 1
    if _open[address] <= 0:
        del _open[address]


# The process.

#: Largest message of a WebSocket, bytes: a picture with its time.
LARGEST_MESSAGE = MOST_BYTES + 1024
#: Most connections; others are refused.
MOST_CONNECTIONS = 400
#: Time for running requests when the server stops, seconds.
PATIENCE_S = 5


class _Server(uvicorn.Server):
    """A server that ends event streams at shutdown, and reports when it listens."""

    def __init__(self, config: uvicorn.Config, desk: Desk, listens: Callable[[], None]) -> None:
        super().__init__(config)
        self._desk, self._listens = desk, listens

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listens()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._desk.hub.close()
        await super().shutdown(sockets)


def serve(settings: Settings, *, quiet: bool = False, live: bool = False) -> None:
    """Serve until Ctrl-C or a signal to end; the current clip returns to the queue. `live` opens the page that watches.

    Raises:
        UsageError: the port is taken.
        OutputError: the data folder cannot be used.
    """
    console = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)

    def said(sentence: str) -> None:
        console.print(sentence, markup=False)

    listening = _listen(settings)
    with listening:
        desk = Desk(settings, said)
        certificate = certificate_in(settings.data, settings.name) if settings.https else None
        desk.devices.withdraw_codes()
        options: dict[str, Any] = {}
        if certificate is not None:
            options = {"ssl_certfile": str(certificate.certificate), "ssl_keyfile": str(certificate.key)}
        config = uvicorn.Config(
            make_app(desk), log_level="error", access_log=False, server_header=False, proxy_headers=False,
            ws=LiveSocket, ws_max_size=LARGEST_MESSAGE, ws_per_message_deflate=False, http=PatientProtocol, loop="asyncio",
            limit_concurrency=MOST_CONNECTIONS, timeout_keep_alive=20, backlog=256,
            h11_max_incomplete_event_size=16 * 1024, timeout_graceful_shutdown=PATIENCE_S, **options,
        )  # fmt: skip

        def listens() -> None:
            if live:
                _open_live(settings, desk)
            elif not quiet:
                _greet(settings, desk, certificate)
                if sys.stdin.isatty():
                    threading.Thread(target=_greet_again, args=(settings, desk, certificate), daemon=True).start()

        _Server(config, desk, listens).run(sockets=[listening])


def _listen(settings: Settings) -> socket.socket:
    """The listening socket."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise UsageError(
            f"cannot listen on port {settings.port} ({error.strerror or error}); choose another with --port."
        ) from None
    return listening


def _greet(settings: Settings, desk: Desk, certificate: Certificate | None) -> None:
    """Print the addresses, with their codes."""
    out = Console(highlight=False, soft_wrap=True, emoji=False)
    owner = invitation(settings, desk.devices, owner=True)
    assert owner is not None  # older codes are invalid
    out.print(f"On this computer, as the owner, who sees all clips:\n\n  {owner.url}\n", markup=False)
    if settings.lan:
        phone = invitation(settings, desk.devices)
        assert phone is not None
        if not lan_addresses():
            out.print("This computer is not in a network, so phones cannot reach it.\n")
        out.print("For one phone in this network; the owner's page makes codes for more:\n")
        sys.stdout.write(phone.terminal() + "\n")
        out.print(f"  {phone.url}\n", markup=False)
    else:
        out.print("Phones are not let in; start with --lan to let in those of your network.\n", markup=False)
    if certificate is not None:
        out.print(
            "The certificate is made by this computer, so browsers ask once whether to trust it. Its fingerprint (SHA-256):\n"
            f"\n  {certificate.fingerprint}\n", markup=False,
        )  # fmt: skip
    anew = "; Enter prints new ones" if sys.stdin.isatty() else ""
    out.print(f"Codes let one device in, once, within ten minutes{anew}. Ctrl-C stops the server.")
    sys.stdout.flush()


def _open_live(settings: Settings, desk: Desk) -> None:
    """Open the page that watches in this computer's browser, and print its address for another one."""
    owner = invitation(settings, desk.devices, owner=True)
    assert owner is not None  # older codes are invalid
    address = f"{owner.url}?to=live"
    out = Console(highlight=False, soft_wrap=True, emoji=False)
    out.print("The coach watches in your browser. If it doesn't open, open this address there (it works once):\n")
    out.print(f"  {address}\n\nCtrl-C ends it.", markup=False)
    sys.stdout.flush()
    webbrowser.open(address)


def _greet_again(settings: Settings, desk: Desk, certificate: Certificate | None) -> None:
    """Print new codes whenever Enter is pressed, and invalidate the old ones."""
    for _ in sys.stdin:
        desk.devices.withdraw_codes()
        _greet(settings, desk, certificate)
