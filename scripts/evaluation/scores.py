"""Scores of what was said against what is known: shares, reps, findings, rep by rule, stated confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from evaluation.labels import Array, ClipLabel, RepLabel, TrueRep, family, uniform
from evaluation.outcome import Outcome
from formcheck.results.analysis import JudgedRep

#: Of the intervals beside every share.
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """`right` of `of` cases."""

    right: int
    of: int

    @property
    def value(self) -> float:
        """0-1, NaN without cases."""
        return self.right / self.of if self.of else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval for the share behind the cases, NaN without any.

        It takes the cases as independent, which the repetitions of one clip are not: the truth is wider.
        """
        if not self.of:
            return float("nan"), float("nan")
        found = binomtest(self.right, self.of).proportion_ci(CONFIDENCE, method="wilson")
        return float(found.low), float(found.high)


def share(values: Iterable[bool]) -> Share:
    """How many of the values are true."""
    listed = list(values)
    return Share(sum(listed), len(listed))


# Repetitions: how many were found, and when, against labels and rendered truth.

#: What is timed, in the order of a repetition: moments first, then the durations that a lifter calls tempo.
MOMENTS = ("start", "turn", "turn end", "end")
DURATIONS = ("first phase", "pause", "second phase")


@dataclass(frozen=True)
class RepCount:
    """Reps found and labelled in one clip; a clip that could not be analysed has found none."""

    clip: str
    found: int
    labelled: int
    tolerance: int

    @property
    def error(self) -> int:
        return self.found - self.labelled


@dataclass(frozen=True)
class CountScore:
    """Shares of `clips` with exactly the labelled count, off by at most one, within the label's own tolerance.

    `mae` is the mean absolute error in reps, NaN without clips.
    """

    clips: int
    exact: Share
    off_by_one: Share
    within: Share
    mae: float


@dataclass(frozen=True)
class TimeScore:
    """Error of one moment or duration over matched reps, seconds: mean absolute, mean (positive = late), largest."""

    reps: int
    mae: float
    bias: float
    worst: float


@dataclass(frozen=True)
class TimingScore:
    """Times against rendered truth. `missed` true reps have no partner among the found ones, `extra` the other way."""

    matched: int
    missed: int
    extra: int
    events: dict[str, TimeScore]


def count_score(counts: Sequence[RepCount]) -> CountScore:
    """Score rep counts of several clips."""
    errors = [abs(count.error) for count in counts]
    return CountScore(
        len(counts),
        exact=share(error == 0 for error in errors),
        off_by_one=share(error <= 1 for error in errors),
        within=share(abs(count.error) <= count.tolerance for count in counts),
        mae=float(np.mean(errors)) if errors else float("nan"),
    )


def match_reps(true: Sequence[TrueRep], found: Sequence[JudgedRep]) -> list[tuple[TrueRep, JudgedRep]]:
    """Pair true and found reps that overlap in time, each used once, those with the longest overlap first."""
    overlaps = [
        (min(t.end_s, f.end_s) - max(t.start_s, f.start_s), i, j)
        for i, t in enumerate(true)
        for j, f in enumerate(found)
    ]
    taken_true: set[int] = set()
    taken_found: set[int] = set()
    pairs = []
    for overlap, i, j in sorted(overlaps, key=lambda item: -item[0]):
        if overlap <= 0 or i in taken_true or j in taken_found:
            continue
        taken_true.add(i)
        taken_found.add(j)
        pairs.append((i, j))
    return [(true[i], found[j]) for i, j in sorted(pairs)]


def timing_score(clips: Sequence[tuple[Sequence[TrueRep], Sequence[JudgedRep]]]) -> TimingScore:
    """Score the times of all matched reps of several rendered clips, every rep counting the same."""
    pairs = [pair for true, found in clips for pair in match_reps(true, found)]
    errors = pd.DataFrame([_events(f) - _events(t) for t, f in pairs], columns=[*MOMENTS, *DURATIONS], dtype=float)
    return TimingScore(
        matched=len(pairs),
        missed=sum(len(true) for true, _ in clips) - len(pairs),
        extra=sum(len(found) for _, found in clips) - len(pairs),
        events={
            name: TimeScore(int(error.count()), float(error.abs().mean()), float(error.mean()), float(error.abs().max()))
            for name, error in errors.items()
        },
    )


