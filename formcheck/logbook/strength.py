"""Estimated strength: what a set says of the load that could be lifted once."""

from __future__ import annotations

#: With more reps the formulas part company: LeSuer et al. 1997, J Strength Cond Res 11(4):211-213, tested them to 10 reps,
#: and a set of 12 is the programme's longest. Beyond, nothing is estimated.
MOST_REPS = 12
FORMULA = "Epley (1985): load × (1 + reps / 30)"


def estimated_1rm(load_kg: float | None, reps: int) -> float | None:
    """The estimated one-repetition maximum, kilograms, by Epley's formula; None where it says nothing.

    Epley B. Poundage Chart. Boyd Epley Workout. Lincoln, NE: Body Enterprises; 1985. A single is its own maximum. The set
    is taken as a hard one: with reps left in reserve it is too low. Not estimated for body weight alone, without reps, and
    above `MOST_REPS`.
    """
    if load_kg is None or load_kg <= 0 or not 1 <= reps <= MOST_REPS:
        return None
    return load_kg if reps == 1 else load_kg * (1 + reps / 30)
