"""Reps: where a signal swings, the phases of each swing, and what the load and the hips did in it."""

from formcheck.reps.load import bar_drift, leg_distance, lifting_velocity, velocity_loss, vertical_travel
from formcheck.reps.segment import Extension, Phase, Swings, Way, find_swings, typical_range
from formcheck.reps.types import Rep

__all__ = [
    "Extension",
    "Phase",
    "Rep",
    "Swings",
    "Way",
    "bar_drift",
    "find_swings",
    "leg_distance",
    "lifting_velocity",
    "typical_range",
    "velocity_loss",
    "vertical_travel",
]
