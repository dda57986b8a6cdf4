"""Pages and answers: content security policies, static files, errors as page or JSON, and reading requests."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import anyio
import jinja2
from markupsafe import Markup
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from formcheck.apps.serve.devices import Device
from formcheck.apps.serve.http import Refused
from formcheck.apps.serve.state import Desk
from formcheck.outputs.page.shell import asset

#: Address of the page that films with a coach.
LIVE = "/live"
_NONE = "'none'"
SHELL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:;"
    " connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


#: A page that is opened from disk may connect to nothing; one that is served may ask this server, for corrections.
OFFLINE, ONLY_HERE = "connect-src 'none'", "connect-src 'self'"


def page_policy(html: str) -> str:
    """The policy of a report page: only its inline scripts and styles, by their hashes."""
    parts = _Inline()
    parts.feed(html)
    scripts = " ".join(_hash(text) for text in parts.texts["script"])
    styles = " ".join(_hash(text) for text in parts.texts["style"])
    return (
        f"default-src 'none'; script-src {scripts or _NONE}; style-src-elem {styles or _NONE};"
        " style-src-attr 'unsafe-inline'; img-src 'self' data:; media-src 'self'; connect-src 'self'; form-action 'none';"
        " base-uri 'none'; frame-ancestors 'self'"
    )  # fmt: skip


class _Inline(HTMLParser):
    """Collects the inline scripts and styles of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self._within: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        data = tag == "script" and said.get("type", "text/javascript") not in ("text/javascript", "module", "")
        if tag in self.texts and not data and "src" not in said:
            self._within = tag
            self.texts[tag].append("")

    def handle_data(self, data: str) -> None:
        if self._within is not None:
            self.texts[self._within][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == self._within:
            self._within = None


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


# Static files, and the page for errors and joining.

_OWN = "formcheck.apps.serve"
#: Files shared with the pages that open from disk.
_SHARED = ("base.css", "common.js", "theme.js")
_TYPES = {
    "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml", "png": "image/png", "webmanifest": "application/manifest+json",
}  # fmt: skip


@dataclass(frozen=True)
class PageFile:
    """A file and its media type."""

    content: bytes
    media_type: str


@lru_cache(maxsize=1)
def page_files() -> Mapping[str, PageFile]:
    """Static files by path; public."""
    own = files(_OWN).joinpath("assets").joinpath("static")
    contents = {f"/static/{entry.name}": entry.read_bytes() for entry in own.iterdir() if entry.is_file()}
    contents |= {f"/static/{name}": asset(name).encode() for name in _SHARED}
    contents["/"] = _filled("index.html").encode()
    contents[LIVE] = _filled("live.html").encode()
    contents["/app.webmanifest"] = asset("app.webmanifest", package=_OWN).encode()
    contents["/service.js"] = _filled("service.js", shell=Markup(json.dumps(sorted(contents)))).encode()
    return {path: PageFile(content, _type_of(path)) for path, content in contents.items()}


def locked_page(sentence: str, *, coming_in: bool = True) -> bytes:
    """The page for errors.

    Args:
        sentence: the error.
        coming_in: show how to join, with a field for the code.
    """
    heading = "This phone needs a code" if coming_in else "This is not there"
    return _filled("locked.html", sentence=sentence, coming_in=coming_in, heading=heading).encode()


def _type_of(path: str) -> str:
    return _TYPES[path.rpartition(".")[2] if "." in path else "html"]


def _filled(name: str, **context: object) -> str:
    return _templates().get_template(name).render(**context)


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    names = ("asking.html", "head.html", "index.html", "live.html", "locked.html", "service.js")
    own = {name: asset(name, package=_OWN) for name in names}
    return jinja2.Environment(
        loader=jinja2.DictLoader({"icons.html": asset("icons.html"), **own}),
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
    )  # fmt: skip


# Error answers as page or JSON, and reading requests.

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
