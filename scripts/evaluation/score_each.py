"""Rep by rep: every labelled repetition beside the one that was found for it, and every rule that its label decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from evaluation.labels import ClipLabel
from evaluation.outcome import FoundRep, Outcome
from evaluation.rep_labels import RepLabel, uniform
from evaluation.score_findings import not_applied
from evaluation.score_reps import match_reps
from evaluation.shares import Share

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

    pairs: tuple[tuple[RepLabel, FoundRep], ...]
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


def rep_answer(label: ClipLabel, outcome: Outcome, rule: str, rep: FoundRep) -> RepAnswer:
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


def _unplaced(labels: dict[int, RepLabel], found: tuple[FoundRep, ...]) -> Pairing:
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
