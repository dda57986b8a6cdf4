"""Motion: body, load and back of a shot put together, each measured on what is known of the others."""

from formcheck.motion.build import build_motion, full_motion, rough_motions
from formcheck.motion.types import Motion

__all__ = ["Motion", "build_motion", "full_motion", "rough_motions"]