def _events(rep: TrueRep | JudgedRep) -> Array:
    moments = np.array([rep.start_s, rep.turn_s, rep.turn_end_s, rep.end_s])
    return np.concatenate([moments, np.diff(moments)])


# Findings against labels: what was found, missed, accused wrongly or not judged, rule by rule.

#: hit: the fault is there and was found. miss: there, judged, not found. false accusation: certainly not there, found.
#: clear: not there, judged, not found. not judged: formcheck gave no answer (or refused the clip).
Answer = Literal["hit", "miss", "false accusation", "clear", "not judged"]

#: A clip counts as having a fault when it is found in at least this share of its reps.
CLIP_SHARE = 0.5


@dataclass(frozen=True)
class RuleAnswer:
    """How one clip that is labelled for a rule came out: as having its fault (`faulty`), or as certainly free of it.

    `accused` of `reps` found reps have the fault. `reason` says why a rule was not judged.
    """

    rule: str
    clip: str
    faulty: bool
    answer: Answer
    accused: int
    reps: int
    reason: str = ""


@dataclass(frozen=True)
class RuleScore:
    """Counts of clips by answer, with precision and recall (of no case when they have no denominator).

    Recall is hits over *all* clips that have the fault, those not judged included: what the user gets. `stray_reps` of
    `clean_reps` repetitions of clips without the fault were accused, whether or not they made half of their clip.
    """

    rule: str
    hits: int
    misses: int
    false_accusations: int
    clear: int
    not_judged_faulty: int
    not_judged_clean: int
    stray_reps: int
    clean_reps: int

    @property
    def precision(self) -> Share:
        return Share(self.hits, self.hits + self.false_accusations)

    @property
    def recall(self) -> Share:
        return Share(self.hits, self.hits + self.misses + self.not_judged_faulty)

    @property
    def false_accusation_rate(self) -> Share:
        """False accusations over the clean clips that were judged."""
        return Share(self.false_accusations, self.false_accusations + self.clear)


def rule_answers(label: ClipLabel, outcome: Outcome) -> list[RuleAnswer]:
    """How each rule that is labelled for the clip came out; a rule in neither column is not scored."""
    return [
        *(_answer(label, outcome, rule, faulty=True) for rule in label.faults),
        *(_answer(label, outcome, rule, faulty=False) for rule in label.clean_of),
    ]


def rule_scores(answers: Iterable[RuleAnswer]) -> list[RuleScore]:
    """Scores by rule, in alphabetical order."""
    by_rule: dict[str, list[RuleAnswer]] = {}
    for answer in answers:
        by_rule.setdefault(answer.rule, []).append(answer)
    return [rule_score(rule, by_rule[rule]) for rule in sorted(by_rule)]


def rule_score(name: str, answers: Sequence[RuleAnswer]) -> RuleScore:
    """The score of one rule, or of several together."""
    count = Counter((answer.answer, answer.faulty) for answer in answers)
    clean = [answer for answer in answers if not answer.faulty]
    return RuleScore(
        name,
        hits=count["hit", True],
        misses=count["miss", True],
        false_accusations=count["false accusation", False],
        clear=count["clear", False],
        not_judged_faulty=count["not judged", True],
        not_judged_clean=count["not judged", False],
        stray_reps=sum(answer.accused for answer in clean),
        clean_reps=sum(answer.reps for answer in clean),
    )


