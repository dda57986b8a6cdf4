"""What the programme asks of an exercise: sets, reps and tempo, said in the exercise's own file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Prescription:
    """What to do, and how much of it must be filmed and judged before weight is added.

    Attributes:
        sets, reps: how many sets of how many reps (from, to).
        source: where these numbers come from.
        each_leg: the sets are done with each leg on its own.
        loaded: what the weight is put together from.
        lowering_s, hold_s, lifting_s: the tempo asked, seconds at least; 0: as you like. Named as in `analysis.json`.
        judged_sets: sets that must be judged before weight is added; 0: all of them.
    """

    sets: int
    reps: tuple[int, int]
    source: str
    each_leg: bool = False
    loaded: Literal["barbell", "dumbbell"] = "barbell"
    lowering_s: float = 0
    hold_s: float = 0
    lifting_s: float = 0
    judged_sets: int = 0

    @property
    def sets_judged(self) -> int:
        """How many sets (of each leg) must have been judged before weight is added."""
        return self.judged_sets or self.sets

    def text(self) -> str:
        """In short: "4 × 8 to 10, 2 s held"."""
        low, high = self.reps
        reps = f"{low}" if low == high else f"{low} to {high}"
        tempo = [
            f"{seconds:g} s {word}"
            for seconds, word in ((self.lowering_s, "down"), (self.hold_s, "held"), (self.lifting_s, "up"))
            if seconds
        ]
        return ", ".join([f"{self.sets} × {reps}{' a leg' if self.each_leg else ''}", *tempo])
