"""Tables of verdicts on made-up sets, and the section of the accuracy page that they make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from evaluation.judging import Judged
from evaluation.labels import family
from evaluation.motion import ErrorStats, mean_stats
from evaluation.scores import Statement, family_of, reliability, share
from evaluation.tables import BAD, Table, markdown, number, percent, signed, with_interval
from evaluation.verdicts import (
    HINTS,
    Verdict,
    by,
    figures,
    known,
    made_up,
    plate_of,
    recognised,
    rule_error,
    said,
    verdicts,
    view_of,
)

#: Heading of the section; what follows it in the page, up to the next heading of its rank, belongs to it.
HEADING = "## Verdicts on made-up sets"

#: What the issue asks of the studio's test sets: at least, or at most (share, in the words of the tables).
AIMS = {"recognised, yaw to 40": 0.98, "counts exact": 0.97, "clear faults found": 0.92, "clean reps accused": 0.02,
        "not judged": 0.10}  # fmt: skip


def verdict_tables(clips: Sequence[Judged]) -> list[Table]:
    """Every table, in reading order; those without rows are left out."""
    listed = verdicts(clips)
    tables = [
        _aims(clips, listed),
        _rules(listed),
        *(_split(title, listed, what) for title, what in _SPLITS.items()),
        _errors(listed),
        _reasons(listed),
        _sets(clips),
        _angles(clips),
        _sure(clips, listed),
        _wrong(listed),
    ]
    return [table for table in tables if table.rows]


def section(clips: Sequence[Judged], pictures: Sequence[str], facts: str) -> str:
    """The section as Markdown. `pictures` are paths from the page; `facts` a sentence on what was filmed."""
    shown = "\n".join(f"![{picture}]({picture})" for picture in pictures)
    parts = [HEADING, "", facts, "", shown, "", _HOW, "", *(markdown(table) for table in verdict_tables(clips))]
    return "\n".join(parts).rstrip() + "\n"


def section_in(page: str) -> str:
    """The section of a page that was written earlier; empty where it has none."""
    if HEADING not in page:
        return ""
    own = page[page.index(HEADING) :]
    end = own.find("\n## ", len(HEADING))
    return own if end < 0 else own[: end + 1]


def with_section(page: str, new: str) -> str:
    """The page with its section replaced, or with one added at its end."""
    old = section_in(page)
    return page.replace(old, new) if old else f"{page.rstrip()}\n\n{new}"


_HOW = (
    "Curves: of the judged reps, the share accused, with Wilson's 95 % interval; crosses are the share not judged. Shaded"
    " green is what the studio calls clean, red what it calls a fault; between them nobody is right or wrong. Side views (yaw"
    " to 20 degrees) with nothing in front. Reps of one set resemble each other, so the intervals are too narrow."
)


def _aims(clips: Sequence[Judged], listed: Sequence[Verdict]) -> Table:
    plain = figures(v for v in listed if v.plain and v.core)
    sets = [(clip, truth) for clip, truth, filmed in made_up(clips) if known(filmed)]
    found = {
        "recognised, yaw to 40": share(recognised(clip) for clip, truth in sets if abs(truth.yaw_deg) <= 40),
        "counts exact": share(len(clip.outcome.reps) == len(truth.reps) for clip, truth in sets),
        "clear faults found": plain.found,
        "clean reps accused": plain.accused,
        "not judged": plain.unjudged,
    }
    most = ("clean reps accused", "not judged")
    rows = [
        (name, with_interval(part), f"{'≤' if name in most else '≥'} {percent(AIMS[name])}",
         "met" if (part.value <= AIMS[name] if name in most else part.value >= AIMS[name]) else f"{BAD}not met")
        for name, part in found.items()
    ]  # fmt: skip
    return Table("In short: made-up sets", ("what", "share", "aim", ""), rows,
                 "The last three: core rules in reps, side views with nothing in front.")  # fmt: skip


def _rules(listed: Sequence[Verdict]) -> Table:
    plain = [v for v in listed if v.plain]
    groups = by(plain, lambda v: f"{v.rule}, {_family(v)}")
    rows = [(name, *_row(group)) for name, group in groups.items() if group[0].rule not in HINTS]
    rows += [("all", *_row(plain)), ("core rules", *_row([v for v in plain if v.core]))]
    return Table("Every rule, side views with nothing in front", ("rule", *_COLUMNS), rows, _NOTE)


def _split(title: str, listed: Sequence[Verdict], what: Callable[[Verdict], str]) -> Table:
    return Table(title, ("", *_COLUMNS), [(name, *_row(group)) for name, group in by(listed, what).items()])


_COLUMNS = ("clear faults found", "borderline", "missed", "clean reps accused", "not judged", "reps not found")
_NOTE = (
    "Found is of all clear faults, those not judged and reps not found included; accused is of the clean reps that were"
    " judged; not judged is of the reps that were found."
)
_SPLITS: dict[str, Callable[[Verdict], str]] = {
    "All rules by view": lambda v: view_of(v.yaw_deg),
    "All rules by plate, side views": lambda v: plate_of(v.filmed) if v.plain else "other views",
    "All rules by what the trunk wears, side views": lambda v: v.filmed.conditions["top"] if v.plain else "other views",
    "All rules by exercise, side views": lambda v: v.kind.replace("_", " ") if v.plain else "other views",
}


def _row(group: Sequence[Verdict]) -> tuple[str, ...]:
    own = figures(group)
    total = sum(own.faults.values())
    lost = own.faults["rep not found"] + own.cleans["rep not found"]
    accused = with_interval(own.accused)
    return (
        with_interval(own.found),
        f"{own.faults['borderline']}/{total}",
        f"{own.faults['passed']}/{total}",
        f"{BAD}{accused}" if own.accused.of and own.accused.value > AIMS["clean reps accused"] else accused,
        with_interval(own.unjudged),
        str(lost),
    )


def _errors(listed: Sequence[Verdict]) -> Table:
    rows = []
    for name, group in by((v for v in listed if v.plain), lambda v: f"{v.rule}, {_family(v)}").items():
        found = rule_error(group)
        if found is not None and group[0].rule not in _OTHER_QUANTITY:
            rows.append((name, str(found.reps), signed(found.bias, 1), number(found.sd, 1), number(found.stated, 1),
                         number(found.band, 1), number(found.band_wanted, 1), with_interval(found.within)))  # fmt: skip
    return Table(
        "How far off is what the rules measure? Side views with nothing in front",
        ("rule", "reps", "bias", "scatter", "stated error", "band", "band that the errors ask for", "within two"),
        rows,
        "In the limit's own unit (metres as centimetres), against the skeleton. Band: borderline in limits.toml, which is to"
        " be twice what the stated error leaves out. Within two: of twice stated error and half the band together; about 95 %"
        " is sound.",
    )


#: The rule's number and the studio's are not the same quantity.
_OTHER_QUANTITY = ("lumbar_arch",)


def _reasons(listed: Sequence[Verdict]) -> Table:
    plain = [v for v in listed if v.plain and v.answer == "not judged" and v.rule not in HINTS and v.really != "between"]
    counts = Counter((v.rule, v.reason or "taken for another exercise, or no such rule of it") for v in plain)
    rows = [(rule, reason, str(count)) for (rule, reason), count in counts.most_common(20)]
    return Table("Why not judged, side views with nothing in front", ("rule", "reason", "reps"), rows)


def _sets(clips: Sequence[Judged]) -> Table:
    groups: dict[str, list[Judged]] = {}
    for clip, _, filmed in made_up(clips):
        groups.setdefault(filmed.kind, []).append(clip)
    rows = []
    for kind, group in sorted(groups.items()):
        names = Counter(
            family_of(clip.outcome) or "no name" for clip in group if not recognised(clip)
        )
        exact = [len(c.outcome.reps) == c.label.reps for c in group if c.label.truth and c.label.truth.studio
                 and known(c.label.truth.studio)]  # fmt: skip
        rows.append((kind.replace("_", " "), with_interval(share(recognised(clip) for clip in group)),
                     with_interval(share(exact)), "; ".join(f"{name} {count}" for name, count in names.most_common())))
    return Table(
        "Sets: recognised and counted, any view",
        ("exercise", "recognised", "reps exact", "taken for"),
        rows,
        "Of exercises that formcheck has no rules for, recognised means that it gave them no name. A refused clip has no"
        " reps.",
    )


def _angles(clips: Sequence[Judged]) -> Table:
    groups: dict[str, list[dict[str, ErrorStats]]] = {}
    for clip, truth, filmed in made_up(clips):
        if clip.angles and recognised(clip) and known(filmed):
            where = family(truth.exercise) if abs(truth.yaw_deg) <= 20 else "any, yaw over 20"
            groups.setdefault(where, []).append(clip.angles)
    rows = []
    for where, listed in sorted(groups.items()):
        for name in listed[0]:
            stats = mean_stats([one[name] for one in listed if name in one])
            if np.isfinite(stats.mae):
                rows.append((f"{name}, {where}", str(len(listed)), number(stats.mae, 1), number(stats.mae_no_offset, 1),
                             signed(stats.bias, 1), number(stats.p95, 1), percent(stats.seen)))  # fmt: skip
    return Table(
        "Angles of made-up sets, degrees, mean over sets",
        ("angle", "sets", "mean absolute error", "offset removed", "bias", "95th percentile", "frames seen"),
        rows,
    )


def _sure(clips: Sequence[Judged], listed: Sequence[Verdict]) -> Table:
    named = [
        Statement(clip.outcome.confidence, recognised(clip))
        for clip, _, _ in made_up(clips)
        if clip.outcome.exercise is not None and np.isfinite(clip.outcome.confidence)
    ]
    rows = []
    for what, stated in (("findings", said(listed)), ("exercise", named)):
        found = reliability(stated)
        rows += [
            (f"{what}, said {percent(part.low)} to {percent(part.high)}", str(part.right.of), percent(part.mean_stated),
             with_interval(part.right))
            for part in found.bins
        ]  # fmt: skip
    return Table(
        "Is it as sure as it may be? Made-up sets",
        ("stated confidence", "number", "mean stated", "right"),
        rows,
        "Findings, borderline ones included, in reps that are clearly faulty or clearly clean of the rule; any view."
        " Exercise: of the clips that were given a name.",
    )


def _wrong(listed: Sequence[Verdict]) -> Table:
    accused = [v for v in listed if v.really == "clean" and v.answer == "found" and v.rule not in HINTS]
    rows = [
        (v.clip, v.rule, f"{v.severity:.1f} {v.unit}", percent(v.confidence), f"{v.yaw_deg:.0f}", plate_of(v.filmed))
        for v in accused
    ]
    return Table("Clean reps accused, one by one", ("set", "rule", "true value", "said sure", "yaw", ""), rows)


def _family(verdict: Verdict) -> str:
    return {"glute_bridge": "thrusts", "hip_thrust": "thrusts", "good_morning": "hinges", "romanian_deadlift": "hinges",
            "single_leg_deadlift": "hinges", "conventional_deadlift": "deadlifts from the floor",
            "goblet_squat": "squats", "back_squat": "squats"}.get(verdict.kind, "split squats and lunges")  # fmt: skip


def counted(clips: Sequence[Judged]) -> tuple[int, int, int]:
    """Sets, reps and bodies."""
    sets = made_up(clips)
    return len(sets), sum(len(truth.reps) for _, truth, _ in sets), len({filmed.body for _, _, filmed in sets})
