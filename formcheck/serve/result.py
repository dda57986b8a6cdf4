"""What a phone shows of an analysis before it opens the report: the outcome, and what to change."""

from __future__ import annotations

from typing import Any

from formcheck.analysis import Analysis
from formcheck.report.shown import exercise_title, rule_title
from formcheck.report.words import not_judged_reps, outcome


def result_of(analysis: Analysis) -> dict[str, Any]:
    """The analysis in short, as plain data; the faults in most reps come first, then what is borderline."""
    summary = analysis.summary
    return {
        "exercise": analysis.exercise.name,
        "title": exercise_title(analysis.exercise),
        "kind": analysis.exercise.variant or analysis.exercise.name,
        "reps": summary.reps,
        "clean": summary.clean_reps == summary.reps,
        "headline": _headline(analysis),
        "findings": findings_of(analysis),
        "not_judged": not_judged_reps(analysis),
        "duration_s": round(analysis.clip.duration_s, 3),
    }


def findings_of(analysis: Analysis) -> list[dict[str, Any]]:
    """One entry for each rule that found something: its reps, and cue and confidence of the surest finding."""
    groups: dict[tuple[str, str], list[Any]] = {}
    for finding in analysis.findings:
        if finding.severity != "info":
            groups.setdefault((finding.severity, finding.rule), []).append(finding)
    ordered = sorted(groups.items(), key=lambda group: (group[0][0] != "fault", -len(group[1])))
    return [
        {
            "rule": rule,
            "title": rule_title(analysis.exercise.name, rule),
            "reps": sorted({finding.rep for finding in found}),
            "state": severity,
            "cue": (surest := max(found, key=lambda finding: finding.confidence)).cue,
            "confidence": round(surest.confidence, 3),
        }
        for (severity, rule), found in ordered
    ]


def _headline(analysis: Analysis) -> str:
    """The outcome and the first thing to change: "3 of 5 reps clean: the back rounds in reps 4 and 5"."""
    faults = [finding for finding in findings_of(analysis) if finding["state"] == "fault"]
    if not faults:
        return outcome(analysis)
    reps = [str(number) for number in faults[0]["reps"]]
    which = reps[0] if len(reps) == 1 else f"{', '.join(reps[:-1])} and {reps[-1]}"
    title = faults[0]["title"]
    return f"{outcome(analysis)}. {title[:1].upper()}{title[1:]} in rep{'s' * (len(reps) > 1)} {which}"
