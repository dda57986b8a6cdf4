"""Reps and findings as table rows and counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from formcheck.results.analysis import Analysis, Finding, JudgedRep, Severity
from formcheck.results.catalogue import MEASURES
from formcheck.units import unit_suffix

#: The columns of a rep that every exercise has; those of its measures follow. `set` is empty for a clip of one set.
REP_COLUMNS = (
    "set", "exercise", "rep", "verdict", "faults", "borderline",
    *(known.name for known in fields(JudgedRep) if known.name not in ("index", "verdict", "measures")),
)  # fmt: skip


def reps_by_rule(findings: Iterable[Finding], severity: Severity = "fault") -> dict[str, list[int]]:
    """The numbers of the reps in which each rule found something of a severity; rules by name, reps ascending."""
    found: dict[str, set[int]] = {}
    for finding in findings:
        if finding.severity == severity:
            found.setdefault(finding.rule, set()).add(finding.rep)
    return {rule: sorted(found[rule]) for rule in sorted(found)}


def counted(findings: Iterable[Finding], severity: Severity) -> str:
    """Rules with the number of reps they were found in: "lumbar_arch:3 no_hold:1"."""
    return " ".join(f"{rule}:{len(reps)}" for rule, reps in reps_by_rule(findings, severity).items())


def rep_rows(analysis: Analysis) -> list[dict[str, Any]]:
    """One row a rep: `REP_COLUMNS`, then value and standard deviation of its measures with the unit in the name; None where
    unknown. `faults` and `borderline` name rules, with spaces between them."""
    return [_rep_row(analysis, rep) for rep in analysis.reps]


def _rep_row(analysis: Analysis, rep: JudgedRep) -> dict[str, Any]:
    own = [finding for finding in analysis.findings if finding.rep == rep.index]
    known = {
        **vars(rep), "set": analysis.set_number if analysis.sets else None, "exercise": analysis.exercise.name,
        "rep": rep.index, "faults": " ".join(reps_by_rule(own)),
        "borderline": " ".join(reps_by_rule(own, "borderline")), "not_judged_because": rep.not_judged_because or "",
    }  # fmt: skip
    row = {name: known[name] for name in REP_COLUMNS}
    for name in sorted(rep.measures, key=_place):
        measure = rep.measures[name]
        unit = unit_suffix(measure.unit)
        row |= {f"{name}_{unit}": measure.value, f"{name}_sd_{unit}": measure.sd}
    return row


_PLACES = {one.name: place for place, one in enumerate(MEASURES)}


def _place(name: str) -> tuple[int, str]:
    """Measures stand as in the catalogue, those of other versions after them."""
    return _PLACES.get(name, len(_PLACES)), name
