"""The web application: the guard and the routes."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from formcheck.apps.serve import showing
from formcheck.apps.serve.guard import Guard
from formcheck.apps.serve.http import FILMING, Refused
from formcheck.apps.serve.invitation import Joining
from formcheck.apps.serve.live import Live
from formcheck.apps.serve.pages import LIVE, SHELL_POLICY, answer_refused, page_files, refusal
from formcheck.apps.serve.sending import Sending
from formcheck.apps.serve.showing import History
from formcheck.apps.serve.state import Desk
from formcheck.errors import FormcheckError

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
