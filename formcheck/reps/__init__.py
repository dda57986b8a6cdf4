"""Repetitions: where they start, turn and end, found in the extension signal that an exercise names."""

from formcheck.reps.segment import Extension, find_reps
from formcheck.reps.types import Rep

__all__ = ["Extension", "Rep", "find_reps"]
