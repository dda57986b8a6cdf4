"""Spine: how much the back is rounded or arched, measured on the lifter's outline."""

from formcheck.spine.arching import Arch, Sign, arch, extension
from formcheck.spine.build import TrunkOutline, build_spine, trunk_outline
from formcheck.spine.evidence import BendChange, Rounding, bend_change, hinge_moments, rounding, whole
from formcheck.spine.hipline import hip_line

__all__ = [
    "Arch",
    "BendChange",
    "Rounding",
    "Sign",
    "TrunkOutline",
    "arch",
    "bend_change",
    "build_spine",
    "extension",
    "hinge_moments",
    "hip_line",
    "rounding",
    "trunk_outline",
    "whole",
]
