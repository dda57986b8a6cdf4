"""What a page may load and run: nothing but the server's own files, or but the scripts that stand in the page itself."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser

_NONE = "'none'"
SHELL_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:;"
    " connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def page_policy(html: str) -> str:
    """The policy of a report page, which holds all its scripts and styles itself: just these, by their hashes.

    Nothing of the page comes from a client: its clip is called by a name of ours, the rest are figures and words of ours.
    """
    parts = _Inline()
    parts.feed(html)
    scripts = " ".join(_hash(text) for text in parts.texts["script"])
    styles = " ".join(_hash(text) for text in parts.texts["style"])
    return (
        f"default-src 'none'; script-src {scripts or _NONE}; style-src-elem {styles or _NONE};"
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
