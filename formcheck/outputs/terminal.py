"""The report in the terminal: reps, findings, what was not judged or counted, and the files."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from formcheck.lifts.remembered import Differences
from formcheck.outputs.shown import exercise_title, rule_title
from formcheck.outputs.words import (
    SEVERITIES,
    VERDICTS,
    analysed_part,
    as_sentence,
    clock,
    faults_in_words,
    file_in_words,
    grouped,
    lead_of,
    leg_in_words,
    missing_rules,
    percent,
    range_in_words,
    recognition,
    rep_numbers,
    said_by_people,
    seconds,
    set_of_sets,
    shot_in_words,
    shots_analysed,
    side_in_words,
    span,
    switched_off,
    unjudged,
)
from formcheck.results.analysis import LOW_COVERAGE, Analysis, Finding, JudgedRep, RepVerdict, Severity
from formcheck.runtime.files import readable

_VERDICT_STYLES: dict[RepVerdict, str] = {"clean": "green", "fault": "bold red", "borderline": "yellow", "not_judged": "dim"}
_MARKS: dict[Severity, tuple[str, str]] = {"fault": ("✗", "bold red"), "borderline": ("~", "yellow"), "info": ("i", "cyan")}


class _Trimmed(io.TextIOBase):
    """Writes to another stream without the blanks that tables leave at the ends of lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return self._stream.write(re.sub(r"[ \t]+(?=\n)", "", text))

    def flush(self) -> None:
        self._stream.flush()


def console(*, soft_wrap: bool = False) -> Console:
    """The terminal; what is piped elsewhere has no blanks at the ends of its lines."""
    plain = None if sys.stdout.isatty() else _Trimmed(sys.stdout)
    return Console(file=plain, highlight=False, emoji=False, soft_wrap=soft_wrap)  # type: ignore[arg-type]  # all that rich uses


def print_written(console: Console, out: Path, written: list[str], *, reused_track: bool) -> None:
    """Print the files written to `out`."""
    if reused_track:
        console.print(Text("The saved pose track was reused; delete track.npz to watch the clip again.", style="dim"))
    if written:
        console.print(Text(f"Written to {readable(str(out))}: {', '.join(written)}", style="dim"), soft_wrap=True)


def print_options(console: Console, found: Differences, *, known: bool) -> None:
    """Print which options of the first analysis are kept, and which differ; `known`: its folder has them."""
    lines = [f"Kept from the analysis: {', '.join(found.same)}."] if found.same else []
    lines += [f"Different from the analysis: {', '.join(found.changed)}."] if found.changed else []
    if not known:
        lines.append("An earlier version made this folder and kept only exercise and load; give the other options again.")
    for line in lines:
        console.print(Text(line, style="dim"), soft_wrap=True)


def report(analysis: Analysis) -> RenderableType:
    """The report as a rich renderable."""
    parts: list[RenderableType] = [
        _headline(analysis), *_file_lines(analysis), *_shot_lines(analysis), _rep_table(analysis)
    ]  # fmt: skip
    parts += _finding_lines(analysis)
    parts += _not_judged_lines(analysis)
    parts += _not_counted_lines(analysis)
    return Group(*parts, Text(""))


def _headline(analysis: Analysis) -> Text:
    facts, view = analysis.exercise, analysis.view
    lead = lead_of(analysis)
    which = set_of_sets(analysis)
    line = Text(f"\n{which[:1].upper()}{which[1:]}" if which else "")
    line.append(f"\n{exercise_title(facts)}", style="bold").append(f"  {lead.verdict}\n")
    if lead.cue and not lead.note:
        line.append(f"→ {lead.cue}\n", style="bold")
    details = [recognition(facts), side_in_words(analysis)]
    if (part := analysed_part(analysis.clip)) and not analysis.sets:
        details.append(part)
    if view.yaw_deg is not None and abs(view.yaw_deg) >= 10:
        details.append(f"about {abs(view.yaw_deg):.0f}° off the side view")
    if leg := leg_in_words(facts):
        details.append(leg)
    if facts.load_kg:
        details.append(f"{facts.load_kg:g} kg")
    if analysis.coverage < LOW_COVERAGE and len(analysis.shots) < 2:
        details.append(f"lifter seen in {percent(analysis.coverage)} of the frames")
    if analysis.repaired_frames:
        details.append(f"left and right legs swapped back in {analysis.repaired_frames} frames")
    line.append(f"{'; '.join(details)}\n", style="dim")
    return line


