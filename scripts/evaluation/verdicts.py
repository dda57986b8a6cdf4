"""Verdicts on made-up sets of the studio, beside how bad each rep truly is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from evaluation.judging import Judged
from evaluation.labels import SIDE_YAW_DEG, Studio, TrueRep, Truth, family
from evaluation.outcome import RuleValue
from evaluation.scores import (
    REP_ANSWERS,
    RepAnswer,
    Share,
    Statement,
    family_of,
    match_reps,
    rep_answer,
    share,
)
from formcheck.lifts.registry import exercise_named
from formcheck.results.analysis import JudgedRep

#: A rep breaks a rule clearly, keeps it clearly, or lies between, where nobody is right or wrong.
Really = Literal["fault", "clean", "between"]

#: Rules about tempo are hints, and nobody is accused of them.
HINTS = frozenset({"no_hold", "rushed_lowering"})
#: Severities are sorted into this many groups of equal size, of at least so many reps.
GROUPS, LEAST_IN_GROUP = 7, 8


@dataclass(frozen=True)
class Verdict:
    """A rule in a rep of a made-up set: how bad it truly is, what was answered, and how it was filmed.

    `reason` says why it was not judged; `confidence` is that of what was said against it, NaN where nothing was. A `core`
    rule is one without which the exercise calls no rep clean.
    """

    clip: str
    kind: str
    rule: str
    severity: float
    unit: str
    really: Really
    answer: RepAnswer
    reason: str
    confidence: float
    yaw_deg: float
    filmed: Studio
    core: bool
    measured: RuleValue | None

    @property
    def plain(self) -> bool:
        """Seen from the side with nothing in front."""
        return abs(self.yaw_deg) <= SIDE_YAW_DEG and self.filmed.conditions["front"] == "none"

    @property
    def judged(self) -> bool:
        return self.answer in ("found", "borderline", "passed")


def made_up(clips: Iterable[Judged]) -> list[tuple[Judged, Truth, Studio]]:
    """The clips that the studio made."""
    return [
        (clip, clip.label.truth, clip.label.truth.studio)
        for clip in clips
        if clip.label.truth is not None and clip.label.truth.studio is not None
    ]


def verdicts(clips: Iterable[Judged]) -> list[Verdict]:
    """Every rule in every true rep of the made-up sets."""
    found = []
    for clip, truth, filmed in made_up(clips):
        partners = {id(true): rep for true, rep in match_reps(truth.reps, clip.outcome.reps)}
        for true in truth.reps:
            partner = partners.get(id(true))
            found += [_verdict(clip, truth, filmed, true, partner, rule) for rule in filmed.units]
    return found


def _verdict(
    clip: Judged, truth: Truth, filmed: Studio, true: TrueRep, rep: JudgedRep | None, rule: str
) -> Verdict:
    outcome = clip.outcome
    answer = "rep not found" if rep is None else rep_answer(clip.label, outcome, rule, rep)
    index = None if rep is None else rep.index
    reasons = [item.reason for item in outcome.not_judged if item.rule == rule and item.rep in (None, index)]
    sure = [said.confidence for said in outcome.findings if said.rule == rule and said.rep == index]
    broken, kept = true.faults or (), true.clean_of or ()
    return Verdict(
        clip=clip.label.name,
        kind=filmed.kind,
        rule=rule,
        severity=true.severity[rule],
        unit=filmed.units[rule],
        really="fault" if rule in broken else "clean" if rule in kept else "between",
        answer=answer,
        reason=reasons[0] if reasons and answer == "not judged" else "",
        confidence=max(sure, default=float("nan")),
        yaw_deg=truth.yaw_deg,
        filmed=filmed,
        core=rule in exercise_named(truth.exercise).core,
        measured=None if index is None else outcome.measured.get((rule, index)),
    )


@dataclass(frozen=True)
class RuleFigures:
    """Clear faults and clear passes by answer. Found is of all clear faults whose rep was found, accused of the judged."""

    faults: dict[RepAnswer, int]
    cleans: dict[RepAnswer, int]

    @property
    def found(self) -> Share:
        return Share(self.faults["found"], sum(self.faults.values()))

    @property
    def accused(self) -> Share:
        return Share(self.cleans["found"], self.cleans["found"] + self.cleans["borderline"] + self.cleans["passed"])

    @property
    def unjudged(self) -> Share:
        """Not judged, of the reps that were found."""
        both = [self.faults, self.cleans]
        lost = sum(part["not judged"] for part in both)
        return Share(lost, sum(sum(part.values()) - part["rep not found"] for part in both))


def figures(listed: Iterable[Verdict]) -> RuleFigures:
    """Counts of what was answered, without the reps between and the hints."""
    kept = [verdict for verdict in listed if verdict.rule not in HINTS]
    return RuleFigures(*({answer: sum(v.really == really and v.answer == answer for v in kept) for answer in REP_ANSWERS}
                         for really in ("fault", "clean")))  # fmt: skip


@dataclass(frozen=True)
class CurvePoint:
    """Reps of about the same severity: how many of the judged ones are accused, and how many are not judged."""

    severity: float
    accused: Share
    unjudged: Share


def curve(listed: Sequence[Verdict]) -> list[CurvePoint]:
    """Reps by severity, in groups of equal size; what is not judged is beside the curve, not in it."""
    ordered = sorted((v for v in listed if v.answer != "rep not found"), key=lambda v: v.severity)
    number = max(1, min(GROUPS, len(ordered) // LEAST_IN_GROUP))
    edges = np.linspace(0, len(ordered), number + 1).round().astype(int)
    points = []
    for low, high in pairwise(edges):
        group = ordered[low:high]
        if group:
            judged = [v for v in group if v.judged]
            middle = float(np.median([v.severity for v in group]))
            points.append(CurvePoint(middle, share(v.answer == "found" for v in judged), share(not v.judged for v in group)))
    return points


#: Units of what rules measure, as the studio names them, with how many of those one is.
_UNITS = {"deg": ("deg", 1.0), "m": ("cm", 100.0), "%leg": ("%leg", 1.0), "%set": ("%set", 1.0), "s": ("s", 1.0)}


@dataclass(frozen=True)
class RuleError:
    """How far a rule's own quantity is off, in the studio's unit: over `reps`, `bias` (positive: too large) and `sd` of the
    error, the mean `stated` standard deviation, and the limit's borderline `band`.

    `within`: of the errors, those within twice what is believed of them, stated error and half the band together.
    """

    reps: int
    bias: float
    sd: float
    stated: float
    band: float
    within: Share

    @property
    def band_wanted(self) -> float:
        """The band with which that belief would be as large as the errors are: half of it beside the stated error."""
        return 2 * float(np.sqrt(max(0.0, self.bias**2 + self.sd**2 - self.stated**2)))


def rule_error(listed: Iterable[Verdict]) -> RuleError | None:
    """The error of what was measured; None where nothing was measured in the severity's own unit."""
    rows = []
    for verdict in listed:
        if verdict.measured is None or verdict.answer == "not judged" or verdict.measured.unit not in _UNITS:
            continue
        unit, factor = _UNITS[verdict.measured.unit]
        if verdict.unit.split()[0] == unit:
            rows.append((factor * verdict.measured.value - verdict.severity, factor * verdict.measured.sd,
                         factor * verdict.measured.band))  # fmt: skip
    if not rows:
        return None
    error, stated, band = np.array(rows).T
    return RuleError(
        reps=len(rows),
        bias=float(error.mean()),
        sd=float(error.std()),
        stated=float(np.sqrt(np.nanmean(stated**2))),
        band=float(np.median(band)),
        within=share(np.abs(error) <= 2 * np.hypot(stated, band / 2)),
    )


