"""A table as plain data: printed in the terminal or written as Markdown, with numbers already put into words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from evaluation.shares import Share

#: Marks a cell that wants attention: red in the terminal, bold in Markdown.
BAD = "!"


@dataclass(frozen=True)
class Table:
    """A printed table: first column text, the others numbers already put into words. A cell that begins with `BAD` is
    shown marked. `note` says how to read it."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


def print_tables(tables: list[Table], console: Console) -> None:
    """Print the tables one after the other."""
    for table in tables:
        drawn = RichTable()
        for place, column in enumerate(table.columns):
            drawn.add_column(column, justify="left" if place == 0 else "right", no_wrap=place == 0)
        for row in table.rows:
            drawn.add_row(*(Text(cell.removeprefix(BAD), style="red" if cell.startswith(BAD) else "") for cell in row))
        # A title of the table itself would be broken at the table's width.
        console.print(Text(table.title, style="bold"), soft_wrap=True)
        console.print(drawn)
        console.print(Text(f"{table.note}\n", style="dim"), soft_wrap=True)


def markdown(table: Table, heading: str = "###") -> str:
    """The table as a Markdown section."""
    lines = [f"{heading} {table.title}", ""]
    lines.append("| " + " | ".join(table.columns) + " |")
    lines.append("|" + "---|" * len(table.columns))
    for row in table.rows:
        lines.append("| " + " | ".join(_marked(cell) for cell in row) + " |")
    if table.note:
        lines += ["", table.note]
    return "\n".join(lines) + "\n"


def _marked(cell: str) -> str:
    text = cell.removeprefix(BAD).replace("|", "\\|")
    return f"**{text}**" if cell.startswith(BAD) else text


def with_interval(share: Share) -> str:
    """Cases, percent and the 95 % interval in brackets; a dash without cases."""
    if not share.of:
        return "–"
    low, high = share.interval
    return f"{share.right}/{share.of} = {percent(share.value)} ({100 * low:.0f}–{100 * high:.0f})"


def percent(value: float) -> str:
    """A share (0-1) in percent, a dash for NaN."""
    return f"{100 * value:.0f} %" if np.isfinite(value) else "–"


def number(value: float, digits: int) -> str:
    """A number with so many digits, a dash for NaN."""
    return f"{value:.{digits}f}" if np.isfinite(value) else "–"


def signed(value: float, digits: int) -> str:
    """The same with its sign."""
    return f"{value:+.{digits}f}" if np.isfinite(value) else "–"
