"""Tables of the main figures on every set of clips, of reps one by one, of stated confidence and of what was left out."""

from __future__ import annotations

from evaluation.judge import Evaluation
from evaluation.judged import Judged
from evaluation.score_each import REP_ANSWERS, RepCase
from evaluation.score_sets import CALLED_CLEAN, UNWANTED
from evaluation.table import BAD, Table, number, percent, with_interval


def figure_table(evaluation: Evaluation) -> Table:
    """The main figures: all clips, both halves of the real ones, and the rendered ones."""
    sets = {name: score for name, score in evaluation.sets.items() if score.clips}
    names = list(next(iter(sets.values())).figures) if sets else []
    shown = [name for name in names if any(score.figures[name].of for score in sets.values())]
    rows = []
    for name in shown:
        cells = [(score.figures[name], with_interval(score.figures[name])) for score in sets.values()]
        marked = (f"{BAD}{cell}" if name == CALLED_CLEAN and part.right else cell for part, cell in cells)
        rows.append((f"{name} (less is better)" if name in UNWANTED else name, *marked))
    return Table(
        "Main figures by set of clips",
        ("figure", *(f"{name}, {score.clips} clips" for name, score in sets.items())),
        rows,
        "Cases, share, and in brackets the 95 % interval (Wilson; reps of one clip are not independent, so it is wider in"
        " truth). Certain labels: clips whose count is beyond doubt (tolerance 0). The halves are of the real clips. Faults"
        " found and clean reps accused are cases (a rule in a rep): found of all that are labelled, accused of those that"
        " were judged. Called clean is of the faulty reps that were found.",
    )


def each_table(evaluation: Evaluation) -> Table:
    """Reps one by one: what became of every labelled fault, and of every rule that a rep certainly keeps."""
    rows: list[tuple[str, ...]] = []
    for name, score in evaluation.sets.items():
        each = score.each
        if not each.labelled:
            continue
        rows.append((f"{name}: labelled reps", str(each.labelled), f"{each.met} found, {each.extra} too many", "", "", "", ""))
        for what, cases in (("faults in reps", each.faulty), ("clean cases", each.clean)):
            counts = [str(cases[answer]) for answer in REP_ANSWERS]
            if what == "clean cases" and cases["found"]:
                counts[0] = f"{BAD}{counts[0]}"
            rows.append((f"{name}: {what}", str(sum(cases.values())), *counts))
    return Table(
        "Rep by rep",
        ("what", "number", *REP_ANSWERS),
        rows,
        "A case is a rule in a rep whose label decides it. Reps are paired by time where the truth has times, by number where"
        " as many were found as labelled; elsewhere what holds for every labelled rep holds for every found one, and"
        " a fault of some reps only counts as not found. Passed: judged, and nothing said.",
    )


def case_table(evaluation: Evaluation) -> Table:
    """The reps behind faults not found, clean reps accused and faulty reps called clean."""
    rows = [row for clip in evaluation.clips for row in (*_case_rows(clip), *_clean_rows(clip))]
    return Table("Reps that went wrong", ("clip", "rule", "reps", "what"), rows)


def confidence_table(evaluation: Evaluation) -> Table:
    """Of findings stated with so much confidence, how many are right?"""
    rows = [
        (f"{group}: {percent(part.low)} to {percent(part.high)}", str(part.right.of), percent(part.mean_stated),
         with_interval(part.right))
        for group, stated in evaluation.confidence.items()
        for part in stated.bins
    ]
    brier = "; ".join(
        f"{group} {number(stated.brier, 3)}" for group, stated in evaluation.confidence.items() if stated.statements
    )
    return Table(
        "Reliability of the stated confidence",
        ("stated confidence", "findings", "mean stated", "right"),
        rows,
        "Faults and borderline findings in reps whose label decides the rule. Sound where the share that is right is as large"
        f" as the mean stated. Brier score (0 best): {brier or '–'}.",
    )


def left_out_table(evaluation: Evaluation) -> Table:
    """Movements that were seen and not counted."""
    clips = [clip for clip in evaluation.clips if clip.outcome.not_counted]
    rows = [
        (clip.label.name, str(len(clip.outcome.not_counted)),
         "; ".join(dict.fromkeys(left.reason for left in clip.outcome.not_counted)))
        for clip in clips
    ]
    return Table(
        "Movements not counted, and said so",
        ("clip", "number", "reasons"),
        rows,
        f"{len(clips)} of {len(evaluation.clips)} clips have such movements.",
    )


def _case_rows(clip: Judged) -> list[tuple[str, ...]]:
    wrong: dict[tuple[str, str], list[RepCase]] = {}
    for case in clip.cases:
        if case.faulty and case.answer != "found":
            wrong.setdefault((case.rule, f"fault: {case.answer}"), []).append(case)
        elif not case.faulty and case.answer == "found":
            wrong.setdefault((case.rule, f"{BAD}clean rep accused"), []).append(case)
    return [(clip.label.name, rule, _reps([case.rep for case in cases]), what) for (rule, what), cases in wrong.items()]


def _clean_rows(clip: Judged) -> list[tuple[str, ...]]:
    called = [(known, rep) for known, rep in clip.pairing.pairs if known.faulty and rep.verdict == "clean"]
    if not called:
        return []
    rules = sorted(frozenset[str]().union(*(known.faulty for known, _ in called)))
    reps = _reps([rep.index for _, rep in called])
    return [(clip.label.name, "; ".join(rules), reps, f"{BAD}faulty rep called clean")]


def _reps(numbers: list[int | None]) -> str:
    known = [str(number) for number in numbers if number is not None]
    lost = len(numbers) - len(known)
    return ", ".join([*known, *([f"{lost} not found"] if lost else [])])
