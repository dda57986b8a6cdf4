"""`formcheck log import`: what would be read, row by row, and taking it in as one change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from formcheck.apps.logbook.entry import OTHER, Entry, listed_title, title_of
from formcheck.apps.logbook.paper import PaperLog
from formcheck.apps.logbook.terminal import load_text
from formcheck.errors import UsageError
from formcheck.outputs.words import listed
from formcheck.runtime.files import readable
from formcheck.units import count_of

#: Rows that are named in the sentence that refuses a file; `--check` shows all.
_NAMED = 3


def parse_pairs(option: str, texts: Sequence[str], example: str) -> dict[str, str]:
    """Parse options of the form `A=B`, such as --column load=Weight.

    Raises:
        UsageError: there is no equals sign, or nothing on one side of it.
    """
    pairs = {}
    for text in texts:
        before, _, after = text.partition("=")
        if not before.strip() or not after.strip():
            raise UsageError(f"{option} expects something like {example} but got {text!r}.")
        pairs[before.strip()] = after.strip()
    return pairs


def refuse_unreadable(log: PaperLog, file: str) -> None:
    """Refuse a file with rows that cannot be read.

    Raises:
        UsageError: there are some; the sentence names the first.
    """
    if not log.problems:
        return
    first = " ".join(f"Row {row.number}: {row.problem}" for row in log.problems[:_NAMED])
    more = len(log.problems) - _NAMED
    raise UsageError(
        f"{file} has {count_of(len(log.problems), 'row')} that cannot be read, and nothing was imported. {first}"
        + (f" And {more} more." if more > 0 else "")
        + " --check shows every row; --skip takes the rest without them."
    )


def imported_text(log: PaperLog, added: Sequence[Entry], skipped: int) -> list[str]:
    """What came in, what did not, and how to take it back."""
    read = log.sets
    counts = Counter(title_of(entry.exercise).lower() for entry in added)
    what = ", ".join(f"{number} {name}" for name, number in counts.most_common()) or "none"
    lines = [f"{count_of(len(read), 'set')} read, {len(added)} added ({what})."]
    if len(read) > len(added):
        known = len(read) - len(added)
        lines.append(f"{count_of(known, 'set')} {_were(known)} in the logbook already, imported or filmed.")
    if skipped:
        lines.append(f"{count_of(skipped, 'row')} could not be read and {_were(skipped)} skipped.")
    return [*lines, *_rest(log)]


def _rest(log: PaperLog) -> list[str]:
    """What holds of the file as a whole."""
    lines = []
    if log.left_out:
        reasons = ", ".join(f"{count_of(count, 'row')} ({why})" for why, count in log.left_out.items())
        lines.append(f"Left out: {reasons}.")
    own = sorted({title_of(name) for name in log.names.values() if name.startswith(OTHER)})
    if own:
        lines.append(
            f"Kept under their own names, and never advised as another lift: {listed(own)}."
            " If one is another name of an exercise of formcheck, name it: --name 'AS IN THE FILE=hip thrust'."
        )
    if log.columns.unused:
        lines.append(f"Columns not used: {listed([readable(name) for name in log.columns.unused])}.")
    return lines + [f"Mind that {text}." for text in log.assumed]


def print_check(console: Console, log: PaperLog, file: str) -> None:
    """Print every row as it would be read."""
    console.print(Text(f"{file}: nothing is written. This is what would be read:\n"))
    columns = ", ".join(f"{readable(column.header)} → {column.role}" for column in log.columns.used if column.number < 2)
    console.print(Text(f"Columns: {columns}.\n", style="dim"))
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for heading in ("row", "day", "exercise", "load", "reps"):
        table.add_column(heading, justify="left" if heading in ("day", "exercise") else "right", no_wrap=heading != "exercise")
    table.add_column("")
    for row in log.rows:
        for place, entry in enumerate(row.sets):
            day = f"{entry.filmed_at.astimezone():%Y-%m-%d}"
            table.add_row(
                str(row.number) if place == 0 else "", day, listed_title(entry), load_text(entry.load), str(entry.reps_done),
                _remarks(entry, row.remarks if place == 0 else ()),
            )  # fmt: skip
        if row.left_out:
            table.add_row(str(row.number), "", Text("left out", style="dim"), "", "", Text(row.left_out, style="dim"))
        if row.problem:
            table.add_row(str(row.number), "", Text("cannot be read", style="red"), "", "", Text(readable(row.problem)))
    console.print(table)
    problems = f", {count_of(len(log.problems), 'row')} cannot be read" if log.problems else ""
    console.print(Text(f"\n{count_of(len(log.sets), 'set')} in {count_of(len(log.rows), 'row')}{problems}."))
    for line in _rest(log):
        console.print(Text(line, style="dim"))
    changed = {written: name for written, name in log.names.items() if _differs(written, name)}
    if changed:
        pairs = ", ".join(f"{readable(written)} → {title_of(name).lower()}" for written, name in changed.items())
        console.print(Text(f"Names: {pairs}.", style="dim"))


def _differs(written: str, name: str) -> bool:
    return not name.startswith(OTHER) and title_of(name).casefold() != written.casefold()


def _remarks(entry: Entry, remarks: Sequence[str]) -> Text:
    parts = [
        *(["warm-up"] if entry.warm_up else []),
        *([f"RPE {entry.rpe:g}"] if entry.rpe is not None else []),
        *([entry.who] if entry.who else []),
        *([f"“{readable(entry.notes)}”"] if entry.notes else []),
        *(f"({remark})" for remark in remarks),
    ]
    return Text(", ".join(parts))


def _were(number: int) -> str:
    return "was" if number == 1 else "were"


def columns_told(texts: Sequence[str]) -> Mapping[str, str]:
    """Role by name of a column, as --column ROLE=NAME says."""
    found = {}
    for text in texts:
        ((role, name),) = parse_pairs("--column", [text], "load='Weight used'").items()
        found[name] = role.casefold()
    return found
