"""`write_log_page`: puts the page together from its template and the logbook's sets."""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from formcheck.logbook.entry import Entry
from formcheck.logbook.loads import Load, Unit
from formcheck.logbook.page.charts import charts_of, in_unit, strength_of, usual_unit
from formcheck.logbook.page.periods import by_day, by_week, day_text
from formcheck.logbook.strength import FORMULA, estimated_1rm
from formcheck.logbook.words import reps_text, title_of
from formcheck.report.page.shell import asset, write_shell
from formcheck.report.shown import rule_title

_OWN = "formcheck.logbook.page"
#: How many sets of an exercise the page lists, the latest first; the charts show all.
MOST_LISTED = 40


@dataclass(frozen=True)
class SetCard:
    """A set shown with its picture: `heading` says why it is shown."""

    heading: str
    why: str
    entry: Entry
    load: str
    reps: str
    day: str
    faults: list[str]
    picture: str | None


@dataclass(frozen=True)
class Section:
    """One exercise on the page."""

    key: str
    title: str
    facts: list[tuple[str, str]]
    charts: list[dict[str, Any]]
    cards: list[SetCard]
    rows: list[dict[str, str]]
    unlisted: int
    filmed: int


def write_log_page(
    path: Path,
    entries: Sequence[Entry],
    picture: Callable[[int], bytes | None],
    *,
    unit: Unit | None = None,
    note: str = "",
) -> Path:
    """Write the page of some sets to `path` and return it. Everything is in the one file, pictures too.

    Args:
        entries: the sets, of one exercise or several; without any the page says so.
        picture: the JPEG of a set by its number, None where there is none.
        unit: of all loads; by default the one in which each exercise's loads were mostly given.
        note: shown above everything, for example that the sets are made up.
    """
    names = [name for name, _ in Counter(entry.exercise for entry in entries).most_common()]
    sections = [section_of([e for e in entries if e.exercise == name], picture, unit) for name in names]
    days, weeks = by_day(entries), by_week(entries)
    return write_shell(
        path,
        asset("log.html", package=_OWN),
        {"sections": [{"key": section.key, "charts": section.charts} for section in sections]},
        styles=asset("report.css") + asset("log.css", package=_OWN),
        script=asset("log.js", package=_OWN),
        sections=sections,
        note=note,
        sets=len(entries),
        filmed=sum(entry.filmed for entry in entries),
        days=len(days),
        weeks=len(weeks),
        span=" to ".join(dict.fromkeys((day_text(min(days)), day_text(max(days))))) if days else "",
        formula=FORMULA,
    )


def section_of(entries: Sequence[Entry], picture: Callable[[int], bytes | None], unit: Unit | None = None) -> Section:
    """What the page says of one exercise; `entries` are its sets, at least one."""
    ordered = sorted(entries, key=lambda entry: entry.filmed_at)
    own = unit or usual_unit(ordered)
    return Section(
        key=ordered[0].exercise,
        title=title_of(ordered[0].exercise),
        facts=_facts(ordered, own),
        charts=charts_of(ordered, own),
        cards=_cards(ordered, picture, own),
        rows=[_row(entry, own) for entry in reversed(ordered[-MOST_LISTED:])],
        unlisted=max(0, len(ordered) - MOST_LISTED),
        filmed=sum(entry.filmed for entry in ordered),
    )


def best_set(entries: Sequence[Entry]) -> Entry | None:
    """The set with the greatest strength shown in clean reps alone; without loads, the one with most of them.

    None where no filmed set has a clean rep: not judged is not clean.
    """
    clean = [entry for entry in entries if entry.filmed and entry.clean_reps > 0]
    if not clean:
        return None

    def rank(entry: Entry) -> tuple[float, float, int]:
        kg = entry.load.kg if entry.load is not None else 0.0
        # Beyond the formula's reach more reps say nothing of strength: they count as the longest set that does.
        strength = estimated_1rm(kg, entry.clean_reps) or estimated_1rm(kg, 12) or 0.0
        return strength, entry.clean_reps / entry.reps_done, entry.clean_reps

    return max(clean, key=rank)


def _cards(entries: Sequence[Entry], picture: Callable[[int], bytes | None], unit: Unit) -> list[SetCard]:
    best, latest = best_set(entries), entries[-1]
    if best is latest:
        return [_card("Latest and best set", "most strength shown in clean reps", latest, picture, unit)]
    cards = [] if best is None else [_card("Best set", "most strength shown in clean reps", best, picture, unit)]
    return [*cards, _card("Latest set", "", latest, picture, unit)]


def _card(
    heading: str, why: str, entry: Entry, picture: Callable[[int], bytes | None], unit: Unit
) -> SetCard:
    faults = [f"{rule_title(entry.exercise, rule)} ×{count}" for rule, count in entry.fault_counts.items()]
    jpeg = picture(entry.id)
    source = None if jpeg is None else "data:image/jpeg;base64," + b64encode(jpeg).decode("ascii")
    day = day_text(entry.filmed_at.date())
    return SetCard(heading, why, entry, _load(entry.load, unit), reps_text(entry), day, faults, source)


def _facts(entries: Sequence[Entry], unit: Unit) -> list[tuple[str, str]]:
    """The figures on top of an exercise."""
    facts = [(str(len(entries)), f"{_noun(len(entries), 'set')} on {_counted(len(by_day(entries)), 'day')}")]
    if entries[-1].load is not None:
        facts.append((_load(entries[-1].load, unit), "last load"))
    strengths = [found for entry in entries if (found := strength_of(entry)) is not None]
    if strengths:
        facts.append((f"{in_unit(max(strengths), unit):g} {unit}", "best estimated strength"))
    recent = list(by_week(entries).values())[-4:]
    reps = [rep for sets in recent for entry in sets if entry.filmed for rep in entry.reps]
    if reps:
        clean = sum(rep.verdict == "clean" for rep in reps)
        weeks = "last week" if len(recent) == 1 else f"last {len(recent)} weeks"
        facts.append((f"{100 * clean / len(reps):.0f} %", f"of {_counted(len(reps), 'filmed rep')} clean, {weeks}"))
    return facts


def _noun(number: int, word: str) -> str:
    return word if number == 1 else word + "s"


def _counted(number: int, word: str) -> str:
    return f"{number} {_noun(number, word)}"


def _row(entry: Entry, unit: Unit) -> dict[str, str]:
    tempo = [entry.lowering_s, entry.pause_s, entry.lifting_s]
    faults = [f"{rule_title(entry.exercise, rule)} ×{count}" for rule, count in entry.fault_counts.items()]
    return {
        "number": str(entry.id),
        "day": day_text(entry.filmed_at.date()),
        "load": _load(entry.load, unit),
        "leg": entry.leg or "",
        "reps": str(entry.reps_done),
        "clean": str(entry.clean_reps) if entry.filmed else "not filmed",
        "not_judged": str(entry.not_judged_reps) if entry.filmed and entry.not_judged_reps else "",
        "range": "–" if entry.range_deg is None else f"{entry.range_deg:.0f}°",
        "tempo": " / ".join("–" if value is None else f"{value:.1f}" for value in tempo) if entry.filmed else "–",
        "velocity": "–" if entry.velocity_m_s is None else f"{entry.velocity_m_s:.2f} m/s",
        "faults": ", ".join(faults),
        "notes": entry.notes,
    }


def _load(load: Load | None, unit: Unit) -> str:
    return "–" if load is None else load.text(unit)
