"""What the page draws of one exercise, as plain data: each chart with its lines or bars, and a word for every point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from formcheck.logbook.entry import Entry, Leg, mean
from formcheck.logbook.loads import KG_PER_LB, Load, Unit
from formcheck.logbook.page.periods import by_day, by_week, seconds
from formcheck.logbook.strength import FORMULA, estimated_1rm
from formcheck.report.shown import rule_title

Kind = Literal["lines", "bars"]

#: Lines of one chart at most: more cannot be told apart by colour.
MOST_LINES = 4
_COLOURS = ("--one", "--two", "--three", "--four")


@dataclass(frozen=True)
class Line:
    """One line, or one part of stacked bars: `values` and `words` (what is said of a point) at the chart's times."""

    label: str
    colour: str
    values: list[float | None]
    words: list[str]


@dataclass(frozen=True)
class Chart:
    """`times` are seconds (see `seconds`), `unit` stands behind the numbers of the axis; bars are stacked."""

    key: str
    title: str
    note: str
    kind: Kind
    unit: str
    times: list[int]
    lines: list[Line]
    #: The axis begins at nothing: amounts, of which half is half as high.
    from_zero: bool


def charts_of(entries: Sequence[Entry], unit: Unit) -> list[dict[str, Any]]:
    """The charts of one exercise that have something to show, as data for the page's script."""
    makers = (_strength, _clean, _faults, _range, _tempo, _velocity, _volume)
    charts = [make(entries, unit) for make in makers]
    return [asdict(chart) for chart in charts if any(value is not None for line in chart.lines for value in line.values)]


def in_unit(kg: float | None, unit: Unit) -> float | None:
    """Kilograms in a unit, to a tenth."""
    return None if kg is None else round(kg / KG_PER_LB if unit == "lb" else kg, 1)


def usual_unit(entries: Sequence[Entry]) -> Unit:
    """The unit in which most loads were given."""
    pounds = sum(entry.load is not None and entry.load.unit == "lb" for entry in entries)
    return "lb" if 2 * pounds > sum(entry.load is not None for entry in entries) else "kg"


def strength_of(entry: Entry) -> float | None:
    """Estimated one-repetition maximum of a set as it was done, kilograms."""
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
    parts = (("clean", "Clean", "--good"), ("borderline", "Borderline", "--warn"), ("fault", "Fault", "--bad"),
             ("not_judged", "Not judged", "--muted"))  # fmt: skip
    lines = []
    for verdict, label, colour in parts:
        counts = [float(sum(rep.verdict == verdict for entry in sets for rep in entry.reps)) for sets in days.values()]
        if any(counts):
            lines.append(Line(label, colour, list(counts), [f"{count:.0f}" for count in counts]))
    return Chart("clean", "Clean reps", "all filmed reps of the day", "bars", "", _times(days), lines, True)


def _faults(entries: Sequence[Entry], unit: Unit) -> Chart:
    """Each fault's share of the reps in which its rule could be judged, week by week."""
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
    """The travel of the main angle; where one leg works at a time, that of each."""
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
        ("Lowering", "--eccentric", lambda entry: entry.lowering_s),
        ("Hold", "--hold", lambda entry: entry.pause_s),
        ("Lifting", "--concentric", lambda entry: entry.lifting_s),
    )
    lines = [
        _line(label, colour, [_rounded(mean(map(of, sets)), 2) for sets in days.values()], " s") for label, colour, of in read
    ]
    return Chart("tempo", "Tempo", "mean of the day's reps", "lines", "s", _times(days), lines, True)


def _velocity(entries: Sequence[Entry], unit: Unit) -> Chart:
    """The bar's velocity at each load that was filmed on several days: faster with the same load is stronger."""
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
        f"{volume:.0f} {unit}, {len(sets)} set{'s' * (len(sets) != 1)}"
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
