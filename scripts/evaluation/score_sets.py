"""The main figures on every set of clips: all, the half of the real ones that is tuned on, the one that checks, rendered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluation.judged import Judged
from evaluation.labels import ClipLabel
from evaluation.outcome import Outcome
from evaluation.score_each import EachScore, each_score
from evaluation.shares import Share, share

ALL, TUNE, CHECK, RENDERED = "all", "tune half", "check half", "rendered"

#: Which clips belong to a set.
SETS: dict[str, Callable[[ClipLabel], bool]] = {
    ALL: lambda label: True,
    TUNE: lambda label: label.half == "tune",
    CHECK: lambda label: label.half == "check",
    RENDERED: lambda label: label.kind == "rendered",
}

RECOGNISED = "exercise recognised, side view"
RECOGNISED_ANY = "exercise recognised, any view"
EXACT_CERTAIN = "reps exact, side view, certain labels"
EXACT = "reps exact, side view"
OFF_BY_ONE = "reps off by at most one, side view"
EXACT_ANY = "reps exact, any view"
OFF_BY_ONE_ANY = "reps off by at most one, any view"
REPS_FOUND_CERTAIN = "labelled reps found, certain labels"
REPS_FOUND = "labelled reps found"
FAULTS_IN_PLACE = "faults found in the right rep"
CALLED_CLEAN = "faulty reps called clean"
ACCUSED = "clean reps accused"
NAMED_REFUSED = "named exercise refused (exit 3)"
NAMED_EXACT_CERTAIN = "named exercise, reps exact, side view, certain labels"
NAMED_EXACT = "named exercise, reps exact, side view"
NAMED_OFF_BY_ONE = "named exercise, reps off by at most one, side view"

#: Figures of which less is better.
UNWANTED = (CALLED_CLEAN, ACCUSED, NAMED_REFUSED)


@dataclass(frozen=True)
class SetScore:
    """The main figures of a set, by name in reading order, and its reps one by one."""

    clips: int
    figures: dict[str, Share]
    each: EachScore


def set_scores(clips: Sequence[Judged]) -> dict[str, SetScore]:
    """The main figures of every set; one without clips has shares of nothing."""
    return {name: set_score([clip for clip in clips if inside(clip.label)]) for name, inside in SETS.items()}


def set_score(clips: Sequence[Judged]) -> SetScore:
    """The main figures of some clips."""
    side = [clip for clip in clips if clip.label.side_view]
    certain = [clip for clip in clips if clip.label.certain]
    each = _each(clips)
    figures = {
        RECOGNISED: share(clip.exercise_right for clip in side),
        RECOGNISED_ANY: share(clip.exercise_right for clip in clips),
        EXACT_CERTAIN: _within(0, [clip for clip in side if clip.label.certain]),
        EXACT: _within(0, side),
        OFF_BY_ONE: _within(1, side),
        EXACT_ANY: _within(0, clips),
        OFF_BY_ONE_ANY: _within(1, clips),
        REPS_FOUND_CERTAIN: _each(certain).reps_found,
        REPS_FOUND: each.reps_found,
        FAULTS_IN_PLACE: each.faults_in_place,
        CALLED_CLEAN: each.called_clean,
        ACCUSED: each.accused,
        **_named_figures([clip for clip in clips if clip.named is not None]),
    }
    return SetScore(len(clips), figures, each)


def _named_figures(clips: Sequence[Judged]) -> dict[str, Share]:
    side = [clip for clip in clips if clip.label.side_view]
    return {
        NAMED_REFUSED: share(clip.refused_by_name for clip in clips),
        NAMED_EXACT_CERTAIN: _within(0, [clip for clip in side if clip.label.certain], named=True),
        NAMED_EXACT: _within(0, side, named=True),
        NAMED_OFF_BY_ONE: _within(1, side, named=True),
    }


def _within(reps: int, clips: Sequence[Judged], *, named: bool = False) -> Share:
    """Clips whose count is off by at most so many reps."""
    said: list[tuple[ClipLabel, Outcome | None]] = [(c.label, c.named if named else c.outcome) for c in clips]
    return share(abs(len(outcome.reps) - label.reps) <= reps for label, outcome in said if outcome is not None)


def _each(clips: Sequence[Judged]) -> EachScore:
    return each_score((clip.pairing, clip.cases) for clip in clips)
