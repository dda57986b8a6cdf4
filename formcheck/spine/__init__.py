"""Spine: how much the back is rounded or arched, measured on the lifter's outline."""

from formcheck.spine.arching import Arch, Sign, arch, extension
from formcheck.spine.build import TrunkOutline, build_spine, trunk_outline
from formcheck.spine.evidence import BendChange, SpinalFlexion, bend_change, hinge_moments, spinal_flexion, whole
from formcheck.spine.hipline import hip_line

__all__ = [
    "Arch",
    "BendChange",
    "Sign",
    "SpinalFlexion",
    "TrunkOutline",
    "arch",
    "bend_change",
    "build_spine",
    "extension",
    "hinge_moments",
    "hip_line",
    "spinal_flexion",
    "trunk_outline",
    "whole",
]
