"""Fewer pictures where little happens: every second one is looked at, and those between where the lifter moves quickly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from formcheck.geometry import trunk_length
from formcheck.pose.detection import Detection
from formcheck.skeleton import SIDES, joint

Picture = TypeVar("Picture")

#: Pictures looked at in a second where the lifter moves quickly; elsewhere half as many.
DENSE_HZ = 15.0
#: A lifter of whom two or more of the watched joints go faster than this (trunk lengths a second) moves quickly.
#: On labelled clips 70 % of the samples are left; the angles' errors on rendered ones stay the same to 0.1 degrees, those of
#: the repetitions' times grow from 0.05-0.06 s by 5 to 10 ms, and as many repetitions are counted right.
QUICK = 1.5
WATCHED = tuple(joint(name, side) for name in ("shoulder", "hip", "knee", "ankle", "hand") for side in SIDES)
#: With fewer pictures than this in a row, or fewer a second, all are looked at.
FEWEST, SLOWEST_HZ = 4, 11.0


def look_thinly(
    pictures: Sequence[Picture], times: NDArray[np.float64], look: Callable[[Picture], list[Detection]]
) -> list[list[Detection] | None]:
    """Look at pictures of one person that follow each other at `times` seconds; None for those that were left out.

    Every second picture is looked at; one between two of these is left out when the person is found in both and moves
    slowly, as well as before and after: a lift turns round in no time. One after the last pair goes by that pair.
    """
    if len(pictures) < FEWEST or float(np.median(np.diff(times))) > 1 / SLOWEST_HZ:
        return [look(picture) for picture in pictures]
    answers: list[list[Detection] | None] = [None] * len(pictures)
    for number in range(0, len(pictures), 2):
        answers[number] = look(pictures[number])
    sparse = answers[::2]
    seconds = np.diff(times[::2])
    found = [people[0].points for people in sparse if people]
    fastest = QUICK * trunk_length(np.array(found)) if found else 0.0
    quick = np.array(
        [not a or not b or not _speed(a[0], b[0], s) <= fastest for a, b, s in zip(sparse, sparse[1:], seconds, strict=False)]
    )
    padded = np.pad(quick, 1)
    around = padded[:-2] | quick | padded[2:]
    for number in range(1, len(pictures), 2):
        if around[min(number // 2, len(around) - 1)]:
            answers[number] = look(pictures[number])
    return answers


def _speed(before: Detection, after: Detection, seconds: float) -> float:
    """Speed of the second fastest joint, pixels a second: a single one may be mistaken. Infinite where too few are known."""
    moved = np.linalg.norm(after.points[list(WATCHED)] - before.points[list(WATCHED)], axis=1)
    moved = np.sort(moved[np.isfinite(moved)])
    return float(moved[-2]) / max(seconds, 1e-6) if len(moved) > 1 else float("inf")


def thinned_repeats(repeated: NDArray[np.bool_], kept: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the kept samples show what the kept one before showed: all that were left out between did too."""
    changes = np.cumsum(~repeated)
    return np.concatenate([[False], np.diff(changes[kept]) == 0])[: len(kept)]
