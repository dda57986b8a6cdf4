"""A made-up set with everything that the formats hold: a known scale, a hidden keypoint, and a clip's facts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from formcheck.lifts.exercise import Shot
from formcheck.motion.bar.bar import Scale
from formcheck.pose.skeleton import Joint
from formcheck.results.analysis import Analysis
from tests.outputs.made_up import FPS, made_up_analysis, made_up_take

PX_PER_M = 250.0


def made_up_set(facing_scale: float = PX_PER_M) -> tuple[Analysis, tuple[Shot]]:
    """Two split squats at `FPS`; the left wrist is a guess in the first ten frames."""
    (shot,) = made_up_take()
    body = shot.motion.body
    seen = body.visibility.copy()
    seen[:10, Joint.LEFT_WRIST] = 0.2
    scale = Scale(facing_scale, "height" if np.isfinite(facing_scale) else None)
    motion = replace(shot.motion, body=replace(body, visibility=seen), scale=scale)
    analysis = made_up_analysis(list(shot.reps), float(body.times[-1]) + 1 / FPS)
    clip = replace(analysis.clip, path="a set.mp4")
    return replace(analysis, clip=clip), (replace(shot, motion=motion),)
