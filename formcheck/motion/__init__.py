"""Motion: the lifter's cleaned landmarks, angles, spine, bar and scale on the clip's own frames."""

from formcheck.motion.body import build_body
from formcheck.motion.build import build_motion
from formcheck.motion.hips import HipHint
from formcheck.motion.jumps import split_at_jumps
from formcheck.motion.shots import shots_by_length
from formcheck.motion.sight import PlateCover, plate_cover
from formcheck.motion.types import Bar, Body, LegAngles, Motion, Scale, Series, Spine, View

__all__ = [
    "Bar",
    "Body",
    "HipHint",
    "LegAngles",
    "Motion",
    "PlateCover",
    "Scale",
    "Series",
    "Spine",
    "View",
    "build_body",
    "build_motion",
    "plate_cover",
    "shots_by_length",
    "split_at_jumps",
]
