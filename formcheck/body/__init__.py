"""Body: the lifter's cleaned landmarks, angles and view on the clip's own frames, from the pose alone."""

from formcheck.body.build import build_body
from formcheck.body.hips import HipHint
from formcheck.body.jumps import split_at_jumps
from formcheck.body.shots import shots_by_length
from formcheck.body.sight import PlateCover
from formcheck.body.types import Body, LegAngles, Series, View

__all__ = [
    "Body",
    "HipHint",
    "LegAngles",
    "PlateCover",
    "Series",
    "View",
    "build_body",
    "shots_by_length",
    "split_at_jumps",
]