def _file_lines(analysis: Analysis) -> list[RenderableType]:
    return [Text(f"{sentence}.\n", style="yellow") for sentence in file_in_words(analysis)]


def _shot_lines(analysis: Analysis) -> list[RenderableType]:
    """The analysed shots of an edited clip, and why others were not; empty for one shot."""
    whole = shots_analysed(analysis)
    if whole is None:
        return []
    lines: list[RenderableType] = [Text(whole[:1].upper() + whole[1:], style="dim")]
    for shot in analysis.shots:
        if not shot.analysed:
            text = f"shot {shot.number} ({span(shot.start_s, shot.end_s)}): {shot_in_words(shot)}"
            lines.append(Padding(Text(text, style="dim"), (0, 0, 0, 2)))
    return [*lines, Text("")]


def _rep_table(analysis: Analysis) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    several = len(analysis.shots) > 1
    for heading in ("rep", *(("shot",) if several else ()), "at", "down", "hold", "up", "range"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for rep in analysis.reps:
        verdict = verdict_text(rep, analysis.exercise.name, analysis.findings, missing_rules(analysis, rep))
        table.add_row(
            str(rep.index), *((str(rep.shot),) if several else ()), clock(rep.start_s), seconds(rep.eccentric_s),
            seconds(rep.pause_s), seconds(rep.concentric_s), range_in_words(analysis, rep), verdict,
        )  # fmt: skip
    return table


def verdict_text(rep: JudgedRep, exercise: str, findings: Sequence[Finding], missing: str | None = None) -> Text:
    """What a rep is called, what was found in it, and what was not judged (`missing`; by default the rep's own reason)."""
    found = faults_in_words(rep, exercise, findings)
    verdict = Text() if found else Text(VERDICTS[rep.verdict], style=_VERDICT_STYLES[rep.verdict])
    for place, (severity, titles) in enumerate(found):
        verdict.append("; " * bool(place)).append(SEVERITIES[severity], style=_MARKS[severity][1]).append(f": {titles}")
    missing = rep.not_judged_because if missing is None else missing
    if missing:
        verdict.append(f"{';' if found else ':'} {missing}", style="dim")
    return verdict


def _finding_lines(analysis: Analysis) -> list[RenderableType]:
    return [_finding(analysis, group) for group in grouped(analysis.findings)]


def _finding(analysis: Analysis, group: list[Finding]) -> RenderableType:
    """A rule that found something, at its worst: `group` is sorted so."""
    worst = group[0]
    mark, style = _MARKS[worst.severity]
    head = Text.assemble(("\n" + mark + " ", style), (rule_title(analysis.exercise.name, worst.rule), style), "  ")
    for severity in dict.fromkeys(finding.severity for finding in group):
        head.append("; " * (severity != worst.severity)).append(rep_numbers(f.rep for f in group if f.severity == severity))
        if severity != "fault":
            head.append(f", {SEVERITIES[severity]}")
    body = Text.assemble(
        f"{clock(worst.time_s)}  {as_sentence(worst.message)} ",
        (f"({percent(worst.confidence)} sure)\n", "dim"),
        ("→ " + worst.cue, "bold"),
    )
    return Group(head, Padding(body, (0, 0, 0, 2)))


def _not_judged_lines(analysis: Analysis) -> list[RenderableType]:
    lines: list[RenderableType] = []
    for part in unjudged(analysis):
        lines.append(Padding(Text(f"{', '.join(part.rules)}: {part.reason}", style="dim"), (0, 0, 0, 2)))
    if lines:
        lines.insert(0, Text("\nNot judged", style="dim bold"))
    for place, sentence in enumerate(said_by_people(analysis)):
        lines.append(Text(f"{'' if place else chr(10)}Corrected by hand: {sentence}.", style="dim"))
    if off := switched_off(analysis):
        lines.append(Text(f"\n{off}.", style="dim"))
    return lines


def _not_counted_lines(analysis: Analysis) -> list[RenderableType]:
    if not analysis.not_counted:
        return []
    lines: list[RenderableType] = [Text("\nNot counted", style="dim bold")]
    for part in analysis.not_counted:
        shot = f" (shot {part.shot})" if len(analysis.shots) > 1 else ""
        text = f"{span(part.start_s, part.end_s)}{shot}  {part.reason}"
        lines.append(Padding(Text(text, style="dim"), (0, 0, 0, 2)))
    return lines
