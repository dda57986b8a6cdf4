"""The report page: data for the script, and writing the page."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import numpy as np

from formcheck.lifts.exercise import Focus, PhaseWords, Shot
from formcheck.lifts.registry import exercises
from formcheck.motion.body import Array
from formcheck.motion.motion import Motion
from formcheck.outputs.folder import clip_folder
from formcheck.outputs.overlay.render import snapshot_name
from formcheck.outputs.overlay.scene import moment_of, phase_labels
from formcheck.outputs.page.shell import SHARED_FOLDER, asset, write_shared_library, write_shell
from formcheck.outputs.shown import (
    drawn_side,
    exercise_title,
    focus_of,
    gaps_between,
    joined,
    joined_times,
    reps_of,
    rule_title,
    shown_bar,
    shown_span,
)
from formcheck.outputs.words import (
    SEVERITIES,
    VERDICTS,
    analysed_part,
    faults_in_words,
    file_in_words,
    filming_advice,
    grouped,
    lead_of,
    leg_in_words,
    missing_rules,
    other_sets,
    range_in_words,
    recognition,
    said_by_people,
    set_of_sets,
    shot_in_words,
    shots_analysed,
    side_in_words,
    switched_off,
    unjudged,
)
from formcheck.results.analysis import Analysis, Finding, RepVerdict
from formcheck.results.catalogue import main_signal, read_signal, signal
from formcheck.results.corrections import NOTHING, read_corrections
from formcheck.results.rep import Rep
from formcheck.runtime.files import ANALYSIS, ANGLES, REPORT, VIDEO
from formcheck.video.sampling import DRAWN_HZ

# Data for the page's script: thinned series, phases, findings and text for screen readers.

#: Most points of a chart, about two per pixel of a wide screen.
MOST_POINTS = 3000


def page_data(
    analysis: Analysis, shots: Sequence[Shot], focus: Focus, video_from_s: float, *, full_rate: bool = True
) -> dict[str, Any]:
    """Data of the charts; times are the lifter's seconds, missing values None (as between shots).

    `video_from_s` is the time of the video's first frame; with `full_rate` it has all of the clip's.
    """
    fps = analysis.clip.fps if full_rate or analysis.clip.slow_motion != 1 else min(analysis.clip.fps, DRAWN_HZ)
    every = max(1, -(-sum(len(shot.motion.times) for shot in shots) // MOST_POINTS))
    times = joined_times(shots, every)
    first, last = shown_span(shots, analysis)
    angles = ["main", "trunk", *(name for name in ("knee", "hip") if name != focus.series), "shin"]
    reps = reps_of(shots)
    data: dict[str, Any] = {
        "slowMotion": analysis.clip.slow_motion,
        "videoFrom": round(video_from_s, 4),
        "frameStep": round(1 / fps, 5) if fps > 0 else 0.033,
        "first": round(first, 3),
        "last": round(last, 3),
        "times": _numbers(times, 3),
        "angles": [
            {
                "key": name,
                "label": focus.label if name == "main" else signal(name).label,
                "values": _numbers(joined(shots, partial(_angle, name, focus), every), 1),
            }
            for name in angles
        ],
        "reps": [_rep(rep, analysis, focus.phases) for rep in reps],
        "findings": [asdict(finding) for finding in analysis.findings],
        "notCounted": [
            {"start": round(part.start_s, 3), "end": round(part.end_s, 3), "reason": part.reason}
            for part in analysis.not_counted
        ],
        "clip": analysis.clip.path,
        "gaps": [[round(start, 3), round(end, 3)] for start, end in gaps_between(shots)],
        "cuts": [round(float(shot.motion.times[0]), 3) for shot in shots[1:]],
        "turn": reps[0].turn_place if reps else "",
    }
    if any(shot.motion.spine is not None for shot in shots):
        # The whole is more certain than its halves, whose border is uncertain.
        data["bend"] = [
            {
                "key": name,
                "label": signal(name).label,
                "values": _numbers(joined(shots, partial(_bend, name), every), 1),
                **({} if name == "back_bend" else {"off": True}),
            }
            for name in ("back_bend", "thoracic_bend", "lumbar_bend")
        ]
    bars = [(shot, bar) for shot in shots if (bar := shown_bar(shot, focus)) is not None]
    if bars:
        phases = phase_labels(times, reps)
        data["bar"] = {**_bar(shots, focus, every), "phases": phases, "source": bars[0][1].source,
                       "facing": bars[0][0].motion.body.view.facing}  # fmt: skip
    return data


def _angle(name: str, focus: Focus, shot: Shot) -> Array:
    """A signal of the drawn leg, or the main angle."""
    read = main_signal if name == "main" else read_signal
    return read(focus.series if name == "main" else name, shot.motion, drawn_side(shot)).values


def _bend(name: str, shot: Shot) -> Array | None:
    bend = signal(name).read(shot.motion, drawn_side(shot))
    return None if bend is None else _against_start(shot.motion, shot.reps, bend.values)


def _against_start(motion: Motion, reps: Sequence[Rep], values: Array) -> Array:
    """(F,) values minus their median at the start of the reps, if known."""
    starts = np.zeros(len(values), dtype=bool)
    for rep in reps:
        starts |= rep.at_start(motion.times)
    known = values[starts & np.isfinite(values)]
    return values - np.median(known) if len(known) else values


def _rep(rep: Rep, analysis: Analysis, words: PhaseWords) -> dict[str, Any]:
    phases: list[dict[str, Any]] = []
    edges = sorted({rep.start_s, rep.turn_start_s, rep.turn_end_s, rep.end_s})
    for start, end in pairwise(edges):
        phase = moment_of(rep, (start + end) / 2).phase
        if phases and phases[-1]["name"] == phase:
            phases[-1]["end"] = round(end, 3)
        else:
            phases.append({"name": phase, "word": words.of(phase), "start": round(start, 3), "end": round(end, 3)})
    verdict: RepVerdict = next((facts.verdict for facts in analysis.reps if facts.index == rep.index), "not_judged")
    return {
        "index": rep.index, "start": round(rep.start_s, 3), "turn": round(rep.turn_s, 3), "end": round(rep.end_s, 3),
        "phases": phases, "verdict": VERDICTS[verdict],
    }  # fmt: skip


def _bar(shots: Sequence[Shot], focus: Focus, every: int) -> dict[str, Any]:
    """The bar's path relative to its median position in its shot, forward and up.

    In centimetres if all shots with a bar have a scale, else in percent of the trunk.
    """
    scaled = all(
        np.isfinite(shot.motion.scale.px_per_m) for shot in shots if shown_bar(shot, focus) is not None
    )

    def path(shot: Shot) -> Array | None:
        motion, bar = shot.motion, shown_bar(shot, focus)
        if bar is None:
            return None
        per_px = 100 / (motion.scale.px_per_m if scaled else motion.trunk_px)
        origin = np.nanmedian(bar.path, axis=0) if np.isfinite(bar.path).any() else np.zeros(2)
        return (bar.path - origin) * [motion.body.view.forward * per_px, -per_px]

    whole = joined(shots, path, every)
    return {"x": _numbers(whole[:, 0], 2), "y": _numbers(whole[:, 1], 2), "unit": "cm" if scaled else "% of trunk"}


def _numbers(values: Array, digits: int) -> list[float | None]:
    return [round(float(v), digits) if np.isfinite(v) else None for v in values]


# Writing the page.



def write_page(
    folder: Path,
    analysis: Analysis,
    shots: Sequence[Shot],
    *,
    video_from_s: float = 0.0,
    full_rate: bool = True,
    clip: Path | None = None,
    video_follows: bool = False,
    library: Literal["inline", "shared"] = "inline",
    levels: int = 1,
) -> Path:
    """Write `report.html` into `folder` and return its path.

    Args:
        folder: output folder of the clip; its files are linked if they exist.
        shots: the analysed shots in order of time, at least one.
        video_from_s: the lifter's time of the video's first frame.
        full_rate: the video has all of the clip's frames, or `DRAWN_HZ` a second at most.
        clip: played where there is no annotated video, or none yet: `video_follows`.
        library: "inline" puts the chart library into the page, "shared" beside the clips' folders, once for all pages of
            a batch.
        levels: how many folders above `folder` the shared library lies; more than 1 in the sub-folders of a batch.
    """
    focus = focus_of(analysis)
    if library == "shared":
        write_shared_library(folder.resolve().parents[levels - 1] / SHARED_FOLDER)
    shows_all = full_rate or not (folder / VIDEO).exists()  # else it plays the clip itself
    data = page_data(analysis, shots, focus, video_from_s, full_rate=shows_all)
    findings = group_findings(folder, folder / "snapshots", analysis.findings)
    return write_shell(
        folder / REPORT,
        asset("report.html"),
        data,
        styles=asset("report.css"),
        script=asset("report.js"),
        library=library,
        levels=levels,
        analysis=analysis,
        title=exercise_title(analysis.exercise),
        rule_title=lambda rule: rule_title(analysis.exercise.name, rule),
        range_of=lambda rep: range_in_words(analysis, rep),
        recognition=recognition(analysis.exercise, "page"),
        working_leg=leg_in_words(analysis.exercise, "page"),
        lead=lead_of(analysis),
        tone=_tone(analysis),
        worst=findings[0][0] if findings else None,
        shots_analysed=shots_analysed(analysis),
        file_notes=file_in_words(analysis, "page"),
        shot_in_words=shot_in_words,
        side=side_in_words(analysis),
        part=None if analysis.sets else analysed_part(analysis.clip),
        set_of_sets=set_of_sets(analysis),
        other_sets=other_sets(analysis),
        verdicts={verdict: name.capitalize() for verdict, name in VERDICTS.items()},
        severities={severity: name.capitalize() for severity, name in SEVERITIES.items()},
        findings=findings,
        shown=sorted({finding.severity for finding in analysis.findings}),
        reps=[
            (rep, faults_in_words(rep, analysis.exercise.name, analysis.findings), missing_rules(analysis, rep))
            for rep in analysis.reps
        ],
        spread=_spread(analysis.summary.consistency, focus.phases),
        slower=analysis.summary.consistency.get("velocity_loss_percent"),
        not_judged=unjudged(analysis),
        switched_off=switched_off(analysis),
        said_by_people=said_by_people(analysis),
        exercises=exercises(),
        corrected=read_corrections(clip_folder(folder)).of_set(analysis) != NOTHING,
        advice=filming_advice(analysis),
        focus=focus,
        video=VIDEO if (folder / VIDEO).exists() else None if clip is None else _link(clip, folder),
        plain=not (folder / VIDEO).exists() and clip is not None,
        video_follows=video_follows,
        annotated=VIDEO,
        downloads=[name for name in (ANGLES, ANALYSIS) if (folder / name).exists()],
        has_angles=_any_known(data["angles"]),
        has_bend=_any_known(data.get("bend", ())),
        has_bar="bar" in data and any(x is not None for x in data["bar"]["x"]),
        bar=data.get("bar"),
    )


def _link(path: Path, folder: Path) -> str:
    """The address of a file as a page in `folder` names it."""
    return quote(os.fsencode(Path(os.path.relpath(path, folder)).as_posix()))  # a name may be no text


@dataclass(frozen=True)
class Shown:
    """A finding on the page: its place in `Analysis.findings` and the address of its picture."""

    number: int
    finding: Finding
    picture: str | None


def group_findings(folder: Path, pictures: Path, findings: Sequence[Finding]) -> list[list[Shown]]:
    """The findings of each rule together with their pictures, what to change first in front."""
    numbers = {id(finding): number for number, finding in enumerate(findings)}

    def shown(finding: Finding) -> Shown:
        number = numbers[id(finding)]
        path = pictures / snapshot_name(number + 1, finding)
        return Shown(number, finding, _link(path, folder) if path.exists() else None)

    return [[shown(finding) for finding in group] for group in grouped(findings)]


def _tone(analysis: Analysis) -> str:
    """The gravest verdict among the reps: it colours the first words of the page."""
    verdicts = {rep.verdict for rep in analysis.reps}
    return next((name for name in ("fault", "borderline", "not_judged") if name in verdicts), "clean")


def _any_known(series: Iterable[Mapping[str, Any]]) -> bool:
    """Whether there is anything to draw."""
    return any(value is not None for one in series for value in one["values"])


def _spread(values: Mapping[str, float | None], phases: PhaseWords) -> list[str]:
    """How much range and tempo differ from rep to rep, in words."""
    named = ((name.removesuffix("_cv_percent"), value) for name, value in values.items() if name.endswith("_cv_percent"))
    return [f"{phases.of(name)} {value:.0f} %" for name, value in named if value is not None]
