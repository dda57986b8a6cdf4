"""An entry of the logbook from an analysis: the only place of the logbook that knows what an analysis looks like."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

from formcheck.analysis import Analysis, RepFacts
from formcheck.logbook.entry import (
    DateSource,
    Entry,
    LoggedClip,
    LoggedFinding,
    LoggedMeasure,
    LoggedRep,
)
from formcheck.logbook.loads import Load, load_of_kg

#: The measure that is the bar's mean velocity while lifting.
VELOCITY = "lifting_velocity_mean"


def entry_of(
    analysis: Analysis,
    filmed: tuple[datetime, DateSource],
    clip: Path,
    folder: Path,
    *,
    load: Load | None = None,
    stretch: tuple[float | None, float | None] = (None, None),
    kept: str | None = None,
) -> Entry:
    """The set of an analysis, ready for the logbook.

    Args:
        filmed: when, and how that is known.
        clip, folder: where clip and outputs are now.
        load: as its owner counts it; the analysis' own kilograms without one.
        stretch: the analysed part of the clip, in the lifter's seconds from its first frame; None: from its start, to its end.
        kept: the copy of the video beside the logbook.
    """
    facts, slow = analysis.exercise, analysis.clip.slow_motion
    if load is None and facts.load_kg is not None:
        load = load_of_kg(facts.load_kg)
    start_s, end_s = stretch
    return Entry(
        id=0,
        exercise=facts.name,
        variant=facts.variant,
        leg=facts.working_leg,
        filmed_at=filmed[0],
        filmed_source=filmed[1],
        logged_at=datetime.now().astimezone(),
        load=load,
        reps_done=len(analysis.reps),
        reps=tuple(_rep(rep) for rep in analysis.reps),
        findings=tuple(
            LoggedFinding(f.rep, f.rule, f.severity, f.time_s, f.value, f.limit, f.unit, f.confidence, f.message, f.cue)
            for f in sorted(analysis.findings, key=lambda finding: (finding.time_s, finding.rep, finding.rule))
        ),
        not_judged=analysis.not_judged,
        clip=LoggedClip(
            sha256=analysis.clip.sha256,
            name=_text(analysis.clip.path),
            path=_text(os.path.abspath(clip)),
            folder=_text(os.path.abspath(folder)),
            start_s=round(max(0.0, start_s or 0.0) * slow, 3),
            end_s=None if end_s is None else round(end_s * slow, 3),
            slow_motion=slow,
            kept=kept,
        ),
        side=analysis.view.side,
        software=f"formcheck {analysis.software.version}, model {analysis.software.model}",
    )


def _rep(rep: RepFacts) -> LoggedRep:
    velocity = rep.measures.get(VELOCITY)
    return LoggedRep(
        number=rep.index,
        verdict=rep.verdict,
        not_judged_because=rep.not_judged_because,
        start_s=rep.start_s,
        turn_s=rep.turn_s,
        turn_end_s=rep.turn_end_s,
        end_s=rep.end_s,
        lowering_s=rep.lowering_s,
        pause_s=rep.pause_s,
        lifting_s=rep.lifting_s,
        range_deg=rep.range_deg,
        velocity_m_s=None if velocity is None else velocity.known,
        measures={name: LoggedMeasure(measure.known, measure.unit) for name, measure in rep.measures.items()},
    )


def _text(name: str) -> str:
    """A name that can be stored: bytes that are no text in any encoding become question marks."""
    return name.encode("utf-8", "replace").decode("utf-8")
