"""What a lift is to the studio: named parameters of a posture, and the turn of a rep with wanted faults."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from studio_lib.anatomy import Array
from studio_lib.figure import Figure, Pose

#: Parameters of a posture by name: degrees or metres.
Posture = dict[str, float]
#: When within a phase a parameter moves: from and to, shares of the phase. Parameters not named move all the time.
Windows = dict[str, tuple[float, float]]
#: What a rep is asked to be: severities by rule in the units of `faults.RULES`, and other choices of the set.
Wanted = dict[str, float]


class Lift:
    """An exercise done by one figure. A rep goes from `home` to `turn` and back; `via` may lie between.

    Attributes:
        exercise: its name in the truth.
        windows: when each parameter moves on the way to the turn, as a rule (see `windows_to`).
    """

    exercise = ""
    windows: ClassVar[Windows] = {}

    def __init__(self, figure: Figure, setup: dict[str, object]) -> None:
        self.figure = figure
        self.setup = setup

    def prepare(self, reps: list[Wanted]) -> None:
        """Settle what all reps share (feet, bench) so that each of them is within reach."""

    def home(self) -> Posture:
        raise NotImplementedError

    def start(self, wanted: Wanted) -> Posture:
        """Where this rep begins and ends: `home` unless the rep asks for something else."""
        return self.home()

    def turn(self, wanted: Wanted) -> Posture:
        raise NotImplementedError

    def windows_to(self, turn: Posture) -> Windows:
        """When each parameter moves on the way to this turn."""
        return self.windows

    def between(self, a: Posture, b: Posture, share: float) -> Posture:
        """A posture on the way from one rep's end to the next one's start."""
        return towards(a, b, share)

    def before(self, start: Posture) -> list[tuple[float, Posture]]:
        """What happens before the first rep: (seconds to get there, posture), the last one being `start`."""
        return []

    def after(self, end: Posture) -> list[tuple[float, Posture]]:
        """What happens after the last rep, as `before`."""
        return []

    def via(self, wanted: Wanted) -> Posture | None:
        """A posture on the way to the turn, or None."""
        return None

    def pose(self, posture: Posture) -> Pose:
        raise NotImplementedError

    def number(self, name: str, otherwise: float) -> float:
        value = self.setup.get(name, otherwise)
        assert isinstance(value, (int, float)), name
        return float(value)

    def word(self, name: str, otherwise: str) -> str:
        return str(self.setup.get(name, otherwise))


def towards(a: Posture, b: Posture, share: float) -> Posture:
    """The posture at a share of the way from `a` to `b`; what only one of them names keeps its value."""
    return {name: a.get(name, b.get(name, 0.0)) * (1 - share) + b.get(name, a.get(name, 0.0)) * share for name in {**a, **b}}


def solve(residual: Callable[[Array], Array], start: list[float], step: list[float] | None = None, rounds: int = 20) -> Array:
    """Newton's method for a few unknowns; the best that was found when it does not come to zero."""
    x, h = np.array(start, float), 0.02 * np.array(step or [1.0] * len(start))
    best, least = x, np.inf
    for _ in range(rounds):
        r = residual(x)
        worst = float(np.abs(r).max())
        if worst < least:
            best, least = x, worst
        if worst < 0.05:
            break
        jacobian = np.stack([(residual(x + np.eye(len(x))[k] * h[k]) - r) / h[k] for k in range(len(x))], 1)
        move = -np.linalg.lstsq(jacobian, r, rcond=None)[0]
        x = x + np.clip(move, -600 * h, 600 * h)
    return best
