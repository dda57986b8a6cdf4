"""Pages: content security policies, static files, and the page for errors and joining."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser
from importlib.resources import files

import jinja2
from markupsafe import Markup

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