def _answer(label: ClipLabel, outcome: Outcome, rule: str, *, faulty: bool) -> RuleAnswer:
    reps = len(outcome.reps)
    accused = len(outcome.accused(rule))
    if not outcome.analysed:
        answer, reason = "not judged", f"clip not analysed: {outcome.message}"
    elif reps and accused >= CLIP_SHARE * reps:
        answer, reason = ("hit" if faulty else "false accusation"), ""
    else:
        reason = _why_not_judged(label, outcome, rule, accused)
        answer = "not judged" if reason else ("miss" if faulty else "clear")
    return RuleAnswer(rule, label.name, faulty, answer, accused, reps, reason)  # type: ignore[arg-type]


def _why_not_judged(label: ClipLabel, outcome: Outcome, rule: str, accused: int) -> str:
    """The reason when so few reps were judged that the fault could not have been found in half of them; else empty."""
    left_out = [item for item in outcome.not_judged if item.rule == rule]
    whole = [item for item in left_out if item.rep is None]
    reps = len(outcome.reps)
    if whole:
        return whole[0].reason or "no reason given"
    unjudged = {item.rep for item in left_out}
    if unjudged and reps - len(unjudged) < CLIP_SHARE * reps:
        return left_out[0].reason or "no reason given"
    if not reps:
        return "no repetition"
    return "" if accused else not_applied(label, outcome, rule)


def not_applied(label: ClipLabel, outcome: Outcome, rule: str) -> str:
    """Why the rule was not asked at all, where the analysis itself need not say so; empty when it was."""
    if outcome.exercise is not None and family_of(outcome) != label.family:
        return f"taken for another exercise ({outcome.exercise})"
    if outcome.limits is not None and not any(name.startswith(rule) for name in outcome.limits):
        return f"no such rule of {outcome.exercise}"
    return ""


def family_of(outcome: Outcome) -> str | None:
    """The family of the recognised exercise."""
    return None if outcome.exercise is None else family(outcome.exercise)


# Rep by rep: every labelled repetition beside the one that was found for it, and every rule that its label decides.

#: found: said to be a fault. borderline: said, but no accusation. passed: judged, and nothing said. not judged: no
#: answer about the rule in this rep. rep not found: no found rep belongs to the labelled one.
RepAnswer = Literal["found", "borderline", "passed", "not judged", "rep not found"]
REP_ANSWERS: tuple[RepAnswer, ...] = ("found", "borderline", "passed", "not judged", "rep not found")


@dataclass(frozen=True)
class Pairing:
    """Labelled reps of one clip and the found ones that belong to them.

    `pairs` are found reps with what is known of them, `lost` labelled reps without a found one. `labelled` reps there
    are, `met` of them were found, `extra` found ones are too many.
    """

    pairs: tuple[tuple[RepLabel, JudgedRep], ...]
    lost: tuple[RepLabel, ...]
    labelled: int
    met: int
    extra: int


@dataclass(frozen=True)
class RepCase:
    """A rule in a rep whose label decides it: whether the fault is there, and what formcheck answered."""

    clip: str
    rule: str
    rep: int | None
    faulty: bool
    answer: RepAnswer


@dataclass(frozen=True)
class EachScore:
    """Several clips rep by rep: labelled reps `met`, found ones too many (`extra`), cases by answer, faulty reps called clean.

    `faulty` and `clean` count cases (a rule in a rep) by answer: faults that are there, and faults that are not.
    """

    labelled: int
    met: int
    extra: int
    faulty: dict[RepAnswer, int]
    clean: dict[RepAnswer, int]
    called_clean: Share

    @property
    def reps_found(self) -> Share:
        return Share(self.met, self.labelled)

    @property
    def faults_in_place(self) -> Share:
        """Faults found in the rep that has them, of all labelled ones, whether that rep was found or judged or not."""
        return Share(self.faulty["found"], sum(self.faulty.values()))

    @property
    def accused(self) -> Share:
        """Accusations where there is no fault, of the cases that were judged."""
        judged = self.clean["found"] + self.clean["borderline"] + self.clean["passed"]
        return Share(self.clean["found"], judged)


