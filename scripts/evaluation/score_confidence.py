"""Is formcheck as sure as it may be? Findings that a label decides, by how sure formcheck says it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from evaluation.outcome import Outcome
from evaluation.score_each import Pairing
from evaluation.shares import Share

#: Edges of the groups of stated confidence; a group has its lower edge and not its upper one, but the last has 1 too.
EDGES = (0.0, 0.6, 0.75, 0.9, 0.97, 1.0)


@dataclass(frozen=True)
class Statement:
    """A finding with the confidence that formcheck stated (0-1), and whether the label says it is right."""

    confidence: float
    right: bool


@dataclass(frozen=True)
class ConfidenceBin:
    """Findings stated with a confidence from `low` to `high`: how many are right, and their mean stated confidence."""

    low: float
    high: float
    right: Share
    mean_stated: float


@dataclass(frozen=True)
class Reliability:
    """`brier` is the mean squared difference of stated confidence and outcome (0 best); NaN without statements."""

    bins: list[ConfidenceBin]
    brier: float
    statements: int


def statements(outcome: Outcome, pairing: Pairing) -> list[Statement]:
    """Faults and borderline findings of one clip in reps whose label knows the rule; informational ones are left out."""
    known = {rep.index: rep_label for rep_label, rep in pairing.pairs}
    return [
        Statement(said.confidence, said.rule in known[said.rep].faulty)
        for said in outcome.findings
        if said.severity in ("fault", "borderline")
        and said.rep in known
        and said.rule in known[said.rep].faulty | known[said.rep].clean
        and np.isfinite(said.confidence)
    ]


def reliability(stated: Iterable[Statement]) -> Reliability:
    """Statements sorted into groups of confidence; groups without any are left out."""
    listed = list(stated)
    bins = []
    for low, high in pairwise(EDGES):
        inside = [s for s in listed if low <= s.confidence and (s.confidence < high or high == EDGES[-1])]
        if inside:
            right = Share(sum(s.right for s in inside), len(inside))
            bins.append(ConfidenceBin(low, high, right, float(np.mean([s.confidence for s in inside]))))
    return Reliability(bins, _brier(listed), len(listed))


def _brier(listed: Sequence[Statement]) -> float:
    if not listed:
        return float("nan")
    return float(np.mean([(s.confidence - s.right) ** 2 for s in listed]))
