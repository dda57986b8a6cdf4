"""The state of the set at a time: rep, phase, tempo, and the finding that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from formcheck.motion.body import Array
from formcheck.outputs.words import shot_in_words
from formcheck.results.analysis import Analysis, Finding
from formcheck.results.rep import Rep

PhaseName = Literal["eccentric", "hold", "concentric", "rest"]

#: Least time for which a finding is shown, in seconds of the viewer, ...
LEAST_READING_S = 2.5
#: ... and longer for long cues, at the pace of reading while watching.
READING_S_PER_CHARACTER = 0.045
#: A finding delayed by more than this is skipped if its rule was shown before, seconds.
LONGEST_WAIT_S = 4.0
#: Shortest pause that is shown as one, seconds.
SHORTEST_HOLD_S = 0.15

_RANK = {"fault": 0, "borderline": 1, "info": 2}


@dataclass(frozen=True)
class Moment:
    """The rep and phase at a time. `rep` is the current or last one; None before the first.

    `elapsed_s` is the time since the phase began. `tempo` has the seconds spent so far in each phase of the rep; None for
    later phases and those that the clip cuts off. `closeness` to the turning point is 0-1.
    """

    rep: Rep | None
    phase: PhaseName
    elapsed_s: float
    tempo: dict[str, float | None]
    closeness: float


@dataclass(frozen=True)
class Card:
    """A finding and when it is shown, in the lifter's seconds."""

    finding: Finding
    start_s: float
    end_s: float

    def is_past(self, moment: Moment) -> bool:
        """Whether the next rep has begun, which the finding says nothing about."""
        return moment.rep is not None and moment.rep.index > self.finding.rep


class Scene:
    """The set as the overlay needs it; times are the lifter's seconds."""

    def __init__(
        self, analysis: Analysis, reps: Sequence[Rep], gaps: Sequence[tuple[float, float]] = ()
    ) -> None:
        """`gaps`: start and end of the time between analysed shots."""
        self.analysis = analysis
        self.gaps = tuple(gaps)
        self.reps = sorted(reps, key=lambda rep: rep.start_s)
        self.verdicts = {facts.index: facts.verdict for facts in analysis.reps}
        self.cards = schedule(analysis.findings, analysis.clip.slow_motion, self.reps)

    def moment(self, time_s: float) -> Moment:
        """The rep and phase at a time."""
        started = [rep for rep in self.reps if rep.start_s <= time_s]
        if not started:
            return Moment(None, "rest", 0.0, {}, 0.0)
        return moment_of(started[-1], time_s)

    def card(self, time_s: float) -> Card | None:
        """The finding shown at a time."""
        return next((card for card in self.cards if card.start_s <= time_s < card.end_s), None)

    def aside(self, time_s: float) -> str | None:
        """Why a movement at a time is not counted, or that it is between analysed shots; None elsewhere."""
        for part in self.analysis.not_counted:
            if part.start_s <= time_s < part.end_s:
                return f"not counted: {part.reason}"
        if not any(start < time_s < end for start, end in self.gaps):
            return None
        shots = (shot for shot in self.analysis.shots if shot.start_s <= time_s < shot.end_s)
        return next((shot_in_words(shot) for shot in shots if not shot.analysed), "not analysed")

    def done(self, time_s: float) -> int:
        """Number of reps that have ended."""
        return sum(rep.end_s <= time_s for rep in self.reps)


def moment_of(rep: Rep, time_s: float) -> Moment:
    """The moment of a rep at a time from its start on."""
    held = rep.pause_s >= SHORTEST_HOLD_S
    turn = rep.turn_end_s if held else (rep.turn_start_s + rep.turn_end_s) / 2
    begin = rep.turn_start_s if held else turn
    tempo: dict[str, float | None] = {
        rep.first: None if rep.cut_start else min(time_s, begin) - rep.start_s,
        "hold": (min(time_s, turn) - begin if held else 0.0) if time_s > begin else None,
        rep.second: min(time_s, rep.end_s) - turn if time_s > turn and not rep.cut_end else None,
    }
    if time_s >= rep.end_s:
        return Moment(rep, "rest", time_s - rep.end_s, tempo, 0.0)
    if time_s < begin:
        share = (time_s - rep.start_s) / max(begin - rep.start_s, 1e-6)
        return Moment(rep, rep.first, time_s - rep.start_s, tempo, _ease(share))
    if time_s <= turn:
        return Moment(rep, "hold", time_s - begin, tempo, 1.0)
    share = (rep.end_s - time_s) / max(rep.end_s - turn, 1e-6)
    return Moment(rep, rep.second, time_s - turn, tempo, _ease(share))


def _ease(share: float) -> float:
    """0 in the first half of a phase, then rising to 1."""
    return float(np.clip((share - 0.5) / 0.3, 0.0, 1.0))


def schedule(findings: Sequence[Finding], slow_motion: float, reps: Sequence[Rep] = ()) -> tuple[Card, ...]:
    """Schedule the findings on screen: at their time, one after the other, long enough to read.

    More severe findings come first. Repeated rules are skipped rather than shown late, and notes are shown once. When the
    next of the `reps` begins, a finding goes, unless it has not been there for `LEAST_READING_S` yet.
    """
    starts = sorted(rep.start_s for rep in reps)
    cards: list[Card] = []
    shown: set[str] = set()
    free_s = -np.inf
    for finding in sorted(findings, key=lambda f: (round(f.time_s, 1), _RANK[f.severity])):
        start = max(finding.time_s, free_s)
        late = (start - finding.time_s) * slow_motion > LONGEST_WAIT_S
        if finding.rule in shown and (late or finding.severity == "info"):
            continue
        least = LEAST_READING_S / slow_motion
        wanted = max(LEAST_READING_S, 1.0 + READING_S_PER_CHARACTER * len(finding.cue)) / slow_motion
        if cards and cards[-1].end_s > start:
            cards[-1] = Card(cards[-1].finding, cards[-1].start_s, start)
        following = next((begin for begin in starts if begin > finding.time_s), np.inf)
        cards.append(Card(finding, start, min(start + wanted, max(start + least, following))))
        shown.add(finding.rule)
        free_s = start + least
    return tuple(cards)


def phase_labels(times: Array, reps: Sequence[Rep]) -> list[PhaseName]:
    """(F,) the phase of every frame."""
    labels: list[PhaseName] = ["rest"] * len(times)
    for rep in reps:
        for i in np.flatnonzero(rep.during(times)):
            labels[i] = moment_of(rep, float(times[i])).phase
    return labels