def said(listed: Iterable[Verdict]) -> list[Statement]:
    """What was said with a confidence about a rep that is clearly faulty or clearly clean."""
    return [
        Statement(v.confidence, v.really == "fault")
        for v in listed
        if v.really != "between" and v.rule not in HINTS and v.answer in ("found", "borderline") and np.isfinite(v.confidence)
    ]


def known(filmed: Studio) -> bool:
    """Whether formcheck has rules for the exercise."""
    return bool(filmed.units)


def recognised(clip: Judged) -> bool:
    """The right family; an exercise that formcheck does not know is recognised when it is given no name."""
    _, _, filmed = made_up([clip])[0]
    return family_of(clip.outcome) == (family(clip.label.exercise) if known(filmed) else None)


def by(listed: Iterable[Verdict], what: Callable[[Verdict], str]) -> dict[str, list[Verdict]]:
    """The verdicts in groups, in alphabetical order of their names."""
    groups: dict[str, list[Verdict]] = {}
    for verdict in listed:
        groups.setdefault(what(verdict), []).append(verdict)
    return dict(sorted(groups.items()))


def view_of(yaw_deg: float) -> str:
    for edge in (SIDE_YAW_DEG, 40.0):
        if abs(yaw_deg) <= edge:
            return f"yaw to {edge:.0f}"
    return "yaw over 40"


def plate_of(filmed: Studio) -> str:
    return "no plate" if filmed.plate_m is None else f"plate of {100 * filmed.plate_m:.0f} cm"
