"""Reps: where a signal swings, the phases of each swing, and what the load and the hips did in it."""

from formcheck.reps.load import bar_drift, concentric_velocity, leg_distance, velocity_loss, vertical_travel
from formcheck.reps.segment import Extension, Swings, Way, find_swings, typical_range
from formcheck.reps.types import Phase, Rep

__all__ = [
    "Extension",
    "Phase",
    "Rep",
    "Swings",
    "Way",
    "bar_drift",
    "concentric_velocity",
    "find_swings",
    "leg_distance",
    "typical_range",
    "velocity_loss",
    "vertical_travel",
]
