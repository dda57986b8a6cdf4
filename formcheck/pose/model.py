"""How far a pose model's points are off, and where the centres of the joints lie from them: what each model brings along.

All lengths are shares of the trunk's length (shoulder to hip). Everything that is measured on the keypoints takes its errors
from here, whichever model found them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from formcheck.errors import UsageError
from formcheck.pose.detection import Detection
from formcheck.pose.skeleton import Joint

#: The kinds of points there are: one of each pair, and the nose.
PARTS = ("nose", "eye", "ear", "shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle", "heel", "toe")


def part_of(point: Joint) -> str:
    """Which of `PARTS` a point is."""
    return point.name.lower().rpartition("_")[2]


@dataclass(frozen=True)
class Shift:
    """A step from the model's point towards the centre of the joint; it moves with a segment of the body.

    Attributes:
        part: the points that are shifted, of both sides.
        segment: "trunk" or "thigh".
        up: along the segment, towards its upper end. back: square to it, towards the lifter's back.
    """

    part: str
    segment: Literal["trunk", "thigh"]
    up: float = 0.0
    back: float = 0.0


@dataclass(frozen=True)
class Calibration:
    """What is known of a model's errors. Standard deviations are those of the points after the `shifts`.

    Attributes:
        source: where the numbers come from, in words: it is kept with the results.
        sd: how far a well-seen point of each part is from the joint's centre, whatever the smoothing takes away.
        hidden_sd: the same of a point that is guessed behind a plate.
        outside_sd: of one outside the picture, where the model has nothing to go by.
        lying_hip_sd: of a lying lifter's hip behind a plate. hidden_hip_mean_sd: of a hidden hip on average over a clip.
        seen_near, seen_far: the visibility from which a point of the side near to the camera, and of the far one, counts as
            fully seen.
        shoulder_width, hip_width: typical distance between both shoulders' and both hips' points.
        shifts: from the model's points to the centres of the joints; none where it is not known where they lie.
    """

    source: str
    sd: Mapping[str, float]
    hidden_sd: Mapping[str, float]
    outside_sd: float = 0.2
    lying_hip_sd: float = 0.12
    hidden_hip_mean_sd: float = 0.08
    seen_near: float = 0.3
    seen_far: float = 0.3
    shoulder_width: float = 0.7
    hip_width: float = 0.45
    shifts: tuple[Shift, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in ("sd", "hidden_sd"):
            missing = [part for part in PARTS if part not in getattr(self, name)]
            if missing:
                raise ValueError(f"the {name} of {', '.join(missing)} is missing; expected one of each of {', '.join(PARTS)}")
        positive = [
            *self.sd.values(), *self.hidden_sd.values(), self.outside_sd, self.lying_hip_sd, self.hidden_hip_mean_sd,
            self.seen_near, self.seen_far, self.shoulder_width, self.hip_width,
        ]  # fmt: skip
        if not all(math.isfinite(number) and number > 0 for number in positive):
            raise ValueError("every standard deviation, visibility and width must be a number above zero")
        for shift in self.shifts:
            if shift.part not in PARTS or shift.segment not in ("trunk", "thigh"):
                raise ValueError(f"{shift.part} along {shift.segment} is no shift; expected a part along trunk or thigh")
            if not math.isfinite(shift.up) or not math.isfinite(shift.back):
                raise ValueError(f"the shift of the {shift.part} is no number")

    def sds(self, parts: Iterable[str]) -> NDArray[np.float64]:
        """`sd` of some parts, in their order."""
        return np.array([self.sd[part] for part in parts])

    def hidden_sds(self, parts: Iterable[str]) -> NDArray[np.float64]:
        """`hidden_sd` of some parts, in their order."""
        return np.array([self.hidden_sd[part] for part in parts])


#: Of a model of which nobody measured anything. Its shoulders, hips and ears may lie as far from the centres of the joints as
#: those of the one model that was measured did before they were shifted; the other points as far as its did and half as much
#: again. What a confidence below 0.3 is worth is not known, so that it counts as less than seen.
UNKNOWN = Calibration(
    source="unknown model: assumed, wider than any that was measured",
    sd={
        "nose": 0.05, "eye": 0.05, "ear": 0.06, "shoulder": 0.055, "elbow": 0.05, "wrist": 0.05, "hand": 0.05, "hip": 0.075,
        "knee": 0.03, "ankle": 0.03, "heel": 0.04, "toe": 0.045,
    },
    hidden_sd={
        "nose": 0.15, "eye": 0.15, "ear": 0.15, "shoulder": 0.15, "elbow": 0.15, "wrist": 0.15, "hand": 0.15, "hip": 0.15,
        "knee": 0.2, "ankle": 0.4, "heel": 0.4, "toe": 0.4,
    },
)  # fmt: skip


def calibration_as_data(calibration: Calibration) -> dict[str, Any]:
    """What JSON can say of it."""
    return asdict(calibration)


def calibration_from_data(data: Mapping[str, Any]) -> Calibration:
    """Read back what `calibration_as_data` made.

    Raises:
        ValueError, TypeError: it is something else.
    """
    return Calibration(**{**data, "shifts": tuple(Shift(**shift) for shift in data["shifts"])})


# What a pose model is: pictures in, named keypoints out, a name, the hash of its weights, and how far it is off.

#: People that a detector is asked for in a picture at most.
MOST_PEOPLE = 4
#: What a model may be called: it is typed after --model, and kept with its results.
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"


class Detector(Protocol):
    """A loaded model, in a worker process; one process never asks it for two pictures at once."""

    def detect(self, picture: NDArray[np.uint8], people: int, outline: bool) -> list[Detection]:
        """Find up to `people` persons in a (height, width, 3) RGB picture, each found afresh; see `Detection.named`.

        Points are in pixels of the picture. `outline`: it is wanted, by models that have one. Lying people are shown turned
        upright where the model finds them better so: what it is given may be turned by quarter turns.
        """
        ...


class PoseModel(Protocol):
    """A pose model that can be used, not yet loaded.

    It is sent to worker processes, which load it: so it must be a dataclass of a module that can be imported there, with plain
    fields (texts, numbers, paths), and what is large is loaded in `load` only.
    """

    @property
    def name(self) -> str:
        """What the user calls it, and what results say that they were made with."""
        ...

    @property
    def sha256(self) -> str:
        """Hash of the weights: tracks that others made are not used again."""
        ...

    @property
    def calibration(self) -> Calibration:
        """How far its points are off, and where the centres of the joints lie from them."""
        ...

    def load(self) -> Detector:
        """Load it, in a worker process, once."""
        ...


def checked_model(model: object, origin: str) -> PoseModel:
    """A model that has everything of `PoseModel`; `origin` says whose it is.

    Raises:
        UsageError: something is missing or of the wrong kind.
    """
    name, sha256 = getattr(model, "name", None), getattr(model, "sha256", None)
    wrong = ""
    if not isinstance(name, str) or not re.fullmatch(_NAME, name):
        wrong = f"its name is {name!r}, expected letters, digits, dots, dashes and underscores"
    elif not isinstance(sha256, str) or not sha256:
        wrong = f"its sha256 is {sha256!r}, expected the hash of its weights as text"
    elif not isinstance(getattr(model, "calibration", None), Calibration):
        wrong = "it has no calibration, expected a formcheck.pose.Calibration (UNKNOWN where nothing was measured)"
    elif not callable(getattr(model, "load", None)):
        wrong = "it has no load(), expected one that gives a detector"
    if wrong:
        raise UsageError(f"the pose model of {origin} cannot be used: {wrong}.")
    return model  # type: ignore[return-value]  # it has just been looked at
