"""The logbook in the terminal: the list of sets by day, and one set in full."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from formcheck.apps.logbook.dates import date_text
from formcheck.apps.logbook.entry import FORMULA, Entry, estimated_1rm, listed_title, velocity_of
from formcheck.apps.logbook.journal import Change
from formcheck.outputs.shown import rule_title
from formcheck.outputs.terminal import verdict_text
from formcheck.runtime.files import readable
from formcheck.units import Load, Unit, plain

_SOURCES = {
    "user": "as you said", "metadata": "from the clip's metadata", "name": "from the clip's name",
    "file": "from the time of its file",
}  # fmt: skip


#: Narrower terminals get a list without tempo and estimated maximum.
WIDE = 110


def print_list(console: Console, entries: Sequence[Entry], unit: Unit | None, left_out: int = 0) -> None:
    """Print the sets by day, the oldest first."""
    if not entries:
        console.print("No sets.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    wide = console.width >= WIDE
    for heading in ("set", "day", "exercise", "load", "clean", *(("down/hold/up", "est. max") if wide else ())):
        table.add_column(heading, justify="left" if heading in ("day", "exercise") else "right", no_wrap=True)
    table.add_column("what to change")
    last_day = ""
    for entry in entries:
        day = f"{entry.filmed_at.astimezone():%Y-%m-%d}"
        table.add_row(*_row(entry, unit, "" if day == last_day else day, wide=wide))
        last_day = day
    console.print(table)
    if left_out:
        console.print(Text(f"{left_out} earlier ones are not shown; --last 0 shows all.", style="dim"))
    if wide:
        console.print(Text(f"est. max: {FORMULA}, of all reps done.", style="dim"))


def _row(entry: Entry, unit: Unit | None, day: str, *, wide: bool) -> tuple[RenderableType, ...]:
    clean = Text(str(entry.reps_done))
    if entry.filmed:
        style = "green" if entry.clean_reps == entry.reps_done else ""
        clean = Text(f"{entry.clean_reps} of {entry.reps_done}", style=style)
    strength = estimated_1rm(entry.load.kg if entry.load else None, entry.reps_done)
    shown = "–" if strength is None or entry.load is None else Load(strength, entry.load.unit).text(unit)
    return (
        str(entry.id), day, listed_title(entry), load_text(entry.load, unit), clean,
        *((tempo_text(entry), shown) if wide else ()), _remarks(entry),
    )  # fmt: skip


def _remarks(entry: Entry) -> Text:
    text = Text()
    parts: list[tuple[str, str]] = [
        (f"{rule_title(entry.exercise, rule).lower()} {count}×", "red") for rule, count in entry.fault_counts.items()
    ]
    if not entry.filmed:
        parts.append(("not filmed", "dim"))
    elif entry.not_judged_reps:
        parts.append((f"{entry.not_judged_reps} not judged", "yellow"))
    if entry.notes:
        parts.append((f"“{readable(entry.notes)}”", "italic"))
    for place, (words, style) in enumerate(parts):
        text.append(", " if place else "")
        text.append(words, style=style)
    return text


def print_changes(console: Console, changes: Sequence[Change]) -> None:
    """Print the journal of edits, deletions and imports."""
    if not changes:
        console.print("No changes.")
        return
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("change", justify="right")
    table.add_column("when", no_wrap=True)
    table.add_column("what")
    for change in changes:
        what = readable(change.what)
        text = Text(what) if change.undone_at is None else Text(f"{what} (undone)", style="dim")
        table.add_row(str(change.id), f"{change.at.astimezone():%Y-%m-%d %H:%M}", text)
    console.print(table)


def load_text(load: Load | None, unit: Unit | None = None) -> str:
    """A load, or a dash if unknown."""
    return "–" if load is None else load.text(unit)


def tempo_text(entry: Entry) -> str:
    """Mean seconds down, held and up."""
    phases = (entry.eccentric_s, entry.pause_s, entry.concentric_s)
    return "–" if phases == (None, None, None) else " / ".join("–" if s is None else f"{s:.1f}" for s in phases)


def print_entry(console: Console, entry: Entry, unit: Unit | None) -> None:
    """Print one set in full."""
    console.print(Group(_headline(entry, unit), *_reps(entry), *_findings(entry), *_gaps(entry), Text("")))


def _headline(entry: Entry, unit: Unit | None) -> RenderableType:
    load = "no load given" if entry.load is None else entry.load.both() if unit is None else entry.load.text(unit)
    head = Text.assemble((f"\nSet {entry.id}  {listed_title(entry)}", "bold"), f"  {load}, {entry.reps_done} reps")
    if entry.filmed:
        head.append(f", {entry.clean_reps} clean", style="green" if entry.clean_reps == entry.reps_done else "")
    lines = [f"{date_text(entry.filmed_at)} ({_SOURCES[entry.filmed_source]}); logged {date_text(entry.logged_at)}"]
    strength = estimated_1rm(entry.load.kg if entry.load else None, entry.reps_done)
    if strength is not None and entry.load is not None:
        lines.append(f"estimated maximum {Load(strength, entry.load.unit).both()}: {FORMULA}")
    if entry.clip is None:
        lines.append("not filmed: so its form is unknown")
    else:
        clip = entry.clip
        part = "" if not clip.start_s and clip.end_s is None else f", from {clip.start_s:g} s"
        part += "" if clip.end_s is None else f" to {clip.end_s:g} s"
        lines.append(f"clip {clip.path}{part}")
        lines.append(f"outputs {clip.folder}")
        if clip.kept:
            lines.append(f"kept beside the logbook as {clip.kept}")
        lines.append(entry.software)
    if entry.edited:
        lines.append(f"your own word: {', '.join(sorted(name.replace('filmed_at', 'date') for name in entry.edited))}")
    notes = [Padding(Text(f"“{readable(entry.notes)}”", style="italic"), (0, 0, 0, 2))] if entry.notes else []
    details = [Padding(Text(line, style="dim"), (0, 0, 0, 2)) for line in lines]
    return Group(head, *notes, *details, Text(""))


def _reps(entry: Entry) -> list[RenderableType]:
    if not entry.reps:
        return []
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    velocity = entry.velocity_m_s is not None
    for heading in ("rep", "down", "pause", "up", "range", *(("bar",) if velocity else ())):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for rep in entry.reps:
        speed = velocity_of(rep)
        bar = "–" if speed is None else f"{speed:.2f} m/s"
        table.add_row(
            str(rep.index), _seconds(rep.eccentric_s), _seconds(rep.pause_s), _seconds(rep.concentric_s),
            f"{rep.range_deg:.0f}°", *((bar,) if velocity else ()), verdict_text(rep, entry.exercise, entry.findings),
        )  # fmt: skip
    return [table]


def _findings(entry: Entry) -> list[RenderableType]:
    lines: list[RenderableType] = []
    for rule in dict.fromkeys(finding.rule for finding in entry.findings if finding.severity != "info"):
        found = [finding for finding in entry.findings if finding.rule == rule and finding.severity != "info"]
        worst = max(found, key=lambda finding: abs(finding.value - finding.limit))
        reps = ", ".join(str(finding.rep) for finding in found)
        head = Text.assemble((f"\n{rule_title(entry.exercise, rule)}", "bold"), f"  rep{'s' * (len(found) != 1)} {reps}")
        lines.append(head)
        lines.append(Padding(Text.assemble(worst.message + "\n", (f"→ {worst.cue}", "bold")), (0, 0, 0, 2)))
    return lines


def _gaps(entry: Entry) -> list[RenderableType]:
    gaps = [gap for gap in entry.not_judged if gap.rep is None]
    if not gaps:
        return []
    lines: list[RenderableType] = [Text("\nNot judged", style="dim bold")]
    for gap in gaps:
        lines.append(Padding(Text(f"{rule_title(entry.exercise, gap.rule).lower()}: {gap.reason}", style="dim"), (0, 0, 0, 2)))
    return lines


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{plain(value)} s"
