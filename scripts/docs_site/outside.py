"""Addresses outside the site that its pages would load or lead to: there must be none, as the site is for reading offline."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

_OUTSIDE = re.compile(r"^\s*(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
#: Attributes that hold an address.
_ADDRESSES = {"href", "src", "srcset", "action", "data", "poster", "formaction", "content"}
_IN_CSS = re.compile(r"""(?:url\(\s*|@import\s+)["']?((?:https?:)?//[^"')\s]+)""")


class _Addresses(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in _ADDRESSES and value and _OUTSIDE.match(value)]


def outside_addresses(site: Path) -> Iterator[str]:
    """Every such address as "file: address"."""
    for path in sorted(site.rglob("*.html")):
        parser = _Addresses()
        parser.feed(path.read_text(encoding="utf-8"))
        yield from (f"{path.relative_to(site)}: {address}" for address in parser.found)
    for path in sorted({*site.rglob("*.css"), *site.rglob("*.html")}):
        yield from (f"{path.relative_to(site)}: {a}" for a in _IN_CSS.findall(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    wrong = list(outside_addresses(Path(sys.argv[1])))
    sys.exit("The site holds addresses outside itself:\n" + "\n".join(wrong) if wrong else 0)
