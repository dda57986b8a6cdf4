"""A repetition and its phases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

#: The load is lowered in the eccentric phase and raised in the concentric one.
Phase = Literal["eccentric", "concentric"]


@dataclass(frozen=True)
class Rep:
    """One repetition. Times in seconds from the clip's first frame.

    `start_s` the lifter leaves the starting position, `turn_start_s` to `turn_end_s` the pause at the turning point (the
    top of a hip thrust, the bottom of a squat; equal when there is none), `turn_s` its beginning, `end_s` back at the
    start. `first` tells which phase comes first: "eccentric" (squat, hinge) or "concentric" (hip thrust, deadlift from the
    floor). `cut_start` / `cut_end`: the clip begins or ends within the rep, so that phase has no duration.
    `turn_shown`: False where the shot begins or ends while the lifter still moves, so that the turning point lies outside it.
    `range_deg` is the travel of the exercise's main angle in the concentric phase, `eccentric_deg` in the other (NaN where
    that is cut off).
    """

    index: int
    start_s: float
    turn_start_s: float
    turn_end_s: float
    end_s: float
    range_deg: float
    first: Phase
    cut_start: bool = False
    cut_end: bool = False
    turn_shown: bool = True
    eccentric_deg: float = float("nan")

    @property
    def second(self) -> Phase:
        """The phase after the turning point."""
        return "concentric" if self.first == "eccentric" else "eccentric"

    @property
    def turn_s(self) -> float:
        return self.turn_start_s

    @property
    def pause_s(self) -> float:
        return self.turn_end_s - self.turn_start_s

    @property
    def _going(self) -> float:
        return float("nan") if self.cut_start else self.turn_start_s - self.start_s

    @property
    def _returning(self) -> float:
        return float("nan") if self.cut_end else self.end_s - self.turn_end_s

    @property
    def eccentric_s(self) -> float:
        """Duration of the eccentric phase, NaN when the clip cuts it."""
        return self._going if self.first == "eccentric" else self._returning

    @property
    def concentric_s(self) -> float:
        """Duration of the concentric phase, NaN when the clip cuts it."""
        return self._returning if self.first == "eccentric" else self._going

    def during(self, times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(F,) which frames belong to the rep."""
        return (times >= self.start_s - 1e-6) & (times <= self.end_s + 1e-6)

    def at_turn(self, times: NDArray[np.float64], margin_s: float = 0.1) -> NDArray[np.bool_]:
        """(F,) frames of the turning point: its pause and `margin_s` on both sides, within the rep."""
        around = (times >= self.turn_start_s - margin_s) & (times <= self.turn_end_s + margin_s)
        return around & self.during(times)

    def at_bottom(self, times: NDArray[np.float64], margin_s: float = 0.1) -> NDArray[np.bool_]:
        """(F,) frames of the bottom: the turn of a rep that begins above, the moments before the lift of one that begins
        there."""
        if self.first == "eccentric":
            return self.at_turn(times, margin_s)
        return (times >= self.start_s - 2 * margin_s) & (times <= self.start_s + margin_s)

    def at_top(self, times: NDArray[np.float64]) -> NDArray[np.bool_]:
        """(F,) frames of the top: before a rep that begins above, at the turn of one that begins below."""
        return self.at_start(times) if self.first == "eccentric" else self.at_turn(times)

    @property
    def turn_place(self) -> Literal["top", "bottom"]:
        """Where the turning point is."""
        return "bottom" if self.first == "eccentric" else "top"

    @property
    def bottom_s(self) -> float:
        """When the bottom is reached (eccentric first) or left (concentric first), seconds."""
        return self.turn_start_s if self.first == "eccentric" else self.start_s

    @property
    def concentric(self) -> tuple[float, float]:
        """When the concentric phase begins and ends, seconds."""
        return (self.turn_end_s, self.end_s) if self.first == "eccentric" else (self.start_s, self.turn_start_s)

    def at_start(self, times: NDArray[np.float64], window_s: float = 0.25) -> NDArray[np.bool_]:
        """(F,) frames of the starting position: the first moments of the rep (its last ones when the start is cut)."""
        if self.cut_start:
            return (times >= self.end_s - window_s) & (times <= self.end_s + 1e-6)
        return (times >= self.start_s - window_s) & (times <= self.start_s + 0.05)
