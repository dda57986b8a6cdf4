"""Left against right, where one leg works at a time."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, sqrt
from statistics import pstdev

from formcheck.logbook.entry import Entry
from formcheck.logbook.loads import plain

#: The legs are filmed from different sides, and what a pose model gets wrong in an angle differs between the near and the
#: far leg: constant offsets of the knee and the thigh in rendered clips with known angles are 3 to 4 degrees.
SIDES_SD_DEG = 4.0
#: A difference is said when it is this many of its standard errors.
BEYOND = 2.0


def leg_difference(sets: Sequence[Entry]) -> str | None:
    """How left and right did in these sets, and whether they differ beyond the error; None with one leg only."""
    left, right = ([entry for entry in sets if entry.leg == leg] for leg in ("left", "right"))
    if not left or not right:
        return None
    counts = [(sum(e.clean_reps for e in own), sum(len(e.reps) for e in own), len(own)) for own in (left, right)]
    text = ", ".join(
        f"{leg} leg {clean} of {reps} reps clean in {number} set{'s' * (number != 1)}"
        for leg, (clean, reps, number) in zip(("left", "right"), counts, strict=True)
    )
    differences = [part for part in (_clean_difference(counts), _range_difference(left, right)) if part]
    return f"{text[:1].upper()}{text[1:]}; {'; '.join(differences) or 'no difference beyond the error'}."


def _clean_difference(counts: Sequence[tuple[int, int, int]]) -> str | None:
    (clean_l, reps_l, _), (clean_r, reps_r, _) = counts
    if not reps_l or not reps_r:
        return None
    # With one rep added on either side (Agresti and Caffo 2000, Am Stat 54:280-288), which keeps small sets honest.
    share_l, share_r = (clean_l + 1) / (reps_l + 2), (clean_r + 1) / (reps_r + 2)
    error = sqrt(share_l * (1 - share_l) / (reps_l + 2) + share_r * (1 - share_r) / (reps_r + 2))
    if abs(share_l - share_r) <= BEYOND * error:
        return None
    return f"the {'left' if share_l < share_r else 'right'} leg is less often clean, beyond chance"


def _range_difference(left: Sequence[Entry], right: Sequence[Entry]) -> str | None:
    ranges = [[rep.range_deg for entry in own for rep in entry.reps] for own in (left, right)]
    if any(len(own) < 2 for own in ranges):
        return None
    means = [sum(own) / len(own) for own in ranges]
    error = hypot(SIDES_SD_DEG, *(pstdev(own) / sqrt(len(own)) for own in ranges))
    difference = means[0] - means[1]
    if abs(difference) <= BEYOND * error:
        return None
    shorter = "left" if difference < 0 else "right"
    return f"the {shorter} leg travels {plain(abs(difference), 0)}° less (± {BEYOND * error:.0f}°)"
