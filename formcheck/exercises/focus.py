"""What to look at in an exercise: the angle that decides it, the arcs to draw, the aims to show, the parts rules speak of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ArcKind = Literal["hip", "knee", "trunk_lean", "shin_lean"]
AimKind = Literal["trunk_lean", "vertical_shin", "straight_hip", "thigh_parallel"]
Region = Literal["head", "trunk", "upper_back", "lower_back", "hip", "thigh", "knee", "shin", "foot", "bar"]


@dataclass(frozen=True)
class Arc:
    """An angle drawn on the body. Its number stands outside the joint, or `inside` where that side is emptier."""

    kind: ArcKind
    inside: bool = False


@dataclass(frozen=True)
class Aim:
    """Something to reach at the turning point of a rep: `low` to `high` degrees of the quantity `kind` names.

    `trunk_lean` is the trunk from vertical, `vertical_shin` the shin from vertical, `straight_hip` the signed hip angle
    (180 = a straight line shoulder-hip-knee), `thigh_parallel` the thigh from vertical (90 = horizontal).
    """

    kind: AimKind
    low: float
    high: float
    label: str


@dataclass(frozen=True)
class PhaseWords:
    """What lifters call the phases of a rep: a noun each, in lower case, short enough for a third of the video's panel."""

    eccentric: str = "lowering"
    hold: str = "hold"
    concentric: str = "lifting"

    def of(self, phase: str) -> str:
        """The word for a phase; other names (a rest between reps) are words already."""
        return {"eccentric": self.eccentric, "hold": self.hold, "concentric": self.concentric}.get(phase, phase)


@dataclass(frozen=True)
class Focus:
    """What the pictures of one exercise show.

    Attributes:
        series: the main angle, drawn in the live strip: "hip", "knee", "thigh" or "trunk".
        label: its name in plain words.
        arcs: the joint angles drawn on the body.
        aims: what is shown at the turning point.
        hint: one short sentence on what to watch, shown while there is nothing to say.
        hands_carry: the load hangs from the hands, so that a wrist may stand in for it.
        phases: what its phases are called.
    """

    series: Literal["hip", "knee", "thigh", "trunk"]
    label: str
    arcs: tuple[Arc, ...]
    aims: tuple[Aim, ...]
    hint: str
    hands_carry: bool = False
    phases: PhaseWords = PhaseWords()
