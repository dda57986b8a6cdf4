"""`write_page`: puts the page together from its template, styles, script and the analysis."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from formcheck.analysis import Analysis, Finding, NotJudged, RepFacts
from formcheck.exercises import FilmedSet
from formcheck.exercises.focus import Focus
from formcheck.report.overlay.render import snapshot_name
from formcheck.report.page.data import page_data
from formcheck.report.page.filming import filming_advice
from formcheck.report.page.shell import SHARED_FOLDER, asset, write_shared_library, write_shell
from formcheck.report.shown import exercise_title, focus_of, rule_title
from formcheck.report.words import (
    analysed_part,
    file_in_words,
    not_judged_reps,
    recognition,
    shot_in_words,
    shots_analysed,
    side_in_words,
)

_VERDICTS = {"clean": "Clean", "fault": "Fault", "borderline": "Borderline", "not_judged": "Not judged"}
_SEVERITIES = {"fault": "Fault", "borderline": "Borderline", "info": "Note"}
_GRAVEST = ("fault", "borderline", "info")


def write_page(
    folder: Path,
    analysis: Analysis,
    takes: Sequence[FilmedSet],
    *,
    focus: Focus | None = None,
    video: str = "annotated.mp4",
    snapshots: Path | None = None,
    video_from_s: float = 0.0,
    library: Literal["inline", "shared"] = "inline",
    levels: int = 1,
) -> Path:
    """Write `report.html` into `folder` and return its path.

    Args:
        folder: of the clip's outputs; files in it are linked when they are there.
        takes: the analysed shots in order of time, at least one.
        video: name of the annotated video in `folder`.
        snapshots: folder of the findings' pictures (`snapshot_name`), inside `folder`; "snapshots" by default.
        video_from_s: the lifter's time of the video's first frame.
        library: "inline" puts the chart library into the page, "shared" beside the clips' folders, once for all pages of
            a batch.
        levels: how many folders above `folder` the shared library lies; more than 1 in the sub-folders of a batch.
    """
    focus = focus or focus_of(analysis.exercise.name)
    pictures = snapshots or folder / "snapshots"
    if library == "shared":
        write_shared_library(folder.resolve().parents[levels - 1] / SHARED_FOLDER)
    data = page_data(analysis, takes, focus, video_from_s)
    return write_shell(
        folder / "report.html",
        asset("report.html"),
        data,
        styles=asset("report.css"),
        script=asset("report.js"),
        library=library,
        levels=levels,
        analysis=analysis,
        title=exercise_title(analysis.exercise),
        rule_title=lambda rule: rule_title(analysis.exercise.name, rule),
        recognition=recognition(analysis.exercise),
        not_judged_reps=not_judged_reps(analysis),
        shots_analysed=shots_analysed(analysis),
        file_notes=file_in_words(analysis),
        shot_in_words=shot_in_words,
        side=side_in_words(analysis),
        part=analysed_part(analysis.clip),
        verdicts=_VERDICTS,
        severities=_SEVERITIES,
        findings=group_findings(folder, pictures, analysis.findings),
        reps=[(rep, _faults_of(rep, analysis.findings)) for rep in analysis.reps],
        spread=_percents(analysis.summary.consistency, "_cv_percent"),
        trend=_percents(analysis.summary.consistency, "_loss_percent"),
        not_judged=group_not_judged(analysis.not_judged),
        advice=filming_advice(analysis),
        focus=focus,
        video=quote(video) if (folder / video).exists() else None,
        downloads=[name for name in ("angles.csv", "analysis.json") if (folder / name).exists()],
        has_bend="bend" in data,
        has_bar="bar" in data,
        bar=data.get("bar"),
    )


def group_not_judged(items: Sequence[NotJudged]) -> list[tuple[str, str, str]]:
    """(rule, reason, which reps) with the reps of the same rule and reason together."""
    groups: dict[tuple[str, str], list[int | None]] = {}
    for item in items:
        groups.setdefault((item.rule, item.reason), []).append(item.rep)
    result = []
    for (rule, reason), numbers in groups.items():
        known = [str(n) for n in numbers if n is not None]
        which = "the whole set" if None in numbers else f"rep{'s' * (len(known) != 1)} {', '.join(known)}"
        result.append((rule, reason, which))
    return result


@dataclass(frozen=True)
class Shown:
    """A finding on the page: its place in `Analysis.findings` and the address of its picture."""

    number: int
    finding: Finding
    picture: str | None


def group_findings(folder: Path, pictures: Path, findings: Sequence[Finding]) -> list[list[Shown]]:
    """The findings of each rule together, faults first; the gravest of a rule leads its group."""
    groups: dict[str, list[Shown]] = {}
    for number, finding in enumerate(findings):
        path = pictures / snapshot_name(number + 1, finding)
        link = quote(Path(os.path.relpath(path, folder)).as_posix()) if path.exists() else None
        groups.setdefault(finding.rule, []).append(Shown(number, finding, link))
    for group in groups.values():
        group.sort(key=lambda shown: (_GRAVEST.index(shown.finding.severity), -shown.finding.confidence, shown.number))
    return sorted(groups.values(), key=lambda group: (_GRAVEST.index(group[0].finding.severity), -len(group)))


def _percents(values: Mapping[str, float | None], ending: str) -> list[str]:
    """The known ones of some percentages as words, by what their names end in."""
    return [
        f"{name.removesuffix(ending).replace('_', ' ')} {value:.0f} %"
        for name, value in values.items()
        if value is not None and name.endswith(ending)
    ]


def _faults_of(rep: RepFacts, findings: Sequence[Finding]) -> list[str]:
    return list(dict.fromkeys(f.rule for f in findings if f.rep == rep.index and f.severity != "info"))






