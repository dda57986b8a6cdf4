"""The report in the terminal: reps, findings, what was not judged or counted, and the files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from formcheck.lifts.remembered import Differences
from formcheck.outputs.shown import exercise_title, rule_title
from formcheck.outputs.words import (
    VERDICTS,
    analysed_part,
    clock,
    file_in_words,
    gravity,
    leg_in_words,
    not_judged_reps,
    percent,
    recognition,
    seconds,
    shot_in_words,
    shots_analysed,
    side_in_words,
    span,
)
from formcheck.results.analysis import LOW_COVERAGE, Analysis, Finding, JudgedRep
from formcheck.runtime.files import readable

_STYLES = {"clean": "green", "fault": "bold red", "borderline": "yellow", "not_judged": "dim"}
_SEVERITIES = {"fault": ("✗", "bold red"), "borderline": ("~", "yellow"), "info": ("i", "cyan")}


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
        lines.append("The folder is of an earlier version, which kept exercise and load only; say the other options again.")
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
    facts, view, summary = analysis.exercise, analysis.view, analysis.summary
    name = exercise_title(facts)
    line = Text.assemble(("\n" + name, "bold"), f"  {summary.reps} rep{'s' * (summary.reps != 1)}, ")
    line.append(f"{summary.clean_reps} clean", style="green" if summary.clean_reps == summary.reps else "")
    if unknown := not_judged_reps(analysis):
        line.append(f", {unknown} not judged", style="yellow")
    details = [recognition(facts), side_in_words(analysis)]
    if part := analysed_part(analysis.clip):
        details.append(part)
    if view.yaw_deg is not None and abs(view.yaw_deg) >= 10:
        details.append(f"about {abs(view.yaw_deg):.0f}° off side-on")
    if leg := leg_in_words(facts):
        details.append(leg)
    if facts.load_kg:
        details.append(f"{facts.load_kg:g} kg")
    if analysis.coverage < LOW_COVERAGE and len(analysis.shots) < 2:
        details.append(f"lifter seen in {percent(analysis.coverage)} of the frames")
    if analysis.repaired_frames:
        details.append(f"left and right put back in {analysis.repaired_frames} frames")
    line.append(f"   ({'; '.join(details)})\n", style="dim")
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
    for heading in ("rep", *(("shot",) if several else ()), "at", "down", "pause", "up", "range"):
        table.add_column(heading, justify="right")
    table.add_column("verdict")
    for rep in analysis.reps:
        verdict = verdict_text(rep, analysis.exercise.name, analysis.findings)
        table.add_row(
            str(rep.index), *((str(rep.shot),) if several else ()), clock(rep.start_s), seconds(rep.eccentric_s),
            seconds(rep.pause_s), seconds(rep.concentric_s), f"{rep.range_deg:.0f}°", verdict,
        )  # fmt: skip
    return table


def verdict_text(rep: JudgedRep, exercise: str, findings: Sequence[Finding]) -> Text:
    """What a rep is called, what was found in it, and why it is not judged."""
    verdict = Text(VERDICTS[rep.verdict], style=_STYLES[rep.verdict])
    own = [finding.rule for finding in findings if finding.rep == rep.index and finding.severity != "info"]
    titles = dict.fromkeys(rule_title(exercise, rule).lower() for rule in own)
    if titles:
        verdict.append(f": {', '.join(titles)}", style="")
    if rep.not_judged_because:
        verdict.append(f"{';' if titles else ':'} {rep.not_judged_because}", style="dim")
    return verdict


def _finding_lines(analysis: Analysis) -> list[RenderableType]:
    lines: list[RenderableType] = []
    for severity in ("fault", "borderline", "info"):
        rules = list(dict.fromkeys(f.rule for f in analysis.findings if f.severity == severity))
        for rule in rules:
            lines.append(_finding(analysis, severity, rule))
    return lines


def _finding(analysis: Analysis, severity: str, rule: str) -> RenderableType:
    found = [f for f in analysis.findings if f.rule == rule and f.severity == severity]
    worst = min(found, key=gravity)
    mark, style = _SEVERITIES[severity]
    reps = ", ".join(str(f.rep) for f in found)
    head = Text.assemble(
        ("\n" + mark + " ", style), (rule_title(analysis.exercise.name, rule), style),
        f"  rep{'s' * (len(found) != 1)} {reps}" + ("  (borderline)" if severity == "borderline" else ""),
    )  # fmt: skip
    body = Text.assemble(
        f"{clock(worst.time_s)}  {worst.message} ",
        (f"({percent(worst.confidence)} sure)\n", "dim"),
        ("→ " + worst.cue, "bold"),
    )
    return Group(head, Padding(body, (0, 0, 0, 2)))


def _not_judged_lines(analysis: Analysis) -> list[RenderableType]:
    reasons: dict[str, list[str]] = {}
    for entry in analysis.not_judged:
        where = "" if entry.rep is None else f" (rep {entry.rep})"
        reasons.setdefault(entry.reason, []).append(rule_title(analysis.exercise.name, entry.rule).lower() + where)
    if not reasons:
        return []
    lines: list[RenderableType] = [Text("\nNot judged", style="dim bold")]
    for reason, rules in reasons.items():
        lines.append(Padding(Text(f"{', '.join(rules)}: {reason}", style="dim"), (0, 0, 0, 2)))
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
