"""The pages that the phone sees; this is what the server needs of them, until the real ones are here."""

from __future__ import annotations

import base64
import hashlib
import html as html_text
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from html.parser import HTMLParser

NONE = "'none'"
SHELL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:;"
    " connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass(frozen=True)
class PageFile:
    """A file and its media type."""

    content: bytes
    media_type: str


@lru_cache(maxsize=1)
def page_files() -> Mapping[str, PageFile]:
    """The files by the path under which they are asked for."""
    return {"/": PageFile(b"<!doctype html><title>formcheck</title><h1>formcheck</h1>", "text/html; charset=utf-8")}


def locked_page(sentence: str) -> bytes:
    """The page for who may not come in."""
    return f"<!doctype html><title>formcheck</title><p>{html_text.escape(sentence)}</p>".encode()


def page_policy(html: str) -> str:
    """The policy of a report page, which holds all its scripts and styles itself: just these, by their hashes.

    Nothing of the page comes from a client: its clip is called by a name of ours, the rest are figures and words of ours.
    """
    parts = _Inline()
    parts.feed(html)
    scripts = " ".join(_hash(text) for text in parts.texts["script"])
    styles = " ".join(_hash(text) for text in parts.texts["style"])
    return (
        f"default-src 'none'; script-src {scripts or NONE}; style-src-elem {styles or NONE};"
        " style-src-attr 'unsafe-inline'; img-src 'self' data:; media-src 'self'; connect-src 'none'; form-action 'none';"
        " base-uri 'none'; frame-ancestors 'self'"
    )  # fmt: skip


class _Inline(HTMLParser):
    """Collects the scripts and styles that stand in a page."""

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
