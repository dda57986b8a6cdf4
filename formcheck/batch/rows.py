"""The rows of the summary: one of a clip, one of each of its repetitions."""

from __future__ import annotations

from statistics import fmean
from typing import Any

from formcheck.analysis import Analysis, Finding, RepFacts
from formcheck.report.words import not_judged_reps

#: The columns of `summary.csv` with their kinds; empty means unknown, never 0. `not_counted` is a number of stretches,
#: `shots` one of continuous shots in which the lifter is seen.
CLIP_COLUMNS: dict[str, type] = {
    "clip": str, "status": str, "reason": str,
    "exercise": str, "variant": str, "exercise_source": str, "confidence": float, "runner_up": str, "side": str,
    "reps": int, "clean_reps": int, "not_judged_reps": int, "not_counted": int, "shots": int, "analysed_shots": int,
    "faults": str, "borderline": str, "not_judged": str,
    "coverage": float, "range_deg": float, "lowering_s": float, "pause_s": float, "lifting_s": float,
    "range_cv_percent": float, "lowering_cv_percent": float, "lifting_cv_percent": float,
    "load_kg": float, "duration_s": float, "frames": int, "lost_frames": int, "fps": float, "width": int, "height": int,
    "px_per_m": float, "scale_source": str, "folder": str, "sha256": str, "version": str, "model": str,
}  # fmt: skip

#: The columns of `reps.csv` that every exercise has; its own measures follow, with their units.
REP_COLUMNS: dict[str, type] = {
    "clip": str, "exercise": str, "rep": int, "verdict": str, "faults": str, "borderline": str,
    "not_judged_because": str, "shot": int,
    "start_s": float, "turn_s": float, "turn_end_s": float, "end_s": float,
    "lowering_s": float, "pause_s": float, "lifting_s": float, "range_deg": float,
}  # fmt: skip


def clip_row(analysis: Analysis) -> dict[str, Any]:
    """The columns of a clip that its analysis decides."""
    reps, clip, spread = analysis.reps, analysis.clip, analysis.summary.consistency
    return {
        "exercise": analysis.exercise.name,
        "variant": analysis.exercise.variant,
        "exercise_source": analysis.exercise.source,
        "confidence": analysis.exercise.confidence,
        "runner_up": analysis.exercise.runner_up,
        "side": analysis.view.side,
        "reps": analysis.summary.reps,
        "clean_reps": analysis.summary.clean_reps,
        "not_judged_reps": not_judged_reps(analysis),
        "not_counted": len(analysis.not_counted),
        "faults": counted(analysis.findings, "fault"),
        "borderline": counted(analysis.findings, "borderline"),
        "not_judged": " ".join(sorted({entry.rule for entry in analysis.not_judged if entry.rep is None})),
        "shots": len(analysis.shots) or None,
        "analysed_shots": sum(shot.analysed for shot in analysis.shots) or None,
        "coverage": analysis.coverage,
        "range_deg": _mean([rep.range_deg for rep in reps], 1),
        "lowering_s": _mean([rep.lowering_s for rep in reps], 2),
        "pause_s": _mean([rep.pause_s for rep in reps], 2),
        "lifting_s": _mean([rep.lifting_s for rep in reps], 2),
        **{name: spread.get(name) for name in ("range_cv_percent", "lowering_cv_percent", "lifting_cv_percent")},
        "load_kg": analysis.exercise.load_kg,
        "duration_s": clip.duration_s,
        "frames": clip.frames,
        "lost_frames": clip.lost_frames,
        "fps": clip.fps,
        "width": clip.width,
        "height": clip.height,
        "px_per_m": analysis.scale.px_per_m,
        "scale_source": analysis.scale.source,
        "model": analysis.software.model,
    }


def rep_rows(analysis: Analysis) -> list[dict[str, Any]]:
    """The rows of the clip's repetitions; measures are columns such as `trunk_at_turn [deg]`."""
    return [_rep_row(analysis, rep) for rep in analysis.reps]


def _rep_row(analysis: Analysis, rep: RepFacts) -> dict[str, Any]:
    own = [finding for finding in analysis.findings if finding.rep == rep.index]
    return {
        "exercise": analysis.exercise.name,
        "rep": rep.index,
        "verdict": rep.verdict,
        "faults": counted(own, "fault"),
        "borderline": counted(own, "borderline"),
        "not_judged_because": rep.not_judged_because,
        "shot": rep.shot,
        "start_s": rep.start_s,
        "turn_s": rep.turn_s,
        "turn_end_s": rep.turn_end_s,
        "end_s": rep.end_s,
        "lowering_s": rep.lowering_s,
        "pause_s": rep.pause_s,
        "lifting_s": rep.lifting_s,
        "range_deg": rep.range_deg,
        **{f"{name} [{measure.unit}]": measure.known for name, measure in rep.measures.items()},
    }


def counted(findings: list[Finding] | tuple[Finding, ...], severity: str) -> str:
    """Rules with the number of repetitions they were found in: "lumbar_arch:3 no_hold:1"."""
    reps: dict[str, set[int]] = {}
    for finding in findings:
        if finding.severity == severity:
            reps.setdefault(finding.rule, set()).add(finding.rep)
    return " ".join(f"{rule}:{len(numbers)}" for rule, numbers in sorted(reps.items()))


def counts(text: str) -> dict[str, int]:
    """Read `counted` back."""
    return {rule: int(number) for rule, _, number in (entry.partition(":") for entry in text.split())}


def _mean(values: list[float | None], digits: int) -> float | None:
    known = [value for value in values if value is not None]
    return round(fmean(known), digits) if known else None
