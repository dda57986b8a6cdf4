"""Routes for joining with a code, and for the owner to manage devices."""

from __future__ import annotations

import re

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from formcheck.apps.serve.devices import IDLE_DAYS
from formcheck.apps.serve.guard import client_address, cookie_name, is_here
from formcheck.apps.serve.http import Rate, Refused, not_there
from formcheck.apps.serve.invitation import invitation
from formcheck.apps.serve.pages import LIVE, SHELL_POLICY
from formcheck.apps.serve.responses import desk_of, device_of, owner_of

WRONG_CODE = (
    "This code was used already, is too old, or is from another computer. Each lets in one device within ten minutes; ask"
    " for a new one."
)
#: Devices in browsers' user agents, and our names for them.
_KINDS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Macintosh", "Mac"), ("Windows", "Windows computer"),
    ("CrOS", "Chromebook"), ("Linux", "Linux computer"),
)  # fmt: skip
#: Follows its own link once more: the cookie is for this site only, and a browser that comes by a link on another site does
#: not send it. A known device would look like a new one and lose its clips.
_ONCE_MORE = (
    '<!doctype html><html lang="en"><meta http-equiv="refresh" content="0;url={link}"><title>formcheck</title>'
    '<a href="{link}">Go on</a></html>'
)


class Joining:
    """The routes, with their rate limits."""

    def __init__(self) -> None:
        # 128 bits cannot be guessed; the limits bound the cost of attempts. The second is for all addresses.
        self._tries = Rate(burst=10, per_s=1 / 20)
        self._all_tries = Rate(burst=100, per_s=1.0)

    def routes(self) -> list[Route]:
        return [
            Route("/join/{code}", self.join, methods=["GET"]),
            Route("/api/code", self.new_code, methods=["POST"]),
            Route("/api/devices", self.devices, methods=["GET"]),
            Route("/api/devices/{id}", self.revoke, methods=["DELETE"]),
        ]

    async def join(self, request: Request) -> Response:
        if request.method == "HEAD" or {"prefetch", "prerender"} & set(
            re.split(r"[;, ]+", request.headers.get("sec-purpose", "") + " " + request.headers.get("purpose", ""))
        ):
            return Response(status_code=204)  # prefetching must not use the code
        code = request.path_params["code"]
        from_elsewhere = request.headers.get("sec-fetch-site") in ("cross-site", "same-site")
        if from_elsewhere and "again" not in request.query_params and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", code):
            page = _ONCE_MORE.format(link=f"/join/{code}?again")
            return HTMLResponse(page, headers={"content-security-policy": SHELL_POLICY})
        desk, address = desk_of(request), client_address(request.scope)
        for rate, key in ((self._tries, address), (self._all_tries, "")):
            if not rate.allows(key):
                raise rate.refused("Too many codes were tried", key)
        session = await run_in_threadpool(
            desk.devices.join, code, kind_of(request.headers.get("user-agent", "")),
            here=is_here(address), known=request.scope["device"],
        )  # fmt: skip
        if session is None:
            raise Refused(403, WRONG_CODE)
        https = desk.settings.https
        response = RedirectResponse(LIVE if request.query_params.get("to") == "live" else "/", 303)
        response.set_cookie(
            cookie_name(https=https), session, max_age=int(IDLE_DAYS * 86_400), httponly=True, samesite="strict", secure=https
        )
        return response

    async def new_code(self, request: Request) -> Response:
        owner_of(request)
        desk = desk_of(request)
        if not desk.settings.lan:
            raise Refused(409, "This server listens on this computer only; start it with --lan to let phones in.")
        found = await run_in_threadpool(invitation, desk.settings, desk.devices)
        if found is None:
            raise Refused(429, "Too many codes are unused; use one of them, or wait ten minutes.", 60)
        return JSONResponse({"url": found.url, "qr": found.svg(), "expires_at": found.expires_text})

    async def devices(self, request: Request) -> Response:
        owner_of(request)
        desk = desk_of(request)
        counts = desk.clips.counts()
        return JSONResponse({
            "devices": [
                {
                    "id": device.id, "name": device.name, "owner": device.owner, "last_seen": device.seen_text,
                    "clips": counts.get(device.id, 0), "this": device.id == device_of(request).id,
                }
                for device in desk.devices.all() if desk.devices.can_come(device.id)
            ]
        })  # fmt: skip

    async def revoke(self, request: Request) -> Response:
        owner_of(request)
        desk, device = desk_of(request), request.path_params["id"]
        if not await run_in_threadpool(desk.devices.revoke, device):
            raise not_there()
        desk.hub.end_of(device)
        return Response(status_code=204)


def kind_of(agent: str) -> str:
    """Name of a device, from its user agent."""
    return next((name for sign, name in _KINDS if sign in agent), "device")
