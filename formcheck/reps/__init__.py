"""Repetitions: where they start, turn and end, found in the extension signal that an exercise names."""

from formcheck.reps.segment import Extension, Phase, Swings, Way, find_swings, typical_range
from formcheck.reps.types import Rep

__all__ = ["Extension", "Phase", "Rep", "Swings", "Way", "find_swings", "typical_range"]
