"""From reps to postures over time: phases with their tempo, holds, rests, and the small sway of a living body."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator

from studio_lib.lifts.base import Lift, Posture, Wanted, Windows, towards


@dataclass(frozen=True)
class Rep:
    """One repetition: what is wanted of it, and how long it takes to the turn, there, back, and until the next (seconds)."""

    wanted: Wanted
    to_turn_s: float
    hold_s: float
    back_s: float
    rest_s: float


@dataclass
class Timeline:
    """Postures at `times` (seconds), and when each rep starts, turns, leaves the turn and ends."""

    times: list[float] = field(default_factory=list)
    postures: list[Posture] = field(default_factory=list)
    reps: list[tuple[float, float, float, float]] = field(default_factory=list)


@dataclass(frozen=True)
class _Phase:
    seconds: float
    start: Posture
    end: Posture
    windows: Windows
    kind: str
    skew: float = 1.0


def make_timeline(
    lift: Lift, reps: list[Rep], fps: float, random: Generator, lead_s: float, tail_s: float, sway: float, around: bool = False
) -> Timeline:
    """All postures of a set at `fps`. `lead_s` and `tail_s` are stillness before and after; `sway` in degrees.

    With `around` the lifter sets up before the first rep and walks off after the last one, where the lift can.
    """
    phases = _phases(lift, reps, random, lead_s, tail_s)
    if around and phases:
        before = _way(lift, phases[0].start, lift.before(phases[0].start), False)
        after = _way(lift, phases[-1].end, lift.after(phases[-1].end), True)
        phases = [*before, *phases, *after]
    line = Timeline()
    edges = np.cumsum([0.0] + [phase.seconds for phase in phases])
    marks: list[float] = []
    for phase, start in zip(phases, edges, strict=False):
        if phase.kind == "go":
            marks = [start]
        elif phase.kind == "hold":
            marks.append(start)
        elif phase.kind == "back":
            marks += [start, start + phase.seconds]
            line.reps.append((marks[0], marks[1], marks[2], marks[3]))
    count = int(np.floor(edges[-1] * fps)) + 1
    noise = {name: sway * scale * _drift(random, count, fps) for name, scale in (("lean", 1.0), ("neck", 1.6), ("trunk", 0.5))}
    for frame in range(count):
        now = frame / fps
        number = min(int(np.searchsorted(edges, now, side="right")) - 1, len(phases) - 1)
        posture = _at(lift, phases[number], (now - edges[number]) / max(phases[number].seconds, 1e-6))
        for name, values in noise.items():
            if name in posture:
                posture[name] += float(values[frame])
        line.times.append(now)
        line.postures.append(posture)
    return line


def _phases(lift: Lift, reps: list[Rep], random: Generator, lead_s: float, tail_s: float) -> list[_Phase]:
    phases: list[_Phase] = []
    place = lift.start(reps[0].wanted)
    phases.append(_Phase(lead_s, place, place, {}, "rest"))
    for number, rep in enumerate(reps):
        start, turn, via = lift.start(rep.wanted), lift.turn(rep.wanted), lift.via(rep.wanted)
        skew = float(random.uniform(0.85, 1.2))
        windows = lift.windows_to(turn)
        if via is None:
            phases.append(_Phase(rep.to_turn_s, start, turn, windows, "go", skew))
        else:
            phases.append(_Phase(0.35 * rep.to_turn_s, start, via, windows, "go", skew))
            phases.append(_Phase(0.65 * rep.to_turn_s, via, turn, windows, "on", skew))
        phases.append(_Phase(rep.hold_s, turn, turn, {}, "hold"))
        back = {name: (1 - b, 1 - a) for name, (a, b) in windows.items()}
        phases.append(_Phase(rep.back_s, turn, start, back, "back", skew))
        following = lift.start(reps[number + 1].wanted) if number + 1 < len(reps) else start
        last = number + 1 == len(reps)
        phases.append(_Phase(tail_s if last else rep.rest_s, start, following, {}, "rest"))
    return phases


def _way(lift: Lift, end: Posture, stations: list[tuple[float, Posture]], leaving: bool) -> list[_Phase]:
    """Phases through stations: up to the set, or away from it."""
    phases = []
    at = end if leaving else (stations[0][1] if stations else end)
    for seconds, station in stations:
        phases.append(_Phase(seconds, at, station, {}, "walk"))
        at = station
    return phases


def _at(lift: Lift, phase: _Phase, share: float) -> Posture:
    share = float(np.clip(share, 0, 1))
    if phase.kind == "rest":
        return dict(lift.between(phase.start, phase.end, _ease(share)))
    plain = towards(phase.start, phase.end, _ease(share**phase.skew))
    for name, (begin, end) in phase.windows.items():
        if name in plain:
            own = _ease(np.clip((share**phase.skew - begin) / (end - begin), 0, 1))
            plain[name] = towards(phase.start, phase.end, own)[name]
    return plain


def _ease(share: float) -> float:
    return float(0.5 - 0.5 * np.cos(np.pi * share))


def _drift(random: Generator, count: int, fps: float) -> np.ndarray:
    """Slow noise (count,) of about unit size."""
    knots = max(4, int(count / fps * 1.5) + 3)
    values = random.normal(0, 1, knots)
    at = np.linspace(0, knots - 1.001, count)
    low = at.astype(int)
    share = 0.5 - 0.5 * np.cos(np.pi * (at - low))
    return values[low] * (1 - share) + values[low + 1] * share
