"""The logbook's page: sets by day and week, charts, and the page itself."""

from __future__ import annotations

import io
import os
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from PIL import Image

from formcheck.apps.logbook.dates import date_text, day_text
from formcheck.apps.logbook.entry import FORMULA, Entry, Leg, estimated_1rm, mean, reps_text, title_of
from formcheck.apps.logbook.outlook import ExerciseOutlook, Outlook, outlook, sentence, without_commands
from formcheck.apps.logbook.people import NOBODY, Look, by_person, looks
from formcheck.apps.logbook.programme import Programme, load_programme
from formcheck.outputs.page.shell import asset, write_shell
from formcheck.outputs.shown import rule_title
from formcheck.outputs.words import VERDICTS
from formcheck.runtime.files import REPORT
from formcheck.units import KG_PER_LB, Load, Unit, count_of


def by_day(entries: Sequence[Entry]) -> dict[date, list[Entry]]:
    """The sets of each training day, in order of time."""
    days: dict[date, list[Entry]] = {}
    for entry in sorted(entries, key=lambda entry: entry.filmed_at):
        days.setdefault(entry.filmed_at.date(), []).append(entry)
    return dict(sorted(days.items()))


def by_week(entries: Sequence[Entry]) -> dict[date, list[Entry]]:
    """The sets of each week by its Monday, including empty weeks in between."""
    days = by_day(entries)
    if not days:
        return {}
    first, last = monday(min(days)), monday(max(days))
    weeks: dict[date, list[Entry]] = {first + timedelta(weeks=n): [] for n in range((last - first).days // 7 + 1)}
    for day, sets in days.items():
        weeks[monday(day)] += sets
    return weeks


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def seconds(day: date) -> int:
    """Position of a day on the charts: its noon in UTC, seconds since 1970."""
    return int(datetime.combine(day, time(12), UTC).timestamp())


# Charts of one exercise as plain data.

Kind = Literal["lines", "bars"]

#: Most lines of a chart, distinguishable by colour.
MOST_LINES = 4
_COLOURS = ("--one", "--two", "--three", "--four")


@dataclass(frozen=True)
class Line:
    """One line, or one part of stacked bars: `values` and `words` (their description) at the chart's times."""

    label: str
    colour: str
    values: list[float | None]
    words: list[str]


@dataclass(frozen=True)
class Chart:
    """A chart: `times` as in `seconds`, `unit` of the axis; bars are stacked."""

    key: str
    title: str
    note: str
    kind: Kind
    unit: str
    times: list[int]
    lines: list[Line]
    #: The axis begins at zero.
    from_zero: bool


def charts_of(entries: Sequence[Entry], unit: Unit) -> list[dict[str, Any]]:
    """The non-empty charts of one exercise."""
    makers = (_strength, _clean, _faults, _range, _tempo, _velocity, _volume)
    charts = [make(entries, unit) for make in makers]
    return [asdict(chart) for chart in charts if any(value is not None for line in chart.lines for value in line.values)]


def in_unit(kg: float | None, unit: Unit) -> float | None:
    """Kilograms converted to a unit, to a tenth."""
    return None if kg is None else round(kg / KG_PER_LB if unit == "lb" else kg, 1)


def usual_unit(entries: Sequence[Entry]) -> Unit:
    """The most frequent unit of the loads."""
    pounds = sum(entry.load is not None and entry.load.unit == "lb" for entry in entries)
    return "lb" if 2 * pounds > sum(entry.load is not None for entry in entries) else "kg"


def strength_of(entry: Entry) -> float | None:
    """Estimated one-repetition maximum of a set, kilograms."""
    return None if entry.load is None else estimated_1rm(entry.load.kg, entry.reps_done)


def _strength(entries: Sequence[Entry], unit: Unit) -> Chart:
    days = by_day(entries)
    loads, strengths = [], []
    for sets in days.values():
        loads.append(max((entry.load.kg for entry in sets if entry.load is not None), default=None))
        strengths.append(max((found for entry in sets if (found := strength_of(entry)) is not None), default=None))
    lines = [
        _line("Load", "--one", [in_unit(kg, unit) for kg in loads], f" {unit}"),
        _line("Estimated strength (1 rep)", "--two", [in_unit(kg, unit) for kg in strengths], f" {unit}"),
    ]
    note = f"heaviest set of the day; strength by {FORMULA}, a rough guide"
    return Chart("strength", "Load and strength", note, "lines", unit, _times(days), lines, False)


def _clean(entries: Sequence[Entry], unit: Unit) -> Chart:
    days = by_day([entry for entry in entries if entry.filmed])
    colours = {"clean": "--good", "borderline": "--warn", "fault": "--bad", "not_judged": "--muted"}
    lines = []
    for verdict, colour in colours.items():
        counts = [float(sum(rep.verdict == verdict for entry in sets for rep in entry.reps)) for sets in days.values()]
        if any(counts):
            lines.append(Line(VERDICTS[verdict].capitalize(), colour, list(counts), [f"{count:.0f}" for count in counts]))
    return Chart("clean", "Clean reps", "all filmed reps of the day", "bars", "", _times(days), lines, True)


def _faults(entries: Sequence[Entry], unit: Unit) -> Chart:
    """Share of each fault in the reps in which its rule was judged, by week."""
    filmed = [entry for entry in entries if entry.filmed]
    weeks = {week: sets for week, sets in by_week(filmed).items() if sets}
    counts: dict[str, int] = {}
    for entry in filmed:
        for rule, count in entry.fault_counts.items():
            counts[rule] = counts.get(rule, 0) + count
    often = sorted(counts, key=lambda rule: (-counts[rule], rule))[:MOST_LINES]
    lines = []
    for rule, colour in zip(often, _COLOURS, strict=False):
        found = [sum(len(entry.reps_with(rule)) for entry in sets) for sets in weeks.values()]
        judged = [sum(len(entry.reps_judged(rule)) for entry in sets) for sets in weeks.values()]
        shares = [round(100 * n / of, 1) if of else None for n, of in zip(found, judged, strict=True)]
        words = [f"{n} of {of} reps" if of else "not judged" for n, of in zip(found, judged, strict=True)]
        lines.append(Line(rule_title(filmed[-1].exercise, rule), colour, shares, words))
    note = "share of the reps that could be judged, by week"
    return Chart("faults", "Faults", note, "lines", "%", _times(weeks), lines, True)


def _range(entries: Sequence[Entry], unit: Unit) -> Chart:
    """Range of the main angle, by leg in exercises with one leg."""
    days = by_day([entry for entry in entries if entry.filmed])
    legs: list[Leg | None] = [*sorted({entry.leg for entry in entries if entry.leg is not None})] or [None]
    lines = []
    for leg, colour in zip(legs, _COLOURS, strict=False):
        label = "Range" if leg is None else f"{leg.capitalize()} leg"
        values = [_rounded(mean(e.range_deg for e in sets if leg is None or e.leg == leg), 1) for sets in days.values()]
        lines.append(_line(label, colour, values, "°"))
    return Chart("range", "Range", "travel of the main angle, mean of the day", "lines", "°", _times(days), lines, False)


def _tempo(entries: Sequence[Entry], unit: Unit) -> Chart:
    days = by_day([entry for entry in entries if entry.filmed])
    read: tuple[tuple[str, str, Callable[[Entry], float | None]], ...] = (
        ("Lowering", "--eccentric", lambda entry: entry.eccentric_s),
        ("Hold", "--hold", lambda entry: entry.pause_s),
        ("Lifting", "--concentric", lambda entry: entry.concentric_s),
    )
    lines = [
        _line(label, colour, [_rounded(mean(map(of, sets)), 2) for sets in days.values()], " s") for label, colour, of in read
    ]
    return Chart("tempo", "Tempo", "mean of the day's reps", "lines", "s", _times(days), lines, True)


def _velocity(entries: Sequence[Entry], unit: Unit) -> Chart:
    """Velocity of the bar at each load that was filmed on several days."""
    loaded = [entry for entry in entries if entry.load is not None and entry.velocity_m_s is not None]
    days = by_day(loaded)
    held: dict[float, set[date]] = {}
    for day, sets in days.items():
        for entry in sets:
            held.setdefault(_kg(entry), set()).add(day)
    often = sorted((kg for kg, on in held.items() if len(on) > 1), key=lambda kg: (-len(held[kg]), -kg))[:MOST_LINES]
    lines = []
    for kg, colour in zip(sorted(often), _COLOURS, strict=False):
        values = [
            _rounded(max((e.velocity_m_s or 0.0 for e in sets if _kg(e) == kg), default=None), 2) for sets in days.values()
        ]
        lines.append(_line(Load(kg, unit).text(), colour, values, " m/s"))
    note = "fastest rep's mean concentric velocity, loads lifted on several days"
    return Chart("velocity", "Velocity at the same load", note, "lines", "m/s", _times(days), lines, False)


def _volume(entries: Sequence[Entry], unit: Unit) -> Chart:
    weeks = by_week(entries)
    volumes = [in_unit(sum(entry.volume_kg or 0.0 for entry in sets), unit) for sets in weeks.values()]
    words = [
        f"{volume:.0f} {unit}, {count_of(len(sets), 'set')}"
        for volume, sets in zip(volumes, weeks.values(), strict=True)
    ]
    bars = Line("Volume", "--three", volumes if any(volumes) else [None] * len(volumes), words)
    return Chart("volume", "Volume", "load times reps, by week", "bars", unit, _times(weeks), [bars], True)


def _kg(entry: Entry) -> float:
    return round(entry.load.kg, 2) if entry.load is not None else 0.0


def _line(label: str, colour: str, values: list[float | None], unit: str) -> Line:
    return Line(label, colour, values, ["–" if value is None else f"{value:g}{unit}" for value in values])


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _times(periods: dict[date, list[Entry]]) -> list[int]:
    return [seconds(day) for day in periods]


# The page.

_OWN = "formcheck.apps.logbook"
#: Most sets listed per exercise, the latest first; charts show all.
MOST_LISTED = 40


@dataclass(frozen=True)
class SetCard:
    """A set in the picture of the latest beside the best one, under a `heading`."""

    heading: str
    entry: Entry
    load: str
    reps: str
    day: str
    faults: list[str]
    report: str | None


@dataclass(frozen=True)
class Section:
    """One exercise of a person on the page; `picture` shows the cards' sets beside each other."""

    key: str
    title: str
    facts: list[tuple[str, str]]
    next: list[dict[str, Any]]
    charts: list[dict[str, Any]]
    cards: list[SetCard]
    picture: str | None
    rows: list[dict[str, str | None]]
    unlisted: int
    filmed: int


@dataclass(frozen=True)
class Person:
    """A person on the page, with their exercises, the most frequent first."""

    key: str
    name: str
    sections: list[Section]
    earliest: str
    warnings: tuple[str, ...]


#: The picture of a set by its number, and the address of a set's report; None without one.
Picture = Callable[[int], bytes | None]
Report = Callable[[Entry], str | None]


def write_log_page(
    path: Path,
    entries: Sequence[Entry],
    picture: Picture,
    *,
    report: Report | None = None,
    programme: Programme | None = None,
    now: datetime | None = None,
    unit: Unit | None = None,
    note: str = "",
    in_app: bool = False,
) -> Path:
    """Write the page of some sets to `path`, a single file, and return it. Of several people it is their coach's page: who
    needs a look first is in front.

    Args:
        entries: the sets, of any people and exercises.
        picture: returns the JPEG of a set by its number, or None.
        report: returns the address of a set's report, or None; by default where its report lies on this computer.
        programme: what is next goes by it; by default formcheck's own.
        now: the time of the page.
        unit: of all loads; by default the most frequent one of each exercise.
        note: shown at the top.
        in_app: shown by `formcheck serve`, with the bar that leads to the app's other pages.
    """
    rules, now = programme or load_programme(), now or datetime.now().astimezone()
    linked = report or (lambda entry: report_beside(entry, path))
    groups = by_person(entries)
    people = [
        _person(f"p{number}" if len(groups) > 1 else "", who, own, outlook(own, None, rules, now), picture, linked, unit)
        for number, (who, own) in enumerate(groups.items())
    ]
    seen = looks(entries, rules, now) if len(people) > 1 else ()
    keys = {who: person.key for who, person in zip(groups, people, strict=True)}
    days, weeks = by_day(entries), by_week(entries)
    return write_shell(
        path,
        asset("log.html", package=_OWN),
        {
            "people": [
                {"key": one.key, "sections": [{"key": own.key, "charts": own.charts} for own in one.sections]}
                for one in people
            ]
        },
        styles=asset("report.css") + asset("log.css", package=_OWN),
        script=asset("log.js", package=_OWN),
        people=people,
        looks=[_look(look, keys[look.who]) for look in seen],
        note=note,
        in_app=in_app,
        sets=len(entries),
        filmed=sum(entry.filmed for entry in entries),
        days=len(days),
        weeks=len(weeks),
        span=" to ".join(dict.fromkeys((day_text(min(days)), day_text(max(days))))) if days else "",
        formula=FORMULA,
    )


def report_beside(entry: Entry, page: Path) -> str | None:
    """The address of a set's report as a page names it; None where there is none any more."""
    if entry.clip is None:
        return None
    file = Path(entry.clip.folder) / REPORT
    if not file.is_file():
        return None
    return quote(Path(os.path.relpath(file, page.absolute().parent)).as_posix())


def _person(
    key: str, who: str | None, entries: Sequence[Entry], found: Outlook, picture: Picture, report: Report, unit: Unit | None
) -> Person:
    names = [name for name, _ in Counter(entry.exercise for entry in entries).most_common()]
    sections = []
    for name in names:
        parts = [part for part in found.exercises if part.advice.exercise == name]
        own = [entry for entry in entries if entry.exercise == name]
        place = re.sub(r"\W+", "-", f"{key}-{name}" if key else name)
        sections.append(section_of(own, picture, unit, key=place, report=report, parts=parts))
    earliest = "" if found.earliest is None else f"Next session from {date_text(found.earliest)} on."
    return Person(key or "all", who or NOBODY, sections, earliest, found.warnings)


def _look(look: Look, key: str) -> dict[str, Any]:
    """A person on the coach's list."""
    return {
        "key": key,
        "name": look.name,
        "last": f"{count_of(look.sets, 'set')}, the last on {day_text(look.last)}",
        "urgent": max((reason.weight for reason in look.reasons), default=0),
        "reasons": [reason.text for reason in look.reasons],
        "cue": look.cue,
        "next": [f"{part.title}: {_head(part)}" for part in look.next.exercises],
    }


def _head(part: ExerciseOutlook) -> str:
    aim = part.aim
    return f"{part.head.lower()}{f', {aim}' if aim else ''}"


def section_of(
    entries: Sequence[Entry], picture: Picture, unit: Unit | None = None, *, key: str = "", report: Report | None = None,
    parts: Sequence[ExerciseOutlook] = (),
) -> Section:  # fmt: skip
    """The page's part for one exercise.

    Args:
        entries: its sets, at least one.
        parts: what is next, for each variant.
    """
    ordered = sorted(entries, key=lambda entry: entry.filmed_at)
    own, linked = unit or usual_unit(ordered), report or (lambda entry: None)
    cards = _cards(ordered, linked, own)
    return Section(
        key=key or ordered[0].exercise,
        title=title_of(ordered[0].exercise),
        facts=_facts(ordered, own),
        next=[
            {"decision": part.advice.decision, "head": part.head, "aim": part.aim,
             "why": without_commands(sentence(part.advice)), "cue": part.advice.cue,
             "title": part.title if len(parts) > 1 else ""}
            for part in parts
        ],
        charts=charts_of(ordered, own),
        cards=cards,
        picture=_side_by_side([picture(card.entry.id) for card in cards]),
        rows=[_row(entry, own, linked) for entry in reversed(ordered[-MOST_LISTED:])],
        unlisted=max(0, len(ordered) - MOST_LISTED),
        filmed=sum(entry.filmed for entry in ordered),
    )  # fmt: skip


def best_set(entries: Sequence[Entry]) -> Entry | None:
    """The set with the greatest estimated maximum from clean reps; without loads, with the most clean reps; or None."""
    clean = [entry for entry in entries if entry.filmed and entry.clean_reps > 0]
    if not clean:
        return None

    def rank(entry: Entry) -> tuple[float, float, int]:
        kg = entry.load.kg if entry.load is not None else 0.0
        # The formula is limited to `MOST_REPS`.
        strength = estimated_1rm(kg, entry.clean_reps) or estimated_1rm(kg, 12) or 0.0
        return strength, entry.clean_reps / entry.reps_done, entry.clean_reps

    return max(clean, key=rank)


def _cards(entries: Sequence[Entry], report: Report, unit: Unit) -> list[SetCard]:
    """The best set and the latest; if that is the best, the best before it."""
    filmed = [entry for entry in entries if entry.filmed]
    if not filmed:
        return []
    latest, best = filmed[-1], best_set(filmed)
    if best is not latest:
        chosen = [("Best set", best), ("Latest set", latest)]
    else:
        chosen = [("Best set before", best_set(filmed[:-1])), ("Latest set, and the best", latest)]
    return [_card(heading, entry, report, unit) for heading, entry in chosen if entry is not None]


def _card(heading: str, entry: Entry, report: Report, unit: Unit) -> SetCard:
    faults = [f"{rule_title(entry.exercise, rule)} ×{count}" for rule, count in entry.fault_counts.items()]
    day = day_text(entry.filmed_at.date())
    return SetCard(heading, entry, _load(entry.load, unit), reps_text(entry), day, faults, report(entry))


#: Height of the picture of two sets, pixels.
PICTURE_HEIGHT = 480


def _side_by_side(pictures: Sequence[bytes | None]) -> str | None:
    """JPEGs beside each other at one height, as the address of an image; None if one is missing."""
    if not pictures or any(picture is None for picture in pictures):
        return None
    images = [Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures if picture is not None]
    images = [image.resize((max(1, round(image.width * PICTURE_HEIGHT / image.height)), PICTURE_HEIGHT)) for image in images]
    whole = Image.new("RGB", (sum(image.width for image in images) + 4 * (len(images) - 1), PICTURE_HEIGHT), "white")
    left = 0
    for image in images:
        whole.paste(image, (left, 0))
        left += image.width + 4
    stream = io.BytesIO()
    whole.save(stream, "JPEG", quality=80)
    return "data:image/jpeg;base64," + b64encode(stream.getvalue()).decode("ascii")


def _facts(entries: Sequence[Entry], unit: Unit) -> list[tuple[str, str]]:
    """The key figures of an exercise."""
    facts = [(str(len(entries)), f"set{'s' * (len(entries) != 1)} on {count_of(len(by_day(entries)), 'day')}")]
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
        facts.append((f"{100 * clean / len(reps):.0f} %", f"of {count_of(len(reps), 'filmed rep')} clean, {weeks}"))
    return facts


def _row(entry: Entry, unit: Unit, report: Report) -> dict[str, str | None]:
    tempo = [entry.eccentric_s, entry.pause_s, entry.concentric_s]
    faults = [f"{rule_title(entry.exercise, rule)} ×{count}" for rule, count in entry.fault_counts.items()]
    return {
        "number": str(entry.id),
        "report": report(entry),
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
        "notes": "; ".join(
            [*(["warm-up"] if entry.warm_up else []), *([] if entry.rpe is None else [f"RPE {entry.rpe:g}"]),
             *([entry.notes] if entry.notes else [])]
        ),
    }  # fmt: skip


def _load(load: Load | None, unit: Unit) -> str:
    return "–" if load is None else load.text(unit)
