"""Exercises: how each is recognised, the signal its reps are counted in, and its rules. One file each in `lifts/`.

Adding an exercise is adding a module to `lifts/` that defines `EXERCISES`, and its tables to `limits.toml`.
"""

from formcheck.exercises.base import Exercise, FilmedSet, Rule
from formcheck.exercises.judge import Judged, judge_set
from formcheck.exercises.limits import Limit, Limits, load_limits
from formcheck.exercises.recognition import Recognition, believed, recognise
from formcheck.exercises.registry import AUTO, exercise_named, exercises

__all__ = [
    "AUTO",
    "Exercise",
    "FilmedSet",
    "Judged",
    "Limit",
    "Limits",
    "Recognition",
    "Rule",
    "believed",
    "exercise_named",
    "exercises",
    "judge_set",
    "load_limits",
    "recognise",
]
