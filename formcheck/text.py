"""Names of files as text that every file and screen can hold."""

from __future__ import annotations


def readable(name: str) -> str:
    """A file name as text: bytes that are no UTF-8 (old disks have such names) are shown as `\\udc..`."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def csv_text(text: str) -> str:
    """Text for a cell of a table: one that a spreadsheet would take for a formula begins with an apostrophe."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else text
