"""Spine: how much the back is rounded or arched, measured on the lifter's outline."""

from formcheck.spine.arch import Arch, Sign, arch, extension
from formcheck.spine.evidence import BendChange, Rounding, bend_change, hinge_moments, rounding, whole
from formcheck.spine.hipline import hip_line
from formcheck.spine.measure import TrunkOutline, measure_spine, trunk_outline

__all__ = [
    "Arch",
    "BendChange",
    "Rounding",
    "Sign",
    "TrunkOutline",
    "arch",
    "bend_change",
    "extension",
    "hinge_moments",
    "hip_line",
    "measure_spine",
    "rounding",
    "trunk_outline",
    "whole",
]
