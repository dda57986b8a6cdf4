"""Spine: how much the back is rounded or arched, measured on the lifter's outline."""

from formcheck.spine.measure import TrunkOutline, measure_spine, trunk_outline

__all__ = ["TrunkOutline", "measure_spine", "trunk_outline"]
