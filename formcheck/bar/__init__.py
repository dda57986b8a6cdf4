"""The bar: found in the pixels once and followed through the set.

Pixels are read by `find_bar` only; everything after works on its `BarSightings`, which are kept beside the track.
"""

from formcheck.bar.axis import over_near_hip, plate_cover
from formcheck.bar.build import build_bar
from formcheck.bar.saved import load_bar, rounded_sightings, save_bar, watch_bar
from formcheck.bar.scale import build_scale
from formcheck.bar.sightings import BarSightings, find_bar
from formcheck.bar.types import Bar, Scale

__all__ = [
    "Bar",
    "BarSightings",
    "Scale",
    "build_bar",
    "build_scale",
    "find_bar",
    "load_bar",
    "over_near_hip",
    "plate_cover",
    "rounded_sightings",
    "save_bar",
    "watch_bar",
]
