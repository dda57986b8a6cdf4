"""The logbook in the terminal: the list of sets by day, and one set in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from formcheck.apps.logbook.dates import date_text
from formcheck.apps.logbook.entry import FORMULA, Entry, estimated_1rm, listed_title, title_of, velocity_of
from formcheck.apps.logbook.journal import Change
from formcheck.apps.logbook.people import NOBODY
from formcheck.apps.logbook.today import by_day_and_exercise, form_text, sets_text
from formcheck.outputs.shown import rule_title
from formcheck.outputs.terminal import verdict_text
from formcheck.runtime.files import readable
from formcheck.units import Load, Unit, plain

_SOURCES = {
    "user": "as you said", "metadata": "from the clip's metadata", "name": "from the clip's name",
    "file": "from the time of its file",
}  # fmt: skip


#: Narrower terminals get a list without estimated maximum.
WIDE = 100


def print_list(console: Console, entries: Sequence[Entry], unit: Unit | None, left_out: int = 0) -> None:
    """Print the sets, the oldest day first: one line for each day and exercise (and person), and what to change under it."""
    if not entries:
        console.print("No sets.")
        return
    wide = console.width >= WIDE
    named = len({entry.who for entry in entries}) > 1
    last_day = ""
    for own in by_day_and_exercise(entries):
        day = f"{own[0].filmed_at.astimezone():%Y-%m-%d}"
        who = f"{own[0].who or NOBODY}: " if named else ""
        title = f"{who}{title_of(own[0].exercise, own[0].variant)}  "
        line = Text.assemble(("" if day == last_day else day).ljust(12), (title, "bold"), _done(own, unit))
        if wide:
            line.append(_best_strength(own, unit), style="dim")
        console.print(Padding(_hanging(line, 14), (0, 0, 0, 0)))
        remarks = _remarks(own)
        if remarks:
            console.print(Padding(remarks, (0, 0, 0, 14)))
        last_day = day
    if left_out:
        console.print(Text(f"{left_out} earlier sets are not shown; --last 0 shows all.", style="dim"))
    console.print(Text("formcheck log show SET shows one in full.", style="dim"))


def _hanging(text: Text, columns: int) -> RenderableType:
    """A text whose further lines are indented."""
    table = Table.grid(padding=0)
    table.add_column(width=columns - 2, no_wrap=True)
    table.add_column(ratio=1)
    table.add_row(text[: columns - 2], text[columns - 2 :])
    return table


def _done(entries: Sequence[Entry], unit: Unit | None) -> Text:
    """What was done and how: "4 x 10 @ 60 kg, 38 of 40 clean"."""
    all_clean = all(entry.filmed and entry.clean_reps == entry.reps_done for entry in entries)
    style = "green" if all_clean else "" if any(entry.filmed for entry in entries) else "dim"
    return Text.assemble(f"{sets_text(entries, unit)}, ", (form_text(entries), style))


def _best_strength(entries: Sequence[Entry], unit: Unit | None) -> str:
    """The day's best estimated maximum."""
    known = [
        (strength, entry.load.unit) for entry in entries
        if entry.load is not None and (strength := estimated_1rm(entry.load.kg, entry.reps_done)) is not None
    ]  # fmt: skip
    return f"  est. max {Load(*max(known)).text(unit)}" if known else ""


def _remarks(entries: Sequence[Entry]) -> Text:
    """The sets' numbers, what to change, and notes."""
    numbers = [entry.id for entry in entries]
    text = Text(_numbers_text(numbers), style="dim")
    faults: Counter[str] = Counter()
    for entry in entries:
        faults.update(entry.fault_counts)
    parts: list[tuple[str, str]] = [
        (f"{rule_title(entries[0].exercise, rule).lower()} {count}×", "red") for rule, count in faults.most_common()
    ]
    unjudged = sum(entry.not_judged_reps for entry in entries if entry.filmed)
    parts += [(f"{unjudged} not judged", "yellow")] if unjudged else []
    hardest = max((entry.rpe for entry in entries if entry.rpe is not None), default=None)
    parts += [] if hardest is None else [(f"RPE {hardest:g}", "dim")]
    parts += [(f"“{readable(notes)}”", "italic") for notes in dict.fromkeys(entry.notes for entry in entries) if notes]
    for words, style in parts:
        text.append(", ", style="dim")
        text.append(words, style=f"not dim {style}" if style != "dim" else style)
    return text


def _numbers_text(numbers: Sequence[int]) -> str:
    """ "set 5", "sets 5-8", "sets 5, 9"."""
    if len(numbers) == 1:
        return f"set {numbers[0]}"
    if list(numbers) == list(range(numbers[0], numbers[0] + len(numbers))):
        return f"sets {numbers[0]}-{numbers[-1]}"
    return f"sets {', '.join(map(str, numbers))}"


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
        lines.append("not filmed, so its form is unknown")
    else:
        clip = entry.clip
        part = "" if not clip.start_s and clip.end_s is None else f", from {clip.start_s:g} s"
        part += "" if clip.end_s is None else f" to {clip.end_s:g} s"
        lines.append(f"clip {clip.path}{part}")
        lines.append(f"outputs {clip.folder}")
        if clip.kept:
            lines.append(f"kept beside the logbook as {clip.kept}")
        lines.append(entry.software)
    said = [f"by {entry.who}"] * (entry.who is not None) + ["warm-up"] * entry.warm_up
    said += [] if entry.rpe is None else [f"RPE {entry.rpe:g}"]
    lines[1:1] = [", ".join(said)] if said else []
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
