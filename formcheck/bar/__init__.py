"""The bar: found in the pixels once, followed through the set, and what it says about a rep.

Pixels are read by `find_bar` only; everything after works on its `BarSightings`, which are kept beside the track.
"""

from formcheck.bar.axis import over_near_hip
from formcheck.bar.build import build_bar
from formcheck.bar.measures import (
    Amount,
    Overdepth,
    bar_drift,
    leg_distance,
    lifting_velocity,
    overdepth,
    velocity_loss,
    vertical_travel,
)
from formcheck.bar.scale import build_scale
from formcheck.bar.sightings import BarSightings, find_bar, load_bar, rounded_sightings, save_bar

__all__ = [
    "Amount",
    "BarSightings",
    "Overdepth",
    "bar_drift",
    "build_bar",
    "build_scale",
    "find_bar",
    "leg_distance",
    "lifting_velocity",
    "load_bar",
    "over_near_hip",
    "overdepth",
    "rounded_sightings",
    "save_bar",
    "velocity_loss",
    "vertical_travel",
]
