"""Names of files as text that every file and screen can hold."""

from __future__ import annotations

import re

#: What moves the cursor, colours a terminal, breaks a line or turns the direction of writing.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def readable(name: str) -> str:
    """A file name, or a sentence with one, as text of one line: bytes that are no UTF-8 (old disks have such names) are shown
    as `\\udc..`, control characters as `\\x1b`."""
    text = name.encode("utf-8", "backslashreplace").decode("utf-8")
    return _CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def csv_text(text: str) -> str:
    """Text for a cell of a table: one that a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