def pair_reps(label: ClipLabel, outcome: Outcome) -> Pairing:
    """Which found rep is which labelled one: by time where the truth has times, by number where both counts agree.

    Elsewhere nobody knows which is which. Then every found rep has what holds for all labelled ones, as many as are
    lacking are lost, and so is every fault that only some reps have: it cannot have been found in the right one.
    """
    labels, found = label.rep_labels, outcome.reps
    if label.truth is not None:
        numbers = {id(true): number for number, true in enumerate(label.truth.reps, start=1)}
        partners = {numbers[id(true)]: rep for true, rep in match_reps(label.truth.reps, found)}
    elif len(found) == label.reps:
        partners = dict(zip(sorted(labels), found, strict=True))
    else:
        return _unplaced(labels, found)
    return Pairing(
        pairs=tuple((labels[number], rep) for number, rep in sorted(partners.items())),
        lost=tuple(known for number, known in labels.items() if number not in partners),
        labelled=len(labels),
        met=len(partners),
        extra=len(found) - len(partners),
    )


def rep_cases(label: ClipLabel, outcome: Outcome, pairing: Pairing) -> list[RepCase]:
    """Every case of a clip: each found rep with each rule that is known of it, and those of the lost reps."""
    cases = []
    for known, rep in pairing.pairs:
        for rule in sorted(known.faulty | known.clean):
            answer = rep_answer(label, outcome, rule, rep)
            cases.append(RepCase(label.name, rule, rep.index, rule in known.faulty, answer))
    for known in pairing.lost:
        for rule in sorted(known.faulty | known.clean):
            cases.append(RepCase(label.name, rule, None, rule in known.faulty, "rep not found"))
    return cases


def rep_answer(label: ClipLabel, outcome: Outcome, rule: str, rep: JudgedRep) -> RepAnswer:
    """What was said about a rule in a found rep."""
    severities = outcome.severities(rule, rep.index)
    if "fault" in severities:
        return "found"
    if severities:
        return "borderline"
    unsaid = any(item.rule == rule and item.rep in (None, rep.index) for item in outcome.not_judged)
    return "not judged" if unsaid or not_applied(label, outcome, rule) else "passed"


def called_clean(pairing: Pairing) -> Share:
    """Found reps that have a labelled fault: how many of them formcheck calls clean."""
    verdicts = [rep.verdict for known, rep in pairing.pairs if known.faulty]
    return Share(verdicts.count("clean"), len(verdicts))


def each_score(clips: Iterable[tuple[Pairing, list[RepCase]]]) -> EachScore:
    """Several clips together, every rep counting the same."""
    listed = list(clips)
    clean = [called_clean(pairing) for pairing, _ in listed]
    return EachScore(
        labelled=sum(pairing.labelled for pairing, _ in listed),
        met=sum(pairing.met for pairing, _ in listed),
        extra=sum(pairing.extra for pairing, _ in listed),
        faulty=_by_answer([case for _, cases in listed for case in cases if case.faulty]),
        clean=_by_answer([case for _, cases in listed for case in cases if not case.faulty]),
        called_clean=Share(sum(share.right for share in clean), sum(share.of for share in clean)),
    )


def _unplaced(labels: dict[int, RepLabel], found: tuple[JudgedRep, ...]) -> Pairing:
    common = uniform(labels)
    lacking = max(0, len(labels) - len(found))
    some = [RepLabel(known.faulty - common.faulty) for known in labels.values() if known.faulty - common.faulty]
    return Pairing(
        pairs=tuple((common, rep) for rep in found),
        lost=(*[common] * lacking, *some),
        labelled=len(labels),
        met=min(len(labels), len(found)),
        extra=max(0, len(found) - len(labels)),
    )


def _by_answer(cases: list[RepCase]) -> dict[RepAnswer, int]:
    return {answer: sum(case.answer == answer for case in cases) for answer in REP_ANSWERS}


# Is formcheck as sure as it may be? Findings that a label decides, by how sure formcheck says it is.

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
